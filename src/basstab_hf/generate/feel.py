"""The bars of a prompt as a line that what follows is led along: a riff that is gone on with keeps its feel.

Input: the tab so far. Output: bars of notes, a step a column, in turn as the prompt's bars are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeVar

from basstab_hf.chart.names import Chord, Key
from basstab_hf.chart.values import PlacedChord
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.part import PartBar, PartNote
from basstab_hf.generate.so_far import SoFar
from basstab_hf.tab.marks import OCTAVE

#: Pitch classes of a scale at least: a pentatonic one.
_FEW = 5
_Value = TypeVar("_Value")
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

    A note that is not of the chord's scale goes to a neighbour that is of its chord or scale, unless it leads by a
    semitone into the next note.

    Args:
        line: bars of so many `steps`.
        chords: what sounds in each bar, and round again; where there is no chord, the bar stays as it is.
    """
    bars = math.lcm(len(line), len(chords))
    return tuple(_moved(line[number % len(line)], chords[number % len(chords)], steps) for number in range(bars))


def with_fill(line: Sequence[PartBar], chords: Sequence[Sequence[PlacedChord]], steps: int, bars: int) -> list[PartBar]:
    """So many bars of a line that goes round; the second half of the last one walks back to where the line begins.

    Args:
        line: bars of so many `steps`.
        chords: what sounds in each bar, and round again.
    """
    found = [line[number % len(line)] for number in range(bars)]
    pitched = [pitch for bar in line for _, pitch, _ in bar if pitch != DEAD]
    if not pitched:
        return found
    chord = chords[(bars - 1) % len(chords)][-1].chord if chords else None
    scale = chord.scale if chord else _scale(pitched)
    kept = tuple(note for note in found[-1] if 2 * note[0] < steps)
    goal = next(pitch for bar in line for _, pitch, _ in bar if pitch != DEAD)
    places = range(steps // 2, steps, max(round(steps / 8), 1))
    last = next((pitch for _, pitch, _ in reversed(kept) if pitch != DEAD), goal)
    walk = _walk(last, goal, scale, len(places), (min(pitched), max(pitched)))
    found[-1] = (*kept, *((step, pitch, 0) for step, pitch in zip(places, walk, strict=True)))
    return found


def _scale(pitches: Sequence[int]) -> frozenset[int]:
    """The pitch classes of notes; of few, the natural minor scale of the first one, which holds most riffs."""
    used = frozenset(pitch % OCTAVE for pitch in pitches)
    return used if len(used) >= _FEW else Key(pitches[0] % OCTAVE, minor=True).scale


def _walk(start: int, goal: int, scale: frozenset[int], count: int, compass: tuple[int, int]) -> list[int]:
    """Notes of a scale that come to a goal by step, from the side on which the line lies."""
    low, high = compass
    from_above = start > goal if start != goal else goal + count <= high
    way = 1 if from_above else -1
    notes = [pitch for pitch in range(goal + way, goal + way * 2 * OCTAVE, way) if pitch % OCTAVE in scale]
    walk = notes[:count][::-1]
    return walk if low - OCTAVE // 2 <= min(walk) else [pitch + OCTAVE for pitch in walk]


def _moved(bar: PartBar, chords: Sequence[PlacedChord], steps: int) -> PartBar:
    first = next((pitch for _, pitch, _ in bar if pitch != DEAD), None)
    if first is None:
        return bar
    shifts = [(placed.place * steps, _shift(first, placed.chord)) for placed in chords]
    moved = [_by(note, _at(shifts, note[0], 0)) for note in bar]
    over = [(placed.place * steps, placed.chord) for placed in chords]
    return tuple(
        _fitting(note, _at(over, note[0], None), following)
        for note, following in zip(moved, [*(pitch for _, pitch, _ in moved[1:]), DEAD], strict=True)
    )


def _by(note: PartNote, shift: int) -> PartNote:
    """A note so many semitones higher; what moves may lie on any string."""
    step, pitch, _ = note
    return note if pitch == DEAD or not shift else (step, pitch + shift, 0)


def _fitting(note: PartNote, chord: Chord | None, following: int) -> PartNote:
    step, pitch, _ = note
    if pitch == DEAD or chord is None or pitch % OCTAVE in chord.scale or abs(following - pitch) == 1:
        return note
    for notes in (chord.tones, chord.scale):
        for near in (pitch + 1, pitch - 1):
            if near % OCTAVE in notes:
                return step, near, 0
    return note


def _shift(first: int, chord: Chord | None) -> int:
    """Semitones from a note to the bass of a chord."""
    up = (chord.bass - first) % OCTAVE if chord else 0
    return up if up <= OCTAVE // 2 else up - OCTAVE


def _at(values: Sequence[tuple[Fraction, _Value]], step: int, otherwise: _Value) -> _Value:
    """What holds at a step."""
    return next((value for start, value in reversed(values) if start <= step), otherwise)


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
    """Share of the notes of two bars that both have."""
    notes, others = {note[:2] for note in one}, {note[:2] for note in other}
    return len(notes & others) / len(notes | others) if notes | others else 1.0
