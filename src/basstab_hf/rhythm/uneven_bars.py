"""Bars that last equally long, printed unequally wide: TuxGuitar's text export, and such bars under a signature.

Input: the bars of systems. Output: a `BarTime` for each, all of one length.

TuxGuitar gives a beat of a 32nd note one column, of a 16th two, of an eighth three, of a quarter four, of a half five,
of more six, always one more than what is printed there, behind one blank column a bar.
https://github.com/helge17/tuxguitar (TuxGuitar-ascii)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

from basstab_hf.rhythm.printed_bar import Under, anchored
from basstab_hf.tab.time_map import BarTime

#: Columns of a beat -> quarter notes that it may last, the likeliest first.
_WIDTHS: dict[int, tuple[Fraction, ...]] = {
    1: (Fraction(1, 8), Fraction(1, 16)),
    2: (Fraction(1, 4), Fraction(1, 6)),
    3: (Fraction(1, 2), Fraction(1, 3), Fraction(3, 8)),
    4: (Fraction(1), Fraction(3, 4), Fraction(2, 3)),
    5: (Fraction(2), Fraction(3, 2), Fraction(4, 3)),
    6: (Fraction(4), Fraction(3)),
}
#: Readings of one bar that are tried.
_MOST_READINGS = 4096
#: Parts of a beat on which onsets are put that only their place in the bar tells, the coarsest that holds them first.
_PARTS = (2, 4, 8, 16, 24)


def by_duration(bars: Sequence[Under], length: Fraction) -> list[BarTime] | None:
    """Bars whose beats are as wide as TuxGuitar prints their durations; None unless all last so long."""
    found = [_of_durations(bar, length) for bar in bars]
    return [bar for bar in found if bar is not None] if all(found) else None


def stretched(bars: Sequence[Under], length: Fraction) -> list[BarTime]:
    """Each bar stretched to a length, its onsets on the coarsest part of a beat that keeps them apart."""
    return [_stretched(bar, length) for bar in bars]


def _of_durations(bar: Under, length: Fraction) -> BarTime | None:
    starts = [start for start, _ in bar.notes]
    if not starts:
        return BarTime(((0, Fraction(0)), (bar.width, length)), length)
    edges = [*dict.fromkeys([1, *starts]), bar.width]
    widths = [after - before for before, after in itertools.pairwise(edges)]
    choices = [_WIDTHS.get(width, ()) for width in widths]
    for reading in itertools.islice(itertools.product(*choices), _MOST_READINGS):
        if sum(reading) == length:
            begins = [Fraction(0), *itertools.accumulate(reading)]
            return BarTime(anchored(zip(edges, begins, strict=True), length, bar.width), length)
    return None


def _stretched(bar: Under, length: Fraction) -> BarTime:
    starts = [start for start, _ in bar.notes]
    lead = int(bar.opens) if 0 in starts else 1 + int(bar.opens)
    room = max(bar.width - lead - int(bar.closes), 1)
    exact = [max(start - lead, 0) * length / room for start in starts]
    for parts in _PARTS:
        beats = [Fraction(round(beat * parts), parts) for beat in exact]
        if len({*beats}) == len(beats) and all(beat < length for beat in beats):
            break
    else:
        beats = exact
    return BarTime(anchored([(lead, Fraction(0)), *zip(starts, beats, strict=True)], length, bar.width), length)
