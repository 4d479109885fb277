"""Raw tabs -> ids, many at once, by table look-up: the fast way to what `tokenizers` says of their column text.

It takes what is regular, and leaves a text that is not to the long way. The lines of each string are joined over all
texts; a walk over a trie, string by string, turns columns into symbols, one character each. In the kind `column` a
symbol is an id; in the others bars of symbols are looked up whole (`bar_ids`), for bars come again and again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, count, groupby, islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import TabError
from basstab_hf.tab.columns import BAR, END, STRINGS, split_labels
from basstab_hf.tokenizer.bar_ids import BarIds, Pipeline
from basstab_hf.tokenizer.control_words import RESERVED
from basstab_hf.tokenizer.token_kinds import KINDS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Symbols: TypeAlias = NDArray[np.intp]
_ASCII = 128
# On every string: what closes a system, and what stands for a tuning word whose labels are not one letter each.
_BREAK, _TUNING = "\n", "\x00"
_HEAD = _TUNING + BAR
# Symbols begin behind Latin and leave out the surrogates, which are no characters; these two are none.
_FIRST, _SURROGATES = 0x100, range(0xD800, 0xE000)
_UNKNOWN, _IS_TUNING = 0, 1
#: Columns that are walked at once: few enough for the processor's cache.
BLOCK = 1 << 16
#: Columns beyond the vocabulary that have symbols, until all of them are forgotten.
MAX_UNKNOWN = 1 << 12


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a text, or of a part of it, joined string by string.

    Attributes:
        strings: joined lines, with labels where each is a letter, else with `_TUNING` in their place.
        tunings: symbols of the tuning words for which that stands.
        is_open: the last system stops inside a bar.
    """

    strings: tuple[str, ...]
    tunings: tuple[int, ...]
    is_open: bool


