"""The bars of a prompt as a line that what follows is led along: a riff that is gone on with keeps its feel.

Input: the tab so far. Output: bars of notes, a step a column, in turn as the prompt's bars are.
"""

from __future__ import annotations

from collections.abc import Sequence

from basstab_hf.composer.line import DEAD
from basstab_hf.composer.part import PartBar
from basstab_hf.generate.so_far import SoFar

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
