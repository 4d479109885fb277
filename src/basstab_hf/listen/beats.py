"""The beats of a song, and what of its notes sounds in each.

Input: `Song`. Output: `Beat`s; arrays of beats x 12 pitch classes (C = 0), in quarter notes that sound.
"""

from __future__ import annotations

import heapq
import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from basstab_hf.listen.values import Bar, Part, Song

Array: TypeAlias = npt.NDArray[np.float64]
#: What the onset of a note counts besides its length, in quarter notes: what is struck often is heard more.
_ONSET = 0.15
#: What a melody counts beside chords: it has passing notes.
_MELODY = 0.4
#: Quarter notes after which a note is heard no more: what was never ended in a file lasts to its end.
_LONGEST = 32
#: Mean pitch above which a part of single notes is a melody, not a riff.
_HIGH = 60
#: What is played from here up is no bass of a chord.
_LOW_UP_TO = 72
#: Choirs, voices and leads of General MIDI.
_MELODIES = (range(52, 55), range(80, 88))
_MELODY_NAME = re.compile(r"vo[cx]|sing|melod|\blead|solo", re.IGNORECASE)
#: Signatures that count in dotted quarters.
_COMPOUND = re.compile(r"(6|9|12|15)/(8|16)")


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat of a bar; `place` is where it begins, as a part of the bar, `length` in quarter notes."""

    bar: int
    place: Fraction
    start: Fraction
    length: Fraction


@dataclass(frozen=True, slots=True)
class Sounding:
    """What sounds in each beat: pitch classes of all notes, and of the lowest at each time."""

    chroma: Array
    lowest: Array


def beats(bars: Sequence[Bar]) -> list[Beat]:
    """The beats of all bars: quarter notes, dotted ones in 6/8 and its like; the last of a bar may be a short one."""
    found = []
    for number, bar in enumerate(bars):
        compound = _COMPOUND.fullmatch(bar.signature)
        step = Fraction(12, int(compound[2])) if compound else Fraction(1)
        n_beats = max(round(bar.length / step), 1)
        for beat in range(n_beats):
            start = step * beat
            length = step if beat < n_beats - 1 else bar.length - start
            found.append(Beat(number, start / bar.length, bar.start + start, length))
    return found


def weight(part: Part) -> float:
    """What a part counts for the chords: a melody less than chords and riffs."""
    if any(part.program in programs for programs in _MELODIES) or _MELODY_NAME.search(part.name):
        return _MELODY
    together = Counter(note.onset for note in part.notes)
    single = sum(count == 1 for count in together.values())
    high = sum(note.pitch for note in part.notes) > _HIGH * len(part.notes)
    return _MELODY if high and 5 * single > 4 * len(together) else 1.0


def sounding(song: Song, parts: Sequence[Part], over: Sequence[Beat]) -> Sounding:
    """What some parts play in each beat."""
    chroma, lowest = np.zeros((len(over), 12)), np.zeros((len(over), 12))
    starts = [float(beat.start) for beat in over]
    end = starts[-1] + float(over[-1].length)
    edges = [*starts, end]
    lows: list[list[tuple[float, float, int]]] = [[] for _ in over]
    for part in parts:
        share = weight(part)
        for note in part.notes:
            begin = float(note.onset)
            stop = min(float(note.end), begin + _LONGEST, end)
            if begin >= end:
                break
            place = max(bisect_right(starts, begin + 1e-6) - 1, 0)
            chroma[place, note.pitch % 12] += _ONSET * share
            while place < len(over) and edges[place] < stop:
                length = min(stop, edges[place + 1]) - max(begin, edges[place])
                chroma[place, note.pitch % 12] += max(length, 0.0) * share
                if note.pitch < _LOW_UP_TO:
                    lows[place].append((max(begin, edges[place]), min(stop, edges[place + 1]), note.pitch))
                place += 1
    for place, notes in enumerate(lows):
        _add_lowest(lowest[place], notes)
    return Sounding(chroma, lowest)


def _add_lowest(row: Array, notes: Sequence[tuple[float, float, int]]) -> None:
    """Add for each pitch class how long a note of it is the lowest of all that sound."""
    waiting = sorted(notes, reverse=True)
    sounding: list[tuple[int, float]] = []  # a heap of pitches, and until when
    edges = sorted({edge for begin, stop, _ in notes for edge in (begin, stop)})
    for begin, stop in itertools.pairwise(edges):
        while waiting and waiting[-1][0] <= begin:
            _, end, pitch = waiting.pop()
            heapq.heappush(sounding, (pitch, end))
        while sounding and sounding[0][1] <= begin:
            heapq.heappop(sounding)
        if sounding:
            row[sounding[0][0] % 12] += stop - begin
