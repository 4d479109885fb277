"""The rhythm of a tab from all that tells it: what is stated and printed first, then its bars.

Input: a `Recognition`, or a `Tab` alone. Output: `TabRhythm`, with the reason and how sure it is; `BeatGrid`.

    1. the page states the grid              "4 columns a beat", but for bars with counts over them
    2. note values by the systems            `value_row`
    3. counts by the systems                 `count_row`
    4. the page states a time signature      and the usual bar is a whole number of columns a beat in it, or TuxGuitar
                                             wrote it, or bars are of many widths: `uneven_bars`
    5. the width of bars, their onsets       a guess
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.recognise import Recognition
from basstab_hf.rhythm import uneven_bars
from basstab_hf.rhythm.printed_bar import Under, anchored, bars_under
from basstab_hf.rhythm.printed_form import read_form
from basstab_hf.rhythm.printed_rhythm import PrintedTimes, by_counts, by_exact_counts, by_tuplets, by_values
from basstab_hf.rhythm.tab_time import TabTime
from basstab_hf.rhythm.tempo_words import Stated, count_unit, read_words, signature_length
from basstab_hf.tab.time_map import BarTime, TimeMap
from basstab_hf.tab.timing import COLUMNS_PER_BEAT, StrokeBar, stroke_bars
from basstab_hf.tab.values import Tab

#: Widths of a bar in columns that tell the grid, without the lead: columns in a beat, beats. Others say nothing.
_WIDTHS = {
    8: (2, 4),
    16: (4, 4),
    32: (8, 4),
    **{4 * beats: (4, beats) for beats in (3, 5, 6, 7)},
}
#: Bars whose beats may be triplets of this many columns, four beats a bar.
_IN_THIRDS = {12: 3, 24: 6}
#: Widths that nearly always mean four beats of sixteenths or thirty-seconds.
_CLEAR = frozenset((16, 32))
#: How sure a grid is that bars of such a width tell, and from which on it is stated.
KNOWN = 0.8
#: Columns of a system that has no bar lines inside: as a bar it would tell a grid that is not meant.
_LINE = 32
#: Of bars of 8 columns: share of the onsets on odd ones from which on they are eighths, four beats of two.
_ODD_SHARE = 0.2
#: Share of bars that must have a width, or of printed beats that must have a distance, for it to be the usual one.
_USUAL_SHARE = 0.5
#: Share of the bars with notes that must have a printed time for it to tell of the others.
_COVERED = 0.15
#: How sure a guess for systems without printed times must be.
_CLEARLY = 0.6
#: Columns a beat that signatures and printed times may tell.
_FINEST = 24
#: How TuxGuitar heads a part in its text export.
_TRACK = re.compile(r"\s*Track \d+:", re.IGNORECASE)
#: Share of the bars with printed times that must be on a grid of columns for it to be the tab's.
_GRID_SHARE = 0.3
_BEAT = re.compile(r"(?<!\d)\d(?!\d)")


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Columns in a beat (a quarter note), and why: "guessed from bars of 16 columns, 4 beats".

    `confidence` is the chance that the onsets are right, 0 to 1.
    """

    columns_per_beat: int
    reason: str
    confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class TabRhythm:
    """All that a page tells of the time of its tab.

    Tempo is in quarter notes a minute, None where none is stated.
    """

    grid: BeatGrid
    time: TabTime
    tempo: float | None = None


def read_rhythm(found: Recognition) -> TabRhythm:
    """Decide the rhythm of what was recognised."""
    stated = read_words(found.rhythm_lines)
    bars = [bars_under(system.system) for system in found.systems]
    grid, times = _grid_and_times(found, bars, stated)
    time = TabTime(times, read_form(found.systems, bars), stated.time_signature, stated.swing)
    return TabRhythm(grid, time, stated.tempo)


def _grid_and_times(found: Recognition, bars: Sequence[Sequence[Under]], stated: Stated) -> tuple[BeatGrid, TimeMap]:
    tab, length = found.tab, signature_length(stated.time_signature)
    told = _told(stated, length)
    guess = told or _from_signature(tab, length, stated.time_signature) or _from_bars(tab)
    printed = None
    if told is not None:
        exact = by_exact_counts(found.systems, bars, count_unit(stated.time_signature))
        if exact is not None:
            return told, exact.times
    else:
        printed = by_values(found.systems, bars, length) or by_counts(found.systems, bars, _counted(stated))
    if printed is not None:
        return _settled(tab, printed, guess, tells_all=_covers(printed, bars))
    marked = by_tuplets(found.systems, bars, stroke_bars(tab), guess.columns_per_beat)
    if marked is not None:
        return guess, marked.times
    return (guess, ()) if told is not None else _uneven(found, bars, length, guess)


