"""Pitches -> strings and frets: where people would play them, near to where they were, or where the player wants.

Input: a `Piece` whose pitches are in reach of its tuning, and a `Wish`. Output: the same notes in new places. The
lowest note of each chord is fingered (`tab.taste`), the others lie on other strings as near to it as they can.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.arrange.piece import Piece, PieceNote
from basstab_hf.tab import taste
from basstab_hf.tab.fingering import SPAN
from basstab_hf.tab.marks import HARMONIC, LEADING, MAX_FRET, can_be_said
from basstab_hf.tab.tuning import Tuning

# Costs in the unit of `tab.taste`. A note on another fret than before; each fret outside the hand, and at most; a
# fretted note where open ones are wanted; a fret of two digits without a column for the second.
_ELSEWHERE, _OUTSIDE, _FAR, _FRETTED, _CROWDED = 3.0, 1.5, 12.0, 6.0, 4.0
#: A note that a mark leads to, on another string than the one that it leads from.
_PARTED = 6.0
#: Where nothing else will do.
_FORBIDDEN = 30.0


@dataclass(frozen=True, slots=True)
class Wish:
    """Where the hand shall be.

    Attributes:
        hand: the fret of the index finger; None: anywhere.
        open_strings: wherever there are some.
        stays: notes stay on their frets, if they can; the hand then plays what it played.
        max_fret: none above this one, if that can be.
    """

    hand: int | None = None
    open_strings: bool = False
    stays: bool = True
    max_fret: int = MAX_FRET


@dataclass(frozen=True, slots=True)
class Place:
    """A string (1 = highest-pitched) and a fret; None for a dead note."""

    string: int
    fret: int | None


#: The places of the notes of a chord, from the lowest note up; None for one that no string is left for.
_Voicing: TypeAlias = tuple[Place | None, ...]


@dataclass(frozen=True, slots=True)
class _Event:
    """Notes struck together that have pitches, from the lowest up, `beats` from the start; places in the piece."""

    beats: Fraction
    notes: tuple[PieceNote, ...]
    places: tuple[tuple[int, int], ...]  # bar, number in it


def place(piece: Piece, wish: Wish) -> Piece:
    """Choose strings and frets; every pitch is within reach of the tuning (`reach.within_reach`).

    Notes of chords that no strings are left for are left out, and told; so are marks that lose what they lead from.
    """
    events = _events(piece)
    lowest = [event.notes[0] for event in events]
    pitches = np.array([note.pitch for note in lowest], dtype=np.int64)
    frets = pitches[:, None] - np.array(piece.tuning.pitches, dtype=np.int64)
    chords = [
        _voicings(
            piece.tuning,
            tuple(note.pitch for note in event.notes),
            tuple(note.fret for note in event.notes),
        )
        for event in events
    ]
    usable = np.zeros(frets.shape, dtype=bool)
    for number, voicings in enumerate(chords):
        usable[number, [*voicings]] = True
    beats = [float(event.beats) for event in events]
    costs = _costs(piece, lowest, frets, beats, wish)
    chosen = taste.choose(frets, usable, piece.tuning, costs, _parted(piece, events))
    found = {
        at: placed
        for event, voicings, string in zip(events, chords, chosen, strict=True)
        for at, placed in zip(event.places, voicings[string], strict=True)
        if placed is not None
    }
    return _with_places(piece, found)


def _events(piece: Piece) -> list[_Event]:
    found: list[_Event] = []
    start = Fraction(0)
    for number, bar in enumerate(piece.bars):
        sounding = [(note, (number, place)) for place, note in enumerate(bar.notes) if not note.dead]
        for onset, group in itertools.groupby(sounding, key=lambda one: one[0].onset):
            together = sorted(group, key=lambda one: (one[0].pitch, -one[0].string))
            notes, places = zip(*together, strict=True)
            found.append(_Event(start + onset, notes, places))
        start += bar.length
    return found


@cache
def _voicings(tuning: Tuning, pitches: tuple[int, ...], homes: tuple[int | None, ...]) -> dict[int, _Voicing]:
    """For each string (from 0) that can have the lowest note, the best way to play all: most notes, then the least
    span, then most notes on their frets."""
    places = [
        [Place(string, pitch - low) for string, low in enumerate(tuning.pitches, start=1) if can_be_said(pitch - low)]
        for pitch in pitches
    ]
    found: dict[int, _Voicing] = {}
    for lowest in places[0]:
        ways = itertools.product([lowest], *([*some, None] for some in places[1:]))
        found[lowest.string - 1] = min((way for way in ways if _apart(way)), key=lambda way: _awkwardness(way, homes))
    return found


def _apart(voicing: _Voicing) -> bool:
    strings = [place.string for place in voicing if place is not None]
    return len({*strings}) == len(strings)


def _awkwardness(voicing: _Voicing, homes: Sequence[int | None]) -> tuple[int, int, int]:
    """Notes left out, frets beyond the hand, notes on other frets than before."""
    fretted = [place.fret for place in voicing if place is not None and place.fret]
    span = max(fretted, default=0) - min(fretted, default=0)
    moved = sum(place is not None and place.fret != home for place, home in zip(voicing, homes, strict=True))
    return voicing.count(None), max(span - SPAN + 1, 0), moved


def _costs(
    piece: Piece, notes: Sequence[PieceNote], frets: NDArray[np.int64], beats: Sequence[float], wish: Wish
) -> NDArray[np.float64]:
    """What a player's wishes cost on each string: shape (notes, strings)."""
    costs = np.zeros(frets.shape)
    fretted = frets > 0
    if wish.hand is not None:
        outside = np.maximum(np.maximum(wish.hand - frets, frets - wish.hand - SPAN + 1), 0)
        rings = (frets == 0) & (wish.hand > 1)  # an open string where the hand is up the neck sounds otherwise
        costs += np.minimum(np.where(fretted, outside * _OUTSIDE, rings * _OUTSIDE), _FAR)
    if wish.open_strings:
        costs += _FRETTED * fretted + np.minimum(frets, MAX_FRET) / MAX_FRET
    costs += _FORBIDDEN * (frets > wish.max_fret)
    room = np.diff(np.array([*beats, np.inf])) * piece.source.columns_per_beat
    costs += _CROWDED * ((frets >= 10) & (room < 2)[:, None])
    at_home = frets == np.array([note.fret for note in notes], dtype=np.int64)[:, None]
    rooted = np.array([note.before == HARMONIC for note in notes], dtype=bool)
    elsewhere = np.where(rooted, _FORBIDDEN, _ELSEWHERE * wish.stays)
    return np.asarray(costs + elsewhere[:, None] * ~at_home)


