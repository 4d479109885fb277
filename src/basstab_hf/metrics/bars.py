"""What is measured bar by bar: density, groove, likeness of bars.

Input: a `Tab`. Bars are those between bar lines, on the grid that `timing` reads.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError
from basstab_hf.tab.timing import COLUMNS_PER_BEAT, bar_widths, stroke_bars
from basstab_hf.tab.values import Tab

#: Bars after which music is expected to come back, at most: a form of sixteen bars.
MAX_LAG = 16
#: A note within its bar: column of the grid, pitch (MIDI number), whether it is dead.
Place: TypeAlias = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class GridBar:
    """A bar of `width` columns of the grid, and what is struck in it."""

    width: int
    notes: frozenset[Place]

    @property
    def onsets(self) -> frozenset[int]:
        return frozenset(column for column, _, _ in self.notes)


@dataclass(frozen=True, slots=True)
class Density:
    """Notes a beat, and the share of bars in which no note starts."""

    note_density: float
    empty_bars: float


@dataclass(frozen=True, slots=True)
class SelfSimilarity:
    """How alike bars at the best distance are, and how alike each bar and the bar most like it: 0 to 1."""

    self_similarity: float
    repeated_bars: float


def bar_starts(tab: Tab) -> list[int]:
    """The column of the grid on which each bar starts, and the column after the last bar."""
    return list(itertools.accumulate(bar_widths(tab), initial=0))


def grid_bars(tab: Tab) -> tuple[GridBar, ...]:
    """The bars of a tab."""
    return tuple(
        GridBar(
            int(bar.width), frozenset((int(stroke.column), stroke.pitch, stroke.fret is None) for stroke in bar.strokes)
        )
        for system in stroke_bars(tab)
        for bar in system
    )


def density(tab: Tab, columns_per_beat: float = COLUMNS_PER_BEAT) -> Density:
    """Notes a beat and the share of empty bars; NaN without bars.

    Raises:
        InputError: a grid that is not positive.
    """
    if not columns_per_beat > 0:
        raise InputError(f"{columns_per_beat} columns a beat: it must be above 0")
    found = [bar for system in stroke_bars(tab) for bar in system]
    if not found:
        return Density(math.nan, math.nan)
    return Density(
        note_density=sum(len(bar.strokes) for bar in found) * columns_per_beat / float(sum(bar.width for bar in found)),
        empty_bars=sum(not bar.strokes for bar in found) / len(found),
    )


def notes_in_bars(tab: Tab) -> Counter[int]:
    """How many bars have 0, 1, 2 ... notes."""
    return Counter(len(bar.notes) for bar in grid_bars(tab))


def groove_consistency(tab: Tab) -> float:
    """1 less the mean Hamming distance of onsets in neighbouring bars, as a share of their columns.

    Bars of different width are not compared. NaN where no two neighbours are of one width.
    """
    pairs = [(a, b) for a, b in itertools.pairwise(grid_bars(tab)) if a.width == b.width]
    if not pairs:
        return math.nan
    return 1 - sum(len(a.onsets ^ b.onsets) / a.width for a, b in pairs) / len(pairs)


def self_similarity(tab: Tab) -> SelfSimilarity:
    """How much of a tab comes back, by the likeness of its bars.

    Two bars are as alike as the notes that they share (same column, same pitch) are of all that either has; an empty
    bar is like none. `self_similarity` is the mean likeness of bars so many bars apart, for the distance of up to
    `MAX_LAG` bars and half the tab where it is highest; `repeated_bars` that of each bar and the one most like it.
    NaN for fewer than two bars.
    """
    bars = [bar.notes for bar in grid_bars(tab)]
    if len(bars) < 2:
        return SelfSimilarity(math.nan, math.nan)
    alike = likeness(bars)
    lags = range(1, min(MAX_LAG, len(bars) // 2) + 1)
    best = max(float(alike.diagonal(lag).mean()) for lag in lags)
    np.fill_diagonal(alike, 0)
    return SelfSimilarity(best, float(alike.max(axis=1).mean()))


def likeness(bars: Sequence[frozenset[Place]]) -> NDArray[np.float64]:
    """Jaccard similarity of every two bars: shape (bars, bars), symmetric."""
    distinct = list(dict.fromkeys(bars))
    table = np.zeros((len(distinct), len(distinct)))
    for (i, one), (j, other) in itertools.combinations_with_replacement(enumerate(distinct), 2):
        table[i, j] = table[j, i] = len(one & other) / len(one | other) if one or other else 0.0
    numbers = {bar: number for number, bar in enumerate(distinct)}
    places = [numbers[bar] for bar in bars]
    return table[np.ix_(places, places)]
