"""Judge a block: the tuning to read it in and how surely, or the reason for refusing it.

Input: the blocks of a page in reading order, and what the page says of itself. Output: a `Reading` or a reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from basstab_hf.errors import TuningError
from basstab_hf.recognise.blocks import NEWLINES_LOST, Block
from basstab_hf.recognise.instruments import (
    USUAL,
    Reading,
    may_be_for,
    other_instrument,
    read_labels,
    stated_tuning,
)
from basstab_hf.recognise.page import Page
from basstab_hf.recognise.runs import JOINED_APART, JOINED_WRAPPED
from basstab_hf.recognise.string_lines import NOTE_LABELS
from basstab_hf.tuning import Tuning

# Chances that a system put together so is exact; what labels and numbers of strings leave open is in `instruments`.
_PUT_TOGETHER = {JOINED_APART: 0.93, JOINED_WRAPPED: 0.92, NEWLINES_LOST: 0.96}
_UNLABELLED, _UNLABELLED_OPEN = 0.95, 0.85
_UNEQUAL = 0.97
_RAGGED = 0.85  # lines differ by more than a quarter

_DIGIT = re.compile(r"\d")
_HEADS = re.compile(r"(?<![|*:])[oO](?![|*:])")
_CELL = re.compile(r"\|([^|]{1,5})(?=\|)")
_COUNTS = ("no string line", "one string line", "two string lines", "three string lines")


class Judge:
    """Judges the blocks of one page in turn; remembers what the page is tuned to for blocks without labels."""

    def __init__(self, page: Page, blocks: Sequence[Block], *, all_instruments: bool) -> None:
        self._page = page
        self._all_instruments = all_instruments
        self._sizes = Counter([len(block.labels) for block in blocks if len(block.labels) in USUAL])
        self._tunings: dict[int, Tuning] = {}
        self._readings: dict[tuple[str, ...], Reading] = {}

    def verdict(self, block: Block) -> Reading | str:
        """How to read a block, or the reason for refusing it."""
        reading = self._readings.get(block.labels) if block.labels else None
        if reading is None:
            reading = self._read(block)
            if block.labels:
                self._readings[block.labels] = reading
        if reading.tuning is None or (block.was_cut and reading.certainty < 0.9):
            return self._kept_guitar(block, reading) or reading.reason or f"labels {''.join(block.labels)}: no tuning"
        refusal = _refuse_content(block) or self._refuse_instrument(block) or self._refuse_drawing(block)
        if refusal:
            return refusal
        if block.labels and not reading.low_first and not reading.repair:
            self._remember(reading.tuning)
        sure = _sure(block, reading.certainty)
        return reading if sure == reading.certainty else replace(reading, certainty=sure)

    def _remember(self, tuning: Tuning) -> None:
        if self._tunings.get(tuning.n_strings) is not tuning:
            self._tunings[tuning.n_strings] = tuning
            self._readings = {labels: reading for labels, reading in self._readings.items() if not reading.repair}

    def _usual(self, count: int) -> Tuning:
        """What the page is tuned to: as printed last, or stated, or as most basses."""
        if count not in self._tunings:
            stated = self._stated
            self._tunings[count] = stated if stated is not None and stated.n_strings == count else USUAL[count]
        return self._tunings[count]

    @cached_property
    def _words(self) -> list[str]:
        """Text lines that are no string lines: a tenth of a page."""
        return [line for line in self._page.lines if "--" not in line]

    @cached_property
    def _stated(self) -> Tuning | None:
        return stated_tuning([f"tuning: {self._page.tuning}"] if self._page.tuning else self._words)

    @cached_property
    def _other(self) -> str:
        return other_instrument("\n".join((self._page.title, self._page.instrument, *self._words)))

    def _read(self, block: Block) -> Reading:
        count = len(block.segments)
        odd = [segment.label for segment in block.segments if segment.label and segment.label not in NOTE_LABELS]
        if len(odd) == count == 1:
            return Reading(None, f"one line labelled {odd[0]}: an annotation or another notation")
        if odd and block.labels:
            return Reading(None, f"lines labelled {' '.join(odd[:6])}: drums or another notation")
        if count < 4:
            return Reading(None, _too_few(block))
        if count > len(set(block.labels)) == 1 and count not in USUAL:
            return Reading(None, f"{count} lines of one string")
        if block.labels:
            reading = read_labels(block.labels, USUAL.get(count, USUAL[4]))
            sure = reading.certainty >= 0.95 and not reading.repair
            return reading if sure or count not in USUAL else read_labels(block.labels, self._usual(count))
        return self._read_unlabelled(count, block)

    def _read_unlabelled(self, count: int, block: Block) -> Reading:
        if count not in USUAL:
            return Reading(None, f"{count} lines without labels: a bass has 4 to 6 strings", guitar=count == 7)
        usual = self._usual(count)
        if count > 4 and not self._sizes[count] and usual is not self._stated:
            return Reading(None, f"{'five' if count == 5 else 'six'} lines without labels: guitar", guitar=True)
        barred = all("|" in segment.body for segment in block.segments)
        return Reading(usual, certainty=_UNLABELLED if barred else _UNLABELLED_OPEN)

    def _refuse_instrument(self, block: Block) -> str:
        if len(block.segments) == 4 and self._other and may_be_for(self._other, block.labels):
            return f"four strings of a {self._other}"
        return ""

    def _refuse_drawing(self, block: Block) -> str:
        """A fretboard with finger numbers has short cells of one width and each fret's number over or under it."""
        cells = block.segments[0].body.strip("|").split("|")
        if len(cells) < 3 or not 2 < len(cells[0]) < 6 or any(len(cell) != len(cells[0]) for cell in cells):
            return ""
        for index in (block.segments[0].line - 1, block.segments[-1].line + 1):
            numbers = self._page.lines[index].split() if 0 <= index < len(self._page.lines) else []
            frets = [int(number) for number in numbers if number.isdecimal() and len(number) < 3]
            if len(numbers) == len(frets) == len(cells) and frets == list(range(frets[0], frets[0] + len(cells))):
                return "a drawing of a fretboard"
        return ""

    def _kept_guitar(self, block: Block, reading: Reading) -> Reading | None:
        """A guitar's reading where all instruments are wanted and a tuning of so many strings can be told."""
        if not self._all_instruments or not reading.guitar:
            return None
        labels = block.labels[::-1] if reading.low_first else block.labels
        word = "".join(labels) or {5: "BGDAE", 6: "EBGDAE"}.get(len(block.segments), "")
        try:
            tuning = Tuning.parse(word)
        except TuningError:
            return None
        return Reading(tuning, low_first=reading.low_first, certainty=0.9) if tuning.word == word else None


