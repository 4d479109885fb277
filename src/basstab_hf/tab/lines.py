"""Where lines of bars are broken: the one rule, for all that print tabs (`wrapping.js` follows it in the browser).

A bar keeps the bar lines behind it. Lines are filled from the left; a bar that does not fit begins a new one, and one
that is wider than a line stays whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from basstab_hf.tab.columns import BAR, is_bar_line
from basstab_hf.tab.values import Column, System, Tab

#: Characters in a line of a tab that we break.
LINE_WIDTH = 82


def line_starts(widths: Iterable[int], room: int, most: int | None = None) -> list[int]:
    """First bars of lines of up to `room` columns and `most` bars, by the widths of all bars."""
    starts, used = [0], 0
    for number, width in enumerate(widths):
        used += width
        if number > starts[-1] and (number - starts[-1] == most or used > room):
            starts.append(number)
            used = width
    return starts


def bar_ends(columns: Sequence[Column]) -> list[int]:
    """The column behind each bar and its bar lines; those in front of the first bar belong to it."""
    lines = [*map(is_bar_line, columns)]
    first = next((place for place, line in enumerate(lines) if not line), len(lines))
    return [place for place in range(first + 1, len(lines)) if lines[place - 1] and not lines[place]] + [len(lines)]


def room(labels: Iterable[str], width: int) -> int:
    """Columns that a line of `width` characters has behind its label and the bar line there."""
    return width - max(map(len, labels)) - 1


def broken(system: System, width: int, most: int | None = None) -> list[System]:
    """A system as lines of at most `width` characters and `most` bars, where bar lines allow it."""
    ends = bar_ends(system.columns)
    widths = [end - start for start, end in itertools.pairwise([0, *ends])]
    cuts = [0, *(ends[number - 1] for number in line_starts(widths, room(system.tuning.labels, width), most)[1:])]
    return [
        System(system.tuning, tuple(line[start:end] for line in system.lines))
        for start, end in itertools.pairwise([*cuts, ends[-1]])
    ]


def flowed(tab: Tab, width: int, most: int | None = None) -> Tab:
    """The same bars in other lines, whatever the systems were; those of one tuning flow into each other.

    A bar that a system left open is closed, but for the last one before another tuning or the end.
    """
    systems: list[System] = []
    for tuning, group in itertools.groupby(tab.systems, key=lambda system: system.tuning):
        columns: list[Column] = []
        for system in group:
            own = system.columns
            if columns and own and not is_bar_line(columns[-1]) and not is_bar_line(own[0]):
                columns.append(BAR * tuning.n_strings)
            columns += own
        systems += broken(System.from_columns(tuning, columns), width, most)
    return replace(tab, systems=tuple(systems))
