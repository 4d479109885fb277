"""Pitches -> strings and frets, as a hand that stays where it is would find them.

Input: pitches, and the fret around which the hand is in a section. Output: for each pitch its (string, fret). The same
pitch is always played at the same place within a section, as people do.

`tab.fingering` finds the cheapest path through a passage, 25 microseconds a note; a song of the composer has a few
places in which the hand stands, and needs no search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from basstab_hf.tab.tuning import Tuning

#: Where a note is played: string (1 = highest-pitched) and fret (0 = open).
Place: TypeAlias = tuple[int, int]
#: Frets that the hand covers from its place on without moving.
SPAN = 4
#: Cost of each fret outside the hand; of an open string that the style does not like, as many frets.
_OUTSIDE, _OPEN = 1.5, 4.0
#: Cost of a fret below the index finger: the hand can go there, and would rather not.
_BELOW = 1.5
#: Cost of the third string from the bottom and of each above: on 288 real pages 85 % of the notes are on two strings.
_HIGH_STRING = 1.0
#: 22 reads as two notes on fret 2, and a run of 11s as ones.
_UNREADABLE = frozenset({22})
_AWKWARD = {11: 3.0}


class Fretboard:
    """The places of pitches on a bass, hand by hand."""

    def __init__(self, tuning: Tuning, highest: int, open_strings: float) -> None:
        """Args.

        tuning: of the bass.
        highest: the highest fret.
        open_strings: how much the player likes them, from 0 to 1.
        """
        self._pitches, self._highest = tuning.pitches, highest
        self._open = _OPEN * (1 - open_strings)
        self._places: dict[tuple[int, int], Place] = {}

    def place(self, pitch: int, hand: int) -> Place:
        """Where a pitch is played by a hand whose index finger is at fret `hand` (from 1).

        The pitch lies within `self.range`.
        """
        found = self._places.get((pitch, hand))
        if found is None:
            places = [(string, pitch - low) for string, low in enumerate(self._pitches, start=1)]
            usable = [place for place in places if 0 <= place[1] <= self._highest and place[1] not in _UNREADABLE]
            found = self._places[pitch, hand] = min(usable, key=lambda place: self._cost(place[0], place[1], hand))
        return found

    def places(self, pitches: Sequence[int | None], hand: int) -> list[Place]:
        """The places of a bar's notes; a dead one, None, is on the string before it, or on that of the first note."""
        found = [None if pitch is None else self.place(pitch, hand) for pitch in pitches]
        string = next((place[0] for place in found if place is not None), 1)
        places: list[Place] = []
        for place in found:
            string = place[0] if place is not None else string
            places.append(place or (string, 0))
        return places

    @property
    def range(self) -> tuple[int, int]:
        """The lowest and the highest pitch that can be played."""
        return self._pitches[-1], self._pitches[0] + self._highest

    def _cost(self, string: int, fret: int, hand: int) -> float:
        high = _HIGH_STRING * max(len(self._pitches) - 1 - string, 0)
        if fret == 0:
            return self._open + high
        if fret < hand:
            return _BELOW + _OUTSIDE * (hand - fret - 1) + high
        outside = max(fret - hand - SPAN + 1, 0)
        return _OUTSIDE * outside + (fret - hand) / 8 + _AWKWARD.get(fret, 0.0) + high
