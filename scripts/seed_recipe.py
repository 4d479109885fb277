"""The seed's model and its training loop, written afresh in plain torch for the benches to compare with.

After HMels/BassTab_Transformer, whose README gives the numbers. Its width of 85 crashes there (odd width, sinusoidal
positions), 84 is the nearest that 7 heads divide. Three differences, all in the seed's favour: its 7 heads are computed
at once by torch's fused attention (11 % more tokens/s); rare words are spelt by our column tokenizer instead of being
known from the held-out part, so that the output layer is smaller and no probability is lost; its pauses for estimating
the loss are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer


@dataclass(frozen=True, slots=True)
class SeedRecipe:
    """The seed's published hyperparameters."""

    batch: int = 48
    block: int = 52  # tokens, that is columns
    width: int = 84
    heads: int = 7
    layers: int = 4
    dropout: float = 0.0985
    learning_rate: float = 0.0076
    iterations: int = 1000


class Attention(nn.Module):
    def __init__(self, recipe: SeedRecipe) -> None:
        super().__init__()
        self.heads, self.rate = recipe.heads, recipe.dropout
        self.queries_keys_values = nn.Linear(recipe.width, 3 * recipe.width, bias=False)
        self.projection = nn.Sequential(nn.Linear(recipe.width, recipe.width), nn.Dropout(recipe.dropout))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, tokens, width = x.shape
        parts = self.queries_keys_values(x).view(rows, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        rate = self.rate if self.training else 0.0
        # The seed divides by the root of the width, not of a head's.
        mixed = functional.scaled_dot_product_attention(*parts, dropout_p=rate, is_causal=True, scale=width**-0.5)
        return self.projection(mixed.transpose(1, 2).reshape(rows, tokens, width))


class Block(nn.Module):
    def __init__(self, recipe: SeedRecipe) -> None:
        super().__init__()
        width = recipe.width
        self.attention = nn.Sequential(nn.LayerNorm(width), Attention(recipe))
        inner = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.feed_forward = nn.Sequential(nn.LayerNorm(width), inner, nn.Dropout(recipe.dropout))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(x)
        return x + self.feed_forward(x)


class SeedModel(nn.Module):
    """Ids [rows, tokens] -> logits [rows, tokens, vocabulary]."""

    def __init__(self, recipe: SeedRecipe, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, recipe.width)
        self.register_buffer("positions", sinusoids(recipe.block, recipe.width))
        self.blocks = nn.Sequential(*(Block(recipe) for _ in range(recipe.layers)), nn.LayerNorm(recipe.width))
        self.output = nn.Linear(recipe.width, vocabulary)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.output(self.blocks(self.embedding(ids) + self.positions[: ids.shape[1]]))


def sinusoids(length: int, width: int) -> torch.Tensor:
    """Positional encoding [length, width] of Vaswani and others (2017)."""
    angles = torch.arange(length)[:, None] * 10000.0 ** (-torch.arange(0, width, 2) / width)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


class SeedTrainer:
    """A new model, and the loop: blocks from random places of the joined corpus, AdamW at a constant rate."""

    def __init__(self, recipe: SeedRecipe, stream: torch.Tensor, vocabulary: int, seed: int) -> None:
        """Args: `stream`: ids of all pieces, one after the other [tokens]."""
        self.recipe, self.stream = recipe, stream
        torch.manual_seed(seed)
        self.model = SeedModel(recipe, vocabulary).train()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=recipe.learning_rate)

    def train(self, iterations: int) -> int:
        """Train; the number of tokens that were learnt from."""
        size = self.recipe.block
        for _ in range(iterations):
            starts = torch.randint(len(self.stream) - size, (self.recipe.batch,)).tolist()
            rows = torch.stack([self.stream[start : start + size + 1] for start in starts])
            logits = self.model(rows[:, :-1])
            loss = functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
        return iterations * self.recipe.batch * size


def joined(texts: Sequence[str], tokenizer: BassTabTokenizer) -> torch.Tensor:
    """Ids of all pieces, each from <bos> to <eos>, one after the other [tokens]."""
    return torch.tensor([token for text in texts for token in framed(text, tokenizer)])


def framed(text: str, tokenizer: BassTabTokenizer) -> list[int]:
    return [*tokenizer(text, verbose=False)["input_ids"], tokenizer.eos_token_id]


@torch.inference_mode()
def nats(model: SeedModel, texts: Sequence[str], tokenizer: BassTabTokenizer, recipe: SeedRecipe) -> list[float]:
    """Cost of each text, every token with three quarters of a block before it at least.

    That is the seed's best: with windows sliding by a half, as for our models, it would pay more.
    """
    model.eval()
    return [
        math.fsum(
            float(-model(ids[None, :-1]).log_softmax(-1)[0].gather(-1, ids[1:, None])[known:].double().sum())
            for ids, known in windows(torch.tensor(framed(text, tokenizer)), recipe.block)
        )
        for text in texts
    ]


def windows(ids: torch.Tensor, block: int) -> Iterator[tuple[torch.Tensor, int]]:
    """Windows of up to a block and its targets, and how many of the targets were scored before."""
    step, scored = max(1, block // 4), 1
    while scored < len(ids):
        end = min(len(ids), block + 1 if scored == 1 else scored + step)
        start = max(0, end - block - 1)
        yield ids[start:end], scored - start - 1
        scored = end
