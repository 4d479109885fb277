"""transformers' own GPT-2 as an engine: the reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.generate.engine import Cached, Logits
from basstab_hf.generate.model_files import read_config


class TorchEngine(Cached):
    """transformers' own GPT-2 with its cache."""

    def __init__(self, folder: Path) -> None:
        """Load the model.

        Raises:
            MissingExtraError: torch is not installed.
            InputError: the folder holds no model that transformers can load.
        """
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("torch", "train") from error
        from safetensors import SafetensorError
        from transformers import AutoModelForCausalLM

        read_config(folder)
        try:
            self._model = AutoModelForCausalLM.from_pretrained(str(folder)).float().eval()
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise InputError(f"{folder} cannot be loaded as a model: {str(error).splitlines()[0]}") from error
        self.context = int(self._model.config.n_positions)
        self.size = int(self._model.config.vocab_size)
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
