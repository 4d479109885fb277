"""A riff -> the bars that come next: over other chords or varied, with an answer at the end of each phrase.

Input: the bars that a riff goes round in, what sounds in each new bar. Output: bars of notes with their strings.

A phrase is four bars: the riff, the riff with another tail, the riff with other notes in its second half, and an answer
that leads into what follows. Without chords every other phrase of a short riff begins a fourth higher.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias, TypeVar

from basstab_hf.chart.names import AEOLIAN, MIXOLYDIAN, Chord
from basstab_hf.chart.values import PlacedChord
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.part import PartBar, PartNote
from basstab_hf.tab.marks import OCTAVE
from basstab_hf.tab.tuning import Tuning

_Value = TypeVar("_Value")
_PHRASE = 4
#: Bars of a riff that is short enough to be moved for half a phrase, and how far it goes: to the fourth, or down to it.
_SHORT, _AWAY, _NEXT = 2, (5, -7), (-5, 7, 3, -2)
#: The highest fret that a riff is moved to.
_HIGHEST = 12
#: Costs of a hand: of another string than the riff's, an open one, each fret above those that are easy, each fret
#: beyond what it reaches; a tenth for each fret on the way.
_OTHER, _OPEN, _HIGH, _COMFORT, _SPAN = 3.0, 0.3, 0.15, 9, 3
#: Notes of an answer at least; where the riff has fewer in its second half, they come in eighths.
_ANSWER = 3
#: Pitch classes of a scale at least: a pentatonic one.
_FEW = 5


@dataclass(frozen=True, slots=True)
class Riff:
    """Bars of so many `steps` that go round, on a bass; there is a pitched note in them."""

    bars: Sequence[PartBar]
    steps: int
    tuning: Tuning

    @property
    def pitches(self) -> list[int]:
        return [pitch for bar in self.bars for _, pitch, _ in bar if pitch != DEAD]

    @property
    def scale(self) -> frozenset[int]:
        """Its pitch classes; where they are few, with those of a scale on its first note, a minor one if it fits."""
        used = frozenset(pitch % OCTAVE for pitch in self.pitches)
        root = self.pitches[0] % OCTAVE
        mode = MIXOLYDIAN if (root + 4) % OCTAVE in used else AEOLIAN
        return used if len(used) >= _FEW else used | {(root + step) % OCTAVE for step in mode}


def developed(riff: Riff, chords: Sequence[Sequence[PlacedChord]], bars: int, chance: Chance) -> tuple[PartBar, ...]:
    """So many bars that go on with a riff.

    Args:
        chords: what sounds in each bar, and round again; none: those of the riff.
        chance: chooses among variants and answers.
    """
    moved = over_chords(riff, chords) if chords else tuple(riff.bars)
    away = _away(riff, chance) if not chords and len(riff.bars) <= _SHORT else None
    answers = sorted(_ANSWERS, key=lambda _: chance.below(1000))
    found: list[PartBar] = []
    for number in range(bars):
        bar, (phrase, place) = moved[number % len(moved)], divmod(number, _PHRASE)
        if away and phrase % 2 and place < _PHRASE // 2:
            bar = away[number % len(away)]
        chord = chords[number % len(chords)][-1].chord if chords else None
        scale = chord.scale if chord else riff.scale
        following = moved[(number + 1) % len(moved)] if number < bars - 1 else moved[0]
        if place == _PHRASE - 1 or number == bars - 1:
            goal, answer = _first(following, riff.pitches[0]), answers[phrase % len(answers)]
            bar = answered(bar, riff, goal, scale, answer, chord.tones if chord else None)
        elif place == _PHRASE - 2 or (place == 1 and (phrase > 0) == bool(chords)):
            bar = varied(bar, riff, scale, chance, _TAIL if place == 1 else _HALF)
        found.append(bar)
    return fingered(found, riff.tuning)


def _away(riff: Riff, chance: Chance) -> tuple[PartBar, ...] | None:
    """The riff a fourth higher, or as near to it as its shape has room; None where it has none."""
    ways = _AWAY if chance.of(0.5) else _AWAY[::-1]
    for shift in (*ways, *_NEXT):
        shapes = [_exact(bar, shift, riff.tuning) for bar in riff.bars]
        if all(shape is not None for shape in shapes):
            return tuple(shape for shape in shapes if shape is not None)
    return None


def over_chords(riff: Riff, chords: Sequence[Sequence[PlacedChord]]) -> tuple[PartBar, ...]:
    """The bars of a riff moved over chords, from what would be the first note over each to its bass, the nearer way.

    A note that is not of the chord's scale goes to a neighbour that is of its chord or scale, unless it leads by a
    semitone into the next note. Where there is no chord, the bar stays as it is.
    """
    bars = math.lcm(len(riff.bars), len(chords))
    return tuple(
        _moved(riff.bars[number % len(riff.bars)], chords[number % len(chords)], riff) for number in range(bars)
    )


def varied(bar: PartBar, riff: Riff, scale: frozenset[int], chance: Chance, most: int) -> PartBar:
    """A bar with other pitches for its last notes, `most` of them; its rhythm and its octaves stay."""
    late = [number for number, note in enumerate(bar) if 2 * note[0] >= riff.steps and note[1] != DEAD]
    late = late or [number for number, note in enumerate(bar) if number and note[1] != DEAD]
    changes = chance.one(_VARIANTS)
    pitches = [pitch for _, pitch, _ in bar if pitch != DEAD]
    together = any(abs(after - before) == OCTAVE for before, after in pairwise(pitches))
    notes = list(bar)
    for count, number in enumerate(late[-most:]):
        step, pitch, _ = notes[number]
        notes[number] = (step, _step(pitch, scale, changes[0 if together else count % len(changes)]), 0)
    return tuple(notes)


def answered(
    bar: PartBar, riff: Riff, goal: int, scale: frozenset[int], answer: Answer, tones: frozenset[int] | None
) -> PartBar:
    """A bar whose second half leads to the first note of the next one; it begins with one of its chord's `tones`."""
    kept = tuple(note for note in bar if 2 * note[0] < riff.steps)
    own = [note[0] for note in bar if 2 * note[0] >= riff.steps]
    eighths = range(riff.steps // 2, riff.steps, max(round(riff.steps / 8), 1))
    places = own if len(own) >= _ANSWER else [*eighths]
    last = next((pitch for _, pitch, _ in reversed(kept) if pitch != DEAD), goal)
    pitches = answer(last, goal, scale, len(places))
    low, high = riff.tuning.pitches[-1], max(*riff.pitches, goal) + 7
    lift = OCTAVE if min(pitches) < low else -OCTAVE if max(pitches) > high and min(pitches) - OCTAVE >= low else 0
    pitches = [pitch + lift for pitch in pitches]
    if tones:
        pitches[0] = _step(pitches[0] - 1, tones, 1)
    return (*kept, *((step, pitch, 0) for step, pitch in zip(places, pitches, strict=True)))


def _down(last: int, goal: int, scale: frozenset[int], count: int) -> list[int]:
    """By step from above."""
    return [_step(goal, scale, count - number) for number in range(count)]


def _up(last: int, goal: int, scale: frozenset[int], count: int) -> list[int]:
    """By step from below."""
    return [_step(goal, scale, number - count) for number in range(count)]


def _around(last: int, goal: int, scale: frozenset[int], count: int) -> list[int]:
    """The last note once more, then the goal's neighbours, above and below."""
    return [*[last] * (count - 2), _step(goal, scale, 1), _step(goal, scale, -1)][-count:]


def _arch(last: int, goal: int, scale: frozenset[int], count: int) -> list[int]:
    """Up from the last note, and back to the goal's neighbour."""
    rise = count // 2
    return [*(_step(last, scale, 2 * number) for number in range(rise)), *_down(last, goal, scale, count - rise)]


def _leap(last: int, goal: int, scale: frozenset[int], count: int) -> list[int]:
    """An octave above the goal, and down to it in thirds and a step."""
    return [
        goal + OCTAVE,
        *(_step(goal, scale, 2 * (count - number) - 3) for number in range(1, count - 1)),
        _step(goal, scale, 1),
    ][:count]


#: From the last note, the goal, a scale and a count to so many pitches.
Answer: TypeAlias = Callable[[int, int, frozenset[int], int], list[int]]
_ANSWERS: tuple[Answer, ...] = (_down, _up, _around, _arch, _leap)
#: Steps of the scale by which the last notes of a bar move, in turn.
_VARIANTS = ((1, 2), (-1, 1), (2, 1), (-1, -2), (2, -1))
#: Notes that a varied bar changes at most: half a bar, or its tail.
_HALF, _TAIL = 3, 2


def _step(pitch: int, scale: frozenset[int], steps: int) -> int:
    """The note of a scale that is so many steps from a pitch, which need not be in it."""
    way = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += way
        while pitch % OCTAVE not in scale:
            pitch += way
    return pitch


def _moved(bar: PartBar, chords: Sequence[PlacedChord], riff: Riff) -> PartBar:
    first = _first(bar, DEAD)
    if first == DEAD:
        return bar
    shifts = [(placed.place * riff.steps, _shift(first, placed.chord)) for placed in chords]
    over = [(placed.place * riff.steps, placed.chord) for placed in chords]
    moved = [
        note
        for part in dict.fromkeys(shift for _, shift in shifts)
        for note in _shifted(tuple(note for note in bar if _at(shifts, note[0], 0) == part), part, riff.tuning)
    ]
    moved.sort()
    pitches = [*(pitch for _, pitch, _ in moved[1:]), DEAD]
    fitting = [_fitting(note, _at(over, note[0], None), after) for note, after in zip(moved, pitches, strict=True)]
    return tuple(fitting)


def _shifted(bar: PartBar, shift: int, tuning: Tuning) -> PartBar:
    """A bar so many semitones higher, in the same shape of the hand where the neck has room for it in some octave."""
    shapes = (_exact(bar, shift + octave, tuning) for octave in (0, OCTAVE, -OCTAVE))
    exact = next((shape for shape in shapes if shape is not None), None)
    if exact is not None:
        return exact
    return tuple((step, pitch if pitch == DEAD else pitch + shift, 0) for step, pitch, _ in bar)


def _exact(bar: PartBar, shift: int, tuning: Tuning) -> PartBar | None:
    """A bar so many semitones higher in the same shape, as low as it has room on the neck; None where it has none."""
    found = [shape for strings in (0, -1, 1, -2, 2) if (shape := _shape(bar, shift, strings, tuning)) is not None]
    return min(found, key=lambda shape: _highest(shape, tuning), default=None)


def _shape(bar: PartBar, shift: int, strings: int, tuning: Tuning) -> PartBar | None:
    """The same with all notes so many strings lower; None where a note has no place there."""
    moved = []
    for step, pitch, string in bar:
        there = string + strings if string else 0
        higher = pitch if pitch == DEAD else pitch + shift
        if string and not 1 <= there <= tuning.n_strings:
            return None
        if there and pitch != DEAD and not 0 <= higher - tuning.pitches[there - 1] <= _HIGHEST:
            return None
        moved.append((step, higher, there))
    return tuple(moved)


def _highest(bar: PartBar, tuning: Tuning) -> int:
    return max((pitch - tuning.pitches[string - 1] for _, pitch, string in bar if string and pitch != DEAD), default=0)


def _fitting(note: PartNote, chord: Chord | None, following: int) -> PartNote:
    step, pitch, string = note
    if pitch == DEAD or chord is None or pitch % OCTAVE in chord.scale or abs(following - pitch) == 1:
        return note
    for notes in (chord.tones, chord.scale):
        for near in (pitch + 1, pitch - 1):
            if near % OCTAVE in notes:
                return step, near, string
    return note


def fingered(bars: Sequence[PartBar], tuning: Tuning) -> tuple[PartBar, ...]:
    """Bars whose notes have the strings between which the hand moves least; those that they have are kept if they can.

    The cheapest path over notes, a state for each string and place of the hand; an open string leaves it where it is.
    """
    paths: dict[tuple[int, int], float] = {(0, 0): 0.0}
    came: list[dict[tuple[int, int], tuple[int, int]]] = []  # of each note, from where each of its states is reached
    for _, pitch, meant in (note for bar in bars for note in bar if note[1] != DEAD):
        following: dict[tuple[int, int], float] = {}
        before: dict[tuple[int, int], tuple[int, int]] = {}
        for string, low in enumerate(tuning.pitches, start=1):
            fret = pitch - low
            if not 0 <= fret <= _HIGHEST + 4:
                continue
            for state, cost in paths.items():
                there = string, fret or state[1]
                total = cost + _move(state[1], fret) + _OTHER * (meant not in (0, string))
                if there not in following or total < following[there]:
                    following[there], before[there] = total, state
        if not following:  # it lies beyond the neck
            before = {(0, hand): (string, hand) for string, hand in paths}
            following = {(0, hand): cost for (_, hand), cost in paths.items()}
        paths = following
        came.append(before)
    state = min(paths, key=lambda state: (paths[state], state))
    strings: list[int] = []
    for before in reversed(came):
        strings.append(state[0])
        state = before[state]
    strings.reverse()
    played = iter(strings)
    found: list[PartBar] = []
    last = 0
    for bar in bars:
        strung = []
        for step, pitch, meant in bar:
            last = (last or meant) if pitch == DEAD else next(played)
            strung.append((step, pitch, last))
        found.append(tuple(strung))
    return tuple(found)


def _move(hand: int, fret: int) -> float:
    """What it costs to play a fret where the hand is at another one; 0: it is nowhere yet."""
    high = _HIGH * max(fret - _COMFORT, 0)
    if not fret:
        return _OPEN
    return high + (abs(fret - hand) / 10 + max(abs(fret - hand) - _SPAN, 0) if hand else 0.0)


def _first(bar: PartBar, otherwise: int) -> int:
    return next((pitch for _, pitch, _ in bar if pitch != DEAD), otherwise)


def _shift(first: int, chord: Chord | None) -> int:
    """Semitones from a note to the bass of a chord, the nearer way."""
    up = (chord.bass - first) % OCTAVE if chord else 0
    return up if up <= OCTAVE // 2 else up - OCTAVE


def _at(values: Sequence[tuple[Fraction, _Value]], step: int, otherwise: _Value) -> _Value:
    """What holds at a step."""
    return next((value for start, value in reversed(values) if start <= step), otherwise)
