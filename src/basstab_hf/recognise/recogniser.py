"""The way from a source to its `Recognition`: page, blocks, verdicts, repair, annotations."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import NamedTuple

from basstab_hf.errors import TabError
from basstab_hf.recognise.annotations import annotations_around, is_row
from basstab_hf.recognise.asides import clear, frets_left_out
from basstab_hf.recognise.blocks import Block, find_blocks
from basstab_hf.recognise.dashes import EM, EN, draw_out
from basstab_hf.recognise.encodings import check_size, decode
from basstab_hf.recognise.instruments import Reading
from basstab_hf.recognise.page import Page, read_page
from basstab_hf.recognise.parts import whole_bass
from basstab_hf.recognise.recognition import RecognisedSystem, Recognition, Rejection
from basstab_hf.recognise.refusals import Refusal
from basstab_hf.recognise.repair import repair
from basstab_hf.recognise.section_names import section_name, unknown_name
from basstab_hf.recognise.string_lines import Segment
from basstab_hf.recognise.verdicts import Judge
from basstab_hf.tab.values import System

#: What a line must have to state the rhythm of a tab; what it states is read elsewhere.
_RHYTHM = re.compile(
    r"[0-9] ?/ ?[0-9]|= ?(?:ca?\. ?)?[0-9]|[Bb][Pp][Mm]|[Tt][Ee][Mm][Pp][Oo]|[Ss]w[iu]ng|[Ss]huffle|columns|Track [0-9]"
)


def recognise_bytes(data: bytes, name: str = "the page", *, all_instruments: bool = False) -> Recognition:
    """Recognise tabs in bytes of unknown encoding, which messages call `name`; process pools can map it.

    Raises:
        InputError: they are too long, or a file of a kind that holds no text.
    """
    return recognise_tabs(decode(data, name), all_instruments=all_instruments)


def recognise_tabs(text: str, *, all_instruments: bool = False) -> Recognition:
    """Recognise the bass tabs in a text or page; `all_instruments` keeps guitar tabs of up to six strings as well.

    Takes any text in time linear in its length: what is no tab gives no systems.

    Raises:
        InputError: more than `encodings.MAX_BYTES` characters, or `encodings.MAX_STRING_LINES` string lines.
    """
    check_size(len(text))
    page = read_page(text)
    blocks = find_blocks(page.lines)
    judge = Judge(page, blocks, all_instruments=all_instruments)
    systems: list[RecognisedSystem] = []
    rejected: list[Rejection] = []
    sections = _Sections(page.lines)
    strings = {segment.line for block in blocks if len(block.segments) >= _A_SYSTEM for segment in block.segments}
    for block in blocks:
        verdict = judge.verdict(block)
        if isinstance(verdict, Refusal):
            first, last = block.segments[0].line, block.segments[-1].line
            rejected.append(Rejection(page.numbers[first], page.numbers[last], verdict.reason, verdict.nearest))
        else:
            systems.append(_system(page, block, verdict, sections, strings))
    rhythm = tuple([line for line in page.lines if "--" not in line and _RHYTHM.search(line)]) if systems else ()
    title, artist = page.title or page.stated.title, page.artist or page.stated.artist
    return Recognition(tuple(systems), tuple(rejected), title, artist, rhythm)


def _system(
    page: Page, block: Block, reading: Reading, sections: _Sections, strings: Container[int]
) -> RecognisedSystem:
    if reading.tuning is None:
        raise TabError(
            f"line {page.numbers[block.segments[0].line]}: a system without a tuning: please report this page"
        )
    segments = block.segments
    bodies = tuple([segment.body for segment in segments])
    tails = [segment.tail for segment in segments]
    played = _played(page, segments, bodies, low_first=reading.low_first)
    repairs = (*block.notes, *played.repairs)
    certainty = reading.certainty if played.is_sure else min(reading.certainty, _UNSURE_COLUMNS)
    lines = played.lines
    if reading.strings:
        lines = whole_bass(lines, reading.strings, reading.tuning.n_strings)
        repairs = (*repairs, f"{len(bodies)} of {reading.tuning.n_strings} strings printed: the others are empty")
    if reading.repair:
        repairs = (*repairs, reading.repair)
    if reading.low_first:
        repairs = (*repairs, "low string printed first: turned over")
    left_out = frets_left_out(tails) if any(tails) else ""
    if left_out:
        certainty = min(certainty, _LEFT_OUT)
        repairs = (*repairs, f"left out what stands behind a line and looks like frets: {left_out[:40]}")
    first = segments[0]
    beside = annotations_around(page.lines, first.line, segments[-1].line, first.column, tails, strings)
    if beside.no_chords:
        repairs = (*repairs, f"left out of the row of chords: {beside.no_chords[:40]}")
    return RecognisedSystem(
        system=System(reading.tuning, lines),
        labels=block.labels or None,
        lines=bodies if played.lines == bodies else tuple([body.translate(_LOWER) for body in bodies]),
        line_numbers=tuple([page.numbers[segment.line] for segment in segments]),
        offsets=tuple([page.span(segment.line, segment.start, segment.end) for segment in segments]),
        confidence=certainty,
        repairs=repairs,
        section=sections.before(first.line, segments[-1].line, first.start),
        annotations=beside,
    )


class _Played(NamedTuple):
    """Lines top string first, mended."""

    lines: tuple[str, ...]
    repairs: tuple[str, ...]
    is_sure: bool = True


def _played(page: Page, segments: tuple[Segment, ...], bodies: tuple[str, ...], *, low_first: bool) -> _Played:
    """What string lines say, in the one form of every later stage."""
    notes: tuple[str, ...] = ()
    is_sure = True
    if page.dashed and any(segment.line in page.dashed for segment in segments):
        drawn = draw_out([_dashed_body(page, segment) for segment in segments])
        bodies, is_sure = drawn.lines, drawn.is_sure
        notes = (drawn.note,) if drawn.note else ()
    cleared = clear(bodies)
    mended = repair(cleared.lines[::-1] if low_first else cleared.lines)
    return _Played(mended.lines, (*notes, *cleared.notes, *mended.repairs), is_sure)


def _dashed_body(page: Page, segment: Segment) -> str:
    """A string line with its typographic dashes, where its text line has any and is whole."""
    dashed = page.dashed.get(segment.line, "")[segment.end - len(segment.body) : segment.end]
    plain = dashed.replace(EM, "-").replace(EN, "-")
    return dashed if plain == segment.body else segment.body


_UNSURE_COLUMNS, _LEFT_OUT = 0.8, 0.8
_A_SYSTEM = 4  # lines; of fewer some are brackets of triplets
_UP_TO = 6  # lines above a system in which its heading may stand
_LOWER = str.maketrans("HPX", "hpx")


class _Sections:
    """Reads headings forward through a page, each line once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._next = 0
        self._heading = ""
        self._name: str | None = None

    def before(self, first: int, last: int, column: int) -> str | None:
        """The name in force for a system in lines `first` to `last` that begins at `column`."""
        for index in range(self._next, first):
            text = self._lines[index]
            if text and not text.isspace() and section_name(text):
                self._heading, self._name = text, None
        self._name = self._unknown(first) or self._name
        self._next = max(last + 1, self._next)
        return self._name or (section_name(self._heading, column) if self._heading else None)

    def _unknown(self, first: int) -> str | None:
        """The name in the first line above `first` that is neither blank nor a row of annotation."""
        between: list[str] = []
        for index in range(first - 1, max(self._next, first - _UP_TO) - 1, -1):
            text = self._lines[index].rstrip()
            if text.endswith((":", "\uff1a")):
                return unknown_name(text) if not section_name(text) and all(map(is_row, between)) else None
            if text:
                between.append(text)
        return None
