"""The exported model computes what our engines compute, in the layout that transformers.js expects."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.generate.numpy_engine import NumpyEngine
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.onnx_export import ONNX_FILE, write_onnx
from basstab_hf.model.weights import Sizes

Arrays = dict[str, Any]


class Session:
    """The exported file in onnxruntime, used as transformers.js does: the cache goes in and comes out."""

    def __init__(self, path: Path, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options)
        config = json.loads((model / "config.json").read_text())
        self.empty = (config["n_head"], 0, config["n_embd"] // config["n_head"])
        self.layers, self.size, self.context = config["n_layer"], config["vocab_size"], config["n_positions"]
        self.names = [output.name for output in self.session.get_outputs()]

    def start(self, batch: int) -> Arrays:
        none = np.zeros((batch, *self.empty), np.float32)
        return {f"past_key_values.{layer}.{kind}": none for layer in range(self.layers) for kind in ("key", "value")}

    def read(self, ids: np.ndarray, cache: Arrays, mask: np.ndarray | None = None) -> tuple[np.ndarray, Arrays]:
        total = ids.shape[1] + cache["past_key_values.0.key"].shape[2]
        mask = np.ones((len(ids), total), np.int64) if mask is None else mask
        places = np.maximum(mask.cumsum(axis=1) - 1, 0)[:, -ids.shape[1] :]
        inputs = {"input_ids": ids, "attention_mask": mask, "position_ids": places, **cache}
        found = dict(zip(self.names, self.session.run(None, inputs), strict=True))
        logits = found.pop("logits")
        return logits, {name.replace("present", "past_key_values"): value for name, value in found.items()}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(write_onnx(shipped_model(), tmp_path_factory.mktemp("onnx")), shipped_model())


@pytest.fixture(scope="module")
def engine() -> NumpyEngine:
    return NumpyEngine(shipped_model())


def check_same(session: Session, engine: NumpyEngine, ids: list[int], cuts: list[int]) -> None:
    """Logits at the end of each part, the parts read one behind the other."""
    cache = session.start(1)
    for start, end in zip([0, *cuts], [*cuts, len(ids)], strict=True):
        logits, cache = session.read(np.array([ids[start:end]]), cache)
        assert np.abs(logits[0, -1] - engine.start(ids[:end])).max() < 1e-4


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_it_computes_what_the_numpy_engine_does_however_a_text_is_cut(
    shipped: Session, engine: NumpyEngine, data: st.DataObject
) -> None:
    ids = data.draw(st.lists(st.integers(0, shipped.size - 1), min_size=1, max_size=80))
    cuts = data.draw(st.sets(st.integers(1, len(ids)), max_size=4).map(lambda found: sorted(found - {len(ids)})))
    check_same(shipped, engine, ids, cuts)


def test_a_full_context_can_be_read(shipped: Session, engine: NumpyEngine) -> None:
    ids = np.random.default_rng(0).integers(0, shipped.size, shipped.context).tolist()
    check_same(shipped, engine, ids, [shipped.context - 1])


def test_two_texts_of_different_length_are_read_together(shipped: Session, engine: NumpyEngine) -> None:
    long, short = list(range(62, 102)), list(range(70, 87))
    padding = len(long) - len(short)
    ids = np.array([long, [0] * padding + short])
    mask = np.ones_like(ids)
    mask[1, :padding] = 0
    logits, cache = shipped.read(ids, shipped.start(2), mask)
    following = np.array([[5], [6]])
    more, _ = shipped.read(following, cache, np.hstack([mask, np.ones((2, 1), np.int64)]))
    for row, text in enumerate((long, short)):
        assert np.abs(logits[row, -1] - engine.start(text)).max() < 1e-4
        assert np.abs(more[row, -1] - engine.step(int(following[row, 0]))).max() < 1e-4
    assert np.isfinite(logits).all()  # what stands under padding, too


def test_inputs_and_outputs_have_the_names_that_transformers_js_expects(shipped: Session) -> None:
    inputs = {one.name: (one.type, one.shape) for one in shipped.session.get_inputs()}
    assert inputs["input_ids"] == ("tensor(int64)", ["batch_size", "sequence_length"])
    assert inputs["position_ids"] == inputs["input_ids"]
    assert inputs["attention_mask"] == ("tensor(int64)", ["batch_size", "total_sequence_length"])
    past = ("tensor(float)", ["batch_size", 4, "past_sequence_length", 32])
    assert all(inputs[f"past_key_values.{layer}.{kind}"] == past for layer in range(4) for kind in ("key", "value"))
    assert shipped.names[0] == "logits"
    assert set(shipped.names[1:]) == {name.replace("past_key_values", "present") for name in shipped.start(1)}


def test_the_file_is_valid_and_as_large_as_the_model_folder_s_weights(tmp_path: Path) -> None:
    path = write_onnx(shipped_model(), tmp_path)
    assert path == tmp_path / ONNX_FILE
    onnx.checker.check_model(str(path), full_check=True)
    weights = (shipped_model() / "model.safetensors").stat().st_size
    assert path.stat().st_size < weights * 1.02  # fp16, as they are there
    assert write_onnx(shipped_model(), tmp_path) == path  # again: over what is there


def tiny(folder: Path, *, tied: bool = True, exact: bool = True, **settings: Any) -> Path:
    """A model folder with random weights; `exact` ones are fp16."""
    sizes = {"n_layer": 2, "n_head": 2, "n_embd": 32, "n_positions": 64, "vocab_size": 100}
    config = {"model_type": "gpt2", "tie_word_embeddings": tied, **sizes, **settings}
    (folder / "config.json").write_text(json.dumps(config))
    random = np.random.default_rng(1)
    shapes = Sizes(2, 2, 32, config.get("n_inner", 128), 64, 100, 1e-5, "gelu", tied).shapes()
    dtype = np.float16 if exact else np.float32
    weights = {name: random.normal(scale=0.3, size=shape).astype(dtype) for name, shape in shapes}
    save_file(weights, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize("exact", [True, False], ids=["fp16", "fp32"])
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "head"])
@pytest.mark.parametrize("settings", [{"activation_function": "relu"}, {"n_inner": 48, "layer_norm_epsilon": 1e-3}])
def test_models_of_other_settings_are_exported_too(
    tmp_path: Path, exact: bool, tied: bool, settings: dict[str, Any]
) -> None:
    folder = tiny(tmp_path, tied=tied, exact=exact, **settings)
    session = Session(write_onnx(folder, tmp_path / "out"), folder)
    check_same(session, NumpyEngine(folder), [1, *range(62, 90)], [7, 8])


def test_what_is_no_gpt2_of_ours_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model folder"):
        write_onnx(tmp_path, tmp_path / "out")
    folder = tiny(tmp_path, activation_function="swish")
    with pytest.raises(InputError, match="activation_function is 'swish'"):
        write_onnx(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_weights_beyond_one_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("basstab_hf.model.onnx_export.MAX_BYTES", 10**6)
    with pytest.raises(InputError, match="an ONNX file holds 1000000: use a smaller model"):
        write_onnx(shipped_model(), tmp_path)


def test_without_onnx_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r'pip install "basstab-hf\[onnx\]"'):
        write_onnx(shipped_model(), tmp_path)
