"""What may follow in a tab: for any state of a tab so far, the mask of legal words.

Each string is a small automaton over its characters; a column is legal when it is so on every string, when it leaves
nothing open that the rest of the bar cannot close, and when the vocabulary has columns that close it. A word is one
column, or several of a bar with blanks between them: it is legal when its columns are so one after another.
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
    """Next state by state and character code; -1 where the character is illegal, and its row, the last, all -1."""
    table = np.full((10, 128), _ILLEGAL, np.int8)

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


@dataclass(frozen=True, slots=True)
class _Following:
    """What each word does to certain states of the strings: the states behind it, and which words leave some open."""

    legal: Mask
    states: NDArray[np.int8]  # [words, strings]
    open: list[tuple[int, tuple[int, ...]]]


class Grammar:
    """The words of a vocabulary, as far as a tab of `n_strings` strings may use them."""

    def __init__(self, words: Sequence[str | None], n_strings: int) -> None:
        """Take the words by id; None stands for what is no word (special tokens, characters)."""
        self.n_strings = n_strings
        self.size = len(words)
        split = {
            place: word.split(" ") for place, word in enumerate(words) if word and word.isascii() and BAR not in word
        }
        columns = {place: found for place, found in split.items() if {*map(len, found)} == {n_strings}}
        # The longest words first: those that have a column at some depth are the first so many.
        ids = sorted(columns, key=lambda place: -len(columns[place]))
        self._ids = np.array(ids, np.int64)
        self._lengths = np.array([len(columns[place]) for place in ids], np.int64)
        self._chars = np.zeros((len(ids), self._lengths.max(initial=0), n_strings), np.int16)
        for row, place in enumerate(ids):
            self._chars[row, : self._lengths[row]] = [[ord(mark) for mark in column] for column in columns[place]]
        sounding: Mask = np.any(np.isin(self._chars, [ord(mark) for mark in _ONSETS]), axis=2)
        self._first_onsets = np.where(sounding.any(axis=1), sounding.argmax(axis=1), self._lengths)
        self.bar_id = words.index(BAR * n_strings) if BAR * n_strings in words else None
        self.end_id = words.index(END) if END in words else None
        self._completable = lru_cache(maxsize=10_000)(self._find_completion)
        self._following = lru_cache(maxsize=1_000)(self._follow)

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
        for column in word.split(" "):
            state = self._advance_column(state, column)
        return state

    def _advance_column(self, state: State, column: str) -> State:
        following = [_TABLE[s, ord(mark) % 128] for s, mark in zip(state.strings, column, strict=True)]
        return replace(
            state,
            strings=tuple(_REST if s == _ILLEGAL else int(s) for s in following),
            bar_columns=state.bar_columns + 1,
            line_columns=state.line_columns + 1,
            sounded=state.sounded or any(mark in _ONSETS for mark in column),
        )

    def start(self, prompt: Tab | None = None, width: int | None = None, held: int = 0) -> State:
        """The state `held` columns before the end of a prompt, or at the bar line that opens a tab.

        Bars are counted from here.
        """
        state = State((_REST,) * self.n_strings, width=width or (usual_width(prompt) if prompt else None))
        if prompt:
            columns = prompt.systems[-1].columns
            for column in columns[: len(columns) - held]:
                state = self.advance(state, column)
        return replace(state, bars=0)

    def _legal_columns(self, state: State) -> Mask:
        """Which of the words made of columns may follow."""
        following = self._following(state.strings)
        left = (state.width or MAX_BAR) - state.bar_columns - self._lengths
        fits: Mask = following.legal & (left >= 0)
        if state.must_sound:
            fits &= (self._first_onsets == 0) | (state.bar_columns + self._first_onsets < _latest_onset(state))
        for place, strings in following.open:
            fits[place] = fits[place] and self._completable(strings, min(int(left[place]), 3))
        return fits

    def _follow(self, strings: tuple[int, ...]) -> _Following:
        states = np.tile(np.array(strings, np.int8), (len(self._ids), 1))
        for depth in range(self._chars.shape[1]):
            rows = int((self._lengths > depth).sum())
            states[:rows] = _TABLE[states[:rows], self._chars[:rows, depth]]
        legal: Mask = np.all(states != _ILLEGAL, axis=1)
        opening = np.flatnonzero(legal & (_OPEN[states].max(axis=1, initial=0) > 0))
        return _Following(legal, states, [(int(place), tuple(states[place].tolist())) for place in opening])

    def _find_completion(self, strings: tuple[int, ...], left: int) -> bool:
        """Whether some words of the vocabulary close what is open within `left` columns."""
        need = int(_OPEN[list(strings)].max())
        if need == 0 or need > left:
            return need == 0
        following = self._following(strings)
        closing = following.legal & (_OPEN[following.states].max(axis=1, initial=0) < need) & (self._lengths <= left)
        ways = np.column_stack([following.states, self._lengths])[closing]
        return any(self._completable(tuple(way[:-1]), left - way[-1]) for way in np.unique(ways, axis=0).tolist())

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
