"""Histograms of tabs, how spread out they are, and how far apart.

Input: `Tab`s. Output: counts, and figures in bits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Tab

PITCH_CLASSES = 12


def pitch_counts(tab: Tab) -> Counter[int]:
    """How often each pitch (MIDI number) is struck; dead notes have none."""
    return Counter(note.pitch for note in timed_notes(tab) if "dead note" not in note.techniques)


def pitch_classes(counts: Mapping[int, int]) -> Counter[int]:
    """Pitches folded into one octave: 0 is C, 11 is B."""
    folded: Counter[int] = Counter()
    for pitch, count in counts.items():
        folded[pitch % PITCH_CLASSES] += count
    return folded


def pooled(histograms: Iterable[Mapping[int, int]]) -> Counter[int]:
    """The sum of several histograms."""
    total: Counter[int] = Counter()
    for counts in histograms:
        total.update(counts)
    return total


def entropy(counts: Mapping[int, int]) -> float:
    """Shannon entropy of a histogram in bits: 0 for one bin, log2(n) for n equal ones, NaN without counts."""
    total = sum(counts.values())
    if not total:
        return math.nan
    return sum(count / total * math.log2(total / count) for count in counts.values() if count)


def divergence(one: Mapping[int, int], other: Mapping[int, int]) -> float:
    """Jensen-Shannon divergence of two histograms in bits (Lin 1991): 0 the same, 1 nothing in common.

    NaN where one of them has no counts.
    """
    totals = sum(one.values()), sum(other.values())
    if not all(totals):
        return math.nan
    pairs = [(one.get(place, 0) / totals[0], other.get(place, 0) / totals[1]) for place in one.keys() | other.keys()]
    bits = sum(_share(p, (p + q) / 2) + _share(q, (p + q) / 2) for p, q in pairs)
    return min(max(bits / 2, 0.0), 1.0)  # rounding may step over the ends


def _share(p: float, middle: float) -> float:
    return p * math.log2(p / middle) if p else 0.0
