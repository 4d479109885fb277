"""The C++ engine says what numpy and transformers say, and writes what the loop in Python writes."""

import json
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from basstab_hf import Tab
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.generate import Composer, Request, Sampling
from basstab_hf.generate.cpp_engine import CppEngine, instruction_sets
from basstab_hf.generate.engines import load_engine
from basstab_hf.generate.job import continuing
from basstab_hf.generate.loop import write
from basstab_hf.generate.numpy_engine import NumpyEngine
from basstab_hf.generate.plan import Plan, Segment
from basstab_hf.generate.torch_engine import TorchEngine
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.model.match_cache import LENGTHS, MatchSettings, log_softmax
from tests.conftest import needs_cpp, riff

pytestmark = needs_cpp
SHIPPED = shipped_model()
SIZE = json.loads((SHIPPED / "config.json").read_text())["vocab_size"]
PROMPT = Tab.parse("\n".join(line[:38] for line in riff(3).split("\n")[:4]))


def random_model(folder: Path, dtype: type = np.float32, scale: float = 0.1, **changes: Any) -> Path:
    """A GPT-2 of random weights."""
    config: dict[str, Any] = {
        "model_type": "gpt2",
        "n_layer": 2,
        "n_head": 3,
        "n_embd": 24,
        "n_positions": 64,
        "vocab_size": 50,
        "activation_function": "gelu_new",
        "tie_word_embeddings": True,
        **changes,
    }
    width, hidden = config["n_embd"], config.get("n_inner") or 4 * config["n_embd"]
    random = np.random.default_rng(width)
    shapes = {"wte.weight": (config["vocab_size"], width), "wpe.weight": (config["n_positions"], width)}
    for layer in range(config["n_layer"]):
        shapes |= {
            f"h.{layer}.attn.c_attn.weight": (width, 3 * width),
            f"h.{layer}.attn.c_proj.weight": (width, width),
            f"h.{layer}.mlp.c_fc.weight": (width, hidden),
            f"h.{layer}.mlp.c_proj.weight": (hidden, width),
        }
    weights = {name: random.normal(0, scale, shape) for name, shape in shapes.items()}
    for name, shape in shapes.items():
        if name.startswith("h."):
            weights[name.replace("weight", "bias")] = random.normal(0, scale, shape[1])
    for norm in ["ln_f", *(f"h.{layer}.ln_{number}" for layer in range(config["n_layer"]) for number in (1, 2))]:
        weights[f"{norm}.weight"] = 1 + random.normal(0, scale, width)
        weights[f"{norm}.bias"] = random.normal(0, scale, width)
    tensors = {f"transformer.{name}": array.astype(dtype) for name, array in weights.items()}
    if not config["tie_word_embeddings"]:
        tensors["lm_head.weight"] = random.normal(0, scale, shapes["wte.weight"]).astype(dtype)
    folder.mkdir()
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def shipped() -> dict[str, Composer]:
    return {engine: Composer(engine=engine) for engine in ("cpp", "numpy")}


@pytest.fixture(scope="module")
def trained(riff_model: Path) -> dict[str, Composer]:
    return {engine: Composer(riff_model, engine=engine) for engine in ("cpp", "numpy", "torch")}


def plan_of(composer: Composer, request: Request, seed: int = 0, **changes: Any) -> Plan:
    return replace(continuing(composer.model, request).plan(request, np.random.SeedSequence(seed)), **changes)


def check_logits(folder: Path, length: int) -> None:
    ours = [CppEngine(folder, instructions=name) for name in instruction_sets()]
    others = [NumpyEngine(folder), TorchEngine(folder)]
    ids = np.random.default_rng(length).integers(0, others[0].size, length).tolist()
    expected = [other.start(ids) for other in others]
    for engine in ours:
        found = engine.start(ids)
        assert max(np.abs(found - logits).max() for logits in expected) < 1e-4
        engine.start(ids[:-3])
        stepped = [engine.step(token) for token in ids[-3:]][-1]
        assert (stepped == found).all()  # to the last bit: a prompt may be read at once or bit by bit