def _covers(printed: PrintedTimes, bars: Sequence[Sequence[Under]]) -> bool:
    """Whether enough of the bars with notes have a printed time: a stray row of numbers tells nothing of a long tab."""
    sounding = [
        time is not None
        for times, under in zip(printed.times, bars, strict=True)
        for time, bar in zip(times, under, strict=True)
        if bar.notes
    ]
    return sum(sounding) >= _COVERED * len(sounding)


def _told(stated: Stated, length: Fraction | None) -> BeatGrid | None:
    """The grid that the page states in words."""
    if stated.columns_a_beat:
        return BeatGrid(stated.columns_a_beat, "as the page says", 1.0)
    beats = length or Fraction(4)
    if stated.columns_a_bar and (stated.columns_a_bar / beats).denominator == 1:
        return BeatGrid(int(stated.columns_a_bar / beats), "as the page says", 1.0)
    return None


def _counted(stated: Stated) -> Callable[[int], Fraction | None]:
    """What a count lasts where bars count up to the numerator of the stated signature."""
    if not stated.time_signature:
        return lambda _: None
    numerator, denominator = map(int, stated.time_signature.split("/"))
    return lambda highest: Fraction(4, denominator) if highest == numerator else None


def _settled(tab: Tab, printed: PrintedTimes, guess: BeatGrid, *, tells_all: bool) -> tuple[BeatGrid, TimeMap]:
    """The grid that most bars with a printed time are on, and the times that it does not tell already.

    Where the print does not tell of all bars, their grid is guessed.
    """
    plain = stroke_bars(tab)
    pairs = [
        (bar, time)
        for of_system, times in zip(plain, printed.times, strict=True)
        for bar, time in zip(of_system, times, strict=True)
        if time is not None and time.length
    ]
    grids = Counter(Fraction(bar.width) / time.length for bar, time in pairs)
    grids = Counter(
        {columns: n for columns, n in grids.items() if columns.denominator == 1 and 1 <= columns <= _FINEST}
    )
    ((columns, n_bars),) = grids.most_common(1) or [(Fraction(guess.columns_per_beat), len(pairs))]
    per_beat = int(columns) if n_bars >= _GRID_SHARE * len(pairs) else guess.columns_per_beat
    if not tells_all:
        return guess, printed.times
    times = _with_rest(tab, plain, printed, per_beat)
    timed = stroke_bars(tab, times, per_beat)
    alike = [[_alike(a, b) for a, b in zip(*both, strict=True)] for both in zip(plain, timed, strict=True)]
    grid = BeatGrid(per_beat, f"from {printed.source}", printed.confidence)
    return (grid, ()) if all(map(all, alike)) else (grid, times)


def _with_rest(tab: Tab, plain: Sequence[Sequence[StrokeBar]], printed: PrintedTimes, columns_per_beat: int) -> TimeMap:
    """The printed times, and for systems without any the grid that their own bars tell clearly, if it is another.

    Bars as wide as those with printed times are on the same grid.
    """
    bare = [not any(times) for times in printed.times]
    widths = [
        Counter(bar.width for bars, is_bare in zip(plain, bare, strict=True) if is_bare == kind for bar in bars)
        for kind in (False, True)
    ]
    if not widths[1] or widths[1].most_common(1)[0][0] in widths[0]:
        return printed.times
    rest = _from_bars(replace(tab, systems=tuple(itertools.compress(tab.systems, bare))))
    if rest.confidence < _CLEARLY or rest.columns_per_beat == columns_per_beat:
        return printed.times
    return tuple(
        tuple(map(_on_grid(rest.columns_per_beat), system.bar_spans, bars)) if is_bare else times
        for system, bars, times, is_bare in zip(tab.systems, plain, printed.times, bare, strict=True)
    )


def _on_grid(columns_per_beat: int) -> Callable[[tuple[int, int], StrokeBar], BarTime]:
    """A bar on a grid that is not that of the tab."""

    def time(span: tuple[int, int], bar: StrokeBar) -> BarTime:
        length = Fraction(bar.width) / columns_per_beat
        places = [(stroke.printed - span[0], Fraction(stroke.column) / columns_per_beat) for stroke in bar.strokes]
        return BarTime(anchored(places, length, span[1] - span[0]), length)

    return time


def _alike(a: StrokeBar, b: StrokeBar) -> bool:
    """Whether two readings of a bar are the same in time."""
    return a.width == b.width and [stroke.column for stroke in a.strokes] == [stroke.column for stroke in b.strokes]


