"""Bars in exact note values -> bars on a grid of columns: the coarsest grid that tells the rhythm.

Input: `TimedBar`s, whose notes begin at fractions of a beat (quarter note). Output: `Gridded`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.formats.track import TOO_FINE, TrackError
from basstab_hf.layout import Bar, NoRoomError, Placed, lay_out
from basstab_hf.tuning import Tuning

#: Columns in a beat that a grid may have, the usual one first.
GRIDS = (4, 8, 12, 16, 24, 48)
#: A finer grid than the rhythm needs is chosen for marks only where the coarser one loses more than this share of them:
#: lines twice as long for one hammer-on in a hundred are harder to read than a tab without it.
MAX_LOST_MARKS = 0.05
#: And never beyond these columns in a beat, where one bar of 4/4 fills a line.
FINEST_FOR_MARKS = 16


@dataclass(frozen=True, slots=True)
class TimedNote:
    """A note that begins `onset` beats into its bar; the rest as in `layout.Placed`."""

    onset: Fraction
    string: int
    fret: int | None
    before: str = ""
    after: str = ""
    tied: bool = False


@dataclass(frozen=True, slots=True)
class TimedBar:
    """Beats in a bar and its notes, which begin inside it."""

    length: Fraction
    notes: tuple[TimedNote, ...] = ()


@dataclass(frozen=True, slots=True)
class Gridded:
    """Bars on a grid."""

    columns_per_beat: int
    bars: tuple[Bar, ...]


def to_grid(tuning: Tuning, bars: Sequence[TimedBar], told: int | None = None) -> Gridded:
    """Choose the grid: the most onsets exact, then marks kept within reason, then the one that the file told of its
    tab, then the coarsest; onsets off it move.

    Raises:
        TrackError: no grid keeps notes apart and their frets readable.
    """
    grids = GRIDS if told is None or not GRIDS[-1] >= told > 0 else {told, *GRIDS}
    inexact = {grid: _inexact(bars, grid) for grid in grids}
    ranked = sorted(grids, key=lambda grid: (inexact[grid], grid != told, grid))
    for _, equals in itertools.groupby(ranked, key=inexact.__getitem__):
        found = _with_marks(tuning, bars, list(equals))
        if found is not None:
            return found
    raise TrackError(TOO_FINE)


def column_of(onset: Fraction, bar: Bar, columns_per_beat: int) -> int:
    """The column nearest to an onset (in beats from the start of the bar), within the bar."""
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
        marks = sum(len(note.before) + len(note.after) for bar in written for note in bar.notes)
        kept.append((marks, Gridded(grid, tuple(placed))))
        if marks == wanted:
            break
    most = max((marks for marks, _ in kept), default=0)
    return next((gridded for marks, gridded in kept if most - marks <= MAX_LOST_MARKS * wanted), None)


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
    notes = [
        Placed(columns[note.onset], note.string, note.fret, note.before, note.after, note.tied) for note in bar.notes
    ]
    return Bar(empty.width, tuple(notes))
