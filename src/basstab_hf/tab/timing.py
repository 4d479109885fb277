"""Columns -> timed notes. The column grid is the rhythm grid; bar lines, and some columns of some tabs, take no time.

Input: a `Tab` and how many columns make a beat. Output: `Note` values with onset and duration in beats; or, for those
who need the marks as written, `StrokeBar`s. All who ask for the grid ask `stroke_bars`, which leaves out of the time

    the lead        a column of padding after each bar line: `bar_lead`. A bar that starts with a note has none. Where
                    the usual bar is even in width and no note begins on an even column, the first one is a lead,
                    too: the last note has one column less in print
    repeat signs    in the first and last column of a bar: `repeat_signs`
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
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from basstab_hf.tab.columns import EMPTY
from basstab_hf.tab.marks import (
    AFTER,
    BEFORE,
    DEAD,
    DIGITS,
    HARMONIC,
    LEADING,
    ONSETS,
    REACH,
    REACHING,
    SLIDE_UP,
    SLIDES,
    SLIDING,
    STAR,
    TECHNIQUES,
    TIE,
    Printed,
    frets_of,
)
from basstab_hf.tab.repeat_signs import edges
from basstab_hf.tab.time_map import BarTime, TimeMap
from basstab_hf.tab.values import Note, System, Tab

#: Columns in a beat unless told otherwise: a sixteenth grid, 16 columns in a bar of four beats.
COLUMNS_PER_BEAT = 4
#: The most that may be asked for.
MAX_COLUMNS_PER_BEAT = 96

_REACHING, _SLIDING = re.compile(REACHING), re.compile(SLIDING)
_STARTS = frozenset(DIGITS)
_ONSET = re.compile(rf"[{DIGITS}]+|{DEAD}")
#: A width is clearly the usual one where at least this share of at least so many bars has it.
_USUAL_SHARE, _FEWEST_BARS = 0.3, 4
#: In a tab with a lead, at most this share of the bars have lost theirs.
_LOST_LEADS = 0.2
#: Of even bars, at least this share must begin with a note in the second column for their first one to be a lead.
_SECOND_COLUMN = 0.3
_FEWEST_ONSETS = 4
#: Columns or parts of them: whole on the grid of columns, fractions where print gives another time.
Steps: TypeAlias = int | Fraction


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note as written, before it has a length: `column` counts from the start of its bar's grid, in columns.

    `printed` is where its fret begins in the lines of its system, `front` the character in front of it in its bar.
    """

    column: Steps
    printed: int
    string: int
    pitch: int  # of a dead note: the open string's
    fret: int | None  # None: a dead note
    front: str
    after: str
    tied: bool  # tie marks carry it to the end of its bar, and so into the next

    @property
    def before(self) -> str:
        """The mark before it, a key of `marks.TECHNIQUES`, or ""."""
        return self.front if self.front in BEFORE else ""

    @property
    def techniques(self) -> tuple[str, ...]:
        """The names of its marks."""
        marks = self.before + self.after + (DEAD if self.fret is None else "")
        return tuple(dict.fromkeys([TECHNIQUES[mark] for mark in marks])) if marks else ()


@dataclass(frozen=True, slots=True)
class StrokeBar:
    """A bar of `width` columns of the grid; strokes in order of column, then from the highest string down.

    At the columns of `rests` all that sounds ends: print does not say so, but whoever read a file may know.
    """

    width: Steps
    strokes: tuple[Stroke, ...]
    rests: tuple[Steps, ...] = ()


def stroke_bars(
    tab: Tab, times: TimeMap = (), columns_per_beat: float = COLUMNS_PER_BEAT
) -> tuple[tuple[StrokeBar, ...], ...]:
    """The bars of each system on the grid, those of `times` where that says, in columns of `columns_per_beat`.

    A bar of nothing but repeat signs has no width.
    """
    if not times:
        return _bars_on_the_grid(tab)
    grid = _Grid.of(tab)
    found = [
        [
            _stroke_bar(system, first, end, grid) if time is None else _timed_bar(system, first, end, time, scale)
            for (first, end), time in zip(system.bar_spans, of_system, strict=True)
        ]
        for scale in [Fraction(columns_per_beat)]
        for system, of_system in zip(tab.systems, times, strict=True)
    ]
    return _tied_on(found, [[first for first, _ in system.bar_spans] for system in tab.systems], times)


@lru_cache(maxsize=4)  # score, sound, clock and marks of a tab ask one after the other
def _bars_on_the_grid(tab: Tab) -> tuple[tuple[StrokeBar, ...], ...]:
    grid = _Grid.of(tab)
    return tuple(
        tuple(_stroke_bar(system, first, end, grid) for first, end in system.bar_spans) for system in tab.systems
    )


def bar_widths(tab: Tab) -> tuple[int, ...]:
    """Columns of the grid in each bar."""
    return tuple(int(bar.width) for bars in stroke_bars(tab) for bar in bars)


