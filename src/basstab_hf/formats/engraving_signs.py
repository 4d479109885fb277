"""What stands over and between the bars of an engraved system: sections, chords, tempos, endings, repeat signs.

Input: a `SheetSystem` or a bar of it. Output: shapes. How high each thing stands, `over_staff` has decided.
"""

from __future__ import annotations

from collections.abc import Iterator

from basstab_hf.formats.over_staff import LETTER, NAME, NAME_LINE, NUMBER, WAVE, Kind, Over
from basstab_hf.formats.placed import PlacedBar
from basstab_hf.formats.shapes import Circle, Curve, Line, Point, Shape, Text
from basstab_hf.formats.sheet import GAP, SheetSystem


def draw_over(system: SheetSystem, top: float) -> Iterator[Shape]:
    """All that stands over a system whose top string line is at `top`; bends come from their frets."""
    for over in system.over:
        yield from _over(over, top - over.base)


def _over(over: Over, y: float) -> Iterator[Shape]:
    """One thing whose lower edge is at `y`."""
    middle = (over.left + over.right) / 2
    match over.kind:
        case Kind.NUMBER:
            yield Text((over.left, y - 1), over.text, NUMBER, anchor="start", grey=True)
        case Kind.LETTER | Kind.TIMES:
            yield Text((middle, y - 2), over.text, LETTER)
        case Kind.BEND:
            yield Text((middle, y - 13), over.text, LETTER)
        case Kind.WAVE:
            yield from _wave(over.left, over.right, y - 4)
        case Kind.CHORD:
            yield Text((over.left, y - 3), over.text, NAME, anchor="start")
        case Kind.ENDING:
            yield from _ending(over, y)
        case Kind.SECTION:
            yield from _section(over, y)
        case Kind.TEMPO:
            yield from _quarter((over.left + 4, y - 3))
            yield Text((over.left + 12, y - 3), over.text, LETTER, anchor="start", bold=True, tempo=over.tempo)
        case Kind.SWING:
            yield Text((over.left, y - 3), over.text, NAME, anchor="start", italic=True)


def _quarter(place: Point) -> Iterator[Shape]:
    """A quarter note in a line of text."""
    x, y = place
    yield Circle((x, y - 2.2), 2.8)
    yield Line((x + 2.3, y - 2.5), (x + 2.3, y - 12), 1.1)


def _section(over: Over, y: float) -> Iterator[Shape]:
    """A name in a box, as rehearsal marks are."""
    left, right, top, bottom = over.left, over.right, y - over.height + 2, y - 1
    for begin, end in (((left, top), (right, top)), ((left, bottom), (right, bottom))):
        yield Line(begin, end, 1.0)
    for x in (left, right):
        yield Line((x, top), (x, bottom), 1.0)
    lines = over.text.split("\n")
    for number, line in enumerate(reversed(lines)):
        yield Text(((left + right) / 2, bottom - 4 - number * NAME_LINE), line, NAME, bold=True)


def _ending(over: Over, y: float) -> Iterator[Shape]:
    """A bracket over bars that are played on some passes only."""
    line = y - 14
    yield Line((over.left, line), (over.right, line), 1.0)
    yield Line((over.left, line), (over.left, y - 1), 1.0)
    yield Text((over.left + 4, y - 3), over.text, LETTER, anchor="start")
    if over.closes:
        yield Line((over.right, line), (over.right, y - 1), 1.0)


def _wave(left: float, right: float, y: float) -> Iterator[Shape]:
    for number in range(round((right - left) / WAVE)):
        x, lift = left + WAVE * number, -4 if number % 2 == 0 else 4
        yield Curve((x, y), (x + 1.5, y + lift), (x + 3.5, y + lift), (x + WAVE, y), 1.4)


def draw_repeats(bar: PlacedBar, top: float, bottom: float, n_strings: int) -> Iterator[Shape]:
    """The repeat signs at the bar lines of a bar."""
    if bar.bar.sign.opens:
        yield from _repeat(bar.left, 1, top, bottom, n_strings)
    if bar.bar.sign.closes:
        yield from _repeat(bar.right, -1, top, bottom, n_strings)


def _repeat(x: float, way: int, top: float, bottom: float, n_strings: int) -> Iterator[Shape]:
    """A thick line at `x`, a thin one and two dots beside it, to the right (1) or to the left (-1)."""
    yield Line((x + way, top), (x + way, bottom), 2.5)
    yield Line((x + 4 * way, top), (x + 4 * way, bottom), 1.0)
    middle = top + (n_strings - 1) * GAP / 2
    for dot in (middle - GAP, middle + GAP) if n_strings % 2 == 0 else (middle - GAP / 2, middle + GAP / 2):
        yield Circle((x + 7.5 * way, dot), 1.8)
