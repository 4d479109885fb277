"""Keep the columns of string lines that words or blanks interrupt: the other strings of the system show the length.

Input: a run of string lines as found, each up to the first words in it. Output: the run with every line as long as the
others show it to be, `G|--(let ring)--14--|` whole, and a note where that was done.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from basstab_hf.recognise.label_runs import is_whole
from basstab_hf.recognise.string_lines import Segment

WORDS_INSIDE = "words or blanks inside a line kept their columns"

_PLAYED = re.compile(r"[-|]")  # what shows that a line goes on behind words
_INTERRUPTED = re.compile(r"\S\s+\S|[A-Za-z]{2}")
_SPARSE = re.compile(r"[-|\s\dhpbrsx/\\^~()<>*=]+")
_STRING_ENDS = "-|)]>~*=\\/0123456789"


def without_stray(run: list[Segment]) -> Iterator[list[Segment]]:
    """Leave out weak lines where fewer than two strong ones with labels stand with them; the run parts there.

    Weak lines alone stay if their labels are those of whole instruments.
    """
    weak = [segment for segment in run if segment.is_weak]
    if not weak:
        yield run
        return
    strong = sum(bool(segment.label) and not segment.is_weak for segment in run)
    labels = tuple([segment.label for segment in run])
    if (strong >= 2 and strong + 1 >= len(weak)) or (all(labels) and len(labels) > 3 and is_whole(labels)):
        yield run
        return
    part: list[Segment] = []
    for segment in run:
        if not segment.is_weak:
            part.append(segment)
        elif part:
            yield part
            part = []
    if part:
        yield part


def placed(run: tuple[Segment, ...], lines: Sequence[str]) -> tuple[Segment, ...] | None:
    """The run with interrupted lines at their full length; None where no line is interrupted."""
    length = len(run[0].body)
    if len(run) < 2 or all(len(segment.body) == length and not segment.is_weak for segment in run):
        return None
    shown = _shown_length(run, lines)
    if not shown:
        return None
    whole = tuple([_reach(segment, shown, lines[segment.line]) for segment in run])
    return whole if whole != run else None


def _shown_length(run: tuple[Segment, ...], lines: Sequence[str]) -> int:
    """The length in columns that the uninterrupted lines share, or that all lines have, blanks and all; 0 if none."""
    lengths = Counter(len(segment.body) for segment in run if not segment.is_weak)
    shared = [length for length, count in lengths.items() if count > 1]
    if shared:
        return max(shared)
    rests = [lines[segment.line][_body_start(segment) :].rstrip() for segment in run]
    alike = len({*map(len, rests)}) == 1 and all(_SPARSE.fullmatch(rest) for rest in rests)
    return len(rests[0]) if alike and len(run) > 3 else 0


def _body_start(segment: Segment) -> int:
    return segment.end - len(segment.body)


def _reach(segment: Segment, length: int, line: str) -> Segment:
    """The segment up to `length` columns: cut where it is weak, drawn out where the line plainly goes on."""
    start = _body_start(segment)
    if len(segment.body) >= length:
        if not segment.is_weak:
            return segment
        body = segment.body[:length]
        tail = segment.body[length:].strip()
    else:
        body = line[start : start + length].rstrip()
        if len(body) <= len(segment.body) or not _PLAYED.search(body, len(segment.body)):
            return segment
        if body[-1] not in _STRING_ENDS:
            return segment
        tail = line[start + length :].strip()
    return segment._replace(body=body, end=start + len(body), tail=tail, is_weak=False)


def are_interrupted(segments: Sequence[Segment]) -> bool:
    """Whether a blank or a word stands inside one of the lines."""
    return any(_INTERRUPTED.search(segment.body) for segment in segments)
