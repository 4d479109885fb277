"""The times of bars as rows of note values, counts and triplet marks by their systems tell them.

Input: recognised systems and the bars in them. Output: `PrintedTimes`, or None where nothing is printed.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from basstab_hf.recognise.annotations import RhythmRow
from basstab_hf.recognise.recognition import RecognisedSystem
from basstab_hf.rhythm.count_row import read_counts, read_exactly
from basstab_hf.rhythm.printed_bar import Under, anchored, by_bar
from basstab_hf.rhythm.value_row import ValueRow, read_values, tuplets
from basstab_hf.tab.time_map import BarTime
from basstab_hf.tab.timing import StrokeBar

#: Of the bars with values, the least share that must last as long as most of them, or a whole number of beats.
_ALIKE, _WHOLE = 0.4, 0.8
#: The same where all values are one letter, which may mark something else, and the longest bar of these.
_ALIKE_OF_ONE, _LONGEST = 0.6, 8
#: Least share of letters that stand over notes; the rest are rests. A row of E alone may be chords.
_OVER_NOTES, _OVER_NOTES_E = 0.35, 0.8
#: Letters that slap rows are made of, too.
_SLAPS = frozenset("STst")
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class PrintedTimes:
    """A time for each bar of each system that has one printed, what tells it, and how sure that is."""

    times: tuple[tuple[BarTime | None, ...], ...]
    source: str
    confidence: float


def by_values(
    systems: Sequence[RecognisedSystem], bars: Sequence[Sequence[Under]], length: Fraction | None
) -> PrintedTimes | None:
    """What note values tell; `length` is that of a bar as the page states it."""
    rows = [_both(*pair) for pair in zip(*_sides(systems, bars, _read_values), strict=True)]
    found = [row for row in rows if row is not None]
    lasting = Counter(time.length for row in found for time in row.times if time is not None and time.length)
    if not lasting:
        return None
    ((usual, times),) = lasting.most_common(1)
    if length is not None and length in lasting:
        usual, times = length, lasting[length]
    share = times / lasting.total()
    whole = sum(n for bar, n in lasting.items() if bar.denominator == 1) / lasting.total()
    over = sum(row.over_notes for row in found) / len(found)
    letters = frozenset().union(*(row.letters for row in found))
    least = _OVER_NOTES_E if letters == {"E"} else _OVER_NOTES
    if share == whole == 1 and len(letters) > 1 and all(row.is_complete for row in found):
        least = 0.0  # bars that all come out even, no note without its value: what stands over none is a rest
    if length is not None and length not in lasting and usual < length:
        return None  # only some of the notes have a value
    if usual < 1 or (usual * 2).denominator > 1 or (share < _ALIKE and whole < _WHOLE) or over < least:
        return None
    if len({letter.lower() for letter in letters}) == 1 and (share < _ALIKE_OF_ONE or usual > _LONGEST):
        return None
    if letters <= _SLAPS and (usual.denominator > 1 or usual < 2):
        return None
    filled = tuple((None,) * len(under) if row is None else row.times for row, under in zip(rows, bars, strict=True))
    return PrintedTimes(filled, "printed note values", round(0.6 + 0.38 * max(share, whole), 2))


def _read_values(rows: Sequence[RhythmRow], bars: Sequence[Under]) -> ValueRow | None:
    for row in rows:
        found = read_values(row, [other for other in rows if other is not row], bars)
        if found is not None:
            return found
    return None


def by_counts(
    systems: Sequence[RecognisedSystem], bars: Sequence[Sequence[Under]], unit: Callable[[int], Fraction | None]
) -> PrintedTimes | None:
    """What counts tell; `unit` gives the beats of a count where bars count up to a number, as the page states them."""

    def read(rows: Sequence[RhythmRow], under: Sequence[Under]) -> list[BarTime | None] | None:
        return next((found for row in rows if (found := read_counts(row, under, unit)) is not None), None)

    first, second = _sides(systems, bars, read)
    rows = [
        other if row is None and _has_its_own_rows(systems, place) else row
        for place, (row, other) in enumerate(zip(first, second, strict=True))
    ]
    if not any(row is not None for row in rows):
        return None
    filled = tuple((None,) * len(under) if row is None else tuple(row) for row, under in zip(rows, bars, strict=True))
    return PrintedTimes(filled, "printed counts", 0.97)


def _has_its_own_rows(systems: Sequence[RecognisedSystem], place: int) -> bool:
    """Whether no row by a system stands by the systems before and behind it, too."""
    beside = [_row_lines(system) for system in systems[max(place - 1, 0) : place + 2]]
    return all(a.isdisjoint(b) for a, b in itertools.pairwise(beside))


def _row_lines(system: RecognisedSystem) -> set[int]:
    """The text lines of the rows by a system."""
    first, last = system.first_line, system.line_numbers[-1]
    return {(first if row.distance < 0 else last) + row.distance for row in system.annotations.rows}


def by_exact_counts(
    systems: Sequence[RecognisedSystem], bars: Sequence[Sequence[Under]], unit: Fraction
) -> PrintedTimes | None:
    """The bars that are counted beside a stated grid, which holds for the others."""
    filled = []
    for found, under in zip(systems, bars, strict=True):
        rows = (read_exactly(row, under, unit) for row in found.annotations.rows if row.distance < 0)
        filled.append(tuple(next((row for row in rows if row is not None), (None,) * len(under))))
    return PrintedTimes(tuple(filled), "counts over the bars off the grid", 1.0) if any(map(any, filled)) else None


def _sides(
    systems: Sequence[RecognisedSystem],
    bars: Sequence[Sequence[Under]],
    read: Callable[[Sequence[RhythmRow], Sequence[Under]], _Read | None],
) -> tuple[list[_Read | None], list[_Read | None]]:
    """What the rows above systems tell, and those below them, first the side that tells of more systems."""
    above, below = (
        [
            read([row for row in found.annotations.rows if (row.distance < 0) == is_above], under)
            if found.annotations.rows
            else None
            for found, under in zip(systems, bars, strict=True)
        ]
        for is_above in (True, False)
    )
    telling = [sum(row is not None for row in side) for side in (above, below)]
    return (above, below) if telling[0] >= telling[1] else (below, above)


def _both(first: ValueRow | None, second: ValueRow | None) -> ValueRow | None:
    """Two voices, one above the system and one below it, where both fill the bar; else the first."""
    if first is None or second is None:
        return first
    times = [_merged(a, b) for a, b in zip(first.times, second.times, strict=True)]
    return ValueRow(tuple(times), first.letters, first.over_notes, first.is_complete)


def _merged(a: BarTime | None, b: BarTime | None) -> BarTime | None:
    if a is None or b is None or a.length != b.length or not a.anchors:
        return a
    places = [*a.anchors[:-1], *(place for place in b.anchors[:-1] if place[0] not in dict(a.anchors))]
    return BarTime(anchored(places, a.length, a.anchors[-1][0]), a.length, a.tied | b.tied)


def by_tuplets(
    systems: Sequence[RecognisedSystem],
    bars: Sequence[Sequence[Under]],
    plain: Sequence[Sequence[StrokeBar]],
    columns_per_beat: int,
) -> PrintedTimes | None:
    """Bars on the grid of columns but for notes under marks of triplets, which fill half a beat, one beat or two."""
    times: list[tuple[BarTime | None, ...]] = []
    for found, under, on_grid in zip(systems, bars, plain, strict=True):
        marks = [mark for row in found.annotations.rows if row.distance < 0 for mark in tuplets(row)]
        placed = by_bar(((first, f"{last} {notes}") for first, last, notes in sorted(marks)), under)
        times.append(
            tuple(
                _with_tuplets(
                    [mark.text for mark in of_bar], [mark.column for mark in of_bar], bar, grid, columns_per_beat
                )
                if of_bar
                else None
                for of_bar, bar, grid in zip(placed, under, on_grid, strict=True)
            )
        )
    return PrintedTimes(tuple(times), "triplet marks", 0.8) if any(map(any, times)) else None


def _with_tuplets(
    texts: Sequence[str], columns: Sequence[int], bar: Under, on_grid: StrokeBar, columns_per_beat: int
) -> BarTime | None:
    beats = {stroke.printed - bar.first: Fraction(stroke.column) / columns_per_beat for stroke in on_grid.strokes}
    changed = dict(beats)
    for text, first in zip(texts, columns, strict=True):
        last, notes = (int(word) for word in text.split())
        inside = [start for start in sorted(beats) if first - 1 <= start <= last - bar.first + 1]
        if len(inside) != notes:
            continue
        room = Fraction(inside[-1] - inside[0], columns_per_beat) * Fraction(notes, notes - 1)
        span = min((Fraction(1, 2), Fraction(1), Fraction(2)), key=lambda length: abs(length - room))
        begin = Fraction(round(beats[inside[0]] * 2), 2)
        for number, start in enumerate(inside):
            changed[start] = begin + span * number / notes
    if changed == beats:
        return None
    length = Fraction(on_grid.width) / columns_per_beat
    return BarTime(anchored(changed.items(), length, bar.width), length)
