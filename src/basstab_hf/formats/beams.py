"""Which beams begin, go on and end at each beat of a bar: notes within a beat are beamed, dotted quarters in 6/8.

Input: a `ScoreBar`. Output: for each of its beats the kinds of its beams, the eighths' first, as MusicXML calls them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from basstab_hf.formats.note_values import DOTTED_QUARTER
from basstab_hf.formats.score_values import Beat, ScoreBar


def beams(bar: ScoreBar) -> list[tuple[str, ...]]:
    """The beams of each beat; none for rests, quarters and what stands alone."""
    compound = bar.denominator == 8 and bar.numerator in (6, 9, 12)
    unit = DOTTED_QUARTER if compound else Fraction(1)
    found: list[tuple[str, ...]] = [()] * len(bar.beats)
    group: list[int] = []
    place, unit_now = Fraction(0), Fraction(-1)
    for number, beat in enumerate(bar.beats):
        if not _levels(beat) or place // unit != unit_now:
            _close(group, bar.beats, found)
            group = []
        if _levels(beat):
            group.append(number)
        unit_now = Fraction(place // unit)
        place += beat.value.length
    _close(group, bar.beats, found)
    return found


def _levels(beat: Beat) -> int:
    """Beams of a note value: one for an eighth; none for a rest."""
    return max(int(math.log2(beat.value.denominator)) - 2, 0) if beat.notes else 0


def _close(group: Sequence[int], beats: Sequence[Beat], found: list[tuple[str, ...]]) -> None:
    if len(group) < 2:
        return
    levels = [_levels(beats[number]) for number in group]
    for place, number in enumerate(group):
        before = levels[place - 1] if place else 0
        after = levels[place + 1] if place + 1 < len(levels) else 0
        found[number] = tuple(_kind(level, before, after) for level in range(1, levels[place] + 1))


def _kind(level: int, before: int, after: int) -> str:
    if before >= level and after >= level:
        return "continue"
    if after >= level:
        return "begin"
    if before >= level:
        return "end"
    return "backward hook" if before else "forward hook"
