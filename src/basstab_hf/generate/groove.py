"""A line as a control: it leads where notes begin, and where they go. It is the composer's in a style, or a prompt.

Input: a style, the chords that are asked for, a tuning and a seed; or the bars of a prompt. Output: a `Control`.
A model of this size does not hear the word of a style (docs/log.md): so each tab follows a line of its own, in rhythm
more closely than in pitch. Frets, strings, ties and techniques stay the model's, and what key, chords and other
controls want comes on top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.chart.names import Chord
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.harmony import Chord as RootedChord
from basstab_hf.composer.harmony import from_tones
from basstab_hf.composer.line import DEAD, LineBar
from basstab_hf.composer.part import part
from basstab_hf.composer.style import Style
from basstab_hf.generate.controls import Bias
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import Pending, TokenNotes, pending
from basstab_hf.tab.tuning import Tuning

Numbers = NDArray[np.float64]
#: Columns of a bar by where notes of the line begin: the pitch, or `DEAD`.
_Places: TypeAlias = tuple[tuple[int, int], ...]

#: Nats for a note where one of the line begins, and against one elsewhere, a blank there, each further note beside it.
_ON, _OFF, _MISSED, _BESIDE = 2.0, 9.0, 9.0, 10.0
#: Nats against a token behind which no note of the line comes: most tokens go on to the next note.
_OPEN = 3.0
#: Nats for the pitch of the line, and for that in another octave; against a dead note for a pitched one, and back.
_PITCH, _OCTAVE, _OTHER_KIND = 7.0, 1.5, 6.0
#: How strongly a prompt leads beside a style: with 0.5 bars come again too often, with 0.2 gallops fall apart.
_FEEL = 0.3
#: And where it is moved over chords: with 0.3 all notes of a bar became one.
_MOVED = 0.8
#: How much of its strength is left to a prompt in a bar that may turn away.
_TURN = 0.3
#: Bars of a line, or a few more, which then goes round: two phrases.
_BARS = 16


class Groove:
    """Leads a tab along a line."""

    #: Bar by bar, and round again.
    _strengths: tuple[float, ...] = (1.0,)
    #: Against each further note beside one: nothing behind a prompt, which may be in double stops.
    _beside: float = _BESIDE

    def __init__(self, line: Sequence[LineBar], steps: int, notes: TokenNotes, *, pitched: bool) -> None:
        """Take a line of bars of so many steps.

        Args:
            line: bars of (step, pitch), and round again.
            notes: what tokens mean.
            pitched: whether pitches lead, too, and not the rhythm alone.
        """
        self._line, self._steps, self._notes, self._pitched = line, steps, notes, pitched
        self._at = lru_cache(maxsize=2048)(self._bias)

    @classmethod
    def of_prompt(
        cls, line: Sequence[LineBar], steps: int, notes: TokenNotes, strength: float, *, moved: bool
    ) -> Groove:
        """Along the bars of a prompt, 1 as riffs are gone on with, or along them as `moved` over chords.

        Every fourth bar may turn away from them.
        """
        groove = cls(line, steps, notes, pitched=True)
        kept = (_MOVED if moved else _FEEL) * strength
        groove._strengths = (kept, kept, kept, _TURN * kept)
        groove._beside = 0.0
        return groove

    @classmethod
    def drawn(
        cls,
        style: Style,
        tuning: Tuning,
        notes: TokenNotes,
        seed: int,
        chords: Sequence[Chord | None],
        *,
        pitched: bool,
    ) -> Groove:
        """Along a line of the style from a seed, over chords or, without any, over some of the style."""
        chance = Chance(f"basstab groove {seed} {style.name}")
        round_ = len(chords) or 1
        bars = math.ceil(_BARS / round_) * round_  # where the line goes round again, the chords do
        line = part(style, tuning, bars, chance, [_rooted(chord) for chord in chords])
        return cls(line, style.steps, notes, pitched=pitched)

    def bias(self, so_far: SoFar) -> Bias | None:
        """Nats of each token where the tab stands; none where the steps of the style are no columns of the bar."""
        if so_far.width is None or (so_far.width - so_far.lead) % self._steps:
            return None
        size = (so_far.width - so_far.lead) // self._steps
        bar = self._line[so_far.bar % len(self._line)]
        places = tuple((so_far.lead + step * size, pitch) for step, pitch in bar)
        strength = self._strengths[so_far.bar % len(self._strengths)]
        return self._at(places, so_far.column, so_far.width, strength, pending(so_far))

    def _bias(self, places: _Places, column: int, width: int, strength: float, growing: Pending) -> Bias:
        notes = self._notes.after(growing)
        wanted = dict(places)
        columns = column + notes.offset
        on = np.isin(columns, list(wanted)) & (notes.offset >= 0)
        found = self._notes.summed(notes, np.where(on, self._judged(notes.string, notes.fret, columns, wanted), 0.0))
        for place in range(column, column + self._notes.longest):
            begun = np.bincount(notes.token[columns == place], minlength=self._notes.size)
            if place in wanted:
                missed = _MISSED * (place < column + self._notes.lengths)
                found += np.where(begun > 0, _ON - self._beside * (begun - 1), -missed)
            else:
                found -= _OFF * (begun > 0)
        found -= _OPEN * ~np.isin(column + self._notes.lengths, [*wanted, width])
        return (strength * found).astype(np.float32)

    def _judged(
        self, strings: NDArray[np.int32], frets: NDArray[np.int32], columns: NDArray[np.int32], wanted: dict[int, int]
    ) -> Numbers:
        """Nats of notes for what they are, beside what the line has in their columns."""
        goals = np.array([wanted.get(int(place), DEAD) for place in columns])
        pitches = self._notes.open_pitches[strings] + frets
        dead = frets < 0
        judged = np.where(dead != (goals == DEAD), -_OTHER_KIND, 0.0)
        if self._pitched:
            sounding = ~dead & (goals != DEAD)
            judged += sounding * np.where(pitches == goals, _PITCH, _OCTAVE * (pitches % 12 == goals % 12))
        return judged


def _rooted(chord: Chord | None) -> RootedChord | None:
    return None if chord is None else from_tones(chord.root, chord.bass, chord.intervals, chord.scale)
