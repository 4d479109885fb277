"""A line as a control: it leads where notes begin, and where they go. It is the composer's in a style, or a prompt.

Input: a style or form, the chords asked for, a tuning and a seed; or the bars of a prompt. Output: a `Control`.
A model of this size does not hear the word of a style (docs/log.md): so each tab follows a line of its own, in rhythm
more closely than in pitch, and in pitch than in strings. Ties and techniques stay the model's, and what key, chords
and other controls want comes on top.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.chart.names import Key
from basstab_hf.chart.values import PlacedChord
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.part import FormPlan, PartBar, form_part, part
from basstab_hf.composer.style import Style
from basstab_hf.generate.controls import Bias
from basstab_hf.generate.so_far import SoFar
from basstab_hf.generate.token_notes import Notes, Pending, TokenNotes, pending
from basstab_hf.tab.tuning import Tuning

Numbers = NDArray[np.float64]
#: Columns of a bar at which notes of the line begin: the pitch, or `DEAD`, and the string.
_Places: TypeAlias = tuple[tuple[int, int, int], ...]

#: Nats against a note where none of the line begins, none where one does, and each further note beside it. What is
#: right costs nothing, so that a token gains nothing by holding more of it than another.
_OFF, _MISSED, _BESIDE = 14.0, 16.0, 10.0
#: Nats against a token behind which no note of the line comes: most tokens go on to the next note.
_OPEN = 3.0
#: Nats against another pitch than the line's, or that in another octave; a dead note for a pitched one, and back.
_PITCH, _OCTAVE, _OTHER_KIND = 7.0, 5.5, 13.0
#: Nats against another string than the line's, which keeps the hand where it is.
_STRING = 6.0
#: Nats against each mark of a technique: where all pitches are led, the model wrote five times as many as songs have.
_MARK = 3.5
#: How strongly what goes on with a prompt leads beside a style: what the prompt said comes to a model's mind as it is.
_FEEL = 2.0
#: Bars of a line at least, which then goes round: two phrases.
_BARS = 16


@dataclass(frozen=True, slots=True)
class _Begun:
    """Of the columns of tokens, [tokens, columns]: which begin notes, how many more than one, which are blank."""

    struck: NDArray[np.float32]
    beside: NDArray[np.float32]
    blank: NDArray[np.float32]


class Groove:
    """Leads a tab along a line."""

    _strength: float = 1.0
    #: Against each further note beside one: nothing behind a prompt, which may be in double stops.
    _beside: float = _BESIDE

    def __init__(
        self,
        line: Sequence[PartBar],
        steps: int | Sequence[int],
        notes: TokenNotes,
        *,
        pitched: bool,
        marked: bool = False,
    ) -> None:
        """Take a line of bars of so many steps.

        Args:
            line: bars of notes, and round again.
            steps: of all bars, or of each.
            notes: what tokens mean.
            pitched: whether pitches lead, too, and not the rhythm alone.
            marked: whether there may be as many marks of techniques as the model likes.
        """
        self._mark = 0.0 if marked else _MARK
        self._line, self._notes, self._pitched = line, notes, pitched
        self._steps = [steps] * len(line) if isinstance(steps, int) else steps
        self._at, self._begun = lru_cache(maxsize=2048)(self._bias), lru_cache(maxsize=64)(self._of)

    @classmethod
    def of_prompt(
        cls, line: Sequence[PartBar], steps: int, notes: TokenNotes, strength: float, *, marked: bool
    ) -> Groove:
        """Along bars that go on with a prompt, 1 as riffs are developed; `marked`: it has marks of its own."""
        groove = cls(line, steps, notes, pitched=True, marked=marked)
        groove._strength = _FEEL * strength
        groove._beside = 0.0
        return groove

    @classmethod
    def drawn(
        cls,
        style: Style,
        tuning: Tuning,
        notes: TokenNotes,
        seed: int,
        chords: Sequence[tuple[PlacedChord, ...]],
        key: Key | None,
        bars: int,
        *,
        pitched: bool,
        marked: bool,
    ) -> Groove:
        """Along a line of the style from a seed, over chords or, without any, over some of the style.

        Args:
            chords: what sounds in each bar, as `chart.bars.sounding` has it, and round again.
            key: of the chords of the style; None: any.
            bars: that are to be written.
            marked: whether techniques are asked for, too.
        """
        chance = Chance(f"basstab groove {seed} {style.name}")
        round_ = len(chords) or 1
        whole = math.ceil(max(bars, _BARS) / round_) * round_  # where the line goes round again, the chords do
        line = part(style, tuning, whole, chance, chords, key)
        return cls(line, style.steps, notes, pitched=pitched, marked=marked)

    @classmethod
    def of_form(cls, form: FormPlan, tuning: Tuning, notes: TokenNotes, seed: int, *, marked: bool) -> Groove:
        """Along a line of a whole form from a seed."""
        line = form_part(form, tuning, Chance(f"basstab form {seed}"))
        steps = [section.style.steps for section in form.sections for _ in section.bars]
        return cls(line, steps, notes, pitched=True, marked=marked)

    def bias(self, so_far: SoFar) -> Bias | None:
        """Nats of each token where the tab stands; none where the steps of the style are no columns of the bar."""
        bar, steps = self._line[so_far.bar % len(self._line)], self._steps[so_far.bar % len(self._line)]
        if so_far.width is None or (so_far.width - so_far.lead) % steps:
            return None
        size = (so_far.width - so_far.lead) // steps
        places = tuple((so_far.lead + step * size, pitch, string) for step, pitch, string in bar)
        return self._at(places, so_far.column, so_far.width, pending(so_far))

    def _bias(self, places: _Places, column: int, width: int, growing: Pending) -> Bias:
        notes, begun = self._notes.after(growing), self._begun(growing)
        wanted = {place: (pitch, string) for place, pitch, string in places}
        ahead = np.array([column + offset in wanted for offset in range(self._notes.longest)], np.float32)
        judged = self._judged(notes, column, ahead, wanted)
        found = self._notes.summed(notes, judged)
        found -= _OFF * (begun.struck @ (1 - ahead)) + self._beside * (begun.beside @ ahead)
        found -= self._mark * self._notes.marks + _MISSED * (begun.blank @ ahead)
        found -= _OPEN * ~np.isin(column + self._notes.lengths, [*wanted, width])
        return (self._strength * found).astype(np.float32)

    def _of(self, growing: Pending) -> _Begun:
        notes, columns = self._notes.after(growing), self._notes.longest
        counts = np.zeros((self._notes.size, columns), np.float32)
        inside = notes.offset >= 0
        np.add.at(counts, (notes.token[inside], notes.offset[inside]), 1)
        covered = np.arange(columns) < self._notes.lengths[:, None]
        struck = counts > 0
        return _Begun(*(np.asarray(table, np.float32) for table in (struck, (counts - 1) * struck, covered & ~struck)))

    def _judged(
        self, notes: Notes, column: int, ahead: NDArray[np.float32], wanted: dict[int, tuple[int, int]]
    ) -> Numbers:
        """Nats of notes for what they are, beside what the line has in their columns; 0 where it has nothing."""
        at = np.array([wanted.get(column + offset, (DEAD, 0)) for offset in range(len(ahead))]).reshape(-1, 2)
        led, strings, frets = at[notes.offset], notes.string, notes.fret
        goals, meant = led[:, 0], led[:, 1] - 1
        pitches = self._notes.open_pitches[strings] + frets
        dead = frets < 0
        judged = -_OTHER_KIND * (dead != (goals == DEAD))
        if self._pitched:
            right = np.where(dead, goals == DEAD, pitches == goals)
            octave = np.where(pitches % 12 == goals % 12, _OCTAVE, _PITCH)
            judged -= np.where(right, _STRING * (strings != meant) * (meant >= 0), _STRING + octave)
        return np.where(notes.offset < 0, 0.0, judged * ahead[notes.offset])
