"""The same bars in systems of four, as far as they fit: a model breaks lines where its training tunes did.

Input and output: a `Tab`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from basstab_hf.columns import BAR, is_bar_line
from basstab_hf.layout import LINE_WIDTH
from basstab_hf.tab import Column, System, Tab

_BARS = 4


def reflow(tab: Tab) -> Tab:
    """Join systems of one tuning, and break them again; an open last bar stays open."""
    systems: list[System] = []
    for tuning, group in itertools.groupby(tab.systems, key=lambda system: system.tuning):
        bars: list[list[Column]] = []
        for bar in itertools.chain.from_iterable(map(_bars, group)):
            if bars and all(map(is_bar_line, bar)):  # a system that starts with a bar line of its own
                bars[-1] += bar
            else:
                bars.append(bar)
        room = LINE_WIDTH - max(map(len, tuning.labels)) - 1
        closed = [bar if is_bar_line(bar[-1]) else [*bar, BAR * tuning.n_strings] for bar in bars[:-1]]
        systems += [System.from_columns(tuning, line) for line in _lines([*closed, *bars[-1:]], room)]
    return replace(tab, systems=tuple(systems))


def _bars(system: System) -> Iterator[list[Column]]:
    """Columns bar by bar, each with the bar lines behind it."""
    bar: list[Column] = []
    for column in system.columns:
        if bar and is_bar_line(bar[-1]) and not is_bar_line(column):
            yield bar
            bar = []
        bar.append(column)
    if bar:
        yield bar


def _lines(bars: list[list[Column]], room: int) -> Iterator[list[Column]]:
    line: list[Column] = []
    count = 0
    for bar in bars:
        if line and (count == _BARS or len(line) + len(bar) > room):
            yield line
            line, count = [], 0
        line += bar
        count += 1
    yield line
