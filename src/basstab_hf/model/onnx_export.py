"""A model folder -> ONNX, as transformers.js, optimum and our page in the browser load it; without torch.

Input: config.json and model.safetensors. Output: `onnx/model.onnx`, a GPT-2 with its key-value cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf import files
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.model.weights import ModelFiles, Sizes, read_model

#: Where the file lies in a model folder: where transformers.js looks for it.
ONNX_FILE = "onnx/model.onnx"
# The first version with `Gelu`, and the file format of that time: any reader since 2024 knows them.
_OPSET, _IR = 20, 9
#: Bytes of weights that one file can hold: Protocol Buffers end at 2 GiB.
MAX_BYTES = 2**31 - 2**20
# Names of sizes that inputs choose.
_BATCH, _LENGTH, _PAST, _TOTAL = "batch_size", "sequence_length", "past_sequence_length", "total_sequence_length"
# What is added to the score of a token that must not be seen, as transformers does it: where a row of padding sees
# nothing at all, its weights stay numbers.
_UNSEEN = float(np.finfo(np.float32).min)


def write_onnx(model: Path, out: Path) -> Path:
    """Write `onnx/model.onnx` into the folder `out`, over one that is there; see `write_onnx_file`."""
    return write_onnx_file(model, out / ONNX_FILE, force=True)


def write_onnx_file(model: Path, path: Path, *, force: bool = False) -> Path:
    """Write one ONNX file and give its path.

    Inputs are `input_ids`, `position_ids` [batch, length] and `attention_mask` [batch, past + length], int64, and for
    each layer N `past_key_values.N.key` and `.value` [batch, heads, past, width / heads], float32; `past` may be 0.
    Outputs are `logits` [batch, length, vocabulary] and `present.N.key` and `.value`, past and length together.
    Weights are stored as fp16 where that loses nothing, and computed with as float32.

    Raises:
        InputError: no model folder, no GPT-2 of ours, or one that is too large for one file.
        MissingExtraError: onnx is not installed.
        OutputError: the file is there, or the disk refuses.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("onnx", "onnx") from error
    graph = _Graph(read_model(model))
    if (size := sum(len(weights.raw_data) for weights in graph.weights)) > MAX_BYTES:
        raise InputError(f"{model} has {size} bytes of weights, an ONNX file holds {MAX_BYTES}: use a smaller model")
    exported = onnx.helper.make_model(
        graph.build(),
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="basstab_hf",
    )
    with files.writing(path, force=force) as temporary:
        temporary.write_bytes(exported.SerializeToString())
    return path


