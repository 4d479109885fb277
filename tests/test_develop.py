"""A riff as the next section: its rhythm, the chords' notes, a way back at the end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.chart.bars import sounding
from basstab_hf.chart.keys import key_of
from basstab_hf.chart.names import Key, parse_key
from basstab_hf.cli import main
from basstab_hf.generate import Composer
from basstab_hf.generate.ask import ask
from basstab_hf.generate.feel import over_chords, with_fill
from basstab_hf.tab.timing import stroke_bars
from basstab_hf.tab.values import Tab

RIFFS = {
    "gallop": """
G|---------------------------------|---------------------------------|
D|---------------------------------|---------------------------------|
A|---------------------------------|---------------------------5-7---|
E|-0-----0-0-0-----0-0-0-----0-0-0-|-0-----0-0-0-----0-0-3-----------|
""",
    "soul": """
G|-----------------|-----------------|
D|-------------5---|-----------5-7-5-|
A|-----------7---7-|-------5-7-------|
E|-5---5-5-8-------|-5---5-----------|
""",
    "slap": """
G|---------7-------|-------------7-9-|
D|-------5---5---x-|-------5-x-------|
A|-----------------|-----------------|
E|-3-3-x-------5---|-3-3-x-----------|
""",
}
LINES = st.lists(
    st.lists(
        st.tuples(st.integers(0, 15), st.integers(28, 55), st.just(0)), min_size=1, unique_by=lambda note: note[0]
    ).map(lambda bar: tuple(sorted(bar))),
    min_size=1,
    max_size=4,
)
ROWS = st.lists(st.sampled_from(["Am", "F", "C G", "Bm7b5 . . E7", "N.C.", "Dsus4", "F#/A#"]), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer()


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("Am F C G", "C"),
        ("F G Am Am", "Am"),
        ("Dm7 G7 Cmaj7 Cmaj7", "C"),
        ("Am E7 Am Dm", "Am"),
        ("Bb Gm Eb F", "Bb"),
        ("Em", "Em"),
        ("A D E", "A"),
    ],
)
def test_chords_stand_in_a_key(row: str, key: str) -> None:
    assert key_of(sounding(row.split())) == parse_key(key)


def test_passing_notes_are_those_of_the_key_bent_to_the_chord() -> None:
    scales = {placed.name: placed.chord.scale for (placed,) in sounding(["Am", "G", "E7"]) if placed.chord}
    assert scales["G"] == Key(9, minor=True).scale  # F, not the F# of G major
    assert 8 in scales["E7"]
    assert 7 not in scales["E7"]


@given(LINES, ROWS)
def test_a_moved_riff_keeps_its_rhythm_and_takes_the_notes_of_the_chords(line, row: list[str]) -> None:
    chords = sounding(row)
    for number, bar in enumerate(over_chords(line, chords, 16)):
        before = line[number % len(line)]
        assert [step for step, _, _ in bar] == [step for step, _, _ in before]
        (first, *_) = chords[number % len(chords)]
        if first.chord and before[0][0] < 8:
            assert bar[0][1] % 12 == first.chord.bass


@given(LINES, ROWS, st.integers(1, 9))
def test_a_fill_stands_in_the_second_half_of_the_last_bar_and_goes_home_by_step(
    line, row: list[str], bars: int
) -> None:
    chords = sounding(row)
    filled = with_fill(line, chords, 16, bars)
    assert len(filled) == bars
    assert filled[:-1] == [line[number % len(line)] for number in range(bars - 1)]
    *_, last = [pitch for step, pitch, _ in filled[-1] if step >= 8]
    goal = next(pitch for bar in line for _, pitch, _ in bar)
    assert min(abs(last - goal) % 12, -abs(last - goal) % 12) <= 4


@pytest.mark.parametrize("name", list(RIFFS))
def test_a_riff_is_developed_over_chords(composer: Composer, name: str) -> None:
    prompt = Tab.parse(RIFFS[name].strip())
    row = "F G Am Em"
    request = ask(composer.model.metrics, prompt=prompt, chords=row, bars=8, seed=4, fill=True)
    tabs = [written.tab for written in composer.write(request, 4)]
    same = count = right = firsts = 0
    for tab in tabs:
        bars = [bar for of_system in stroke_bars(tab, (), request.music.columns_per_beat) for bar in of_system]
        begun = [{float(stroke.column) / bar.width for stroke in bar.strokes} for bar in bars]
        for number, onsets in enumerate(begun[2:9]):
            model = begun[number % 2]
            same, count = same + len(onsets & model), count + len(onsets | model)
        for number, bar in enumerate(bars[2:]):
            first = next((stroke for stroke in bar.strokes if stroke.fret is not None), None)
            chord = sounding(row.split())[number % 4][0].chord
            if first is not None and chord is not None:
                pitch = tab.tuning.pitches[first.string - 1] + first.fret
                right, firsts = right + (pitch % 12 == chord.bass), firsts + 1
        assert tab.bars[:2] == prompt.bars
        assert tab.bars[2:4] != prompt.bars
    assert same >= 0.85 * count
    assert right >= 0.9 * firsts


def test_the_command_writes_the_riff_and_its_next_section(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    riff = tmp_path / "riff.txt"
    riff.write_text(RIFFS["soul"])
    assert main(["develop", str(riff), "--chords", "F G Am", "--bars", "6", "--seed", "1"]) == 0
    assert len(Tab.parse(capsys.readouterr().out).bars) == 8
    assert main(["develop", str(riff)]) == 1
    assert "develop needs the chords" in capsys.readouterr().err
