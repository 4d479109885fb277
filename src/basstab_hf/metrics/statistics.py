"""How bass lines are made, in numbers: what the notes of a tab do from beat to beat, bar to bar and string to string.

Input: `Tab`s. Output: values of each tab by name, NaN where it has nothing to tell, and how far the means of two sets
of tabs lie apart, in standard deviations over the tabs of the second.

Shares are from 0 to 1. Places in a bar are parts of its width, so that a bar of eight columns of eighths is measured as
one of sixteen is. A bar of more than `WIDEST` columns is a line without bar lines: what is told of bars leaves it out.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from basstab_hf.metrics.averages import Interval, interval, mean, spread
from basstab_hf.printing import tables
from basstab_hf.tab.timing import Steps, StrokeBar, stroke_bars
from basstab_hf.tab.values import Tab

#: Columns of the widest bar that is one bar: 4/4 in thirty-seconds, and a blank.
WIDEST = 34
#: Bars in which a bar may have been heard before: a form of sixteen.
MEMORY = 16
#: Notes of one pitch from which on they are a run.
RUN = 3
_STRINGS = ("lowest", "second", "third", "fourth")
_FRETS = {"fret 0": (0, 0), "frets 1-4": (1, 4), "frets 5-7": (5, 7), "frets 8-12": (8, 12), "frets 13+": (13, 99)}
_STEPS = {"unisons": (0,), "seconds": (1, 2), "thirds": (3, 4), "fourths": (5,), "fifths": (7,), "octaves": (12,)}
_LAGS = (1, 2, 4, 8)
Values: TypeAlias = dict[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A value of two sets of tabs: the means with their 95 % intervals, and how far apart they are.

    `distance` is in standard deviations of the value over the tabs of the second set, above 0 where the first is more.
    """

    name: str
    mean: float
    ends: Interval
    reference: float
    reference_ends: Interval
    deviation: float

    @property
    def distance(self) -> float:
        if self.deviation == 0:
            return 0.0 if self.mean == self.reference else math.inf
        return (self.mean - self.reference) / self.deviation

    def as_dict(self) -> dict[str, float | None]:
        """Both means, the spread of the second set and the distance; None for what cannot be told."""
        told = {"mean": self.mean, "reference": self.reference, "spread": self.deviation, "distance": self.distance}
        return {name: value if math.isfinite(value) else None for name, value in told.items()}


def statistics(tab: Tab) -> Values:
    """All values of one tab."""
    every = [bar for system in stroke_bars(tab) for bar in system]
    bars = [bar for bar in every if bar.width <= WIDEST]
    return {
        **_amounts(bars),
        **_hand(every, tab.tuning.n_strings if tab.systems else 0),
        **_melody(every),
        **_pitches_of(bars),
        **_beats(bars),
        **_repetition(bars),
    }


def compare(tabs: Iterable[Tab], references: Iterable[Tab]) -> list[Comparison]:
    """Each value of two sets of tabs."""
    return compare_values([*map(statistics, tabs)], [*map(statistics, references)])


def compare_values(values: Sequence[Values], references: Sequence[Values]) -> list[Comparison]:
    """As `compare`, of tabs that are measured."""
    found = []
    for name in [*(references or values)[0]] if references or values else []:
        ours, theirs = [one[name] for one in values], [one[name] for one in references]
        ends, deviation = (interval(ours), interval(theirs)), spread(theirs)
        found.append(Comparison(name, mean(ours), ends[0], mean(theirs), ends[1], deviation))
    return found


def table(
    rows: Iterable[Comparison], names: tuple[str, str] = ("tabs", "references"), form: tables.Form = "text"
) -> str:
    """A line a value: both means with their intervals, and the distance."""
    cells = [("", *names, "spread", "apart")]
    for row in rows:
        both = _cell(row.mean, row.ends), _cell(row.reference, row.reference_ends)
        cells.append((row.name, *both, _figure(row.deviation, ".3f"), _figure(row.distance, "+.2f")))
    if form != "text":
        return tables.table(cells, form=form)
    return "\n".join(f"{name:24}{one:>24}{other:>24}{spread:>9}{apart:>8}" for name, one, other, spread, apart in cells)


def _figure(value: float, form: str) -> str:
    """A figure; a dash where there is none, such as a spread of one tab."""
    return f"{value:{form}}" if math.isfinite(value) else "-"


