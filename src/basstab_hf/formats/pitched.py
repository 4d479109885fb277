"""Notes at exact places that have no strings -> the same notes on strings: what plain notation tells of a bass.

Input: `Played`s and the lengths of the bars. Output: `Strung`. Bars and onsets stay as they are; of notes struck
together the lowest is fingered, the others are kept where they lie under the same hand. The bulk of the notes decides
tuning and octave: one outside is moved by an octave, or left out, and told.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from basstab_hf.formats.bass_range import Change, range_of, within
from basstab_hf.formats.from_score import ReadNote
from basstab_hf.formats.midi_notes import MAX_NOTES, Played
from basstab_hf.formats.parts import pitch_name
from basstab_hf.formats.rhythm import GRIDS
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.stringed import Strung
from basstab_hf.formats.told import Told, remarks
from basstab_hf.formats.track import OUT_OF_RANGE, TOO_FINE, TOO_LONG, TrackError
from basstab_hf.tab.fingering import SPAN, Fingering, FingeringError, PitchEvent, finger
from basstab_hf.tab.marks import MAX_FRET, can_be_said
from basstab_hf.tab.tuning import Tuning

#: Grids finer than those of tabs, in parts of a beat, for onsets that none of them tells apart.
_FINEST = 10_080

_Chord = tuple[Fraction, tuple[Played, ...]]


def on_strings(notes: Sequence[Played], lengths: Sequence[Fraction]) -> Strung:
    """Choose tuning, octave, strings and frets; `lengths` of the bars are in quarter notes.

    Raises:
        TrackError: no notes, too many, most of them outside any bass, or too fine a rhythm.
    """
    if not notes:
        raise TrackError(OUT_OF_RANGE)
    if len(notes) > MAX_NOTES:
        raise TrackError(TOO_LONG)
    edges = list(itertools.accumulate(lengths, initial=Fraction(0)))
    found = range_of([note.pitch for note in notes])
    moved = within(found, sorted(notes, key=lambda note: (note.onset, note.pitch)))
    told = remarks(_told(change, edges) for change in moved.changes)
    kept = _each_once(moved.notes)
    tuning = found.tuning
    chords = [(onset, tuple(struck)) for onset, struck in itertools.groupby(kept, key=lambda note: note.onset)]
    bars: list[list[ReadNote]] = [[] for _ in lengths]
    hands = _fingered(chords, tuning, edges)
    placed = [
        one for (_, chord), hand in zip(chords, hands, strict=True) for one in _under_the_hand(chord, hand, tuning)
    ]
    ends: dict[int, Fraction] = {}  # where the next note on a string begins
    for played, (string, fret) in reversed(placed):
        held = replace(played, end=min(played.end, ends.get(string, played.end)))
        ends[string] = played.onset
        _write(bars, edges, held, (string, fret))
    dropped = len(kept) - len(placed)
    lost = (f"notes of chords left out, since they lie under another hand: {dropped}",) if dropped else ()
    return Strung(tuning, tuple(map(tuple, bars)), (*found.told, *told, *lost))


def _told(change: Change, edges: Sequence[Fraction]) -> Told:
    bar = bisect_right(edges, change.note.onset) - 1
    goal = pitch_name(change.goal) if change.goal is not None else ""
    return Told(bar + 1, change.note.onset - edges[bar], pitch_name(change.note.pitch) + change.why, goal)


def _each_once(notes: Sequence[Played]) -> list[Played]:
    """Notes by onset and pitch; of two voices in unison the longer one."""
    found: dict[tuple[Fraction, int], Played] = {}
    for note in sorted(notes, key=lambda note: note.end):
        found[note.onset, note.pitch] = note
    return [found[place] for place in sorted(found)]


def _fingered(chords: Sequence[_Chord], tuning: Tuning, edges: Sequence[Fraction]) -> tuple[Fingering, ...]:
    """Where the lowest note of each chord is played, on the coarsest grid that has room for all.

    Raises:
        TrackError: none has.
    """
    onsets = [onset for onset, _ in chords]
    exact = min(math.lcm(*(onset.denominator for onset in onsets)), _FINEST)
    inexact = {grid: sum((onset * grid).denominator != 1 for onset in onsets) for grid in GRIDS}
    for grid in [*sorted(GRIDS, key=lambda grid: (inexact[grid], grid)), exact]:
        columns = [math.floor(onset * grid + Fraction(1, 2)) for onset in onsets]
        if any(a >= b for a, b in itertools.pairwise(columns)):
            continue
        ends = [math.floor(edges[min(bisect_right(edges, onset), len(edges) - 1)] * grid) for onset in onsets]
        voice = [
            PitchEvent(column, chord[0].pitch, end)
            for column, (_, chord), end in zip(columns, chords, ends, strict=True)
        ]
        try:
            return finger(voice, tuning, MAX_FRET, grid, like_people=True)
        except FingeringError:
            continue
    raise TrackError(TOO_FINE)


def _under_the_hand(
    chord: Sequence[Played], hand: Fingering, tuning: Tuning
) -> Iterator[tuple[Played, tuple[int, int]]]:
    """The notes of a chord with string and fret: the lowest, and others on higher strings that the hand reaches."""
    lowest, *others = chord
    yield lowest, (hand.string, hand.fret)
    string = hand.string
    for note in others:
        for higher in range(string - 1, 0, -1):
            fret = note.pitch - tuning.pitches[higher - 1]
            if fret == 0 or (hand.position <= fret < hand.position + SPAN and can_be_said(fret)):
                yield note, (higher, fret)
                string = higher
                break


def _write(bars: Sequence[list[ReadNote]], edges: Sequence[Fraction], played: Played, place: tuple[int, int]) -> None:
    """Put a note into its bar, and tied ones into those that it lasts into."""
    string, fret = place
    start, number = played.onset, bisect_right(edges, played.onset) - 1
    while number < len(bars) and (start < played.end or start == played.onset):
        end = min(played.end, edges[number + 1])
        note = ScoreNote(string, fret, played.pitch, tied=start > played.onset)
        bars[number].append(ReadNote(start - edges[number], end - start, note))
        start, number = edges[number + 1], number + 1
