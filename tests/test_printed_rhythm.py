"""Rhythm that is printed is used: counts, note values, triplets, exports; and what a page states in words."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from basstab_hf.formats import WriteSettings
from basstab_hf.formats.alphatex import print_score as print_alphatex
from basstab_hf.formats.gestures import gestures, length
from basstab_hf.formats.musicxml import print_score as print_musicxml
from basstab_hf.formats.score import to_score
from basstab_hf.formats.text import read_tracks
from basstab_hf.recognise import recognise_tabs
from basstab_hf.rhythm.beat_grid import read_rhythm
from basstab_hf.rhythm.tempo_words import read_words
from basstab_hf.tab.timing import stroke_bars, timed_notes
from tests.rhythm_printers import Bar, Value, as_tuxguitar, bars, by_counts, by_values


def onsets(page: str) -> list[list[Fraction]]:
    """Those of each bar of a page, in beats from its start."""
    found = recognise_tabs(page)
    rhythm = read_rhythm(found)
    columns = rhythm.grid.columns_per_beat
    systems = stroke_bars(found.tab, rhythm.time.times, columns)
    return [
        sorted({Fraction(stroke.column) / columns for stroke in bar.strokes}) for system in systems for bar in system
    ]


def lengths(page: str) -> list[Fraction]:
    found = recognise_tabs(page)
    rhythm = read_rhythm(found)
    systems = stroke_bars(found.tab, rhythm.time.times, rhythm.grid.columns_per_beat)
    return [Fraction(bar.width) / rhythm.grid.columns_per_beat for system in systems for bar in system]


#: Two digits beside each other would be read as one fret: sixteenths are three columns wide at least.
WIDTHS = st.lists(st.lists(st.integers(3, 5), min_size=16, max_size=16), min_size=3, max_size=3)
PLAYED = st.lists(bars(), min_size=1, max_size=3)


@given(PLAYED, st.integers(3, 4), st.sampled_from(["beats", "halves", "all"]), st.booleans(), st.integers(0, 1))
def test_counts_over_an_even_grid_are_read_back(
    played: list[Bar], width: int, style: str, below: bool, lead: int
) -> None:
    page = by_counts(played, [[width] * 16] * len(played), style, below=below, lead=lead)
    assert onsets(page) == [bar.onsets for bar in played]
    assert lengths(page) == [4] * len(played)


@given(PLAYED, WIDTHS, st.booleans(), st.sampled_from("&+"))
def test_each_bar_and_each_beat_that_is_counted_has_its_own_width(
    played: list[Bar], widths: list[list[int]], below: bool, half: str
) -> None:
    page = by_counts(played, widths[: len(played)], "all", below=below, half=half)
    assert onsets(page) == [bar.onsets for bar in played]


EXTRA = st.lists(st.lists(st.integers(0, 4), min_size=16, max_size=16), min_size=3, max_size=3)


MOSTLY_RESTS = Bar((Value(12, 12, 3), Value(3, None, 0), Value(1, None, 0)))


@example([MOSTLY_RESTS, MOSTLY_RESTS], [[0] * 16] * 3, False, False)
@given(st.lists(bars(), min_size=2, max_size=3), EXTRA, st.booleans(), st.booleans())
def test_note_values_are_read_back(played: list[Bar], extra: list[list[int]], below: bool, lower: bool) -> None:
    assume({value.length for bar in played for value in bar.values} - {1})  # S alone may be slapped
    page = by_values(played, extra, below=below, lower=lower)
    assert onsets(page) == [bar.onsets for bar in played]
    assert lengths(page) == [4] * len(played)


@given(st.lists(bars((16, 8, 4, 2, 1), rests=False), min_size=1, max_size=4))
def test_widths_of_tuxguitar_are_read_back(played: list[Bar]) -> None:
    assume(all(value.fret is None or value.fret < 10 or value.length > 1 for bar in played for value in bar.values))
    page = as_tuxguitar(played)
    assert onsets(page) == [bar.onsets for bar in played]
    assert lengths(page) == [4] * len(played)


def system(*lines: str) -> str:
    return "\n".join(f"{label}|{line}|" for label, line in zip("GDAE", lines, strict=True)) + "\n"


def low(line: str) -> str:
    blank = "".join("|" if letter == "|" else "-" for letter in line)
    return system(blank, blank, blank, line)


@pytest.mark.parametrize(
    ("row", "line", "right"),
    [
        ("   1   &   2   &   3   &   4   &", "-3-------3-------3-------3---5---", [0, 1, 2, 3, 3.5]),
        ("  1   2   3   4", "3--55---7---8-7-", [0, 0.75, 1, 2, 3, 3.5]),
        ("  1 e & a 2 e & a ", "3---5-7-7-------", [0, 0.5, 0.75, 1]),
        ("  1 . & . 2 . & . ", "3---5---7-----8-", [0, 0.5, 1, 1.75]),
        ("  1 2 3 4 5 6", "3---5-7-3---", [0, 1, 1.5, 2]),  # 6/8
        ("  1   &   2     &    3  & ", "3---5---7-----8----3--5---", [0, 0.5, 1, 1.5, 2, 2.5]),
        ("   2 & 3 & 4 &", "-5-5-7-7-5-5-", [0, 0.5, 1, 1.5, 2, 2.5]),  # begins on its second beat
        ("R:  1 & 2 & 3 & 4 &", "--3-5-7-5-3-------", [0, 0.5, 1, 1.5, 2]),
        ("  1 & 2 & 3 & 4 & 1 & 2 & 3 & 4 &", "3-------------5-7-------------8-", [0, 3.5, 4, 7.5]),
        ("  q.  e q q", "3---5-7-7-", [0, 1.5, 2, 3]),
        ("  Q   E E. S H", "3---5-7--8-9-", [0, 1, 1.5, 2.25, 2.5]),
        ("  E.E S E.S E H", "3-5-7-3-5-7-9----", [0, 0.75, 1.25, 1.5, 2.25, 2.5, 3]),
        ("  Q  +Q  Q  E E", "3--(3)-5--7-8-", [0, 2, 3, 3.5]),  # a tie does not sound again
    ],
)
def test_rows_over_one_bar(row: str, line: str, right: list[float]) -> None:
    assert onsets(f"{row}\n{low(line)}")[0] == right


def test_brackets_make_triplets() -> None:
    page = "  |-3-|\n  E E E Q  H\n" + low("3-5-7-8--9-----")
    assert onsets(page) == [[0, Fraction(1, 3), Fraction(2, 3), 1, 2]]


def test_triplets_over_plain_columns_fill_a_beat() -> None:
    page = "  |-3-|\n" + low("3-5-7-3---5-----|3---5---7---8---|3---5---7---8---|3---5---7---8---")
    assert onsets(page)[0] == [0, Fraction(1, 3), Fraction(2, 3), 1.5, 2.5]


def test_a_grace_note_takes_no_time() -> None:
    assert onsets("  Q  a Q  H\n" + low("3--5-7--9----"))[0] == [0, 0.875, 1, 2]


def test_two_voices_fill_one_bar() -> None:
    page = (
        "  H    Q  Q\n"
        + system("--------------", "7----9--7-----", "--------------", "3--3-3--3-----")
        + "  Q  Q Q  Q\n"
    )
    assert onsets(page) == [[0, 1, 2, 3]]


@pytest.mark.parametrize(
    "row",
    [
        "  1                 2                 3",  # numbers of bars
        "  1 2 1 4 2 1 0",  # fingers
        "  E   A   E   A",  # chords
        "  the west wets",
        "  S   S   P   S",  # slap letters
        "  12  13  14",
    ],
)
def test_other_rows_are_no_rhythm(row: str) -> None:
    line = "3---5---7---8---|" * 2 + "3---5---7---8---"
    assert onsets(f"{row}\n{low(line)}") == [[0, 1, 2, 3]] * 3


def test_systems_without_a_row_go_by_the_grid_of_the_others() -> None:
    page = "  1     2     3     4\n" + low("3-5-7-3-5-7-3-----5-----") + "\n" + low("3-----5-----3-5-7-------")
    third = Fraction(1, 3)
    assert onsets(page) == [
        [0, third, 2 * third, 1, 1 + third, 1 + 2 * third, 2, 3],
        [0, 1, 2, 2 + third, 2 + 2 * third],
    ]


@pytest.mark.parametrize(
    ("line", "tempo"),
    [
        ("120 bpm", 120),
        ("Tempo: 140", 140),
        ("Tempo = 95", 95),
        ("♩=96", 96),
        ("♩ = 96", 96),
        ("quarter = 96", 96),
        ("q=96", 96),
        ("Q.=80", 120),
        ("half note = 60", 120),
        ("dotted quarter = 80", 120),
        ("eighth = 200", 100),
        ("Moderate Rock Q=120", 120),
        ("4/4     104 bpm", 104),
        ("+/- 140 bpm, drum machine", 140),
        ("Bpm 150", 150),
        ("tempo: 999", None),
        ("the tempo changes in 1994", None),
        ("www.example.org?q=96a", None),
        ("see bar 120", None),
    ],
)
def test_tempo_in_words(line: str, tempo: float | None) -> None:
    assert read_words([line]).tempo == tempo
    assert read_tracks(f"{line}\n\n{low('3---5---7---8---')}".encode(), "a page").first("a page").tempo == tempo


@pytest.mark.parametrize(
    ("line", "signature"),
    [
        ("4/4", "4/4"),
        ("Time: 6/8", "6/8"),
        ("Time signature: 3/4", "3/4"),
        ("Timing: 6/8", "6/8"),
        ("6/8 Time", "6/8"),
        ("**Time Signature:** 3/4 | **Tempo:** 90 BPM", "3/4"),
        ("*Time:* 6/8, live", "6/8"),
        ("(E A D G) Q=110bpm  4/4", "4/4"),
        ("4/4, 16 columns a bar", "4/4"),
        ("live, 4/4/98", ""),
        ("6/7", ""),
        ("1/2 step down", ""),
    ],
)
def test_time_signature_in_words(line: str, signature: str) -> None:
    assert read_words([line]).time_signature == signature


@pytest.mark.parametrize(
    ("line", "swing"),
    [
        ("(swing)", True),
        ("Swing feel", True),
        ("medium swing", True),
        ("played with a swing beat", True),
        ("Feel: shuffle", True),
        ("the swing of the gate", False),
        ("swinging on a line", False),
    ],
)
def test_swing_in_words(line: str, swing: bool) -> None:
    assert read_words([line]).swing is swing


def test_a_signature_tells_the_grid() -> None:
    grid = read_rhythm(recognise_tabs("Time: 6/8\n\n" + low("3-----5-----|3---5-7-----"))).grid
    assert (grid.columns_per_beat, grid.reason) == (4, "from bars of 12 columns in 6/8")
    waltz = read_rhythm(recognise_tabs("3/4\n\n" + low("3-5-7-|3-5-7-"))).grid
    assert waltz.columns_per_beat == 2


def test_a_grid_in_words_comes_first() -> None:
    page = "4/4, 12 columns a bar, ♩=90\n\n  1   2   3   4\n" + low("3--5--7--8--")
    rhythm = read_rhythm(recognise_tabs(page))
    assert (rhythm.grid.columns_per_beat, rhythm.grid.confidence, rhythm.tempo) == (3, 1.0, 90)


def test_bars_of_unequal_width_last_equally_long_where_a_signature_says_so() -> None:
    page = "Time: 4/4\n\n" + low("-3---5---7---8---|-3-----5-----7-----8-----|-3--5--7--8--|-3--------5--------")
    assert lengths(page) == [4] * 4
    assert onsets(page)[:3] == [[0, 1, 2, 3]] * 3


def test_an_even_bar_with_all_notes_on_odd_columns_has_a_lead() -> None:
    line = "-3---5---7---8--|-3-----5-7-----3"
    assert onsets(low(line)) == [[0, 1, 2, 3], [0, 1.5, 2, 3.5]]
    assert lengths(low(line)) == [4, 4]
    assert [note.onset for note in timed_notes(recognise_tabs(low("3---5---7---8---|-3---5---7---8--")).tab)][4] == 4.25


def test_a_hammer_on_reaches_over_blanks() -> None:
    notes = timed_notes(recognise_tabs(low("5h--7---5p--3---")).tab)
    assert [note.techniques for note in notes] == [(), ("hammer-on",), (), ("pull-off",)]


@given(st.text(alphabet="123456789&+ea .|qehwsQEHWST-3()\n", max_size=200))
def test_anything_printed_around_a_system_is_survived(rows: str) -> None:
    page = f"{rows}\n{low('3---5---7---8---|3---5---7---8---')}{rows}\n"
    found = onsets(page)
    assert all(list(bar) == sorted(bar) for bar in found)
    assert all(length > 0 for length in itertools.compress(lengths(page), found))


@given(PLAYED, WIDTHS, st.sampled_from(["beats", "halves"]), st.sampled_from(["", "[Verse] x3\n"]))
def test_whatever_is_printed_can_be_written(
    played: list[Bar], widths: list[list[int]], style: str, heading: str
) -> None:
    page = heading + by_counts(played, widths[: len(played)], style)
    track = read_tracks(page.encode(), "a page").first("a page")
    settings = WriteSettings(columns_per_beat=track.columns_per_beat, time=track.time)
    score = to_score(track.tab, settings)
    assert [bar.length for bar in score.bars] == [4] * len(played)
    for write in (print_alphatex, print_musicxml):
        assert write(score)
    n_plays = 3 if heading else 1
    assert length(track.tab, settings) == pytest.approx(4 * len(played) * n_plays * 60 / settings.tempo)
    assert len(gestures(track.tab, settings)) == n_plays * sum(len(bar.onsets) for bar in played)


def test_a_system_with_counts_under_it_among_others_with_counts_over_them() -> None:
    row, tab = "   1 & 2 & 3 & 4 &", low("--3-5-------7---")
    right: list[float] = [0, 0.5, 2.5]
    assert onsets(f"{row}\n{tab}\nor\n\n{tab}{row}\n\nand\n\n{row}\n{tab}") == [right] * 3
    assert onsets(f"{row}\n{tab}{row}\n{tab}{row}\n{tab}") == [right] * 3
