"""What may follow in a tab: for any state of a tab so far, the mask of legal words.

Each string is a small automaton over its characters; a column is legal when it is so on every string, when it leaves
nothing open that the rest of the bar cannot close, and when the vocabulary has columns that close it. A word is one
column, or several of a bar with blanks between them: it is legal when its columns are so one after another.

Digits may touch as `marks.split_frets` reads them, and no digit makes another fret of what stands before it, unless a
word spells a fret that no word holds whole (`Vocabulary.spelt_frets`): "5" and "5" are two notes, "1" and "2" are fret
12 in one word and illegal in two, "1", "1" and "1" are three notes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.vocabulary import Mask, Vocabulary
from basstab_hf.tab.columns import BAR, EMPTY, END, is_bar_line
from basstab_hf.tab.lines import LINE_WIDTH
from basstab_hf.tab.marks import (
    AFTER,
    CLOSING,
    DEAD,
    DIGITS,
    GHOST,
    HAMMERS,
    HARMONIC,
    ONSETS,
    SECOND_DIGITS,
    SLIDES,
    TAP,
    TIE,
)
from basstab_hf.tab.values import Tab

#: Columns in a bar while the width of bars is still open, and of a line of systems, as `lines` breaks them.
MIN_BAR, MAX_BAR = 4, 64
MAX_LINE = LINE_WIDTH
#: Bars without a note in a row, as under a note held from the bar before. A model that has written more of them has
#: fallen silent for good: 2 of 8 tabs of the quickstart's model without this limit.
MAX_EMPTY_BARS = 1

# States of a string: at rest, behind a note, behind a fret of one digit, behind a 1 or a 2 that may be the first of
# two, behind a mark that needs a note; in "(5)" or "<12>": opened, behind a 1 or a 2, to be closed; behind a fret of
# two digits, behind notes on fret 2 that touch, behind two on fret 1, which are two only if a third touches them, and
# behind that one.
_REST, _NOTE, _FRET, _ONE, _TWO, _JOIN = range(6)
_GHOST, _GHOST_ONE, _GHOST_TWO, _GHOST_CLOSE, _HARM, _HARM_ONE, _HARM_TWO, _HARM_CLOSE = range(6, 14)
_PAIR, _TWOS, _TWO_ONES, _ONES = range(14, 18)
_N_STATES = 18
_HALF = np.array([_ONE, _TWO, _GHOST_ONE, _GHOST_TWO, _HARM_ONE, _HARM_TWO])
#: Behind the second digit of a fret.
_WHOLE = np.array([_PAIR, _GHOST_CLOSE, _HARM_CLOSE])
_DIGITS, _SOUNDING = (np.array([ord(mark) for mark in sorted(some)]) for some in (DIGITS, ONSETS))
#: Columns that a state needs before the bar may end.
_OPEN = np.array([0, 0, 0, 0, 0, 1, 2, 1, 1, 1, 2, 1, 1, 1, 0, 0, 1, 0], np.int8)
_ILLEGAL = -1


def _transitions() -> NDArray[np.int8]:
    """Next state by state and character code; -1 where the character is illegal, and its row, the last, all -1.

    No digit stands behind a fret of two digits ("111" is no 11 and 1), no other behind notes on fret 1 that touch ("1",
    "1" and "10" would be "1110"), and no 0, 1, 3 or 4 behind such on fret 2 ("220" has a 20). Not seen here: "22" is
    one fret where all beside it are 12 or more.
    """
    table = np.full((_N_STATES + 1, 128), _ILLEGAL, np.int8)

    def allow(states: Sequence[int], characters: Iterable[str], state: int) -> None:
        for mark in characters:
            table[list(states), ord(mark)] = state

    def allow_fret(states: Sequence[int], one: int, two: int, single: int, pair: int) -> None:
        allow(states, DIGITS, single)
        for half, (first, second) in zip((one, two), SECOND_DIGITS.items(), strict=True):
            allow(states, first, half)
            allow((half,), second, pair)

    struck = (_NOTE, _FRET, _ONE, _TWO, _PAIR, _TWOS, _ONES)
    allow((_REST, *struck), EMPTY, _REST)
    allow_fret((_REST, _NOTE, _JOIN, _FRET), _ONE, _TWO, _FRET, _PAIR)
    allow((_TWO_ONES, _ONES), "1", _ONES)
    allow((_TWO, _TWOS), {*DIGITS} - {*SECOND_DIGITS["2"]}, _FRET)
    allow((_TWO, _TWOS), "2", _TWOS)
    allow((_REST, *struck, _JOIN), DEAD, _NOTE)
    allow(struck, HAMMERS, _JOIN)
    allow(struck, SLIDES, _REST)  # out of a note, with or without a target
    allow((_REST,), SLIDES | {TAP}, _JOIN)  # into a note
    allow(struck, AFTER - SLIDES | {TIE}, _NOTE)
    for bracket, opened, one, two, closing in (
        (GHOST, _GHOST, _GHOST_ONE, _GHOST_TWO, _GHOST_CLOSE),
        (HARMONIC, _HARM, _HARM_ONE, _HARM_TWO, _HARM_CLOSE),
    ):
        allow((_REST, *struck, _JOIN), bracket, opened)
        allow_fret((opened,), one, two, closing, closing)
        allow((opened,), DEAD, closing)
        allow((one, two, closing), CLOSING[bracket], _NOTE)
    return table


_TABLE = _transitions()
#: Characters that the grammar cannot tell apart have one class.
_CLASSES = np.unique(_TABLE, axis=1, return_inverse=True)[1].astype(np.int16)


def facts() -> dict[str, Any]:
    """What the grammar follows, for programs in other languages (static_space/page/grammar.js).

    `next` has the next state by character and state, -1 where it is illegal; `open` the columns that a state needs
    before the bar may end; `half` the states in which a digit may be the second of its fret, `whole` those behind one
    that is; `one`, `two` and `two_ones` those behind a 1, a 2 and two notes on fret 1.
    """
    legal = [code for code in range(_TABLE.shape[1]) if (_TABLE[:, code] != _ILLEGAL).any()]
    return {
        "next": {chr(code): _TABLE[: len(_OPEN), code].tolist() for code in legal},
        "open": _OPEN.tolist(),
        "half": _HALF.tolist(),
        "whole": _WHOLE.tolist(),
        "one": _ONE,
        "two": _TWO,
        "two_ones": _TWO_ONES,
        "second_digits": SECOND_DIGITS,
        "min_bar": MIN_BAR,
        "max_bar": MAX_BAR,
        "max_line": MAX_LINE,
        "max_empty_bars": MAX_EMPTY_BARS,
    }


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
class Following:
    """What each shape does to certain states of the strings: the states behind it, and which shapes leave some open."""

    legal: Mask
    states: NDArray[np.int8]  # [shapes, strings]
    open: list[tuple[int, tuple[int, ...]]]


class Grammar:
    """The words of a vocabulary, as far as a tab of `n_strings` strings may use them.

    Words that the automaton cannot tell apart, such as "5---" and "7---", are one shape. `shapes` has that of each
    token; the bar line, `<END>` and what is never written are shapes of their own, the last three.
    """

    def __init__(self, vocabulary: Vocabulary, n_strings: int) -> None:
        """Sort the words into shapes."""
        self.n_strings = n_strings
        self.bar_id, self.end_id = vocabulary.bar_id(n_strings), vocabulary.end_id
        split = {
            place: word.split(" ")
            for place, word in enumerate(vocabulary.words)
            if word and word.isascii() and BAR not in word
        }
        columns = {place: found for place, found in split.items() if {*map(len, found)} == {n_strings}}
        self._spelt = vocabulary.spelt_frets(n_strings)
        self._marks, places = _unique_shapes(list(columns.values()), n_strings, self._spelt)
        self.bar_shape, self.end_shape, self.no_shape = range(len(self._marks), len(self._marks) + 3)
        self.shapes = np.full(len(vocabulary), self.no_shape, np.int32)
        self.shapes[list(columns)] = places
        for token, shape in ((self.bar_id, self.bar_shape), (self.end_id, self.end_shape)):
            if token is not None:
                self.shapes[token] = shape
        self.lengths = (self._marks[:, :, 0] != 0).sum(axis=1)
        sounding: Mask = np.any(np.isin(self._marks, _SOUNDING), axis=2)
        self.first_onsets = np.where(sounding.any(axis=1), sounding.argmax(axis=1), self.lengths)
        self._completable = lru_cache(maxsize=10_000)(self._find_completion)
        self.following = lru_cache(maxsize=1_000)(self._follow)

    @cached_property
    def usable(self) -> bool:
        """Whether the vocabulary can write tabs of this many strings."""
        start = State((_REST,) * self.n_strings)
        return self.bar_id is not None and self.end_id is not None and bool(self._legal_columns(start).any())

    def legal(self, state: State) -> Mask:
        """Mask over the vocabulary of what may follow; a pure function of `state`."""
        mask: Mask = self.legal_shapes(state)[self.shapes]
        return mask

    def legal_shapes(self, state: State) -> Mask:
        """Which shapes may follow: columns, the bar line, '<END>'; [shapes]."""
        mask = np.zeros(self.no_shape + 1, np.bool_)
        mask[: self.bar_shape] = self._legal_columns(state)
        mask[self.bar_shape] = self.bar_id is not None and (_may_end_bar(state) or not mask.any())
        if self.end_id is not None and state.after_bar_line and state.line_columns:
            mask[self.end_shape] = True
            if state.line_columns + (state.width or MIN_BAR) >= MAX_LINE:
                mask[: self.end_shape] = False
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
        first, *others = word.split(" ")
        state = self._advance_column(state, first, grows=_growing(state.strings))
        for column in others:
            state = self._advance_column(state, column)
        return state

    def _advance_column(self, state: State, column: str, grows: int | None = None) -> State:
        following = [_TABLE[s, ord(mark) % 128] for s, mark in zip(state.strings, column, strict=True)]
        if grows is not None and following[grows] == _PAIR:
            following[grows] = self._apart(grows, state.strings[grows])[int(column[grows])]
        return replace(
            state,
            strings=tuple(_REST if s == _ILLEGAL else int(s) for s in following),
            bar_columns=state.bar_columns + 1,
            line_columns=state.line_columns + 1,
            sounded=state.sounded or any(mark in ONSETS for mark in column),
        )

    def start(
        self, prompt: Tab | None = None, width: int | None = None, held: int = 0, *, pickup: bool = True
    ) -> State:
        """The state `held` columns before the end of a prompt, or at the bar line that opens a tab.

        Bars are counted from here; with `pickup` the first may be silent up to its last column, else it is as others.
        """
        state = State((_REST,) * self.n_strings, width=width or (usual_width(prompt) if prompt else None))
        if prompt:
            columns = prompt.systems[-1].columns
            for column in columns[: len(columns) - held]:
                state = self.advance(state, column) if is_bar_line(column) else self._advance_column(state, column)
        return replace(state, bars=0 if pickup else 1)

    def start_of_bar(self, width: int) -> State:
        """The state behind a bar line inside a tab, before a bar of that width that has a note somewhere."""
        return State((_REST,) * self.n_strings, width=width)

    def _legal_columns(self, state: State) -> Mask:
        """Which of the shapes made of columns may follow."""
        following = self.following(state.strings)
        left = (state.width or MAX_BAR) - state.bar_columns - self.lengths
        fits: Mask = following.legal & (left >= 0)
        if state.must_sound:
            fits &= (self.first_onsets == 0) | (state.bar_columns + self.first_onsets < _latest_onset(state))
        for shape, strings in following.open:
            fits[shape] = fits[shape] and self._completable(strings, min(int(left[shape]), 3))
        return fits

    def _follow(self, strings: tuple[int, ...]) -> Following:
        states = np.tile(np.array(strings, np.int8), (len(self._marks), 1))
        legal = np.ones(len(states), np.bool_)
        for depth in range(self._marks.shape[1]):
            codes = self._marks[:, depth]
            here = codes[:, 0] != 0
            behind = _TABLE[states, codes]
            if depth == 0 and (grows := _growing(strings)) is not None:
                pairs = behind[:, grows] == _PAIR
                behind[pairs, grows] = self._apart(grows, strings[grows])[codes[pairs, grows] - ord("0")]
            second = np.isin(codes, _DIGITS) & np.isin(states, _HALF) & np.isin(behind, _WHOLE)
            # While a fret of two digits is written out, no other string starts a note: it would start too late.
            first = np.isin(codes, _SOUNDING) & ~second
            legal &= ~(here & second.any(axis=1) & first.any(axis=1))
            states[here] = behind[here]
        legal &= np.all(states != _ILLEGAL, axis=1)
        opening = np.flatnonzero(legal & (_OPEN[states].max(axis=1, initial=0) > 0))
        return Following(legal, states, [(int(shape), tuple(states[shape].tolist())) for shape in opening])

    def _apart(self, string: int, half: int) -> NDArray[np.int8]:
        """The states behind each digit that a word begins with, on a string behind a 1 or a 2 of the word before."""
        first = half - _ONE + 1
        apart = np.where(self._spelt[string, 10 * first : 10 * first + 10], _PAIR, _ILLEGAL).astype(np.int8)
        if first == 1 and apart[1] == _ILLEGAL:
            apart[1] = _TWO_ONES
        return apart

    def _find_completion(self, strings: tuple[int, ...], left: int) -> bool:
        """Whether some words of the vocabulary close what is open within `left` columns."""
        need = int(_OPEN[list(strings)].max())
        if need == 0 or need > left:
            return need == 0
        following = self.following(strings)
        closing = following.legal & (_OPEN[following.states].max(axis=1, initial=0) < need) & (self.lengths <= left)
        ways = np.column_stack([following.states, self.lengths])[closing]
        return any(self._completable(tuple(way[:-1]), left - way[-1]) for way in np.unique(ways, axis=0).tolist())


def usual_width(tab: Tab) -> int | None:
    """Columns of the most frequent bar among those that a bar line closes, None without such a bar."""
    closed = [len(bar) for system in tab.systems for bar in _closed_bars(system.columns, system.bars)]
    return Counter(closed).most_common(1)[0][0] if closed else None


def _closed_bars(columns: Sequence[str], bars: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    return bars if columns and is_bar_line(columns[-1]) else bars[:-1]


def _growing(strings: Sequence[int]) -> int | None:
    """The string that alone stands behind a 1 or a 2: where several do, their frets are spelt together."""
    halves = [place for place, state in enumerate(strings) if state in (_ONE, _TWO)]
    return halves[0] if len(halves) == 1 else None


def _unique_shapes(
    words: Sequence[Sequence[str]], n_strings: int, spelt: Mask
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Character codes of a word of each shape, [shapes, columns, strings], 0 behind its end, and each word's shape.

    Digits that a word begins with are alike where they are so behind a 1 and a 2 of the word before.
    """
    depth = max(map(len, words), default=1)
    codes = np.zeros((len(words), depth, n_strings), np.uint8)
    for row, word in enumerate(words):
        codes[row, : len(word)] = [[ord(mark) for mark in column] for column in word]
    kinds = np.where(codes, _CLASSES[codes] + 1, 0)
    digits = np.isin(codes[:, 0], _DIGITS)
    second = np.where(digits, codes[:, 0] - ord("0"), 0)
    strings = np.arange(n_strings)
    apart = spelt[strings, 10 + second] + 2 * spelt[strings, 20 + second]
    kinds[:, 0] += digits * apart * (_CLASSES.max() + 2)
    kinds = kinds.reshape(len(words), depth * n_strings)
    _, firsts, places = np.unique(kinds, axis=0, return_index=True, return_inverse=True)
    return codes[firsts], places


def _latest_onset(state: State) -> int:
    """The column of a bar by which it must sound: its last in a first bar, which may be a pickup, else its middle."""
    if state.width is None:
        return MIN_BAR
    return state.width if state.bars == 0 else state.width // 2


def _may_end_bar(state: State) -> bool:
    if state.width is not None:
        return state.bar_columns >= state.width
    return state.bar_columns >= MIN_BAR and not state.must_sound and not any(_OPEN[list(state.strings)])
