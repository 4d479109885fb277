"""A riff as the next section: its rhythm, the chords' notes, a way back at the end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.chart.bars import sounding
from basstab_hf.chart.keys import key_of
from basstab_hf.chart.names import Key, parse_key
from basstab_hf.cli import main
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.line import DEAD
from basstab_hf.generate import Composer
from basstab_hf.generate.ask import ask
from basstab_hf.generate.developing import Riff, developed, fingered, over_chords
from basstab_hf.tab.timing import stroke_bars
from basstab_hf.tab.tuning import STANDARD
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
    for number, bar in enumerate(over_chords(Riff(line, 16, STANDARD), chords)):
        before = line[number % len(line)]
        assert [step for step, _, _ in bar] == [step for step, _, _ in before]
        (first, *_) = chords[number % len(chords)]
        if first.chord and before[0][0] < 8:
            assert bar[0][1] % 12 == first.chord.bass


@given(LINES, st.one_of(st.just([]), ROWS), st.integers(1, 9), st.integers(0, 99))
def test_a_riff_is_gone_on_with_in_phrases(line, row: list[str], bars: int, seed: int) -> None:
    riff = Riff(line, 16, STANDARD)
    chords = sounding(row)
    found = developed(riff, chords, bars, Chance(f"test {seed}"))
    assert len(found) == bars
    moved = over_chords(riff, chords) if chords else line
    for number, bar in enumerate(found):
        steps = [step for step, _, _ in bar]
        assert steps == sorted(set(steps))
        own = [step for step, _, _ in moved[number % len(moved)]]
        assert [step for step in steps if step < 8] == [step for step in own if step < 8]
        if number % 4 < 3 and number < bars - 1:
            assert steps == own
        for _, pitch, string in bar:
            assert string == 0 or pitch == DEAD or pitch >= STANDARD.pitches[string - 1]
    if not chords and len(line) <= 2 and bars >= 2:
        assert [note[:2] for note in found[0]] == [note[:2] for note in line[0]]


@given(LINES)
def test_the_hand_stays_where_it_can(line) -> None:
    (bar,) = fingered([tuple(note for bar in line for note in bar)], STANDARD)
    for _, pitch, string in bar:
        assert string == 0 or 0 <= pitch - STANDARD.pitches[string - 1] <= 16
    low = fingered([((0, 36, 0), (2, 38, 0), (4, 40, 0), (6, 41, 0))], STANDARD)
    frets = [pitch - STANDARD.pitches[string - 1] for _, pitch, string in low[0]]
    assert max(fret for fret in frets if fret) - min(fret for fret in frets if fret) <= 4


def test_an_octave_keeps_its_shape_when_it_is_moved() -> None:
    octaves = (((0, 33, 3), (4, 45, 1)),)  # A on the third string's open string, and its octave
    for (step, low, under), (_, high, over) in over_chords(Riff(octaves, 8, STANDARD), sounding(["C", "D", "E", "G"])):
        assert step == 0
        assert high - low == 12
        assert under - over == 2


@pytest.mark.parametrize("name", list(RIFFS))
def test_a_riff_is_developed_over_chords(composer: Composer, name: str) -> None:
    prompt = Tab.parse(RIFFS[name].strip())
    row = "F G Am Em"
    request = ask(composer.model.metrics, prompt=prompt, chords=row, bars=8, seed=4)
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
