"""Stretches of time in a bar -> note values, tied where no single one says them, as a reader expects them.

Input: cuts of one bar in quarter notes, exact fractions. Output: `Span`s, each with one `NoteValue`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

#: Shortest note value: a 64th.
SHORTEST = 64
#: Notes of a tuplet -> in the time of how many. Others are not written.
TUPLETS = {3: 2, 5: 4, 7: 4, 9: 8}
#: Quarter notes in a dotted quarter, the beat of 6/8.
DOTTED_QUARTER = Fraction(3, 2)
_WHOLE, _EIGHTH = Fraction(4), Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class NoteValue:
    """4 is a quarter; each dot lengthens it by half of the last part; `tuplet` notes sound in the time of `normal`."""

    denominator: int
    dots: int = 0
    tuplet: int = 1

    @property
    def normal(self) -> int:
        """How many notes without a tuplet take the time of `tuplet` notes."""
        return TUPLETS.get(self.tuplet, 1)

    @property
    def length(self) -> Fraction:
        """In quarter notes."""
        return _length(self)


@lru_cache(maxsize=256)  # asked for many times a beat, of a few dozen values; fractions are slow
def _length(value: NoteValue) -> Fraction:
    dotted = 2 - Fraction(1, 2**value.dots)
    return _WHOLE / value.denominator * dotted * Fraction(value.normal, value.tuplet)


#: From the longest to the shortest, with no dot or one.
PLAIN = sorted(
    [NoteValue(2**power) for power in range(7)] + [NoteValue(2**power, 1) for power in range(6)],
    key=lambda value: -value.length,
)
_BY_LENGTH = {value.length: value for value in PLAIN}


@dataclass(frozen=True, slots=True)
class Span:
    """A note value that begins `start` quarter notes into its bar."""

    start: Fraction
    value: NoteValue

    @property
    def end(self) -> Fraction:
        return self.start + self.value.length


def is_writable(columns_per_beat: float) -> bool:
    """Whether every column of a grid begins a note value: 4, 8, 16, 3, 6, 12, 24, 5, 7 ... columns a beat."""
    whole = int(columns_per_beat)
    if whole != columns_per_beat or whole < 1:
        return False
    odd = whole // (whole & -whole)
    normal = TUPLETS.get(odd, 1 if odd == 1 else None)
    return normal is not None and whole // odd * normal * 4 <= SHORTEST


def are_writable(onsets: Iterable[Fraction]) -> bool:
    """Whether note values can begin at all of these places: those inside one beat are on one grid."""
    grids: dict[int, int] = {}
    for onset in onsets:
        beat = math.floor(onset)
        grids[beat] = math.lcm(grids.get(beat, 1), onset.denominator)
    return all(map(is_writable, grids.values()))


def spans(cuts: Iterable[Fraction], length: Fraction, *, compound: bool = False) -> list[Span]:
    """Note values that fill a bar and begin anew at every cut; `compound` bars count in dotted quarters, as 6/8 does.

    Cuts are quarter notes from the start of the bar. Inside a beat with a cut that is no power of two, all values
    belong to one tuplet. Elsewhere a value stays inside the next longer block that begins with the bar: quarter notes
    go from off-beat to off-beat, but not over the middle of a 4/4 bar.
    """
    points = sorted({Fraction(0), *cuts, length})
    tuplets = dict(_tuplet_beats(points))
    edges = sorted({*points, *tuplets, *(min(beat + 1, length) for beat in tuplets)})
    found: list[Span] = []
    for start, end in itertools.pairwise(edges):
        beat = Fraction(math.floor(start))
        if beat in tuplets:
            found += _in_tuplet(start, end, tuplets[beat])
        else:
            found += _split(start, end, compound=compound)
    return found


def _tuplet_beats(points: Iterable[Fraction]) -> Iterator[tuple[Fraction, int]]:
    """Beats (their starts) that hold points off the grid of powers of two, and their tuplet."""
    for beat, inside in itertools.groupby(points, key=math.floor):
        odd = math.lcm(*(_odd(point.denominator) for point in inside))
        if odd > 1:
            yield Fraction(beat), odd


def _odd(number: int) -> int:
    return number // (number & -number)


def _in_tuplet(start: Fraction, end: Fraction, tuplet: int) -> Iterator[Span]:
    """The longest values first: what lies inside one tuplet is short."""
    if end - start == 1:
        yield Span(start, NoteValue(4))
        return
    while start < end:
        fitting = (NoteValue(value.denominator, value.dots, tuplet) for value in PLAIN)
        value = next(value for value in fitting if value.length <= end - start)
        yield Span(start, value)
        start += value.length


def _split(start: Fraction, end: Fraction, *, compound: bool) -> Iterator[Span]:
    value = _BY_LENGTH.get(end - start)
    if value is not None and (_fits_compound if compound else _fits)(start, end, value):
        yield Span(start, value)
        return
    middle = _strongest(start, end, compound=compound)
    yield from _split(start, middle, compound=compound)
    yield from _split(middle, end, compound=compound)


def _fits(start: Fraction, end: Fraction, value: NoteValue) -> bool:
    base = _WHOLE / value.denominator
    return start % (base / 2) == 0 and _inside(start, end, base * 2)


def _fits_compound(start: Fraction, end: Fraction, value: NoteValue) -> bool:
    if end - start >= DOTTED_QUARTER:
        return start % DOTTED_QUARTER == 0 and (end - start) % DOTTED_QUARTER == 0
    return _inside(start, end, DOTTED_QUARTER) and (start % _EIGHTH == 0 or _fits(start, end, value))


def _inside(start: Fraction, end: Fraction, block: Fraction) -> bool:
    return end <= (start // block + 1) * block


def _strongest(start: Fraction, end: Fraction, *, compound: bool) -> Fraction:
    """The place inside a stretch where a reader expects a split."""
    unit = DOTTED_QUARTER * 2 if compound else _WHOLE
    while True:
        place = (start // unit + 1) * unit
        if place < end:
            return place
        unit = _EIGHTH if unit == DOTTED_QUARTER else unit / 2
