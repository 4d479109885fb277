"""Bars in exact note values -> bars on a grid of columns: the coarsest grid that tells the rhythm.

Input: `TimedBar`s, whose notes begin at fractions of a beat (quarter note). Output: `Gridded`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.formats.counted_bars import LEAD, counted, fitted, placed_at
from basstab_hf.formats.timed import TimedBar, TimedNote
from basstab_hf.formats.told import Told
from basstab_hf.formats.track import TOO_FINE, TrackError
from basstab_hf.rhythm.tempo_words import count_unit
from basstab_hf.tab.layout import Bar, NoRoomError, Placed, lay_out, write
from basstab_hf.tab.marks import DEAD, unsaid
from basstab_hf.tab.tuning import Tuning

#: Columns in a beat that a grid may have, the usual one first.
GRIDS = (4, 8, 12, 16, 24, 48)
#: Those among which most bars of a piece decide: 6 holds triplets. Bars that need more than 12 get it where they do.
_USUAL_GRIDS = (4, 6, 8, 12)
#: Of these, so many are tried.
_MOST_TRIED = 3
#: A finer grid than the rhythm needs is chosen for marks only where the coarser one loses more than this share of them:
#: lines twice as long for one hammer-on in a hundred are harder to read than a tab without it.
MAX_LOST_MARKS = 0.05
#: A grid without room for this share of the notes says nothing of the part.
MANY_LOST = 0.25
#: Notes of a bar on one string beyond which nobody looks which of them have room.
_MOST_IN_A_BAR = 500
#: And never beyond these columns in a beat, where one bar of 4/4 fills a line.
FINEST_FOR_MARKS = 16


@dataclass(frozen=True, slots=True)
class Gridded:
    """Bars on a grid; `told` are the notes that had no room or were moved onto it, their bars counted from 1."""

    columns_per_beat: int
    bars: tuple[Bar, ...]
    told: tuple[Told, ...] = ()


def to_grid(tuning: Tuning, bars: Sequence[TimedBar], told: int | None = None, signature: str = "") -> Gridded:
    """Choose the grid that most bars need, or the one that the file told of its tab; bars that it does not hold are as
    fine as they need, with counts above. `signature` is that of most bars.

    Where bars cannot be counted, one grid holds all: the most onsets exact, then marks kept within reason, then the one
    told, then the coarsest; onsets off it move. Where no grid has room for all notes, those are left out that have none
    on the grid that has room for most.

    Raises:
        TrackError: no grid has room for the bulk of the notes.
    """
    grids = GRIDS if told is None or not GRIDS[-1] >= told > 0 else {told, *GRIDS}
    usual = _usual_grids(bars, told if told in grids else None)
    tries = [*((grid, len(bars) // 2 or 1) for grid in usual), (usual[0], len(bars))]
    for grid, most in tries:
        try:
            return _with_counts(tuning, bars, grid, count_unit(signature), most)
        except NoRoomError:
            continue
    inexact = {grid: _inexact(bars, grid) for grid in grids}
    ranked = sorted(grids, key=lambda grid: (inexact[grid], grid != told, grid))
    for _, equals in itertools.groupby(ranked, key=inexact.__getitem__):
        found = _with_marks(tuning, bars, list(equals))
        if found is not None:
            return found
    return _with_most_notes(tuning, bars, ranked)


def _usual_grids(bars: Sequence[TimedBar], told: int | None) -> list[int]:
    """Grids that hold the rhythm of most bars, the one told first, then the coarsest; without any, the best one."""
    sounding = [bar for bar in bars if bar.notes] or list(bars)
    grids = [*([] if told is None else [told]), *(grid for grid in _USUAL_GRIDS if grid != told)]
    held = {grid: sum(_holds(bar, grid) for bar in sounding) for grid in grids}
    found = [grid for grid in grids if 2 * held[grid] >= len(sounding)]
    return (found or sorted(grids, key=lambda grid: -held[grid]))[:_MOST_TRIED]


def _holds(bar: TimedBar, grid: int) -> bool:
    places = (bar.length, *(note.onset for note in bar.notes))
    return all((place * grid).denominator == 1 for place in places)


def _with_counts(tuning: Tuning, bars: Sequence[TimedBar], grid: int, unit: Fraction, most: int) -> Gridded:
    """Bars on a grid, and with counts above where they are off it, or would be misread on it.

    Raises:
        NoRoomError: more than `most` bars would be misread, or the grid has no room for many notes, or a bar is
            off it that has no counts.
    """
    found, told = [], []
    for number, bar in enumerate(bars, start=1):
        fit = fitted(bar, grid, tuning.n_strings, unit)
        if fit is None:
            if not _holds(bar, grid):
                raise NoRoomError(f"bar {number} is off the grid, and no counts say how")
            fit, lost = _squeezed_bar(bar, number, grid, tuning.n_strings)
            told += lost
        found.append(fit)
    if told and len(told) >= MANY_LOST * sum(len(bar.notes) for bar in bars):
        raise NoRoomError("most notes have no room")
    while True:
        try:
            lay_out(tuning, found)
        except NoRoomError as error:
            counts = {number: counted(bars[number], grid, tuning.n_strings, unit) for number in error.misread}
            if not counts or None in counts.values() or len(counts) > most:
                raise
            found = [counts.get(number) or bar for number, bar in enumerate(found)]
        else:
            numbered = enumerate(zip(bars, found, strict=True), start=1)
            told += [one for number, (bar, fit) in numbered for one in _moved_counts(bar, fit, number)]
            return Gridded(grid, tuple(found), tuple(told))


def unsaid_frets(bars: Iterable[TimedBar]) -> set[int]:
    """The frets that a tab cannot say beside the others of their bar; all are 0 to `marks.MAX_FRET`."""
    found: set[int] = set()
    for bar in bars:
        played: dict[int, list[int]] = {}
        for note in sorted(bar.notes, key=lambda note: note.onset):
            if note.fret is not None:
                played.setdefault(note.string, []).append(note.fret)
        found |= unsaid([*played.values()])
    return found


def column_of(onset: Fraction, bar: Bar, columns_per_beat: int) -> int:
    """The column nearest to an onset (in beats from the start of the bar), within the bar."""
    if bar.counted is not None:
        return min(max(bar.counted.time.column(onset) - LEAD, 0), bar.width - 1)
    return min(math.floor(onset * columns_per_beat + Fraction(1, 2)), bar.width - 1)


def _inexact(bars: Sequence[TimedBar], grid: int) -> int:
    return sum((note.onset * grid).denominator != 1 for bar in bars for note in bar.notes)


def _with_marks(tuning: Tuning, bars: Sequence[TimedBar], grids: Sequence[int]) -> Gridded | None:
    """Of grids that tell the rhythm equally well, the first that keeps nearly all marks that any of them keeps."""
    wanted = sum(len(note.before) + len(note.after) for bar in bars for note in bar.notes)
    kept: list[tuple[int, Gridded]] = []
    for grid in grids:
        if kept and grid > FINEST_FOR_MARKS:
            break
        try:
            placed = [_placed(bar, grid) for bar in bars]
            written = lay_out(tuning, placed).bars
        except NoRoomError:
            continue
        told = [one for number, bar in enumerate(bars, start=1) for one in _moved(bar, number, grid)]
        marks = sum(len(note.before) + len(note.after) for bar in written for note in bar.notes)
        kept.append((marks, Gridded(grid, tuple(placed), tuple(told))))
        if marks == wanted:
            break
    most = max((marks for marks, _ in kept), default=0)
    return next((gridded for marks, gridded in kept if most - marks <= MAX_LOST_MARKS * wanted), None)


def _with_most_notes(tuning: Tuning, bars: Sequence[TimedBar], grids: Sequence[int]) -> Gridded:
    """The grid that has room for most notes; between equals the first.

    Raises:
        TrackError: none has room for the bulk of them.
    """
    n_notes = sum(len(bar.notes) for bar in bars)
    found: list[Gridded] = []
    for grid in grids:
        try:
            gridded = _squeezed(tuning, bars, grid)
            lay_out(tuning, gridded.bars)
        except NoRoomError:
            continue
        found.append(gridded)
    lost = [sum(not one.goal for one in gridded.told) for gridded in found]
    if not found or min(lost) >= MANY_LOST * n_notes:
        raise TrackError(TOO_FINE)
    return found[lost.index(min(lost))]


def _squeezed(tuning: Tuning, bars: Sequence[TimedBar], grid: int) -> Gridded:
    """Bars on a grid without the notes that have no room there; a bar that ends between columns ends at the next."""
    found, told = [], []
    for number, bar in enumerate(bars, start=1):
        kept, lost = _squeezed_bar(bar, number, grid, tuning.n_strings)
        found.append(kept)
        told += lost
    return Gridded(grid, tuple(found), tuple(told))


def _squeezed_bar(bar: TimedBar, number: int, grid: int, n_strings: int) -> tuple[Bar, list[Told]]:
    """One of these bars, by its number from 1, and the notes that it has no room for, or that it moves."""
    empty = Bar(max(math.ceil(bar.length * grid), 1))
    notes = [placed_at(column_of(note.onset, empty, grid), note) for note in bar.notes]
    kept, lost = with_room(Bar(empty.width, tuple(notes)), n_strings)
    told = [
        Told(number, Fraction(note.column, grid), f"fret {note.text} of string {note.string}, too close to others")
        for note in lost
    ]
    without = set(map(id, lost))  # two that fall together are equal
    moved = [note for note, placed in zip(bar.notes, notes, strict=True) if id(placed) not in without]
    return kept, [*told, *_moved(TimedBar(bar.length, tuple(moved)), number, grid)]


def _moved(bar: TimedBar, number: int, grid: int) -> Iterator[Told]:
    """The notes of a bar, by its number from 1, that begin between columns, with the beat of the nearest."""
    empty = Bar(max(math.ceil(bar.length * grid), 1))
    for note in bar.notes:
        if (note.onset * grid).denominator != 1:
            yield _told_moved(note, number, Fraction(column_of(note.onset, empty, grid), grid))


def _moved_counts(bar: TimedBar, fit: Bar, number: int) -> Iterator[Told]:
    """The notes of a bar with counts that begin between the columns of their count."""
    if fit.counted is None:
        return
    notes = sorted(bar.notes, key=lambda note: (note.onset, note.string))
    for note, placed in zip(notes, fit.notes, strict=True):
        onset = fit.counted.time.at(placed.column + LEAD)
        if onset != note.onset:
            yield _told_moved(note, number, onset)


def _told_moved(note: TimedNote, number: int, onset: Fraction) -> Told:
    what = f"{DEAD if note.fret is None else f'fret {note.fret}'} of string {note.string}"
    return Told(number, note.onset, what, f"beat {round(float(onset) + 1, 2):g}")


def _placed(bar: TimedBar, grid: int) -> Bar:
    """A bar on a grid.

    Raises:
        NoRoomError: the bar is no whole number of columns, or two onsets fall into one column.
    """
    width = bar.length * grid
    if width.denominator != 1:
        raise NoRoomError(f"a bar of {bar.length} beats is no whole number of columns")
    empty = Bar(int(width))
    columns = {onset: column_of(onset, empty, grid) for onset in {note.onset for note in bar.notes}}
    if len({*columns.values()}) < len(columns):
        raise NoRoomError("two onsets fall into one column")
    return Bar(empty.width, tuple(placed_at(columns[note.onset], note) for note in bar.notes))


def with_room(bar: Bar, n_strings: int) -> tuple[Bar, tuple[Placed, ...]]:
    """A bar with the notes that have room in it, and those that have none.

    Raises:
        NoRoomError: it has far more notes than any bar of music.
    """
    kept: list[Placed] = []
    lost: list[Placed] = []
    for string in range(1, n_strings + 1):
        on_string = sorted((note for note in bar.notes if note.string == string), key=lambda note: note.column)
        if _has_room(bar.width, on_string, n_strings):
            kept += on_string
            continue
        if len(on_string) > _MOST_IN_A_BAR:
            raise NoRoomError(f"a bar with {len(bar.notes):,} notes")
        found: list[Placed] = []
        for note in on_string:
            (found if _has_room(bar.width, [*found, note], n_strings) else lost).append(note)
        kept += found
    return Bar(bar.width, tuple(sorted(kept, key=lambda note: (note.column, note.string)))), tuple(lost)


def _has_room(width: int, notes: Sequence[Placed], n_strings: int) -> bool:
    try:
        write(Bar(width, tuple(notes)), n_strings)
    except NoRoomError:
        return False
    return True
