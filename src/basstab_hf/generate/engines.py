"""Engines: token ids -> logits of the next token, one stream, with a key-value cache.

`NumpyEngine` reads model.safetensors itself and needs no torch; `TorchEngine` is transformers' GPT-2, the reference.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError, MissingExtraError

Logits = NDArray[np.float32]


class Engine(Protocol):
    """What sampling needs of a model: at most `context` tokens between one start and the next."""

    context: int

    def start(self, ids: Sequence[int]) -> Logits:
        """Forget everything, read `ids`, and give the logits of the token after them, [vocabulary]."""

    def step(self, token: int) -> Logits:
        """Read one token more and give the logits of the one after it, [vocabulary]."""


class _Cached:
    """Counts what was read, for engines with a key-value cache."""

    context: int
    _length = 0

    def start(self, ids: Sequence[int]) -> Logits:
        """Forget everything, read `ids`, and give the logits of the token after them, [vocabulary]."""
        self._length = 0
        return self._advance(ids)

    def step(self, token: int) -> Logits:
        """Read one token more and give the logits of the one after it, [vocabulary]."""
        return self._advance([token])

    def _advance(self, ids: Sequence[int]) -> Logits:
        position, self._length = self._length, self._length + len(ids)
        if self._length > self.context:
            raise InputError(f"{self._length} tokens are more than the model's context of {self.context}")
        return self._read(ids, position)

    def _read(self, ids: Sequence[int], position: int) -> Logits:
        """Logits after `ids`, which stand at `position`; 0 forgets what was read before."""
        raise NotImplementedError


class NumpyEngine(_Cached):
    """GPT-2 in numpy (Radford et al. 2019): float32, pre-layer-norm blocks, tied or own output head."""

    def __init__(self, folder: Path) -> None:
        """Load config.json and model.safetensors.

        Raises:
            InputError: files that are no GPT-2, or whose shapes do not fit each other.
        """
        config = read_config(folder)
        self._weights = _load_weights(folder)
        try:
            self._layers, self._heads = int(config["n_layer"]), int(config["n_head"])
            self._epsilon = float(config.get("layer_norm_epsilon", 1e-5))
            self._activation = _ACTIVATIONS[config.get("activation_function", "gelu_new")]
            width, context = int(config["n_embd"]), int(config["n_positions"])
            self._check(width, context)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{folder}: config.json and model.safetensors are no GPT-2 of ours: {error}") from error
        self.context = context
        self._head = self._weights.get("lm_head.weight", self._weights["wte.weight"]).T
        self._cache = np.zeros((self._layers, 2, self._heads, context, width // self._heads), np.float32)

    def _check(self, width: int, context: int) -> None:
        shapes = {
            "wpe.weight": (context, width),
            "ln_f.weight": (width,),
            **{f"h.{layer}.attn.c_attn.weight": (width, 3 * width) for layer in range(self._layers)},
            **{f"h.{layer}.mlp.c_proj.bias": (width,) for layer in range(self._layers)},
        }
        for name, shape in shapes.items():
            if self._weights[name].shape != shape:
                raise ValueError(f"{name} has shape {self._weights[name].shape}, {shape} expected")

    def _read(self, ids: Sequence[int], position: int) -> Logits:
        end = position + len(ids)
        weights = self._weights
        x = weights["wte.weight"][list(ids)] + weights["wpe.weight"][position:end]
        for layer in range(self._layers):
            name = f"h.{layer}."
            x = x + self._attend(self._norm(x, f"{name}ln_1"), layer, position, end)
            hidden = self._activation(self._linear(self._norm(x, f"{name}ln_2"), f"{name}mlp.c_fc"))
            x = x + self._linear(hidden, f"{name}mlp.c_proj")
        logits: Logits = self._norm(x[-1], "ln_f") @ self._head
        return logits

    def _attend(self, x: Logits, layer: int, position: int, end: int) -> Logits:
        name, length, width = f"h.{layer}.attn.", len(x), x.shape[-1]
        query, key, value = (
            part.reshape(length, self._heads, -1).transpose(1, 0, 2)
            for part in np.split(self._linear(x, f"{name}c_attn"), 3, axis=-1)
        )
        self._cache[layer, 0, :, position:end] = key
        self._cache[layer, 1, :, position:end] = value
        keys, values = self._cache[layer, :, :, :end]
        scores = query @ keys.transpose(0, 2, 1) / np.float32(np.sqrt(width // self._heads))
        if length > 1:
            scores[:, np.arange(end)[None] > np.arange(position, end)[:, None]] = -np.inf
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ values
        return self._linear(mixed.transpose(1, 0, 2).reshape(length, width), f"{name}c_proj")

    def _linear(self, x: Logits, name: str) -> Logits:
        result: Logits = x @ self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result

    def _norm(self, x: Logits, name: str) -> Logits:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(self._epsilon))
        result: Logits = x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


class TorchEngine(_Cached):
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


def load_engine(folder: Path, name: str = "auto") -> Engine:
    """The engine of that name for a model folder; "auto" is numpy, the faster one for a single stream."""
    engines = {"auto": NumpyEngine, "numpy": NumpyEngine, "torch": TorchEngine}
    return engines[name](folder)


def read_config(folder: Path) -> dict[str, Any]:
    """config.json of a model folder.

    Raises:
        InputError: the folder is no model folder.
    """
    path = folder / "config.json"
    if not path.is_file() or not (folder / "model.safetensors").is_file():
        raise InputError(
            f"{folder} is no model folder (config.json and model.safetensors): "
            "`basstab train DATASET --out DIR` or scripts/quickstart makes one"
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    if not isinstance(config, dict) or config.get("model_type") != "gpt2":
        raise InputError(f"{path} is not the configuration of a GPT-2")
    return config


def _load_weights(folder: Path) -> dict[str, Logits]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        weights = load_file(folder / "model.safetensors")
    except (SafetensorError, OSError) as error:
        raise InputError(f"{folder}/model.safetensors cannot be read: {error}") from error
    return {name.removeprefix("transformer."): np.asarray(value, np.float32) for name, value in weights.items()}


def _gelu_new(x: Logits) -> Logits:
    """The tanh approximation of Hendrycks & Gimpel (2016) that GPT-2 uses."""
    inner = np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * x * x * x)
    result: Logits = np.float32(0.5) * x * (1 + np.tanh(inner))
    return result


def _relu(x: Logits) -> Logits:
    return np.maximum(x, np.float32(0))


#: The two names of one function: transformers computes the second faster.
_ACTIVATIONS = {"gelu_new": _gelu_new, "gelu_pytorch_tanh": _gelu_new, "relu": _relu}
