"""Rhythm under the strings: stems, beams, flags, dots and tuplets, and rests on the strings.

Input: `PlacedBar`. Output: shapes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from basstab_hf.formats.beams import beams
from basstab_hf.formats.placed import PlacedBar, PlacedBeat
from basstab_hf.formats.score_values import Beat
from basstab_hf.formats.shapes import Circle, Curve, Line, Polygon, Shape, Text

_FROM, _HALF, _TO = 7.0, 17.0, 29.0  # stems, below the bottom string line
_BEAM, _BEAMS_APART, _STUB = 3.4, 5.4, 7.0
_SMALL = 10.0
#: From a stem to its first dot, and to that of a note with flags, which it stands behind; between dots; their size.
_DOT, _BEHIND_FLAGS, _DOTS_APART, _RADIUS = 4.8, 11.0, 4.2, 1.4


def draw_rhythm(bar: PlacedBar, top: float, bottom: float) -> Iterator[Shape]:
    """Everything that tells the rhythm of a bar whose strings lie between `top` and `bottom`."""
    kinds = beams(bar.bar)
    if not any(placed.beat.notes for placed in bar.beats):
        yield from _whole_rest((bar.beats[0].x + bar.right) / 2, (top + bottom) / 2)
        return
    for placed, beamed in zip(bar.beats, kinds, strict=True):
        if placed.beat.notes:
            yield from _stem(placed, bottom, beamed=bool(beamed))
        else:
            yield from _rest(placed, placed.x, (top + bottom) / 2)
    yield from _beams(bar, kinds, bottom)
    yield from _tuplets(bar, bottom)


def stem_room(beat: Beat) -> float:
    """How far what hangs on a stem reaches to its right, dots and all, beamed or not; or a rest with its dots."""
    dots = _DOTS_APART * (beat.value.dots - 1) + _RADIUS if beat.value.dots else 0.0
    if not beat.notes:
        return 8.0 + dots
    flags = _flag_levels(beat)
    return (_BEHIND_FLAGS if flags else _DOT) + dots if dots else 7.0 * bool(flags)


def _flag_levels(beat: Beat) -> int:
    """Beams or flags of a note: one for eighths, two for sixteenths; rests have none."""
    return max(0, int(math.log2(beat.value.denominator)) - 2) if beat.notes else 0


def _stem(placed: PlacedBeat, bottom: float, *, beamed: bool) -> Iterator[Shape]:
    """A stem, short for half notes, none for whole ones, and its dots: over beams, behind flags."""
    value, levels = placed.beat.value, _flag_levels(placed.beat)
    if value.denominator > 1:
        start = bottom + (_HALF if value.denominator == 2 else _FROM)
        yield Line((placed.x, start), (placed.x, bottom + _TO), 1.2)
    x, y = placed.x + _DOT, bottom + _TO - _RADIUS - 1
    if beamed:
        y = bottom + _TO - (levels - 1) * _BEAMS_APART - _BEAM - _RADIUS - 2
    elif levels:
        x = placed.x + _BEHIND_FLAGS
    for dot in range(value.dots):
        yield Circle((x + _DOTS_APART * dot, y), _RADIUS)


def _beams(bar: PlacedBar, of_beats: Sequence[tuple[str, ...]], bottom: float) -> Iterator[Shape]:
    """Beams to the next note, stubs where the neighbours have fewer, flags on notes that stand alone."""
    for place, (placed, kinds) in enumerate(zip(bar.beats, of_beats, strict=True)):
        if not kinds:
            yield from _flags(placed, bottom)
        for level, kind in enumerate(kinds):
            y = bottom + _TO - level * _BEAMS_APART
            if kind in ("begin", "continue"):
                yield _bar(placed.x, bar.beats[place + 1].x, y)
            elif kind != "end":
                yield _bar(placed.x, placed.x + (_STUB if kind == "forward hook" else -_STUB), y)


def _bar(start: float, end: float, y: float) -> Polygon:
    left, right = min(start, end) - 0.6, max(start, end) + 0.6
    return Polygon(((left, y - _BEAM), (right, y - _BEAM), (right, y), (left, y)))


def _flags(placed: PlacedBeat, bottom: float) -> Iterator[Shape]:
    for level in range(_flag_levels(placed.beat)):
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
        if not all(_flag_levels(placed.beat) for placed in group) and len(group) > 1:
            for edge, inner in ((left - 3, (left + right) / 2 - 6), (right + 3, (left + right) / 2 + 6)):
                yield Line((edge, y - 3), (inner, y - 3), 1.0)
                yield Line((edge, y - 3), (edge, y - 7), 1.0)


def _rest(placed: PlacedBeat, x: float, middle: float) -> Iterator[Shape]:
    value = placed.beat.value
    if value.denominator == 1:
        yield from _whole_rest(x, middle)
    elif value.denominator == 2:
        yield Polygon(((x - 5, middle - 5), (x + 5, middle - 5), (x + 5, middle), (x - 5, middle)))
        yield Line((x - 7, middle), (x + 7, middle))
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


def _whole_rest(x: float, middle: float) -> Iterator[Shape]:
    """It hangs from a line; in a bar without notes it stands for the whole of it, whatever its length."""
    yield Polygon(((x - 5, middle), (x + 5, middle), (x + 5, middle + 5), (x - 5, middle + 5)))
    yield Line((x - 7, middle), (x + 7, middle))


def _quarter_rest(x: float, y: float) -> Iterator[Shape]:
    """Drawn as a pen does: a thin stroke down, a thick one back, a thin one down, and a hook."""
    yield Line((x - 3, y - 12), (x + 2.5, y - 5), 1.4)
    yield Polygon(((x + 3, y - 5.5), (x + 2.5, y - 3), (x - 1, y + 1), (x - 3.5, y + 0.5), (x - 2.5, y - 1.5)))
    yield Line((x - 3, y), (x + 3.5, y + 6.5), 1.4)
    yield Curve((x + 3.5, y + 6.5), (x - 3, y + 3), (x - 5, y + 8), (x + 0.5, y + 12), 1.8)
