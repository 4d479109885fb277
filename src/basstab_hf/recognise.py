"""Recognise bass tabs in whatever people publish them in, and say how sure that is.

Input: text, HTML, Markdown or a js-store page, as text or bytes. Output: a `Recognition`: systems as found and as
repaired, and each refusal with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from basstab_hf.annotations import NOTHING, Annotations, Chord, annotations_above, section_name
from basstab_hf.blocks import Block, find_blocks, usual_size
from basstab_hf.errors import TabError
from basstab_hf.instruments import USUAL, Reading, other_instrument, read_labels, stated_tuning
from basstab_hf.page import Page, decode, read_page
from basstab_hf.repair import as_found, repair
from basstab_hf.string_lines import NOTE_LABELS
from basstab_hf.tab import System, Tab
from basstab_hf.tuning import Tuning


@dataclass(frozen=True, slots=True)
class RecognisedSystem:
    """A system and where and how it was printed."""

    system: System  # repaired, top string first
    labels: tuple[str, ...] | None  # as printed, capitalised
    lines: tuple[str, ...]  # as found, in the order printed
    line_numbers: tuple[int, ...]  # 1-based, one a string line
    offsets: tuple[tuple[int, int], ...]  # start and end of each string line in the source
    confidence: float  # 0 to 1
    repairs: tuple[str, ...] = ()
    section: str | None = None
    annotations: Annotations = NOTHING

    @property
    def first_line(self) -> int:
        return self.line_numbers[0]

    @property
    def repaired_lines(self) -> tuple[str, ...]:
        return self.system.lines

    @property
    def tuning(self) -> Tuning:
        return self.system.tuning

    @property
    def span(self) -> tuple[int, int]:
        """From the first character of the first string line to the end of the last one."""
        return self.offsets[0][0], self.offsets[-1][1]

    @property
    def repeats(self) -> int | None:
        return self.annotations.repeats

    @property
    def chords(self) -> tuple[Chord, ...]:
        return self.annotations.chords

    @property
    def counts(self) -> str | None:
        return self.annotations.counts

    def to_json(self) -> dict[str, Any]:
        return {
            "labels": list(self.labels) if self.labels else None,
            "tuning": self.tuning.word,
            "lines": list(self.lines),
            "repaired_lines": list(self.repaired_lines),
            "first_line": self.first_line,
            "line_numbers": list(self.line_numbers),
            "offsets": [list(pair) for pair in self.offsets],
            "confidence": self.confidence,
            "repairs": list(self.repairs),
            "repeats": self.repeats,
            "section": self.section,
            "chords": [{"column": chord.column, "name": chord.name} for chord in self.chords],
            "counts": self.counts,
            "rhythm": self.annotations.rhythm,
            "slaps": self.annotations.slaps,
        }


@dataclass(frozen=True, slots=True)
class Rejection:
    """String lines that are no system of a bass."""

    first_line: int
    last_line: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {"first_line": self.first_line, "last_line": self.last_line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Recognition:
    """All that was found in one source, in reading order."""

    systems: tuple[RecognisedSystem, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    title: str = ""
    artist: str = ""

    @property
    def tab(self) -> Tab:
        return Tab(tuple(found.system for found in self.systems), title=self.title, artist=self.artist)

    def to_json(self) -> dict[str, Any]:
        """The value that `basstab recognise --json` prints for one file, its path apart."""
        return {
            "title": self.title,
            "artist": self.artist,
            "systems": [found.to_json() for found in self.systems],
            "rejected": [refused.to_json() for refused in self.rejected],
        }


def recognise_bytes(data: bytes, *, all_instruments: bool = False) -> Recognition:
    """Recognise tabs in bytes of unknown encoding."""
    return recognise_tabs(decode(data), all_instruments=all_instruments)


def recognise_tabs(text: str, *, all_instruments: bool = False) -> Recognition:
    """Recognise the bass tabs in a text or page; `all_instruments` keeps guitar tabs of up to six strings as well."""
    return _recognise(read_page(text), all_instruments=all_instruments)


def _recognise(page: Page, *, all_instruments: bool) -> Recognition:
    blocks = find_blocks(page.lines)
    if not blocks:
        return Recognition(title=page.title, artist=page.artist)
    judge = _Judge(page, blocks, all_instruments=all_instruments)
    systems: list[RecognisedSystem] = []
    rejected: list[Rejection] = []
    sections = _Sections(page.lines)
    for block in blocks:
        verdict = judge.verdict(block)
        if isinstance(verdict, str):
            first, last = block.segments[0].line, block.segments[-1].line
            rejected.append(Rejection(page.number(first), page.number(last), verdict))
        else:
            systems.append(_system(page, block, verdict, sections))
    return Recognition(tuple(systems), tuple(rejected), page.title, page.artist)


_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class _Judge:
    """What the blocks of one page are for; remembers the page's tuning for blocks without labels."""

    page: Page
    blocks: Sequence[Block]
    all_instruments: bool
    size: int = field(init=False)
    tuning: dict[int, Tuning] = field(init=False)
    other: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.size = usual_size(self.blocks)
        self.tuning = dict(USUAL)
        self.stated = not all(block.labels for block in self.blocks)
        if self.stated:
            stated = stated_tuning(f"tuning: {self.page.tuning}" if self.page.tuning else "\n".join(self.page.lines))
            if stated is not None:
                self.tuning[stated.n_strings] = stated

    stated: bool = field(init=False, default=False)

    def verdict(self, block: Block) -> Reading | str:
        """How to read a block, or the reason for refusing it."""
        reading = self._reading(block)
        if reading.tuning is None:
            kept = self._guitar(block, reading) if self.all_instruments and reading.guitar else None
            return kept or reading.reason
        content = _refuse_content([segment.body for segment in block.segments], labelled=bool(block.labels))
        if content:
            return content
        if len(block.segments) == 4 and _like_violin(block.labels):
            if self.other is None:
                self.other = other_instrument("\n".join((self.page.title, self.page.instrument, *self.page.lines)))
            if self.other:
                return f"four strings of a {self.other}"
        if block.labels and not reading.low_first:
            self.tuning[len(block.labels)] = reading.tuning
        return reading

    def _reading(self, block: Block) -> Reading:
        count = len(block.segments)
        odd = [segment.label for segment in block.segments if segment.label and segment.label not in NOTE_LABELS]
        if odd:
            return Reading(None, f"lines labelled {' '.join(odd[:6])}: drums or another notation")
        if count < 4:
            return Reading(
                None,
                f"{('one string line', 'two string lines', 'three string lines')[count - 1]}: a bass has 4 to 6",
            )
        if block.labels:
            return read_labels(block.labels, self.tuning.get(count, USUAL[4]))
        if count in (5, 6) and count != self.size:
            return Reading(None, f"{'five' if count == 5 else 'six'} lines without labels: guitar", guitar=True)
        if count not in USUAL:
            return Reading(None, f"{count} lines without labels: no bass system")
        return Reading(self.tuning[count], certainty=0.95)

    def _guitar(self, block: Block, reading: Reading) -> Reading | None:
        try:
            tuning = Tuning.parse("".join(block.labels) or {5: "BGDAE", 6: "EBGDAE"}[len(block.segments)])
        except (TabError, ValueError, KeyError):
            return None
        return Reading(tuning, certainty=0.9) if tuning.labels == (block.labels or tuning.labels) else None


