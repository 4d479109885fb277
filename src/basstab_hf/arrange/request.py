"""What may be asked of an arrangement.

Input: what a player wants, by name or number. Output: `Arrangement`, checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from basstab_hf.errors import InputError
from basstab_hf.tab.marks import MAX_FRET
from basstab_hf.tab.tuning import Tuning

#: What a new tuning leaves as it was: what sounds, or what is printed.
PITCHES, FRETS = KEEPS = ("pitches", "frets")
#: The fret at which the index finger stands, by name.
POSITIONS = {"low": 1, "middle": 5, "high": 9}
#: Open strings wherever there are some.
OPEN = "open"
LEVELS = range(1, 6)
#: Semitones; more than three octaves leave no bass anything to play.
MOST_SEMITONES = 36
#: A capo behind this fret leaves strings whose labels would be read an octave off.
HIGHEST_CAPO = 5


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is asked for; done in this order: transpose, capo and tuning, difficulty, position.

    Attributes:
        transpose: semitones up, below 0 down.
        tuning: the strings to play on; None: those of the tab.
        keep: of `KEEPS`: what a new tuning leaves as it was.
        capo: the fret that it stands on; 0: none. Pitches stay, frets count from it.
        difficulty: 1 to 5; None: as it is.
        position: a fret, a name of `POSITIONS`, or `OPEN`; "": where people would play it.

    Raises:
        InputError: a value out of range, or two that contradict each other.
    """

    transpose: int = 0
    tuning: Tuning | None = None
    keep: str = PITCHES
    capo: int = 0
    difficulty: int | None = None
    position: str = ""

    def __post_init__(self) -> None:
        if abs(self.transpose) > MOST_SEMITONES:
            raise InputError(f"transpose by {self.transpose}: choose -{MOST_SEMITONES} to {MOST_SEMITONES} semitones")
        if self.keep not in KEEPS:
            raise InputError(f"keep {self.keep!r}: choose {' or '.join(KEEPS)}")
        if not 0 <= self.capo <= HIGHEST_CAPO:
            raise InputError(f"a capo on fret {self.capo}: choose 0 to {HIGHEST_CAPO}")
        if self.difficulty is not None and self.difficulty not in LEVELS:
            raise InputError(f"difficulty {self.difficulty}: choose {LEVELS[0]} to {LEVELS[-1]}")
        if self.position and self.position != OPEN and self.hand is None:
            raise InputError(f"position {self.position!r}: choose {', '.join(POSITIONS)}, {OPEN} or a fret, 1 to 20")
        if self.keep == FRETS and (self.transpose or self.capo or self.position):
            raise InputError(
                "frets stay as they are where these are kept: leave out --transpose, --capo and --position"
            )

    @property
    def hand(self) -> int | None:
        """The fret at which the index finger shall stand; None where nothing asks for one."""
        if self.position in POSITIONS:
            return POSITIONS[self.position]
        fret = int(self.position) if self.position.isdecimal() and len(self.position) <= 2 else 0
        return fret if 1 <= fret <= MAX_FRET - 4 else None