def test_the_shipped_model_says_the_same_on_all_engines() -> None:
    check_logits(SHIPPED, 333)


@pytest.mark.parametrize(
    ("dtype", "changes"),
    [
        (np.float32, {}),
        (np.float16, {"n_head": 1, "n_layer": 1, "n_embd": 5, "vocab_size": 1, "n_inner": 3}),
        (np.float32, {"n_head": 7, "n_embd": 84, "vocab_size": 1001, "activation_function": "gelu_pytorch_tanh"}),
        (np.float16, {"n_head": 2, "n_embd": 64, "n_inner": 17, "activation_function": "relu"}),
        (np.float64, {"n_head": 24, "tie_word_embeddings": False, "layer_norm_epsilon": 1e-3}),
    ],
)
def test_models_of_any_shape_say_the_same_on_all_engines(tmp_path: Path, dtype: type, changes: dict[str, Any]) -> None:
    check_logits(random_model(tmp_path / "model", dtype, **changes), 61)


def test_int8_is_close(riff_model: Path) -> None:
    ids = [1, *np.random.default_rng(0).integers(62, 900, 300).tolist()]
    exact, rounded = (log_softmax(CppEngine(SHIPPED, weights).start(ids)) for weights in ("float32", "int8"))
    likely = exact > np.log(1e-3)
    assert np.abs(exact - rounded)[likely].max() < 0.3
    assert (np.exp(exact) * (exact - rounded)).sum() < 0.005  # nats between the two
    assert load_engine(riff_model, "cpp-int8").size == load_engine(riff_model, "cpp").size


def test_greedy_tabs_are_the_same_on_three_engines(trained: dict[str, Composer]) -> None:
    request = Request(bars=8, seed=0, sampling=Sampling(temperature=0))
    cpp, numpy, torch = (next(composer.write(request)).tab for composer in trained.values())
    assert cpp == numpy == torch


@pytest.mark.parametrize(
    "changes",
    [
        {"sampling": Sampling(top_p=1.0), "match_cache": False},
        {"sampling": Sampling(1.3, top_k=7, top_p=0.9, min_p=0.05)},
        {"sampling": Sampling(0.8, top_k=1)},
        {"sampling": Sampling(1.5, top_p=1.0, min_p=0.02)},
        {"sampling": Sampling(1.0, top_k=100_000, top_p=1.0)},
        {"sampling": Sampling(10.0, top_p=0.99)},
        {"systems": 2},
        {"prompt": PROMPT},
    ],
)
def test_a_seed_writes_the_same_tab_as_on_numpy(shipped: dict[str, Composer], changes: dict[str, Any]) -> None:
    request = Request(bars=4, seed=5, **changes)
    ours, theirs = (list(composer.write(request, 2)) for composer in shipped.values())
    assert [written.tab for written in ours] == [written.tab for written in theirs]
    assert [written.nats_per_column for written in ours] == pytest.approx(
        [written.nats_per_column for written in theirs], rel=1e-4
    )


@pytest.mark.parametrize("prompt", [None, Tab.parse(riff(5, bars=16))])
@pytest.mark.parametrize("match_cache", [True, False])
def test_tabs_that_outgrow_the_context_are_the_same(
    trained: dict[str, Composer], prompt: Tab | None, match_cache: bool
) -> None:
    request = Request(prompt=prompt, bars=40, width=17, seed=2, match_cache=match_cache)
    ours, theirs = next(trained["cpp"].write(request)), next(trained["numpy"].write(request))
    assert ours.tab == theirs.tab
    assert ours.nats_per_column == pytest.approx(theirs.nats_per_column, rel=1e-4)


def test_bars_filled_in_are_the_same(shipped: dict[str, Composer]) -> None:
    ours, theirs = (
        [
            next(composer.infill(Tab.parse(riff(4)), first, last, Request(seed=1))).tab
            for first, last in ((2, 3), (3, 6))
        ]
        for composer in shipped.values()
    )
    assert ours == theirs
    assert all(len(tab.bars) == 8 for tab in ours)


