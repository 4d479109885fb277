"""Columns -> timed notes. The column grid is the rhythm grid; bar lines, and some columns of some tabs, take no time.

Input: a `Tab` and how many columns make a beat. Output: `Note` values with onset and duration in beats; or, for those
who need the marks as written, `StrokeBar`s. All who ask for the grid ask `stroke_bars`, which leaves out of the time

    the lead        a column of padding after each bar line: `bar_lead`. A bar that starts with a note has none
    second digits   in a bar that is as much wider than the usual one as it has columns with a fret's second digit:
                    its author gave each fret of two digits one more column. `|-12-12-9-9-|` beside many bars of nine
                    columns has four notes of two columns each, behind a lead
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from basstab_hf import columns
from basstab_hf.tab import Note, System, Tab

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
#: A width is clearly the usual one where at least this share of at least so many bars has it.
_USUAL_SHARE, _FEWEST_BARS = 0.3, 4
#: In a tab with a lead, at most this share of the bars have lost theirs.
_LOST_LEADS = 0.2
#: A fret or dead note as printed: column in its bar, string, text.
_Printed: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note as written, before it has a length: `column` counts from the start of its bar's grid.

    `printed` is where its fret begins in the lines of its system, `front` the character in front of it in its bar.
    """

    column: int
    printed: int
    string: int
    pitch: int  # of a dead note: the open string's
    fret: int | None  # None: a dead note
    front: str
    after: str
    tied: bool  # tie marks carry it to the end of its bar, and so into the next

    @property
    def before(self) -> str:
        """The mark before it, a key of `TECHNIQUES`, or ""."""
        return self.front if self.front in _BEFORE else ""

    @property
    def techniques(self) -> tuple[str, ...]:
        """The names of its marks."""
        marks = self.before + self.after + ("x" if self.fret is None else "")
        return tuple(dict.fromkeys([TECHNIQUES[mark] for mark in marks])) if marks else ()


@dataclass(frozen=True, slots=True)
class StrokeBar:
    """A bar of `width` columns of the grid; strokes in order of column, then from the highest string down."""

    width: int
    strokes: tuple[Stroke, ...]


def stroke_bars(tab: Tab) -> tuple[tuple[StrokeBar, ...], ...]:
    """The bars of each system on the grid."""
    grid = _Grid.of(tab)
    return tuple(
        tuple(_stroke_bar(system, first, end, grid) for first, end in system.bar_spans) for system in tab.systems
    )


def bar_widths(tab: Tab) -> tuple[int, ...]:
    """Columns of the grid in each bar."""
    return tuple(bar.width for bars in stroke_bars(tab) for bar in bars)


def timed_notes(tab: Tab, columns_per_beat: float = COLUMNS_PER_BEAT) -> tuple[Note, ...]:
    """Read the notes of a tab in order of onset, then from the highest string down.

    A note starts at its fret's first digit and lasts until the next onset on any string, at most to the end of its bar,
    unless tie marks (`=`) up to the bar line carry it into the next.
    """
    bars = [bar for system in stroke_bars(tab) for bar in system]
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
    return sum(bar_widths(tab)) / columns_per_beat


def bar_lead(tab: Tab) -> int:
    """Columns of padding after each bar line: 1 where the usual bar is odd in width and few bars start with a note.

    The padding may hold the mark of a note on the first beat, such as `(5)`. Real tabs write four beats of sixteenths
    as 17 columns (73 % of the bars of one site), a blank one and sixteen. Of 12 real tabs of odd bars in which some
    start with a note, these are at most a tenth in 11: there the author forgot the blank; in the other one 41 %.
    """
    return _Grid.of(tab).lead


@dataclass(frozen=True, slots=True)
class _Grid:
    """What a bar must know of its tab: columns of lead, and the width behind it that is clearly usual; 0: none."""

    lead: int
    usual: int

    @classmethod
    def of(cls, tab: Tab) -> _Grid:
        bars = [(system, start, end - start) for system in tab.systems for start, end in system.bar_spans]
        widths = Counter(width for _, _, width in bars if width > 1)
        if not widths:
            return cls(0, 0)
        usual, times = widths.most_common(1)[0]
        clear = widths.total() >= _FEWEST_BARS and times >= _USUAL_SHARE * widths.total()
        without = sum(_starts_at_once(system, start) for system, start, width in bars if width > 1)
        lead = int(usual % 2 == 1 and without <= _LOST_LEADS * widths.total())
        return cls(lead, usual - lead if clear else 0)


def _starts_at_once(system: System, first: int) -> bool:
    """Whether a note begins in the first column of a bar."""
    return any(_ONSET.match(line[first]) for line in system.lines)


def _stroke_bar(system: System, first: int, end: int, grid: _Grid) -> StrokeBar:
    rows = [line[first:end] for line in system.lines]
    found = _printed(rows)
    lead = 0 if _starts_at_once(system, first) else grid.lead
    untimed = [*range(lead), *_widening(found, lead, end - first - lead, grid.usual)]
    strokes = []
    for place, string, text in found:
        row, open_pitch = rows[string - 1], system.tuning.pitches[string - 1]
        fret, behind = int(text) if text != "x" else None, place + len(text)
        strokes.append(
            Stroke(
                column=place - bisect_left(untimed, place),
                printed=first + place,
                string=string,
                pitch=open_pitch + (fret or 0),
                fret=fret,
                front=row[place - 1 : place],
                after=_after(row, behind),
                tied=row[behind:].strip(TIE) == "" and behind < len(row),
            )
        )
    return StrokeBar(max(end - first - len(untimed), 1), tuple(strokes))


def _printed(rows: Sequence[str]) -> list[_Printed]:
    """The notes of a bar in order of column, then string, given a row of characters for each string."""
    found = []
    for string, row in enumerate(rows, start=1):
        for run in _ONSET.finditer(row):
            frets = columns.split_frets(run[0]) if len(run[0]) > 1 else [(0, run[0])]
            found += [(run.start() + offset, string, fret) for offset, fret in frets]
    return sorted(found)


def _widening(notes: Sequence[_Printed], lead: int, width: int, usual: int) -> list[int]:
    """The columns of second digits that take no time, of a bar of `width` columns behind its lead; in most bars none.

    Of the bars of 313 real pages that are wider than the usual one and hold frets of two digits, 69 % are so by exactly
    their second digits, 9 % by one column more or less. Leaving these out must not move notes off the even columns,
    which holds for all but 8 of 1,368 such bars: a bar of five beats may have four such frets by chance.
    """
    if not 0 < usual < width:
        return []
    onsets = {place for place, _, _ in notes}
    seconds = sorted({place + 1 for place, _, text in notes if len(text) > 1} - onsets)
    if len(seconds) != width - usual:
        return []
    off_before = sum((place - lead) % 2 for place in onsets)
    off_after = sum((place - bisect_left(seconds, place) - lead) % 2 for place in onsets)
    return seconds if off_after <= off_before else []


def _after(row: str, end: int) -> str:
    """The mark behind a note, unless it leads to the next."""
    mark = row[end : end + 1]
    if mark not in _AFTER:
        return ""
    goal = row[end + 1 : end + 2]
    return "" if mark in _JOINING and (goal.isdigit() or goal == "x") else mark
