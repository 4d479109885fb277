"""What notation is made of: notes, beats, bars, a piece. `score` makes it of a tab; all notations print it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from basstab_hf.formats.note_values import NoteValue
from basstab_hf.rhythm.form import NO_SIGN, Sign
from basstab_hf.tab.timing import COLUMNS_PER_BEAT
from basstab_hf.tab.tuning import Tuning


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A note of one beat; `tied` continues the one of the beat before on its string, with no marks of a beginning.

    `reached` and `leads` are values of `JOINS` or "": how the string's note before goes on to this one, and this one
    to the next; the last of tied notes has `leads`. `left_hand` is a hammer-on or pull-off with no note before it that
    could lead to it. Slides in and out are "up", "down" or "".
    """

    string: int  # 1 = highest-pitched
    fret: int | None  # None: a dead note
    pitch: int  # MIDI number; of a dead note the open string's
    tied: bool = False
    reached: str = ""
    leads: str = ""
    left_hand: str = ""
    slide_in: str = ""
    slide_out: str = ""
    bend: int = 0  # semitones up
    vibrato: bool = False
    harmonic: bool = False
    tap: bool = False
    ghost: bool = False
    struck: str = ""  # "slap" or "pop"

    @property
    def dead(self) -> bool:
        return self.fret is None


@dataclass(frozen=True, slots=True)
class Beat:
    """Notes that begin together, from the highest string down; none: a rest."""

    value: NoteValue
    notes: tuple[ScoreNote, ...] = ()
    chord: str = ""  # the name that stands over it
    tempo: float | None = None  # from it on, where that changes


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """A bar in `numerator`/`denominator`, filled by its beats; `tab_bar`: the bar of the tab, from 0, that it prints.

    A tab's bar that is too long for notation is printed as several.
    """

    numerator: int
    denominator: int
    beats: tuple[Beat, ...]
    sign: Sign = NO_SIGN
    section: str = ""  # that begins with it
    tab_bar: int = field(default=0, compare=False)

    @property
    def length(self) -> Fraction:
        """In quarter notes."""
        return Fraction(self.numerator * 4, self.denominator)


@dataclass(frozen=True, slots=True)
class Score:
    """A piece: tempo in quarter notes a minute, General MIDI program counted from 0; remarks are for the user.

    `columns_per_beat` is the grid of the tab, which files tell where it is not the usual one; None: a file did not.
    """

    title: str
    artist: str
    tempo: float
    program: int
    tuning: Tuning
    bars: tuple[ScoreBar, ...]
    remarks: tuple[str, ...] = ()
    columns_per_beat: int | None = None
    swing: bool = False  # eighths are played long and short

    @property
    def told_grid(self) -> int | None:
        """The columns in a beat that a file must tell, so that the tab comes back as it was."""
        return None if self.columns_per_beat == COLUMNS_PER_BEAT else self.columns_per_beat
