"""GPT-2 in numpy, without torch: the engine for everyone, and the one to read.

Input: config.json and model.safetensors of a model folder. Output: an `Engine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from basstab_hf.errors import InputError
from basstab_hf.generate.engine import Cached, Logits
from basstab_hf.generate.model_files import load_weights, read_config


class NumpyEngine(Cached):
    """GPT-2 in numpy (Radford et al. 2019): float32, pre-layer-norm blocks, tied or own output head."""

    def __init__(self, folder: Path) -> None:
        """Load config.json and model.safetensors.

        Raises:
            InputError: files that are no GPT-2, or whose shapes do not fit each other.
        """
        config = read_config(folder)
        self._weights = load_weights(folder)
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
        self.size = self._head.shape[1]
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


def _gelu_new(x: Logits) -> Logits:
    """The tanh approximation of Hendrycks & Gimpel (2016) that GPT-2 uses."""
    inner = np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * x * x * x)
    result: Logits = np.float32(0.5) * x * (1 + np.tanh(inner))
    return result


def _relu(x: Logits) -> Logits:
    return np.maximum(x, np.float32(0))


#: The two names of one function: transformers computes the second faster.
_ACTIVATIONS = {"gelu_new": _gelu_new, "gelu_pytorch_tanh": _gelu_new, "relu": _relu}