def timed_notes(tab: Tab, columns_per_beat: float = COLUMNS_PER_BEAT, times: TimeMap = ()) -> tuple[Note, ...]:
    """Read the notes of a tab in order of onset, then from the highest string down; bars that have `times` by these.

    A note starts at its fret's first digit and lasts until the next onset on any string, at most to the end of its bar,
    unless tie marks (`=`) up to the bar line carry it into the next.
    """
    bars = [bar for system in stroke_bars(tab, times, columns_per_beat) for bar in system]
    return notes_of(bars, columns_per_beat)


def notes_of(bars: Sequence[StrokeBar], columns_per_beat: float = COLUMNS_PER_BEAT) -> tuple[Note, ...]:
    """The notes of bars played one after the other, a note for each stroke, as `timed_notes` reads them."""
    ends = [*itertools.accumulate(bar.width for bar in bars)]
    starts = [0, *ends]
    edges = {starts[-1]}
    for start, bar in zip(starts, bars, strict=False):
        edges |= {start + column for column in (*(stroke.column for stroke in bar.strokes), *bar.rests)}
    following = dict(itertools.pairwise(sorted(edges)))
    notes = []
    for begin, bar, bar_end, next_bar_end in zip(starts, bars, ends, [*ends[1:], *ends[-1:]], strict=False):
        for stroke in bar.strokes:
            onset = begin + stroke.column
            end = min(following[onset], next_bar_end if stroke.tied else bar_end)
            notes.append(
                Note(
                    onset=float(onset / columns_per_beat),
                    duration=float((end - onset) / columns_per_beat),
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
    """What a bar must know of its tab.

    Columns of lead, the width behind it that is clearly usual (0: none), the usual width in print of bars without
    repeat signs (0: there are none), and the columns that the last note of a bar has more than its print.
    """

    lead: int
    usual: int
    printed: int = 0
    missing: int = 0

    @classmethod
    def of(cls, tab: Tab) -> _Grid:
        bars = [
            (system, start, end, edges(system.lines, start, end))
            for system in tab.systems
            for start, end in system.bar_spans
        ]
        unsigned = [(system, start, end) for system, start, end, signs in bars if not any(signs)]
        plain = unsigned or [(system, start + signs.opens, end - signs.closes) for system, start, end, signs in bars]
        widths = Counter(end - start for _, start, end in plain if end - start > 1)
        if not widths:
            return cls(0, 0)
        usual, times = widths.most_common(1)[0]
        clear = widths.total() >= _FEWEST_BARS and times >= _USUAL_SHARE * widths.total()
        without = sum(_starts_at_once(system, start) for system, start, end in plain if end - start > 1)
        if usual % 2 == 0:
            late = without == 0 and _leads_evenly(plain)
            return cls(int(late), usual - int(late) if clear else 0, usual if unsigned else 0, int(late))
        lead = int(without <= _LOST_LEADS * widths.total())
        return cls(lead, usual - lead if clear else 0, usual if unsigned else 0)


def _leads_evenly(bars: Sequence[tuple[System, int, int]]) -> bool:
    """Whether all notes of bars begin on odd columns, a good part of the bars' first ones on the second column."""
    onsets = [
        {place for place, _, _ in frets_of([line[start:end] for line in system.lines])} for system, start, end in bars
    ]
    sounding = [places for places in onsets if places]
    return (
        sum(map(len, sounding)) >= _FEWEST_ONSETS
        and all(place % 2 for places in sounding for place in places)
        and sum(1 in places for places in sounding) >= _SECOND_COLUMN * len(sounding)
    )


def _starts_at_once(system: System, first: int) -> bool:
    """Whether a note begins in the first column of a bar."""
    return any(_ONSET.match(line[first]) for line in system.lines)


def _stroke_bar(system: System, first: int, end: int, grid: _Grid) -> StrokeBar:
    rows = [line[first:end] for line in system.lines]
    found = frets_of(rows)
    opens, closes = edges(system.lines, first, end)
    if _is_no_bar(system, first, end):
        return StrokeBar(0, ())
    if end - first == grid.printed:  # the signs stand on columns that other bars have as well
        opens, closes = opens and grid.lead > 0, False
    begin, stop = int(opens), end - first - int(closes)
    lead = 0 if begin >= stop or _starts_at_once(system, first + begin) else grid.lead
    if opens and end - first == grid.printed:
        lead = 0
    untimed = [*range(begin + lead), *_widening(found, begin + lead, stop - begin - lead, grid.usual)]
    strokes = tuple([_stroke(system, rows, first, note, note[0] - bisect_left(untimed, note[0])) for note in found])
    return StrokeBar(max(stop - len(untimed) + (grid.missing if lead else 0), 1), strokes)


def _is_no_bar(system: System, first: int, end: int) -> bool:
    """Whether a column among wider bars is nothing but a repeat sign, or what is left of a line behind one: `:|-`."""
    lines = system.lines
    if end - first > 1 or any(_ONSET.match(line[first]) for line in lines):
        return False
    left_over = end == len(lines[0]) and first > 1 and edges(lines, first - 2, first - 1).closes
    return (left_over or edges(lines, first, end).closes) and _has_wide_bar(system)


@lru_cache(maxsize=64)
def _has_wide_bar(system: System) -> bool:
    return any(after - before > 1 for before, after in system.bar_spans)


def _timed_bar(system: System, first: int, end: int, time: BarTime, scale: Fraction) -> StrokeBar:
    rows = [line[first:end] for line in system.lines]
    strokes = [_stroke(system, rows, first, note, _whole(time.at(note[0]) * scale)) for note in frets_of(rows)]
    return StrokeBar(_whole(time.length * scale), tuple(strokes))


def _whole(steps: Fraction) -> Steps:
    return int(steps) if steps.denominator == 1 else steps


def _stroke(system: System, rows: Sequence[str], first: int, note: Printed, column: Steps) -> Stroke:
    place, string, text = note
    row, open_pitch = rows[string - 1], system.tuning.pitches[string - 1]
    fret, behind = int(text) if text != DEAD else None, place + len(text)
    return Stroke(
        column=column,
        printed=first + place,
        string=string,
        pitch=open_pitch + (fret or 0),
        fret=fret,
        front=HARMONIC if fret is not None and _is_starred(row, place, behind) else _front(row, place),
        after=_after(row, behind),
        tied=row[behind:].strip(TIE) == "" and behind < len(row),
    )


def _is_starred(row: str, place: int, behind: int) -> bool:
    """Whether a star right behind a fret says that it is a harmonic, `|12*--`; at a bar line it is a repeat sign's."""
    return row[behind : behind + 1] == STAR and behind + 1 < len(row) and row[max(place - 1, 0) : place] not in BEFORE


def _front(row: str, place: int) -> str:
    """What stands before a note in its bar; of `5h--7` the h, of `5/-7` the slide."""
    letter = row[place - 1 : place]
    if letter != EMPTY:
        return letter
    reaching = _REACHING.search(row[max(place - REACH, 0) : place])
    return reaching[1] if reaching is not None else slide_over_a_blank(row, place) or letter


def slide_over_a_blank(row: str, place: int) -> str:
    """The slide that leads over one blank to the fret at `place`, as in `5/-7` and `7\\-5`; "" without one.

    `5\\-7` and `5\\-0` slide out of the 5, and what follows is struck anew.
    """
    if row[place - 2 : place - 1] not in SLIDES:
        return ""
    sliding = _SLIDING.search(row[max(place - REACH, 0) : place])
    if sliding is None:
        return ""
    frets = {column: text for column, _, text in frets_of([row])}
    start, goal = frets.get(max((column for column in frets if column < place), default=-1), DEAD), frets[place]
    if start in (DEAD, goal) or goal in (DEAD, "0"):
        return ""
    return sliding[1] if (int(start) < int(goal)) == (sliding[1] == SLIDE_UP) else ""


def _tied_on(
    systems: Sequence[Sequence[StrokeBar]], firsts: Sequence[Sequence[int]], times: TimeMap
) -> tuple[tuple[StrokeBar, ...], ...]:
    """Bars without the strokes that go on from before, and what these go on from tied."""
    last: dict[int, Stroke] = {}  # by string
    tied: set[int] = set()  # ids of the strokes that a later bar goes on with
    dropped: set[int] = set()
    for bars, starts, of_system in zip(systems, firsts, times, strict=True):
        for bar, first, time in zip(bars, starts, of_system, strict=True):
            for stroke in bar.strokes:
                before = last.get(stroke.string)
                goes_on = time is not None and stroke.printed - first in time.tied
                if goes_on and before is not None and before.fret == stroke.fret:
                    dropped.add(id(stroke))
                    tied |= {id(before)} if all(before is not other for other in bar.strokes) else set()
                else:
                    last[stroke.string] = stroke
    return tuple(
        tuple(
            StrokeBar(
                bar.width,
                tuple(
                    replace(stroke, tied=True) if id(stroke) in tied else stroke
                    for stroke in bar.strokes
                    if id(stroke) not in dropped
                ),
            )
            for bar in bars
        )
        for bars in systems
    )


def _widening(notes: Sequence[Printed], lead: int, width: int, usual: int) -> list[int]:
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
    if mark not in AFTER:
        return ""
    goal = row[end + 1 : end + 2]
    if mark in SLIDES and goal == EMPTY and row[end + 2 : end + 3] in _STARTS:
        return "" if slide_over_a_blank(row, end + 2) else mark
    return "" if mark in LEADING and goal in ONSETS else mark
