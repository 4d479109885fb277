"""A row of chord names, as it stands over a system or as somebody types it: "Am  F | C, G" or "Am - F".

Input: a line of text. Output: its names, from left to right, with the character at which each begins.
"""

from __future__ import annotations

import re

#: Blanks, commas and bar lines part names; a dash alone is none ("C-7" is a chord).
_NAME = re.compile(r"[^\s,|]+")
_DASHES = frozenset("-–—")


def placed_names(row: str) -> list[tuple[int, str]]:
    """The names in a row, each behind the character at which it begins."""
    return [(match.start(), match[0]) for match in _NAME.finditer(row) if not _DASHES.issuperset(match[0])]


def names(row: str) -> tuple[str, ...]:
    """The names in a row. Whether they are chords is not asked here."""
    return tuple(name for _, name in placed_names(row))
