"""The mixture of contexts: the reference in Python, the same in C++, what it costs, keeps and writes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.evaluation.evaluation import ALONE, CACHED, MODEL, model_nats
from basstab_hf.evaluation.mixed import first_weights, fitted_mixing
from basstab_hf.evaluation.scoring import Scorer
from basstab_hf.generate import Composer, Request
from basstab_hf.generate.job import continuing
from basstab_hf.generate.loop import write
from basstab_hf.generate.mixing import Mixing
from basstab_hf.generate.numpy_engine import NumpyEngine
from basstab_hf.generate.tab_model import TabModel
from basstab_hf.model.match_cache import log_softmax
from basstab_hf.model.mixture import Mixer
from basstab_hf.model.mixture_weights import MIXTURE_FILE, Weights
from basstab_hf.model.song_contexts import Symbol, TokenFacts
from tests.conftest import needs_cpp

WORDS = [
    *("<pad>", "<bos>", "<eos>", "<density:low>", " GDAE", " |||| ", " ||||", " <END>", " ----", " --7-", " ---- ----"),
    *(
        " --7- ----",
        " --7- ---- ----",
        " -5-- ----",
        " ---3",
        " ---3 ----",
        " --9- --h- ---- ----",
        " 1--- 2---",
        "-",
        "|",
    ),
    *(" EADG", " BEADG", " |||||", " -----", " ----3", "<0x8A>", " x--- ----", " -5-7 ----"),
]
FACTS = TokenFacts.of(WORDS)
SONGS = st.lists(st.integers(0, len(WORDS) - 1), min_size=1, max_size=60)


def chances(n_tokens: int, seed: int = 0) -> np.ndarray:
    """What a model might say: log-probabilities, [tokens, vocabulary]."""
    logits = np.random.default_rng(seed).normal(0, 2, (n_tokens, len(WORDS)))
    return np.array([log_softmax(row) for row in logits], np.float32)


def some_weights(sources: int, seed: int) -> Weights:
    random = np.random.default_rng(seed)
    arrays = Weights.fresh(sources).arrays
    drawn = [array + random.normal(0, 0.3, array.shape) for array in arrays[:4]]
    return Weights.from_arrays([*drawn, *(array + random.random(array.shape) for array in arrays[4:])])


def test_tokens_are_told_apart_by_rhythm_and_notes() -> None:
    facts = dict(zip(WORDS, zip(FACTS.kinds, FACTS.columns, FACTS.rhythms, FACTS.heads, strict=True), strict=True))
    assert facts[" --7- ----"][2] == facts[" -5-- ----"][2] == facts[" -5-7 ----"][2] != facts[" --7- ---- ----"][2]
    assert facts[" --7- ----"][3] == facts[" --7- ---- ----"][3] == facts[" --7-"][3] != facts[" -5-- ----"][3]
    assert facts[" ---- ----"][1:2] == (2,)
    assert facts[" ---- ----"][3] == facts[" ||||"][3] == -1
    assert [word for word, ignored in zip(WORDS, FACTS.ignored, strict=True) if ignored] == [
        *("<pad>", "<bos>", "<density:low>")
    ]


@pytest.mark.parametrize("rate", [0.0, 0.1])
@given(song=SONGS, seed=st.integers(0, 99))
def test_it_is_a_distribution_and_without_weights_the_model(song: list[int], seed: int, rate: float) -> None:
    rows = chances(len(song), seed)
    drawn = Mixer(FACTS, some_weights(1, seed)).start(rate)
    plain = Mixer(FACTS, Weights.fresh()).start()
    none = Mixer(FACTS, some_weights(1, seed), share=0.0).start()
    for row, token in zip(rows, song, strict=True):
        assert np.exp(drawn.mix(row)).sum() == pytest.approx(1)
        for model in (plain, none):
            assert model.mix(row) == pytest.approx(log_softmax(row))
            model.read([token])
        drawn.read([token])


@needs_cpp
@pytest.mark.parametrize("remembered", [False, True])
@given(song=SONGS, others=st.lists(SONGS, max_size=2), seed=st.integers(0, 99), share=st.sampled_from([1.0, 0.4]))
def test_cpp_is_python(song: list[int], others: list[list[int]], seed: int, share: float, remembered: bool) -> None:
    """Scored without and with learning, fitted, and led as an engine leads it, on whatever stands in a song."""
    song = song + song[: len(song) // 2] + song
    memory = [*others, song[::-1]] if remembered else []
    weights, rows = some_weights(1 + remembered, seed), chances(len(song), seed)
    python, cpp = (Mixing.of(FACTS, weights, memory, share, fast=fast) for fast in (False, True))
    assert (cpp.native is None, python.native is None) == (False, True)
    for rate in (0.0, 0.2):
        assert cpp.score(song, rows, rate) == pytest.approx(python.score(song, rows, rate), abs=1e-9)
    ours, theirs = python.start(), cpp.start()
    for place, token in enumerate(song):
        if place % 3:  # not all that is read was drawn
            np.testing.assert_allclose(theirs.mix(rows[place]), ours.mix(rows[place].astype(np.float64)), atol=1e-9)
        ours.read([token])
        theirs.read([token])
    fits = [mixing.fit([(song, rows), (song[:5], rows[:5])]).weights.arrays for mixing in (python, cpp)]
    for ours_, theirs_ in zip(*fits, strict=True):
        np.testing.assert_allclose(theirs_, ours_, atol=1e-9)


def bars(*notes: str) -> list[str]:
    """A bar of four notes for each, on a bass of four strings."""
    return [word for note in notes for word in [*[f" {note} ----"] * 4, " ||||"]]


def test_it_learns_that_bars_come_again_and_that_rhythms_do() -> None:
    """Fitted to songs that repeat themselves, it pays little for another one; so it does where the notes are new."""
    words = [
        " GDAE",
        " ||||",
        " <END>",
        "<eos>",
        *(f" --{fret}- ----" for fret in range(10)),
        *(f" --{n}-" for n in range(10)),
    ]
    facts = TokenFacts.of(words)
    uniform = np.full((len(words),), -np.log(len(words)), np.float32)

    def song(*frets: int) -> list[int]:
        return [words.index(word) for word in [" GDAE", " ||||", *bars(*(f"--{fret}-" for fret in frets))]]

    chance = np.random.default_rng(1)
    songs = [song(*(int(fret) for fret in chance.integers(0, 8, 4)), *[3] * 4) for _ in range(12)]
    mixing = Mixing.of(facts, Weights.fresh()).fit([(one, np.tile(uniform, (len(one), 1))) for one in songs])
    held_out = song(9, 8, 9, 8, 9, 8)
    nats = mixing.score(held_out, np.tile(uniform, (len(held_out), 1)))
    assert nats[:2].mean() > 1
    assert nats[-10:].mean() < 0.3
    first_of_new_bar, second = nats[7], nats[8]  # " --8- ----" is new: its rhythm and its repetition are not
    assert second < first_of_new_bar < np.log(len(words))
    with_memory = Mixing.of(facts, mixing.weights, [held_out]).fit(
        [(one, np.tile(uniform, (len(one), 1))) for one in songs]
    )
    assert with_memory.weights.sources == 2


def test_what_is_asked_with_is_no_part_of_a_song() -> None:
    song = [WORDS.index(word) for word in (" GDAE", " ||||", " --7- ----", " ---3 ----")]
    asked = WORDS.index("<density:low>")
    plain, told = Mixer(FACTS, some_weights(1, 3)).start(), Mixer(FACTS, some_weights(1, 3)).start()
    plain.read(song)
    told.read([asked, *song[:2], asked, *song[2:], asked])
    assert told.mix(chances(1)[0]) == pytest.approx(plain.mix(chances(1)[0]))


@given(sources=st.integers(1, 2), seed=st.integers(0, 99))
def test_weights_come_back_in_half_precision(sources: int, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("weights") / MIXTURE_FILE
    weights = some_weights(sources, seed)
    weights.save(path)
    once = path.read_bytes()
    weights.save(path)
    assert path.read_bytes() == once
    for ours, theirs in zip(weights.arrays, Weights.load(path).arrays, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=2e-3, atol=1e-3)


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    path = tmp_path / MIXTURE_FILE
    for content in (b"", b"no safetensors", b"\xff" * 40):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be read"):
            Weights.load(path)
    Weights.fresh().save(path)
    about = {"basstab": '{"format": 1, "writing": 0.5}'}
    tensors = load_file(path)
    for changed, complaint in (
        ({**tensors, "model": tensors["model"][:2]}, "another version"),
        ({**tensors, "shared": tensors["shared"][0]}, "another version"),
        ({**tensors, "shared": tensors["shared"] * np.float16(np.nan)}, "no number"),
    ):
        save_file(
            {name: np.ascontiguousarray(array) for name, array in changed.items()},
            path,
            about,
        )
        with pytest.raises(InputError, match=complaint):
            Weights.load(path)
    save_file(tensors, path, {"basstab": '{"format": 0, "writing": 0.5}'})
    with pytest.raises(InputError, match="another version"):
        Weights.load(path)


def test_a_trained_model_brings_a_mixture_that_pays_less(riff_model: Path, riff_dataset: Path) -> None:
    from basstab_hf.dataset.load import load_texts

    scorer = Scorer(riff_model)
    nats = {name: sum(costs) for name, costs in model_nats(scorer, load_texts(str(riff_dataset), "test")).items()}
    assert set(nats) == {MODEL, CACHED, ALONE}
    assert nats[MODEL] < nats[CACHED] < nats[ALONE]


def test_songs_that_rank_a_run_are_not_those_it_was_fitted_to(riff_model: Path, riff_dataset: Path) -> None:
    from basstab_hf.dataset.load import load_texts

    scorer, texts = Scorer(riff_model), load_texts(str(riff_dataset), "validation")
    mixing, apart = fitted_mixing(scorer, texts)
    own = [piece.mixed or 0 for piece in scorer.pieces(texts, mixing)]
    assert sum(own) < sum(apart)
    _, one = fitted_mixing(scorer, texts[:1])
    plain, given_ = fitted_mixing(scorer, texts[:1], fit=False)
    assert one == pytest.approx(given_, rel=1e-3)
    assert plain.weights.arrays[1] == pytest.approx(first_weights(None).arrays[1])


def test_engines_write_the_same_with_it_and_something_else_without(riff_model: Path) -> None:
    request = Request(bars=4, seed=3, mixture=True)
    written = {}
    for name in ("numpy", "torch", "auto"):
        written[name] = next(iter(Composer(riff_model, name).write(request))).tab.text
    assert len(set(written.values())) == 1
    without = next(iter(Composer(riff_model).write(replace(request, mixture=False)))).tab.text
    assert without != written["auto"]


def test_the_reference_writes_what_engines_write(riff_model: Path) -> None:
    model = TabModel.open(riff_model, "numpy")
    request = Request(bars=3, seed=5, mixture=True)
    plan = continuing(model, request).plan(request, np.random.SeedSequence(5))
    mixing = plan.mixer
    assert mixing is not None
    reference = Mixing.of(mixing.mixer.facts, mixing.weights, share=mixing.mixer.share, fast=False)
    engine = NumpyEngine(riff_model)
    slow, fast = (write(engine, [replace(plan, mixer=one)])[0] for one in (reference, mixing))
    assert slow.ids == fast.ids
    assert slow.nats == pytest.approx(fast.nats)


def test_symbols_are_in_the_order_of_contexts() -> None:
    assert FACTS.symbols(WORDS.index(" --7- ----")) == tuple(
        (WORDS.index(" --7- ----"), FACTS.rhythms[11], FACTS.heads[11])[kind] for kind in Symbol
    )
