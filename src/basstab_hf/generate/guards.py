"""Guards against loops, as controls: bars that come again too often, notes that were just played.

Input: `Guards` and a vocabulary. Output: `Control`s, each a pure function of the tab so far.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from basstab_hf.generate.controls import Bias, Control
from basstab_hf.generate.request import Guards
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import Pending, TokenNotes, pending, token_notes
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.columns import BAR, EMPTY, STRINGS
from basstab_hf.tab.marks import ONSETS
from basstab_hf.tab.tuning import Tuning

#: Bars in a loop. No loop of three or four bars comes three times in a row in 678 tabs of people; at temperature 0.7
#: the shipped model writes 32 bars with one that comes six times in 28 of 40 tabs.
PERIODS = (1, 2, 3, 4)
#: A note counts as just played for so many bars.
RECENT_BARS = 2
#: Bars that a guard remembers at most.
_KEPT = 1000

#: What sounds in columns, the empty ones behind the last onset left out: two bars with the same have the same notes.
Sounding: TypeAlias = tuple[str, ...]


def guard_controls(guards: Guards, vocabulary: Vocabulary, tuning: Tuning) -> list[Control]:
    """The controls that guards ask for; copies are another matter (see `copies`)."""
    controls: list[Control] = []
    if guards.max_repeats:
        controls.append(RepeatGuard(vocabulary, tuning.n_strings, guards.max_repeats))
    if guards.repetition > 1:
        controls.append(RepetitionPenalty(token_notes(vocabulary, tuning), guards.repetition))
    return controls


class RepeatGuard:
    """Forbids the token that would let a bar, or a loop of up to four, follow itself more than `most` times.

    As late as can be: the bar may go on as before up to its last onset, and it is this one that has to differ, in
    pitch, in place, or by another one behind it. So a repetition ends with a turn, not with a break.
    """

    def __init__(self, vocabulary: Vocabulary, n_strings: int, most: int) -> None:
        """Sort the words by what sounds in them."""
        self._most, self._size = most, len(vocabulary)
        self._ids: dict[Sounding, list[int]] = defaultdict(list)
        for token, columns in _words(vocabulary, n_strings):
            self._ids[_sounding(columns)].append(token)
        self._forbidding = lru_cache(maxsize=256)(self._forbid)
        # By the last closed bar, which is kept, so that no other gets its id: engines write many tabs side by side.
        self._worn: dict[int, tuple[Sequence[str], list[Sounding]]] = {}

    def bias(self, so_far: SoFar) -> Bias | None:
        """-inf for the words that would complete a bar that came often enough."""
        bars = so_far.bars
        if len(bars) < 2:
            return None
        _, worn = self._worn.get(id(bars[-2])) or self._find_worn(bars)
        if not worn:
            return None
        now = tuple(map(_onsets, bars[-1]))
        ends = [bar[len(now) :] for bar in worn if len(bar) > len(now) and bar[: len(now)] == now]
        return self._forbidding(*ends) if ends else None

    def _find_worn(self, bars: Sequence[Sequence[str]]) -> tuple[Sequence[str], list[Sounding]]:
        """Bars that must not come next: those that would go on with a loop that came as often as it may."""
        worn = [_sounding(tuple(bars[-1 - period])) for period in PERIODS if self._is_worn(bars, period)]
        if len(self._worn) >= _KEPT:
            self._worn.clear()
        entry = self._worn[id(bars[-2])] = bars[-2], worn
        return entry

    def _is_worn(self, bars: Sequence[Sequence[str]], period: int) -> bool:
        """Whether the closed bars but the last end with as many repetitions as are allowed."""
        repeated = period * self._most
        return len(bars) > repeated + period and all(
            _sounding(tuple(bars[-back])) == _sounding(tuple(bars[-back - period])) for back in range(2, repeated + 2)
        )

    def _forbid(self, *ends: Sounding) -> Bias:
        bias = np.zeros(self._size, np.float32)
        for end in ends:
            bias[self._ids.get(end, [])] = -np.inf
        return bias


@lru_cache(maxsize=4096)
def _onsets(column: str) -> str:
    """A column without what is neither fret nor dead note: techniques make no bar another one."""
    return "".join(mark if mark in ONSETS else EMPTY for mark in column)


@lru_cache(maxsize=4096)
def _sounding(columns: tuple[str, ...]) -> Sounding:
    sounding = list(map(_onsets, columns))
    while sounding and ONSETS.isdisjoint(sounding[-1]):
        sounding.pop()
    return tuple(sounding)


class RepetitionPenalty:
    """Makes the notes of the last two bars' time less likely: a word that strikes one loses log(`times`), once.

    A presence penalty, as for text, but on notes (string and fret) instead of words: rests, bar lines and dead notes
    are never less likely, and a note's length does not matter.
    """

    def __init__(self, notes: TokenNotes, times: float) -> None:
        """Begin with the notes that the words strike."""
        self._notes, self._loss = notes, -math.log(times)
        self._lowering = lru_cache(maxsize=256)(self._lower)

    def bias(self, so_far: SoFar) -> Bias | None:
        """What words lose that strike notes just played, in nats."""
        begin = (so_far.bar - RECENT_BARS, so_far.column)
        recent = set()
        for note in reversed(so_far.notes):
            if (note.bar, note.column) < begin:
                break
            if note.fret is not None:
                recent.add(_number(note.string, note.fret))
        return self._lowering(frozenset(recent), pending(so_far)) if recent else None

    def _lower(self, recent: Iterable[int], open_frets: Pending) -> Bias:
        notes = self._notes.after(open_frets)
        new = (notes.offset >= 0) | (notes.fret >= 10)  # a fret that may grow is new where it does
        played = np.zeros(_number(STRINGS.stop, 0), np.bool_)
        played[list(recent)] = True
        bias = np.zeros(self._notes.size, np.float32)
        bias[notes.token[new & played[_number(notes.string + 1, notes.fret)]]] = self._loss
        return bias


def _number(string: Any, fret: Any) -> Any:
    """One number for a note; for arrays of notes, too."""
    return 100 * string + fret


def _words(vocabulary: Vocabulary, n_strings: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Id and columns of each word of a tab of so many strings."""
    for token, word in enumerate(vocabulary.words):
        columns = tuple((word or "").split(" "))
        if {*map(len, columns)} == {n_strings} and BAR not in columns[0]:
            yield token, columns
