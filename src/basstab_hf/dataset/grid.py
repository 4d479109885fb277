"""A tune as its source notates it -> full bars of notes on a grid of sixteenths, as a tab has them.

Repeated strains are written once, as a tab writes a riff once: a repeat would only double the data. Of first and second
endings the second is kept, which leads on to the next strain.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from basstab_hf.dataset.tune import MelodyNote, Tune, TuneBar, TuneError
from basstab_hf.tab.timing import COLUMNS_PER_BEAT

#: Share of notes that may lie off the sixteenths: triplets, which move to the nearest, and ornaments.
MAX_OFF_GRID = 0.15
#: Share of steps of a sixteenth above which values are doubled: digits then have a column between them. In real tabs
#: under 1 % of notes stand in the very next column (38,330 notes of 120 pages), in these books 26 %.
DENSE = 0.1
#: Metres in doubled values: what becomes of a bar, and of how many. 2/4 and 3/8 are always doubled.
_DOUBLED = {
    "2/4": ("4/4", 1),
    "3/8": ("3/4", 1),
    "4/4": ("4/4", 2),
    "2/2": ("4/4", 2),
    "3/4": ("6/4", 1),
    "6/8": ("3/4", 2),
    "9/8": ("3/4", 3),
    "12/8": ("3/4", 4),
}
#: Columns of a bar that tabs use: 3/4 and 6/8, 4/4, 9/8, 12/8 and 6/4.
WIDTHS = (12, 16, 18, 24)
MIN_BARS, MAX_BARS = 4, 128
_SHORT_BAR = 3  # quarter notes
_EPSILON = 1e-6
_GridBar: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class GridTune:
    """Bars of equal width in columns; each bar is its notes as (column in the bar, MIDI pitch), in order."""

    bars: tuple[_GridBar, ...]
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
    doubled = tune.time_signature in _DOUBLED and (tune.bar_length < _SHORT_BAR or _density(bars) > DENSE)
    time_signature, parts = _DOUBLED[tune.time_signature] if doubled else (tune.time_signature, 1)
    per_quarter = COLUMNS_PER_BEAT * (2 if doubled else 1)
    width = round(tune.bar_length * per_quarter) // parts
    if width not in WIDTHS:
        raise TuneError("unusual metre", tune.time_signature)
    quantised = [_quantise(bar, per_quarter, width * parts) for bar in bars]
    _check_notes(sum(map(len, bars)), sum(off for _, off in quantised))
    written = tuple(_trimmed([part for notes, _ in quantised for part in _split(notes, width, parts)]))
    if not MIN_BARS <= len(written) <= MAX_BARS:
        raise TuneError("too short" if len(written) < MIN_BARS else "too long", f"{len(written)} bars")
    return GridTune(written, width, time_signature, stretch=2 if doubled else 1)


def _check_notes(n_notes: int, off_grid: int) -> None:
    if not n_notes:
        raise TuneError("no notes")
    if off_grid > MAX_OFF_GRID * n_notes:
        raise TuneError("too many notes off the grid of sixteenths", f"{off_grid} of {n_notes}")


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


def _density(bars: Sequence[Sequence[MelodyNote]]) -> float:
    """Share of steps within bars that are a sixteenth or shorter."""
    steps = [b.onset - a.onset for bar in bars for a, b in itertools.pairwise(bar)]
    return sum(step <= 1 / COLUMNS_PER_BEAT + _EPSILON for step in steps) / max(len(steps), 1)


def _split(bar: _GridBar, width: int, parts: int) -> list[_GridBar]:
    """Cut a bar of `parts` times `width` columns into that many."""
    starts = range(0, width * parts, width)
    return [tuple((column - start, pitch) for column, pitch in bar if 0 <= column - start < width) for start in starts]


def _trimmed(bars: Sequence[_GridBar]) -> Sequence[_GridBar]:
    """Leave out empty bars at both ends, as splitting a pickup bar makes them."""
    sounding = [index for index, bar in enumerate(bars) if bar]
    return bars[sounding[0] : sounding[-1] + 1] if sounding else ()


def _quantise(bar: Sequence[MelodyNote], per_quarter: int, width: int) -> tuple[_GridBar, int]:
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
