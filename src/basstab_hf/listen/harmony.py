"""What sounds in each beat -> a chord for each: templates of pitch classes, and Viterbi over the beats.

Input: `Sounding`, a key. Output: for each beat a `HeardChord`. Chords change most easily at bar lines, less in the
middle of a bar, least on other beats. Template matching goes back to Fujishima (1999), the smoothing to Sheh and Ellis
(2003).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np

from basstab_hf.chart.names import Key
from basstab_hf.listen.beats import Array, Beat, Sounding

#: Semitones above the root, what each of them counts, and what a chord of the kind costs: rare ones more.
QUALITIES: dict[str, tuple[tuple[int, ...], tuple[float, ...], float]] = {
    "": ((0, 4, 7), (0.37, 0.27, 0.27), 0.0),
    "m": ((0, 3, 7), (0.37, 0.27, 0.27), 0.0),
    "5": ((0, 7), (0.53, 0.38), 0.02),
    "7": ((0, 4, 7, 10), (0.31, 0.22, 0.2, 0.2), 0.1),
    "maj7": ((0, 4, 7, 11), (0.31, 0.22, 0.2, 0.2), 0.1),
    "m7": ((0, 3, 7, 10), (0.31, 0.22, 0.2, 0.2), 0.1),
    "6": ((0, 4, 7, 9), (0.31, 0.22, 0.2, 0.2), 1.0),
    "sus4": ((0, 5, 7), (0.37, 0.27, 0.27), 0.35),
    "sus2": ((0, 2, 7), (0.37, 0.27, 0.27), 0.4),
    "dim": ((0, 3, 6), (0.37, 0.27, 0.27), 0.2),
    "m7b5": ((0, 3, 6, 10), (0.31, 0.22, 0.2, 0.2), 0.2),
    "aug": ((0, 4, 8), (0.37, 0.27, 0.27), 0.3),
}
NAMES = tuple((root, quality) for quality in QUALITIES for root in range(12))
#: What is left for all other pitch classes together.
_OTHERS = 0.045
#: What the lowest note adds where it is the root, and where it is the fifth or third.
_LOWEST, _INVERTED = 1.0, 0.64
#: What a tone of the chord outside the key costs, at most this many of them.
_OUTSIDE, _MOST_OUTSIDE = 0.16, 2
#: What a change costs at a bar line, in the middle of the bar, on another beat.
AT_BAR, AT_MIDDLE, AT_BEAT = 0.36, 0.88, 1.2
#: Quarter notes of sound from which on a beat tells all it can.
_FULL = 2.5


@dataclass(frozen=True, slots=True)
class HeardChord:
    """Root (pitch class) and quality, a key of `QUALITIES`."""

    root: int
    quality: str


def chords(heard: Sounding, over: Sequence[Beat], key: Key, bass: Array | None = None) -> list[HeardChord]:
    """The chord of each beat; where nothing sounds, the one before goes on.

    Args:
        heard: what sounds in each beat.
        over: the beats.
        key: of the song.
        bass: what a bass plays in each beat, which helps to find the roots; beats x 12.
    """
    scores = _emission(heard, key)
    if bass is not None:
        scores += _LOWEST * 2 * _shares(bass)[:, [root for root, _ in NAMES]]
    best = _viterbi(scores, [_change(beat) for beat in over])
    return [HeardChord(*NAMES[state]) for state in best]


def _change(beat: Beat) -> float:
    return AT_BAR if beat.place == 0 else AT_MIDDLE if beat.place == Fraction(1, 2) else AT_BEAT


def _emission(heard: Sounding, key: Key) -> Array:
    """How well each beat fits each chord, in logarithms."""
    total = heard.chroma.sum(axis=1, keepdims=True)
    strength = np.minimum(total / _FULL, 1.0)
    fits = _shares(heard.chroma) @ np.log(_templates()).T
    lowest = _shares(heard.lowest)
    for interval, share in ((0, _LOWEST), (7, _INVERTED), (4, _INVERTED), (3, _INVERTED)):
        columns = [(root + interval) % 12 for root, _ in NAMES]
        has = np.array([interval in QUALITIES[quality][0] for _, quality in NAMES])
        fits += share * lowest[:, columns] * has
    found: Array = strength * (fits - _costs(key)[None, :])
    return found


def _shares(rows: Array) -> Array:
    total = rows.sum(axis=1, keepdims=True)
    found: Array = rows / np.where(total > 0, total, 1.0)
    return found


@cache
def _templates() -> Array:
    """Shares of the pitch classes in each chord."""
    rows = np.zeros((len(NAMES), 12))
    for row, (root, quality) in zip(rows, NAMES, strict=True):
        intervals, shares, _ = QUALITIES[quality]
        row[:] = _OTHERS / (12 - len(intervals))
        for interval, share in zip(intervals, shares, strict=True):
            row[(root + interval) % 12] = share
    return rows


def _costs(key: Key) -> Array:
    """What each chord costs before it is heard."""
    scale = key.scale | ({key.raised_seventh} if key.raised_seventh is not None else set())
    costs = []
    for root, quality in NAMES:
        intervals, _, cost = QUALITIES[quality]
        outside = sum((root + interval) % 12 not in scale for interval in intervals)
        costs.append(cost + _OUTSIDE * min(outside, _MOST_OUTSIDE) + _OUTSIDE * (root not in key.scale))
    return np.array(costs)


def _viterbi(scores: Array, changes: Sequence[float]) -> list[int]:
    """The states of the best path; every change costs alike, so the best state before is all that must be known."""
    best = scores[0].copy()
    came_from = np.zeros(scores.shape, dtype=np.int32)
    states = np.arange(scores.shape[1])
    for place in range(1, len(scores)):
        leader = int(best.argmax())
        moved = best[leader] - changes[place]
        stays = best >= moved
        came_from[place] = np.where(stays, states, leader)
        best = np.where(stays, best, moved) + scores[place]
    path = [int(best.argmax())]
    for place in range(len(scores) - 1, 0, -1):
        path.append(int(came_from[place, path[-1]]))
    return path[::-1]
