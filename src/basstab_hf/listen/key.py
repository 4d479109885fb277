"""The key of a song from its pitch classes: profiles of Krumhansl and Kessler (1982), as Temperley (1999) changed them.

Input: pitch classes by beat, what is lowest in them. Output: `Key`.
"""

from __future__ import annotations

import numpy as np

from basstab_hf.chart.names import Key
from basstab_hf.listen.beats import Array, Sounding

# What each degree, in semitones above the tonic, counts in a major and a minor key (Temperley 1999).
_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 3.5, 2.5)
#: What the share of the song with the tonic lowest adds to the correlation, and that the song begins or ends on it.
_LOWEST, _EDGE = 0.5, 0.08
#: Beats in which a song ends or begins.
_AT_EDGE = 4


def key_of(heard: Sounding) -> Key:
    """The key in which most of a song is."""
    total = heard.chroma.sum(axis=0)
    lowest = heard.lowest.sum(axis=0)
    lowest = lowest / lowest.sum() if lowest.sum() else lowest
    scores = []
    for minor, profile in ((False, _MAJOR), (True, _MINOR)):
        for tonic in range(12):
            expected = np.roll(np.array(profile), tonic)
            score = _correlation(total, expected) + _LOWEST * float(lowest[tonic])
            score += _EDGE * sum(tonic == edge for edge in _edges(heard.lowest))
            scores.append((score, Key(tonic, minor)))
    return max(scores, key=lambda scored: scored[0])[1]


def _correlation(found: Array, expected: Array) -> float:
    if not found.any():
        return 0.0
    return float(np.corrcoef(found, expected)[0, 1]) if found.std() else 0.0


def _edges(lowest: Array) -> list[int]:
    """The pitch classes that the song begins and ends on."""
    sounding = np.flatnonzero(lowest.any(axis=1))
    if not len(sounding):
        return []
    first, last = lowest[sounding[:_AT_EDGE]], lowest[sounding[-_AT_EDGE:]]
    return [int(first.sum(axis=0).argmax()), int(last.sum(axis=0).argmax())]
