"""Which bass fits a song: the tuning of its old bass, or of its lowest guitar, an octave below.

Input: `Song`. Output: `TuningHint`.
"""

from __future__ import annotations

from dataclasses import dataclass

from basstab_hf.errors import TuningError
from basstab_hf.listen.values import Part, Song
from basstab_hf.tab.tuning import STANDARD, Tuning

#: Programs of guitars in General MIDI.
_GUITARS = range(24, 32)
#: Open strings of a guitar, highest first, which all tunings below are told by.
_GUITAR = (64, 59, 55, 50, 45, 40)
#: Tunings of a bass by what the two lowest strings of a guitar are tuned down by, in semitones.
_BY_GUITAR = {
    (0, 0): "GDAE",
    (0, 2): "GDAD",
    (1, 1): "GbDbAbEb",
    (2, 2): "FCGD",
    (2, 4): "FCGC",
}
#: A guitar lower than that goes with a low B.
_LOW = "GDAEB"
#: Where only notes are known: lowest pitch of a guitar -> tuning; below, a low B.
_BY_NOTE = {39: "GbDbAbEb", 38: "GDAD"}


@dataclass(frozen=True, slots=True)
class TuningHint:
    """A tuning and why, in words for the user; "" where nothing speaks for another than the usual one."""

    tuning: Tuning
    why: str = ""


def tuning_hint(song: Song) -> TuningHint:
    """The tuning that a song asks for."""
    for part in song.basses:
        if part.notes and part.strings:
            try:
                return TuningHint(Tuning.from_pitches(part.strings), f"as the old bass, {part.name!r}")
            except TuningError:
                continue
    guitars = [part for part in song.pitched if part.notes and _is_guitar(part)]
    told = [part for part in guitars if len(part.strings) in (6, 7, 8)]
    for part in sorted(told, key=lambda part: part.strings[-1]):
        word = _BY_GUITAR.get(_down(part), _LOW if part.strings[-1] < _GUITAR[-1] - 4 else None)
        if word is not None:
            return _hint(word, f"as the guitar {part.name!r}")
    lowest = min((note.pitch for part in guitars if not part.strings for note in part.notes), default=_GUITAR[-1])
    if not told and lowest < _GUITAR[-1]:
        return _hint(_BY_NOTE.get(lowest, _LOW), "as the lowest note of the guitars")
    return TuningHint(STANDARD)


def _is_guitar(part: Part) -> bool:
    return part.program in _GUITARS


def _down(part: Part) -> tuple[int, int]:
    """Semitones that the two lowest strings of a guitar are tuned down by, the lowest last."""
    fifth, sixth = part.strings[-2:]
    return _GUITAR[-2] - fifth, _GUITAR[-1] - sixth


def _hint(word: str, why: str) -> TuningHint:
    tuning = Tuning.parse(word)
    return TuningHint(STANDARD) if tuning == STANDARD else TuningHint(tuning, why)
