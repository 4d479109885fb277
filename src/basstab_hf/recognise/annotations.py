"""What stands around a system and belongs to it: section name, chords, counts, slap letters, repeat count.

Input: the lines of a page, where a system stands, what trails its lines. Output: `Annotations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_REPEAT = re.compile(
    r"(?<![\w.])[xX]\s?(\d{1,2})(?![\w:])|(?<![\w.:])(\d{1,2})\s?[xX](?!\w)|(?<![\w.:])(\d{1,2})\s+times\b"
    r"|\brepeat\s+(\d{1,2})\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b(?:intro|verse|(?:pre|post|after)[- ]?chorus|chorus|bridge|outro|solo|riff|interlude|break(?:down)?|ending|coda"
    r"|fill|refrain|hook|instrumental|part|section|middle|main|vamp|turnaround|tag|groove|theme|head|build[- ]?up"
    r"|opening)\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*(?:\[([^\[\]]{1,60})\]|<([^<>]{1,60})>|#{2,6}\s+(\S.{0,80}))")
_CHORD = re.compile(
    r"\(?(?:N\.?C\.?|[A-G][#b]?(?:maj|min|m|M|dim|aug|sus|add|alt|\+|°|ø)*\d{0,2}(?:(?:sus|add|maj|b|#|\+|-)\d{0,2})*"
    r"(?:/[A-G][#b]?)?)\)?\*?"
)
_COUNT = re.compile(r"(?=[^|]*\d)[\s|\d&+eEaAnduhty.,()]+")
_SLAP = re.compile(r"(?=.*[SPT])[\sSPTHLx|.,-]+")
_RHYTHM = re.compile(r"(?=.*[A-Za-z])[\seqshwtEQSHWT.+|_~^=]+")
_PIECE = re.compile(r"\S++(?:\s{1,2}\S++)*+")
_PLAYING = re.compile(r"(?:repeat|play|same|see|then|like|as)\b", re.IGNORECASE)
_COLON = re.compile(r"(?<=\w):(?=\s|$)")
_LONGEST_HEADING = 200  # characters
_NEAR = 4  # columns that a heading may begin right of its system
_UP_TO = 4  # text lines above a system that may annotate it


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord name above a system and the column of the system over which it begins, below 0 before the first one."""

    column: int
    name: str


@dataclass(frozen=True, slots=True)
class Annotations:
    """Rows are as printed: from over the system's first column on, or whole where they begin before it."""

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


@lru_cache(maxsize=256)
def section_name(line: str, column: int = 0) -> str | None:
    """The name that a heading gives: "Verse 1" for "[Verse 1]   x4"; None for other lines.

    Of headings side by side ("Riff 1      Riff 2") the last one that begins at or before `column` counts.
    """
    if "--" in line or len(line) > _LONGEST_HEADING:
        return None
    name = None
    for match in _PIECE.finditer(line):
        found = _piece_name(match[0])
        if found and (name is None or match.start() <= column + _NEAR):
            name = found
    return name


def _piece_name(text: str) -> str | None:
    bracketed = _BRACKETED.match(text)
    if bracketed is not None:
        return _bare(bracketed[1] or bracketed[2] or bracketed[3])
    named = _NAME.search(text)
    if named is None or len(text.split()) > 6 or text[-1] in ",;!?" or _PLAYING.match(text):
        return None
    return _bare(_COLON.split(text)[0])


def _bare(text: str) -> str | None:
    text = _REPEAT.sub("", text).strip(" \t.:-=*#[]|")
    return text.strip("() ") if text.count("(") != text.count(")") else text or None


def annotations_around(lines: Sequence[str], first: int, last: int, column: int, tails: Sequence[str]) -> Annotations:
    """Read the rows directly over and under the system in lines `first` to `last` that begins at `column` of the text.

    `tails` is what trails its string lines.
    """
    repeats = repeat_count(tails) if any(tails) else None
    above = lines[first - 1] if first else ""
    below = lines[last + 1] if last + 1 < len(lines) else ""
    if not above.strip() and not below.strip():
        return NOTHING if repeats is None else Annotations(repeats=repeats)
    rows = {"slaps": _row(below, column)} if "--" not in below and _kind(below) == "slaps" else {}
    chords: tuple[Chord, ...] = ()
    for index in range(first - 1, max(first - 1 - _UP_TO, -1), -1):
        line = lines[index].expandtabs()
        if not line.strip() or "--" in line:
            break
        kind = _kind(line)
        if kind == "chords" and not chords:
            chords = tuple(Chord(match.start() - column, match[0]) for match in re.finditer(r"[^\s|-]\S*", line))
        elif kind:
            rows[kind] = _row(line, column)
        if repeats is None:
            repeats = repeat_count([line]) if kind != "counts" else None
    return Annotations(repeats, chords, rows.get("counts"), rows.get("rhythm"), rows.get("slaps"))


def _row(line: str, column: int) -> str:
    line = line.expandtabs().rstrip()
    return line if line[:column].strip() else line[column:]


def _kind(line: str) -> str:
    """What a row of annotation tells, "" for text."""
    if _COUNT.fullmatch(line):
        return "counts"
    words = line.split()
    if _SLAP.fullmatch(line):
        return "slaps"
    named = [word for word in words if word not in "|-"]
    if 0 < len(named) <= 40 and all(_CHORD.fullmatch(word) for word in named):
        return "chords"
    return "rhythm" if _RHYTHM.fullmatch(line) and max(map(len, words)) < 3 else ""
