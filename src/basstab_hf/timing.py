"""Columns -> timed notes. In a bar of regular width the column grid is the rhythm grid; bar lines take no time.

Input: a `Tab` and how many columns make a beat. Output: `Note` values with onset and duration in beats.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf import columns
from basstab_hf.tab import Note, Tab
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
_AFTER = frozenset("b^~/\\")
#: Marks between two notes of a string of which the second sounds on without a new stroke: `r` releases a bend.
_LEGATO = frozenset("hp/\\b^r")
_NOTHING = ("", columns.EMPTY)
_ONSET = re.compile(r"\d+|x")


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A note before it has a length: `column` counts from the start of its bar's grid."""

    column: int
    string: int
    pitch: int
    fret: int
    techniques: tuple[str, ...]
    before: str
    after: str
    tied: bool  # tie marks carry it to the end of its bar, and so into the next


def timed_notes(tab: Tab, columns_per_beat: float = COLUMNS_PER_BEAT) -> tuple[Note, ...]:
    """Read the notes of a tab in order of onset, then from the highest string down.

    A note starts at its fret's first digit and lasts until the next onset on any string, at most to the end of its bar,
    unless tie marks (`=`) up to the bar line carry it into the next.
    """
    lead = bar_lead(tab)
    bars: list[tuple[int, int, list[_Stroke]]] = []
    start = 0
    for system in tab.systems:
        for first, end in system.bar_spans:
            width = max(end - first - lead, 1)
            bars.append((start, width, _strokes([line[first:end] for line in system.lines], system.tuning, lead)))
            start += width
    onsets = sorted({begin + stroke.column for begin, _, strokes in bars for stroke in strokes} | {start})
    following = dict(itertools.pairwise(onsets))
    ends = [begin + width for begin, width, _ in bars]
    notes = []
    for (begin, _, strokes), bar_end, next_bar_end in zip(bars, ends, [*ends[1:], *ends[-1:]], strict=True):
        for stroke in strokes:
            onset = begin + stroke.column
            end = min(following[onset], next_bar_end if stroke.tied else bar_end)
            notes.append(
                Note(
                    onset=onset / columns_per_beat,
                    duration=(end - onset) / columns_per_beat,
                    pitch=stroke.pitch,
                    string=stroke.string,
                    fret=stroke.fret,
                    techniques=stroke.techniques,
                    before=stroke.before,
                    after=stroke.after,
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


def _strokes(rows: Sequence[str], tuning: Tuning, lead: int) -> list[_Stroke]:
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
                    _Stroke(
                        column=max(place - lead, 0),
                        string=string,
                        pitch=open_pitch + number,
                        fret=number,
                        techniques=_techniques(row, place, end, dead=dead),
                        before=row[place - 1 : place] if row[place - 1 : place] in _LEGATO else "",
                        after=_mark_after(row, end),
                        tied=row[end:].strip(TIE) == "" and end < len(row),
                    )
                )
    return sorted(found, key=_place)


def _place(stroke: _Stroke) -> tuple[int, int]:
    return stroke.column, stroke.string


def _mark_after(row: str, end: int) -> str:
    """The mark behind a note, if it does not lead to another note."""
    mark, following = row[end : end + 1], row[end + 1 : end + 2]
    leads = mark in _LEGATO and (following.isdigit() or following == "x")
    return mark if mark in _AFTER and not leads else ""


def _techniques(row: str, start: int, end: int, *, dead: bool) -> tuple[str, ...]:
    before, after = row[start - 1 : start], row[end : end + 1]
    if before in _NOTHING and after in _NOTHING:
        return (TECHNIQUES["x"],) if dead else ()
    marks = [mark for mark in before if mark in _JOINING or mark in "(<t"]
    followed = row[end + 1 : end + 2].isdigit() or row[end + 1 : end + 2] == "x"
    marks += [mark for mark in after if mark in _AFTER and not (mark in _JOINING and followed)]
    marks += ["x"] if dead else []
    return tuple(dict.fromkeys(TECHNIQUES[mark] for mark in marks))
