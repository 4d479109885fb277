"""Bars in exact note values -> bars of columns, as fine as each of their beats needs: off the grid, with counts above.

Input: a `TimedBar`. Output: a `layout.Bar`, on the grid where that holds it; else each count has so many columns as its
notes and marks take, and `counted` says which. No other bar gets wider for it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.formats.timed import TimedBar, TimedNote
from basstab_hf.rhythm.count_row import count_names, count_parts
from basstab_hf.rhythm.printed_bar import anchored
from basstab_hf.tab.layout import Bar, Counted, NoRoomError, Placed, write
from basstab_hf.tab.time_map import BarTime

#: Columns of a count beyond which nothing is tried: of a quarter note those of 192nd notes.
_MOST_COLUMNS = 48
#: Columns behind a note in which all its marks and those of the next one have room.
_ENOUGH = 6
#: The blank column in front of a bar.
LEAD = 1


@dataclass(frozen=True, slots=True)
class _Fit:
    """A bar as written, how many notes lose a mark or touch the next, and the places of those that need more room."""

    bar: Bar
    troubled: int
    cramped: frozenset[int]


def fitted(bar: TimedBar, grid: int, n_strings: int, unit: Fraction) -> Bar | None:
    """A bar on a grid if that holds its onsets, frets and marks, and leaves blanks between frets of two digits.

    Else it has counts of `unit` quarter notes above if that keeps more of it. None where notes have no room either way.
    """
    plain = _on_grid(bar, grid, n_strings)
    if plain is not None and not plain.troubled:
        return plain.bar
    finer = _counted(bar, grid, n_strings, unit)
    fits = [fit for fit in (plain, finer) if fit is not None]
    return min(fits, key=lambda fit: fit.troubled).bar if fits else None


def counted(bar: TimedBar, grid: int, n_strings: int, unit: Fraction) -> Bar | None:
    """A bar with counts of `unit` quarter notes above, each of the columns of the grid or so many as it needs.

    None where no counts say how long it is, or where notes have no room though their counts are as wide as may be.
    """
    fit = _counted(bar, grid, n_strings, unit)
    return fit.bar if fit is not None else None


def _on_grid(bar: TimedBar, grid: int, n_strings: int) -> _Fit | None:
    width = bar.length * grid
    if width.denominator != 1 or any((note.onset * grid).denominator != 1 for note in bar.notes):
        return None
    placed = Bar(int(width), tuple(placed_at(int(note.onset * grid), note) for note in _sorted(bar)))
    try:
        return _fit(placed, n_strings)
    except NoRoomError:
        return None


def _counted(bar: TimedBar, grid: int, n_strings: int, unit: Fraction) -> _Fit | None:
    parts = count_parts(bar.length, unit)
    if parts is None:
        return None
    names = count_names(bar.length, unit, parts)
    notes, part = _sorted(bar), unit / parts
    steps = [
        _step([note.onset / part % 1 for note in notes if note.onset // part == count]) for count in range(len(names))
    ]
    widths = [
        _multiple(step, max(math.ceil(part * grid), len(name) + name.isdigit()))
        for step, name in zip(steps, names, strict=True)
    ]
    fits: list[_Fit] = []
    while True:
        try:
            placed = _spread(bar, notes, widths, names, part)
            fits.append(_fit(placed, n_strings))
            cramped = fits[-1].cramped
        except NoRoomError:
            columns = _columns(notes, widths, part)
            cramped = _colliding([placed_at(column, note) for column, note in zip(columns, notes, strict=True)])
        wider = {int(notes[place].onset // part) for place in cramped}
        wider = {count for count in wider if widths[count] + steps[count] <= _MOST_COLUMNS}
        if not wider:
            return min(fits, key=lambda fit: (fit.troubled, fit.bar.width), default=None)
        for count in wider:
            widths[count] += steps[count]


def _sorted(bar: TimedBar) -> list[TimedNote]:
    return sorted(bar.notes, key=lambda note: (note.onset, note.string))


def placed_at(column: int, note: TimedNote) -> Placed:
    """A note at a column."""
    return Placed(column, note.string, note.fret, note.before, note.after, note.tied)


def _step(places: Sequence[Fraction]) -> int:
    """The fewest columns on which all places of a count, as parts of it, are."""
    exact = math.lcm(*(place.denominator for place in places))
    return exact if exact <= _MOST_COLUMNS else _MOST_COLUMNS


def _multiple(step: int, least: int) -> int:
    return -(-least // step) * step


def _columns(notes: Sequence[TimedNote], widths: Sequence[int], part: Fraction) -> list[int]:
    """The columns of notes in a bar whose counts have so many columns."""
    starts = [*itertools.accumulate(widths, initial=0)]
    counts = [int(note.onset // part) for note in notes]
    return [
        starts[count] + math.floor(note.onset / part % 1 * widths[count] + Fraction(1, 2))
        for note, count in zip(notes, counts, strict=True)
    ]


def _spread(
    bar: TimedBar, notes: Sequence[TimedNote], widths: Sequence[int], names: Sequence[str], part: Fraction
) -> Bar:
    """A bar whose counts have so many columns.

    Raises:
        NoRoomError: two onsets fall into one column.
    """
    columns = _columns(notes, widths, part)
    if len({*columns}) < len({note.onset for note in notes}):
        raise NoRoomError("two onsets fall into one column")
    starts = [*itertools.accumulate(widths, initial=0)]
    places = [(start + LEAD, part * count) for count, start in enumerate(starts[:-1])]
    time = BarTime(anchored(places, bar.length, starts[-1] + LEAD), bar.length, exact=True)
    placed = tuple(placed_at(column, note) for column, note in zip(columns, notes, strict=True))
    return Bar(starts[-1], placed, Counted(tuple(zip(starts, names, strict=False)), time))


def _fit(bar: Bar, n_strings: int) -> _Fit:
    """A bar as it would be written; its notes are in order of column, then string.

    Raises:
        NoRoomError: some of its frets have no room.
    """
    shown = write(bar, n_strings).bar.notes
    pairs = {b: a for a, b in _neighbours(bar.notes)}
    touching = {a for b, a in pairs.items() if _gap(bar.notes, a, b) < 1 and _needs_blank(bar.notes[a], bar.notes[b])}
    lost = {place for place, (wanted, kept) in enumerate(zip(bar.notes, shown, strict=True)) if _loses(wanted, kept)}
    # More room behind a note helps its own mark and that of the next one.
    behind = {place for place in lost if bar.notes[place].after != shown[place].after}
    behind |= {pairs[place] for place in lost if place in pairs}
    following = {a: b for b, a in pairs.items()}
    ends = {place: bar.width - bar.notes[place].end for place in range(len(bar.notes)) if place not in following}
    gaps = ends | {a: _gap(bar.notes, a, b) for a, b in following.items()}
    cramped = touching | {place for place in behind if gaps[place] < _ENOUGH}
    return _Fit(bar, len(touching) + len(lost), frozenset(cramped))


def _loses(wanted: Placed, shown: Placed) -> bool:
    """Whether marks of a note are not written; a tie gives way to other marks."""
    return (wanted.before, wanted.after) != (shown.before, shown.after)


def _neighbours(notes: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    """The places of notes that follow each other on a string."""
    last: dict[int, int] = {}
    for place, note in enumerate(notes):
        if note.string in last:
            yield last[note.string], place
        last[note.string] = place


def _gap(notes: Sequence[Placed], first: int, following: int) -> int:
    """Columns between two notes."""
    return notes[following].column - notes[first].end


def _needs_blank(first: Placed, following: Placed) -> bool:
    return len(first.text) + len(following.text) > 2


def _colliding(notes: Sequence[Placed]) -> frozenset[int]:
    """The places of notes whose digits run into those of the next on their string, or over the bar line."""
    found = {a for a, b in _neighbours(notes) if _gap(notes, a, b) < 1}
    last = {note.string: place for place, note in enumerate(notes)}
    return frozenset(found | {*last.values()})
