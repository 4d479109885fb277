"""Rhythm under the strings: stems, beams, flags, dots and tuplets, and rests on the strings.

Input: `PlacedBar`. Output: shapes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from basstab_hf.formats.note_values import DOTTED_QUARTER
from basstab_hf.formats.shapes import Circle, Curve, Line, Polygon, Shape, Text
from basstab_hf.formats.sheet import PlacedBar, PlacedBeat

_FROM, _HALF, _TO = 7.0, 17.0, 29.0  # stems, below the bottom string line
_BEAM, _BEAMS_APART, _STUB = 3.4, 5.4, 7.0
_SMALL = 10.0


def draw_rhythm(bar: PlacedBar, top: float, bottom: float) -> Iterator[Shape]:
    """Everything that tells the rhythm of a bar whose strings lie between `top` and `bottom`."""
    for placed in bar.beats:
        if placed.beat.notes:
            yield from _stem(placed, bottom)
        else:
            yield from _rest(placed, (top + bottom) / 2)
    for group in beam_groups(bar):
        yield from _beams(group, bottom) if len(group) > 1 else _flags(group[0], bottom)
    yield from _tuplets(bar, bottom)


def levels(placed: PlacedBeat) -> int:
    """Beams of a note: one for eighths, two for sixteenths; rests have none."""
    return max(0, int(math.log2(placed.beat.value.denominator)) - 2) if placed.beat.notes else 0


def beam_groups(bar: PlacedBar) -> list[list[PlacedBeat]]:
    """Notes with beams, those of one beat together: a quarter note, a dotted one in bars such as 6/8."""
    compound = bar.bar.denominator >= 8 and bar.bar.numerator % 3 == 0
    unit = DOTTED_QUARTER if compound else Fraction(1)
    groups: list[list[PlacedBeat]] = []
    for _, inside in itertools.groupby(bar.beats, key=lambda placed: (placed.start - bar.start) // unit):
        for beamed, run in itertools.groupby(inside, key=lambda placed: levels(placed) > 0):
            if beamed:
                groups.append(list(run))
    return groups


def _stem(placed: PlacedBeat, bottom: float) -> Iterator[Shape]:
    value = placed.beat.value
    if value.denominator > 1:
        start = bottom + (_HALF if value.denominator == 2 else _FROM)
        yield Line((placed.x, start), (placed.x, bottom + _TO), 1.2)
    for dot in range(value.dots):
        yield Circle((placed.x + 4.5 + 4 * dot, bottom + _TO - (9 if levels(placed) > 1 else 2.5)), 1.4)


def _beams(group: Sequence[PlacedBeat], bottom: float) -> Iterator[Shape]:
    """The first beam through; of the others, stubs where a neighbour has none."""
    for level in range(1, max(map(levels, group)) + 1):
        y = bottom + _TO - (level - 1) * _BEAMS_APART
        for place, placed in enumerate(group):
            if levels(placed) < level:
                continue
            after = group[place + 1] if place + 1 < len(group) else None
            before = group[place - 1] if place else None
            if after is not None and levels(after) >= level:
                yield _bar(placed.x, after.x, y)
            elif before is None or levels(before) < level:
                yield _bar(placed.x, placed.x + (-_STUB if before is not None else _STUB), y)


def _bar(start: float, end: float, y: float) -> Polygon:
    left, right = min(start, end) - 0.6, max(start, end) + 0.6
    return Polygon(((left, y - _BEAM), (right, y - _BEAM), (right, y), (left, y)))


def _flags(placed: PlacedBeat, bottom: float) -> Iterator[Shape]:
    for level in range(levels(placed)):
        y = bottom + _TO - level * _BEAMS_APART
        yield Curve((placed.x, y), (placed.x + 1, y - 5), (placed.x + 8, y - 5), (placed.x + 6, y - 13), 1.6)


def _tuplets(bar: PlacedBar, bottom: float) -> Iterator[Shape]:
    """A number under each tuplet, which fills a beat; a bracket where no beam holds it together."""
    for _, inside in itertools.groupby(bar.beats, key=lambda placed: (placed.start - bar.start) // 1):
        group = [placed for placed in inside if placed.beat.value.tuplet > 1]
        if not group:
            continue
        left, right, y = group[0].x, group[-1].x, bottom + _TO + 11
        yield Text(((left + right) / 2, y + 1), str(group[0].beat.value.tuplet), _SMALL, italic=True)
        if not all(map(levels, group)) and len(group) > 1:
            for edge, inner in ((left - 3, (left + right) / 2 - 6), (right + 3, (left + right) / 2 + 6)):
                yield Line((edge, y - 3), (inner, y - 3), 1.0)
                yield Line((edge, y - 3), (edge, y - 7), 1.0)


def _rest(placed: PlacedBeat, middle: float) -> Iterator[Shape]:
    x, value = placed.x, placed.beat.value
    if value.denominator <= 2:
        y = middle - (0 if value.denominator == 2 else -5)
        yield Polygon(((x - 5, y - 5), (x + 5, y - 5), (x + 5, y), (x - 5, y)))
        yield Line((x - 7, y - (0 if value.denominator == 2 else 5)), (x + 7, y - (0 if value.denominator == 2 else 5)))
    elif value.denominator == 4:
        yield from _quarter_rest(x, middle)
    else:
        hooks = int(math.log2(value.denominator)) - 2
        foot = middle + 9 + 3 * (hooks - 1)
        head = foot - 12 - 6 * hooks
        yield Line((x + 4, head), (x - 1, foot), 1.2)
        for hook in range(hooks):
            y = head + 2 + 6 * hook
            yield Circle((x - 4 - hook, y), 2.2)
            yield Curve((x - 4 - hook, y + 2), (x - 1 - hook, y + 3), (x + 2 - hook, y), (x + 3.6 - 1.5 * hook, y - 1))
    for dot in range(value.dots):
        yield Circle((x + 8 + 4 * dot, middle - 3), 1.4)


def _quarter_rest(x: float, y: float) -> Iterator[Shape]:
    """Drawn as a pen does: a thin stroke down, a thick one back, a thin one down, and a hook."""
    yield Line((x - 3, y - 12), (x + 2.5, y - 5), 1.4)
    yield Polygon(((x + 3, y - 5.5), (x + 2.5, y - 3), (x - 1, y + 1), (x - 3.5, y + 0.5), (x - 2.5, y - 1.5)))
    yield Line((x - 3, y), (x + 3.5, y + 6.5), 1.4)
    yield Curve((x + 3.5, y + 6.5), (x - 3, y + 3), (x - 5, y + 8), (x + 0.5, y + 12), 1.8)
