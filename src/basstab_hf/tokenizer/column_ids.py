"""Raw tabs -> ids of one-column tokens, by one transposition and one table look-up for a whole page.

It takes what is regular and known, and says so where a page is not: that text goes the long way, over column text and
the `tokenizers` pipeline, to the same ids. Input: raw tab text and a vocabulary. Output: a list of ids, or None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import TabError
from basstab_hf.tab.columns import BAR, END, STRINGS, split_labels

# What stands on every string for a tuning word and for '<END>' while a page is transposed.
_TUNING, _END = "\x00", "\x01"
_START, _BREAK = f"{_TUNING}{BAR}", f"{_END}{_TUNING}{BAR}"
# In the place of an id.
_IS_TUNING, _IS_UNKNOWN = -1, -2


class ColumnIds:
    """The one-column tokens of a vocabulary, ready for look-up."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        """Take the vocabulary of a tokenizer of the kind `column`."""
        self.size = len(vocabulary)
        self._vocabulary = vocabulary
        words = {token[1:]: place for token, place in vocabulary.items() if token.startswith(" ")}
        self._tunings = {labels: place for word, place in words.items() if (labels := _labels(word))}
        self._tables = {n: _Table(n, words) for n in STRINGS}

    def encode(self, text: str) -> list[int] | None:
        """Ids of a raw tab; None where it is irregular or has a word that the vocabulary lacks."""
        if not text.isascii() or "\r" in text or _TUNING in text or _END in text:
            return None
        blocks = [block.strip("\n").split("\n") for block in text.split("\n\n") if block.strip("\n")]
        n = len(blocks[0]) if blocks else 0
        if n not in STRINGS or any(len(block) != n for block in blocks):
            return None
        tunings: list[int] = []
        systems: list[tuple[str, ...]] = []
        for block in blocks:
            labels, bars, rows = zip(*[line.partition(BAR) for line in block], strict=True)
            tuning = self._tunings.get(labels) or self._tunings.get(tuple(map(_label, labels)))
            if tuning is None or not all(bars) or len(set(map(len, rows))) > 1:
                return None
            tunings.append(tuning)
            systems.append(rows)
        joined = [_START + _BREAK.join(string) + _END for string in zip(*systems, strict=True)]
        ids = self._tables[n].look_up(joined)
        ids[ids == _IS_TUNING] = tunings
        if any(row[-1:] not in ("", BAR) for row in systems[-1]):
            ids = ids[:-1]
        return self._spelt(ids, joined)

    def _spelt(self, ids: NDArray[np.int64], lines: Sequence[str]) -> list[int] | None:
        """The same with unknown columns as the ids of their characters; None where one cannot be a column."""
        tokens: list[int] = ids.tolist()
        whole: list[int] = []
        done = 0
        for place in np.flatnonzero(ids == _IS_UNKNOWN).tolist():
            column = "".join([line[place] for line in lines])
            if column == END or not column.isprintable() or " " in column:
                return None
            whole += tokens[done:place]
            whole += [self._vocabulary[character] for character in f" {column}"]
            done = place + 1
        return whole + tokens[done:]


class _Table:
    """Columns of n strings by their characters read as one number, in rising order."""

    def __init__(self, n: int, words: Mapping[str, int]) -> None:
        columns = {word: place for word, place in words.items() if len(word) == n and word.isascii() and word != END}
        columns |= {_END * n: words[END], _TUNING * n: _IS_TUNING}
        numbers = _numbers(list(map("".join, zip(*columns, strict=True))))
        order = np.argsort(numbers)
        self._numbers, self._ids = numbers[order], np.array(list(columns.values()), np.int64)[order]

    def look_up(self, strings: Sequence[str]) -> NDArray[np.int64]:
        """Ids of the columns of string lines of equal length."""
        numbers = _numbers(strings)
        places = np.searchsorted(self._numbers, numbers)
        places[places == len(self._numbers)] = 0
        ids: NDArray[np.int64] = np.where(self._numbers[places] == numbers, self._ids[places], _IS_UNKNOWN)
        return ids


def _numbers(strings: Sequence[str]) -> NDArray[np.uint64]:
    """The characters of each column as the bytes of one number."""
    rows = np.frombuffer("".join(strings).encode("ascii"), np.uint8).reshape(len(strings), -1)
    padded = np.zeros((rows.shape[1], 8), np.uint8)
    padded[:, : len(strings)] = rows.T
    return padded.view(np.uint64)[:, 0]


def _labels(word: str) -> tuple[str, ...]:
    """The labels of a tuning word, none of another word."""
    try:
        return split_labels(word)
    except TabError:
        return ()


def _label(label: str) -> str:
    """A label as `columns.to_columns` spells it."""
    label = label.strip(" \t")
    return label[:1].upper() + label[1:]
