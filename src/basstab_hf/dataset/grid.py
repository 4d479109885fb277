"""A tune as its source notates it -> full bars of notes on a grid of sixteenths, as a tab has them.

Repeated strains are written once, as a tab writes a riff once: a repeat would only double the data. Of first and second
endings the second is kept, which leads on to the next strain.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from basstab_hf.dataset.tune import MelodyNote, Tune, TuneBar, TuneError
from basstab_hf.timing import COLUMNS_PER_BEAT

#: Share of notes that may lie off the sixteenths: triplets, which move to the nearest, and ornaments.
MAX_OFF_GRID = 0.15
#: Metres written in doubled values: nine in ten 2/4 tunes run in sixteenths; their digits then have a column between
#: them, as in the eighths that real tabs are full of.
_DOUBLED = {"2/4": "4/4", "3/8": "3/4"}
#: Columns of a bar that tabs use: 3/4 and 6/8, 4/4, 9/8, 12/8 and 6/4.
WIDTHS = (12, 16, 18, 24)
MIN_BARS, MAX_BARS = 4, 128
_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class GridTune:
    """Bars of equal width in columns; each bar is its notes as (column in the bar, MIDI pitch), in order."""

    bars: tuple[tuple[tuple[int, int], ...], ...]
    width: int
    time_signature: str
    stretch: int  # 2 where note values were doubled, else 1

    @property
    def pitches(self) -> list[int]:
        return [pitch for bar in self.bars for _, pitch in bar]


def to_grid(tune: Tune) -> GridTune:
    """Quantise a tune.

    Raises:
        TuneError: an unusual metre, bars that do not add up, too few or too many bars, too many notes off the grid.
    """
    bars = list(full_bars(tune))
    if not MIN_BARS <= len(bars) <= MAX_BARS:
        raise TuneError("too short" if len(bars) < MIN_BARS else "too long", f"{len(bars)} bars")
    time_signature = _DOUBLED.get(tune.time_signature, tune.time_signature)
    stretch = 1 if time_signature == tune.time_signature else 2
    per_quarter = COLUMNS_PER_BEAT * stretch
    width = round(tune.bar_length * per_quarter)
    if width not in WIDTHS:
        raise TuneError("unusual metre", tune.time_signature)
    quantised = [_quantise(bar, per_quarter, width) for bar in bars]
    n_notes = sum(map(len, bars))
    if not n_notes:
        raise TuneError("no notes")
    off_grid = sum(off for _, off in quantised)
    if off_grid > MAX_OFF_GRID * n_notes:
        raise TuneError("too many notes off the grid of sixteenths", f"{off_grid} of {n_notes}")
    return GridTune(
        bars=tuple(notes for notes, _ in quantised),
        width=width,
        time_signature=time_signature,
        stretch=stretch,
    )


def full_bars(tune: Tune) -> Iterator[tuple[MelodyNote, ...]]:
    """Notes bar by bar, every bar of full length: pickups get rests before, last bars of strains rests after them.

    A bar that a double bar line or repeat sign cuts in two is joined again.

    Raises:
        TuneError: a bar that is too long, or too short in the middle of a strain.
    """
    full = tune.bar_length
    begun: TuneBar | None = None  # the first part of a bar, or a strain's short last bar
    for bar, following in _with_next(_last_endings(tune.bars)):
        if bar.length > full + _EPSILON:
            raise TuneError("bars do not add up", f"{bar.length:g} quarters in {tune.time_signature}")
        if begun is not None:
            if _equal(begun.length + bar.length, full):
                yield begun.notes + _moved(bar.notes, begun.length)
                begun = None
                continue
            if not bar.strain:
                raise TuneError("bars do not add up", f"{begun.length:g} quarters in {tune.time_signature}")
            yield begun.notes
            begun = None
        if _equal(bar.length, full):
            yield bar.notes
        elif bar.strain and following is not None and _equal(following.length, full):
            yield _moved(bar.notes, full - bar.length)
        else:
            begun = bar
    if begun is not None:
        yield begun.notes


def _last_endings(bars: Sequence[TuneBar]) -> Iterator[TuneBar]:
    """Leave out the first ending of every repeat that has a second."""
    ahead = 0
    kept = []
    for bar in reversed(bars):
        if bar.ending == 1 and ahead == 2:
            continue
        kept.append(bar)
        ahead = bar.ending
    return reversed(kept)


def _with_next(bars: Iterator[TuneBar]) -> Iterator[tuple[TuneBar, TuneBar | None]]:
    here, ahead = itertools.tee(bars)
    next(ahead, None)
    return itertools.zip_longest(here, ahead)


def _moved(notes: Sequence[MelodyNote], quarters: float) -> tuple[MelodyNote, ...]:
    return tuple(MelodyNote(note.onset + quarters, note.duration, note.pitch) for note in notes)


def _equal(a: float, b: float) -> bool:
    return abs(a - b) < _EPSILON


def _quantise(bar: Sequence[MelodyNote], per_quarter: int, width: int) -> tuple[tuple[tuple[int, int], ...], int]:
    """Notes of a bar by column, and how many were off the grid; where two meet, the one on the grid stays."""
    placed: dict[int, tuple[float, int]] = {}
    off_grid = 0
    for note in bar:
        column = math.floor(note.onset * per_quarter + 0.5)
        error = abs(note.onset * per_quarter - column)
        off_grid += error > _EPSILON
        if column < width and error < placed.get(column, (math.inf, 0))[0] - _EPSILON:
            placed[column] = (error, note.pitch)
    return tuple((column, pitch) for column, (_, pitch) in sorted(placed.items())), off_grid