def _too_few(block: Block) -> str:
    if all(segment.is_annotation for segment in block.segments):
        return "a line of annotation, such as palm mute"
    return f"{_COUNTS[len(block.segments)]}: a bass has 4 to 6"


def _sure(block: Block, certainty: float) -> float:
    length = len(block.segments[0].body)
    if any(len(segment.body) != length for segment in block.segments):
        lengths = [len(segment.body) for segment in block.segments]
        certainty = min(certainty, _RAGGED if 4 * min(lengths) < 3 * max(lengths) else _UNEQUAL)
    for note in block.notes:
        certainty = min(certainty, _PUT_TOGETHER[note])
    return certainty


def _refuse_content(block: Block) -> str:
    """Why lines that look like a bass's by number and labels are none: drawings and drums; "" for a tab."""
    text = "|".join([segment.body for segment in block.segments])
    if _DIGIT.search(text):
        return ""
    marks = set(text) - set("-|=_. ")
    if not marks:
        barred = any("|" in segment.body for segment in block.segments)
        return "" if block.labels or barred else "lines of dashes alone, without labels or bar lines"
    heads = len(_HEADS.findall(text))
    if heads > 1:
        cells = _CELL.findall(text)
        drawn = len(cells) >= 3 * len(block.segments) and max(map(len, cells)) <= 5
        return "a drawing of a fretboard" if drawn else "note heads without frets: drums or a drawing"
    return "" if block.labels or "x" in marks or "X" in marks else "no frets"
