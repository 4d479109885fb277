"""A model folder as it lies on disk, read without torch and without trust: what engines compute with is checked here.

Input: config.json and model.safetensors. Output: `ModelFiles`: sizes within limits, and finite float32 arrays whose
shapes fit them. Nothing is allocated on the word of a file: a shape is compared before its tensor is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError

Tensor = NDArray[np.float32]

#: Bytes of a config.json; transformers writes about 1 kB.
MAX_CONFIG = 1_000_000
#: The largest sizes by their names in config.json; GPT-2 XL has 48, 25, 1600, 1024, 50257, 6400.
LIMITS = {
    "n_layer": 256,
    "n_head": 256,
    "n_embd": 16_384,
    "n_positions": 65_536,
    "vocab_size": 1_000_000,
    "n_inner": 65_536,
}
#: Numbers in the keys and values of one stream: 2 GiB of float32.
MAX_CACHE = 2**29
#: The two names of one function: transformers computes the second faster.
ACTIVATIONS = {"gelu_new": "gelu", "gelu_pytorch_tanh": "gelu", "relu": "relu"}
# What changes the mathematics of a GPT-2, and how it is here.
_FIXED = {"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False}
_FLOATS = ("F16", "F32", "F64")


@dataclass(frozen=True, slots=True)
class Sizes:
    """What config.json says of a GPT-2.

    `width` numbers stand for a token, `hidden` inside the feed-forward parts; `size` tokens are in the vocabulary.
    """

    layers: int
    heads: int
    width: int
    hidden: int
    context: int
    size: int
    epsilon: float
    activation: str
    tied: bool

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names and shapes of all weights; matrices are [inputs, outputs]."""
        yield from (("wte.weight", (self.size, self.width)), ("wpe.weight", (self.context, self.width)))
        if not self.tied:
            yield "lm_head.weight", (self.size, self.width)
        norms = ["ln_f"]
        for layer in range(self.layers):
            name = f"h.{layer}."
            norms += [f"{name}ln_1", f"{name}ln_2"]
            for part, inputs, outputs in (
                ("attn.c_attn", self.width, 3 * self.width),
                ("attn.c_proj", self.width, self.width),
                ("mlp.c_fc", self.width, self.hidden),
                ("mlp.c_proj", self.hidden, self.width),
            ):
                yield f"{name}{part}.weight", (inputs, outputs)
                yield f"{name}{part}.bias", (outputs,)
        for norm in norms:
            yield from ((f"{norm}.weight", (self.width,)), (f"{norm}.bias", (self.width,)))


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A checked GPT-2: `weights` by name, without the prefix that transformers puts in front."""

    sizes: Sizes
    weights: Mapping[str, Tensor]

    @property
    def head(self) -> Tensor:
        """From the last layer to logits: [vocabulary, width]."""
        return self.weights["wte.weight" if self.sizes.tied else "lm_head.weight"]


def read_model(folder: Path) -> ModelFiles:
    """Sizes and weights of a model folder.

    Raises:
        InputError: no model folder, or a file in it that is broken or no GPT-2; it names the file and the reason.
    """
    sizes = _sizes(folder / "config.json", read_config(folder))
    return ModelFiles(sizes, _read_weights(folder / "model.safetensors", sizes))


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
    if path.stat().st_size > MAX_CONFIG:
        raise InputError(f"{path} has more than {MAX_CONFIG} bytes: it is no configuration")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    if not isinstance(config, dict) or config.get("model_type") != "gpt2":
        raise InputError(f"{path} is not the configuration of a GPT-2")
    return config


def _sizes(path: Path, config: Mapping[str, Any]) -> Sizes:
    try:
        return _checked_sizes(config)
    except ValueError as error:
        raise InputError(f"{path} is no GPT-2 of ours: {error}") from error


def _checked_sizes(config: Mapping[str, Any]) -> Sizes:
    width, heads = _size(config, "n_embd"), _size(config, "n_head")
    hidden = _size(config, "n_inner") if config.get("n_inner") is not None else 4 * width
    layers, context = _size(config, "n_layer"), _size(config, "n_positions")
    if width % heads:
        raise ValueError(f"n_head {heads} does not divide n_embd {width}")
    if 2 * layers * context * width > MAX_CACHE:
        raise ValueError(f"n_layer {layers}, n_positions {context} and n_embd {width} need too much memory together")
    epsilon = config.get("layer_norm_epsilon", 1e-5)
    if type(epsilon) not in (float, int) or not 1e-12 <= epsilon <= 1:
        raise ValueError(f"layer_norm_epsilon is {_shown(epsilon)}, 1e-12 to 1 is expected")
    activation = config.get("activation_function", "gelu_new")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(f"activation_function is {_shown(activation)}, one of {', '.join(ACTIVATIONS)} is expected")
    tied = config.get("tie_word_embeddings", True)
    if not isinstance(tied, bool):
        raise ValueError(f"tie_word_embeddings is {_shown(tied)}, true or false is expected")
    for name, value in _FIXED.items():
        if config.get(name, value) is not value:
            raise ValueError(f"{name} is {_shown(config[name])}, {str(value).lower()} is expected")
    return Sizes(
        layers=layers,
        heads=heads,
        width=width,
        hidden=hidden,
        context=context,
        size=_size(config, "vocab_size"),
        epsilon=float(epsilon),
        activation=ACTIVATIONS[activation],
        tied=tied,
    )


def _size(config: Mapping[str, Any], name: str) -> int:
    value = config.get(name)
    if type(value) is not int or not 1 <= value <= LIMITS[name]:
        raise ValueError(f"{name} is {_shown(value)}, a number from 1 to {LIMITS[name]} is expected")
    return value


def _shown(value: object) -> str:
    """A value of a file in one short line."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _read_weights(path: Path, sizes: Sizes) -> dict[str, Tensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return dict(_checked_weights(file, sizes))
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    except ValueError as error:
        raise InputError(f"{path} is no GPT-2 of ours: {error}") from error


def _checked_weights(file: Any, sizes: Sizes) -> Iterator[tuple[str, Tensor]]:
    names = {name.removeprefix("transformer."): name for name in file.keys()}  # noqa: SIM118  # it is no mapping
    expected = dict(sizes.shapes())
    for name, shape in expected.items():  # all of them before the first is read
        if name not in names:
            raise ValueError(f"{name} is missing")
        tensor = file.get_slice(names[name])
        if tuple(tensor.get_shape()) != shape:
            raise ValueError(f"{name} has shape {tuple(tensor.get_shape())}, {shape} is expected")
        if tensor.get_dtype() not in _FLOATS:
            raise ValueError(f"{name} is of type {tensor.get_dtype()}, one of {', '.join(_FLOATS)} is expected")
    for name in expected:
        yield name, _finite(name, file.get_tensor(names[name]))
    if sizes.tied and "lm_head.weight" in names:
        _check_tied(file, names)


def _finite(name: str, tensor: np.ndarray[Any, Any]) -> Tensor:
    with np.errstate(over="ignore"):
        weights = np.asarray(tensor, np.float32)
    if not np.isfinite(weights).all():
        raise ValueError(f"{name} holds what is no finite number")
    return weights


def _check_tied(file: Any, names: Mapping[str, str]) -> None:
    head, embedding = (file.get_slice(names[name]) for name in ("lm_head.weight", "wte.weight"))
    same = head.get_shape() == embedding.get_shape() and head.get_dtype() == embedding.get_dtype()
    if not same or not np.array_equal(head[:], embedding[:]):
        raise ValueError("lm_head.weight differs from wte.weight, but config.json has tie_word_embeddings")
