"""What a tab has from other tabs, whatever its key and spacing.

Input: the notes of a tab and a `Library` of others. Output: `Match`.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from basstab_hf.intervals import SEPARATOR, interval_line, ngrams
from basstab_hf.tab import Note


@dataclass(frozen=True, slots=True)
class Match:
    """What a tab shares with a library.

    Attributes:
        originality: share of the tab's different n-grams that the library has not: 0 to 1, NaN for too few notes.
        longest_match: notes of the longest run that stands in a piece of the library, 0 without an interval in common.
        piece: number of the first piece with that run, from 0; -1 without one.
    """

    originality: float
    longest_match: int
    piece: int


class Library:
    """The notes of pieces, so that runs of them are found again."""

    def __init__(self, pieces: Iterable[Sequence[Note]]) -> None:
        lines = [interval_line(notes) for notes in pieces]
        self._text = SEPARATOR.join(lines)
        self._starts = list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))
        self._ngrams = set().union(*map(ngrams, lines))

    def match(self, notes: Sequence[Note]) -> Match:
        """Look up the notes of a tab, in the number of its notes times the length of the library at most."""
        line = interval_line(notes)
        found = ngrams(line)
        run = self._longest(line)
        return Match(
            originality=len(found - self._ngrams) / len(found) if found else math.nan,
            longest_match=len(run) + 1 if run else 0,
            piece=bisect(self._starts, self._text.find(run)) - 1 if run else -1,
        )

    def _longest(self, line: bytes) -> bytes:
        """The longest run of intervals that the library has: the first of several."""
        best = b""
        for start in range(len(line)):
            while start + len(best) < len(line) and (longer := line[start : start + len(best) + 1]) in self._text:
                best = longer
        return best
