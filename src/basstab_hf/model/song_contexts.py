"""The contexts of a song: tokens as they are read -> what each of `CONTEXTS` sees, and what came next there before.

`mixture` mixes them. Input: the words of a vocabulary, token ids. Output: keys, and counts by key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, TypeAlias

from basstab_hf.errors import TabError
from basstab_hf.tab.columns import BAR, EMPTY, END, STRINGS, is_bar_line, split_labels
from basstab_hf.tokenizer.control_words import EOS, RESERVED

#: How many tokens the contexts of tokens alone look back.
ORDERS = (0, 1, 2, 3, 4, 6, 8, 11, 16, 24, 40)
_RHYTHM_ORDERS, _HEAD_ORDERS = (1, 2, 3, 5, 8, 13), (1, 2, 3, 4, 6)
#: A context keeps so many different symbols, those seen last.
KEPT = 12
#: How many classes of counts there are, and of how a bar goes on.
COUNT_CLASSES, BAR_CLASSES = 50, 9
_COUNTS, _OTHERS = (1, 2, 3, 5, 10), (0, 1, 2, 4, 9)  # where classes begin
#: So many tokens back, it is asked whether the bar repeats the one before.
_LOOKED_BACK = 6

Key: TypeAlias = tuple[Any, ...]


class Kind(IntEnum):
    """What a token is to the form of a tab."""

    COLUMNS, BAR_LINE, END, TUNING, OTHER = range(5)


class Symbol(IntEnum):
    """What a context expects: the whole token, its rhythm, or its notes."""

    TOKEN, RHYTHM, HEAD = range(3)


#: What each context expects, in the order of `History.keys`.
CONTEXTS: tuple[Symbol, ...] = (
    *[Symbol.TOKEN] * (len(ORDERS) + 12),
    *[Symbol.RHYTHM] * (len(_RHYTHM_ORDERS) + 3),
    *[Symbol.HEAD] * (len(_HEAD_ORDERS) + 3),
)


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What the tokens of a vocabulary are, [vocabulary] each.

    Attributes:
        kinds: see `Kind`.
        columns: how many a token of columns has.
        rhythms: a number for what stands in its columns, on whatever strings and frets: tokens of one number sound at
            the same time, for as long and in the same way.
        heads: a number for its notes and marks, whatever their length; -1 for none.
        ignored: words that are no part of a song.
    """

    kinds: list[int]
    columns: list[int]
    rhythms: list[int]
    heads: list[int]
    ignored: list[bool]

    @classmethod
    def of(cls, words: Sequence[str]) -> TokenFacts:
        """Of tokens as a tokenizer has them, in the order of their ids."""
        kinds = [int(_kind(word)) for word in words]
        rhythms: dict[str, int] = {}
        heads: dict[str, int] = {}
        facts = cls(kinds, [], [], [], [word in RESERVED and word != EOS for word in words])
        for word, kind in zip(words, kinds, strict=True):
            columns = word.split() if kind == Kind.COLUMNS else []
            rhythm = " ".join(map(_sounding, columns)) if columns else f"{kind} {word if kind != Kind.OTHER else ''}"
            head = " ".join(column for column in columns if column.strip(EMPTY))
            facts.columns.append(len(columns))
            facts.rhythms.append(rhythms.setdefault(rhythm, len(rhythms)))
            facts.heads.append(heads.setdefault(head, len(heads)) if head else -1)
        return facts

    def symbols(self, token: int) -> tuple[int, int, int]:
        """Of a token, by `Symbol`; -1 for none."""
        return token, self.rhythms[token], self.heads[token]


def _kind(word: str) -> Kind:
    columns = word.split()
    if not word.startswith(" ") or not columns:
        return Kind.OTHER
    if columns == [END]:
        return Kind.END
    if len(columns) > 1:
        return Kind.COLUMNS
    if is_bar_line(columns[0]) and len(columns[0]) in STRINGS:
        return Kind.BAR_LINE
    try:
        return Kind.TUNING if split_labels(columns[0]) else Kind.COLUMNS
    except TabError:
        return Kind.COLUMNS


def _sounding(column: str) -> str:
    """The marks of a column, each once, with 0 for any digit."""
    return "".join(sorted(set(re.sub(r"\d", "0", column)) - {EMPTY, BAR}))


