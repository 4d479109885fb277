import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from basstab_hf import BassTabTokenizer, Tab, generate_tab
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.generate import Composer, Guards, Music, Request, Sampling, generate_tabs
from basstab_hf.generate.loop import write
from basstab_hf.generate.numpy_engine import NumpyEngine
from basstab_hf.generate.plan import Continuation, Plan
from basstab_hf.generate.torch_engine import TorchEngine
from basstab_hf.tab.marks import frets_of
from basstab_hf.tab.timing import MAX_COLUMNS_PER_BEAT
from basstab_hf.tab.tuning import Tuning
from tests.conftest import needs_cpp, riff

PROMPT = Tab.parse("\n".join(line[:38] for line in riff(3).split("\n")[:4]))  # two bars and a bar line


@pytest.mark.parametrize("length", [1, 50, 125])
def test_numpy_and_transformers_agree(riff_model: Path, length: int) -> None:
    ids = [1, *np.random.default_rng(length).integers(4, 100, length - 1).tolist()]
    ours, theirs = NumpyEngine(riff_model), TorchEngine(riff_model)
    assert np.abs(ours.start(ids) - theirs.start(ids)).max() < 1e-4
    for token in (5, 17, 99):
        assert np.abs(ours.step(token) - theirs.step(token)).max() < 1e-4
    assert np.abs(ours.start([1, 5]) - theirs.start([1, 5])).max() < 1e-4  # what was read before is forgotten


@pytest.mark.parametrize("engine", [NumpyEngine, TorchEngine])
def test_more_than_the_context_is_refused(riff_model: Path, engine: type[NumpyEngine | TorchEngine]) -> None:
    full = engine(riff_model)
    full.start([1] * 128)
    with pytest.raises(InputError, match="129 tokens are more than the model's context of 128"):
        full.step(1)


def test_engines_write_the_same_tab(riff_model: Path) -> None:
    request = Request(bars=12, seed=4)
    assert generate_tab(riff_model, request, engine="numpy") == generate_tab(riff_model, request, engine="torch")


@pytest.mark.parametrize("temperature", [0.0, 1.0, 1.8])
def test_a_tab_has_the_bars_asked_for_and_one_width(riff_model: Path, temperature: float) -> None:
    tab = generate_tab(riff_model, Request(bars=9, seed=1, sampling=Sampling(temperature, top_p=1.0)))
    assert len(tab.bars) == 9
    assert len({len(bar) for bar in tab.bars}) == 1
    assert Tab.parse(tab.text) == tab


def test_a_prompt_is_continued_in_one_tab(riff_model: Path) -> None:
    tab = generate_tab(riff_model, Request(prompt=PROMPT, bars=4, seed=1))
    assert tab.words[: len(PROMPT.words) - 1] == PROMPT.words[:-1]
    assert len(tab.bars) == len(PROMPT.bars) + 4
    assert {len(bar) for bar in tab.bars} == {17}


def test_an_open_bar_of_the_prompt_is_finished_first(riff_model: Path) -> None:
    prompt = Tab.parse("\n".join(line[:30] for line in PROMPT.text.split("\n")))
    tab = generate_tab(riff_model, Request(prompt=prompt, bars=1, seed=1))
    assert len(tab.bars) == len(prompt.bars)
    assert {len(bar) for bar in tab.bars} == {17}


def test_a_tuning_the_model_never_saw_is_kept_and_told(riff_model: Path, caplog: pytest.LogCaptureFixture) -> None:
    tab = generate_tab(riff_model, Request(tuning=Tuning.parse("F#C#G#C#"), bars=9, seed=1))
    assert {system.tuning.word for system in tab.systems} == {"F#C#G#C#"}
    assert "never saw the tuning F#C#G#C#" in caplog.text


def test_seeds_repeat_and_tabs_do_not_depend_on_their_number(riff_model: Path) -> None:
    one = list(generate_tabs(riff_model, Request(bars=2, seed=7), 1))
    three = list(generate_tabs(riff_model, Request(bars=2, seed=7), 3))
    assert one[0] == three[0]
    assert three[0] != three[1]
    assert list(generate_tabs(riff_model, Request(bars=2, seed=7, sampling=Sampling(top_k=3)), 1)) != []


class Lockstep:
    """An engine that takes plans together, as the C++ engine does."""

    def __init__(self, engine: NumpyEngine) -> None:
        self.context, self.size, self._engine = engine.context, engine.size, engine
        self.calls: list[int] = []

    def write(self, plans: Sequence[Plan]) -> list[Continuation]:
        self.calls.append(len(plans))
        return write(self._engine, plans)


@pytest.fixture
def lockstep(riff_model: Path) -> Composer:
    composer = Composer(riff_model)
    composer.model = replace(composer.model, engine=Lockstep(composer.model.engine))
    return composer


