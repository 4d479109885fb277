"""Repeat signs in the columns beside bar lines: `|:--3--:|`, `||o---o||`, `|*---*|`. They are no time.

Input: the lines of a system and a bar's span. Output: which of its edge columns are signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from basstab_hf.tab import columns

#: A colon is one on any string; the others are so only on two strings at once, for `o` may be an open string.
_ALONE = ":"
_IN_PAIRS = "o*."


class Edges(NamedTuple):
    """Whether the first and the last column of a bar are repeat signs."""

    opens: bool
    closes: bool


def edges(lines: Sequence[str], first: int, end: int) -> Edges:
    """The signs at the edges of the bar in columns `first` to `end` of the lines of a system.

    A bar of one column is closed by it unless it stands at the start of its line.
    """
    opens = end - first > 1 and _is_sign(lines, first)
    closes = (end - first > 1 or first > 0) and _is_sign(lines, end - 1)
    return Edges(opens, closes)


def _is_sign(lines: Sequence[str], column: int) -> bool:
    letters = {line[column] for line in lines} - {columns.EMPTY}
    if len(letters) != 1:
        return False
    (letter,) = letters
    return letter in _ALONE or (letter in _IN_PAIRS and sum(line[column] == letter for line in lines) > 1)
