"""The tab so far, as controls see it: where the next column stands, and which notes there are.

Input: words, one after another. Output: `SoFar`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from basstab_hf.tab.columns import END, is_bar_line
from basstab_hf.tab.marks import DEAD, DIGITS, SECOND_DIGITS, split_frets
from basstab_hf.tab.tuning import Tuning

#: A fret of two digits stands in neighbouring columns: what may follow the first.
SECOND = {int(first): frozenset(second) for first, second in SECOND_DIGITS.items()}
_DIGITS = frozenset(DIGITS)


@dataclass(frozen=True, slots=True)
class Struck:
    """A note: number of its bar, column in it, string number (1 = highest-pitched), fret; None for a dead note."""

    bar: int
    column: int
    string: int
    fret: int | None


@dataclass(slots=True)
class SoFar:
    """A tab in the making. Everything in it follows from the words read.

    Attributes:
        tuning: of the system being written.
        width: columns in a bar; None while it is open.
        bar: number of the bar being written: 0 is the first new one, or the prompt's open bar; before it they are
            below 0.
        column: columns that stand in it; the next one is column number `column`.
        bars: columns of the closed bars and, last, of the open one.
        notes: in the order of their columns. The last column's fret may get a second digit: then its note changes.
        tokens: how many were read since the prompt.
    """

    tuning: Tuning
    width: int | None
    bar: int = 0
    column: int = 0
    bars: list[list[str]] = field(default_factory=lambda: [[]])
    notes: list[Struck] = field(default_factory=list)
    tokens: int = 0
    _opens: bool = True  # a tuning word comes next

    @classmethod
    def of(cls, words: Iterable[str], tuning: Tuning, width: int | None) -> SoFar:
        """After a prompt of column words: its closed bars have numbers below 0."""
        so_far = cls(tuning, width)
        for word in words:
            so_far.read_word(word)
        closed = so_far.bar
        so_far.bar = 0
        so_far.notes = [Struck(note.bar - closed, note.column, note.string, note.fret) for note in so_far.notes]
        return so_far

    @property
    def lead(self) -> int:
        """Columns of padding at the start of a bar, as `timing.bar_lead` reads it: 1 where bars are odd in width."""
        return (self.width or 0) % 2

    def read(self, word: str) -> None:
        """Read a token's word: one column, or several."""
        for column in word.split():
            self.read_word(column)
        self.tokens += 1

    def read_word(self, word: str) -> None:
        """Read one column word, bar line, tuning word or `<END>`."""
        if word == END or is_bar_line(word):
            self._close_bar()
            self._opens = word == END
        elif self._opens:
            self._opens = False
        else:
            self._strike(word)
            self.bars[-1].append(word)
            self.column += 1

    def _close_bar(self) -> None:
        if self.column:
            self.width = self.width or self.column
            self.bar, self.column = self.bar + 1, 0
            self.bars.append([])

    def _strike(self, word: str) -> None:
        for string, mark in enumerate(word, start=1):
            if mark == DEAD:
                self.notes.append(Struck(self.bar, self.column, string, None))
            elif mark in _DIGITS:
                self._add_digit(string, mark)

    def _add_digit(self, string: int, digit: str) -> None:
        """Read the digits that touch on a string anew."""
        run, begin = digit, self.column
        while begin and (before := self.bars[-1][begin - 1][string - 1]) in _DIGITS:
            run, begin = before + run, begin - 1
        others: list[Struck] = []
        while begin < self.column and self.notes and (self.notes[-1].bar, self.notes[-1].column) >= (self.bar, begin):
            others.append(self.notes.pop())
        frets = [Struck(self.bar, begin + place, string, int(fret)) for place, fret in split_frets(run)]
        found = [*(note for note in others if note.string != string or note.fret is None), *frets]
        self.notes += sorted(found, key=lambda note: (note.column, note.string))
