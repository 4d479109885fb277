"""Model folders that are broken or hostile are refused in one line, before much is computed or allocated."""

import json
import struct
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from basstab_hf.errors import InputError
from basstab_hf.generate.cpp_engine import instruction_sets
from basstab_hf.generate.engines import load_engine
from basstab_hf.generate.numpy_engine import NumpyEngine
from basstab_hf.model.weights import read_model

CONFIG, WEIGHTS = "config.json", "model.safetensors"
Tensors = dict[str, np.ndarray]


@pytest.fixture
def folder(riff_model: Path, tmp_path: Path) -> Path:
    """Its two files, to be broken."""
    for name in (CONFIG, WEIGHTS):
        (tmp_path / name).write_bytes((riff_model / name).read_bytes())
    return tmp_path


#: Engines that need no torch; without a compiler at set-up there is but one.
BUILT = ("numpy", "cpp", "cpp-int8") if instruction_sets() else ("numpy",)


def check_refused(folder: Path, name: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        read_model(folder)
    message = str(caught.value)
    assert str(folder / name) in message
    assert len(message.splitlines()) == 1
    assert len(message) < 500 + len(str(folder))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"n_layer": 10**9}, "n_layer is 1000000000, a number from 1 to 256"),
        ({"n_layer": 3}, "h.2.ln_1.weight is missing|h.2.attn.c_attn.weight is missing"),
        ({"n_layer": -1}, "n_layer is -1"),
        ({"n_layer": 2.0}, "n_layer is 2.0"),
        ({"n_layer": True}, "n_layer is True"),
        ({"n_layer": "2" * 1000}, r"n_layer is '2+\.\.\., a number"),
        ({"n_layer": None}, "n_layer is None"),
        ({"n_head": 3}, "n_head 3 does not divide n_embd 32"),
        ({"n_embd": 48, "n_head": 3}, r"wte.weight has shape \(\d+, 32\), \(\d+, 48\) is expected"),
        ({"n_positions": 4}, r"wpe.weight has shape \(128, 32\), \(4, 32\) is expected"),
        ({"n_inner": 64}, "h.0.mlp.c_fc.weight has shape"),
        ({"n_layer": 256, "n_embd": 16384, "n_positions": 65536}, "too much memory"),
        ({"vocab_size": [1]}, r"vocab_size is \[1\]"),
        ({"layer_norm_epsilon": float("nan")}, "layer_norm_epsilon is nan"),
        ({"layer_norm_epsilon": 10**400}, "layer_norm_epsilon is 10"),
        ({"layer_norm_epsilon": "1e-5"}, "layer_norm_epsilon is '1e-5'"),
        ({"activation_function": {}}, "activation_function is {}"),
        ({"activation_function": "swish"}, "activation_function is 'swish', one of gelu_new"),
        ({"tie_word_embeddings": 1}, "tie_word_embeddings is 1"),
        ({"tie_word_embeddings": False}, "lm_head.weight is missing"),
        ({"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx is True, false is expected"),
        ({"model_type": "llama"}, "not the configuration of a GPT-2"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(folder: Path, changes: dict[str, Any], reason: str) -> None:
    config = json.loads((folder / CONFIG).read_text()) | changes
    (folder / CONFIG).write_text(json.dumps(config))
    name = WEIGHTS if "weight" in reason else CONFIG
    check_refused(folder, name, reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 100_000, "is no JSON"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "is no JSON"),
        (b'{"n_layer": 1' + b"0" * 5000 + b"}", "is no JSON"),
        (b" " * 2_000_000, "more than 1000000 bytes"),
        (b"\xff\xfe", "is no JSON"),
        (b"[]", "not the configuration"),
    ],
)
def test_a_configuration_that_is_a_bomb_is_refused(folder: Path, content: bytes, reason: str) -> None:
    (folder / CONFIG).write_bytes(content)
    check_refused(folder, CONFIG, reason)


def _set(name: str, array: np.ndarray | None) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        if array is None:
            del tensors[name]
        else:
            tensors[name] = array

    return change


def _put(name: str, number: float) -> Callable[[Tensors], None]:
    def change(tensors: Tensors) -> None:
        tensors[name].flat[-1] = number

    return change


_LAST = "transformer.ln_f.bias"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_set(_LAST, None), "ln_f.bias is missing"),
        (_set(_LAST, np.zeros(31, np.float32)), r"ln_f.bias has shape \(31,\), \(32,\) is expected"),
        (_set(_LAST, np.zeros((1, 32), np.float32)), r"ln_f.bias has shape \(1, 32\)"),
        (_set(_LAST, np.zeros(32, np.int64)), "ln_f.bias is of type I64, one of F16, F32, F64"),
        (_set(_LAST, np.zeros(32, np.complex64)), "ln_f.bias is of type C64"),
        (_set(_LAST, np.full(32, 1e300)), "ln_f.bias holds what is no finite number"),
        (_put(_LAST, np.nan), "ln_f.bias holds what is no finite number"),
        (_put("transformer.h.1.mlp.c_fc.weight", np.inf), "h.1.mlp.c_fc.weight holds what is no finite number"),
        (_set("lm_head.weight", np.zeros((5, 32), np.float16)), "lm_head.weight differs from wte.weight"),
    ],
)
def test_weights_that_do_not_fit_are_refused(folder: Path, change: Callable[[Tensors], None], reason: str) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS)
    check_refused(folder, WEIGHTS, reason)


