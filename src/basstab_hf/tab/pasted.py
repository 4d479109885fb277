"""A text with a tab in it -> the tab alone, every line and column where it was.

The simple rule of `Tab.parse` and the tokenizer for what stands around tabs: lines of words (titles, sections, chords,
counts, lyrics) and remarks behind a closing bar line are left out; what may be a string line stays, so that it is
refused if it is no clean one. What people really write `recognise` reads, and it finds the same tab in what this rule
reads. Standard library only: it travels with the tokenizer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from basstab_hf.tab.columns import is_string_line
from basstab_hf.tab.marks import LABEL

# A label with its bar line; no label, and what string lines are made of; dashes and bar lines alone; reserved words.
_MAY_BE_STRING = re.compile(
    rf"\s*(?:{LABEL}[ \t]*\||(?:{LABEL})?[ \t]*[|:\-0-9].*(?:--|-\||\|-)|[|:-]\S*\s*$|<[a-z_-]+[:>])"
)
_REMARK = re.compile(rf"([ \t]*{LABEL}[ \t]*\|\S*\|[ \t]+)([^\s|-][^|]*?)\s*")


@dataclass(frozen=True, slots=True)
class Pasted:
    """A text as long as the one that was read, with blanks for what was left out of it."""

    text: str
    left_out: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What was left out, in a line."""
        first, *others = self.left_out
        more = f" and {len(others)} more" if others else ""
        return f"left out, for it is no string line: {first[:60]!r}{more}"


def read_pasted(text: str, kept: re.Pattern[str] | None = None) -> Pasted:
    """Leave out the words around the string lines of a text; where it has none, nothing.

    Args:
        text: any.
        kept: what lines of other kinds stay.
    """
    lines = text.splitlines(keepends=True)
    if not any(map(is_string_line, map(_line, lines))):
        return Pasted(text)
    left_out: list[str] = []
    for number, ended in enumerate(lines):
        line = _line(ended)
        remark = _REMARK.fullmatch(line)
        if remark:
            left_out.append(remark[2])
            lines[number] = remark[1] + " " * (len(line) - len(remark[1])) + ended[len(line) :]
        elif line.strip() and not _MAY_BE_STRING.match(line) and not (kept and kept.match(line)):
            left_out.append(line.strip())
            lines[number] = " " * len(line) + ended[len(line) :]
    return Pasted("".join(lines), tuple(left_out))


def _line(ended: str) -> str:
    """A line without what ends it."""
    return (ended.splitlines() or [""])[0]
