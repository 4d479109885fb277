"""How many columns of a tab make a beat: from counts printed beside it, from the width of its bars, from its onsets.

Input: a `Tab`, and rows of counts such as "1 + 2 + 3 + 4 +". Output: `BeatGrid`.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from basstab_hf.tab import Tab
from basstab_hf.timing import COLUMNS_PER_BEAT, StrokeBar, stroke_bars

#: Widths of a bar in columns that tell the grid, without the lead: columns in a beat, beats. Others say nothing.
_WIDTHS = {
    8: (2, 4),
    16: (4, 4),
    32: (8, 4),
    **{4 * beats: (4, beats) for beats in (3, 5, 6, 7)},
}
#: Bars whose beats may be triplets of this many columns, four beats a bar.
_IN_THIRDS = {12: 3, 24: 6}
#: Columns of a system that has no bar lines inside: as a bar it would tell a grid that is not meant.
_LINE = 32
#: Of bars of 8 columns: share of the onsets on odd ones from which on they are eighths, four beats of two.
_ODD_SHARE = 0.2
#: Share of bars that must have a width, or of printed beats that must have a distance, for it to be the usual one.
_USUAL_SHARE = 0.5
_BEAT = re.compile(r"(?<!\d)\d(?!\d)")


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Columns in a beat (a quarter note), and why: "guessed from bars of 16 columns, 4 beats"."""

    columns_per_beat: int
    reason: str


def guess_columns_per_beat(tab: Tab, counts: Iterable[str] = ()) -> BeatGrid:
    """Guess the grid of a tab: printed counts first, then bars; 4, the usual one, where neither tells.

    Bars of 12 and 24 columns are three and six beats of sixteenths, unless more notes begin on columns 3 and 9 of
    every 12 than on 2, 4, 8 and 10: then they are four beats of triplets.
    """
    return _from_counts(counts) or _from_bars(tab)


def _from_counts(counts: Iterable[str]) -> BeatGrid | None:
    """The usual distance from each printed beat to the next one: "1" to "2", "2" to "3"."""
    distances: Counter[int] = Counter()
    for row in counts:
        beats = [(int(found[0]), found.start()) for found in _BEAT.finditer(row)]
        for (beat, start), (following, end) in itertools.pairwise(beats):
            if following == beat + 1:
                distances[end - start] += 1
    if not distances:
        return None
    distance, times = distances.most_common(1)[0]
    if times < 2 or times < _USUAL_SHARE * distances.total() or distance > 48:
        return None
    return BeatGrid(distance, f"guessed from counts printed {distance} columns apart")


def _from_bars(tab: Tab) -> BeatGrid:
    systems = stroke_bars(tab)
    bars = [bar for found in systems for bar in found if bar.strokes]
    widths = Counter(bar.width for bar in bars)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    if not width:
        return _usual("there are no notes")
    if all(len(found) <= 1 for found in systems) and width >= _LINE:
        return _usual("there are no bar lines")
    if times < _USUAL_SHARE * widths.total():
        return _usual("bars are of many widths")
    # Where some bar has no lead, it counts as a column of each.
    known = next((found for found in (width, width - 1) if found in _WIDTHS), None)
    if known is None:
        return _usual(f"bars of {width} columns tell none")
    columns, beats = _of_width(known, [_onsets(bar, width - known) for bar in bars if bar.width == width])
    return BeatGrid(columns, f"guessed from bars of {known} columns, {beats} beats")


def _usual(why: str) -> BeatGrid:
    return BeatGrid(COLUMNS_PER_BEAT, f"the usual grid, for {why}")


def _of_width(width: int, bars: Sequence[set[int]]) -> tuple[int, int]:
    """Columns in a beat, and beats, of bars of a known width, given their onsets."""
    onsets = Counter(itertools.chain.from_iterable(bars))
    if width in _IN_THIRDS:
        thirds = sum(times for column, times in onsets.items() if column % 12 in (3, 9))
        halves = sum(times for column, times in onsets.items() if column % 12 in (2, 4, 8, 10))
        if thirds > halves:
            return _IN_THIRDS[width], 4
    if width == 8 and sum(times for column, times in onsets.items() if column % 2) < _ODD_SHARE * onsets.total():
        return 4, 2
    return _WIDTHS[width]


def _onsets(bar: StrokeBar, shift: int) -> set[int]:
    return {max(stroke.column - shift, 0) for stroke in bar.strokes}