def test_tabs_written_side_by_side_are_those_written_alone(shipped: dict[str, Composer]) -> None:
    composer = shipped["cpp"]
    requests = [Request(bars=1 + number % 3, prompt=PROMPT if number % 2 else None) for number in range(20)]
    plans = [plan_of(composer, request, seed) for seed, request in enumerate(requests)]
    assert write(composer.model.engine, plans) == [write(composer.model.engine, [plan])[0] for plan in plans]
    assert write(composer.model.engine, []) == []


def test_an_engine_serves_several_threads(trained: dict[str, Composer]) -> None:
    composer = trained["cpp"]
    plans = [plan_of(composer, Request(bars=6), seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda plan: write(composer.model.engine, [plan])[0], plans))
    assert found == write(composer.model.engine, plans)


def test_controls_and_listeners_are_called_as_by_the_loop_in_python(trained: dict[str, Composer]) -> None:
    def events(composer: Composer) -> tuple[list[Any], Any]:
        told: list[Any] = []
        no_bar = np.zeros(composer.model.engine.size, np.float32)
        no_bar[::3] = -np.inf
        forbidden = np.full_like(no_bar, -np.inf)

        def bias(tokens: list[int]) -> np.ndarray | None:
            told.append(list(tokens))
            return (None, no_bar, forbidden, np.float32(2) * np.arange(len(no_bar), dtype=np.float32))[len(told) % 4]

        job = continuing(composer.model, Request(systems=2, width=17))
        table = job.table
        first = np.zeros(composer.model.engine.size, bool)
        first[np.flatnonzero(table.row(job.segments[0].state)[table.shapes] >= 0)[:3]] = True
        segments = (*job.segments, Segment(job.segments[0].state, bars=2, open_end=True, then=(table.bar_id,)))
        plan = replace(job, segments=segments).plan(Request(), np.random.SeedSequence(4), listener=told.append)
        return told, write(composer.model.engine, [replace(plan, bias=bias, first=first)])[0]

    (ours, written), (theirs, expected) = events(trained["cpp"]), events(trained["numpy"])
    assert ours == theirs
    assert (written.ids, written.drawn) == (expected.ids, expected.drawn)
    assert written.nats == pytest.approx(expected.nats, rel=1e-4)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Composer]:
    """A model for which all tokens are equally likely: what is written follows from biases, cache and grammar alone."""
    folder = shutil.copytree(SHIPPED, tmp_path_factory.mktemp("silent") / "model")
    weights = load_file(folder / "model.safetensors")
    save_file({name: np.zeros_like(array) for name, array in weights.items()}, folder / "model.safetensors")
    return {engine: Composer(folder, engine=engine) for engine in ("cpp", "numpy")}


@st.composite
def samplings(draw: st.DrawFn) -> Sampling:
    # Equal chances add up to no such share: where they did, the last bit of a sum would decide.
    shares = st.floats(0.011, 1).map(lambda share: share if share == 1 else share * 0.99917)
    return Sampling(
        draw(st.sampled_from([0, 0.001, 1, 10]) | st.floats(0.01, 10)),
        top_k=draw(st.sampled_from([0, 1, 100_000]) | st.integers(1, 40)),
        top_p=draw(shares),
        min_p=draw(st.sampled_from([0, 1]) | st.floats(0, 1)),
    )