def _from_signature(tab: Tab, length: Fraction | None, signature: str) -> BeatGrid | None:
    """The grid on which the usual bar lasts as long as the stated signature says."""
    bars = [bar for of_system in stroke_bars(tab) for bar in of_system if bar.strokes]
    widths = Counter(Fraction(bar.width) for bar in bars)
    if length is None or not widths:
        return None
    width, times = widths.most_common(1)[0]
    columns = width / length
    if times < _USUAL_SHARE * widths.total() or columns.denominator > 1 or not 1 <= columns <= _FINEST:
        return None
    return BeatGrid(int(columns), f"from bars of {width} columns in {signature}", 0.9)


def _uneven(
    found: Recognition, bars: Sequence[Sequence[Under]], length: Fraction | None, guess: BeatGrid
) -> tuple[BeatGrid, TimeMap]:
    """Bars of many widths that last equally long: TuxGuitar's, or under a stated signature."""
    flat = [bar for under in bars for bar in under]
    widths = Counter(bar.width for bar in flat if bar.notes)
    exported = any(_TRACK.match(line) for line in found.rhythm_lines)
    many = len(widths) > 1 and widths.most_common(1)[0][1] < _USUAL_SHARE * widths.total()
    if not widths or not (exported or (length is not None and many)):
        return guess, ()
    beats = length or Fraction(4)
    times = uneven_bars.by_duration(flat, beats) if exported else None
    grid = BeatGrid(COLUMNS_PER_BEAT, "from the widths that TuxGuitar gives to note values", 0.9)
    if times is None:
        if len(widths) < 2:
            return guess, ()
        times = uneven_bars.stretched(flat, beats)
        grid = BeatGrid(COLUMNS_PER_BEAT, f"guessed from bars of many widths that all last {beats} beats", 0.4)
    rest = iter(times)
    return grid, tuple(tuple(next(rest) for _ in under) for under in bars)


def guess_columns_per_beat(tab: Tab, counts: Iterable[str] = ()) -> BeatGrid:
    """Guess the grid of a tab: printed counts first, then bars; 4, the usual one, where neither tells.

    Bars of 12 and 24 columns are three and six beats of sixteenths, unless more notes begin on columns 3 and 9 of
    every 12 than on 2, 4, 8 and 10: then they are four beats of triplets.
    """
    return _from_counts(counts) or _from_bars(tab)


def _from_counts(counts: Iterable[str]) -> BeatGrid | None:
    """The usual distance from each printed beat to the next one: "1" to "2", "2" to "3"."""
    distances: Counter[int] = Counter()
    for row in counts:
        beats = [(int(found[0]), found.start()) for found in _BEAT.finditer(row)]
        for (beat, start), (following, end) in itertools.pairwise(beats):
            if following == beat + 1:
                distances[end - start] += 1
    if not distances:
        return None
    distance, times = distances.most_common(1)[0]
    if times < 2 or times < _USUAL_SHARE * distances.total() or distance > 48:
        return None
    return BeatGrid(distance, f"guessed from counts printed {distance} columns apart", 0.9)


def _from_bars(tab: Tab) -> BeatGrid:
    systems = stroke_bars(tab)
    bars = [bar for found in systems for bar in found if bar.strokes]
    widths = Counter(int(bar.width) for bar in bars)
    width, times = widths.most_common(1)[0] if widths else (0, 0)
    if not width:
        return _usual("there are no notes")
    if all(len(found) <= 1 for found in systems) and width >= _LINE:
        return _usual("there are no bar lines")
    if times < _USUAL_SHARE * widths.total():
        return _usual("bars are of many widths")
    # Where some bar has no lead, it counts as a column of each.
    known = next((found for found in (width, width - 1) if found in _WIDTHS), None)
    if known is None:
        return _usual(f"bars of {width} columns tell none")
    columns, beats = _of_width(known, [_onsets(bar, width - known) for bar in bars if bar.width == width])
    return BeatGrid(columns, f"guessed from bars of {known} columns, {beats} beats", KNOWN if known in _CLEAR else 0.6)


def _usual(why: str) -> BeatGrid:
    return BeatGrid(COLUMNS_PER_BEAT, f"the usual grid, for {why}", 0.3)


def _of_width(width: int, bars: Sequence[set[int]]) -> tuple[int, int]:
    """Columns in a beat, and beats, of bars of a known width, given their onsets."""
    onsets = Counter(itertools.chain.from_iterable(bars))
    if width in _IN_THIRDS:
        thirds = sum(times for column, times in onsets.items() if column % 12 in (3, 9))
        halves = sum(times for column, times in onsets.items() if column % 12 in (2, 4, 8, 10))
        if thirds > halves:
            return _IN_THIRDS[width], 4
    if width == 8 and sum(times for column, times in onsets.items() if column % 2) < _ODD_SHARE * onsets.total():
        return 4, 2
    return _WIDTHS[width]


def _onsets(bar: StrokeBar, shift: int) -> set[int]:
    return {max(int(stroke.column) - shift, 0) for stroke in bar.strokes}
