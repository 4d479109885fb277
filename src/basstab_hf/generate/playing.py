"""Difficulty as a control: what a hand of some skill cannot do at the tempo is forbidden, what is awkward less likely.

Input: the notes that tokens mean, a level, a tempo. Output: a `Control`. Where the hand is follows from the last notes:
it stays in a position (four frets, one finger a fret; see `fingering`) as long as one holds them all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.controls import Bias
from basstab_hf.generate.so_far import SoFar, Struck
from basstab_hf.generate.token_notes import Ints, Notes, Pending, TokenNotes, pending
from basstab_hf.generate.vocabulary import Mask, Vocabulary
from basstab_hf.metrics.hand import move_seconds
from basstab_hf.tab import marks
from basstab_hf.tab.columns import BAR, EMPTY, END
from basstab_hf.tab.fingering import BEATS, SHIFT, SLIDE, SPAN

Table = NDArray[np.float64]

#: Frets that the hand reaches above its position.
REACH = SPAN - 1
#: Positions of a hand that has not played yet.
ANYWHERE = (1, marks.MAX_FRET)
#: Seconds that a change of position by so many frets takes.
_MOVES = np.array([move_seconds(frets) for frets in range(marks.MAX_FRET + 1)])
#: Notes that are looked back upon: four bars of eighths.
_MEMORY = 32
_UNLIMITED = 99
#: Digits, nothing, ties, and blanks between columns.
_PLAIN = frozenset(f"{marks.DIGITS}{EMPTY}{marks.TIE} ")
#: The highest fret that begins with a digit.
_GROWN = np.array([int(digit + max(marks.SECOND_DIGITS.get(digit, " "))) for digit in marks.DIGITS])


@dataclass(frozen=True, slots=True)
class Level:
    """What may be asked of a player.

    Attributes:
        max_fret: the highest fret.
        marks: of techniques (`tab.marks`); notes and ties may be written at every level.
        strings: how many may be struck at once.
        grid: notes start on multiples of so many beats; 0: anywhere.
        rate: notes a second at most.
        shifts: changes of hand position within `shift_bars` bars; None: any number.
        ease: by how much more time a change of position must have than `move_seconds` needs.
        weight: how much the cost of a movement counts, in nats for each unit of `fingering`.
    """

    max_fret: int
    marks: frozenset[str]
    strings: int
    grid: float
    rate: float
    shifts: int | None
    shift_bars: int
    ease: float
    weight: float


_COLOURS = frozenset({marks.DEAD, marks.VIBRATO, marks.GHOST, marks.CLOSING[marks.GHOST]})
_BENDS = marks.BENDS | {marks.HARMONIC, marks.CLOSING[marks.HARMONIC]}
_EASY = marks.LEADING | _COLOURS
#: 14 notes a second: sixteenths at 210, which the fastest fingers pluck for a while.
LEVELS = {
    1: Level(5, frozenset(), 1, 0.5, 3.5, 1, 4, ease=4, weight=1.0),
    2: Level(7, marks.LEADING, 1, 0.5, 5.0, 1, 2, ease=3, weight=0.5),
    3: Level(12, _EASY, 2, 0.25, 7.0, 2, 1, ease=2, weight=0.25),
    4: Level(17, _EASY | _BENDS, 3, 0.0, 10.0, None, 1, ease=1.5, weight=0.1),
    5: Level(marks.MAX_FRET, _EASY | _BENDS | {marks.TAP}, 6, 0.0, 14.0, None, 1, ease=1, weight=0.0),
}


class Playing:
    """Keeps a tab within a level."""

    def __init__(
        self, notes: TokenNotes, vocabulary: Vocabulary, level: Level, tempo: float, columns_per_beat: float
    ) -> None:
        """Judge what does not depend on the tab so far.

        Args:
            notes: what tokens mean.
            vocabulary: the same tokens.
            level: of `LEVELS`.
            tempo: quarter notes a minute.
            columns_per_beat: 4: a column is a sixteenth.
        """
        self._notes, self._level, self._beat = notes, level, columns_per_beat
        self._seconds = 60 / tempo / columns_per_beat
        #: Columns from one onset to the next at least, and after which the hand may be anywhere.
        self._apart = max(1, math.ceil(1 / level.rate / self._seconds - 1e-9))
        self._rested = math.ceil(max(level.ease * _MOVES[-1] / self._seconds, BEATS[1] * columns_per_beat))
        self._always = _outside_level(notes.after(()), vocabulary, level, self._apart)
        self._rhythm = lru_cache(maxsize=1024)(self._find_rhythm)
        self._movement = lru_cache(maxsize=4096)(self._find_movement)

    def bias(self, so_far: SoFar) -> Bias | None:
        """Nats of each token where the tab stands; -inf for what the level does not have."""
        growing = pending(so_far)
        struck = columns_since(so_far, so_far.notes[-1], self._apart) if so_far.notes else self._apart
        low, high, since, left = self._hand(so_far, len(growing))
        rhythm = self._rhythm(so_far.column - so_far.lead, struck, growing)
        both: Bias = rhythm + self._movement(low, high, since, left, growing)
        return both

    def _hand(self, so_far: SoFar, n_growing: int) -> tuple[int, int, int, int]:
        """Lowest and highest position, columns since its last note, and how often it may still be changed.

        Read from the last notes back; those that may still grow are left out.
        """
        level, notes = self._level, so_far.notes
        window = so_far.bar - level.shift_bars
        low, high = ANYWHERE
        found: tuple[int, int] | None = None
        latest = later = None
        left = level.shifts
        for place in range(len(notes) - 1 - n_growing, max(-1, len(notes) - 1 - _MEMORY), -1):
            note = notes[place]
            if not note.fret:
                continue
            if later is None or (low <= note.fret and note.fret - REACH <= high):
                low, high = max(low, note.fret - REACH), min(high, note.fret)
            else:
                found = found or (low, high)
                if not left or later.bar <= window:
                    break
                left -= 1
                low, high = max(1, note.fret - REACH), note.fret
            latest, later = latest or note, note
        since = columns_since(so_far, latest, self._rested) if latest else self._rested
        return *(found or (low, high)), since, _UNLIMITED if left is None else left

    def _find_rhythm(self, column: int, struck: int, growing: Pending) -> Bias:
        """What starts off the grid or too soon, `struck` columns after the last note, and all that is never allowed."""
        notes = self._notes.after(growing)
        wrong = (notes.offset >= 0) & (notes.offset + struck < self._apart)
        wrong |= notes.fret > self._level.max_fret
        if self._level.grid:
            steps = np.maximum(column + notes.offset, 0) / self._beat / self._level.grid
            wrong |= (notes.offset >= 0) & (np.abs(steps - np.rint(steps)) > 1e-6)
        forbidden = self._always.copy()
        forbidden[notes.token[wrong]] = True
        return np.where(forbidden, np.float32(-np.inf), np.float32(0))

    def _find_movement(self, low: int, high: int, since: int, left: int, growing: Pending) -> Bias:
        """What the hand says of each token from a position that it took `since` columns ago."""
        notes = self._notes.after(growing)
        said = self._moves(notes, notes.fret, low, high, since, left)
        if self._notes.grows:  # a 1 may be a 1 or become a 12: by its chance of each, what suits the hand best counts
            nearest = np.clip(low, 10 * notes.fret, _GROWN[np.where(notes.growing, notes.fret, 0)])
            grown = self._moves(notes, np.where(notes.growing, nearest, notes.fret), low, high, since, left)
            grows = self._notes.grows
            mixed = np.logaddexp(np.log1p(-grows) + said, np.log(grows) + grown)
            some = np.bincount(notes.token[notes.growing], minlength=self._notes.size) > 0
            said = np.where(some, mixed, said)
        return said.astype(np.float32)

    def _moves(self, notes: Notes, frets: Ints, low: int, high: int, since: int, left: int) -> NDArray[np.float64]:
        """Let the hand follow the notes of every token, all tokens at once."""
        size = self._notes.size
        lows, highs, lasts, lefts = (np.full(size, value) for value in (low, high, -since, left))
        said = np.zeros(size)
        fretted = np.flatnonzero(frets > 0)
        rank = np.arange(len(fretted)) - np.searchsorted(notes.token[fretted], notes.token[fretted])
        for number in range(rank.max(initial=-1) + 1):
            chosen = fretted[rank == number]
            token, fret, offset = notes.token[chosen], frets[chosen], notes.offset[chosen]
            distance = np.maximum(0, np.maximum(fret - REACH - highs[token], lows[token] - fret))
            said[token] += self._cost(distance, offset - lasts[token], lefts[token])
            moved = distance > 0
            lows[token] = np.maximum(np.where(moved, 1, lows[token]), fret - REACH)
            highs[token] = np.where(moved, fret, np.minimum(highs[token], fret))
            lasts[token], lefts[token] = offset, lefts[token] - moved
        return said

    def _cost(self, distance: NDArray[np.int64], columns: NDArray[np.int64], left: NDArray[np.int64]) -> Table:
        """Nats of moving by so many frets in so many columns, as `fingering.movement_cost` has it."""
        beats = np.clip(columns / self._beat, *BEATS)
        soft = -self._level.weight * (SHIFT + SLIDE * distance) / beats
        late = self._level.ease * _MOVES[distance] > columns * self._seconds - 1e-9  # nobody is that exact
        return np.where(distance == 0, 0.0, np.where(late | (left <= 0), -np.inf, soft))


def columns_since(so_far: SoFar, note: Struck, most: int) -> int:
    """Columns of the grid from a note to the next column, `most` for more; padding takes no time."""
    columns = so_far.column - note.column
    for back in range(so_far.bar - note.bar):
        if columns >= most:
            break
        columns += len(so_far.bars[-2 - back]) - so_far.lead
    return min(columns, most)


def _outside_level(notes: Notes, vocabulary: Vocabulary, level: Level, apart: int) -> Mask:
    """Tokens with a technique that the level does not have, too many strings at once, or notes too near."""
    allowed = _PLAIN | level.marks
    outside = np.array([not set(word or "") <= allowed for word in vocabulary.words])
    outside[[token for token, word in enumerate(vocabulary.words) if not word or word == END or BAR in word]] = False
    same = notes.token[1:] == notes.token[:-1]
    gaps = notes.offset[1:] - notes.offset[:-1]
    outside[notes.token[1:][same & (gaps > 0) & (gaps < apart)]] = True
    struck, counts = np.unique(np.column_stack([notes.token, notes.offset]), axis=0, return_counts=True)
    outside[struck[counts > level.strings, 0]] = True
    return outside
