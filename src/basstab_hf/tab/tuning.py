"""Tunings of basses with 4 to 6 strings: labels as a tab prints them, top string first, and open-string pitches.

Input: a tuning word such as "GDAE", "GbDbAbEb", "F#C#G#C#" or a name such as "drop D". Output: `Tuning`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from basstab_hf.errors import TuningError
from basstab_hf.tab.marks import LABEL, SHARPS, semitones

#: Open strings in MIDI numbers, top string first (E1 = 28 = 41.2 Hz). A label's octave is the one nearest to these.
REFERENCES: dict[int, tuple[tuple[int, ...], ...]] = {
    4: ((43, 38, 33, 28),),
    5: ((43, 38, 33, 28, 23), (48, 43, 38, 33, 28)),
    6: ((48, 43, 38, 33, 28, 23),),
}
_LABEL = re.compile(LABEL)

#: Names that players use, and the low-string-first spellings that cannot be meant top string first.
NAMES = {
    "standard": "GDAE",
    "drop d": "GDAD",
    "half step down": "GbDbAbEb",
    "whole step down": "FCGD",
    "drop c": "FCGC",
    "bead": "DAEB",
    "5-string": "GDAEB",
    "6-string": "CGDAEB",
    "eadg": "GDAE",
    "dadg": "GDAD",
    "beadg": "GDAEB",
    "eadgc": "CGDAE",
    "beadgc": "CGDAEB",
}


@dataclass(frozen=True, slots=True)
class Tuning:
    """Labels and open-string pitches (MIDI numbers), top string first; string number 1 is index 0."""

    labels: tuple[str, ...]
    pitches: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Tuning:
        """Read a tuning word ("GDAE", top string first) or a name of `NAMES`.

        Raises:
            TuningError: not 4 to 6 note names, or pitches that do not fall from string to string.
        """
        word = NAMES.get(text.strip().lower(), text.strip()).replace("♭", "b").replace("♯", "#")
        labels = tuple(label[0].upper() + label[1:] for label in _LABEL.findall(word))
        if "".join(labels).lower() != word.lower() or len(labels) not in REFERENCES:
            raise TuningError(f"{text!r} is no bass tuning: write 4 to 6 note names, top string first, such as GDAE")
        return cls(labels, _pitches(labels))

    @classmethod
    def from_pitches(cls, pitches: Sequence[int]) -> Tuning:
        """Name the tuning of open strings (MIDI numbers, top string first): as in `NAMES`, else with sharps.

        Raises:
            TuningError: not 4 to 6 strings, or octaves that the labels would not be read in.
        """
        wanted = tuple(pitches)
        words = [*NAMES.values()]
        if len(wanted) in REFERENCES:
            words.append("".join(SHARPS[pitch % 12] for pitch in wanted))
        for tuning in map(cls.parse, words):
            if tuning.pitches == wanted:
                return tuning
        raise TuningError(f"open strings {' '.join(map(str, wanted))} are no bass tuning: 4 to 6, the highest first")

    @property
    def word(self) -> str:
        """The tuning as one column word: "GDAE"."""
        return "".join(self.labels)

    @property
    def n_strings(self) -> int:
        return len(self.labels)

    def __str__(self) -> str:
        return self.word


@cache
def _pitches(labels: tuple[str, ...]) -> tuple[int, ...]:
    """Octaves for note names: falling from top to bottom and, in sum, nearest to a usual bass of that many strings."""
    classes = [semitones(label) % 12 for label in labels]
    best: tuple[int, tuple[int, ...]] | None = None
    for reference in REFERENCES[len(labels)]:
        nearby = [
            [p for p in range(usual - 11, usual + 12) if p % 12 == c]
            for usual, c in zip(reference, classes, strict=True)
        ]
        for pitches in itertools.product(*nearby):
            if all(a > b for a, b in itertools.pairwise(pitches)):
                distance = sum(abs(p - usual) for p, usual in zip(pitches, reference, strict=True))
                if best is None or distance < best[0]:
                    best = (distance, pitches)
    if best is None:
        raise TuningError(f"{''.join(labels)!r} is no bass tuning: its strings do not fall in pitch from top to bottom")
    return best[1]


STANDARD = Tuning.parse("GDAE")