def _cell(value: float, ends: Interval) -> str:
    return f"{value:.3f} [{ends.low:.3f}, {ends.high:.3f}]" if math.isfinite(value) else "-"


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _amounts(bars: Sequence[StrokeBar]) -> Values:
    strokes = [stroke for bar in bars for stroke in bar.strokes]
    marked = sum(len(stroke.techniques) - (stroke.fret is None) for stroke in strokes)
    return {
        "onsets a bar": _share(sum(len(_onsets(bar)) for bar in bars), len(bars)),
        "empty bars": _share(sum(not bar.strokes for bar in bars), len(bars)),
        "techniques a bar": _share(marked, len(bars)),
        "dead notes": _share(sum(stroke.fret is None for stroke in strokes), len(strokes)),
    }


def _hand(bars: Sequence[StrokeBar], n_strings: int) -> Values:
    """Shares of strings, counted from the lowest one, and of frets, of the notes that have one."""
    strokes = [stroke for bar in bars for stroke in bar.strokes if stroke.fret is not None]
    strings = Counter(n_strings - stroke.string for stroke in strokes)
    frets = Counter(stroke.fret or 0 for stroke in strokes)
    return {
        **{f"{name} string": _share(strings[place], len(strokes)) for place, name in enumerate(_STRINGS)},
        **{
            name: _share(sum(frets[fret] for fret in range(low, high + 1)), len(strokes))
            for name, (low, high) in _FRETS.items()
        },
    }


def _melody(bars: Sequence[StrokeBar]) -> Values:
    """Steps from note to note, of several at a time the lowest, and runs on one pitch."""
    pitches = [pitch for bar in bars for pitch in _line(bar)]
    steps = Counter(abs(b - a) for a, b in itertools.pairwise(pitches))
    runs = [len(list(run)) for _, run in itertools.groupby(pitches)]
    return {
        **{name: _share(sum(steps[size] for size in sizes), steps.total()) for name, sizes in _STEPS.items()},
        "in runs of one pitch": _share(sum(run for run in runs if run >= RUN), len(pitches)),
    }


def _pitches_of(bars: Sequence[StrokeBar]) -> Values:
    """Pitch classes of bars with notes, and how often the first note is another than that of the bar before."""
    lines = [line for line in map(_line, bars) if line]
    classes = [len({pitch % 12 for pitch in line}) for line in lines]
    firsts = [a[0] != b[0] for a, b in itertools.pairwise(lines)]
    return {
        "pitch classes a bar": _share(sum(classes), len(classes)),
        "bars on one class": _share(classes.count(1), len(classes)),
        "first note changes": _share(sum(firsts), len(firsts)),
    }


def _beats(bars: Sequence[StrokeBar]) -> Values:
    """Where in the bar notes start, of bars with notes; quarters of the bar are beats, whatever the metre."""
    single = [(bar.width, _onsets(bar)) for bar in bars if bar.strokes]
    on = [Counter(onset * 4 / width for onset in onsets) for width, onsets in single]
    eighths = [onset * 8 / width for width, onsets in single for onset in onsets]
    beats, others = sum(place % 2 == 0 for place in eighths), sum(place % 1 != 0 for place in eighths)
    return {
        **{f"note on {beat + 1}": _share(sum(beat in found for found in on), len(on)) for beat in range(4)},
        "onsets on beats": _share(beats, len(eighths)),
        "onsets on eighths off": _share(len(eighths) - beats - others, len(eighths)),
        "onsets elsewhere": _share(others, len(eighths)),
    }


def _repetition(bars: Sequence[StrokeBar]) -> Values:
    """How often a bar with notes is, to the column, string and fret, one that was there before."""
    known = [_written(bar) for bar in bars]
    sounding = [number for number, bar in enumerate(bars) if bar.strokes]
    heard = sum(known[number] in known[max(number - MEMORY, 0) : number] for number in sounding if number)
    back = {lag: [known[number] == known[number - lag] for number in sounding if number >= lag] for lag in _LAGS}
    return {
        **{f"bar of {lag} before": _share(sum(same), len(same)) for lag, same in back.items()},
        "bar heard before": _share(heard, len(sounding)),
        "distinct bars": _share(len({known[number] for number in sounding}), len(sounding)),
    }


def _onsets(bar: StrokeBar) -> list[Steps]:
    return sorted({stroke.column for stroke in bar.strokes})


def _line(bar: StrokeBar) -> list[int]:
    """The lowest pitch at each onset that has a pitch."""
    sounding = (stroke for stroke in bar.strokes if stroke.fret is not None)
    return [
        min(stroke.pitch for stroke in together)
        for _, together in itertools.groupby(sounding, key=lambda stroke: stroke.column)
    ]


def _written(bar: StrokeBar) -> tuple[tuple[Steps, int, int | None], ...]:
    return tuple((stroke.column, stroke.string, stroke.fret) for stroke in bar.strokes)