class ColumnIds:
    """The columns of a vocabulary, ready for look-up; not for two threads at once."""

    def __init__(self, backend: Tokenizer, kind: str, pipeline: Pipeline) -> None:
        """Take a tokenizer of ours.

        Args:
            backend: learnt by `token_kinds.learn`.
            kind: of its tokens.
            pipeline: column texts -> ids without special tokens: the long way.
        """
        vocabulary = backend.get_vocab()
        special = [token.content for token in backend.get_added_tokens_decoder().values()]
        #: Of the vocabulary that it is right for: none that has tokens of others, which may stand anywhere in a text.
        self.size = len(vocabulary) if set(RESERVED).issuperset(special) else -1
        tokens = sorted(vocabulary, key=vocabulary.__getitem__)
        words = [token[1:] for token in tokens if token.startswith(" ") and _is_word(token[1:], special)]
        free = _characters()
        self._symbols = dict(zip(words, free, strict=False))
        self._free = tuple(islice(free, MAX_UNKNOWN))
        labels = {word: _labels(word) for word in words}
        self._tunings = {found: self._symbols[word] for word, found in labels.items() if found}
        self._ids = np.zeros(self._free[-1] + 1, np.int64)
        self._n_labels = np.zeros(self._free[-1] + 1, np.int8)
        for word, symbol in self._symbols.items():
            self._ids[symbol] = vocabulary[f" {word}"]
            self._n_labels[symbol] = len(labels[word])
        self._tries = {n: self._trie(n) for n in STRINGS}
        self._unknown: dict[str, int] = {}
        self._spelt: dict[int, list[int]] = {}
        self._pipeline = pipeline
        self._bars = BarIds(backend, kind, self._symbols, len(self._ids), pipeline) if kind != KINDS[0] else None

    def encode(self, texts: Sequence[str]) -> list[list[int] | None]:
        """Ids of raw tabs; None for each that is irregular."""
        read = [_regular(text) for text in texts]
        rows = self._rows(read)
        again = [place for place, row in enumerate(rows) if row is None]
        runs = [self._relabelled(texts[place]) for place in again]
        parts = iter(self._rows(list(chain.from_iterable(runs))))
        for place, run in zip(again, runs, strict=True):
            found = [row for row in islice(parts, len(run)) if row is not None]
            if run and len(found) == len(run):
                rows[place] = list(chain.from_iterable(found))
        return rows

    def _rows(self, read: Sequence[_Lines | None]) -> list[list[int] | None]:
        """Ids of lines; None for what is none, or has something else in it than known labels and columns."""
        rows: list[list[int] | None] = [None] * len(read)
        for block in _blocks(read):
            found = self._block_rows([lines for _, lines in block])
            for (place, _), row in zip(block, found, strict=True):
                rows[place] = row
        return rows

    def _block_rows(self, block: Sequence[_Lines]) -> list[list[int] | None]:
        """The same for lines of as many strings."""
        if len(self._unknown) > MAX_UNKNOWN // 2:
            self._forget()
        joined = [_BREAK.join(string) + _BREAK for string in zip(*(lines.strings for lines in block), strict=True)]
        symbols = self._walk(joined)
        symbols[symbols == _IS_TUNING] = [symbol for lines in block for symbol in lines.tunings]
        odd = np.concatenate([self._name_unknown(symbols, joined), self._wrong_labels(symbols, len(joined))])
        ends = list(accumulate(len(lines.strings[0]) + 1 for lines in block))
        refused = set(np.searchsorted(ends, odd, "right").tolist())
        kept = [index for index in range(len(block)) if index not in refused]
        starts = [0, *ends]
        spans = [(starts[index], ends[index] - block[index].is_open) for index in kept]
        found = iter(_bar_rows(self._bars, symbols, spans) if self._bars else self._column_rows(symbols, spans))
        return [None if index in refused else next(found) for index in range(len(block))]

    def _wrong_labels(self, symbols: Symbols, n: int) -> Symbols:
        """Where a system does not start with n labels and a bar line, and where else a tuning word stands."""
        starts = np.concatenate(([0], np.flatnonzero(symbols == self._symbols[END])[:-1] + 1))
        n_labels = self._n_labels.take(symbols)
        opened = (n_labels[starts] == n) & (symbols[starts + 1] == self._symbols.get(BAR * n, _UNKNOWN))
        n_labels[starts] = ~opened
        return np.flatnonzero(n_labels)

    def _column_rows(self, symbols: Symbols, spans: Sequence[tuple[int, int]]) -> list[list[int]]:
        """Ids of the texts at these places, where a column is a token."""
        ids: list[int] = self._ids.take(symbols).tolist()
        spelt = np.flatnonzero(symbols >= self._free[0]).tolist()
        if not spelt:
            return [ids[start:end] for start, end in spans]
        rows = []
        for start, end in spans:
            row, done = [], start
            for place in spelt[bisect_left(spelt, start) : bisect_left(spelt, end)]:
                row += [*ids[done:place], *self._spelling(int(symbols[place]))]
                done = place + 1
            rows.append([*row, *ids[done:end]])
        return rows

    def _walk(self, strings: Sequence[str]) -> Symbols:
        """Symbols of the columns of strings of equal length."""
        states: Symbols = np.zeros(1, np.intp)
        for table, string in zip(self._tries[len(strings)], strings, strict=True):
            states = table.take(states + np.frombuffer(string.encode("ascii"), np.uint8))
        return states

    def _trie(self, n: int) -> list[Symbols]:
        """For each string a table: where a walk stands, as a multiple of 128, plus the character -> where it goes."""
        words = {word: symbol for word, symbol in self._symbols.items() if len(word) == n and word != END}
        words |= {_BREAK * n: self._symbols[END], _TUNING * n: _IS_TUNING}
        tables, places = [], {"": 0}
        for depth in range(1, n + 1):
            table = np.zeros((len(places) + 1) * _ASCII, np.intp)
            heads = dict.fromkeys(word[:depth] for word in words)
            for place, head in enumerate(heads, start=1):
                table[places[head[:-1]] * _ASCII + ord(head[-1])] = words[head] if depth == n else place * _ASCII
            tables.append(table)
            places = {head: place for place, head in enumerate(heads, start=1)}
        return tables

    def _name_unknown(self, symbols: Symbols, strings: Sequence[str]) -> Symbols:
        """Give columns beyond the vocabulary symbols.

        Returns:
            where something is no column.
        """
        odd = []
        for place in np.flatnonzero(symbols == _UNKNOWN).tolist():
            column = "".join([string[place] for string in strings])
            symbol = self._unknown.get(column)
            if symbol is None:
                if column == END or not column.isprintable() or " " in column or len(self._unknown) == MAX_UNKNOWN:
                    odd.append(place)
                    continue
                symbol = self._unknown[column] = self._free[len(self._unknown)]
                if self._bars is not None:
                    self._bars.name(symbol, column)
            symbols[place] = symbol
        return np.array(odd, np.intp)

    def _spelling(self, symbol: int) -> list[int]:
        """Ids of a column beyond the vocabulary."""
        if not self._spelt or symbol not in self._spelt:
            missing = [(other, word) for word, other in self._unknown.items() if other not in self._spelt]
            found = self._pipeline([word for _, word in missing])
            self._spelt |= {other: ids for (other, _), ids in zip(missing, found, strict=True)}
        return self._spelt[symbol]

    def _forget(self) -> None:
        """Forget the columns beyond the vocabulary."""
        self._unknown.clear()
        self._spelt.clear()
        if self._bars is not None:
            self._bars.forget()

    def _relabelled(self, text: str) -> list[_Lines]:
        """Read labels one by one, blank lines and numbers of strings as they come; nothing where that does not help."""
        if not _is_plain(text):
            return []
        blocks = [block.strip("\n").split("\n") for block in text.split("\n\n") if block.strip("\n")]
        if any(len(block) not in STRINGS for block in blocks):
            return []
        runs = []
        for _, run in groupby(blocks, len):
            tunings, systems = [], []
            for block in run:
                labels, bars, rows = zip(*[line.partition(BAR) for line in block], strict=True)
                tuning = self._tunings.get(labels) or self._tunings.get(tuple(map(_label, labels)))
                if tuning is None or not all(bars) or len(set(map(len, rows))) > 1:
                    return []
                tunings.append(tuning)
                systems.append(rows)
            strings = [_HEAD + f"{_BREAK}{_HEAD}".join(string) for string in zip(*systems, strict=True)]
            runs.append(_Lines(tuple(strings), tuple(tunings), is_open=False))
        if runs:
            runs[-1] = replace(runs[-1], is_open=_is_open(runs[-1].strings))
        return runs


