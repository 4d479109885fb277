"""What looks like string lines and is no tab: fretboards and chord diagrams, drum grids, rules; told by content.

Input: a block, and the lines of the page around it. Output: the reason for refusing it, "" for a tab.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from basstab_hf.recognise.blocks import Block

_DIGIT = re.compile(r"\d")
_HEADS = re.compile(r"(?<![|*:])[oO](?![|*:])")
_CELL = re.compile(r"\|([^|]{1,5})(?=\|)")
_FINGER = re.compile(r"(-*)\d(?:\1|\1-)")
_SPELLED = re.compile(r"\s*[\dxX]{4,7}(?:\s|$)")  # a chord, a sign for each string
_LONGEST_CELL = 6  # columns, one more than that
_FINGERS = 4
_FRETBOARD, _CHORD = "a drawing of a fretboard", "a drawing of a chord"
_SPELLED_CHORDS = "chords spelled fret by fret"
_RULES = "lines of dashes alone, without labels or bar lines"
_NOTE_HEADS = "note heads without frets: drums or a drawing"
_DRUMS = "crosses without labels or frets: drums"
_NO_FRETS = "no frets"
_NOTHING = "nothing keeps it"
_DRAWN_AS = {
    _FRETBOARD: f"a picture of where the fingers stand, not of what is played; {_NOTHING}",
    _CHORD: f"a picture of one chord; {_NOTHING}: print what is played in bars longer than a fret",
    _SPELLED_CHORDS: f"a list of chords; {_NOTHING}",
    _RULES: "rules between paragraphs; an empty system with labels or bar lines",
    _NOTE_HEADS: f"drums; {_NOTHING}: a bass has frets, or x on lines with labels",
    _DRUMS: "drums; dead notes of a bass where the lines have its labels, G D A E",
    _NO_FRETS: f"marks of techniques without a note; {_NOTHING}: a bass has frets",
}


def refuse_content(block: Block) -> str:
    """Why lines that look like a bass's by number and labels are none."""
    text = "|".join([segment.body for segment in block.segments])
    if _DIGIT.search(text):
        barred = "--" in text or any("|" in segment.body for segment in block.segments)
        grips = block.labels and all(_SPELLED.match(segment.body) for segment in block.segments)
        return _SPELLED_CHORDS if not barred and (grips or not block.labels) else ""
    marks = set(text) - set("-|=_. ")
    if not marks:
        barred = any("|" in segment.body for segment in block.segments)
        return "" if block.labels or barred else _RULES
    heads = len(_HEADS.findall(text))
    if heads > 1:
        cells = _CELL.findall(text)
        drawn = len(cells) >= 3 * len(block.segments) and max(map(len, cells)) <= 5
        return _FRETBOARD if drawn else _NOTE_HEADS
    dead = "x" in marks or "X" in marks
    if block.labels:
        return "" if dead or not any(map(str.isalpha, marks)) else _NO_FRETS
    return _DRUMS if dead else _NO_FRETS


def _is_grip(block: Block) -> bool:
    """Cells as short as frets are drawn with a finger in the middle, at most one on a string; or one cell, a chord."""
    rows = [segment.body.strip("|").split("|") for segment in block.segments]
    cells = [cell for row in rows for cell in row]
    narrow = 1 if not block.labels else 3
    if len({*map(len, rows)}) > 1 or not all(narrow <= len(cell) < _LONGEST_CELL for cell in cells):
        return False
    fingers = [cell for cell in cells if cell.strip("-")]
    if any(_FINGER.fullmatch(cell) is None for cell in fingers):
        return False
    if len(rows[0]) == 1:
        closed = all(segment.body.endswith("|") for segment in block.segments)
        return closed and max(map(len, cells)) == narrow and len(fingers) >= len(rows) - 1
    few = all(sum(bool(cell.strip("-")) for cell in row) < 2 for row in rows)
    return len(rows[0]) > 2 and few and all(int(cell.strip("-")) <= _FINGERS for cell in fingers)


def drawn_as(reason: str) -> str:
    """What lines refused for that reason are in plain words, and what would make a tab of them."""
    return _DRAWN_AS[reason]


def refuse_drawing(block: Block, lines: Sequence[str], *, keep_chords: bool = False) -> str:
    """A fretboard with finger numbers has short cells of one width and each fret's number over or under it.

    `keep_chords`: lines of one short bar are a chord that is played, as on a guitar.
    """
    cells = block.segments[0].body.strip("|").split("|")
    if max(map(len, cells)) < _LONGEST_CELL and _is_grip(block):
        if len(cells) > 1:
            return _FRETBOARD
        return "" if keep_chords else _CHORD
    if len(cells) < 3 or not 2 < len(cells[0]) < 6 or any(len(cell) != len(cells[0]) for cell in cells):
        return ""
    for index in (block.segments[0].line - 1, block.segments[-1].line + 1):
        numbers = lines[index].split() if 0 <= index < len(lines) else []
        frets = [int(number) for number in numbers if number.isdecimal() and len(number) < 3]
        if len(numbers) == len(frets) == len(cells) and frets == list(range(frets[0], frets[0] + len(cells))):
            return _FRETBOARD
    return ""
