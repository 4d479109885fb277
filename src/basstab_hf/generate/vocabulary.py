"""The vocabulary as generating needs it: words and their columns by token id.

Input: a `tokenizers` vocabulary. Output: `Vocabulary`. Neither torch nor transformers are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from basstab_hf.tab.columns import BAR, END

#: Over the vocabulary: [tokens].
Mask = NDArray[np.bool_]


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

    def columns(self, token: int) -> Sequence[str]:
        """The column words of a token; none of what is no word."""
        return (self.words[token] or "").split()

    def beginning_with(self, word: str) -> Mask:
        """Which words are this one or go on with it: "5--- ----" begins with "5---"."""
        return np.array([other == word or (other or "").startswith(f"{word} ") for other in self.words])
