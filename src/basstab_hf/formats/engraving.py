"""A sheet -> shapes: string lines, frets, stems and beams below, rests, and the marks of techniques.

Input: `Sheet`. Output: `Page`s, of A4 height or one as tall as the piece. Why not verovio: its tablature (6.4) has no
bends and flat slides, stems above only, dots on frets and brackets around the wrong notes.
"""

from __future__ import annotations

from collections.abc import Iterator

from basstab_hf.formats.engraving_signs import draw_over, draw_repeats, quarter
from basstab_hf.formats.rhythm_signs import draw_rhythm
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.shapes import Blank, Curve, Line, Page, Shape, Text
from basstab_hf.formats.sheet import (
    A4_HEIGHT,
    GAP,
    INDENT,
    PlacedBar,
    Sheet,
    SheetSystem,
    fret_text,
)
from basstab_hf.formats.track import one_line
from basstab_hf.tab.tuning import STANDARD

_SIZE = 12.0  # of frets
_SMALL = 10.0
_LETTERS = {"hammer-on": "H", "pull-off": "P"}
_BENDS = {1: "½", 2: "full", 3: "1½", 4: "2"}
_TITLE, _ARTIST = 22.0, 13.0
_LONGEST_TITLE = 60


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


def _cut(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"


def _header_height(sheet: Sheet) -> float:
    score = sheet.score
    return sheet.margin + (_TITLE + 4 if score.title else 0) + (_ARTIST + 4 if score.artist else 0) + 22


def _header(sheet: Sheet) -> Iterator[Shape]:
    score, y = sheet.score, sheet.margin
    if score.title:
        y += _TITLE
        yield Text((sheet.width / 2, y - 4), _cut(score.title), _TITLE, bold=True)
    if score.artist:
        y += _ARTIST + 4
        yield Text((sheet.width / 2, y - 4), _cut(score.artist), _ARTIST)
    y += 18
    left = sheet.margin + INDENT
    yield from quarter((left + 4, y))
    yield Text((left + 14, y), f"= {score.tempo:g}", _SIZE, anchor="start", bold=True)
    if score.tuning != STANDARD:
        labels = " ".join(reversed(score.tuning.labels))
        yield Text((sheet.width - sheet.margin, y), f"Tuning, low to high: {labels}", _SIZE, anchor="end")


def draw_system(sheet: Sheet, system: SheetSystem, top: float) -> Iterator[Shape]:
    """A system whose top string line is at `top`."""
    left, right = system.bars[0].left, system.bars[-1].right
    bottom = top + sheet.staff_height
    for number, label in enumerate(sheet.score.tuning.labels):
        y = top + number * GAP
        yield Line((left, y), (right, y), 0.8, grey=True)
        yield Text((left - 5, y + 3.5), label, _SMALL, anchor="end", grey=True)
    yield Line((left, top), (left, bottom), 1.0)
    yield Text((left - 5, top - 7), str(system.bars[0].number), _SMALL - 1, anchor="end", grey=True)
    for bar in system.bars:
        yield Line((bar.right, top), (bar.right, bottom), 1.0)
        if bar.signature:
            yield from _signature(bar, top, bottom)
        yield from draw_repeats(bar, top, bottom, sheet.score.tuning.n_strings)
        yield from draw_rhythm(bar, top, bottom)
        for beat in bar.beats:
            for note in beat.beat.notes:
                yield from _fret(note, beat.x, top + (note.string - 1) * GAP, tied_over=beat is system.bars[0].beats[0])
    yield from draw_over(system, top)
    if system is sheet.systems[-1] and not system.bars[-1].bar.sign.closes:
        yield Line((right - 4, top), (right - 4, bottom), 1.0)
        yield Line((right - 1, top), (right - 1, bottom), 2.5)
    yield from _joins(system, top)
    for bar in system.bars:
        for beat in bar.beats:
            for note in beat.beat.notes:
                yield from _marks(note, beat.x, top)


def _signature(bar: PlacedBar, top: float, bottom: float) -> Iterator[Shape]:
    x, middle, size = bar.left + (24 if bar.bar.sign.opens else 16), (top + bottom) / 2, 19.0
    wide = 5.6 * max(len(str(bar.bar.numerator)), len(str(bar.bar.denominator))) + 1
    yield Blank((x - wide, middle - 16), 2 * wide, 32)
    yield Text((x, middle - 1), str(bar.bar.numerator), size, bold=True)
    yield Text((x, middle + size * 0.75 + 1), str(bar.bar.denominator), size, bold=True)


def half_width(note: ScoreNote) -> float:
    """Half of the room of a fret on its string."""
    return 3.4 * len(fret_text(note)) + 1.2


def _fret(note: ScoreNote, x: float, y: float, *, tied_over: bool) -> Iterator[Shape]:
    """A tied note is the curve that leads to it; its fret is told again, in grey, where a system begins."""
    if note.tied and not tied_over:
        return
    half = half_width(note)
    yield Blank((x - half, y - 5), 2 * half, 10)
    if note.dead:
        yield Line((x - 3.2, y - 3.2), (x + 3.2, y + 3.2), 1.4)
        yield Line((x - 3.2, y + 3.2), (x + 3.2, y - 3.2), 1.4)
    else:
        yield Text((x, y + 4.2), fret_text(note), _SIZE, grey=note.tied)


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
                if note.tied or note.reached in _LETTERS:
                    yield _arc(begin, end, y)
                elif note.reached == "slide":
                    rise = 3.0 if before is None or (before.fret or 0) < (note.fret or 0) else -3.0
                    yield Line((begin + 1, y + rise), (end - 1, y - rise), 1.3)
                if note.reached in _LETTERS and not note.tied:
                    yield Text(((begin + end) / 2, top - 10), _LETTERS[note.reached], _SMALL)
                last[note.string] = beat.x, note
    right = system.bars[-1].right
    for string, (x, note) in last.items():
        if note.leads and not note.dead:
            y = top + (string - 1) * GAP
            rise = 0.0 if note.leads in _LETTERS else 3.0
            begin = x + half_width(note)
            yield _arc(begin, right - 1, y) if not rise else Line((begin + 1, y + rise), (right, y - rise), 1.3)


def _arc(begin: float, end: float, y: float) -> Curve:
    lift = min(9.0, 4 + (end - begin) / 20)
    quarter = (end - begin) / 4
    return Curve((begin, y - 4), (begin + quarter, y - 4 - lift), (end - quarter, y - 4 - lift), (end, y - 4))


def _marks(note: ScoreNote, x: float, top: float) -> Iterator[Shape]:
    """Bends, vibrato, taps, slides from and to nowhere."""
    y, half = top + (note.string - 1) * GAP, half_width(note)
    if note.slide_in:
        rise = 3.5 if note.slide_in == "up" else -3.5
        yield Line((x - half - 8, y + rise), (x - half, y - rise), 1.3)
    if note.slide_out:
        rise = 3.5 if note.slide_out == "up" else -3.5
        yield Line((x + half, y + rise), (x + half + 8, y - rise), 1.3)
    if note.bend:
        tip = x + half + 7
        yield Curve((x + half, y), (tip - 2, y), (tip, y - 4), (tip, top - 12))
        yield Line((tip, top - 13), (tip - 3, top - 7), 1.2)
        yield Line((tip, top - 13), (tip + 3, top - 7), 1.2)
        yield Text((tip, top - 17), _BENDS.get(note.bend, str(note.bend)), _SMALL)
    if note.vibrato:
        yield from _wave(x - 3, top - 12)
    if note.tap or note.left_hand:
        yield Text((x, top - 10), "T" if note.tap else _LETTERS[note.left_hand], _SMALL)
    elif note.struck and not note.tied:
        yield Text((x, top - 10), "S" if note.struck == "slap" else "P", _SMALL)


def _wave(x: float, y: float) -> Iterator[Shape]:
    for number in range(4):
        begin, lift = x + 5 * number, -4 if number % 2 == 0 else 4
        yield Curve((begin, y), (begin + 1.5, y + lift), (begin + 3.5, y + lift), (begin + 5, y), 1.4)
