"""What is asked of a tab as a whole, as a control: density, register, techniques, and where the beats of a metre are.

Input: control words such as <density:low>, the notes that tokens mean. Output: a `Control`. A small model forgets what
stands in front of it, or never learnt it: so what was written is measured as `tokenizer.control_table` does, and what
leads away from what was asked gets less likely, the more so the further away the tab is. Inside of what was asked
nothing is pushed, so that a groove stays one. Weights were chosen on the seeds 1, 5, 101 and 201; `basstab evaluate
--obedience` measures them on others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.controls import Bias
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import Pending, TokenNotes, pending
from basstab_hf.generate.vocabulary import Vocabulary
from basstab_hf.tab.columns import BAR, EMPTY, END
from basstab_hf.tab.marks import DIGITS, TECHNIQUES, TIE
from basstab_hf.tokenizer.control_table import DENSITY, REGISTER, TECHNIQUE_SHARE

Numbers = NDArray[np.float64]
_Value = TypeVar("_Value")

#: How far inside of what was asked for a tab is kept: onsets a bar, semitones.
_INSIDE, _INSIDE_REGISTER = 0.4, 0.6
#: Onsets a bar, and semitones over the lowest string, that are kept: from and to.
_DENSITIES = {
    "low": (1.0, DENSITY[0] - _INSIDE),
    "medium": (DENSITY[0] + _INSIDE, DENSITY[1] - _INSIDE),
    "high": (DENSITY[1] + _INSIDE, 10.0),
}
_REGISTERS = {
    "low": (4.0, REGISTER[0] - _INSIDE_REGISTER),
    "middle": (REGISTER[0] + _INSIDE_REGISTER, REGISTER[1] - _INSIDE_REGISTER),
    "high": (REGISTER[1] + _INSIDE_REGISTER, 22.0),
}
#: Nats for an onset too many or too few, from half of one on, and at most.
_ONSET, _MOST_ONSET = 2.0, 20.0
#: Nats for each semitone from where the next note should be: inside of what was asked, and outside.
_SEMITONE, _SEMITONE_OUTSIDE = 0.03, 0.2
#: How many times its distance from the middle of what was asked the mean is led back by, and semitones at most.
_BACK, _MOST_BACK = 3.0, 8.0
#: Nats for a technique that is too rare, from the second half of the first bar on, each bar more, and at most.
_TECHNIQUE, _TECHNIQUE_A_BAR, _MOST_TECHNIQUE = 2.0, 1.5, 9.0
#: How often it is wanted beside the share from which on it counts.
_OFTEN = 2.0
#: The beats of a metre, in columns behind the lead, and those of the other one of the same width; nats for and against
#: them, where bars begin notes on the former less often by this share more than on the latter.
_BEATS = {"3/4": ((4, 8), (6,)), "6/8": ((6,), (4, 8))}
_BEAT, _MORE_OFTEN = 8.0, 0.15
_PLAIN = frozenset(f"{DIGITS}{EMPTY}{TIE} ")
_USUAL_WIDTH = 16


class Shaping:
    """Keeps a tab to the control words that say what it is like as a whole; others it leaves to the model."""

    def __init__(self, asked: Iterable[str], notes: TokenNotes, vocabulary: Vocabulary) -> None:
        """Sort the words by what they ask for."""
        self._notes = notes
        values: dict[str, list[str]] = {}
        for word in asked:
            name, _, value = word[1:-1].partition(":")
            values.setdefault(name, []).append(value)
        self._density = _only(_DENSITIES, values.get("density"))
        self._register = _only(_REGISTERS, values.get("register"))
        self._metre, self._beats = bool(values.get("metre")), _only(_BEATS, values.get("metre"))
        wanted = values.get("technique", [])
        self._plain = _with_marks(vocabulary) if wanted == ["none"] else None
        self._techniques = [_Technique(name, vocabulary) for name in wanted if name != "none"]
        self._onsets = lru_cache(maxsize=256)(self._count_onsets)
        self._heights = lru_cache(maxsize=256)(self._judge_heights)
        self._places = lru_cache(maxsize=256)(self._judge_places)
        self._blank = lru_cache(maxsize=256)(self._forbid_first)

    @property
    def is_idle(self) -> bool:
        """Whether it never says anything."""
        return not (self._density or self._register or self._metre or self._techniques) and self._plain is None

    def bias(self, so_far: SoFar) -> Bias | None:
        """Nats of each token where the tab stands."""
        said = [*self._said(so_far)]
        return np.sum(said, axis=0, dtype=np.float32) if said else None

    def _said(self, so_far: SoFar) -> Iterator[Numbers]:
        growing = pending(so_far)
        bars = len(so_far.bars) - 1 + so_far.column / (so_far.width or _USUAL_WIDTH)
        if self._plain is not None:
            yield self._plain
        if self._density and (push := _density_push(so_far, bars, *self._density)):
            wanted = sum(self._density) / 2 / (so_far.width or _USUAL_WIDTH)
            yield push * (self._onsets(growing) - wanted * self._notes.lengths)
        if self._register:
            goal, weight = self._next_height(so_far)
            yield self._heights(growing, goal, weight)
        if self._beats and not _tells(so_far, *self._beats):
            yield self._places(growing, so_far.column - so_far.lead)
        if (self._density or self._metre) and _is_padding(so_far):
            yield self._blank(growing)
        for technique in self._techniques:
            if push := technique.push(so_far, bars):
                yield push * technique.tokens

    def _count_onsets(self, growing: Pending) -> Numbers:
        """Columns of each token in which notes begin, [tokens]."""
        notes = self._notes.after(growing)
        begun = notes.offset >= 0
        columns = np.unique(np.column_stack([notes.token[begun], notes.offset[begun]]), axis=0)
        return np.bincount(columns[:, 0], minlength=self._notes.size).astype(np.float64)

    def _next_height(self, so_far: SoFar) -> tuple[float, float]:
        """Semitones over the lowest string at which the next note should be, and nats for each semitone from there."""
        low, high = self._register or (0.0, 0.0)
        middle = min((low + high) / 2, high - 1.5) if high < _REGISTERS["high"][1] else low + 2.0
        pitches, lowest = so_far.tuning.pitches, so_far.tuning.pitches[-1]
        heights = [pitches[note.string - 1] + note.fret - lowest for note in so_far.notes if note.fret is not None]
        if not heights:
            return middle, _SEMITONE_OUTSIDE
        mean = sum(heights) / len(heights)
        if low <= mean <= high:
            return round(middle), _SEMITONE
        back = max(-_MOST_BACK, min(_MOST_BACK, _BACK * (middle - mean)))
        return round(middle + back), _SEMITONE_OUTSIDE

    def _judge_heights(self, growing: Pending, goal: float, weight: float) -> Numbers:
        notes = self._notes.after(growing)
        heights = self._notes.open_pitches[notes.string] + notes.fret - self._notes.open_pitches[-1]
        return self._summed(notes.token, np.where(notes.fret < 0, 0.0, -weight * np.abs(heights - goal)))

    def _judge_places(self, growing: Pending, column: int) -> Numbers:
        """Nats of each token for its notes on the beats of the metre, against those on others, and for beats missed."""
        notes = self._notes.after(growing)
        wanted, other = self._beats or ((), ())
        places = np.where(notes.offset >= 0, column + notes.offset, -1)
        value = self._summed(notes.token, np.isin(places, wanted) * 2.0 - np.isin(places, other))
        for beat in wanted:
            value -= (column <= beat) & (beat < column + self._notes.lengths)
        return _BEAT * value

    def _forbid_first(self, growing: Pending) -> Numbers:
        """-inf for what begins a note in its first column."""
        notes = self._notes.after(growing)
        return np.where(self._summed(notes.token, (notes.offset == 0) * 1.0) > 0, -np.inf, 0.0)

    def _summed(self, tokens: NDArray[np.int32], values: NDArray[Any]) -> Numbers:
        found: Numbers = np.bincount(tokens, weights=values, minlength=self._notes.size).astype(np.float64)
        return found


class _Technique:
    """A technique that is asked for, and the tokens that have its marks."""

    def __init__(self, name: str, vocabulary: Vocabulary) -> None:
        self._marks = frozenset(mark for mark, technique in TECHNIQUES.items() if technique.replace(" ", "-") == name)
        self.tokens = _where(vocabulary, lambda word: not self._marks.isdisjoint(word)).astype(np.float64)

    def push(self, so_far: SoFar, bars: float) -> float:
        """Nats for its marks: none as long as there are enough of them."""
        had = sum(mark in self._marks for bar in so_far.bars for word in bar for mark in word)
        if bars < 0.5 or had >= 1 + _OFTEN * TECHNIQUE_SHARE * len(so_far.notes):
            return 0.0
        return min(_TECHNIQUE + _TECHNIQUE_A_BAR * bars, _MOST_TECHNIQUE)


def _only(known: Mapping[str, _Value], values: list[str] | None) -> _Value | None:
    """What one value means; None where several or none are asked for."""
    return known.get(values[0]) if values and len(values) == 1 else None


def _density_push(so_far: SoFar, bars: float, low: float, high: float) -> float:
    """Nats for each onset, by how many there are too many or too few."""
    onsets = len({(note.bar, note.column) for note in so_far.notes})
    over, under = onsets - high * bars - 0.5, low * bars - onsets - 0.5
    return -min(_ONSET * over, _MOST_ONSET) if over > 0 else min(_ONSET * under, _MOST_ONSET) if under > 0 else 0.0


def _is_padding(so_far: SoFar) -> bool:
    """Whether the next column is the blank one at the start of a bar, in which no bar before began a note.

    Where a fifth of the bars do, all are read as a column longer (`timing.bar_lead`), and no metre or density is told.
    """
    return so_far.lead == 1 and so_far.column == 0 and all(note.column for note in so_far.notes)


def _tells(so_far: SoFar, wanted: Sequence[int], other: Sequence[int]) -> bool:
    """Whether notes begin clearly more often on some columns of the closed bars than on others."""
    bars = len(so_far.bars) - 1
    begun = {(note.bar, note.column - so_far.lead) for note in so_far.notes if note.bar < so_far.bar}

    def often(columns: Sequence[int]) -> float:
        return sum(column in columns for _, column in begun) / len(columns)

    return bars > 0 and often(wanted) - often(other) >= _MORE_OFTEN * bars


def _with_marks(vocabulary: Vocabulary) -> Numbers:
    """-inf for columns that hold more than frets and ties."""
    return np.where(_where(vocabulary, lambda word: not _PLAIN.issuperset(word)), -np.inf, 0.0)


def _where(vocabulary: Vocabulary, is_so: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Which tokens are columns of a tab for which something is so."""
    words = (word or END for word in vocabulary.words)
    return np.array([BAR not in word and word != END and is_so(word) for word in words])
