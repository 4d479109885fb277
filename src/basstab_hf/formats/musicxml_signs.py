"""Single elements of MusicXML -> values: numbers, pitches, tempos, chord names, notes with their string and fret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.track import one_line
from basstab_hf.tab.marks import SEMITONES

_CHORD = re.compile(r"(?P<root>[A-G][#b]?)(?P<ending>[^/]*(?:/\d[^/]*)?)(?:/(?P<bass>[A-G][#b]?))?")
_MOST = 10**6  # of any number in a file
_SLIDES_IN, _SLIDES_OUT = {"scoop": "up", "plop": "down"}, {"doit": "up", "falloff": "down"}
#: Quarter notes in a beat that a tempo counts.
_BEATS = {
    "whole": Fraction(4),
    "half": Fraction(2),
    "quarter": Fraction(1),
    "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
}
#: Chords as they are written over a tab, by what MusicXML calls them; others keep the file's own letters.
_KINDS = {
    "major": "",
    "minor": "m",
    "augmented": "aug",
    "diminished": "dim",
    "dominant": "7",
    "major-seventh": "maj7",
    "minor-seventh": "m7",
    "diminished-seventh": "dim7",
    "augmented-seventh": "aug7",
    "half-diminished": "m7b5",
    "major-minor": "mmaj7",
    "major-sixth": "6",
    "minor-sixth": "m6",
    "dominant-ninth": "9",
    "major-ninth": "maj9",
    "minor-ninth": "m9",
    "dominant-11th": "11",
    "dominant-13th": "13",
    "suspended-second": "sus2",
    "suspended-fourth": "sus4",
    "power": "5",
}
_SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}


def number(text: str, name: str) -> Fraction:
    """A number of a file, exactly.

    Raises:
        InputError: something else, or one that no score has.
    """
    try:
        if abs(float(text[:20])) <= _MOST:
            return Fraction(text[:20].strip())
    except (ValueError, OverflowError) as error:
        raise InputError(f"{name} has {text[:20]!r} where MusicXML has a number: save it anew") from error
    raise InputError(f"{name} has the number {text[:20]}, which no score needs: save it anew")


def pitch_of(element: Any, prefix: str, name: str) -> int:
    """The MIDI number of a <pitch> or <staff-tuning>; quarter tones are rounded.

    Raises:
        InputError: a step that is none.
    """
    step = (element.findtext(f"{prefix}step") or "").strip()
    if step not in SEMITONES:
        raise InputError(f"{name} has the pitch {step[:20]!r}: C to B are read")
    alter = round(number(element.findtext(f"{prefix}alter") or "0", name))
    return SEMITONES[step] + alter + 12 * (round(number(element.findtext(f"{prefix}octave") or "0", name)) + 1)


def tempo_of(element: Any) -> float | None:
    """Quarter notes a minute of a <direction> or <sound>; None: it tells none."""
    sound = element if element.tag == "sound" else element.find("sound")
    if sound is not None and (tempo := _float(sound.get("tempo"))) is not None:
        return tempo
    for metronome in element.iterfind("direction-type/metronome"):
        beat = _BEATS.get((metronome.findtext("beat-unit") or "").strip())
        per_minute = _float(metronome.findtext("per-minute"))
        if beat is not None and per_minute is not None and len(metronome.findall("beat-unit")) == 1:
            dots = len(metronome.findall("beat-unit-dot"))
            return per_minute * float(beat * (2 - Fraction(1, 2 ** min(dots, 4))))
    return None


def _float(text: str | None) -> float | None:
    try:
        value = float((text or "")[:20])
    except ValueError:
        return None  # "ca. 120"
    return value if 0 < value < _MOST else None


def chord_name(harmony: Any, name: str) -> str:
    """A chord as it is written over a tab: "F#m7/A"; "" where it has no root."""
    if harmony.findtext("root/root-step") is None:
        return ""
    kind = harmony.find("kind")
    words = (kind.text or "").strip() if kind is not None else ""
    ending = _KINDS.get(words)
    if ending is None:
        ending = kind.get("text") or "" if kind is not None else ""
    bass = _letter(harmony, "bass", name)
    return one_line(_letter(harmony, "root", name) + ending + (f"/{bass}" if bass else ""))


@dataclass(frozen=True, slots=True)
class ChordLetters:
    """A chord's name taken apart: root and bass with accidentals, its kind as MusicXML calls it, the kind's letters."""

    root: str
    kind: str
    ending: str
    bass: str = ""


def chord_letters(chord: str) -> ChordLetters | None:
    """The way back from `chord_name`; None for what is no chord: N.C."""
    found = _CHORD.fullmatch(one_line(chord))
    if found is None:
        return None
    ending = found["ending"]
    kind = next((kind for kind, letters in _KINDS.items() if letters == ending), "other")
    return ChordLetters(found["root"], kind, ending, found["bass"] or "")


def _letter(harmony: Any, which: str, name: str) -> str:
    step = harmony.findtext(f"{which}/{which}-step")
    if step is None:
        return ""
    alter = round(number(harmony.findtext(f"{which}/{which}-alter") or "0", name))
    return str(step).strip()[:1] + _SIGNS.get(alter, "")


def fretted(element: Any, pitch: int, name: str) -> ScoreNote | None:
    """A note with its string, fret and techniques; None where it has no string or fret."""
    technical = {found.tag: found for found in element.iterfind("notations/technical/*")}
    if "string" not in technical or "fret" not in technical:
        return None
    signs = {found.tag for found in element.iterfind("notations/articulations/*")}
    head = element.find("notehead")
    taps = {found.get("hand") for found in element.iterfind("notations/technical/tap")}
    struck = [(found.text or "").strip().lower() for found in element.iterfind("notations/technical/other-technical")]
    dead = head is not None and head.text in ("x", "cross")
    bend = technical["bend"].findtext("bend-alter") if "bend" in technical else None
    return ScoreNote(
        string=round(number(technical["string"].text or "", name)),
        fret=None if dead else round(number(technical["fret"].text or "", name)),
        pitch=pitch,
        leads=_leads(element),
        left_hand="hammer-on" if "left" in taps else "",
        slide_in=next((way for sign, way in _SLIDES_IN.items() if sign in signs), ""),
        slide_out=next((way for sign, way in _SLIDES_OUT.items() if sign in signs), ""),
        bend=max(round(number(bend, name)), 1) if bend else 0,
        vibrato=element.find("notations/ornaments/wavy-line") is not None,
        harmonic="harmonic" in technical,
        tap=bool(taps - {"left"}),
        struck=next((how for how in struck if how in ("slap", "pop")), ""),
        ghost=head is not None and head.get("parentheses") == "yes",
    )


def _leads(element: Any) -> str:
    joins = (("technical/hammer-on", "hammer-on"), ("technical/pull-off", "pull-off"), ("slide", "slide"))
    for path, join in joins:
        if any(found.get("type") == "start" for found in element.iterfind(f"notations/{path}")):
            return join
    return ""