@pytest.mark.parametrize(
    ("values", "together_at_most"), [({}, 3), ({"best_of": 11}, 22), ({"guards": Guards(max_copy=3)}, 3)]
)
def test_tabs_written_together_are_those_written_alone(
    riff_model: Path, lockstep: Composer, values: dict[str, object], together_at_most: int
) -> None:
    request = Request(bars=1, seed=7, **values)
    alone = list(Composer(riff_model).write(request, 2))
    together = list(lockstep.write(request, 3))
    assert together[:2] == alone
    assert max(lockstep.model.engine.calls) == together_at_most


def test_a_tab_comes_before_the_next_ones_are_written(lockstep: Composer) -> None:
    next(lockstep.write(Request(bars=1, seed=7, best_of=16), 1000))
    assert lockstep.model.engine.calls == [32]


def test_what_copies_is_drawn_again_and_told(riff_model: Path) -> None:
    request = Request(bars=2, seed=2, guards=Guards(max_copy=4))
    free = list(Composer(riff_model).write(replace(request, guards=Guards(max_copy=1000)), 12))
    guarded = list(Composer(riff_model).write(request, 12))
    assert not any(written.notes for written in free)
    assert max(written.longest_match for written in free) > 4
    assert max(written.longest_match for written in guarded) <= 4
    for number, (one, other) in enumerate(zip(free, guarded, strict=True), start=1):
        if one.longest_match <= 4:
            assert one == other
        else:
            [note] = other.notes
            assert note.startswith(f"tab {number}: ")
            assert "notes in a row from the training set, drawn again" in note


def test_what_is_not_left_to_chance_is_drawn_once(lockstep: Composer) -> None:
    next(lockstep.write(Request(bars=1, sampling=Sampling(0.0), best_of=5)))
    assert lockstep.model.engine.calls == [1]


def test_the_best_of_some_is_one_that_does_not_copy(riff_model: Path) -> None:
    request = Request(bars=2, seed=2, best_of=4, guards=Guards(max_copy=4))
    assert all(written.longest_match <= 4 for written in Composer(riff_model).write(request, 4))


@pytest.mark.parametrize("values", [{"best_of": 2}, {"guards": Guards(max_copy=5)}])
def test_what_is_heard_cannot_be_drawn_again(riff_model: Path, values: dict[str, object]) -> None:
    with pytest.raises(InputError, match="cannot be drawn again"):
        Composer(riff_model).write(Request(**values), listener=print)


def test_a_listener_hears_one_tab_after_another(lockstep: Composer) -> None:
    heard: list[str] = []
    tabs = [written.tab for written in lockstep.write(Request(bars=2, seed=7), 2, listener=heard.extend)]
    assert heard == [word for tab in tabs for word in tab.words[:-1]]
    assert lockstep.model.engine.calls == [1, 1]


def test_copies_cannot_be_found_without_the_tunes(broken: Path) -> None:
    (broken / "tunes.dat").unlink()
    assert len(generate_tab(broken).bars) == 8
    with pytest.raises(InputError, match=r"has no tunes\.dat.*: train the model anew"):
        Composer(broken).write(Request(guards=Guards(max_copy=12)))


@pytest.mark.parametrize("engine", ["numpy", pytest.param("cpp", marks=needs_cpp)])
def test_systems_are_written_until_they_are_full(riff_model: Path, engine: str) -> None:
    tab = generate_tab(riff_model, Request(systems=3, seed=1), engine=engine)
    assert len(tab.systems) == 3
    assert all(system.columns[-1] == "||||" for system in tab.systems)
    longer = generate_tab(riff_model, Request(prompt=PROMPT, systems=2, seed=1), engine=engine)
    assert len(longer.systems) == 2
    assert longer.text.startswith(PROMPT.text[:20])


def test_a_prompt_longer_than_the_context_is_told(riff_model: Path, caplog: pytest.LogCaptureFixture) -> None:
    prompt = Tab.parse(riff(5, bars=16))
    tab = generate_tab(riff_model, Request(prompt=prompt, bars=1, seed=1))
    assert len(tab.bars) == 17
    assert "longer than the model's context" in caplog.text


def test_a_long_tab_goes_on_from_whole_systems(riff_model: Path, starts: list[list[int]]) -> None:
    tab = generate_tab(riff_model, Request(bars=40, seed=2, width=17), engine="numpy")
    assert len(tab.bars) == 40
    tokenizer = BassTabTokenizer.from_pretrained(str(riff_model))
    assert len(starts) > 3
    assert all(64 <= len(ids) <= 128 for ids in starts[1:])
    assert any(tokenizer.decode([ids[0]]).strip() == "GDAE" for ids in starts[1:])


@pytest.mark.parametrize("tuning", ["GDAEB", "CGDAEB"])
def test_strings_that_the_model_never_learnt_are_refused(riff_model: Path, tuning: str) -> None:
    with pytest.raises(InputError, match=f"never learnt tabs of {len(tuning)} strings"):
        generate_tab(riff_model, Request(tuning=Tuning.parse(tuning)))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        *[(Request, values) for values in ({"bars": 0}, {"systems": 0}, {"width": 2}, {"seed": -1}, {"best_of": 0})],
        *[
            (Sampling, values)
            for values in ({"temperature": -1.0}, {"temperature": 1e-9}, {"top_p": 0.0}, {"top_k": -1}, {"min_p": 2.0})
        ],
        *[(Music, values) for values in ({"strength": -1.0}, {"difficulty": 6}, {"tempo": math.nan})],
        *[(Guards, values) for values in ({"max_copy": 1}, {"max_repeats": -1}, {"repetition": 0.5})],
    ],
)
def test_odd_numbers_are_told(kind: Callable[..., object], values: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(values))} .*choose"):
        kind(**values)


