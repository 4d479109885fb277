"""Chords -> the key that they stand in.

Input: what sounds in bars. Output: a `Key`, or None where no scale holds nearly all of their notes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from basstab_hf.chart.names import Key
from basstab_hf.chart.values import PlacedChord

#: Share of the chords' notes, each counted as long as it sounds, that a key must hold to be told.
_LEAST = 0.85
#: How much more than another note the tonic counts: its third and fifth say which of two relative keys it is.
_TONIC = 0.5


def key_of(bars: Sequence[Sequence[PlacedChord]]) -> Key | None:
    """The key that holds most of the chords' notes, a minor one with its raised seventh, too.

    Of equals it is the one whose tonic chord sounds longest.
    """
    notes: defaultdict[int, Fraction] = defaultdict(Fraction)
    tonics: defaultdict[tuple[int, bool], Fraction] = defaultdict(Fraction)
    for bar in bars:
        ends = [*(placed.place for placed in bar[1:]), Fraction(1)]
        for placed, end in zip(bar, ends, strict=False):
            if placed.chord is not None:
                minor = 3 in placed.chord.intervals and 4 not in placed.chord.intervals
                tonics[placed.chord.root, minor] += end - placed.place
                for note in placed.chord.tones:
                    notes[note] += end - placed.place
    keys = [Key(tonic, minor) for minor in (False, True) for tonic in range(12)]
    total = sum(notes.values())
    if not total:
        return None
    inside = {key: float(sum(notes[note] for note in _held(key))) for key in keys}
    best = max(keys, key=lambda key: inside[key] + _TONIC * float(tonics[key.tonic, key.minor]))
    return best if inside[best] >= _LEAST * total else None


def _held(key: Key) -> frozenset[int]:
    return key.scale if key.raised_seventh is None else key.scale | {key.raised_seventh}