def _file(header: bytes, length: int | None = None, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def _one(shape: list[int], begin: int, end: int, dtype: str = "F32") -> bytes:
    tensor = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    return json.dumps({"transformer.wte.weight": tensor}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 8,
        _file(b"{}", 2**63),
        _file(b"{}", 100_000_000),
        _file(b"[" * 100_000),
        _file(_one([2**62, 8], 0, 4)),
        _file(_one([1], 0, 4)),
        _file(_one([1], 4, 0), data=bytes(4)),
        _file(_one([-1], 0, 4), data=bytes(4)),
        _file(_one([4], 0, 4, "F8_E5M2"), data=bytes(4)),
        _file(
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
            b'"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            data=bytes(4),
        ),
    ],
)
def test_a_weights_file_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    (folder / WEIGHTS).write_bytes(content)
    check_refused(folder, WEIGHTS, "cannot be read|is no GPT-2 of ours")


def test_a_truncated_weights_file_is_refused(folder: Path) -> None:
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[:-1])
    check_refused(folder, WEIGHTS, "cannot be read")


def test_a_model_in_several_files_is_refused(folder: Path) -> None:
    (folder / WEIGHTS).rename(folder / "model-00001-of-00001.safetensors")
    (folder / f"{WEIGHTS}.index.json").write_text('{"weight_map": {"transformer.wte.weight": "/etc/passwd"}}')
    with pytest.raises(InputError, match="is no model folder"):
        read_model(folder)


def test_nothing_is_allocated_on_the_word_of_a_file(folder: Path) -> None:
    sizes = {"n_layer": 1, "n_head": 1, "n_embd": 16_384, "n_positions": 8192, "vocab_size": 1_000_000}
    (folder / CONFIG).write_text(json.dumps({"model_type": "gpt2", **sizes}))
    tracemalloc.start()
    check_refused(folder, WEIGHTS, "wte.weight has shape")
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_any_float_type_and_a_copy_of_the_embedding_as_head_will_do(folder: Path, dtype: type) -> None:
    expected = NumpyEngine(folder).start([1, 70])
    tensors = {name: array.astype(dtype) for name, array in load_file(folder / WEIGHTS).items()}
    save_file({**tensors, "lm_head.weight": tensors["transformer.wte.weight"].copy()}, folder / WEIGHTS)
    for engine in (*BUILT[:2], "torch"):
        assert np.abs(load_engine(folder, engine).start([1, 70]) - expected).max() < 1e-4


_numbers = st.one_of(
    *(st.none(), st.booleans(), st.integers(-3, 300), st.integers(), st.floats(), st.text(max_size=5)),
    *(st.just([]), st.just({})),
)


class _Broken:
    """A model folder that is written anew for each example."""

    def __init__(self, model: Path, folder: Path) -> None:
        self.folder = folder
        self.config = json.loads((model / CONFIG).read_text())
        self.weights = (model / WEIGHTS).read_bytes()

    def check(self, config: dict[str, Any], weights: bytes, engines: tuple[str, ...]) -> None:
        """Each engine refuses the folder in one line, or computes something from it."""
        (self.folder / CONFIG).write_text(json.dumps(config))
        (self.folder / WEIGHTS).write_bytes(weights)
        for engine in engines:
            try:
                loaded = load_engine(self.folder, engine)
            except InputError as error:
                assert len(str(error).splitlines()) == 1
                assert str(self.folder) in str(error)
                continue
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert loaded.start([0]).shape == (loaded.size,)


@pytest.fixture(scope="module")
def broken(riff_model: Path, tmp_path_factory: pytest.TempPathFactory) -> _Broken:
    return _Broken(riff_model, tmp_path_factory.mktemp("broken"))


_places = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)


def _mutated(weights: bytes, header_only: bool, places: list[tuple[float, int]], cut: int | None) -> bytes:
    content = bytearray(weights)
    end = 8 + struct.unpack("<Q", weights[:8])[0] if header_only else len(content)
    for place, value in places:
        content[int(place * end)] = value
    return bytes(content[:cut])


_KEYS = st.sampled_from(
    [
        "n_layer",
        "n_head",
        "n_embd",
        "n_positions",
        "vocab_size",
        "n_inner",
        "layer_norm_epsilon",
        "activation_function",
        "tie_word_embeddings",
        "scale_attn_weights",
        "model_type",
        "auto_map",
        "quantization_config",
        "dtype",
    ]
)


@given(
    changes=st.dictionaries(_KEYS, _numbers, max_size=2),
    header_only=st.booleans(),
    places=_places,
    cut=st.one_of(st.none(), st.none(), st.integers(0, 5000)),
)
def test_whatever_is_in_the_files_numpy_and_cpp_refuse_or_compute(
    broken: _Broken, changes: dict[str, Any], header_only: bool, places: list[tuple[float, int]], cut: int | None
) -> None:
    weights = _mutated(broken.weights, header_only, places, cut)
    broken.check(broken.config | changes, broken.weights if changes else weights, BUILT)


@settings(max_examples=12)
@given(changes=st.dictionaries(_KEYS, _numbers, max_size=1), header_only=st.booleans(), places=_places)
def test_whatever_is_in_the_files_torch_refuses_or_computes(
    broken: _Broken, changes: dict[str, Any], header_only: bool, places: list[tuple[float, int]]
) -> None:
    broken.check(broken.config | changes, _mutated(broken.weights, header_only, places, None), ("torch",))
