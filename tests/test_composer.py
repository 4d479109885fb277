"""The composer: what it means is what is read, whatever the seed and style; every style has its own habits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.chart.names import parse_chord
from basstab_hf.composer import compose, style_names
from basstab_hf.composer.chance import Chance, Weighted
from basstab_hf.composer.fretboard import SPAN, Fretboard
from basstab_hf.composer.grids import choose
from basstab_hf.composer.harmony import MODES, Key, chord, progression
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.song import Song
from basstab_hf.composer.style import FOLDER, read_style, style
from basstab_hf.errors import InputError
from basstab_hf.tab.fingering import Fingering, holding_cost
from basstab_hf.tab.timing import Stroke, stroke_bars, timed_notes
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab

SONGS = st.builds(compose, st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(style_names()))


def meant(song: Song) -> Iterator[tuple[int, list[tuple[object, ...]]]]:
    """The bars that the composer means, as they stand between bar lines: columns, and notes with their marks."""
    grid = song.grid
    for line in song.lines:
        for first in range(0, len(line.bars), grid.together):
            group = line.bars[first : first + grid.together]
            notes = [
                (
                    number * grid.body + grid.column(note.step),
                    note.string,
                    None if note.fret == DEAD else note.fret,
                    note.before,
                    note.after,
                    note.tied,
                )
                for number, bar in enumerate(group)
                for note in bar
            ]
            yield len(group) * grid.body + grid.pad, notes


def read(stroke: Stroke) -> tuple[object, ...]:
    return stroke.column, stroke.string, stroke.fret, stroke.before, stroke.after, stroke.tied


@settings(max_examples=150, deadline=None)
@given(SONGS)
def test_the_notes_that_are_meant_are_the_notes_that_are_read(song: Song) -> None:
    tab = Tab.from_words(song.tab.words)
    assert tab.systems == song.tab.systems
    assert [(bar.width, [*map(read, bar.strokes)]) for system in stroke_bars(tab) for bar in system] == list(
        meant(song)
    )


@settings(max_examples=60, deadline=None)
@given(SONGS)
def test_a_hand_can_play_it(song: Song) -> None:
    chosen = style(song.style)
    strings = song.tab.tuning.n_strings
    for line in song.lines:
        for bar in line.bars:
            for before, note in zip((None, *bar), bar, strict=False):
                assert 1 <= note.string <= strings
                assert note.fret == DEAD or 0 <= note.fret <= chosen.highest
                if note.before in ("h", "p", "/", "\\"):
                    assert before is not None
                    assert before.string == note.string
                    rise = note.fret - before.fret
                    assert (rise > 0) == (note.before in "h/")
                    assert note.before in "/\\" or abs(rise) < SPAN
    assert all(
        holding_cost(Fingering(note.string, note.fret, max(note.fret, 1))) >= 0 for note in timed_notes(song.tab)
    )


@settings(max_examples=60, deadline=None)
@given(SONGS)
def test_chords_stand_where_they_begin(song: Song) -> None:
    """Over every system, from its first bar on, in order, with names that are read."""
    for system, line, names in zip(song.tab.systems, song.lines, song.names, strict=True):
        assert bool(names) == bool(line.chords[0])
        assert not names or names[0].column == song.grid.lead
        assert [name.column for name in names] == sorted({name.column for name in names})
        assert all(0 <= name.column < len(system.lines[0]) for name in names)
        assert all(parse_chord(name.name) is not None for name in names)


@given(st.sampled_from(sorted(MODES)), st.integers(0, 11), st.sampled_from(style_names()))
def test_chord_names_mean_the_chords(mode: str, tonic: int, name: str) -> None:
    key = Key(tonic, mode)
    for text in {line for lines in style(name).progressions.values() for line in lines.things}:
        for found in {found for bar in progression(text, key) for found in bar}:
            known = parse_chord(found.name)
            assert known is not None
            assert known.bass == found.bass
            assert {(found.bass + tone) % 12 for tone in found.tones} <= known.tones


def test_the_same_seed_and_number_are_the_same_song() -> None:
    random.seed(5)
    first = [compose(3, number) for number in range(8)]
    random.seed(6)
    assert [compose(3, number) for number in reversed(range(8))] == first[::-1]
    assert compose(3, 0, first[0].style) != first[0]  # an order of a style is another song
    assert compose(4, 0) != first[0]


def test_a_song_is_pinned() -> None:
    """It is the same on every machine and after every change that does not mean to change it."""
    assert compose(1, 2, "reggae").tab.systems[0].text == PINNED


PINNED = """\
D|----------------|----------------|----------------|----------------|
A|------------3-2-|----------------|------------3-2-|--------5-2-----|
E|----5---5-5-----|----3-----------|----5---5-5-----|----3-------3---|
B|----------------|--------3-------|----------------|----------------|"""


def bars_of(name: str, songs: int = 25) -> list[list[tuple[int, int | None]]]:
    """Bars with notes of songs of a style: (step, fret) of each note, fret None where it is dead."""
    return [
        [(note.step, None if note.fret == DEAD else note.fret) for note in bar]
        for number in range(songs)
        for line in compose(11, number, name).lines
        for bar in line.bars
        if bar
    ]


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


def on(name: str, *steps: int) -> float:
    """The share of bars that have a note on all of these steps."""
    return share([set(steps) <= {step for step, _ in bar} for bar in bars_of(name)])


def test_walking_bass_has_a_note_on_every_beat() -> None:
    assert on("walking", 0, 4, 8, 12) >= 0.95
    lines = [line for number in range(20) for line in compose(2, number, "walking").lines]
    repeats = [
        a.fret == b.fret and a.string == b.string for line in lines for bar in line.bars for a, b in pairwise(bar)
    ]
    assert share(repeats) < 0.1


def test_reggae_leaves_the_one_to_the_drums() -> None:
    assert on("reggae", 0) < 0.4


def test_tumbao_anticipates_and_holds() -> None:
    assert on("tumbao", 12) >= 0.85
    assert on("tumbao", 0) < 0.35


def test_bossa_is_a_dotted_quarter_and_an_eighth() -> None:
    assert on("bossa", 0, 6) >= 0.6 or on("bossa", 0, 14) >= 0.6


def test_country_is_in_two() -> None:
    bars = bars_of("country")
    assert share([{0, 8} <= {step for step, _ in bar} for bar in bars]) >= 0.75
    assert share([len(bar) <= 4 for bar in bars]) >= 0.8


def test_shuffle_and_ballad_have_three_to_the_beat() -> None:
    for name in ("blues", "ballad"):
        assert style(name).beat == 3
        assert share([step % 3 != 1 for bar in bars_of(name) for step, _ in bar]) >= 0.85


def test_waltz_has_three_beats() -> None:
    assert style("waltz").time_signature == "3/4"
    assert on("waltz", 0) >= 0.9


def test_metal_gallops_on_a_low_string() -> None:
    sixteenths = share([any(b - a == 1 for (a, _), (b, _) in pairwise(bar)) for bar in bars_of("metal")])
    assert sixteenths >= 0.3
    lowest = [
        note.string == song.tab.tuning.n_strings
        for song in (compose(12, number, "metal") for number in range(20))
        for line in song.lines
        for bar in line.bars
        for note in bar
    ]
    assert share(lowest) >= 0.5


def test_funk_and_slap_have_dead_notes_and_the_one() -> None:
    for name in ("funk", "slap"):
        bars = bars_of(name)
        assert share([any(fret is None for _, fret in bar) for bar in bars]) >= 0.3
        assert on(name, 0) >= 0.85


def test_disco_and_slap_leap_in_octaves() -> None:
    for name, least in (("disco", 0.3), ("slap", 0.15)):
        steps = []
        for number in range(15):
            notes = [note for note in timed_notes(compose(13, number, name).tab) if "dead note" not in note.techniques]
            steps += [abs(b.pitch - a.pitch) == 12 for a, b in pairwise(notes)]
        assert share(steps) >= least


def test_hip_hop_goes_round() -> None:
    same = [
        line.bars[place] == line.bars[place - 2]
        for number in range(20)
        for line in compose(14, number, "hiphop").lines
        for place in range(2, len(line.bars))
        if line.bars[place]
    ]
    assert share(same) >= 0.3


def test_punk_stays_on_its_root() -> None:
    bars = [list(bar) for number in range(20) for line in compose(15, number, "punk").lines for bar in line.bars]
    assert share([len({(note.string, note.fret) for note in bar}) == 1 for bar in bars if len(bar) > 1]) >= 0.4


@pytest.mark.parametrize("name", style_names())
def test_every_style_uses_all_that_its_file_holds(name: str) -> None:
    found = style(name)
    assert found.weight > 0
    assert len(found.cells.things) >= 5
    assert (FOLDER / f"{name}.yaml").read_text().startswith("# ")
    assert 30 <= found.tempo[0] < found.tempo[1] <= 260
    for grid in found.grids.things:
        choose(grid, found.steps, Chance(grid))


def test_strings_of_a_bass_are_four_to_six() -> None:
    counts = {compose(16, number).tab.tuning.n_strings for number in range(150)}
    assert counts == {4, 5, 6}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("metre: 5/8", "metre '5/8'"),
        ("cells: [R.R.]", "cell 'R.R.' of 4 steps"),
        ("cells: []", "cells is empty"),
        ("progressions: {major: [I IX]}\nmodes: {major: 1}", "chord 'IX'"),
        ("progressions: {major: [I V]}\nmodes: {minor: 1}", "none for the mode minor"),
        ("progressions: {major: ['% I']}\nmodes: {major: 1}", "there is none"),
        ("modes: {locrian: 1}", "'locrian' is none of"),
        ("ends: {4: {sigh: 1}}", "'sigh' is none of"),
        ("changes: {thin: 2}", "no chance from 0 to 1"),
        ("articulation: {hummer: 0.1}", "'hummer' is none of"),
        ("forms: [verse]", "'verse' is no section"),
        ("tunings: {GDA: 1}", "no bass tuning"),
        ("rhythms: [X.9]", "rhythm 'X.9' of 3 steps"),
        ("tempo: slow", "not of the kind"),
        ("colour: blue", "'colour' is no setting"),
    ],
)
def test_a_style_file_with_a_fault_is_told(tmp_path: Path, text: str, said: str) -> None:
    head = "" if text.startswith(("cells", "tempo")) else "tempo: 90-100\ncells: [R.......R.......]\n"
    head += "tempo: 90-100\n" if text.startswith("cells") else ""
    head += "cells: [R.......R.......]\n" if text.startswith("tempo") else ""
    path = tmp_path / "mine.yaml"
    path.write_text(head + text)
    with pytest.raises(InputError, match=r"mine\.yaml") as caught:
        read_style(path)
    assert said in str(caught.value)


def test_a_style_needs_its_tempo_and_cells(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("tempo: 90-100\n")
    with pytest.raises(InputError, match="cells is missing"):
        read_style(path)
    path.write_text("tempo: 90-100\ncells: [R.......R.......]\n")
    assert read_style(path).steps == 16
    with pytest.raises(InputError, match="no style 'polka': there are ballad"):
        style("polka")


def test_a_place_stays_in_the_hand() -> None:
    board = Fretboard(Tuning.parse("GDAE"), 15, 0.5)
    assert board.range == (28, 58)
    assert board.place(33, 5) == (4, 5)
    assert board.place(33, 1) == (3, 0)
    assert board.place(28, 7) == (4, 0)


def test_chances_fall_by_weight() -> None:
    drawn = Weighted.of({"a": 3, "b": 1, "c": 0})
    chance = Chance("weights")
    found = [chance.draw(drawn) for _ in range(4000)]
    assert "c" not in found
    assert 0.7 < found.count("a") / 4000 < 0.8


@pytest.mark.parametrize(
    ("numeral", "name"), [("V7/3", "G7/B"), ("bVII", "Bb"), ("iv", "Fm"), ("iim7b5", "Dm7b5"), ("I5", "C5")]
)
def test_numerals_are_spelt(numeral: str, name: str) -> None:
    found = chord(numeral, Key(0, "major")).name
    assert parse_chord(found) == parse_chord(name)


def test_a_grid_that_is_none_is_told() -> None:
    for name in ("7", "wide", "99"):
        with pytest.raises(InputError, match="grid"):
            choose(name, 16, Chance("grid"))
