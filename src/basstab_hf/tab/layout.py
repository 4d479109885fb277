"""Bars of placed notes -> systems, as bassists write them; `timing.timed_notes` reads exactly these notes back.

Input: `Bar`s of `Placed` notes on a grid. Output: `Layout`: systems, and what could be written in each bar.

Every bar has one blank column and then one column a step of the grid, as 73 % of the bars of one real tab site do
(17 columns in 4/4). A long note is followed by blank columns.
"""

from __future__ import annotations

import itertools
from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from basstab_hf.errors import TabError
from basstab_hf.tab import columns
from basstab_hf.tab.lines import LINE_WIDTH, flowed, line_starts, room
from basstab_hf.tab.marks import AIMING, CLOSING, DEAD, ONSETS, SLIDES, TECHNIQUES, TIE, frets_of
from basstab_hf.tab.time_map import BarTime, TimeMap
from basstab_hf.tab.timing import bar_widths, slide_over_a_blank
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Column, System, Tab

#: Bars in a system: the most of these that keep its lines within 82 characters; 70 % of real lines have 70 to 79.
BARS_A_SYSTEM = (8, 4, 2, 1)


class NoRoomError(TabError):
    """Notes that this grid has no room for, or that would be read as others: a finer grid may help.

    `misread` are the bars, from 0, that beside the others would be read as of another width.
    """

    def __init__(self, told: str, misread: Collection[int] = ()) -> None:
        super().__init__(told)
        self.misread = misread


@dataclass(frozen=True, slots=True)
class Placed:
    """A note at a column of its bar's grid (from 0) on a string (1 = highest-pitched).

    `fret` is None for a dead note; `before` and `after` are one mark each of `marks.BEFORE` and `marks.AFTER`, or none;
    `tied` asks for tie marks up to the bar line.
    """

    column: int
    string: int
    fret: int | None
    before: str = ""
    after: str = ""
    tied: bool = False

    @property
    def text(self) -> str:
        return DEAD if self.fret is None else str(self.fret)

    @property
    def end(self) -> int:
        """The column behind the last digit."""
        return self.column + len(self.text)

    @property
    def techniques(self) -> tuple[str, ...]:
        """The names of its marks, as `timing.timed_notes` reads them."""
        marks = [*self.before, *self.after, *(DEAD if self.fret is None else "")]
        return tuple(dict.fromkeys(TECHNIQUES[mark] for mark in marks))


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts over a bar off the grid, (column, what is printed), and the time that they tell of its printed columns."""

    counts: tuple[tuple[int, str], ...]
    time: BarTime


@dataclass(frozen=True, slots=True)
class Bar:
    """`width` columns, at least one, and the notes on them: columns of the grid, or as uneven as the counts say."""

    width: int
    notes: tuple[Placed, ...] = ()
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The columns of one bar, a blank one first and no bar line, and the notes as they stand in them."""

    columns: tuple[Column, ...]
    bar: Bar


@dataclass(frozen=True, slots=True)
class Layout:
    """Systems, the number of the bar that each begins with, and all bars as written."""

    systems: tuple[System, ...]
    starts: tuple[int, ...]
    bars: tuple[Bar, ...]

    @property
    def times(self) -> TimeMap:
        """The times of the bars off the grid; empty where there are none."""
        if not any(bar.counted for bar in self.bars):
            return ()
        spans = itertools.pairwise([*self.starts, len(self.bars)])
        return tuple(
            tuple(bar.counted.time if bar.counted else None for bar in self.bars[start:end]) for start, end in spans
        )

    def place(self, bar: int, column: int) -> tuple[int, int]:
        """Where a column of a bar's grid is printed: number of the system, and column of its lines."""
        system = bisect(self.starts, bar) - 1
        return system, sum(_printed_width(other) for other in self.bars[self.starts[system] : bar]) + 1 + column


def lay_out(tuning: Tuning, bars: Sequence[Bar], breaks: Collection[int] = ()) -> Layout:
    """Write bars into systems; a system begins at every bar whose number is in `breaks`.

    Raises:
        NoRoomError: a bar cannot be written, or `timing` would read another width: where the usual bar is odd in
            columns, the blank as time; where a bar is wider than it, the second digits of frets as none.
    """
    written = [write(bar, tuning.n_strings) for bar in bars]
    bar_line = columns.BAR * tuning.n_strings
    starts = tuple(_starts(tuning, bars, breaks))
    systems = tuple(
        System.from_columns(tuning, [column for bar in written[start:end] for column in (*bar.columns, bar_line)])
        for start, end in itertools.pairwise([*starts, len(bars)])
    )
    widths = zip(bars, bar_widths(Tab(systems)), strict=True)
    misread = {number: read for number, (bar, read) in enumerate(widths) if not bar.counted and bar.width != read}
    for number, width in misread.items():
        told = f"bar {number + 1} of {bars[number].width} columns would be read as of {width}: a finer grid may help"
        raise NoRoomError(told, misread)
    return Layout(systems, starts, tuple(found.bar for found in written))


