"""Find the string lines of tabs in one line of plain text.

Input: a line as `page.read_page` gives it (dashes, bars and blanks unified). Output: its `Segment`s, left to right.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Segment(NamedTuple):
    """One string line of a tab as it stands in the text; a named tuple for speed: a page makes hundreds."""

    line: int  # index of the text line
    start: int  # offset in the line of the label, or of the leading bar line where there is no label
    end: int  # offset behind the body
    column: int  # visual column of the body, tab characters expanded
    label: str  # "G", "Bb", a drum's name, or "" where none is printed
    body: str  # after label and one separator, trailing text cut
    tail: str  # trailing text up to the next segment

    @property
    def is_open(self) -> bool:
        """Whether no bar line closes the string line."""
        return "|" not in self.body[-2:]


#: Label as printed -> label as every other stage knows it.
NOTE_LABELS = {
    letter + accidental: letter.upper() + accidental for letter in "ABCDEFGabcdefg" for accidental in ("", "b", "#")
}

# What string lines are written with, apart from words somebody put between the dashes.
_CORE = r"-|0-9hpxHPXbsrtoSTv/\\^~()<>*=_.+:\[\]{}"
_LABEL = r"[A-Ga-g][#b]?+"
# A label in the middle of a chunk starts the next string line of a tab whose newlines were lost: "...-||D|--5--".
_WORD = rf"(?!(?<=\|)(?:[A-G][#b]?|e)[|:])[A-Za-z]{{1,8}}+(?=[{_CORE}])"
_CHUNK = rf"[{_CORE}](?:[{_CORE}]++|{_WORD})*+"
# Blanks inside a string line: at most three, not between two bar lines (that is a system side by side).
_GAP = rf"(?:(?<!\|)|(?!\s++\|))[ \t]{{1,3}}+(?=[-|=\d(][{_CORE}]{{0,40}}?(?:--|-\||-\d|\d-))"
_BODY = rf"(?P<body>[ \t]{{0,3}}+{_CHUNK}(?:{_GAP}{_CHUNK})*+)"
_FILLED = r"(?=[^\s]*?(?:--|==|__|\.\.|-\d))"

_SEGMENT = re.compile(
    rf"""(?:^|(?<=[\s"'`>(\]|]))
    (?: (?P<label>{_LABEL})
        (?: [ \t]*+[.)]?+[ \t]*+(?:[:;][ \t]*+)?+\|(?=[{_CORE}\s])
          | [ \t]*+[:;][ \t]*+(?=[-=_.|\dx(<])
          | [ \t]*+(?=[-=_.]{{2}}|-\d) )
      | (?P<name>(?<![^\s"'`])[A-Za-z][A-Za-z0-9.]{{0,4}}+)[ \t]*+[:|](?=[-=|ox])
      | (?<![^\s"'`>])\|?+(?=[-=_.|\d(<xo*]){_FILLED} )
    {_BODY}""",
    re.VERBOSE,
)
_CLEAN = re.compile(rf"([ \t]*+)({_LABEL})[ \t]*+\|([{_CORE}]*(?<=[-|]))[ \t]*+")
_CLOSING = re.compile(r"[o*:\d]*")
_REPEAT = re.compile(r"\(?[xX]\d|\(?\d+[xX]|\(")
_RIGHT_LABEL = re.compile(_LABEL)


def find_segments(index: int, line: str) -> tuple[Segment, ...]:
    """The string lines in text line `index`, left to right: none for prose, several for systems side by side."""
    clean = _CLEAN.fullmatch(line)  # 95 % of the string lines of the 292 pages end here
    if clean is not None:
        start = clean.end(1)
        column = clean.start(3) if "\t" not in line else len(line[: clean.start(3)].expandtabs())
        return (Segment(index, start, clean.end(3), column, NOTE_LABELS[clean[2]], clean[3], ""),)
    if "--" not in line and "|" not in line and "==" not in line and "__" not in line and ".." not in line:
        return ()
    found = [match for match in _SEGMENT.finditer(line) if _is_string_line(match)]
    if not found:
        return ()
    ends = [match.start() for match in found[1:]] + [len(line)]
    return tuple(_segment(index, line, match, end) for match, end in zip(found, ends, strict=True))


def _is_string_line(match: re.Match[str]) -> bool:
    """Enough of the body must be fill, bar lines and frets for it to be no prose, rule or table."""
    body = match["body"]
    fill = max(map(body.count, "-=_."))
    staff = fill + sum(map(body.count, "|0123456789xhp"))
    if match["label"]:
        return len(body) >= (1 if match[0].rstrip("-").endswith("|") or "|" in body else 4) and staff * 2 > len(body)
    return fill >= 3 and len(body) >= 4 and staff * 4 >= len(body) * 3


def _segment(index: int, line: str, match: re.Match[str], end: int) -> Segment:
    body = _without_repeat(match["body"])
    start, stop = match.start("body"), match.start("body") + len(body)
    label = match["label"] or match["name"] or ""
    column = start if "\t" not in line else len(line[:start].expandtabs())
    return Segment(index, match.start(), stop, column, NOTE_LABELS.get(label, label), body, line[stop:end].strip())


def _without_repeat(body: str) -> str:
    """Cut a repeat count that follows the closing bar line without a blank: "---|x4"."""
    last = body.rfind("|") + 1
    rest = body[last:]
    if not last or "-" in rest or "=" in rest or _CLOSING.fullmatch(rest):
        return body
    return body[:last]


def right_label(segment: Segment) -> str:
    """The label printed behind an unlabelled string line, or ""."""
    label = segment.tail[:2].strip()
    return NOTE_LABELS.get(label, "") if len(segment.tail) <= 2 else ""
