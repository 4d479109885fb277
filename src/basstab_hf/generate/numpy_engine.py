"""GPT-2 in numpy, without torch: the engine for everyone, and the one to read.

Input: config.json and model.safetensors of a model folder. Output: an `Engine`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from basstab_hf.generate.engine import Cached, Engine, Logits
from basstab_hf.model.weights import read_model


def load(folder: Path) -> Engine:
    """The engine "numpy"."""
    return NumpyEngine(folder)


class NumpyEngine(Cached):
    """GPT-2 in numpy (Radford et al. 2019): float32, pre-layer-norm blocks, tied or own output head."""

    def __init__(self, folder: Path) -> None:
        """Load config.json and model.safetensors.

        Raises:
            InputError: files that are no GPT-2, or whose shapes do not fit each other.
        """
        model = read_model(folder)
        sizes = self._sizes = model.sizes
        self._weights = model.weights
        self._activation = _ACTIVATIONS[sizes.activation]
        self.context, self.size = sizes.context, sizes.size
        self._head = model.head.T
        # A mean as a product: numpy's own takes three times as long for one row.
        self._average: Logits = np.full((sizes.width, 1), 1 / sizes.width, np.float32)
        wide = sizes.width // sizes.heads
        self._cache = np.zeros((sizes.layers, 2, sizes.heads, sizes.context, wide), np.float32)

    def _read(self, ids: Sequence[int], position: int) -> Logits:
        end = position + len(ids)
        weights = self._weights
        x = weights["wte.weight"][list(ids)] + weights["wpe.weight"][position:end]
        for layer in range(self._sizes.layers):
            name = f"h.{layer}."
            x = x + self._attend(self._norm(x, f"{name}ln_1"), layer, position, end)
            hidden = self._activation(self._linear(self._norm(x, f"{name}ln_2"), f"{name}mlp.c_fc"))
            x = x + self._linear(hidden, f"{name}mlp.c_proj")
        logits: Logits = self._norm(x[-1], "ln_f") @ self._head
        return logits

    def _attend(self, x: Logits, layer: int, position: int, end: int) -> Logits:
        name, length, width = f"h.{layer}.attn.", len(x), self._sizes.width
        together = self._linear(x, f"{name}c_attn").reshape(length, 3, self._sizes.heads, -1).transpose(1, 2, 0, 3)
        query = together[0]
        self._cache[layer, :, :, position:end] = together[1:]
        keys, values = self._cache[layer, :, :, :end]
        scores = query @ keys.transpose(0, 2, 1) / np.float32(np.sqrt(width // self._sizes.heads))
        if length > 1:
            scores[:, np.arange(end)[None] > np.arange(position, end)[:, None]] = -np.inf
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ values
        return self._linear(mixed.transpose(1, 0, 2).reshape(length, width), f"{name}c_proj")

    def _linear(self, x: Logits, name: str) -> Logits:
        result: Logits = x @ self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result

    def _norm(self, x: Logits, name: str) -> Logits:
        x = np.subtract(x, x @ self._average)
        x = np.divide(x, np.sqrt((x * x) @ self._average + np.float32(self._sizes.epsilon)))
        result: Logits = x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


def _gelu_new(x: Logits) -> Logits:
    """The tanh approximation of Hendrycks & Gimpel (2016) that GPT-2 uses."""
    inner = np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * x * x * x)
    result: Logits = np.float32(0.5) * x * (1 + np.tanh(inner))
    return result


def _relu(x: Logits) -> Logits:
    return np.maximum(x, np.float32(0))


_ACTIVATIONS = {"gelu": _gelu_new, "relu": _relu}
