"""Key and chords as a control: notes outside them get less likely, roots on the first beat more so.

Input: a key, chords, the notes that tokens mean. Output: a `Control`. Which note fits depends on its place in the bar
only, so that nearly every bias is a cached array.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.chords import Chord, Key
from basstab_hf.generate.controls import Bias
from basstab_hf.generate.so_far import SECOND, SoFar
from basstab_hf.generate.token_notes import Ints, Pending, TokenNotes, pending

Table = NDArray[np.float64]

#: From this strength on, what does not fit is forbidden.
ALWAYS = 10.0
#: Cost in nats of a note outside the key, and of the raised seventh of a minor one.
OUTSIDE, RAISED = 5.0, 1.5
#: Places in a bar: its first beat, its middle where it has an even number of beats, other beats, between beats.
_FIRST, _STRONG, _BEAT, _BETWEEN = range(4)
#: Nats by place, for: the bass note, the root above another bass note, other notes of the chord, of the scale, others.
#: What is wanted on the first beat is pushed, not only the rest held back: else the beat would stay empty.
_CHORDAL = (
    (1.0, -1.0, -3.5, -5.0, -8.0),
    (0.5, 0.0, 0.0, -1.5, -6.0),
    (0.0, 0.0, 0.0, -0.75, -5.0),
    (0.0, 0.0, 0.0, -0.5, -5.0),
)
#: What is still allowed at `ALWAYS`: so many of these five, by place.
_ALLOWED = (1, 3, 4, 4)


class Harmony:
    """Pushes notes into a key and onto chords, one chord a bar from bar 0 on and round again."""

    def __init__(
        self, notes: TokenNotes, key: Key | None, chords: Sequence[Chord | None], strength: float, beat: float
    ) -> None:
        """Fill a table for each chord: nats by place and pitch class.

        Args:
            notes: what tokens mean.
            key: also where there are chords: their passing notes are taken from it.
            chords: None for a bar without one.
            strength: 0 to 100; from `ALWAYS` on nothing else is allowed.
            beat: columns in a beat.
        """
        self._notes, self._beat = notes, beat
        self._tables = [_table(chord, key, strength) for chord in chords or [None]]
        self._n_chords = len(self._tables)
        if key and not chords:  # for a tab's first note, which says most of what the key is: else Em would mostly be G
            self._tables.append(_table(key.tonic_chord, key, strength))
        self._at = lru_cache(maxsize=4096)(self._bias)

    def bias(self, so_far: SoFar) -> Bias | None:
        """Nats of each token where the tab stands."""
        chord = so_far.bar % self._n_chords
        if not so_far.notes and len(self._tables) > self._n_chords:
            chord = self._n_chords
        return self._at(chord, so_far.column, so_far.width, pending(so_far))

    def _bias(self, chord: int, column: int, width: int | None, before: Pending) -> Bias:
        notes = self._notes.after(before)
        table = self._tables[chord]
        places = _places(column + notes.offset, width, self._beat)
        pitches = self._notes.open_pitches[notes.string] + notes.fret
        values = np.where(notes.fret < 0, 0.0, table[places, pitches % 12])
        if self._notes.grows:
            self._judge_growing(values, table, places, pitches, notes.fret * notes.growing)
        return self._notes.summed(notes, values)

    def _judge_growing(
        self, values: Table, table: Table, places: NDArray[np.int64], pitches: Ints, digits: Ints
    ) -> None:
        """A 1 may be a 1 or become a 12: by its chance of each, the best that it can become counts.

        What it becomes is judged with the next token.
        """
        for digit, seconds in SECOND.items():
            found = digits == digit
            grown = [pitches[found] + 9 * digit + int(second) for second in seconds]
            best = np.max([table[places[found], pitch % 12] for pitch in grown], axis=0, initial=-np.inf)
            grows = self._notes.grows
            values[found] = np.logaddexp(np.log1p(-grows) + values[found], np.log(grows) + best)


def _table(chord: Chord | None, key: Key | None, strength: float) -> Table:
    """Nats by place and pitch class, [4, 12]."""
    if chord is None:
        row = [0.0 if key is None else _in_key(key, pitch, strength) for pitch in range(12)]
        return np.tile(row, (len(_CHORDAL), 1))
    scale = (key.scale if key else chord.scale) | chord.tones
    ranks = [
        0
        if pitch == chord.bass
        else 1
        if pitch == chord.root
        else 2
        if pitch in chord.tones
        else 3 + (pitch not in scale)
        for pitch in range(12)
    ]
    table = np.array([[nats[rank] for rank in ranks] for nats in _CHORDAL])
    scaled = np.where(table > 0, table * min(strength, 1.0), table * strength)
    if strength >= ALWAYS:
        scaled[np.array(ranks)[None, :] >= np.array(_ALLOWED)[:, None]] = -np.inf
    return scaled


def _in_key(key: Key, pitch: int, strength: float) -> float:
    if pitch in key.scale:
        return 0.0
    if pitch == key.raised_seventh:
        return -RAISED * strength
    return -np.inf if strength >= ALWAYS else -OUTSIDE * strength


def _places(columns: NDArray[np.int32], width: int | None, beat: float) -> NDArray[np.int64]:
    """The place of each column of a bar; what stands in the padding of a bar counts as its first beat."""
    lead = (width or 0) % 2
    beats = np.maximum(columns - lead, 0) / beat
    n_beats = ((width or 0) - lead) / beat
    middle = n_beats / 2 if n_beats % 2 == 0 else -1
    return np.select([beats == 0, beats == middle, beats % 1 == 0], [_FIRST, _STRONG, _BEAT], _BETWEEN)