class History:
    """What contexts look at: a song as far as it was read."""

    def __init__(self, facts: TokenFacts) -> None:
        """Begin."""
        self._facts = facts
        self._tokens: list[int] = []
        self._rhythms: list[int] = []
        self._heads: list[int] = []
        self._column = 0
        self._bars: list[dict[int, int]] = [{}]  # of each bar, its tokens by column; the last one is open
        self._repeats: list[bool] = []  # whether a token is that of one bar before at its column
        self._bar: Key = ()
        self._bar_rhythm: Key = ()
        self._last_bar: Key = ()
        self._widths = (-1, -1)  # of the last bar and the one before
        self._in_bar = 0
        self._bars_in_system = self._bars_in_last_system = 0

    def read(self, token: int) -> None:
        """Go on by a token."""
        facts, kind = self._facts, self._facts.kinds[token]
        self._repeats.append(self._before(1) == token)
        self._bars[-1][self._column] = token
        self._tokens.append(token)
        self._rhythms.append(facts.rhythms[token])
        if facts.heads[token] >= 0:
            self._heads.append(facts.heads[token])
        self._in_bar += 1
        if kind == Kind.BAR_LINE:
            self._widths = (self._column, self._widths[0])
            self._last_bar = self._bar
            self._bars.append({})
            self._bars_in_system += 1
            self._open_bar()
        elif kind == Kind.END:
            self._bars_in_last_system, self._bars_in_system = self._bars_in_system, 0
        elif kind == Kind.TUNING:
            self._bars_in_system = -1  # the bar line behind it opens the first bar
            self._open_bar()
        else:
            self._column += facts.columns[token]
            self._bar = (*self._bar, token)
            self._bar_rhythm = (*self._bar_rhythm, facts.rhythms[token])

    def _open_bar(self) -> None:
        self._bar, self._bar_rhythm, self._column, self._in_bar = (), (), 0, 0

    def keys(self) -> list[Key]:
        """What each context of `CONTEXTS` sees now."""
        facts, column = self._facts, self._column
        last = self._tokens[-1] if self._tokens else -1
        last_head = self._heads[-1] if self._heads else -1
        one, two, four, eight = (self._before(bars) for bars in (1, 2, 4, 8))
        rhythm_1, rhythm_2, rhythm_4 = (facts.rhythms[token] if token >= 0 else -1 for token in (one, two, four))
        head_1, head_2, head_4 = (facts.heads[token] if token >= 0 else -1 for token in (one, two, four))
        system = self._bars_in_system, self._bars_in_last_system
        return [
            *(_end_of(self._tokens, order) for order in ORDERS),
            (column, last),
            (column, one, last),
            (column, two, one),
            (column, two, last),
            (column, four, last),
            (column, four, two, one),
            (column, eight, one),
            self._bar,
            (self._bar, self._last_bar),
            (self._bar, self._bars_in_system),
            (column, int(self._in_bar == 0), *system),
            (column, *self._widths),
            *(_end_of(self._rhythms, order) for order in _RHYTHM_ORDERS),
            self._bar_rhythm,
            (column, rhythm_1, rhythm_2),
            (column, rhythm_4, rhythm_1),
            *(_end_of(self._heads, order) for order in _HEAD_ORDERS),
            (column, head_1, head_2),
            (column, head_4, last_head),
            (column, last_head),
        ]

    def bar_class(self) -> int:
        """How well the last tokens repeat the bar before (not, partly, wholly), and how far the bar has come."""
        lately = self._repeats[-_LOOKED_BACK:]
        hits = sum(lately)
        repeating = 0 if not hits else 1 if hits < len(lately) else 2
        return repeating * 3 + (0 if not self._in_bar else 1 if self._in_bar < 4 else 2)

    def _before(self, bars: int) -> int:
        """The token that began at this column so many bars ago; -1 for none."""
        return self._bars[-1 - bars].get(self._column, -1) if bars < len(self._bars) else -1


def _end_of(symbols: Sequence[int], length: int) -> Key:
    """The last symbols; -1 for those before the first."""
    return (-1,) * (length - len(symbols)) + tuple(symbols[len(symbols) - min(length, len(symbols)) :])


@dataclass(slots=True)
class Seen:
    """What one context has seen behind one key: how often each symbol, the last one first."""

    total: int = 0
    symbols: list[list[int]] = field(default_factory=list)

    def add(self, symbol: int) -> None:
        self.total += 1
        place = next((place for place, (known, _) in enumerate(self.symbols) if known == symbol), None)
        entry = [symbol, 0] if place is None else self.symbols.pop(place)
        entry[1] += 1
        self.symbols.insert(0, entry)
        del self.symbols[KEPT:]

    def classes(self) -> Iterable[tuple[int, int]]:
        """Each symbol and the class of its count."""
        for place, (symbol, count) in enumerate(self.symbols):
            how_often, others = class_of(count, _COUNTS), class_of(self.total - count, _OTHERS)
            yield symbol, (how_often * len(_OTHERS) + others) * 2 + (place == 0)


def class_of(number: float, starts: Sequence[float]) -> int:
    """The class of a number, by where classes begin; what is below the first start is in the first."""
    return sum(number >= start for start in starts[1:])


class Counts:
    """What came next, by context and key: of one song while it is read, or of many."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._seen: list[dict[Key, Seen]] = [{} for _ in CONTEXTS]

    def add(self, keys: Sequence[Key], symbols: Sequence[int]) -> None:
        """What each context saw is followed by a token of these symbols."""
        for seen, key, kind in zip(self._seen, keys, CONTEXTS, strict=True):
            if symbols[kind] >= 0:
                seen.setdefault(key, Seen()).add(symbols[kind])

    def found(self, keys: Sequence[Key]) -> list[Seen | None]:
        """What each context has seen behind its key."""
        return [seen.get(key) for seen, key in zip(self._seen, keys, strict=True)]

    def learn(self, facts: TokenFacts, songs: Iterable[Sequence[int]]) -> None:
        """Read whole songs, as token ids."""
        for song in songs:
            history = History(facts)
            for token in song:
                if not facts.ignored[token]:
                    self.add(history.keys(), facts.symbols(token))
                    history.read(token)