def _like_violin(labels: tuple[str, ...]) -> bool:
    return labels in (("E", "A", "D", "G"), ("G", "D", "A", "E"), ("A", "D", "G", "C"), ())


_HEADS = re.compile(r"(?<![|*:])[oO](?![|*:])")
_CELL = re.compile(r"\|([^|]{1,5})(?=\|)")


def _refuse_content(bodies: Sequence[str], *, labelled: bool) -> str:
    """Why lines that look like a bass's by number and labels are none: drawings and drums; "" for a tab."""
    text = "|".join(bodies)
    if _DIGIT.search(text):
        return ""
    marks = set(text) - set("-|=_.")
    if not marks:
        return "" if labelled or "|" in "".join(bodies) else "lines of dashes alone, without labels or bar lines"
    heads = len(_HEADS.findall(text))
    if heads and heads >= sum(map(text.count, "xhp/\\~")):
        cells = _CELL.findall(text)
        drawn = len(cells) >= 3 * len(bodies) and max(map(len, cells)) <= 5
        return "a drawing of a fretboard" if drawn else "note heads without frets: drums or a drawing"
    return "" if labelled or "x" in marks or "X" in marks else "no frets"


@dataclass(slots=True)
class _Sections:
    """Reads headings forward through a page, each line once."""

    lines: Sequence[str]
    _next: int = 0
    _name: str | None = None

    def before(self, line: int) -> str | None:
        for index in range(self._next, line):
            text = self.lines[index]
            if len(text) > 1 and (text[1] != "|" or text[0] == "["):
                self._name = section_name(text) or self._name
        self._next = max(line, self._next)
        return self._name


def _system(page: Page, block: Block, reading: Reading, sections: _Sections) -> RecognisedSystem:
    segments = block.segments
    found = tuple(segment.body for segment in segments)
    mended = repair(found[::-1] if reading.low_first else found)
    assert_tuning = reading.tuning
    if assert_tuning is None:
        raise TabError("a block was accepted without a tuning")
    first = segments[0]
    repairs = [*block.notes, *mended.repairs]
    if reading.repair:
        repairs.append(reading.repair)
    if reading.low_first:
        repairs.append("low string printed first: turned over")
    return RecognisedSystem(
        system=System(assert_tuning, mended.lines),
        labels=block.labels or None,
        lines=tuple(map(as_found, found)),
        line_numbers=tuple(page.number(segment.line) for segment in segments),
        offsets=tuple(
            (page.offset(segment.line, segment.start), page.offset(segment.line, segment.end, end=True))
            for segment in segments
        ),
        confidence=reading.certainty,
        repairs=tuple(repairs),
        section=sections.before(first.line),
        annotations=annotations_above(page.lines, first.line, first.column, (segment.tail for segment in segments)),
    )


def explain(text: str, recognition: Recognition) -> str:
    """The text with each recognised system marked and each refusal's reason beside it."""
    notes: dict[int, str] = {}
    marks: dict[int, str] = {}
    for found in recognition.systems:
        detail = "; ".join((f"{found.tuning} {found.confidence:.2f}", *found.repairs))
        notes[found.first_line] = f"{notes[found.first_line]} + {detail}" if found.first_line in notes else detail
        marks.update(dict.fromkeys(found.line_numbers, "+"))
    for refused in recognition.rejected:
        notes.setdefault(refused.first_line, f"refused: {refused.reason}")
        for number in range(refused.first_line, refused.last_line + 1):
            marks.setdefault(number, "x")
    return "\n".join(_explained(text, marks, notes))


def _explained(text: str, marks: dict[int, str], notes: dict[int, str]) -> Iterator[str]:
    for number, line in enumerate(read_page(text).text.split("\n"), start=1):
        line = line.rstrip("\r")
        note = f"    <- {notes[number]}" if number in notes else ""
        yield f"{marks.get(number, ' ')} {number:>5} {line}{note}".rstrip()