@st.composite
def biases(draw: st.DrawFn) -> Callable[[list[int]], np.ndarray | None]:
    """Scores with ties and impossible tokens, others for each token that is drawn; some forbid everything."""
    # Two scores that differ by less than single precision holds beside a log chance are one to one engine alone.
    scores = st.floats(-9, 9, width=32).map(lambda score: round(score * 1024) / 1024)
    values = draw(st.lists(scores | st.sampled_from([-np.inf, 0, -800]), min_size=1, max_size=9))
    seed, forbidding = draw(st.integers(0, 99)), draw(st.sampled_from([0, 0.1]))
    tokens: list[int] = []

    def bias(told: list[int]) -> np.ndarray | None:
        tokens[:] = [*tokens, *told] if told else []
        chance = np.random.default_rng([seed, len(tokens)])
        if chance.random() < forbidding:
            return np.full(SIZE, -np.inf, np.float32)
        return chance.choice(np.array(values, np.float32), SIZE)

    return bias


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(sampling=samplings(), bias=biases(), seed=st.integers(0, 2**32 - 1), first=st.sets(st.integers(0, SIZE - 1)))
def test_any_scores_are_drawn_from_as_in_python(
    silent: dict[str, Composer], sampling: Sampling, bias: Callable[..., Any], seed: int, first: set[int]
) -> None:
    """Top-k, top-p, min-p, temperatures at the edge, ties, tokens of no chance; through the table of the grammar."""
    found = []
    for composer in silent.values():
        plan = plan_of(composer, Request(bars=2, width=9, match_cache=False, sampling=sampling), seed)
        legal = plan.table.row(plan.segments[0].state)[plan.table.shapes] >= 0
        allowed = np.isin(np.arange(SIZE), list(first))
        plan = replace(plan, bias=bias, first=allowed if (allowed & legal).any() else None)
        found.append(write(composer.model.engine, [plan])[0])
    assert found[0].ids == found[1].ids
    assert found[0].nats == pytest.approx(found[1].nats, rel=1e-6)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    heard=st.lists(st.integers(0, 3) | st.integers(60, 70) | st.integers(0, SIZE - 1), max_size=120),
    decay=st.floats(0, 5),
    weights=st.lists(st.floats(0, 0.99), min_size=len(LENGTHS), max_size=len(LENGTHS)),
    seed=st.integers(0, 99),
)
def test_any_song_is_remembered_as_in_python(
    silent: dict[str, Composer], heard: list[int], decay: float, weights: list[float], seed: int
) -> None:
    found = []
    for composer in silent.values():
        plan = plan_of(composer, Request(bars=2, width=9), seed)
        plan = replace(plan, heard=tuple(heard), cache=MatchSettings(decay, tuple(weights)))
        found.append(write(composer.model.engine, [plan])[0])
    assert found[0].ids == found[1].ids
    assert found[0].nats == pytest.approx(found[1].nats, rel=1e-6)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    head=st.integers(1, 40),
    heads=st.integers(1, 5),
    layers=st.integers(1, 3),
    inner=st.none() | st.integers(1, 70),
    dtype=st.sampled_from([np.float32, np.float16, np.float64]),
    activation=st.sampled_from(["gelu_new", "relu", "gelu_pytorch_tanh"]),
    tied=st.booleans(),
    length=st.integers(5, 64),
)
def test_models_of_drawn_shapes_say_the_same_on_all_engines(
    tmp_path_factory: pytest.TempPathFactory,
    head: int,
    heads: int,
    layers: int,
    inner: int | None,
    dtype: type,
    activation: str,
    tied: bool,
    length: int,
) -> None:
    changes = {"n_head": heads, "n_embd": head * heads, "n_layer": layers, "activation_function": activation}
    folder = tmp_path_factory.mktemp("drawn") / "model"
    random_model(folder, dtype, **changes, tie_word_embeddings=tied, **({"n_inner": inner} if inner else {}))
    check_logits(folder, length)


class _BadControlError(Exception):
    """What a control of somebody's raises."""