def in_even_lines(tab: Tab, kept: int = 0) -> Tab:
    """The same bars, from system number `kept` on as many a system as bassists write of bars so wide."""
    new = Tab(tab.systems[kept:])
    widths = Counter(len(bar) for bar in new.bars)
    if not widths:
        return tab
    columns = room(new.tuning.labels, LINE_WIDTH)
    usual = widths.most_common(1)[0][0] + 1
    most = next(n for n in BARS_A_SYSTEM if n * usual <= columns or n == 1)
    return replace(tab, systems=(*tab.systems[:kept], *flowed(new, LINE_WIDTH, most).systems))


def write(bar: Bar, n_strings: int) -> Written:
    """Write one bar; marks that have no room are left out, first what stands after a note, then what stands before it.

    The blank column stays blank: a mark before the first column of the grid has no room.

    Raises:
        NoRoomError: frets collide, cross the bar line, or would be read as others together with their neighbours.
    """
    rows = [[columns.EMPTY] * (bar.width + 1) for _ in range(n_strings)]
    notes = sorted(bar.notes, key=lambda note: (note.column, note.string))
    for note in notes:
        _fill(rows[note.string - 1], note.column, note.text)
    _check_frets(["".join(row) for row in rows], notes)
    shown = tuple([_mark(rows[note.string - 1], note) for note in notes])
    return Written(tuple("".join(column) for column in zip(*rows, strict=True)), replace(bar, notes=shown))


def _fill(row: list[str], column: int, text: str) -> None:
    cells = slice(column + 1, column + 1 + len(text))
    if column < 0 or row[cells] != [columns.EMPTY] * len(text):
        raise NoRoomError(f"no room for {text} at column {column} of a bar of {len(row) - 1}")
    row[cells] = text


def _check_frets(rows: Sequence[str], notes: Sequence[Placed]) -> None:
    """Raise NoRoomError unless the digits of a bar are read as the frets that are meant."""
    wanted = [(note.column + 1, note.string, note.text) for note in notes]
    read = frets_of(rows)
    if read != wanted:
        told = [" ".join(text for _, _, text in frets) for frets in (wanted, read)]
        raise NoRoomError(f"frets {told[0]} would be read as {told[1]}")


def _mark(row: list[str], note: Placed) -> Placed:
    """Write the marks of a note that have room; the note with these alone."""
    for before, after in ((note.before, note.after), (note.before, ""), ("", note.after)):
        behind = after + CLOSING.get(before, "")
        if (before or after) and _is_free(row, note, before, behind):
            row[note.column + 1 - len(before) : note.column + 1] = before
            row[note.end + 1 : note.end + 1 + len(behind)] = behind
            return replace(note, before=before, after=after, tied=False)
    tied = note.tied and note.end + 1 < len(row) and set(row[note.end + 1 :]) == {columns.EMPTY}
    if tied:
        row[note.end + 1 :] = TIE * (len(row) - note.end - 1)
    return replace(note, before="", after="", tied=tied)


def _is_free(row: Sequence[str], note: Placed, before: str, behind: str) -> bool:
    """Whether the marks of a note find blanks, and what follows them is not taken for their goal."""
    if note.column + 1 < len(before) or note.end + len(behind) >= len(row):
        return False
    cells = [*row[note.column + 1 - len(before) : note.column + 1], *row[note.end + 1 : note.end + 1 + len(behind)]]
    following = "".join(row[note.end + 1 + len(behind) : note.end + 2 + len(behind)])
    if any(cell != columns.EMPTY for cell in cells) or (behind[-1:] in AIMING and following in ONSETS):
        return False
    goal = note.end + 2 + len(behind)
    over_a_blank = behind[-1:] in SLIDES and following == columns.EMPTY and "".join(row[goal : goal + 1]) in ONSETS
    return not (over_a_blank and slide_over_a_blank(_with_behind(row, note, behind), goal))


def _with_behind(row: Sequence[str], note: Placed, behind: str) -> str:
    return "".join([*row[: note.end + 1], behind, *row[note.end + 1 + len(behind) :]])


def _starts(tuning: Tuning, bars: Sequence[Bar], breaks: Collection[int]) -> Iterator[int]:
    """The first bars of the systems."""
    cuts = sorted({0, *breaks} & {*range(len(bars))})
    for start, end in itertools.pairwise([*cuts, len(bars)]):
        yield from _starts_between(bars, start, end, room(tuning.labels, LINE_WIDTH))


def _starts_between(bars: Sequence[Bar], start: int, end: int, columns: int) -> list[int]:
    """As many bars a system as the usual one lets in, fewer where they are wide, and no single bar at the end."""
    usual = _usual_width(bars[start:end])
    most = next(n for n in BARS_A_SYSTEM if n * (usual + 2) <= columns or n == 1)
    starts = [start + number for number in line_starts(map(_printed_width, bars[start:end]), columns, most)]
    pair = sum(map(_printed_width, bars[end - 2 : end]))
    if starts[-1] == end - 1 > start and most > 2 and pair <= columns:
        starts[-1] -= 1
    return starts


def _usual_width(bars: Sequence[Bar]) -> int:
    return Counter(bar.width for bar in bars).most_common(1)[0][0]


def _printed_width(bar: Bar) -> int:
    """A bar with its blank column and its bar line."""
    return bar.width + 2