def test_generating_needs_neither_torch_nor_transformers(riff_model: Path) -> None:
    program = """
import sys
for name in ("torch", "transformers", "datasets"): sys.modules[name] = None
from basstab_hf import generate_tab
print(len(generate_tab(sys.argv[1]).bars))
"""
    done = subprocess.run([sys.executable, "-c", program, riff_model], capture_output=True, text=True, check=True)
    assert done.stdout == "8\n"


@pytest.fixture
def broken(riff_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(riff_model, tmp_path / "model"))


@pytest.mark.parametrize("engine", [pytest.param("cpp", marks=needs_cpp), "numpy", "torch"])
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff" * 100, b"[" * 100_000])
def test_a_broken_model_folder_is_told(broken: Path, engine: str, name: str, content: bytes | None) -> None:
    (broken / name).unlink()
    if content is not None:
        (broken / name).write_bytes(content)
    with pytest.raises(BasstabError) as caught:
        generate_tab(broken, engine=engine)
    assert str(broken) in str(caught.value)


def test_a_tokenizer_of_another_model_is_told(broken: Path) -> None:
    BassTabTokenizer.from_column_texts(["GDAE |||| ---- 5--- <END>"], min_count=1).save_pretrained(broken)
    with pytest.raises(InputError, match=r"the model has \d+ tokens, its tokenizer.json \d+"):
        generate_tab(broken)


@pytest.mark.parametrize(
    "change", [{"n_embd": 48}, {"n_layer": 3}, {"n_positions": 4}, {"activation_function": "none"}]
)
def test_a_configuration_that_does_not_fit_the_weights_is_told(broken: Path, change: dict[str, object]) -> None:
    config = json.loads((broken / "config.json").read_text()) | change
    (broken / "config.json").write_text(json.dumps(config))
    with pytest.raises(InputError, match="no GPT-2 of ours"):
        generate_tab(broken)


GALLOP = Tab.parse(
    "G|----------------|----------------|\n"
    "D|----------------|35--35--57--57--|\n"
    "A|1-111-11--22-222|----------------|\n"
    "E|0-000-000-003-35|----------------|"
)


@pytest.mark.parametrize("engine", ["numpy", pytest.param("cpp", marks=needs_cpp)])
@pytest.mark.parametrize("feel", [0.0, 1.0])
def test_sixteenths_on_one_string_go_on_and_none_becomes_another_fret(engine: str, feel: float) -> None:
    """The notes of each token that the shipped model writes are those that are read in its tab."""
    composer = Composer(engine=engine)
    touching = 0
    for seed in range(4):
        told: list[list[str]] = []
        tab = next(composer.write(Request(GALLOP, seed=seed, music=Music(feel=feel)), listener=told.append)).tab
        meant: list[tuple[int, int, str]] = []
        column = 0
        for words in told[1:]:  # behind the prompt
            if words and len(words[0]) == 4 and not {"|"} & {*words[0]} and words[0] != "GDAE":
                rows = ["".join(row) for row in zip(*words, strict=True)]
                meant += [(column + place, string, text) for place, string, text in frets_of(rows)]
                column += len(words)
        new: list[tuple[int, int, str]] = []
        start = 0
        for bar in tab.bars[2:]:  # a fret does not go over a bar line
            found = frets_of(["".join(row) for row in zip(*bar, strict=True)])
            new += [(start + place, string, text) for place, string, text in found]
            start += len(bar)
        assert new == sorted(meant)
        places = {(string, place) for place, string, _ in meant}
        touching += sum((string, place + 1) in places for string, place in places)
    assert touching > 20


def test_the_first_chord_has_no_pickup() -> None:
    """Without chords one in ten tabs begins with its last beat."""
    music = Music(chords=("Am", "F", "C", "G"))
    for written in Composer().write(Request(bars=2, seed=1, music=music), 64):
        first = next(place for place, column in enumerate(written.tab.bars[0]) if set(column) & {*"0123456789x"})
        assert first < len(written.tab.bars[0]) // 2


def test_whatever_can_be_written_can_be_asked_for() -> None:
    """The same columns in a beat."""
    assert Music(difficulty=3, columns_per_beat=MAX_COLUMNS_PER_BEAT).columns_per_beat == 96
    assert WriteSettings(columns_per_beat=MAX_COLUMNS_PER_BEAT).columns_per_beat == 96
    for settings in (Music, WriteSettings):
        with pytest.raises(InputError, match="choose 1 to 96"):
            settings(columns_per_beat=97)
