"""What stands around a system and belongs to it: section name, chords, counts, slap letters, repeat count.

Input: the lines of a page, where a system stands, what trails its lines. Output: `Annotations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_REPEAT = re.compile(
    r"(?<![\w.])[xX]\s?(\d{1,2})(?![\w:])|(?<![\w.:])(\d{1,2})\s?[xX](?!\w)|(?<![\w.:])(\d{1,2})\s+times\b"
    r"|\brepeat\s+(\d{1,2})\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b(?:intro|verse|(?:pre|post|after)[- ]?chorus|chorus|bridge|outro|solo|riff|interlude|break(?:down)?|ending|coda"
    r"|fill|refrain|hook|instrumental|part|section|middle|main|vamp|turnaround|tag|groove|theme|head|build[- ]?up|drop"
    r"|opening)\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*(?:\[([^\[\]]{1,60})\]|<([^<>]{1,60})>|#{1,6}\s+(\S.{0,80}))")
_CHORD = re.compile(
    r"\(?(?:N\.?C\.?|[A-G][#b]?(?:maj|min|m|M|dim|aug|sus|add|alt|\+|°|ø)*\d{0,2}(?:(?:sus|add|maj|b|#|\+|-)\d{0,2})*"
    r"(?:/[A-G][#b]?)?)\)?\*?"
)
_COUNT = re.compile(r"(?=[^|]*\d)[\s|\d&+eEaAnduhty.,()]+")
_SLAP = re.compile(r"(?=.*[SPT])[\sSPTHLx|.,-]+")
_RHYTHM = re.compile(r"(?=.*[A-Za-z])[\seqshwtEQSHWT.+|_~^=]+")
_LABEL_TAIL = 60  # characters: longer lines are prose, not headings
_UP_TO = 4  # text lines above a system that may annotate it


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord name above a system and the column of the system over which it begins, below 0 before the first one."""

    column: int
    name: str


@dataclass(frozen=True, slots=True)
class Annotations:
    """Rows are as printed, cut so that their first character stands over the system's first column."""

    repeats: int | None = None
    chords: tuple[Chord, ...] = ()
    counts: str | None = None
    rhythm: str | None = None  # "e e q": eighth, eighth, quarter
    slaps: str | None = None  # "S P": slap, pop


NOTHING = Annotations()


def repeat_count(tails: Iterable[str]) -> int | None:
    """The count in trailing text: 4 for "x4", "(4x)", "| play 4 times"."""
    for tail in tails:
        match = _REPEAT.search(tail)
        if match is not None:
            return int(match[1] or match[2] or match[3] or match[4])
    return None


def section_name(line: str) -> str | None:
    """The name that a heading gives: "Verse 1" for "[Verse 1]   x4"; None for other lines."""
    text = line.strip()
    if not text or len(text) > _LABEL_TAIL or "--" in text:
        return None
    bracketed = _BRACKETED.match(text)
    if bracketed is not None:
        return _bare(bracketed[1] or bracketed[2] or bracketed[3])
    if _NAME.search(text) is None or len(text.split()) > 6 or text[-1] in ",;!?":
        return None
    return _bare(text)


def _bare(text: str) -> str | None:
    return _REPEAT.sub("", text).strip(" \t.:-=*#()[]|") or None


def annotations_above(lines: Sequence[str], first: int, column: int, tails: Iterable[str]) -> Annotations:
    """Read the text lines directly above line `first`, whose system's first column is at `column` of the text."""
    repeats = repeat_count(tails)
    above = lines[first - 1] if first else ""
    if not above or above.isspace():
        return NOTHING if repeats is None else Annotations(repeats=repeats)
    rows: dict[str, str] = {}
    chords: tuple[Chord, ...] = ()
    for index in range(first - 1, max(first - 1 - _UP_TO, -1), -1):
        line = lines[index].expandtabs()
        if not line.strip() or "--" in line:
            break
        kind = _kind(line)
        if kind == "chords" and not chords:
            chords = tuple(Chord(match.start() - column, match[0]) for match in re.finditer(r"\S+", line))
        elif kind:
            rows.setdefault(kind, line[column:].rstrip() if line[:column].isspace() or not column else line.rstrip())
        if repeats is None:
            repeats = repeat_count([line]) if kind != "counts" else None
    return Annotations(repeats, chords, rows.get("counts"), rows.get("rhythm"), rows.get("slaps"))


def _kind(line: str) -> str:
    """What a row of annotation tells, "" for text."""
    if _COUNT.fullmatch(line):
        return "counts"
    words = line.split()
    if _SLAP.fullmatch(line):
        return "slaps"
    if len(words) <= 40 and all(_CHORD.fullmatch(word) or word in "|-" for word in words):
        return "chords"
    return "rhythm" if _RHYTHM.fullmatch(line) else ""
