"""What tokens mean: the notes that each token of a vocabulary writes, as flat arrays.

Input: a `Vocabulary` and a tuning. Output: `TokenNotes`, of which controls make a number for each token.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.so_far import SECOND, SoFar
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.columns import BAR
from basstab_hf.tab.marks import DEAD as DEAD_MARK
from basstab_hf.tab.marks import TECHNIQUES
from basstab_hf.tab.tuning import Tuning

#: String numbers (1 = highest-pitched) whose last digit may become a fret of two, and that digit.
Pending: TypeAlias = tuple[tuple[int, int], ...]
Ints = NDArray[np.int32]
DEAD = -1
#: Marks of techniques, dead notes left out.
MARKS = frozenset(TECHNIQUES) - {DEAD_MARK}
#: The chance that a 1 or 2 goes on to a second digit where tokens are single columns: 18,167 of 38,443 on 292 real
#: pages. Where tokens hold frets of two digits whole, it is taken for 0.
GROWS = 0.47


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes of all tokens, one behind the other, in the order of tokens, columns and strings.

    Attributes:
        token: which token writes it, [notes].
        offset: columns from the token's first; -1 for a note that stands before it, and is settled by it.
        string: string number less 1.
        fret: 0 to 24; -1 for a dead note.
        growing: whether the next token may make it a fret of two digits.
    """

    token: Ints
    offset: Ints
    string: Ints
    fret: Ints
    growing: NDArray[np.bool_]


class TokenNotes:
    """The notes of a vocabulary's tokens on a bass."""

    def __init__(self, vocabulary: Vocabulary, tuning: Tuning) -> None:
        """Read the notes of each token as behind a bar line."""
        self.size, self.open_pitches = len(vocabulary), np.array(tuning.pitches, np.int32)
        self._opening = (tuning.word, BAR * tuning.n_strings)
        self._tuning = tuning
        rows = [(token, *note) for token, word in enumerate(vocabulary.words) for note in self._read(word or "")]
        self._rows = np.array(rows, np.int32).reshape(-1, 5)
        #: Columns of each token: a note and the blanks behind it may be one.
        self.lengths = np.array([len((word or "").split()) for word in vocabulary.words], np.float64)
        self.longest = int(self.lengths.max(initial=1))
        #: How many marks of techniques, dead notes left out, each token has, [tokens].
        self.marks = np.array([self._marks(word or "") for word in vocabulary.words], np.float64)
        #: The chance that a growing note grows.
        self.grows = 0.0 if (self._rows[:, 3] >= 10).any() else GROWS
        self._spelt = vocabulary.spelt_frets(tuning.n_strings)
        self.after = lru_cache(maxsize=256)(self._after)

    def _read(self, word: str) -> list[tuple[int, int, int, bool]]:
        """Offset, string, fret and whether it may grow, of each note of a word."""
        if not self._is_columns(word):
            return []
        so_far = SoFar.of(self._opening, self._tuning, None)
        so_far.read(word)
        last = len(word.split()) - 1
        return [
            (
                note.column,
                note.string - 1,
                DEAD if note.fret is None else note.fret,
                note.column == last and note.fret in SECOND,
            )
            for note in so_far.notes
        ]

    def _is_columns(self, word: str) -> bool:
        return {*map(len, word.split())} == {self._tuning.n_strings} and BAR not in word

    def _marks(self, word: str) -> int:
        return sum(word.count(mark) for mark in MARKS) if self._is_columns(word) else 0

    def _after(self, pending: Pending = ()) -> Notes:
        """The notes of each token behind frets that may grow, settled: every token has these, too, at offset -1.

        A digit that completes one is no note of its own; one that the grammar keeps apart (`spelt_frets`) is.
        """
        rows = self._rows
        for number, digit in pending:
            string = number - 1
            completes = (rows[:, 1] == 0) & (rows[:, 2] == string)
            seconds = [int(second) for second in SECOND[digit]]
            completes &= np.isin(rows[:, 3], [two for two in seconds if self._spelt[string, 10 * digit + two]])
            grown = rows[completes]
            grown[:, 1], grown[:, 3], grown[:, 4] = -1, 10 * digit + grown[:, 3], 0
            staying = np.setdiff1d(np.arange(self.size), grown[:, 0])
            stayed = np.column_stack([staying, np.tile([-1, string, digit, 0], (len(staying), 1))])
            rows = np.concatenate([grown, stayed, rows[~completes]])
        rows = rows[np.lexsort([rows[:, 2], rows[:, 1], rows[:, 0]])].astype(np.int32)
        return Notes(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4] > 0)

    def summed(self, notes: Notes, values: NDArray[Any]) -> NDArray[np.float32]:
        """The sum of its notes' values for each token, [tokens]."""
        return np.bincount(notes.token, weights=values, minlength=self.size).astype(np.float32)


@lru_cache(maxsize=8)
def token_notes(vocabulary: Vocabulary, tuning: Tuning) -> TokenNotes:
    """The notes of a vocabulary's tokens, read once for all controls: that takes 30 ms."""
    return TokenNotes(vocabulary, tuning)


def pending(so_far: SoFar) -> Pending:
    """Which frets of the last column may still get a second digit."""
    frets = []
    for note in reversed(so_far.notes):
        if note.column != so_far.column - 1 or note.bar != so_far.bar:
            break
        if note.fret in SECOND:
            frets.append((note.string, note.fret))
    return tuple(frets)
