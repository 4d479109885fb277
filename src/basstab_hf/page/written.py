"""What a model wrote -> a track, with what is known of its time and stands beside it.

Input: what was wanted, the tab. Output: a `Track`, and what is told.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from basstab_hf.chart.bars import parse_bar
from basstab_hf.formats.track import Marks, Track
from basstab_hf.page.form import Wanted
from basstab_hf.page.results import track_of
from basstab_hf.recognise.annotations import Chord
from basstab_hf.rhythm.beat_grid import KNOWN, guess_columns_per_beat
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.tab.layout import in_even_lines
from basstab_hf.tab.values import Tab


@dataclass(frozen=True, slots=True)
class Shown:
    """A track, and what is told of it."""

    track: Track
    told: tuple[str, ...] = ()


def kept_systems(asked: Wanted) -> int:
    """How many systems of the riff stay as they are: all, where something stands beside them."""
    marks = asked.riff.track.marks if asked.riff else ()
    return len(marks) if any(mark.section or mark.chords or mark.rows for mark in marks) else 0


def shown(asked: Wanted, tab: Tab) -> Shown:
    """The track of a tab that was written for what was wanted: lines as people write them, chords over their bars."""
    grid = asked.request.music.columns_per_beat
    if asked.charted:
        sheet = asked.charted.sheet(tab)
        return Shown(track_of(sheet.tab, grid, marks=sheet.marks, tempo=asked.tempo, time=asked.time))
    kept = kept_systems(asked)
    even = in_even_lines(tab, kept)
    riff = asked.riff.track if asked.riff else None
    told: tuple[str, ...] = ()
    if riff:
        even = replace(even, title=riff.tab.title, artist=riff.tab.artist)
        if riff.time.times or riff.time.form or riff.time.tempos:
            told = ("Repeats, counts and changes of tempo of the riff are not carried on.",)
    beside = [*(riff.marks if riff and kept else ()), *[Marks()] * (len(even.systems) - kept)]
    marks = _with_chords(even, beside, asked.request.music.chords, len(even.bars) - asked.request.bars)
    time = _told(asked.time, even, grid)
    return Shown(track_of(even, grid, marks=marks, tempo=time.tempo, time=time), told)


def _told(time: TabTime, tab: Tab, grid: float) -> TabTime:
    """What has to be told of the time: no grid where the bars tell it clearly."""
    guess = guess_columns_per_beat(tab)
    if guess.columns_per_beat == grid and guess.confidence >= KNOWN:
        return replace(time, grid=None, time_signature="")
    return time


def _with_chords(tab: Tab, beside: Sequence[Marks], row: Sequence[str], first: int) -> tuple[Marks, ...]:
    """Marks with the chords of a row over the bars from number `first` (from 0) on, where it comes round again."""
    if not row:
        return tuple(beside)
    numbers = itertools.count()
    found = []
    for system, marks in zip(tab.systems, beside, strict=True):
        chords = [
            Chord(start + lead + math.ceil(placed.place * (end - start - lead)), placed.name)
            for (start, end), number in zip(system.bar_spans, numbers, strict=False)
            if number >= first
            for lead in [(end - start) % 2]
            for placed in parse_bar(row[(number - first) % len(row)])
        ]
        found.append(replace(marks, chords=(*marks.chords, *chords)))
    return tuple(found)
