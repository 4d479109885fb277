"""Key and chords as a control: notes outside them get less likely, roots on the first beat more so.

Input: a key, the chords of bars, the notes that tokens mean. Output: a `Control`. Which note fits depends on its place
in the bar only, so that nearly every bias is a cached array.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from basstab_hf.chart.names import Chord, Key
from basstab_hf.chart.values import PlacedChord
from basstab_hf.generate.controls import Bias
from basstab_hf.generate.so_far import SECOND, SoFar
from basstab_hf.generate.token_notes import Ints, Pending, TokenNotes, pending

Table = NDArray[np.float64]

#: From this strength on, what does not fit is forbidden.
ALWAYS = 10.0
#: Places in a bar: its padding, where a chord begins, as on its first beat, its middle where it has an even number of
#: beats, other beats, the rest.
_PADDING, _FIRST, _STRONG, _BEAT, _BETWEEN = range(5)
#: In the padding a note would come before its beat, and the tab would be read without padding from there on.
_TOO_EARLY = (-3.0, -4.0, -6.5, -8.0, -11.0)
#: Nats by place for five ranks of notes under a chord: its bass, the root above another bass, its other notes, those of
#: the scale, all others. What is wanted on the first beat is pushed, not only the rest held back: else the beat would
#: stay empty.
_CHORDAL = (
    _TOO_EARLY,
    (1.0, -1.0, -3.5, -5.0, -8.0),
    (0.5, 0.0, 0.0, -1.5, -6.0),
    (0.0, 0.0, 0.0, -0.75, -5.0),
    (0.0, 0.0, 0.0, -0.5, -5.0),
)
#: The same in a key: tonic, its third and fifth, the scale, a minor key's raised seventh, all others. With the tonic
#: pushed on every first beat, 38 % of 40 tabs were found in the key asked for; only on a tab's first note, 28 %.
_TONAL = (
    _TOO_EARLY,
    (1.0, 0.0, -1.0, -1.5, -4.0),
    (0.5, 0.0, -0.5, -1.5, -4.0),
    (0.0, 0.0, 0.0, -1.5, -4.0),
    (0.0, 0.0, 0.0, -1.5, -4.0),
)
#: Nats for a dead note under a chord, by place: it is of no chord, and would stand where the bass is to be heard.
_DEAD = (0.0, -3.0, -1.0, 0.0, 0.0)
#: So many of the five ranks are allowed at `ALWAYS`, by place.
_CHORDAL_RANKS, _TONAL_RANKS = (0, 1, 3, 4, 4), (0, 4, 4, 4, 4)


class Harmony:
    """Pushes notes into a key and onto the chords of bars, from bar 0 on and round again."""

    def __init__(
        self,
        notes: TokenNotes,
        key: Key | None,
        bars: Sequence[tuple[PlacedChord, ...]],
        strength: float,
        beat: float,
    ) -> None:
        """Fill a table for each chord: nats by place and pitch class.

        Args:
            notes: what tokens mean.
            key: also where there are chords: their passing notes are taken from it.
            bars: what sounds in each, as `chart.bars.sounding` has it.
            strength: 0 to 100; from `ALWAYS` on nothing else is allowed.
            beat: columns in a beat.
        """
        self._notes, self._beat = notes, beat
        self._kinds = list(dict.fromkeys(bars)) or [()]
        self._bars = [self._kinds.index(bar) for bar in bars] or [0]
        self._dead = np.array(_DEAD) * min(strength, 1.0)
        self._table = lru_cache(maxsize=1024)(lambda chord: _table(chord, key, strength))
        self._at = lru_cache(maxsize=4096)(self._bias)

    def bias(self, so_far: SoFar) -> Bias | None:
        """Nats of each token where the tab stands."""
        kind = self._bars[so_far.bar % len(self._bars)]
        return self._at(kind, so_far.column, so_far.width, pending(so_far))

    def _bias(self, kind: int, column: int, width: int | None, before: Pending) -> Bias:
        chords, notes = self._kinds[kind], self._notes.after(before)
        columns = column + notes.offset
        starts = _starts(chords, width)
        nats = np.stack([self._table(chord.chord) for chord in chords] or [self._table(None)])
        sounds = np.maximum(np.searchsorted(starts, columns, side="right") - 1, 0)
        table = nats[sounds]  # of each note: [notes, 5, 12]
        places = _places(columns, width, self._beat, starts)
        pitches = self._notes.open_pitches[notes.string] + notes.fret
        sounding = table[np.arange(len(places)), places, pitches % 12]
        values = np.where(notes.fret < 0, self._dead[places] * bool(chords and chords[0].chord), sounding)
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
            same = digits == digit
            grown = [pitches[same] + 9 * digit + int(second) for second in seconds]
            rows = table[same, places[same]]
            best = np.max([rows[np.arange(len(rows)), pitch % 12] for pitch in grown], axis=0, initial=-np.inf)
            grows = self._notes.grows
            values[same] = np.logaddexp(np.log1p(-grows) + values[same], np.log(grows) + best)


def _table(chord: Chord | None, key: Key | None, strength: float) -> Table:
    """Nats by place and pitch class, [5, 12]."""
    nats, allowed = (_TONAL, _TONAL_RANKS) if chord is None else (_CHORDAL, _CHORDAL_RANKS)
    fitting = _ranks(chord, key)
    if not fitting:
        return np.zeros((len(nats), 12))
    ranks = np.array([next((r for r, pitches in enumerate(fitting) if pitch in pitches), 4) for pitch in range(12)])
    table = np.array(nats)[:, ranks]
    table = np.where(table > 0, table * min(strength, 1.0), table * strength)
    return np.where((strength >= ALWAYS) & (ranks >= np.array(allowed)[:, None]), -np.inf, table)


def _ranks(chord: Chord | None, key: Key | None) -> tuple[Collection[int | None], ...]:
    """Pitch classes that fit, the best first, as `_CHORDAL` and `_TONAL` have them; none without key and chord."""
    if chord is not None:
        return {chord.bass}, {chord.root}, chord.tones, key.scale if key else chord.scale
    if key is not None:
        return {key.tonic}, key.tonic_chord.tones, key.scale, {key.raised_seventh}
    return ()


def _starts(chords: Sequence[PlacedChord], width: int | None) -> Ints:
    """The columns at which the chords of a bar begin; in a bar of unknown width the first one holds."""
    lead = (width or 0) % 2
    found = [lead + math.ceil(chord.place * ((width or 0) - lead)) for chord in chords if width or chord.place == 0]
    return np.array(found or [lead])


def _places(columns: Ints, width: int | None, beat: float, starts: Ints) -> NDArray[np.int64]:
    """The place of each column of a bar."""
    lead = (width or 0) % 2
    beats = (columns - lead) / beat
    n_beats = ((width or 0) - lead) / beat
    middle = n_beats / 2 if n_beats % 2 == 0 else np.nan
    chosen = [beats < 0, np.isin(columns, starts), beats == middle, beats % 1 == 0]
    return np.select(chosen, [_PADDING, _FIRST, _STRONG, _BEAT], _BETWEEN)
