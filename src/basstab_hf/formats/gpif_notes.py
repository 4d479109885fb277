"""Beats and notes of a score of Guitar Pro 6 to 8 -> plain values; strings and frets as the file counts them.

Signs that do not sound are passed over: fingerings, strokes of the pick, stems, dynamics, free text, lyrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from basstab_hf.formats.gpif import number, properties
from basstab_hf.formats.score_values import ScoreNote

#: Quarter notes of note values.
_VALUES = {
    "Long": Fraction(16),
    "DoubleWhole": Fraction(8),
    "Whole": Fraction(4),
    "Half": Fraction(2),
    "Quarter": Fraction(1),
    "Eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
    "32nd": Fraction(1, 8),
    "64th": Fraction(1, 16),
    "128th": Fraction(1, 32),
    "256th": Fraction(1, 64),
}
_MAX_DOTS, _MAX_TUPLET = 4, 64
#: Keys of General MIDI of the drums of version 6 by their numbers: kick, snare, cowbells, toms, hi-hats, cymbals. Kick
#: and snare are checked on a song that one person saved in all versions.
_KIT = (36, 38, 56, 56, 56, 41, 43, 45, 48, 50, 42, 44, 57, 49, 55, 51, 52)
_OTHER_DRUM = 39
#: Bends are told in hundredths of a whole tone.
_SEMITONE = 50
#: Flags of slides.
_ON, _OUT_DOWN, _OUT_UP, _IN_UP, _IN_DOWN, _SCRAPES = 1 | 2, 4, 8, 16, 32, 64 | 128
# What a tab cannot say: elements and properties of beats and notes -> names for the user.
_BEATS = {
    "Tremolo": "tremolo picking",
    "Arpeggio": "arpeggios",
    "Whammy": "whammy bar",
    "DeadSlapped": "dead slaps",
    "Fadding": "fades",  # as the format spells it
    "Wah": "wah",
    "Golpe": "golpe",
}
_BEAT_PROPERTIES = {
    "WhammyBar": "whammy bar",
    "Brush": "strums",
    "Rasgueado": "rasgueado",
}
_NOTES = {"LetRing": "let ring", "Trill": "trills", "Ornament": "ornaments"}
_NOTE_PROPERTIES = {"PalmMuted": "palm mute"}
_ACCENTS = {1: "staccato", 4: "accents", 8: "accents", 16: "tenuto"}


@dataclass(frozen=True, slots=True)
class Note:
    """A note on a string counted from the lowest, which is 0; its pitch and the string of `note` are not yet known."""

    from_lowest: int
    note: ScoreNote
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """Notes that begin together; `length` in quarter notes, 0 where they are grace notes."""

    length: Fraction
    notes: tuple[Note, ...]
    chord: str | None
    left_out: tuple[str, ...]

    @property
    def is_grace(self) -> bool:
        return self.length == 0


class Reader:
    """Beats by their ids; each is read once. All raise ValueError or LookupError over what is broken or missing.

    With `drums` the fret and pitch of a note are its piece of the kit, a key of General MIDI.
    """

    def __init__(self, tables: dict[str, dict[str, Any]], *, drums: bool = False) -> None:
        self._tables = tables
        self._drums = drums
        self._beats: dict[str, Beat] = {}
        self._lengths: dict[str, Fraction] = {}

    def voices(self, bar: str) -> list[list[str]]:
        """The ids of the beats of each voice of a bar."""
        voices = (self._tables["Bar"][bar].findtext("Voices") or "").split()
        return [(self._tables["Voice"][voice].findtext("Beats") or "").split() for voice in voices if voice != "-1"]

    def simile(self, bar: str) -> str:
        """The mark that a bar is played as one before: Simple, FirstOfDouble, SecondOfDouble, or ""."""
        return self._tables["Bar"][bar].findtext("SimileMark") or ""

    def beat(self, name: str) -> Beat:
        """One beat."""
        if name not in self._beats:
            self._beats[name] = self._read_beat(self._tables["Beat"][name])
        return self._beats[name]

    def _read_beat(self, beat: Any) -> Beat:
        told = properties(beat)
        names = dict.fromkeys((beat.findtext("Notes") or "").split())
        struck = "slap" if "Slapped" in told else "pop" if "Popped" in told else ""
        vibrato = "VibratoWTremBar" in told
        found = [self._tables["Note"][name] for name in names]
        notes = tuple(_drum(note) if self._drums else _note(note, struck, vibrato=vibrato) for note in found)
        rhythm = beat.find("Rhythm")
        grace = (beat.findtext("GraceNotes") or "").strip()
        length = Fraction(0) if grace else self._length(rhythm.get("ref") if rhythm is not None else None)
        return Beat(length, notes, beat.findtext("Chord"), tuple(_left_out(beat, told, _BEATS, _BEAT_PROPERTIES)))

    def _length(self, name: str | None) -> Fraction:
        if name is None:
            raise ValueError("a beat has no rhythm")
        if name not in self._lengths:
            self._lengths[name] = _rhythm(self._tables["Rhythm"][name])
        return self._lengths[name]


def _rhythm(rhythm: Any) -> Fraction:
    """Quarter notes. A tuplet may stand in another, or alone in the second place: where one does, all 28 bars of a real
    song are full only if it counts (alphaTab 1.8.4 passes over it).
    """
    value = (rhythm.findtext("NoteValue") or "").strip()
    if value not in _VALUES:
        raise ValueError(f"the note value {value[:20]!r}")
    dots = rhythm.find("AugmentationDot")
    n_dots = number(dots.get("count"), 1) if dots is not None else 0
    if not 0 <= n_dots <= _MAX_DOTS:
        raise ValueError(f"{n_dots} dots")
    length = _VALUES[value] * (2 - Fraction(1, 2**n_dots))
    for tuplet in (rhythm.find("PrimaryTuplet"), rhythm.find("SecondaryTuplet")):
        if tuplet is not None:
            played, normal = number(tuplet.get("num")), number(tuplet.get("den"))
            if not (0 < played <= _MAX_TUPLET and 0 < normal <= _MAX_TUPLET):
                raise ValueError(f"a tuplet of {played} in the time of {normal}")
            length *= Fraction(normal, played)
    return length


def _note(note: Any, struck: str, *, vibrato: bool) -> Note:
    told = properties(note)
    flags = number(told["Slide"].findtext("Flags"), 0) if "Slide" in told else 0
    tie = note.find("Tie")
    scrape = ("pick scrapes",) if flags & _SCRAPES else ()
    dead = "Muted" in told
    ghost = (note.findtext("AntiAccent") or "").strip().lower() == "normal"
    made = ScoreNote(0, None, 0, ghost=ghost, struck=struck)
    if not dead:
        made = ScoreNote(
            string=0,
            fret=number(told["Fret"].findtext("Fret")) if "Fret" in told else None,
            pitch=0,
            tied=tie is not None and (tie.get("destination") or "").lower() == "true",
            leads="slide" if flags & _ON else "hammer-on" if "HopoOrigin" in told else "",
            left_hand="hammer-on" if "LeftHandTapped" in told else "",
            slide_in="up" if flags & _IN_UP else "down" if flags & _IN_DOWN else "",
            slide_out="down" if flags & _OUT_DOWN else "up" if flags & _OUT_UP else "",
            bend=_bend(told),
            vibrato=vibrato or note.find("Vibrato") is not None,
            harmonic=_is_harmonic(told),
            tap="Tapped" in told,
            ghost=ghost,
            struck=struck,
        )
        if made.fret is None:
            raise ValueError("a note has no fret")
    if "String" not in told:
        raise ValueError("a note has no string")
    left_out = (*_left_out(note, told, _NOTES, _NOTE_PROPERTIES), *scrape, *_accents(note))
    return Note(number(told["String"].findtext("String")), made, left_out)


def _drum(note: Any) -> Note:
    """A stroke: versions 7 and 8 tell its key as a fret, 6 by the number of its drum."""
    told = properties(note)
    if "Fret" in told:
        key = number(told["Fret"].findtext("Fret"))
    else:
        element = number(told["Element"].findtext("Element"), -1) if "Element" in told else -1
        key = _KIT[element] if 0 <= element < len(_KIT) else _OTHER_DRUM
    ghost = (note.findtext("AntiAccent") or "").strip().lower() == "normal"
    return Note(0, ScoreNote(0, key, key, ghost=ghost), ())


def _bend(told: dict[str, Any]) -> int:
    """The highest point of a bend in semitones, at least 1; 0 for none."""
    if "Bended" not in told:
        return 0
    points = [told[name] for name in ("BendOriginValue", "BendMiddleValue", "BendDestinationValue") if name in told]
    highest = max((float((point.findtext("Float") or "0")[:20]) for point in points), default=0.0)
    return max(round(min(highest, 1200.0) / _SEMITONE), 1) if highest > 0 else 0


def _is_harmonic(told: dict[str, Any]) -> bool:
    if "HarmonicType" in told:
        return (told["HarmonicType"].findtext("HType") or "").strip().lower() not in ("", "noharmonic")
    return "Harmonic" in told


def _accents(note: Any) -> Iterator[str]:
    flags = number(note.findtext("Accent"), 0)
    yield from dict.fromkeys(name for flag, name in _ACCENTS.items() if flags & flag)


def _left_out(element: Any, told: dict[str, Any], tags: dict[str, str], names: dict[str, str]) -> Iterator[str]:
    yield from (name for tag, name in tags.items() if element.find(tag) is not None)
    yield from (name for key, name in names.items() if key in told)
