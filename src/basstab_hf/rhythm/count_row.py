"""Rows of counts over or under a system: `1 & 2 & 3 & 4 &`, `1 e + a 2 e + a`, `1 . . . 2 . . .`, `1 2 3 4 5 6`.

Input: a row and the bars under it. Output: a `BarTime` for each bar that is counted; None where the row is no counts.
Beats count up through a bar, also where it holds several `1 2 3 4`; it ends a step behind the last one printed.
`printed_counts` writes rows that `read_exactly` takes at their word.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.recognise.annotations import RhythmRow
from basstab_hf.rhythm.printed_bar import Mark, Under, anchored, by_bar
from basstab_hf.tab.time_map import BarTime

_ROW = re.compile(r"(?:\s*[A-Za-z ]{1,9}:)?[\s|\d&+eEaAnduhtylri.,()-]+")
_NAME = re.compile(r"\s*[A-Za-z ]{1,9}:")
_MARK = re.compile(r"\d+|&|\+|[A-Za-z]+")
_HALVES = frozenset(("&", "+", "and", "an", "n", "u", "y"))
#: Highest count: 12/8.
_HIGHEST = 12
#: Share of the numbers that must be one more than the one before, or 1.
_IN_ORDER = 0.9
#: A bar that counts up to so many without halves between counts eighths: 6/8, 7/8, 9/8, 12/8, and 4/4 up to 8.
_EIGHTHS_FROM = 6
#: How much of a step may be missing before the bar line ends it: a bar of 15 columns holds four steps of 4.
_ROUNDED_UP = 0.6
#: An "&" stands between these shares of the way from a beat to the next; elsewhere it is part of "1 & a".
_MIDDLE = (0.36, 0.64)
_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
#: How a count is printed by how many of its parts are.
_PARTS = {1: ("",), 2: ("", "&"), 4: ("", "e", "&", "a")}
_EXACT_ROW = re.compile(r"[\s\d&ea]+")


@dataclass(frozen=True, slots=True)
class _Step:
    """A count or a half between two: its column in its bar, and steps from the first of the bar."""

    column: int
    beat: Fraction


def read_counts(
    row: RhythmRow, bars: Sequence[Under], stated: Callable[[int], Fraction | None]
) -> list[BarTime | None] | None:
    """The times of bars; `stated` gives the quarter notes of a count by the highest one, where that is known."""
    if not _ROW.fullmatch(row.text) or not bars:
        return None
    start = _NAME.match(row.text)
    found = [(match.start() - row.column, match[0]) for match in _MARK.finditer(row.text, start.end() if start else 0)]
    marks = by_bar(_shifted(found, bars), bars)
    if not _are_counts(marks):
        return None
    unit = _unit(marks, stated)
    steps = [_steps(of_bar, bar) for of_bar, bar in zip(marks, bars, strict=True)]
    usual = _step_width(steps)
    return [_time(of_bar, bar, unit, usual) if of_bar else None for of_bar, bar in zip(steps, bars, strict=True)]


def count_parts(length: Fraction, unit: Fraction) -> int | None:
    """Into how many parts the counts of a bar are cut, so that it ends with one and none is longer than a quarter note.

    None: no row says its length.
    """
    found = {parts: length / unit * parts for parts in _PARTS if unit <= parts}
    return next((parts for parts, steps in found.items() if steps.denominator == 1 and steps > (parts > 1)), None)


def count_names(length: Fraction, unit: Fraction, parts: int) -> list[str]:
    """What is printed over each part of a bar's counts: `1 & 2 &`."""
    names = _PARTS[parts]
    return [names[step % parts] or str(step // parts + 1) for step in range(int(length / unit * parts))]


def read_exactly(row: RhythmRow, bars: Sequence[Under], unit: Fraction) -> list[BarTime | None] | None:
    """The times of the bars that a row counts as `count_names` does, in counts of `unit` quarter notes.

    A bar whose counts are others has none, and a row with such bars alone is no counts.
    """
    if not _EXACT_ROW.fullmatch(row.text):
        return None
    found = [(match.start() - row.column, match[0]) for match in _MARK.finditer(row.text)]
    times = [_exact_time(marks, bar, unit) for marks, bar in zip(by_bar(found, bars), bars, strict=True)]
    return times if any(times) else None


def _exact_time(marks: Sequence[Mark], bar: Under, unit: Fraction) -> BarTime | None:
    names = [mark.text for mark in marks]
    for parts in _PARTS:
        length = Fraction(len(names), parts) * unit
        if names and names == count_names(length, unit, parts):
            places = [(mark.column, step * unit / parts) for step, mark in enumerate(marks)]
            return BarTime(anchored(places, length, bar.width - int(bar.closes)), length, exact=True)
    return None


def _shifted(marks: Sequence[tuple[int, str]], bars: Sequence[Under]) -> list[tuple[int, str]]:
    """Marks moved by a column where that puts nearly all notes under one, and few are so as printed."""
    notes = {bar.first + start + digit for bar in bars for start, width in bar.notes for digit in range(width)}
    n_notes = sum(len(bar.notes) for bar in bars)

    def hits(by: int) -> int:
        columns = {column + by for column, _ in marks}
        return sum(
            any(bar.first + start + digit in columns for digit in range(width))
            for bar in bars
            for start, width in bar.notes
        )

    if not notes or 2 * hits(0) >= n_notes:
        return list(marks)
    best = max((1, -1), key=hits)
    return [(column + best, text) for column, text in marks] if 5 * hits(best) >= 4 * n_notes else list(marks)


def _are_counts(marks: Sequence[Sequence[Mark]]) -> bool:
    """Whether the numbers of a row count: they go up by one or begin anew, and are not the numbers of bars."""
    numbers = [int(mark.text) for of_bar in marks for mark in of_bar if mark.text.isdigit()]
    if len(numbers) < 2 or not all(1 <= number <= _HIGHEST for number in numbers):
        return False
    pairs = [*itertools.pairwise(numbers)]
    up = sum(after == before + 1 for before, after in pairs)
    anew = sum(after == 1 < before for before, after in pairs)
    halves = any(mark.text.lower() in _HALVES for of_bar in marks for mark in of_bar)
    most = max(sum(mark.text.isdigit() for mark in of_bar) for of_bar in marks)
    return up >= max(1, anew) and up + anew >= _IN_ORDER * len(pairs) and (most > 1 or halves)


def _unit(marks: Sequence[Sequence[Mark]], stated: Callable[[int], Fraction | None]) -> Fraction:
    """The beats of a count."""
    highest = max(int(mark.text) for of_bar in marks for mark in of_bar if mark.text.isdigit())
    halves = any(_is_half(mark) for of_bar in marks for mark in of_bar)
    return stated(highest) or (_HALF if highest >= _EIGHTHS_FROM and not halves else Fraction(1))


def _steps(marks: Sequence[Mark], bar: Under) -> list[_Step]:
    """The counts of a bar and the halves between them, the first at 0 unless it is far from the start of the bar."""
    beats: list[tuple[int, int, Fraction]] = []  # place among the marks, column, count
    for place, mark in enumerate(marks):
        if mark.text.isdigit():
            number = int(mark.text)
            before = beats[-1] if beats else None
            ahead = number - int(marks[before[0]].text) if before else 0
            beats.append((place, mark.column, before[2] + max(ahead, 1) if before else Fraction(number)))
    if not beats:
        return []
    found = [_Step(column, count) for _, column, count in beats]
    for (place, column, count), (following, end, _) in itertools.pairwise(beats):
        found += _between(marks[place + 1 : following], column, end, count)
    last_place, column, last_count = beats[-1]
    found += _between(marks[last_place + 1 :], column, None, last_count)
    first_place, _, first_count = beats[0]
    found += [_Step(mark.column, first_count - _HALF) for mark in marks[:first_place] if _is_half(mark)][-1:]
    found.sort(key=lambda step: step.column)
    return _from_zero(found, bar)


def _between(marks: Sequence[Mark], column: int, end: int | None, count: Fraction) -> list[_Step]:
    """The half and the quarters of a beat between it and the next one at `end`, if there is one."""
    halves = [mark for mark in marks if _is_half(mark)]
    if len(halves) != 1:
        return []
    half = halves[0]
    found = [_Step(half.column, count + _HALF)]
    if len(marks) == 3 and marks[1] is half and marks[0].text.lower() == "e":
        return [_Step(marks[0].column, count + _QUARTER), *found, _Step(marks[2].column, count + 3 * _QUARTER)]
    share = (half.column - column) / (end - column) if end is not None else 0.5
    return found if len(marks) == 1 or _MIDDLE[0] < share < _MIDDLE[1] else []


def _is_half(mark: Mark) -> bool:
    return mark.text.lower() in _HALVES


def _from_zero(steps: list[_Step], bar: Under) -> list[_Step]:
    """Steps from the start of the bar: a bar that begins with a later count is short, unless there is room before."""
    first, begin = steps[0], steps[0].beat
    if begin > 1 and len(steps) > 1:
        width = (steps[-1].column - first.column) / (steps[-1].beat - first.beat)
        if first.column >= 0.7 * width * (begin - 1) and any(start < first.column for start, _ in bar.notes):
            begin = Fraction(1)
    return [_Step(step.column, step.beat - begin) for step in steps]


def _step_width(steps: Sequence[Sequence[_Step]]) -> Fraction | None:
    """The usual columns of a count."""
    widths = Counter(
        Fraction(after.column - before.column) / (after.beat - before.beat)
        for of_bar in steps
        for before, after in itertools.pairwise(of_bar)
        if after.beat > before.beat
    )
    return widths.most_common(1)[0][0] if widths else None


def _time(steps: Sequence[_Step], bar: Under, unit: Fraction, usual: Fraction | None) -> BarTime | None:
    """A bar that ends so many whole steps behind its last one as fit in front of the bar line."""
    last = steps[-1]
    step = min((after.beat - before.beat for before, after in itertools.pairwise(steps)), default=Fraction(1))
    own = [
        Fraction(after.column - before.column) / (after.beat - before.beat)
        for before, after in itertools.pairwise(steps)
        if after.beat > before.beat and after.column > before.column
    ]
    width = sorted(own)[len(own) // 2] if own else usual
    if width is None or width <= 0:
        return None
    rest = (bar.width - int(bar.closes) - last.column) / width
    length = last.beat + step * max(1, math.floor(rest / step + 1 - _ROUNDED_UP))
    places = [(step.column, step.beat * unit) for step in steps]
    at_notes = [(_under(column, bar), beat) for column, beat in places]
    end = last.column + math.ceil(width * (length - last.beat))
    latest = bar.notes[-1][0] + 1 if bar.notes else 0
    return BarTime(anchored(at_notes, length * unit, max(end, latest)), length * unit)


def _under(column: int, bar: Under) -> int:
    """The first digit of the fret whose second one stands under a count."""
    return next((start for start, width in bar.notes if start < column < start + width), column)
