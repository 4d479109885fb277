"""The way from a source to its `Recognition`: page, blocks, verdicts, repair, annotations."""

from __future__ import annotations

from collections.abc import Sequence

from basstab_hf.errors import TabError
from basstab_hf.recognise.annotations import annotations_around, section_name
from basstab_hf.recognise.blocks import Block, find_blocks
from basstab_hf.recognise.instruments import Reading
from basstab_hf.recognise.page import Page, decode, read_page
from basstab_hf.recognise.recognition import RecognisedSystem, Recognition, Rejection
from basstab_hf.recognise.repair import repair
from basstab_hf.recognise.verdicts import Judge
from basstab_hf.tab import System


def recognise_bytes(data: bytes, *, all_instruments: bool = False) -> Recognition:
    """Recognise tabs in bytes of unknown encoding; a plain function, so that process pools can map it."""
    return recognise_tabs(decode(data), all_instruments=all_instruments)


def recognise_tabs(text: str, *, all_instruments: bool = False) -> Recognition:
    """Recognise the bass tabs in a text or page; `all_instruments` keeps guitar tabs of up to six strings as well.

    Takes any text in time linear in its length, and raises nothing: what is no tab gives no systems.
    """
    page = read_page(text)
    blocks = find_blocks(page.lines)
    judge = Judge(page, blocks, all_instruments=all_instruments)
    systems: list[RecognisedSystem] = []
    rejected: list[Rejection] = []
    sections = _Sections(page.lines)
    for block in blocks:
        verdict = judge.verdict(block)
        if isinstance(verdict, str):
            first, last = block.segments[0].line, block.segments[-1].line
            rejected.append(Rejection(page.numbers[first], page.numbers[last], verdict))
        else:
            systems.append(_system(page, block, verdict, sections))
    return Recognition(tuple(systems), tuple(rejected), page.title, page.artist)


def _system(page: Page, block: Block, reading: Reading, sections: _Sections) -> RecognisedSystem:
    if reading.tuning is None:
        raise TabError(
            f"line {page.numbers[block.segments[0].line]}: a system without a tuning: please report this page"
        )
    segments = block.segments
    bodies = tuple([segment.body for segment in segments])
    mended = repair(bodies[::-1] if reading.low_first else bodies)
    repairs = (*block.notes, *mended.repairs)
    if reading.repair:
        repairs = (*repairs, reading.repair)
    if reading.low_first:
        repairs = (*repairs, "low string printed first: turned over")
    first = segments[0]
    return RecognisedSystem(
        system=System(reading.tuning, mended.lines),
        labels=block.labels or None,
        lines=bodies if mended.lines == bodies else tuple([body.translate(_LOWER) for body in bodies]),
        line_numbers=tuple([page.numbers[segment.line] for segment in segments]),
        offsets=tuple([page.span(segment.line, segment.start, segment.end) for segment in segments]),
        confidence=reading.certainty,
        repairs=repairs,
        section=sections.before(first.line, segments[-1].line, first.start),
        annotations=annotations_around(
            page.lines, first.line, segments[-1].line, first.column, [segment.tail for segment in segments]
        ),
    )


_LOWER = str.maketrans("HPX", "hpx")


class _Sections:
    """Reads headings forward through a page, each line once."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._next = 0
        self._heading = ""

    def before(self, first: int, last: int, column: int) -> str | None:
        """The name in force for a system in lines `first` to `last` that begins at `column`."""
        for index in range(self._next, first):
            text = self._lines[index]
            if text and not text.isspace() and section_name(text):
                self._heading = text
        self._next = max(last + 1, self._next)
        return section_name(self._heading, column) if self._heading else None