def _bar_rows(bars: BarIds, symbols: Symbols, spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Ids of the texts at these places, where tokens hold several columns."""
    text = symbols.astype("<u4").tobytes().decode("utf-32-le")
    return bars.encode([text[start:end] for start, end in spans])


def _regular(text: str) -> _Lines | None:
    """The lines of a text with one blank line between systems, and as many characters on each line of a system."""
    if not _is_plain(text):
        return None
    lines = text.strip("\n").split("\n")
    n = lines.index("") if "" in lines else len(lines)
    if n not in STRINGS or any(lines[n :: n + 1]) or len(lines) % (n + 1) != n:
        return None
    strings = [lines[string :: n + 1] for string in range(n)]
    widths = list(map(len, strings[0]))
    if any(list(map(len, string)) != widths for string in strings[1:]):
        return None
    joined = tuple(map(_BREAK.join, strings))
    return _Lines(joined, (), _is_open(joined))


def _is_open(strings: Sequence[str]) -> bool:
    """Whether a last system stops inside a bar."""
    return any(string[-1:] != BAR for string in strings)


def _is_plain(text: str) -> bool:
    return text.isascii() and "\r" not in text and _TUNING not in text


def _blocks(read: Sequence[_Lines | None]) -> Iterator[list[tuple[int, _Lines]]]:
    """Lines of as many strings together with their places, some `BLOCK` columns at once."""
    waiting: dict[int, list[tuple[int, _Lines]]] = {n: [] for n in STRINGS}
    widths = dict.fromkeys(STRINGS, 0)
    for place, lines in enumerate(read):
        if lines is None:
            continue
        n = len(lines.strings)
        waiting[n].append((place, lines))
        widths[n] += len(lines.strings[0])
        if widths[n] >= BLOCK:
            yield waiting[n]
            waiting[n], widths[n] = [], 0
    yield from filter(None, waiting.values())


def _characters() -> Iterator[int]:
    """Numbers that are characters."""
    return (number for number in count(_FIRST) if number not in _SURROGATES)


def _is_word(text: str, special: Iterable[str]) -> bool:
    """Whether a piece of column text is one word that looks the same to `tokenizers`: it sees special tokens first."""
    if text == END or _labels(text):
        return True
    return len(text) in STRINGS and " " not in text and text.isascii() and not any(one in text for one in special)


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
