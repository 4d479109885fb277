"""A melody -> a tab for 4-string bass, as bassists write them.

Input: a `Tune`. Output: an `Arrangement`: the `Tab`, and the key and metre it is now in.

A column is a sixteenth; `layout` writes the bars.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from basstab_hf.dataset.grid import GridTune, to_grid
from basstab_hf.dataset.tune import Tune, TuneError
from basstab_hf.tab.fingering import Fingering, FingeringError, PitchEvent, finger, passage_cost
from basstab_hf.tab.layout import Bar, NoRoomError, Placed, lay_out
from basstab_hf.tab.timing import COLUMNS_PER_BEAT
from basstab_hf.tab.tuning import STANDARD
from basstab_hf.tab.values import Tab

#: The lowest pitch (E1), the highest up to fret 9 (E3), the highest at all, on fret 12 (G3).
LOWEST, COMFORTABLE, HIGHEST = 28, 52, 55
#: Keys are compared by the cost of this many notes: enough to tell them apart, and ten times cheaper than the whole.
_TRIAL_NOTES = 48
#: Tonics by fifths (B# included), and how many sharps each mode has on C.
_FIFTHS = tuple(f"{letter}{sign}" for sign in ("b", "", "#") for letter in "FCGDAEB")
_BRIGHTNESS = {"lydian": 1, "major": 0, "mixolydian": -1, "dorian": -2, "minor": -3, "phrygian": -4}


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
    try:
        systems = lay_out(STANDARD, [*_bars(grid, fingerings)]).systems
    except NoRoomError as error:  # 2, 2 in neighbouring columns among frets from 12 up
        raise TuneError("frets would be read as others", str(error)) from error
    return Arrangement(
        tab=Tab(systems, title=tune.title),
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
    tiers = sorted(fitting, key=lambda shift: _tier(shift, high))
    for _, tier in itertools.groupby(tiers, key=lambda shift: _tier(shift, high)):
        for semitones in sorted(tier, key=lambda shift: _trial_cost(grid, shift)):
            try:
                return semitones, finger(events(grid, semitones), max_fret=_highest_fret(high + semitones))
            except FingeringError:
                continue
    raise TuneError("no key can be fingered", f"{len(fitting)} keys tried")


def _tier(semitones: int, highest_pitch: int) -> tuple[bool, bool]:
    """What comes before cost in choosing a key, best first: it is the tune's own, and it stays below fret 10."""
    return semitones % 12 != 0, highest_pitch + semitones > COMFORTABLE


def _highest_fret(highest_pitch: int) -> int:
    """Fret 9, or as far up as the highest note needs."""
    return max(highest_pitch, COMFORTABLE) - STANDARD.pitches[0]


def _trial_cost(grid: GridTune, semitones: int) -> float:
    trial = events(grid, semitones)[:_TRIAL_NOTES]
    try:
        path = finger(trial, max_fret=_highest_fret(max(grid.pitches) + semitones))
    except FingeringError:
        return float("inf")
    return passage_cost(path, [event.onset / COLUMNS_PER_BEAT for event in trial])


def _bars(grid: GridTune, fingerings: Iterable[Fingering]) -> Iterator[Bar]:
    played = iter(fingerings)
    for bar in grid.bars:
        notes = [(column, next(played)) for column, _ in bar]
        yield Bar(grid.width, tuple([Placed(column, note.string, note.fret) for column, note in notes]))


def _transposed(key: str, semitones: int) -> str:
    """Name of a key moved by semitones, with as few accidentals as it can have: ("D dorian", 1) -> "Eb dorian"."""
    tonic, mode = key.split(" ")
    wanted = (_FIFTHS.index(tonic) + 7 * semitones) % 12
    spellings = range(wanted, len(_FIFTHS), 12)
    natural = _FIFTHS.index("C") - _BRIGHTNESS[mode]
    return f"{_FIFTHS[min(spellings, key=lambda fifths: abs(fifths - natural))]} {mode}"
