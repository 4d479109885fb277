"""The bars of a prompt as a line that what follows is led along: a riff that is gone on with keeps its feel.

Input: the tab so far. Output: bars of (step, pitch), a step a column, in turn as the prompt's bars are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from basstab_hf.composer.line import DEAD, LineBar
from basstab_hf.generate.so_far import SoFar
from basstab_hf.tab.marks import OCTAVE

#: Bars after which a prompt may come round again, and how much alike they are to be for the shortest that will do.
_PERIODS, _ALIKE = (1, 2, 4), 0.8


def feel_of(so_far: SoFar) -> tuple[LineBar, ...]:
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


def over_chords(line: Sequence[LineBar], basses: Sequence[int | None]) -> tuple[LineBar, ...]:
    """The bars of a prompt moved over chords, a bar each, from its first note to the chord's bass, the nearer way.

    Args:
        basses: pitch classes, and round again; None: nobody knows where to, and the bar stays.
    """
    bars = math.lcm(len(line), len(basses))
    return tuple(_moved(line[number % len(line)], basses[number % len(basses)]) for number in range(bars))


def _moved(bar: LineBar, bass: int | None) -> LineBar:
    first = next((pitch for _, pitch in bar if pitch != DEAD), None)
    if first is None or bass is None:
        return bar
    up = (bass - first) % OCTAVE
    shift = up if up <= OCTAVE // 2 else up - OCTAVE
    return tuple((step, pitch if pitch == DEAD else pitch + shift) for step, pitch in bar)


def _line(so_far: SoFar, bar: int) -> LineBar:
    lead = so_far.lead
    struck = {}
    for note in so_far.notes:
        if note.bar == bar and note.column >= lead:
            pitch = so_far.tuning.pitches[note.string - 1] + (note.fret or 0)
            struck[note.column - lead] = DEAD if note.fret is None else pitch
    return tuple(sorted(struck.items()))


def _comes_round(bars: Sequence[LineBar], period: int) -> bool:
    alike = [_alike(bar, later) for bar, later in zip(bars, bars[period:], strict=False)]
    return sum(alike) >= _ALIKE * len(alike)


def _alike(one: LineBar, other: LineBar) -> float:
    """Share of the onsets of two bars that both have."""
    steps, others = {step for step, _ in one}, {step for step, _ in other}
    return len(steps & others) / len(steps | others) if steps | others else 1.0
