"""Notes that no tab can say: frets of notation and pitches of MIDI parts."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from basstab_hf.errors import BasstabError
from basstab_hf.formats.bass_range import Range, range_of, within
from basstab_hf.formats.fitting import fit
from basstab_hf.formats.midi_notes import Played
from basstab_hf.formats.rhythm import to_grid, unsaid_frets
from basstab_hf.formats.timed import TimedBar, TimedNote
from basstab_hf.formats.told import Told, remarks
from basstab_hf.tab.layout import lay_out
from basstab_hf.tab.marks import MAX_FRET, can_be_said, split_frets
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import Tab

NOTES = st.builds(
    TimedNote,
    onset=st.integers(0, 15).map(lambda place: Fraction(place, 4)),
    string=st.integers(1, 4),
    fret=st.none() | st.integers(-5, 60),
    before=st.sampled_from(["", "h", "/", "<"]),
)


@given(st.lists(st.lists(NOTES, max_size=5, unique_by=lambda note: (note.onset, note.string)), min_size=1, max_size=4))
def test_what_is_kept_can_be_said_and_what_is_not_is_told(music: list[list[TimedNote]]) -> None:
    bars = [TimedBar(Fraction(4), tuple(notes)) for notes in music]
    total = sum(map(len, music))
    try:
        fitted = fit(STANDARD, bars)
    except BasstabError:
        assert sum(not can_be_said(note.fret or 0) for notes in music for note in notes) * 2 >= total
        return
    kept = [note for bar in fitted.bars for note in bar.notes]
    assert not any(unsaid_frets([bar]) for bar in fitted.bars)
    assert len(kept) + sum(not told.goal for told in fitted.told) == total
    doubtful = sum(not can_be_said(note.fret or 0) for notes in music for note in notes)
    broken = sum(not 0 <= (note.fret or 0) <= MAX_FRET for notes in music for note in notes)
    assert broken <= len(fitted.told) <= doubtful
    for bar in fitted.bars:
        assert len({(note.onset, note.string) for note in bar.notes}) == len(bar.notes)


_TOGETHER = [TimedNote(Fraction(onset), string, 0) for onset, string in ((0, 1), (0, 2), (1, 1))] + [
    TimedNote(onset, 1, 1) for onset in (Fraction(29, 15), Fraction(35, 18))
]


@example(_TOGETHER)  # of two that fall together one is left out, and the other one moves
@given(
    st.lists(
        st.builds(TimedNote, st.fractions(0, 3, max_denominator=50), st.integers(1, 4), st.integers(0, 21)),
        min_size=1,
        max_size=12,
        unique_by=lambda note: (note.onset, note.string),
    )
)
def test_notes_without_room_on_any_grid_are_told_or_the_part_is_refused(notes: list[TimedNote]) -> None:
    try:
        grid = to_grid(STANDARD, [TimedBar(Fraction(4), tuple(notes))])
    except BasstabError:
        return
    lost = sum(not told.goal for told in grid.told)
    assert sum(len(bar.notes) for bar in grid.bars) + lost == len(notes)
    layout = lay_out(STANDARD, grid.bars)
    assert sum(len(bar.notes) for bar in layout.bars) + lost == len(notes)
    exact = {note.onset for note in timed_notes(Tab(layout.systems), grid.columns_per_beat, layout.times)}
    off = sum(float(note.onset) not in exact for note in notes)
    assert off <= len(grid.told)


def test_a_note_on_a_string_that_the_tuning_does_not_have_is_left_out() -> None:
    notes = tuple(TimedNote(Fraction(place), string, 3) for place, string in enumerate((4, 5, 1, 2)))
    fitted = fit(STANDARD, [TimedBar(Fraction(4), notes)])
    assert [note.string for note in fitted.bars[0].notes] == [4, 1, 2]
    assert [str(told) for told in fitted.told] == ["bar 1, beat 2 (fret 3 of string 5)"]


def test_a_mark_that_led_from_a_moved_note_goes() -> None:
    notes = (TimedNote(Fraction(0), 2, 25), TimedNote(Fraction(1), 2, 20, "p"), TimedNote(Fraction(2), 2, 19, "p"))
    (bar,) = fit(STANDARD, [TimedBar(Fraction(4), notes)]).bars
    assert [(note.string, note.fret, note.before) for note in bar.notes] == [(1, 20, ""), (2, 20, ""), (2, 19, "p")]


def test_the_first_places_are_named_and_the_others_counted() -> None:
    told = [Told(number, Fraction(1, 2), "A0", "A1") for number in range(1, 7)]
    places = "; ".join(f"bar {number}, beat 1.5 (A0 to A1)" for number in range(1, 5))
    assert remarks(told) == (f"notes moved, since a tab cannot say them: {places}; and 2 more",)
    assert remarks([]) == ()


@given(st.integers(-3, 400))
def test_a_fret_can_be_said_if_it_is_read_back(fret: int) -> None:
    assert can_be_said(fret) == (0 <= fret <= 24 and split_frets(str(fret)) == [(0, str(fret))])


@given(st.lists(st.integers(28, 67), min_size=40, max_size=80), st.lists(st.integers(0, 127), max_size=2))
def test_the_bulk_decides_octave_and_tuning(inside: list[int], far: list[int]) -> None:
    assert range_of([*inside, *far]) == Range(0, STANDARD)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 127)), min_size=1, max_size=40, unique=True))
def test_notes_out_of_range_are_moved_or_told(music: list[tuple[int, int]]) -> None:
    notes = sorted(Played(Fraction(onset, 4), Fraction(onset + 1, 4), pitch) for onset, pitch in music)
    found = Range(0, STANDARD)
    moved = within(found, notes)
    assert all(any(can_be_said(note.pitch - string) for string in STANDARD.pitches) for note in moved.notes)
    assert len(moved.notes) + sum(change.goal is None for change in moved.changes) == len(notes)
    assert all((change.goal - change.note.pitch) % 12 == 0 for change in moved.changes if change.goal is not None)


def test_a_part_on_no_bass_is_refused() -> None:
    with pytest.raises(BasstabError, match="out of the range of a bass"):
        range_of([5, 120])
