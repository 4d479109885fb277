"""What stands over and between the bars of an engraved system: sections, chords, tempos, endings, repeat signs.

Input: a `SheetSystem`. Output: shapes. Rows over the marks of notes: chords, and over these what concerns whole bars.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from basstab_hf.formats.shapes import Circle, Line, Point, Shape, Text
from basstab_hf.formats.sheet import GAP, PlacedBar, SheetSystem
from basstab_hf.formats.track import one_line

_SIZE, _SMALL = 12.0, 9.0
#: How much wider than a letter of this size a letter of a name is, at most.
_LETTER = 6.8


def quarter(place: Point) -> Iterator[Shape]:
    """A quarter note in a line of text."""
    x, y = place
    yield Circle((x, y - 2.5), 3.2)
    yield Line((x + 2.7, y - 3), (x + 2.7, y - 14), 1.1)


def draw_over(system: SheetSystem, top: float) -> Iterator[Shape]:
    """Sections, chords, tempos and endings of a system whose top string line is at `top`."""
    for bar in system.bars:
        x, y = bar.left, top - system.bars_row
        if section := one_line(bar.bar.section):
            yield Text((x, y), section, _SIZE, anchor="start", bold=True)
            x += _LETTER * len(section) + 10
        if bar.bar.sign.endings:
            yield from _ending(system, bar, max(x, bar.left), y)
        for beat in bar.beats:
            if beat.beat.tempo is not None:
                place = max(beat.x, x + 4)
                yield from quarter((place, y))
                yield Text((place + 9, y), f"= {beat.beat.tempo:g}", _SMALL, anchor="start", bold=True)
            if chord := one_line(beat.beat.chord):
                yield Text((beat.x - 4, top - system.chords_row), chord, _SIZE, anchor="start")


def _ending(system: SheetSystem, bar: PlacedBar, left: float, y: float) -> Iterator[Shape]:
    """A bracket over a bar that is played on some passes only; neighbours of the same ending share it."""
    before = next((one for one, after in pairwise(system.bars) if after is bar), None)
    begins = before is None or before.bar.sign.endings != bar.bar.sign.endings or before.bar.sign.closes > 0
    yield Line((left if begins else bar.left, y - 10), (bar.right - 3, y - 10), 0.9)
    if begins:
        yield Line((left, y - 10), (left, y + 3), 0.9)
        yield Text((left + 4, y), ", ".join(f"{time}." for time in bar.bar.sign.endings), _SMALL, anchor="start")
    if bar.bar.sign.closes:
        yield Line((bar.right - 3, y - 10), (bar.right - 3, y + 3), 0.9)


def draw_repeats(bar: PlacedBar, top: float, bottom: float, n_strings: int) -> Iterator[Shape]:
    """The repeat signs at the bar lines of a bar."""
    sign = bar.bar.sign
    if sign.opens:
        yield from _repeat(bar.left, 1, top, bottom, n_strings)
    if sign.closes:
        yield from _repeat(bar.right, -1, top, bottom, n_strings)
    if sign.closes > 2 and not sign.endings:
        yield Text((bar.right, bottom + 12), f"{sign.closes}x", _SMALL, anchor="end")


def _repeat(x: float, way: int, top: float, bottom: float, n_strings: int) -> Iterator[Shape]:
    """A thick line at `x`, a thin one and two dots beside it, to the right (1) or to the left (-1)."""
    yield Line((x + way, top), (x + way, bottom), 2.5)
    yield Line((x + 4 * way, top), (x + 4 * way, bottom), 1.0)
    middle = top + (n_strings - 1) * GAP / 2
    for dot in (middle - GAP, middle + GAP) if n_strings % 2 == 0 else (middle - GAP / 2, middle + GAP / 2):
        yield Circle((x + 7.5 * way, dot), 1.8)
