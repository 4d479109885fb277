"""Beats and bars with their places on a page, and how much room what stands on a string takes.

`sheet` places them, `over_staff`, `engraving` and `rhythm_signs` draw what is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.formats.score_values import Beat, ScoreBar, ScoreNote
from basstab_hf.formats.text_widths import text_width

#: Size of frets in px.
FRET = 12.0


@dataclass(frozen=True, slots=True)
class PlacedBeat:
    """A beat that begins `start` quarter notes into the piece, its middle at `x`."""

    start: Fraction
    x: float
    beat: Beat


@dataclass(frozen=True, slots=True)
class PlacedBar:
    """A bar (numbers from 1) between its bar lines; `signature`: its time signature is printed."""

    number: int
    left: float
    right: float
    start: Fraction
    bar: ScoreBar
    signature: bool
    beats: tuple[PlacedBeat, ...]


def fret_text(note: ScoreNote) -> str:
    """What stands on the string: a dead note is drawn, not written."""
    if note.fret is None:
        return "x"
    if note.harmonic:
        return f"<{note.fret}>"
    return f"({note.fret})" if note.ghost else str(note.fret)


def half_width(note: ScoreNote) -> float:
    """Half of the room of a fret on its string."""
    return text_width(fret_text(note), FRET) / 2 + 0.6
