"""Marks that lead from note to note, as a control: hammer-ons and slides up go up, pull-offs and slides down go down.

Input: the tab so far. Output: a `Control`. Of the slides that the model wrote by itself 55 of 73 went to the same fret,
the wrong way or from nothing; in composed songs none of 56 does.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.controls import Bias
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import TokenNotes, pending
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.marks import DIGITS, HAMMER, HAMMERS, SLIDE_UP, SLIDES

_LEADING = HAMMERS | SLIDES
_UP = frozenset({HAMMER, SLIDE_UP})
#: A fret, the mark that leads on from it, and the fret that it leads to.
_LEAD = re.compile(rf"([{DIGITS}]+)([{re.escape(''.join(sorted(_LEADING)))}])(?=([{DIGITS}]+))")


class Directions:
    """Forbids notes that the mark before them on their string would lead to the wrong way."""

    def __init__(self, notes: TokenNotes, vocabulary: Vocabulary) -> None:
        """Find the tokens that are wrong in themselves."""
        self._notes = notes
        self._inside = np.array(
            [-np.inf if _leads_wrongly(word or "") else 0.0 for word in vocabulary.words], np.float32
        )

    def bias(self, so_far: SoFar) -> Bias | None:
        """-inf for what goes the wrong way."""
        last = so_far.bars[-1][-1] if so_far.bars[-1] else ""
        found = self._inside
        for string, mark in enumerate(last, start=1):
            if mark in _LEADING:
                before = next((note.fret for note in reversed(so_far.notes) if note.string == string), None)
                if before is not None:
                    found = found + np.where(self._wrong(so_far, string, mark, before), -np.inf, 0.0).astype(np.float32)
        return found

    def _wrong(self, so_far: SoFar, string: int, mark: str, before: int) -> NDArray[np.bool_]:
        """The tokens that begin with a note on the string that the mark does not lead to."""
        notes = self._notes.after(pending(so_far))
        goals = (notes.offset == 0) & (notes.string == string - 1) & (notes.fret >= 0)
        highest = np.where(notes.growing, 10 * notes.fret + 9, notes.fret)
        wrong = goals & ((highest <= before) if mark in _UP else (notes.fret >= before))
        return self._notes.summed(notes, wrong * 1.0) > 0


def _leads_wrongly(word: str) -> bool:
    """Whether a mark inside a token leads down where it should lead up, up where down, or nowhere."""
    rows = ["".join(row) for row in zip(*word.split(), strict=False)]
    led = [lead.groups() for row in rows for lead in _LEAD.finditer(row)]
    return any((int(goal) <= int(origin)) == (mark in _UP) or origin == goal for origin, mark, goal in led)
