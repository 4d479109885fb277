"""The vocabulary as generating needs it: words and their columns by token id.

Input: a `tokenizers` vocabulary. Output: `Vocabulary`. Neither torch nor transformers are needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from basstab_hf.tab.columns import BAR, END
from basstab_hf.tab.marks import SECOND_DIGITS

#: Over the vocabulary: [tokens].
Mask = NDArray[np.bool_]
#: Numbers that two digits of a fret may make.
_FRETS = 30
#: A fret of two digits, alone in both of its columns, at the start of a word; and blanks before something, which are in
#: no token that is a note.
_WHOLE_FRET = re.compile(r"(-*)([0-9])(-*) \1([0-9])\3(?: |\Z)")
_RIFF = re.compile(r"-+ [- ]*[^- ]")


@dataclass(frozen=True)
class Vocabulary:
    """Words by id; None stands for what is no word: special tokens, characters, bytes."""

    words: tuple[str | None, ...]

    @classmethod
    def of(cls, ids: Mapping[str, int]) -> Vocabulary:
        """The words of a tokenizer's vocabulary, in which they have a blank in front."""
        words: list[str | None] = [None] * len(ids)
        for token, index in ids.items():
            if token.startswith(" ") and len(token) > 1:
                words[index] = token[1:]
        return cls(tuple(words))

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Ids by word."""
        return {word: index for index, word in enumerate(self.words) if word is not None}

    @property
    def end_id(self) -> int | None:
        return self.ids.get(END)

    def bar_id(self, n_strings: int) -> int | None:
        """Id of the bar line across so many strings."""
        return self.ids.get(BAR * n_strings)

    def spelt_frets(self, n_strings: int) -> Mask:
        """Which frets of two digits two tokens may spell, one that ends with the first digit and one that goes on.

        [n_strings, 30], by fret. Where tokens are notes, those that no token holds on this string, but one on another:
        a note of one column and the next beside it would else become one fret. Where tokens are no notes, all.
        """
        held, known = np.zeros((n_strings, _FRETS), np.bool_), np.zeros(_FRETS, np.bool_)
        for word in filter(None, self.words):
            if _RIFF.match(word):
                return np.ones_like(held)
            whole = _WHOLE_FRET.match(word)
            if whole and whole[4] in SECOND_DIGITS.get(whole[2], ""):
                fret = int(whole[2] + whole[4])
                known[fret] = True
                if len(whole[1]) + 1 + len(whole[3]) == n_strings:
                    held[len(whole[1]), fret] = True
        return known & ~held if known.any() else np.ones_like(held)

    def columns(self, token: int) -> Sequence[str]:
        """The column words of a token; none of what is no word."""
        return (self.words[token] or "").split()

    def beginning_with(self, word: str) -> Mask:
        """Which words are this one or go on with it: "5--- ----" begins with "5---"."""
        return np.array([other == word or (other or "").startswith(f"{word} ") for other in self.words])
