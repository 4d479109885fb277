"""Bars of played notes -> systems, in a grid that people use; `tab.timing` reads exactly these notes back.

Input: bars as `PlayedBar`s, line by line. Output: `Systems`: the lines, and where each bar begins in them.

Where frets of two digits with columns of their own would be read as other notes, they go without.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf.composer.articulation import Played, PlayedBar
from basstab_hf.composer.grids import Grid
from basstab_hf.composer.line import DEAD
from basstab_hf.errors import BasstabError
from basstab_hf.tab.columns import BAR, EMPTY
from basstab_hf.tab.marks import DOUBTFUL, frets_of, split_frets
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System

_CLOSING = {"(": ")", "<": ">"}
_DIGITS = re.compile(r"\d+")
#: `timing` takes second digits out of bars only where at least so many bars, and this share, have the usual width.
_FEWEST, _USUAL_SHARE = 4, 0.3


class NoRoomError(BasstabError):
    """A grid in which the notes of a song cannot be written: a finer one may help."""


@dataclass(frozen=True, slots=True)
class Systems:
    """Systems, and for each the column of its lines at which each of its bars' grids begins."""

    systems: tuple[System, ...]
    starts: tuple[tuple[int, ...], ...]
    grid: Grid


@dataclass(frozen=True, slots=True)
class _Bar:
    """The string lines of a bar without its blank columns, and the columns of its onsets and of second digits.

    `starts` and `ends` are the strings (from 0) on which something stands in its first and its last column.
    """

    rows: tuple[str, ...]
    onsets: tuple[int, ...]
    seconds: tuple[int, ...]
    starts: frozenset[int]
    ends: frozenset[int]


def write(tuning: Tuning, lines: Sequence[tuple[PlayedBar, ...]], grid: Grid) -> Systems:
    """Write lines of bars.

    Raises:
        NoRoomError: on this grid these notes find no room, or would be read as others.
    """
    if not grid.widened:
        return _written(tuning, lines, grid)
    try:
        return _written(tuning, lines, grid)
    except NoRoomError:
        return _written(tuning, lines, grid.plain)


def _written(tuning: Tuning, lines: Sequence[tuple[PlayedBar, ...]], grid: Grid) -> Systems:
    writer = _Writer(tuning, grid)
    found = [writer.line(line) for line in lines]
    if grid.widened:
        _check_usual(Counter(width for line in found for width in line.widths), grid)
    return Systems(tuple(line.system for line in found), tuple(line.starts for line in found), grid)


@dataclass(frozen=True, slots=True)
class _Line:
    """A system, the columns at which its bars' grids begin, and the columns between its bar lines."""

    system: System
    starts: tuple[int, ...]
    widths: tuple[int, ...]


class _Writer:
    """Writes lines on one grid; a line or bar that comes back is not written anew."""

    def __init__(self, tuning: Tuning, grid: Grid) -> None:
        self._tuning, self._grid = tuning, grid
        self._bars: dict[PlayedBar, _Bar] = {}
        self._lines: dict[tuple[PlayedBar, ...], _Line] = {}

    def line(self, line: tuple[PlayedBar, ...]) -> _Line:
        """The system of a line of bars."""
        found = self._lines.get(line)
        if found is None:
            found = self._lines[line] = self._new_line(line)
        return found

    def _new_line(self, line: tuple[PlayedBar, ...]) -> _Line:
        grid = self._grid
        parts: list[tuple[str, ...]] = []
        starts: list[int] = []
        widths: list[int] = []
        for first in range(0, len(line), grid.together):
            rows, begins = _between_bar_lines([self._bar(bar) for bar in line[first : first + grid.together]], grid)
            starts += [sum(widths) + len(widths) + begin for begin in begins]
            widths.append(len(rows[0]))
            parts.append(rows)
        system = System(self._tuning, tuple([BAR.join(row) + BAR for row in zip(*parts, strict=True)]))
        return _Line(system, tuple(starts), tuple(widths))

    def _bar(self, bar: PlayedBar) -> _Bar:
        found = self._bars.get(bar)
        if found is None:
            found = self._bars[bar] = _bar(bar, self._tuning.n_strings, self._grid)
        return found


