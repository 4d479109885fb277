"""Bars as symbols, a character a column -> ids, in kinds whose tokens hold several columns.

What a bar becomes does not depend on its neighbours, and bars come again and again: each is read once, and so is each
part of a bar that no token reaches over. Merges are made over symbols. A bar with a column beyond the vocabulary goes
through the `tokenizers` pipeline.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, chain, islice, pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.tab.columns import is_bar_line, is_empty
from basstab_hf.tokenizer.token_kinds import has_parts, is_cut_alone, pattern

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.models import BPE

#: Column texts -> their ids, without special tokens around them.
Pipeline: TypeAlias = Callable[[Sequence[str]], list[list[int]]]
#: Bars, and parts of them, that are remembered, until all are forgotten.
MAX_BARS = 1 << 16
#: The most frequent columns, of which a table says which can stand beside each other in a token.
MAX_PAIRED = 1 << 11
# In the table: a symbol that stands alone; elsewhere: a column that is not there.
_ALONE, _ODD = 0, -1


class BarIds:
    """Ids of bars, and of what stands between them."""

    def __init__(
        self, backend: Tokenizer, kind: str, symbols: Mapping[str, int], size: int, pipeline: Pipeline
    ) -> None:
        """Take a tokenizer.

        Args:
            backend: learnt by `token_kinds.learn`, and nothing added since.
            kind: of its tokens.
            symbols: of its words, frequent ones first, each below `size`.
            size: above all symbols that bars will have.
            pipeline: the long way.
        """
        self._pipeline = pipeline
        self._words = {chr(symbol): word for word, symbol in symbols.items()}
        vocabulary = backend.get_vocab()
        merges = [(left, right) for left, right in json.loads(backend.to_str())["model"]["merges"]]
        spelt = {left + right for left, right in merges if not right.startswith(" ")}
        alone = {symbol: word for symbol, word in self._words.items() if is_cut_alone(word)}
        columns = (
            (word, symbol) for symbol, word in self._words.items() if symbol not in alone and f" {word}" in spelt
        )
        known = dict(islice(columns, MAX_PAIRED))
        tokens = {_spell(text, known): token for text, token in vocabulary.items() if text.startswith(" ")}
        self._tokens = {text: token for text, token in tokens.items() if text}
        ends = {symbol: vocabulary[f" {word}"] for symbol, word in alone.items()}
        self._alone = {symbol: [token] for symbol, token in ends.items()}
        self._model = _merges({**self._tokens, **ends}, merges, known)
        lines = "".join(symbol for symbol, word in alone.items() if is_bar_line(word))
        self._bar = re.compile(f"[^{lines}]*[{lines}]|[^{lines}]+" if lines else ".+")
        self._pattern = re.compile(pattern(kind)) if has_parts(kind) else None
        self._bars, self._parts = dict(self._alone), dict(self._alone)
        self._places = np.full(size, _ODD, np.intp)
        self._places[[ord(symbol) for symbol in alone]] = _ALONE
        self._places[[ord(symbol) for symbol in known.values()]] = np.arange(1, len(known) + 1)
        # [place, place behind it]: whether a token may hold both columns, one behind the other.
        empty = np.array([False, *map(is_empty, known)])
        self._joined = ~empty[:, None] | empty[None, :]
        self._joined[_ALONE] = self._joined[:, _ALONE] = False

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each of several texts of symbols."""
        bars = [self._bar.findall(text) for text in texts]
        new = set(chain.from_iterable(bars)).difference(self._bars)
        if len(new) + len(self._bars) > MAX_BARS:
            self.forget()
            new = set(chain.from_iterable(bars)).difference(self._bars)
        if new:
            self._read(list(new))
        return [list(chain.from_iterable(map(self._bars.__getitem__, text))) for text in bars]

    def name(self, symbol: int, column: str) -> None:
        """Take a symbol for a column beyond the vocabulary, until all these are forgotten."""
        self._words[chr(symbol)] = column

    def forget(self) -> None:
        """Forget all bars."""
        self._bars, self._parts = dict(self._alone), dict(self._alone)

    def _read(self, bars: Sequence[str]) -> None:
        """Remember the ids of new bars, each with or without the bar line that closes it."""
        starts = [0, *accumulate(map(len, bars))]
        places = self._places.take(_numbers("".join(bars)))
        is_odd = (np.minimum.reduceat(places, starts[:-1]) == _ODD).tolist()
        odd = [bar for bar, one in zip(bars, is_odd, strict=True) if one]
        if odd:
            texts = [" ".join(map(self._words.__getitem__, bar)) for bar in odd]
            self._bars.update(zip(odd, self._pipeline(texts), strict=True))
            if len(odd) < len(bars):
                self._read([bar for bar, one in zip(bars, is_odd, strict=True) if not one])
        else:
            self._read_known(bars, starts, places)

    def _read_known(self, bars: Sequence[str], starts: Sequence[int], places: NDArray[np.intp]) -> None:
        """Remember the ids of bars of columns that are in the table."""
        if self._pattern is None:
            self._bars.update((bar, self._merge(bar)) for bar in bars)
            return
        cuts = np.concatenate(([True], ~self._joined[places[:-1], places[1:]]))
        cuts[starts[:-1]] = True
        bounds = np.flatnonzero(cuts)
        text = "".join(bars)
        parts = [text[start:end] for start, end in pairwise([*bounds.tolist(), len(text)])]
        for part in set(parts).difference(self._parts):
            self._parts[part] = self._cut(part, self._pattern)
        ids = list(map(self._parts.__getitem__, parts))
        firsts = np.searchsorted(bounds, starts).tolist()
        for bar, (first, end) in zip(bars, pairwise(firsts), strict=True):
            self._bars[bar] = list(chain.from_iterable(ids[first:end]))

    def _merge(self, bar: str) -> list[int]:
        """Ids of a bar that no pattern cuts: a token, as a rule with a bar line behind it, or merges."""
        found = self._tokens.get(bar[:-1])
        if found is not None and bar[-1] in self._alone:
            return [found, *self._alone[bar[-1]]]
        return self._merged(bar)

    def _cut(self, part: str, pattern: re.Pattern[str]) -> list[int]:
        """Ids of a part of a bar. What is a token the pattern found once, or it is the head of such: it stays whole."""
        if part in self._tokens:
            return [self._tokens[part]]
        ids: list[int] = []
        place = 0
        for span in pattern.findall(" " + " ".join(map(self._words.__getitem__, part))):
            end = place + span.count(" ")
            ids += self._merged(part[place:end])
            place = end
        return ids

    def _merged(self, symbols: str) -> list[int]:
        return [token.id for token in self._model.tokenize(symbols)]


def _numbers(text: str) -> NDArray[np.uint32]:
    """The characters of a text as numbers."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _merges(tokens: Mapping[str, int], merges: Iterable[tuple[str, str]], known: Mapping[str, str]) -> BPE:
    """The model over symbols: its merges without those that spell columns, which come first and are done."""
    from tokenizers.models import BPE

    longer = [pair for pair in merges if pair[1].startswith(" ")]
    pairs = [(_spell(left, known), _spell(right, known)) for left, right in longer]
    return BPE(dict(tokens), [pair for pair in pairs if all(pair)], ignore_merges=True, cache_capacity=0)


def _spell(text: str, known: Mapping[str, str]) -> str:
    """Column text as symbols; "" where a word has none."""
    symbols = [known.get(word, "") for word in text.split()]
    return "".join(symbols) if all(symbols) else ""