def _parted(piece: Piece, events: Sequence[_Event]) -> dict[int, NDArray[np.float64]]:
    """What another string costs the notes that a mark leads to from the one before, by their numbers."""
    apart = _PARTED * (1 - np.eye(piece.tuning.n_strings))
    lowest = [event.notes[0] for event in events]
    return {
        number: apart
        for number, (a, b) in enumerate(itertools.pairwise(lowest), start=1)
        if b.before in LEADING and a.string == b.string
    }


@dataclass(slots=True)
class _Strings:
    """The last note on each string, as it was and as it is: its number in the piece."""

    old: dict[int, int]
    new: dict[int, int]


def _with_places(piece: Piece, found: Mapping[tuple[int, int], Place]) -> Piece:
    """The notes in their places, dead ones beside their neighbours, with the marks that still hold."""
    strings = _Strings({}, {})
    moved: dict[int, int] = {}  # old string -> the new one of its last note
    lost = unmarked = counter = 0
    bars = []
    for number, bar in enumerate(piece.bars):
        notes: list[PieceNote] = []
        taken = {(note.onset, found[number, n].string) for n, note in enumerate(bar.notes) if (number, n) in found}
        for n, note in enumerate(bar.notes):
            goal = found.get((number, n)) or _dead_place(piece.tuning, note, moved, taken)
            if goal is None:
                lost += 1
                continue
            counter += 1
            taken.add((note.onset, goal.string))
            before = note.before if _holds(note, goal, strings) else ""
            unmarked += before != note.before
            notes.append(replace(note, string=goal.string, fret=goal.fret, before=before))
            strings.old[note.string] = strings.new[goal.string] = counter
            moved[note.string] = goal.string
        bars.append(replace(bar, notes=tuple(sorted(notes, key=lambda note: (note.onset, note.string)))))
    told = {
        "notes left out, since no string is left for them": lost,
        "marks left out, since their notes no longer lie on one string, or a harmonic not on its fret": unmarked,
    }
    remarks = tuple(f"{what}: {count}" for what, count in told.items() if count)
    return replace(piece, bars=tuple(bars), remarks=(*piece.remarks, *remarks))


def _holds(note: PieceNote, goal: Place, strings: _Strings) -> bool:
    """Whether the mark before a note still tells how it is played."""
    if note.before in LEADING:
        return strings.old.get(note.string) == strings.new.get(goal.string)
    return note.before != HARMONIC or note.fret == goal.fret


def _dead_place(
    tuning: Tuning, note: PieceNote, moved: Mapping[int, int], taken: Container[tuple[Fraction, int]]
) -> Place | None:
    """A dead note goes where the last note of its string went, else to the free string that sounds most like it."""
    if not note.dead:
        return None
    strings = sorted(
        range(1, tuning.n_strings + 1),
        key=lambda string: (string != moved.get(note.string), abs(tuning.pitches[string - 1] - note.pitch)),
    )
    free = (string for string in strings if (note.onset, string) not in taken)
    return next((Place(string, None) for string in free), None)
