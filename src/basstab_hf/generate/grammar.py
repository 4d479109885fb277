"""What may follow in a tab: for any state of a tab so far, the mask of legal words.

Each string is a small automaton over its characters; a column is legal when it is so on every string, when it leaves
nothing open that the rest of the bar cannot close, and when the vocabulary has columns that close it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from basstab_hf.columns import BAR, END, is_bar_line
from basstab_hf.tab import Tab

Mask = NDArray[np.bool_]

#: Columns in a bar while the width of bars is still open, and of a line of systems.
MIN_BAR, MAX_BAR = 4, 64
MAX_LINE = 100
#: Bars without a note in a row, as under a note held from the bar before. A model that has written more of them has
#: fallen silent for good: 2 of 8 tabs of the quickstart's model without this limit.
MAX_EMPTY_BARS = 1

# States of a string: at rest, behind a note, behind a mark that needs a note, in "(5)" or "<12>".
_REST, _NOTE, _JOIN, _GHOST, _GHOST1, _GHOST2, _HARM, _HARM1, _HARM2 = range(9)
_FREE = (_REST, _NOTE, _JOIN)
_ONSETS = "0123456789x"
#: Columns that a state needs before the bar may end.
_OPEN = np.array([0, 0, 1, 2, 1, 1, 2, 1, 1], np.int8)
_ILLEGAL = -1


def _transitions() -> NDArray[np.int8]:
    """Next state by state and character code; -1 where the character is illegal."""
    table = np.full((9, 128), _ILLEGAL, np.int8)

    def allow(states: Sequence[int], marks: str, state: int) -> None:
        for mark in marks:
            table[list(states), ord(mark)] = state

    allow((_REST, _NOTE), "-", _REST)
    allow(_FREE, _ONSETS, _NOTE)
    allow((_NOTE,), "hp", _JOIN)
    allow((_NOTE,), "/\\", _REST)  # out of a note, with or without a target
    allow((_REST,), "/\\t", _JOIN)  # into a note
    allow((_NOTE,), "b^~=", _NOTE)
    for bracket, first, second, third, close in (
        ("(", _GHOST, _GHOST1, _GHOST2, ")"),
        ("<", _HARM, _HARM1, _HARM2, ">"),
    ):
        allow(_FREE, bracket, first)
        allow((first,), _ONSETS, second)
        allow((second,), _ONSETS[:10], third)
        allow((second, third), close, _NOTE)
    return table


_TABLE = _transitions()


@dataclass(frozen=True, slots=True)
class State:
    """Where a tab stands.

    `width` is that of its bars, None while open; `bars` counts closed bars, `empty_bars` those without a note up to
    here; `sounded` tells whether the present bar has one.
    """

    strings: tuple[int, ...]
    width: int | None = None
    bar_columns: int = 0
    line_columns: int = 0
    bars: int = 0
    empty_bars: int = MAX_EMPTY_BARS  # a tab begins with a note
    sounded: bool = False

    @property
    def must_sound(self) -> bool:
        return not self.sounded and self.empty_bars >= MAX_EMPTY_BARS

    @property
    def after_bar_line(self) -> bool:
        return self.bar_columns == 0


class Grammar:
    """The words of a vocabulary, as far as a tab of `n_strings` strings may use them."""

    def __init__(self, words: Sequence[str | None], n_strings: int) -> None:
        """Take the words by id; None stands for what is no word (special tokens, characters)."""
        self.n_strings = n_strings
        self.size = len(words)
        ids = [
            place
            for place, word in enumerate(words)
            if word is not None and len(word) == n_strings and word.isascii() and BAR not in word
        ]
        self._ids = np.array(ids, np.int64)
        chars = [[ord(mark) for mark in words[place] or ""] for place in ids]
        self._chars = np.array(chars, np.int64).reshape(len(ids), n_strings)
        self._sounding = np.isin(self._chars, [ord(mark) for mark in _ONSETS]).any(axis=1)
        self.bar_id = words.index(BAR * n_strings) if BAR * n_strings in words else None
        self.end_id = words.index(END) if END in words else None
        self._completable = lru_cache(maxsize=10_000)(self._find_completion)

    @cached_property
    def usable(self) -> bool:
        """Whether the vocabulary can write tabs of this many strings."""
        return self.bar_id is not None and self.end_id is not None and bool(self._start_columns().any())

    def legal(self, state: State) -> Mask:
        """Mask over the vocabulary: columns that may follow, the bar line, '<END>'; a pure function of `state`."""
        mask = np.zeros(self.size, np.bool_)
        mask[self._ids[self._legal_columns(state)]] = True
        if self.bar_id is not None:
            mask[self.bar_id] = _may_end_bar(state) or not mask.any()
        if self.end_id is not None and state.after_bar_line and state.line_columns:
            mask[self.end_id] = True
            if state.line_columns + (state.width or MIN_BAR) >= MAX_LINE:
                mask[:] = False
                mask[self.end_id] = True
        return mask

    def advance(self, state: State, word: str) -> State:
        """The state after `word`. What the grammar would not write itself (in a prompt) leaves its string at rest."""
        if word == END:
            return replace(state, strings=(_REST,) * self.n_strings, bar_columns=0, line_columns=0)
        if is_bar_line(word):
            closed = state.bar_columns > 0
            return replace(
                state,
                strings=(_REST,) * self.n_strings,
                width=state.width or state.bar_columns or None,
                bar_columns=0,
                line_columns=state.line_columns + 1,
                bars=state.bars + closed,
                empty_bars=0 if state.sounded else state.empty_bars + closed,
                sounded=False,
            )
        following = [_TABLE[s, ord(mark) % 128] for s, mark in zip(state.strings, word, strict=True)]
        return replace(
            state,
            strings=tuple(_REST if s == _ILLEGAL else int(s) for s in following),
            bar_columns=state.bar_columns + 1,
            line_columns=state.line_columns + 1,
            sounded=state.sounded or any(mark in _ONSETS for mark in word),
        )

    def start(self, prompt: Tab | None = None, width: int | None = None) -> State:
        """The state at the end of a prompt, or of the bar line that opens a tab; bars are counted from here."""
        state = State((_REST,) * self.n_strings, width=width or (usual_width(prompt) if prompt else None))
        if prompt:
            for column in prompt.systems[-1].columns:
                state = self.advance(state, column)
        return replace(state, bars=0)

    def _legal_columns(self, state: State) -> Mask:
        left = (state.width or MAX_BAR) - state.bar_columns - 1
        following = _TABLE[np.array(state.strings), self._chars]
        fits: Mask = (following != _ILLEGAL).all(axis=1) & (left >= 0)
        if state.must_sound and state.bar_columns + 1 >= _latest_onset(state):
            fits &= self._sounding
        opening = np.flatnonzero(fits & (_OPEN[following].max(axis=1, initial=0) > 0))
        for place in opening:
            fits[place] = self._completable(tuple(following[place].tolist()), min(left, 3))
        return fits

    def _find_completion(self, strings: tuple[int, ...], left: int) -> bool:
        """Whether some columns of the vocabulary close what is open within `left` columns."""
        need = int(_OPEN[list(strings)].max())
        if need == 0 or need > left:
            return need == 0
        following = _TABLE[np.array(strings), self._chars]
        closing = following[(following != _ILLEGAL).all(axis=1)]
        closing = closing[_OPEN[closing].max(axis=1, initial=0) < need]
        return any(self._completable(tuple(row.tolist()), left - 1) for row in np.unique(closing, axis=0))

    def _start_columns(self) -> Mask:
        return self._legal_columns(State((_REST,) * self.n_strings))


def usual_width(tab: Tab) -> int | None:
    """Columns of the most frequent bar among those that a bar line closes, None without such a bar."""
    closed = [len(bar) for system in tab.systems for bar in _closed_bars(system.columns, system.bars)]
    return Counter(closed).most_common(1)[0][0] if closed else None


def _closed_bars(columns: Sequence[str], bars: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    return bars if columns and is_bar_line(columns[-1]) else bars[:-1]


def _latest_onset(state: State) -> int:
    """The column of a bar by which it must sound: its last in a first bar, which may be a pickup, else its middle."""
    if state.width is None:
        return MIN_BAR
    return state.width if state.bars == 0 else state.width // 2


def _may_end_bar(state: State) -> bool:
    if state.width is not None:
        return state.bar_columns >= state.width
    return state.bar_columns >= MIN_BAR and not state.must_sound and not any(_OPEN[list(state.strings)])