class _Graph:
    """Nodes and weights of a GPT-2 (Radford et al. 2019), added one after another; a name stands for a tensor."""

    def __init__(self, model: ModelFiles) -> None:
        """Begin without nodes, with all weights."""
        self.sizes = model.sizes
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        for name, weights in model.weights.items():
            self._weight(name, weights)

    def build(self) -> Any:
        """The whole graph: GraphProto of onnx."""
        from onnx import helper

        x = self._add("Add", "embedded", [self._gather("wte", "input_ids"), self._gather("wpe", "position_ids")])
        unseen = self._unseen()
        for layer in range(self.sizes.layers):
            name = f"h.{layer}"
            x = self._add("Add", f"{name}.attended", [x, self._attend(self._norm(x, f"{name}.ln_1"), layer, unseen)])
            x = self._add("Add", f"{name}.out", [x, self._feed(self._norm(x, f"{name}.ln_2"), f"{name}.mlp")])
        head = "wte.weight" if self.sizes.tied else "lm_head.weight"
        turned = self._add("Transpose", "head", [head], perm=[1, 0])
        self._add("MatMul", "logits", [self._norm(x, "ln_f"), turned])
        return helper.make_graph(self.nodes, "gpt2", _inputs(self.sizes), _outputs(self.sizes), self.weights)

    def _unseen(self) -> str:
        """What is added to scores: 0, or `_UNSEEN` for later tokens and for padding; [batch, 1, length, total]."""
        zero, one = self._constant("zero", np.int64(0)), self._constant("one", np.int64(1))
        past = self._size("past", "past_key_values.0.key", 2)
        total = self._add("Add", "total", [past, self._size("length", "input_ids", 1)])
        keys = self._add("Range", "keys", [zero, total, one])
        places = self._add("Range", "places", [past, total, one])
        column = self._add("Unsqueeze", "places_column", [places, self._constant("last_axis", np.array([-1]))])
        earlier = self._add("LessOrEqual", "earlier", [keys, column])
        real = self._add("Equal", "real", ["attention_mask", one])
        axes = self._constant("middle_axes", np.array([1, 2]))
        seen = self._add("And", "seen", [earlier, self._add("Unsqueeze", "real_rows", [real, axes])])
        allowed, forbidden = self._constant("allowed", np.float32(0)), self._constant("forbidden", np.float32(_UNSEEN))
        return self._add("Where", "unseen", [seen, allowed, forbidden])

    def _attend(self, x: str, layer: int, unseen: str) -> str:
        name, wide = f"h.{layer}.attn", self.sizes.width // self.sizes.heads
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        self._add("Split", parts, [self._linear(x, f"{name}.c_attn")], axis=-1, num_outputs=3)
        shape = self._constant("heads_shape", np.array([0, 0, self.sizes.heads, wide]))
        query, key, value = (
            self._add(
                "Transpose", f"{part}.heads", [self._add("Reshape", f"{part}.cut", [part, shape])], perm=[0, 2, 1, 3]
            )
            for part in parts
        )
        keys, values = (
            self._add("Concat", f"present.{layer}.{kind}", [f"past_key_values.{layer}.{kind}", part], axis=2)
            for kind, part in (("key", key), ("value", value))
        )
        query = self._add("Mul", f"{name}.scaled", [query, self._constant("scale", np.float32(wide**-0.5))])
        turned = self._add("Transpose", f"{name}.turned", [keys], perm=[0, 1, 3, 2])
        scores = self._add("MatMul", f"{name}.scores", [query, turned])
        weights = self._add(
            "Softmax", f"{name}.weights", [self._add("Add", f"{name}.masked", [scores, unseen])], axis=-1
        )
        mixed = self._add("MatMul", f"{name}.mixed", [weights, values])
        mixed = self._add("Transpose", f"{name}.rows", [mixed], perm=[0, 2, 1, 3])
        whole = self._constant("whole_shape", np.array([0, 0, self.sizes.width]))
        return self._linear(self._add("Reshape", f"{name}.whole", [mixed, whole]), f"{name}.c_proj")

    def _feed(self, x: str, name: str) -> str:
        hidden = self._linear(x, f"{name}.c_fc")
        if self.sizes.activation == "relu":
            active = self._add("Relu", f"{name}.active", [hidden])
        else:
            active = self._add("Gelu", f"{name}.active", [hidden], approximate="tanh")
        return self._linear(active, f"{name}.c_proj")

    def _linear(self, x: str, name: str) -> str:
        product = self._add("MatMul", f"{name}.product", [x, f"{name}.weight"])
        return self._add("Add", f"{name}.sum", [product, f"{name}.bias"])

    def _norm(self, x: str, name: str) -> str:
        inputs = [x, f"{name}.weight", f"{name}.bias"]
        return self._add("LayerNormalization", f"{name}.out", inputs, axis=-1, epsilon=self.sizes.epsilon)

    def _gather(self, name: str, places: str) -> str:
        return self._add("Gather", f"{name}.rows", [f"{name}.weight", places])

    def _size(self, name: str, of: str, axis: int) -> str:
        """A size that inputs choose, as a scalar."""
        shape = self._add("Shape", f"{name}.shape", [of], start=axis, end=axis + 1)
        return self._add("Squeeze", name, [shape])

    def _add(self, operator: str, output: str | list[str], inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node and give the name of its (first) output."""
        from onnx import helper

        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(operator, list(inputs), outputs, name=outputs[0], **attributes))
        return outputs[0]

    def _weight(self, name: str, weights: NDArray[np.float32]) -> None:
        """Weights as they came from a model folder, which are fp16 unless somebody trained them elsewhere."""
        from onnx import TensorProto

        with np.errstate(over="ignore"):
            half = weights.astype(np.float16)
        if np.array_equal(half.astype(np.float32), weights):
            self._constant(f"{name}.half", half)
            self._add("Cast", name, [f"{name}.half"], to=TensorProto.FLOAT)
        else:
            self._constant(name, weights)

    def _constant(self, name: str, value: Any) -> str:
        """A tensor that is part of the file; the same name is the same tensor."""
        from onnx import numpy_helper

        if all(weights.name != name for weights in self.weights):
            self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name


def _inputs(sizes: Sizes) -> list[Any]:
    from onnx import TensorProto, helper

    whole = {"input_ids": _LENGTH, "attention_mask": _TOTAL, "position_ids": _LENGTH}
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, [_BATCH, size]) for name, size in whole.items()]
    return ids + _cache(sizes, "past_key_values", _PAST)


def _outputs(sizes: Sizes) -> list[Any]:
    from onnx import TensorProto, helper

    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [_BATCH, _LENGTH, sizes.size])
    return [logits, *_cache(sizes, "present", _TOTAL)]


def _cache(sizes: Sizes, name: str, length: str) -> list[Any]:
    from onnx import TensorProto, helper

    shape = [_BATCH, sizes.heads, length, sizes.width // sizes.heads]
    return [
        helper.make_tensor_value_info(f"{name}.{layer}.{kind}", TensorProto.FLOAT, shape)
        for layer in range(sizes.layers)
        for kind in ("key", "value")
    ]
