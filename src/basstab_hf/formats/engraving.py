"""A sheet -> shapes: string lines, frets, stems and beams below, rests, and the marks of techniques.

Input: `Sheet`. Output: `Page`s, of A4 height or one as tall as the piece. Why not verovio: its tablature (6.4) has no
bends and flat slides, stems above only, dots on frets and brackets around the wrong notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from basstab_hf.formats import shapes
from basstab_hf.formats.engraving_signs import draw_over, draw_repeats
from basstab_hf.formats.over_staff import BEND, LETTERS, Kind, own_letters
from basstab_hf.formats.placed import FRET, PlacedBar, PlacedBeat, fret_text, half_width
from basstab_hf.formats.rhythm_signs import draw_rhythm
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.shapes import Blank, Curve, Line, Page, Point, Shape, Text
from basstab_hf.formats.sheet import A4_HEIGHT, GAP, SIGNATURE, Sheet, SheetSystem, resized, signature_width
from basstab_hf.formats.text_widths import text_width, wrapped
from basstab_hf.formats.track import one_line
from basstab_hf.tab.tuning import STANDARD

_SMALL, _OWN = 10.0, 8.0
_TITLE, _ARTIST, _TUNING = 22.0, 13.0, 12.0
#: Lines of text stand apart by this share of their size.
_LEADING = 1.25


def engrave(sheet: Sheet, height: float | None = A4_HEIGHT) -> tuple[Page, ...]:
    """Draw a sheet on pages of a height; None: on one page as tall as it takes."""
    drawn: list[list[Shape]] = [[*_header(sheet)]]
    y = _header_height(sheet)
    for system in sheet.systems:
        tall = system.above + sheet.staff_height + system.below
        if height is not None and y + tall > height - sheet.margin:
            drawn.append([])
            y = sheet.margin
        drawn[-1] += draw_system(sheet, system, y + system.above)
        y += tall
    tallest = y + sheet.margin if height is None else height
    if len(drawn) > 1:
        for number, shapes in enumerate(drawn, start=1):
            place = (sheet.width / 2, tallest - sheet.margin / 2)
            shapes.append(Text(place, f"{number}/{len(drawn)}", _SMALL, grey=True))
    return tuple(Page(sheet.width, tallest, tuple(shapes)) for shapes in drawn)


def _header_height(sheet: Sheet) -> float:
    lines = [*_header_lines(sheet)]
    return sheet.margin + sum(line.size * _LEADING for line in lines) + (8 if lines else 0)


def _header_lines(sheet: Sheet) -> Iterator[Text]:
    """Title, artist and an unusual tuning in lines that fit, without their places."""
    score, room = sheet.score, sheet.width - 2 * sheet.margin
    for line in wrapped(one_line(score.title), room, _TITLE, bold=True):
        yield Text((0, 0), line, _TITLE, bold=True)
    for line in wrapped(one_line(score.artist), room, _ARTIST):
        yield Text((0, 0), line, _ARTIST)
    if score.tuning != STANDARD:
        labels = " ".join(reversed(score.tuning.labels))
        yield Text((0, 0), f"Tuning, low to high: {labels}", _TUNING)


def _header(sheet: Sheet) -> Iterator[Shape]:
    y = sheet.margin
    for line in _header_lines(sheet):
        y += line.size * _LEADING
        yield replace(line, place=(sheet.width / 2, y - 0.3 * line.size))


def draw_system(sheet: Sheet, system: SheetSystem, top: float) -> Iterator[Shape]:
    """A system whose top string line is at `top`."""
    if system.scale == 1.0:
        yield from _system(sheet, system, top)
        return
    bars = tuple(resized(bar, 1 / system.scale) for bar in system.bars)
    for shape in _system(sheet, replace(system, bars=bars), top / system.scale):
        yield shapes.resized(shape, system.scale)


def _system(sheet: Sheet, system: SheetSystem, top: float) -> Iterator[Shape]:
    """Slurs stand behind frets: a number is never crossed by the slur of another string."""
    left, right = system.bars[0].left, system.bars[-1].right
    bottom = top + sheet.staff_height
    for number, label in enumerate(sheet.score.tuning.labels):
        y = top + number * GAP
        yield Line((left, y), (right, y), 0.8, grey=True)
        yield Text((left - 5, y + 3.5), label, _SMALL, anchor="end", grey=True)
    yield Line((left, top), (left, bottom), 1.0)
    yield from _joins(system, top)
    for bar in system.bars:
        yield Line((bar.right, top), (bar.right, bottom), 1.0)
        if bar.signature:
            yield from _signature(bar, top, bottom)
        yield from draw_repeats(bar, top, bottom, sheet.score.tuning.n_strings)
        yield from draw_rhythm(bar, top, bottom)
        for beat in bar.beats:
            for note in beat.beat.notes:
                yield from _fret(note, beat, top + (note.string - 1) * GAP, tied_over=beat is system.bars[0].beats[0])
    yield from draw_over(system, top)
    if system.bars[-1].number == len(sheet.score.bars) and not system.bars[-1].bar.sign.closes:
        yield Line((right - 4, top), (right - 4, bottom), 1.0)
        yield Line((right - 1, top), (right - 1, bottom), 2.5)
    bends = [over for over in system.over if over.kind is Kind.BEND]
    for bar in system.bars:
        for beat in bar.beats:
            for note in beat.beat.notes:
                yield from _slides(note, beat.x, top + (note.string - 1) * GAP)
                if note.bend:
                    tip = beat.x + half_width(note) + BEND
                    over = min(bends, key=lambda one: abs(one.left + one.right - 2 * tip))
                    yield from _bend(note, beat.x, top, top - over.base)


def _signature(bar: PlacedBar, top: float, bottom: float) -> Iterator[Shape]:
    half = signature_width(bar.bar) / 2
    x, middle = bar.left + (12 if bar.bar.sign.opens else 4) + half, (top + bottom) / 2
    yield Blank((x - half, middle - 16), 2 * half, 32)
    yield Text((x, middle - 1), str(bar.bar.numerator), SIGNATURE, bold=True)
    yield Text((x, middle + SIGNATURE * 0.75 + 1), str(bar.bar.denominator), SIGNATURE, bold=True)


def _fret(note: ScoreNote, beat: PlacedBeat, y: float, *, tied_over: bool) -> Iterator[Shape]:
    """A tied note is the curve that leads to it; its fret is told again, in grey, where a system begins."""
    if note.tied and not tied_over:
        return
    x, half = beat.x, half_width(note)
    yield Blank((x - half, y - 5), 2 * half, 10)
    if note.dead:
        yield Line((x - 3.2, y - 3.2), (x + 3.2, y + 3.2), 1.4)
        yield Line((x - 3.2, y + 3.2), (x + 3.2, y - 3.2), 1.4)
    else:
        yield Text((x, y + 4.2), fret_text(note), FRET, grey=note.tied)
    if letter := own_letters(beat.beat).get(note.string):
        wide = text_width(letter, _OWN, bold=True)
        yield Blank((x + half, y - 5), wide, 10)
        yield Text((x + half + wide / 2, y + 1), letter, _OWN, bold=True)


def _joins(system: SheetSystem, top: float) -> Iterator[Shape]:
    """Ties, hammer-ons, pull-offs and slides from note to note; those from the system before begin at its bar line."""
    last: dict[int, tuple[float, ScoreNote]] = {}
    for bar in system.bars:
        for beat in bar.beats:
            for note in beat.beat.notes:
                y = top + (note.string - 1) * GAP
                x, before = last.get(note.string, (system.bars[0].left + 2, None))
                begin = x + (half_width(before) if before and not before.tied else 0)
                end = beat.x - (half_width(note) if not note.tied else -2)
                if note.tied or note.reached in LETTERS:
                    yield _arc(begin, end, y)
                elif note.reached == "slide":
                    rise = 3.0 if before is None or (before.fret or 0) < (note.fret or 0) else -3.0
                    yield Line((begin + 1, y + rise), (end - 1, y - rise), 1.3)
                last[note.string] = beat.x, note
    right = system.bars[-1].right
    for string, (x, note) in last.items():
        if note.leads and not note.dead:
            y = top + (string - 1) * GAP
            rise = 0.0 if note.leads in LETTERS else 3.0
            begin = x + half_width(note)
            yield _arc(begin, right - 1, y) if not rise else Line((begin + 1, y + rise), (right, y - rise), 1.3)


def _arc(begin: float, end: float, y: float) -> Curve:
    lift = min(9.0, 4 + (end - begin) / 20)
    quarter = (end - begin) / 4
    return Curve((begin, y - 4), (begin + quarter, y - 4 - lift), (end - quarter, y - 4 - lift), (end, y - 4))


def _slides(note: ScoreNote, x: float, y: float) -> Iterator[Shape]:
    """Slides from and to nowhere."""
    half = half_width(note)
    if note.slide_in:
        rise = 3.5 if note.slide_in == "up" else -3.5
        yield Line((x - half - 8, y + rise), (x - half, y - rise), 1.3)
    if note.slide_out:
        rise = 3.5 if note.slide_out == "up" else -3.5
        yield Line((x + half, y + rise), (x + half + 8, y - rise), 1.3)


def _bend(note: ScoreNote, x: float, top: float, tip: float) -> Iterator[Shape]:
    """An arrow from a fret up to `tip`, over which its size is written."""
    y, begin = top + (note.string - 1) * GAP, x + half_width(note)
    point: Point = (begin + BEND, tip - 9)
    yield Curve((begin, y), (point[0] - 2, y), (point[0], y - 4), (point[0], point[1] + 1))
    yield Line(point, (point[0] - 3, point[1] + 6), 1.2)
    yield Line(point, (point[0] + 3, point[1] + 6), 1.2)