def _raise(_: object) -> None:
    raise _BadControlError


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"listener": _raise}, _BadControlError),
        ({"bias": _raise}, _BadControlError),
        ({"bias": lambda _: np.zeros(3, np.float32)}, ValueError),
        ({"bias": lambda _: "loud"}, ValueError),
        ({"ids": ()}, ValueError),
        ({"ids": (10**6,)}, IndexError),
        ({"heard": (-1,)}, IndexError),
        ({"system_start": (2**40,)}, (RuntimeError, TypeError)),
        ({"segments": (Segment(10**6, bars=1),)}, IndexError),
        ({"segments": (Segment(0, bars=1, then=(-5,)),)}, IndexError),
        ({"chances": np.zeros(2)}, IndexError),
        ({"first": np.zeros(3, bool)}, ValueError),
        ({"first": np.zeros(SIZE, bool)}, ValueError),
        ({"table": None}, (TypeError, AttributeError)),
        ({"sampling": None}, AttributeError),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_and_harms_nothing(
    shipped: dict[str, Composer], changes: dict[str, Any], error: type[Exception]
) -> None:
    composer = shipped["cpp"]
    good = plan_of(composer, Request(bars=1))
    before = write(composer.model.engine, [good])
    with pytest.raises(error):
        write(composer.model.engine, [good, replace(good, **changes)])
    assert write(composer.model.engine, [good]) == before


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda engine: engine.start([]), ValueError),
        (lambda engine: engine.start([SIZE]), IndexError),
        (lambda engine: engine.step(-1), IndexError),
        (lambda engine: engine.start([1] * 1025), InputError),
        (lambda engine: engine._decoder.read([1], 7), ValueError),
        (lambda engine: engine._decoder.read([1], -1), ValueError),
        (lambda engine: engine._decoder.read([1], 2**31 - 1), ValueError),
    ],
)
def test_tokens_that_cannot_be_read_are_told(call: Callable[[Any], object], error: type[Exception]) -> None:
    engine = CppEngine(SHIPPED)
    engine.start([1, 2])
    with pytest.raises(error):
        call(engine)


def test_writing_can_be_interrupted(shipped: dict[str, Composer]) -> None:
    def ring(*_: object) -> None:
        raise KeyboardInterrupt

    plans = [plan_of(shipped["cpp"], Request(bars=1000), seed) for seed in range(8)]
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(KeyboardInterrupt):
            write(shipped["cpp"].model.engine, plans)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_weights_that_are_of_no_use_are_told(shipped: dict[str, Composer], tmp_path: Path) -> None:
    folder = random_model(tmp_path / "model", scale=1e30, vocab_size=SIZE)
    with pytest.raises(InputError, match="no finite numbers"):
        write(CppEngine(folder), [plan_of(shipped["cpp"], Request(bars=1))])


def test_without_a_compiler_numpy_writes_and_cpp_is_told(riff_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(load_engine(riff_model), CppEngine)
    monkeypatch.setattr("basstab_hf.generate.cpp_engine._decoder", None)
    assert isinstance(load_engine(riff_model), NumpyEngine)
    with pytest.raises(BasstabError, match="install a C\\+\\+ compiler"):
        load_engine(riff_model, "cpp")


def test_an_engine_that_does_not_exist_is_told(riff_model: Path) -> None:
    with pytest.raises(InputError, match="choose one of auto, cpp, cpp-int8, numpy, torch"):
        load_engine(riff_model, "abacus")


def test_a_decoder_refuses_what_python_should_never_hand_it() -> None:
    decoder = CppEngine(SHIPPED)._decoder
    good = {"layers": 1, "heads": 1, "width": 4, "hidden": 4, "context": 4, "size": 4, "epsilon": 1e-5}
    for changes in ({"heads": 3}, {"layers": 0}, {"context": 4_000_000, "width": 1024}, {"size": -1}, {"heads": 2**70}):
        with pytest.raises((ValueError, RuntimeError)):
            type(decoder)({**good, "activation": "gelu", **changes}, {}, False, "")
    with pytest.raises(KeyError):
        type(decoder)({**good, "activation": "gelu"}, {}, False, "")
    with pytest.raises(ValueError, match="another shape"):
        type(decoder)({**good, "activation": "gelu"}, {"wte.weight": np.zeros((2, 4), np.float32)}, False, "")
    with pytest.raises(ValueError, match="does not run"):
        CppEngine(SHIPPED, instructions="abacus")
