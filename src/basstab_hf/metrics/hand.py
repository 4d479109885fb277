"""How hard a tab is for the fretting hand: where it stands, how it moves, what no hand can do.

Input: a `Tab` and its tempo. Output: `Playability`. The hand is placed by `fingering.place_hand`, at least cost.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf.errors import InputError
from basstab_hf.metrics.averages import mean
from basstab_hf.metrics.bars import bar_starts
from basstab_hf.tab.fingering import Fingering, passage_cost, place_hand, shifts
from basstab_hf.tab.timing import COLUMNS_PER_BEAT, beats, timed_notes
from basstab_hf.tab.values import Note, Tab

#: Quarter notes a minute where a tab does not say.
TEMPO = 120.0
#: What an aimed movement of the hand gets done, in bits a second: about 10 in Fitts' tapping (1954). On 144 real pages,
#: at the usual tempo, 0.8 % of the moves ask for more; with their frets drawn at random 14 %.
BITS_PER_SECOND = 10.0


@dataclass(frozen=True, slots=True)
class Playability:
    """Figures of one tab; NaN where it has too few notes to tell.

    Attributes:
        cost_per_note: `fingering.passage_cost` by the number of notes; its unit is one change of position in a beat.
        shifts_per_second: changes of hand position by the length of the tab.
        position_span: frets from the lowest to the highest hand position in a bar, mean over bars with a fretted note.
        impossible_moves: share of the moves from one fretted note to the next that are too far for their time.
    """

    cost_per_note: float
    shifts_per_second: float
    position_span: float
    impossible_moves: float


def playability(tab: Tab, tempo: float = TEMPO, columns_per_beat: float = COLUMNS_PER_BEAT) -> Playability:
    """Place the hand and measure it; dead notes need no place.

    Raises:
        InputError: a tempo or grid that is not positive.
    """
    if not (tempo > 0 and columns_per_beat > 0):
        raise InputError(f"tempo {tempo} and {columns_per_beat} columns a beat: both must be above 0")
    notes = [note for note in timed_notes(tab, columns_per_beat) if "dead note" not in note.techniques]
    path = place_hand(notes)
    seconds = beats(tab, columns_per_beat) * 60 / tempo
    return Playability(
        cost_per_note=passage_cost(path, [note.onset for note in notes]) / len(notes) if notes else math.nan,
        shifts_per_second=shifts(path) / seconds if notes else math.nan,
        position_span=_position_span(tab, [note.onset * columns_per_beat for note in notes], path),
        impossible_moves=_impossible_moves(notes, path, tempo),
    )


def move_seconds(frets: int) -> float:
    """The time that moving the hand by so many frets takes at least.

    By Fitts' law with a target as wide as a fret: log2(2 * frets) bits.
    """
    return math.log2(2 * frets) / BITS_PER_SECOND if frets else 0.0


def _position_span(tab: Tab, columns: Sequence[float], path: Sequence[Fingering]) -> float:
    starts = bar_starts(tab)
    positions = defaultdict(list)
    for column, fingering in zip(columns, path, strict=True):
        if fingering.fret:
            positions[bisect(starts, round(column))].append(fingering.position)
    return mean([max(found) - min(found) for found in positions.values()])


def _impossible_moves(notes: Sequence[Note], path: Sequence[Fingering], tempo: float) -> float:
    """Open strings between two fretted notes leave the hand their time; notes together need one position."""
    fretted = [(note.onset * 60 / tempo, where.position) for note, where in zip(notes, path, strict=True) if where.fret]
    moves = list(itertools.pairwise(fretted))
    return mean([move_seconds(abs(after - before)) > then - now for (now, before), (then, after) in moves])
