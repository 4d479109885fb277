"""Sections and chords that stand beside systems -> the bars that they belong to, in time.

Input: a tab and `WriteSettings`. Output: `BarMarks` for each bar, in the order of `timing.stroke_bars`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.formats.settings import WriteSettings
from basstab_hf.recognise.annotations import slap_letters
from basstab_hf.tab.time_map import BarTime
from basstab_hf.tab.timing import Stroke, StrokeBar, bar_lead, stroke_bars
from basstab_hf.tab.values import System, Tab


@dataclass(frozen=True, slots=True)
class BarMarks:
    """What stands over a bar: the name of the section that begins with it, "" for none; chords, tempos and
    slap letters with their onsets.

    Onsets are in quarter notes from the start of the bar.
    """

    section: str = ""
    chords: tuple[tuple[Fraction, str], ...] = ()
    tempos: tuple[tuple[Fraction, float], ...] = ()
    letters: tuple[tuple[Fraction, str], ...] = ()


NO_MARKS = BarMarks()
#: Letters that say how a note is struck, in front of it or in a row beside the system.
STRUCK = {"S": "slap", "T": "slap", "P": "pop"}


def struck(
    onsets: Collection[Fraction], letters: Sequence[tuple[Fraction, str]], columns_per_beat: Fraction
) -> dict[Fraction, str]:
    """The slap letter of what begins at an onset of a bar: the one over it, or over a column beside it with no note."""
    near = []
    for place, letter in letters:
        onset = min(onsets, key=lambda onset: abs(onset - place), default=place)
        near.append((abs(onset - place) * columns_per_beat, onset, letter))
    found: dict[Fraction, str] = {}
    for distance, onset, letter in sorted(near):
        if distance <= 1:
            found.setdefault(onset, letter)
    return found


def bar_marks(tab: Tab, settings: WriteSettings) -> list[BarMarks]:
    """What stands over each bar of a tab."""
    changes = defaultdict(list)
    for tempo in settings.time.tempos:
        changes[tempo.bar].append((tempo.onset, settings.tempo_of(tempo)))
    return [
        replace(marks, tempos=tuple(changes[number])) if number in changes else marks
        for number, marks in enumerate(_beside_systems(tab, settings))
    ]


def _beside_systems(tab: Tab, settings: WriteSettings) -> list[BarMarks]:
    timed = stroke_bars(tab, settings.time.times, settings.columns_per_beat)
    if not any(beside.section or beside.chords or beside.rows for beside in settings.marks):
        return [NO_MARKS for bars in timed for _ in bars]
    times = settings.time.times or [[None] * len(bars) for bars in timed]
    grid = _Grid(bar_lead(tab), Fraction(settings.columns_per_beat).limit_denominator(96))
    found: list[BarMarks] = []
    section = ""
    for system, bars, known, beside in zip(tab.systems, timed, times, settings.marks, strict=True):
        begins = beside.section and (beside.section != section or beside.heads_section)
        section = beside.section or section
        named = sorted([(chord.column, chord.name) for chord in beside.chords], key=_column)
        letters = sorted([letter for row in beside.rows for letter in slap_letters(row)], key=_column)
        for place, (bar, time) in enumerate(zip(bars, known, strict=True)):
            name = section if begins and place == 0 else ""
            chords, struck = (grid.over(system, place, bar, time, told) for told in (named, letters))
            found.append(BarMarks(name, chords, letters=struck))
    return found


@dataclass(frozen=True, slots=True)
class _Grid:
    """Columns in front of the time of a bar, and in a beat."""

    lead: int
    columns_per_beat: Fraction

    def over(
        self, system: System, place: int, bar: StrokeBar, time: BarTime | None, told: Sequence[tuple[int, str]]
    ) -> tuple[tuple[Fraction, str], ...]:
        """What stands over the columns of a bar, or over the bar line in front of it.

        What stands in front of the first bar belongs to that, behind the last to that. `told` is in order of columns.
        """
        first, end = system.bar_spans[place]
        begin = bisect_left(told, system.bar_spans[place - 1][1], key=_column) if place else 0
        stop = bisect_left(told, end, key=_column) if place + 1 < len(system.bar_spans) else len(told)
        onsets: dict[Fraction, str] = {}
        for printed, name in told[begin:stop]:
            column = max(printed - first, 0)
            onset = Fraction(time.at(column)) if time is not None else self._onset(bar, first, column)
            onsets.setdefault(onset, name)
        return tuple(sorted(onsets.items()))

    def _onset(self, bar: StrokeBar, first: int, column: int) -> Fraction:
        """When a printed column of a bar on the grid is, told by the strokes beside it."""
        place = bisect_right(bar.strokes, first + column, key=_printed)
        before, behind = bar.strokes[place - 1 : place] if place else (), bar.strokes[place : place + 1]
        if before:
            steps = before[0].column + column - (before[0].printed - first)
            steps = min(steps, behind[0].column) if behind and column > before[0].printed - first else steps
        elif behind:
            steps = behind[0].column - (behind[0].printed - first - column)
        else:
            steps = column - self.lead
        return Fraction(max(min(steps, bar.width - 1), 0)) / self.columns_per_beat


def _column(told: tuple[int, str]) -> int:
    return told[0]


def _printed(stroke: Stroke) -> int:
    return stroke.printed


def chords_left_out(count: int) -> Iterator[str]:
    """The remark where chord names have no place."""
    if count:
        yield f"chord names that the format has no place for are left out: {count}"
