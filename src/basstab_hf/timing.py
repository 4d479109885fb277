"""Columns -> timed notes. In a bar of regular width the column grid is the rhythm grid; bar lines take no time.

Input: a `Tab` and how many columns make a beat. Output: `Note` values with onset and duration in beats; or, for those
who need the marks as written, `StrokeBar`s.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf import columns
from basstab_hf.tab import Note, System, Tab
from basstab_hf.tuning import Tuning

#: Columns in a beat unless told otherwise: a sixteenth grid, 16 columns in a bar of four beats.
COLUMNS_PER_BEAT = 4

#: Marks between two notes name how the second is reached; marks behind a note tell what is done with it.
TECHNIQUES = {
    "h": "hammer-on",
    "p": "pull-off",
    "/": "slide",
    "\\": "slide",
    "b": "bend",
    "^": "bend",
    "~": "vibrato",
    "(": "ghost note",
    "<": "harmonic",
    "x": "dead note",
    "t": "tap",
}
TIE = "="
_JOINING = frozenset("hp/\\")
_BEFORE, _AFTER = _JOINING | frozenset("(<t"), frozenset("b^~/\\")
_ONSET = re.compile(r"\d+|x")


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note as written, before it has a length: `column` counts from the start of its bar's grid."""

    column: int
    string: int
    pitch: int  # of a dead note: the open string's
    fret: int | None  # None: a dead note
    before: str  # the mark before it, a key of `TECHNIQUES`, or ""
    after: str
    tied: bool  # tie marks carry it to the end of its bar, and so into the next

    @property
    def techniques(self) -> tuple[str, ...]:
        """The names of its marks."""
        marks = self.before + self.after + ("x" if self.fret is None else "")
        return tuple(dict.fromkeys([TECHNIQUES[mark] for mark in marks])) if marks else ()


@dataclass(frozen=True, slots=True)
class StrokeBar:
    """A bar of `width` columns without its lead; strokes in order of column, then from the highest string down."""

    width: int
    strokes: tuple[Stroke, ...]


def stroke_bars(system: System, lead: int) -> tuple[StrokeBar, ...]:
    """The bars of a system; `lead` is the `bar_lead` of its tab."""
    return tuple(
        StrokeBar(max(end - first - lead, 1), _strokes([line[first:end] for line in system.lines], system.tuning, lead))
        for first, end in system.bar_spans
    )


def timed_notes(tab: Tab, columns_per_beat: float = COLUMNS_PER_BEAT) -> tuple[Note, ...]:
    """Read the notes of a tab in order of onset, then from the highest string down.

    A note starts at its fret's first digit and lasts until the next onset on any string, at most to the end of its bar,
    unless tie marks (`=`) up to the bar line carry it into the next.
    """
    lead = bar_lead(tab)
    bars = [bar for system in tab.systems for bar in stroke_bars(system, lead)]
    ends = [*itertools.accumulate(bar.width for bar in bars)]
    starts = [0, *ends]
    onsets = {start + stroke.column for start, bar in zip(starts, bars, strict=False) for stroke in bar.strokes}
    following = dict(itertools.pairwise(sorted(onsets | {starts[-1]})))
    notes = []
    for begin, bar, bar_end, next_bar_end in zip(starts, bars, ends, [*ends[1:], *ends[-1:]], strict=False):
        for stroke in bar.strokes:
            onset = begin + stroke.column
            end = min(following[onset], next_bar_end if stroke.tied else bar_end)
            notes.append(
                Note(
                    onset=onset / columns_per_beat,
                    duration=(end - onset) / columns_per_beat,
                    pitch=stroke.pitch,
                    string=stroke.string,
                    fret=stroke.fret or 0,
                    techniques=stroke.techniques,
                )
            )
    return tuple(notes)


def beats(tab: Tab, columns_per_beat: float = COLUMNS_PER_BEAT) -> float:
    """Length of a tab in beats."""
    lead = bar_lead(tab)
    widths = (end - start for system in tab.systems for start, end in system.bar_spans)
    return sum(max(width - lead, 1) for width in widths) / columns_per_beat


def bar_lead(tab: Tab) -> int:
    """Columns of padding after each bar line: 1 where the usual bar is odd in width and no note starts a bar at once.

    The padding may hold the mark of a note on the first beat, such as `(5)`. Real tabs write four beats of sixteenths
    as 17 columns (73 % of the bars of one site), a blank one and sixteen.
    """
    bars = [(system, start, end - start) for system in tab.systems for start, end in system.bar_spans]
    widths = Counter(width for _, _, width in bars if width > 1)
    if not widths or widths.most_common(1)[0][0] % 2 == 0:
        return 0
    firsts = (line[start] for system, start, width in bars if width > 1 for line in system.lines)
    return int(not any(_ONSET.match(first) for first in firsts))


def _strokes(rows: Sequence[str], tuning: Tuning, lead: int) -> tuple[Stroke, ...]:
    """Notes of a bar, given as one row of characters a string."""
    found = []
    for string, (row, open_pitch) in enumerate(zip(rows, tuning.pitches, strict=True), start=1):
        for run in _ONSET.finditer(row):
            written = run[0]
            dead = written == "x"
            for offset, fret in [(0, written)] if len(written) == 1 else columns.split_frets(written):
                place = run.start() + offset
                end = place + len(fret)
                number = 0 if dead else int(fret)
                found.append(
                    Stroke(
                        column=max(place - lead, 0),
                        string=string,
                        pitch=open_pitch + number,
                        fret=None if dead else number,
                        before=_before(row[place - 1 : place]),
                        after=_after(row, end),
                        tied=row[end:].strip(TIE) == "" and end < len(row),
                    )
                )
    return tuple(sorted(found, key=_place))


def _place(stroke: Stroke) -> tuple[int, int]:
    return stroke.column, stroke.string


def _before(mark: str) -> str:
    return mark if mark in _BEFORE else ""


def _after(row: str, end: int) -> str:
    """The mark behind a note, unless it leads to the next."""
    mark = row[end : end + 1]
    if mark not in _AFTER:
        return ""
    goal = row[end + 1 : end + 2]
    return "" if mark in _JOINING and (goal.isdigit() or goal == "x") else mark
