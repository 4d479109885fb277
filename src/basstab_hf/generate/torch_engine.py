"""transformers' own GPT-2 as an engine: the reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from basstab_hf.errors import MissingExtraError
from basstab_hf.generate.engine import Cached, Engine, Logits
from basstab_hf.model.weights import ModelFiles, read_model


def load(folder: Path) -> Engine:
    """The engine "torch"."""
    return TorchEngine(folder)


class TorchEngine(Cached):
    """transformers' own GPT-2 with its cache."""

    def __init__(self, folder: Path) -> None:
        """Load the model: transformers sees sizes and weights that were checked, never the folder.

        Raises:
            MissingExtraError: torch is not installed.
            InputError: files that are no GPT-2, or whose shapes do not fit each other.
        """
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("torch", "train") from error

        model = read_model(folder)
        self._model = _gpt2(model)
        self.context, self.size = model.sizes.context, model.sizes.size
        self._torch = torch
        self._cache: Any = None

    def _read(self, ids: Sequence[int], position: int) -> Logits:
        with self._torch.inference_mode():
            out = self._model(
                input_ids=self._torch.tensor([list(ids)]),
                past_key_values=self._cache if position else None,
                use_cache=True,
                logits_to_keep=1,
            )
        self._cache = out.past_key_values
        logits: Logits = out.logits[0, -1].numpy()
        return logits


def _gpt2(model: ModelFiles) -> Any:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = model.sizes
    config = GPT2Config(
        n_layer=sizes.layers,
        n_head=sizes.heads,
        n_embd=sizes.width,
        n_inner=sizes.hidden,
        n_positions=sizes.context,
        vocab_size=sizes.size,
        layer_norm_epsilon=sizes.epsilon,
        activation_function={"gelu": "gelu_new", "relu": "relu"}[sizes.activation],
        tie_word_embeddings=sizes.tied,
        bos_token_id=None,
        eos_token_id=None,
    )
    weights = {
        name if name == "lm_head.weight" else f"transformer.{name}": torch.from_numpy(array)
        for name, array in model.weights.items()
    }
    return GPT2LMHeadModel.from_pretrained(None, config=config, state_dict=weights).float().eval()
