"""Names of keys and chords -> pitch classes: "Ebm" and "Bm7b5/A" as people write them.

Input: a name. Output: `Key` or `Chord`; pitch classes count semitones above C.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from basstab_hf.errors import InputError
from basstab_hf.tab.marks import semitones

_SIGNS = str.maketrans(
    {"♭": "b", "♯": "#", "𝄫": "bb", "𝄪": "##", "−": "-", "–": "-", "△": "Δ", "∆": "Δ", "^": "Δ", "º": "°", "Ø": "ø"}
)
_NOTE = r"[A-Ga-g](?:##|bb|#|b)?"
_KEY = re.compile(rf"({_NOTE})\s*(m|min|minor|-|maj|major|M|)")
_MAJOR_WORDS = r"[Mm]ajor|[Mm]aj|ma|M|Δ|j(?=7)"
#: A change behind the number: "sus4", "add9", "b5", "#11", "/9", "+" at the end.
_CHANGE = re.compile(
    r"sus(?:24|42|2|4)?|/?add(?:b9|#9|#11|b13|11|13|2|3|4|6|9)|(?:no|omit)[35]|alt|/?[b#+-](?:11|13|4|5|6|7|9)"
    r"|/(?:11|13|6|9)|\+(?=$|/)"
)
_CHORD = re.compile(
    rf"(?P<root>{_NOTE})"
    rf"(?P<quality>{_MAJOR_WORDS}|[Mm]inor|[Mm]in|MIN|mi|m|-(?!5)|[Dd]im|°|o(?!mit)|ø|h|[Aa]ug"
    r"|\+(?!(?:4|5|9|11|13)))?"
    rf"(?P<seventh>/?(?:{_MAJOR_WORDS}))?"
    rf"(?P<number>6/9|6add9|69|13|11|9|7|6|5|4|2)?(?P<behind>(?:maj|M)(?!\d))?(?P<changes>(?:{_CHANGE.pattern})*)"
    rf"(?:[/\\](?P<bass>{_NOTE}))?"
)
_NO_CHORD = re.compile(r"(?:n\.?\s*c\.?|no chord)", re.IGNORECASE)
#: What messages about names that are none end with.
CHORD_HELP = "write a root and what is above it, such as Am, F, G7, Cmaj7, Bm7b5, Dsus4, C/G"

#: Written names of qualities, in small letters but for M.
_MINOR = frozenset({"minor", "min", "mi", "m", "-"})
_DIMINISHED, _HALF_DIMINISHED, _AUGMENTED = frozenset({"dim", "°", "o"}), frozenset({"ø", "h"}), frozenset({"aug", "+"})
IONIAN, MIXOLYDIAN = frozenset({0, 2, 4, 5, 7, 9, 11}), frozenset({0, 2, 4, 5, 7, 9, 10})
AEOLIAN, LOCRIAN = frozenset({0, 2, 3, 5, 7, 8, 10}), frozenset({0, 1, 3, 5, 6, 8, 10})
#: Semitones above the root of the extensions that a number brings, above triad and seventh.
#: Semitones above the root that are thirds, and sevenths: a chord has one of each.
_SAME_DEGREE = ({3, 4}, {10, 11})
_EXTENSIONS = {"2": {2}, "4": {5}, "6": {9}, "9": {2}, "11": {2, 5}, "13": {2, 9}}
_EXTENSIONS |= {number: {9, 2} for number in ("69", "6/9", "6add9")}
#: Semitones above the root of what is added or altered.
_ADDED = {"2": 2, "3": 4, "4": 5, "6": 9, "9": 2, "11": 5, "13": 9}
_ALTERED = {
    "b6": 8,
    "b7": 10,
    "#7": 11,
    "#4": 6,
    "b4": 4,
    "b9": 1,
    "#9": 3,
    "b11": 4,
    "#11": 6,
    "b13": 8,
    "#13": 10,
    "#6": 10,
}


@dataclass(frozen=True, slots=True)
class Key:
    """A major or natural minor key."""

    tonic: int
    minor: bool

    @property
    def scale(self) -> frozenset[int]:
        """The seven pitch classes of the key."""
        return _above(self.tonic, AEOLIAN if self.minor else IONIAN)

    @property
    def raised_seventh(self) -> int | None:
        """The leading note of a minor key, which is not in its scale."""
        return (self.tonic + 11) % 12 if self.minor else None

    @property
    def tonic_chord(self) -> Chord:
        """The tonic, its third and its fifth."""
        return Chord(self.tonic, frozenset({0, 3 if self.minor else 4, 7}), self.tonic)


@dataclass(frozen=True)
class Chord:
    """Root, what stands above it in semitones, the note in the bass, and the key that it stands in, if known."""

    root: int
    intervals: frozenset[int]
    bass: int
    key: Key | None = None

    @cached_property
    def tones(self) -> frozenset[int]:
        """Pitch classes of the chord, the bass note among them."""
        return _above(self.root, self.intervals) | {self.bass}

    @cached_property
    def scale(self) -> frozenset[int]:
        """What passing notes are taken from: the key's scale bent to the chord, or else a mode of the chord's own.

        Ionian; mixolydian with a minor seventh; aeolian with a minor third, locrian with a diminished fifth, too.
        """
        has = self.intervals
        if self.key is not None:
            rivals = {7} if has & {6, 8} else set()
            rivals |= {note for same in _SAME_DEGREE if has & same for note in same}
            return (self.key.scale - _above(self.root, rivals - has)) | self.tones
        minor = 3 in has and 4 not in has
        mode = (LOCRIAN if 6 in has and 7 not in has else AEOLIAN) if minor else MIXOLYDIAN if 10 in has else IONIAN
        unaltered = {7} if has & {6, 8} and 7 not in has else set()
        return _above(self.root, (mode - unaltered) | has) | {self.bass}


def parse_key(text: str) -> Key:
    """Read a key: "C", "F#m", "Bb minor".

    Raises:
        InputError: no name of a key.
    """
    match = _KEY.fullmatch(text.strip().translate(_SIGNS))
    if match is None:
        raise InputError(f"key {text!r}: write a note and m for minor, such as C, F#, Bb, Em, C#m")
    return Key(_pitch_class(match[1]), match[2] in ("m", "min", "minor", "-"))


def key_name(text: str) -> str:
    """The name of a key in one spelling: "Bbm" for "B♭ minor" and "bb-".

    Raises:
        InputError: no name of a key.
    """
    is_minor = parse_key(text).minor
    note = re.sub(r"[^A-Ga-g#b].*", "", text.strip().translate(_SIGNS))
    return note[0].upper() + note[1:] + ("m" if is_minor else "")


def parse_chord(text: str, number: int = 1) -> Chord | None:
    """Read a chord, "Am", "Cmaj7", "E7#9", "C/G"; None for "N.C.", no chord.

    Args:
        text: its name.
        number: the number of the chord in its row, for the message.

    Raises:
        InputError: no name of a chord.
    """
    name = re.sub(r"\((?=\d)", "add", text.strip().rstrip("*").translate(_SIGNS))
    name = re.sub(r"[(),]", "", name)
    if _NO_CHORD.fullmatch(name):
        return None
    match = _CHORD.fullmatch(name)
    # A minor, diminished or augmented fifth is said by the quality alone: "Cm5" is a slip, as is "Cm4".
    if match is None or (match["number"] in ("5", "4") and (match["quality"] or match["seventh"])):
        raise InputError(f"chord {number}, {text!r}: {CHORD_HELP}")
    root = _pitch_class(match["root"])
    bass = _pitch_class(match["bass"]) if match["bass"] else root
    return Chord(root, frozenset(_changed(_plain(match), _CHANGE.findall(match["changes"]))), bass)


def _plain(match: re.Match[str]) -> set[int]:
    """Triad, seventh and extensions, in semitones above the root."""
    written, number = match["quality"] or "", match["number"] or ""
    quality = written if written in ("M", "Δ") else written.lower()
    is_diminished = quality in _DIMINISHED | _HALF_DIMINISHED
    fifth = 6 if is_diminished else 8 if quality in _AUGMENTED else 7
    intervals = {0, 3 if quality in _MINOR or is_diminished else 4, fifth} | _EXTENSIONS.get(number, set())
    if number in ("5", "4"):
        intervals.discard(4)
    major = match["seventh"] or match["behind"]
    if number in ("7", "9", "11", "13") or quality in _HALF_DIMINISHED or major:
        is_major = major or quality in ("M", "Δ", "j") or quality[:2] == "ma"
        intervals.add(11 if is_major else 9 if quality in _DIMINISHED else 10)
    return intervals


def _changed(intervals: set[int], changes: list[str]) -> set[int]:
    """The chord with what is written behind it: sus4, add9, b5, #9, alt."""
    # A third that is added stays where the fourth is written first or last: "7add3sus".
    for written in sorted(changes, key=lambda change: not change.startswith("sus")):
        change = written.lstrip("/").replace("+", "#").replace("-", "b")
        if change.startswith("sus"):
            suspended = {"sus2": {2}, "sus24": {2, 5}, "sus42": {2, 5}}.get(change, {5})
            intervals = intervals - {3, 4} | suspended
        elif change[:2] in ("no", "om"):
            intervals = intervals - ({3, 4} if change[-1] == "3" else {6, 7, 8})
        elif change in ("b5", "#5", "#"):
            intervals = intervals - {7} | {6 if change == "b5" else 8}
        elif change == "alt":
            intervals = intervals - {7} | {10, 1, 3, 8}
        elif change in ("b9", "#9"):
            intervals = intervals - {2} | {_ALTERED[change]}
        elif change == "#7":
            intervals = intervals - {10} | {11}
        else:
            name = change.removeprefix("add")
            intervals = intervals | {_ADDED[name] if name in _ADDED else _ALTERED[name]}
    return intervals


def _pitch_class(note: str) -> int:
    return semitones(note) % 12


def _above(root: int, intervals: frozenset[int] | set[int]) -> frozenset[int]:
    return frozenset((root + interval) % 12 for interval in intervals)
