"""What a model's tokens cost: column texts -> nats of every token, and bits per column of pieces.

The model alone, or mixed with what a piece has said so far (`model.match_cache`, `model.mixture`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import MissingExtraError, TabError
from basstab_hf.generate.mixing import Mixing
from basstab_hf.metrics import metric_path
from basstab_hf.model.match_cache import USUAL, Matches, MatchSettings, fit
from basstab_hf.model.weights import read_config
from basstab_hf.tab import columns
from basstab_hf.tokenizer.control_words import RESERVED
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import GPT2LMHeadModel

_WINDOWS_PER_BATCH = 8
_BEFORE_A_TUNING = frozenset({*RESERVED, columns.END})


def bits_per_column(nats: Sequence[float], counts: Sequence[int]) -> float:
    """The metric of that name over pieces."""
    value: float = measure_bits(nats, counts)["bits_per_column"]
    return value


def measure_bits(nats: Sequence[float], counts: Sequence[int]) -> dict[str, Any]:
    """Both figures of the metric: `bits_per_column` and `per_piece`."""
    try:
        import evaluate
    except ImportError as error:
        raise MissingExtraError("evaluate", "train") from error
    metric = evaluate.load(metric_path("bits_per_column"))
    figures: dict[str, Any] = metric.compute(nats=list(nats), columns=list(counts))
    return figures


def n_columns(text: str) -> int:
    """Columns of a column text; tuning words, '<END>' and reserved words (controls, fill-in-the-middle) are none."""
    count, begins = 0, True
    for word in text.split():
        if word in _BEFORE_A_TUNING:
            begins = True
        else:
            count += not (begins and _is_tuning(word))
            begins = False
    return count


def _is_tuning(word: str) -> bool:
    """A middle that was cut out begins inside a system, with a column."""
    try:
        return bool(columns.split_labels(word))
    except TabError:
        return False


@dataclass(frozen=True, slots=True)
class ScoredPiece:
    """Token ids of a piece, <bos> first, and the model's ln P of each behind it, [tokens]; that of <bos> is 0.

    `mixed`: nats of the piece by a mixture; None where none was asked.
    """

    ids: Sequence[int]
    log_p: NDArray[np.float64]
    mixed: float | None = None

    def matches(self, decay: float) -> Matches:
        """What a cache of the piece thinks of its tokens."""
        return Matches.of(self.ids, decay)

    def nats(self, cache: MatchSettings | None = None) -> float:
        """What the piece costs the model alone, or mixed with a cache."""
        if cache is None:
            return -float(self.log_p.sum())
        return float(self.matches(cache.decay).nats(self.log_p, cache).sum())


def fit_cache(pieces: Sequence[ScoredPiece]) -> MatchSettings:
    """The weights under which these pieces cost least."""
    return fit([piece.matches(USUAL.decay) for piece in pieces], [piece.log_p for piece in pieces], USUAL.decay)


@dataclass(frozen=True, slots=True)
class Scored:
    """Tokens of a piece, in order and behind those already scored, and what the model made of them.

    `ids`: [tokens]; `log_p`: [tokens, vocabulary], for each of them ln P of every token that could stand there.
    """

    piece: int
    ids: Tensor
    log_p: Tensor


class Scorer:
    """What a model says of column texts, through a window that slides by up to half its length.

    Every token behind a piece's first window is predicted from at least half a context of what went before.
    """

    def __init__(self, folder: Path, *, progress: bool = False) -> None:
        """Load model and tokenizer."""
        self.folder = folder
        read_config(folder)
        try:
            from transformers import GPT2LMHeadModel
        except ImportError as error:
            raise MissingExtraError("torch", "train") from error
        self._model: GPT2LMHeadModel = GPT2LMHeadModel.from_pretrained(str(folder)).float().eval()
        self._model.config.pad_token_id = None  # transformers warns of padding without a mask: ours stands behind
        self.tokenizer = BassTabTokenizer.from_pretrained(str(folder))
        self._progress = progress

    @cached_property
    def words(self) -> list[str]:
        """The tokens, in the order of their ids."""
        vocabulary: dict[str, int] = self.tokenizer.get_vocab()
        return sorted(vocabulary, key=vocabulary.__getitem__)

    @cached_property
    def mixing(self) -> Mixing | None:
        """The mixture of the folder."""
        return Mixing.of_folder(self.folder, self.words)

    def nats(self, texts: Sequence[str], cache: MatchSettings | None = None) -> list[float]:
        """Cost of each text: -ln P of every token after <bos>, <eos> included; with `cache`, of the mixture with it."""
        return [piece.nats(cache) for piece in self.pieces(texts)]

    def pieces(self, texts: Sequence[str], mixing: Mixing | None = None) -> list[ScoredPiece]:
        """The tokens of each text and what they cost, also by a mixture if there is one."""
        found: list[ScoredPiece | None] = [None] * len(texts)
        bos = self.tokenizer.bos_token_id
        for number, ids, log_p in self.songs(texts):
            mixed = None if mixing is None else float(mixing.score(ids, log_p).sum())
            own = log_p[np.arange(len(ids)), ids].astype(np.float64)
            found[number] = ScoredPiece([bos, *ids], np.concatenate([[0.0], own]), mixed)
        return [piece for piece in found if piece is not None]

    def songs(self, texts: Sequence[str]) -> Iterator[tuple[int, list[int], NDArray[np.float32]]]:
        """Of each text: its number, token ids behind <bos>, and ln P of all tokens at each, [tokens, vocabulary].

        They come in order of length, one in memory at a time.
        """
        import torch

        parts: list[Scored] = []
        for scored in self.scored(texts):
            if parts and parts[0].piece != scored.piece:
                yield _whole(parts)
                parts = []
            parts.append(Scored(scored.piece, scored.ids, scored.log_p.to(torch.float32)))
        if parts:
            yield _whole(parts)

    def scored(self, texts: Sequence[str]) -> Iterator[Scored]:
        """Score every token after <bos> once, piece after piece, with one window at a time in memory.

        Pieces come in order of length, so that windows of about one length are computed together.
        """
        import torch
        from tqdm import tqdm

        pieces = [[*self.tokenizer(text, verbose=False)["input_ids"], self.tokenizer.eos_token_id] for text in texts]
        order = sorted(range(len(pieces)), key=lambda piece: len(pieces[piece]))
        windows = [(piece, *window) for piece in order for window in self._windows(pieces[piece])]
        batches = range(0, len(windows), _WINDOWS_PER_BATCH)
        for start in tqdm(batches, desc="evaluate", unit="batch", disable=not self._progress):
            batch = windows[start : start + _WINDOWS_PER_BATCH]
            ids = torch.zeros((len(batch), max(len(window[1]) for window in batch)), dtype=torch.long)
            for row, (_, tokens, _) in enumerate(batch):
                ids[row, : len(tokens)] = torch.tensor(tokens)  # padding behind: causal attention never sees it
            with torch.inference_mode():
                log_p = self._model(input_ids=ids[:, :-1]).logits.log_softmax(-1)
            for row, (piece, tokens, known) in enumerate(batch):
                new = slice(known, len(tokens))
                yield Scored(piece, ids[row, new], log_p[row, known - 1 : len(tokens) - 1])

    def _windows(self, ids: Sequence[int]) -> Iterator[tuple[Sequence[int], int]]:
        """Windows of token ids, and how many tokens at each one's start were scored before.

        Where it can, a window starts with a system, as the blocks of training do, and reaches back half its length.
        """
        size = self._model.config.n_positions
        scored, begin = 1, 0
        while scored < len(ids):
            yield ids[begin : begin + size], scored - begin
            scored = min(begin + size, len(ids))
            latest = scored - size // 2
            starts = (index + 1 for index in range(begin, latest) if ids[index] == self.tokenizer.end_token_id)
            begin = max(starts, default=latest)


def _whole(parts: Sequence[Scored]) -> tuple[int, list[int], NDArray[np.float32]]:
    import torch

    ids: list[int] = torch.cat([part.ids for part in parts]).tolist()
    return parts[0].piece, ids, torch.cat([part.log_p for part in parts]).numpy()
