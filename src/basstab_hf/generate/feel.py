"""The bars of a prompt as a line that what follows is led along: a riff that is gone on with keeps its feel.

Input: the tab so far. Output: bars of notes, a step a column, in turn as the prompt's bars are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from basstab_hf.chart.names import Chord
from basstab_hf.chart.values import PlacedChord
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.part import PartBar, PartNote
from basstab_hf.generate.so_far import SoFar
from basstab_hf.tab.marks import OCTAVE

#: Bars after which a prompt may come round again, and how much alike they are to be for the shortest that will do.
_PERIODS, _ALIKE = (1, 2, 4), 0.8


def feel_of(so_far: SoFar) -> tuple[PartBar, ...]:
    """The bars that a prompt goes round in, the next one first; none where it has no bar of the usual width with notes.

    One bar that comes again, else two, else four; where none comes again, as many of them as there are.
    """
    if so_far.width is None:
        return ()
    first = so_far.bar - len(so_far.bars) + 1
    closed = range(len(so_far.bars) - 1)
    bars = [_line(so_far, first + number) for number in closed if len(so_far.bars[number]) == so_far.width]
    if not any(bars):
        return ()
    period = next((n for n in _PERIODS if 2 * n <= len(bars) and _comes_round(bars, n)), None)
    if period is None:
        period = max(n for n in _PERIODS if n <= len(bars))
    return tuple(bars[-period:])


def over_chords(line: Sequence[PartBar], chords: Sequence[Sequence[PlacedChord]], steps: int) -> tuple[PartBar, ...]:
    """The bars of a prompt moved over chords, from what would be the first note over each to its bass, the nearer way.

    Args:
        line: bars of so many `steps`.
        chords: what sounds in each bar, and round again; where there is no chord, the bar stays as it is.
    """
    bars = math.lcm(len(line), len(chords))
    return tuple(_moved(line[number % len(line)], chords[number % len(chords)], steps) for number in range(bars))


def _moved(bar: PartBar, chords: Sequence[PlacedChord], steps: int) -> PartBar:
    first = next((pitch for _, pitch, _ in bar if pitch != DEAD), None)
    if first is None:
        return bar
    shifts = [(placed.place * steps, _shift(first, placed.chord)) for placed in chords]
    return tuple(_by(note, _at(shifts, note[0])) for note in bar)


def _by(note: PartNote, shift: int) -> PartNote:
    """A note so many semitones higher; what moves may lie on any string."""
    step, pitch, _ = note
    return note if pitch == DEAD or not shift else (step, pitch + shift, 0)


def _shift(first: int, chord: Chord | None) -> int:
    """Semitones from a note to the bass of a chord."""
    up = (chord.bass - first) % OCTAVE if chord else 0
    return up if up <= OCTAVE // 2 else up - OCTAVE


def _at(shifts: Sequence[tuple[Fraction, int]], step: int) -> int:
    return next((shift for start, shift in reversed(shifts) if start <= step), 0)


def _line(so_far: SoFar, bar: int) -> PartBar:
    lead = so_far.lead
    struck = {}
    for note in so_far.notes:
        if note.bar == bar and note.column >= lead:
            pitch = so_far.tuning.pitches[note.string - 1] + (note.fret or 0)
            struck[note.column - lead] = (DEAD if note.fret is None else pitch, note.string)
    return tuple((step, *of_note) for step, of_note in sorted(struck.items()))


def _comes_round(bars: Sequence[PartBar], period: int) -> bool:
    alike = [_alike(bar, later) for bar, later in zip(bars, bars[period:], strict=False)]
    return sum(alike) >= _ALIKE * len(alike)


def _alike(one: PartBar, other: PartBar) -> float:
    """Share of the onsets of two bars that both have."""
    steps, others = {step for step, _, _ in one}, {step for step, _, _ in other}
    return len(steps & others) / len(steps | others) if steps | others else 1.0
