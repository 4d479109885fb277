"""A melody -> a tab for 4-string bass, as bassists write them.

Input: a `Tune`. Output: an `Arrangement`: the `Tab`, and the key and metre it is now in.

Every bar starts with one blank column and then has one column a sixteenth, as 73 % of the bars of one real tab site do
(17 columns in 4/4): `timing.timed_notes` reads the grid back exactly. A long note is followed by blank columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from basstab_hf import columns
from basstab_hf.dataset.grid import GridTune, to_grid
from basstab_hf.dataset.tune import Tune, TuneError
from basstab_hf.fingering import Fingering, FingeringError, PitchEvent, finger, passage_cost
from basstab_hf.tab import Column, System, Tab
from basstab_hf.timing import COLUMNS_PER_BEAT
from basstab_hf.tuning import STANDARD

#: The lowest pitch (E1), the highest up to fret 9 (E3), the highest at all, on fret 12 (G3).
LOWEST, COMFORTABLE, HIGHEST = 28, 52, 55
MAX_FRET = 12
#: Bars in a system: the most of these that keep its lines within 82 characters; 70 % of real lines have 70 to 79.
BARS_A_SYSTEM = (8, 4, 2, 1)
LINE_WIDTH = 82
#: Keys are compared by the cost of this many notes: enough to tell them apart, and ten times cheaper than the whole.
_TRIAL_NOTES = 48
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A tab made of a tune, `semitones` away from its source; `key`, metre and tempo are the tab's own."""

    tab: Tab
    semitones: int
    key: str
    time_signature: str
    tempo: float | None
    fingerings: tuple[Fingering, ...]


def arrange(tune: Tune) -> Tab:
    """Arrange a tune for bass (GDAE).

    Raises:
        TuneError: the tune does not fit; its `reason` is one of few.
    """
    return arrangement(tune).tab


def arrangement(tune: Tune) -> Arrangement:
    """Arrange a tune for bass (GDAE) and say how.

    Raises:
        TuneError: the tune does not fit; its `reason` is one of few.
    """
    grid = to_grid(tune)
    semitones, fingerings = _best_key(grid)
    return Arrangement(
        tab=Tab(tuple(_systems(grid, fingerings)), title=tune.title),
        semitones=semitones,
        key=_transposed(tune.key, semitones),
        time_signature=grid.time_signature,
        tempo=tune.tempo and tune.tempo * grid.stretch,
        fingerings=fingerings,
    )


def events(grid: GridTune, semitones: int = 0) -> list[PitchEvent]:
    """The notes of a tune in order, on the grid of the whole piece."""
    return [
        PitchEvent(number * grid.width + column, pitch + semitones, bar_end=(number + 1) * grid.width)
        for number, bar in enumerate(grid.bars)
        for column, pitch in bar
    ]


def _best_key(grid: GridTune) -> tuple[int, tuple[Fingering, ...]]:
    """Transposition and fingering: the tune's own key in any octave before others, frets to 9 before 12, then cost."""
    low, high = min(grid.pitches), max(grid.pitches)
    if high - low > HIGHEST - LOWEST:
        raise TuneError("wider than the bass is in the lower positions", f"{high - low} semitones")
    fitting = range(LOWEST - low, HIGHEST - high + 1)
    ranked = sorted(fitting, key=lambda shift: (shift % 12 != 0, high + shift > COMFORTABLE, _trial_cost(grid, shift)))
    for semitones in ranked:
        try:
            return semitones, finger(events(grid, semitones), max_fret=MAX_FRET)
        except FingeringError:
            continue
    raise TuneError("no key can be fingered", f"{len(ranked)} keys tried")


def _trial_cost(grid: GridTune, semitones: int) -> float:
    trial = events(grid, semitones)[:_TRIAL_NOTES]
    try:
        path = finger(trial, max_fret=MAX_FRET)
    except FingeringError:
        return float("inf")
    return passage_cost(path, [event.onset / COLUMNS_PER_BEAT for event in trial])


def _systems(grid: GridTune, fingerings: Iterable[Fingering]) -> Iterator[System]:
    per_system = next(n for n in BARS_A_SYSTEM if 2 + n * (grid.width + 2) <= LINE_WIDTH or n == 1)
    played = iter(fingerings)
    bar_line = columns.BAR * STANDARD.n_strings
    bars = [[*_bar(grid.width, [(column, next(played)) for column, _ in bar]), bar_line] for bar in grid.bars]
    for start in range(0, len(bars), per_system):
        yield System.from_columns(STANDARD, itertools.chain.from_iterable(bars[start : start + per_system]))


def _bar(width: int, notes: Iterable[tuple[int, Fingering]]) -> list[Column]:
    """One blank column and `width` more, with the frets written in."""
    rows = [[columns.EMPTY] * (width + 1) for _ in STANDARD.labels]
    for column, note in notes:
        digits = str(note.fret)
        rows[note.string - 1][column + 1 : column + 1 + len(digits)] = digits
    return ["".join(column) for column in zip(*rows, strict=True)]


def _transposed(key: str, semitones: int) -> str:
    """Name of a key moved by semitones: ("D major", 5) -> "G major"."""
    tonic, _, mode = key.partition(" ")
    pitch_class = "C D EF G A B".index(tonic[0]) + {"#": 1, "b": -1}.get(tonic[1:], 0)
    return f"{_NAMES[(pitch_class + semitones) % 12]} {mode}"
