"""Which string people play a note on: the likeliest strings of a passage, by what transcribers wrote.

Input: a passage in one voice, the fret of each note on each string. Output: a string for each note. The model is a
linear-chain CRF (Lafferty, McCallum, Pereira, 2001) of second order over strings; a passage costs the sum of

    place   a string and a fret on it
    low     a string, and a fret, where so low a pitch is the lowest within `_AROUND` notes
    high    the same where so high a pitch is the highest
    step    from the note before: strings crossed and semitones, and whether the two are open
    skip    from the note before that: the same, and whether the note between is open

Costs are nats. They were fitted to the pages of half of the artists of a real tab site, by likelihood with an L2
penalty, and rounded. docs/log.md has the figures on the other half, and on songs of other sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from basstab_hf.tab.tuning import Tuning

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Notes to each side whose pitches tell where on the neck a passage lies.
_AROUND = 16
#: Semitones beyond which steps are alike, strings that may be crossed, the highest fret that is told apart.
_WIDEST, _CROSSED, _HIGHEST = 13, 5, 24
#: The lowest pitch that is told apart on a bass whose E string is an E.
_LOWEST, _E = 23, 28


class NoPathError(Exception):
    """No choice of strings reaches the note at `place` in its passage."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True, slots=True)
class _Costs:
    """The tables, in nats."""

    place: Floats  # kind of string, fret
    low_strings: Floats  # kind of string, pitch
    high_strings: Floats
    low_frets: Floats  # pitch, fret
    high_frets: Floats
    step: Floats  # strings crossed, semitones, which are open
    skip: Floats


def choose(
    frets: Ints,
    usable: NDArray[np.bool_],
    tuning: Tuning,
    costs: Floats | None = None,
    pairs: Mapping[int, Floats] | None = None,
) -> Ints:
    """Choose the string (from 0) of each note.

    Args:
        frets: of each note on each string, in range or not: shape (notes, strings).
        usable: where a note can be played.
        tuning: of the bass.
        costs: what else counts for each note and string, in nats.
        pairs: of some notes, what else counts for their string and that of the note before, shape (before, here).

    Raises:
        NoPathError: there is no choice.
    """
    if len(frets) == 0:
        return np.zeros(0, dtype=np.int64)
    local = np.where(usable, _local(frets, tuning) + (0.0 if costs is None else costs), np.inf)
    step, skip = _steps(frets, tuning)
    for number, more in (pairs or {}).items():
        step[number] += more
    return _search(local, step, skip)


def _local(frets: Ints, tuning: Tuning) -> Floats:
    """What each place costs by itself, and among the pitches around it: shape (notes, strings)."""
    table = _costs()
    kinds, base = _kinds(tuning)
    heights = frets[:, 0] + tuning.pitches[0] - base
    padded = np.pad(heights, _AROUND, mode="edge")
    windows = sliding_window_view(padded, 2 * _AROUND + 1)
    low = np.clip(windows.min(axis=1), 0, len(table.low_frets) - 1)[:, None]
    high = np.clip(windows.max(axis=1), 0, len(table.high_frets) - 1)[:, None]
    known = np.clip(frets, 0, _HIGHEST)
    on_strings = table.place[kinds, known] + table.low_strings[kinds, low] + table.high_strings[kinds, high]
    found: Floats = on_strings + table.low_frets[low, known] + table.high_frets[high, known]
    return found


def _kinds(tuning: Tuning) -> tuple[Ints, int]:
    """Which string of a six-string bass each is (0: the lowest), and the pitch that counts as the lowest.

    Five strings are those of a six-string bass without the highest, or, tuned from about E up, without the lowest.
    """
    lowest = 0 if tuning.n_strings == 6 or (tuning.n_strings == 5 and tuning.pitches[-1] < _E - 2) else 1
    kinds = np.arange(lowest + tuning.n_strings - 1, lowest - 1, -1)
    second = tuning.pitches[[*kinds].index(2)]  # the string that is usually an A; an E string tuned down moves nothing
    return kinds, second - 5 - _E + _LOWEST


def _steps(frets: Ints, tuning: Tuning) -> tuple[Floats, Floats]:
    """What each pair of strings costs from note to note, and each three: shapes (notes, S, S) and (notes, S, S, S)."""
    table = _costs()
    n_strings = tuning.n_strings
    strings = np.arange(n_strings)
    crossed = strings[None, :] - strings[:, None] + _CROSSED
    opens = (frets == 0).astype(np.int64)
    before, two_before = np.roll(opens, 1, axis=0), np.roll(opens, 2, axis=0)
    one, two = (np.clip(frets[:, 0] - np.roll(frets[:, 0], n), -_WIDEST, _WIDEST) + _WIDEST for n in (1, 2))
    step = table.step[crossed, one[:, None, None], 2 * before[:, :, None] + opens[:, None, :]]
    which = 2 * two_before[:, :, None, None] + opens[:, None, None, :] + 4 * before[:, None, :, None]
    skip = table.skip[crossed[:, None, :], two[:, None, None, None], which]
    return step, skip


def _search(local: Floats, step: Floats, skip: Floats) -> Ints:
    """The cheapest strings, exactly, by dynamic programming over pairs of neighbours."""
    n_notes, n_strings = local.shape
    if not np.isfinite(local[0]).any():
        raise NoPathError(0)
    if n_notes == 1:
        return np.asarray(local.argmin(axis=1))
    total = local[0][:, None] + step[1] + local[1]
    onward = step + local[:, None, :]
    back = np.zeros((n_notes, n_strings, n_strings), dtype=np.int64)
    for note in range(1, n_notes):
        if note > 1:
            ways = total[:, :, None] + skip[note]
            back[note] = ways.argmin(axis=0)
            total = ways.min(axis=0) + onward[note]
        if not np.isfinite(total).any():
            raise NoPathError(note)
    found = np.zeros(n_notes, dtype=np.int64)
    found[-2], found[-1] = divmod(int(total.argmin()), n_strings)
    for note in range(n_notes - 1, 1, -1):
        found[note - 2] = back[note, found[note - 1], found[note]]
    return found


@cache
def _costs() -> _Costs:
    told = json.loads(resources.files("basstab_hf.tab").joinpath("taste.json").read_text(encoding="utf-8"))
    return _Costs(**{field.name: np.array(told[field.name]) / told["parts"] for field in fields(_Costs)})
