"""When the columns of a bar sound where print says so, because they are no even grid.

Input: what counts, note values or the like say of one bar. Output: `BarTime`, which `timing.stroke_bars` plays by.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

#: Denominators of beats that people count: of others the nearest 8th or 16th part of a beat is meant.
_COUNTED = (1, 2, 3, 4, 6, 8, 12, 16, 24)
_ODD_PARTS = (8, 16)


@dataclass(frozen=True, slots=True)
class BarTime:
    """`anchors` are (column of the bar as printed, beat) in ascending order, `length` is in beats (quarter notes).

    Columns between two anchors lie evenly between them, those before the first are as that one. `tied` are columns
    whose notes go on from before. `exact`: columns are as even as a program prints them, not as people do.
    """

    anchors: tuple[tuple[int, Fraction], ...]
    length: Fraction
    tied: frozenset[int] = frozenset()
    exact: bool = False

    def at(self, column: int) -> Fraction:
        """The beat of a printed column."""
        place = bisect_right(self.anchors, (column, self.length)) - 1
        if place < 0:
            return self.anchors[0][1] if self.anchors else Fraction(0)
        start, beat = self.anchors[place]
        if start == column or place + 1 == len(self.anchors):
            return beat
        end, next_beat = self.anchors[place + 1]
        between = beat + (next_beat - beat) * Fraction(column - start, end - start)
        return between if self.exact else _counted(between)

    def column(self, beat: Fraction) -> int:
        """The printed column nearest to a beat."""
        last = self.anchors[-1][0] if self.anchors else 1
        return min(range(last), key=lambda column: abs(self.at(column) - beat), default=0)


#: The bars of each system of a tab, None for one that lies on the grid of columns; empty: all do.
TimeMap: TypeAlias = Sequence[Sequence[BarTime | None]]


def _counted(beat: Fraction) -> Fraction:
    if beat.denominator in _COUNTED:
        return beat
    parts = _ODD_PARTS[beat.denominator > _ODD_PARTS[0]]
    return Fraction(round(beat * parts), parts)