def _check_usual(widths: Counter[int], grid: Grid) -> None:
    """Raise unless bars without second digits are clearly the usual ones."""
    base = grid.lead + grid.together * grid.body + grid.pad
    others = max((times for width, times in widths.items() if width != base), default=0)
    if others and (widths[base] <= others or widths.total() < _FEWEST or widths[base] < _USUAL_SHARE * widths.total()):
        raise NoRoomError("most bars have frets of two digits")


def _between_bar_lines(bars: Sequence[_Bar], grid: Grid) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The rows between two bar lines, and the column at which each bar begins in them."""
    begins, at = [], grid.lead
    onsets: list[int] = []
    seconds: list[int] = []
    for bar in bars:
        begins.append(at)
        onsets += [at + column for column in bar.onsets]
        seconds += [at + column for column in bar.seconds]
        at += len(bar.rows[0])
    blank, pad = EMPTY * grid.lead, EMPTY * grid.pad
    rows = tuple([blank + "".join(row) + pad for row in zip(*[bar.rows for bar in bars], strict=True)])
    if any(DOUBTFUL in row for row in rows) and any(text == DOUBTFUL for _, _, text in frets_of(rows)):
        raise NoRoomError("two notes on fret 2 would be read as one on fret 22")
    if any(after.starts & before.ends for before, after in itertools.pairwise(bars)):
        raise NoRoomError("frets of neighbouring bars would be read as one")
    if seconds and grid.widened and len(bars) < grid.together:
        raise NoRoomError("a line that is shorter than the usual one cannot be wider than it")
    if seconds and grid.widened:
        # `timing` leaves the columns of second digits out only where this moves no note off the even columns.
        before = sum((place - grid.lead) % 2 for place in onsets)
        after = sum((place - bisect_left(seconds, place) - grid.lead) % 2 for place in onsets)
        if after > before:
            raise NoRoomError("columns of second digits would be read as time")
    return rows, tuple(begins)


def _bar(bar: PlayedBar, n_strings: int, grid: Grid) -> _Bar:
    """One bar on the grid."""
    wide = sum(note.fret > 9 for note in bar) if grid.widened else 0
    width = grid.body + wide
    rows = [[EMPTY] * width for _ in range(n_strings)]
    onsets: list[int] = []
    seconds: list[int] = []
    ends: dict[int, int] = {}  # the column behind the last digit, by string
    close: set[int] = set()  # strings with digits beside digits
    columns = grid.columns
    for note in bar:
        step, string, fret, before, after, tied = note
        text = "x" if fret == DEAD else str(fret)
        column = columns[step]
        if column < 0:
            raise NoRoomError(f"no column for step {step}")
        if wide:
            column += len(seconds)
        row = rows[string - 1]
        if before or after or tied or len(text) > 1 or row[column] != EMPTY:
            _put(row, column, note, text)
        else:
            row[column] = text
        if ends.get(string) == column:
            close.add(string)
        onsets.append(column)
        ends[string] = column + len(text)
        if len(text) > 1:
            seconds.append(column + 1)
    lines = tuple(["".join(row) for row in rows])
    for string in close:
        _check_frets(lines[string - 1], [note.fret for note in bar if note.string == string and note.fret != DEAD])
    return _Bar(
        rows=lines,
        onsets=tuple(onsets),
        seconds=tuple(seconds),
        starts=frozenset(string for string, line in enumerate(lines) if line[0] != EMPTY),
        ends=frozenset(string for string, line in enumerate(lines) if line[-1] != EMPTY),
    )


def _put(row: list[str], column: int, note: Played, text: str) -> None:
    """Write a note with its marks into its row, whose cells must be free."""
    start = column - len(note.before)
    written = note.before + text + note.after + _CLOSING.get(note.before, "")
    end = start + len(written)
    if start < 0 or end > len(row) or any(cell != EMPTY for cell in row[start:end]):
        raise NoRoomError(f"no room for {written}")
    row[start:end] = written
    if note.tied:
        row[end:] = "=" * (len(row) - end)


def _check_frets(line: str, wanted: list[int]) -> None:
    """Raise unless the digits of a string line are read as the frets that are meant."""
    read = [int(fret) for run in _DIGITS.findall(line) for _, fret in split_frets(run)]
    if read != wanted:
        raise NoRoomError(f"frets {wanted} would be read as {read}")
