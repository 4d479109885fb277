"""Chords as numerals in a key -> roots, degrees and names.

Input: progressions such as "I V7/3 vi,IV %": bars with blanks between them, chords of one bar joined by commas, "%" for
the bar before once more; a numeral counts from the tonic of the major scale whatever the mode ("bVII", "iv"), small
letters are minor chords, and "/3" puts that degree of the chord into the bass. Output: `Chord`s of a bar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from basstab_hf.errors import InputError

#: Semitones of the seven degrees above the tonic, by mode; `blues` is mixolydian with the low third beside it.
MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "blues": (0, 3, 4, 5, 7, 9, 10),
}
#: Modes whose key has the small letter m.
MINOR = frozenset({"dorian", "minor", "phrygian"})
_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_NUMERAL = re.compile(r"([b#]?)(VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)([^/,]*)(?:/([357]))?")
#: What is written behind a numeral: third, fifth and seventh in semitones; None: as the letters say.
_QUALITIES: dict[str, tuple[int | None, int, int | None]] = {
    "": (None, 7, None),
    "5": (0, 7, None),
    "6": (None, 7, None),
    "7": (None, 7, 10),
    "9": (None, 7, 10),
    "13": (None, 7, 10),
    "maj7": (None, 7, 11),
    "maj9": (None, 7, 11),
    "add9": (None, 7, None),
    "sus2": (2, 7, None),
    "sus4": (5, 7, None),
    "7sus4": (5, 7, 10),
    "7b9": (4, 7, 10),
    "7#9": (4, 7, 10),
    "7b5": (4, 6, 10),
    "m7b5": (3, 6, 10),
    "dim": (3, 6, None),
    "dim7": (3, 6, 9),
    "aug": (4, 8, None),
}
#: Names of pitch classes by how the key is spelt.
_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
#: Tonics of major keys that are spelt with flats; a minor key goes with its relative.
_FLAT_KEYS = frozenset({5, 10, 3, 8, 1})


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic (pitch class) and a mode."""

    tonic: int
    mode: str

    @property
    def name(self) -> str:
        """As the other sources of a dataset write it: "E minor", "Bb major"; blues counts as mixolydian."""
        return f"{self.spelling[self.tonic]} {'mixolydian' if self.mode == 'blues' else self.mode}"

    @property
    def spelling(self) -> tuple[str, ...]:
        """Names of the twelve pitch classes."""
        brightness = {"major": 0, "mixolydian": 5, "blues": 0, "dorian": 10, "minor": 3, "phrygian": 8}[self.mode]
        return _FLATS if (self.tonic + brightness) % 12 in _FLAT_KEYS else _SHARPS


@dataclass(frozen=True, slots=True, eq=False)
class Chord:
    """A chord in a key: pitch class of its bass, semitones of the degrees 1 to 7 above that, tones, and its name.

    There is one of each (`chord` remembers them), so that two are the same only where they are one.

    `degrees[0]` is 0; where another note than the root is in the bass, third, fifth and seventh are the chord tones
    next above it.
    """

    bass: int
    degrees: tuple[int, ...]
    tones: tuple[int, ...]  # semitones above the bass, rising, below 12
    scale: tuple[int, ...]  # the same of the scale that passing notes are taken from
    name: str


def progression(text: str, key: Key) -> tuple[tuple[Chord, ...], ...]:
    """The chords of each bar.

    Raises:
        InputError: a numeral that is none, or "%" without a bar before it.
    """
    bars: list[tuple[Chord, ...]] = []
    for bar in text.split():
        if bar == "%" and not bars:
            raise InputError(f"progression {text!r}: % stands for the bar before, and there is none")
        bars.append(bars[-1] if bar == "%" else tuple(chord(numeral, key) for numeral in bar.split(",")))
    if not bars:
        raise InputError("a progression is empty: write numerals such as I V vi IV")
    return tuple(bars)


@cache
def chord(numeral: str, key: Key) -> Chord:
    """The chord that a numeral means in a key.

    Raises:
        InputError: no numeral, or a quality that is not known.
    """
    match = _NUMERAL.fullmatch(numeral)
    if match is None or match[3] not in _QUALITIES:
        raise InputError(
            f"chord {numeral!r}: write I to VII, small letters for minor, b or # in front, and one of "
            f"{' '.join(filter(None, _QUALITIES))} behind"
        )
    sign, letters, quality, under = match.groups()
    root = (key.tonic + _DEGREES[letters.upper()] + {"b": -1, "#": 1, "": 0}[sign]) % 12
    minor = letters.islower()
    third, fifth, seventh = _QUALITIES[quality]
    third = (3 if minor else 4) if third is None else third
    scale = _scale(key, root, third, fifth, seventh)
    lift = {None: 0, "3": third, "5": fifth, "7": _degree(scale, 7) if seventh is None else seventh}[under]
    name = _name(key, root, quality, minor=minor) + (f"/{key.spelling[(root + lift) % 12]}" if lift else "")
    return _built(root, (third or (3 if minor else 4), fifth, seventh), {0, third, fifth}, scale, lift, name)


@cache
def from_tones(root: int, bass: int, intervals: frozenset[int], scale: frozenset[int]) -> Chord:
    """A chord of pitch classes: what stands above its root in semitones, and the scale that passing notes are from."""
    third = next((third for third in (4, 3, 5, 2) if third in intervals), 0)
    fifth = next((fifth for fifth in (7, 6, 8) if fifth in intervals), 7)
    diminished = {3, 6, 9} <= intervals
    seventh = next((seventh for seventh in (10, 11) if seventh in intervals), 9 if diminished else None)
    above = tuple(sorted({(note - root) % 12 for note in scale} | {0}))
    low_third = third or (3 if 3 in above and 4 not in above else 4)
    lift = (bass - root) % 12
    return _built(root, (low_third, fifth, seventh), {0, third, fifth}, above, lift, "")


def _built(
    root: int, shape: tuple[int, int, int | None], triad: set[int], scale: tuple[int, ...], lift: int, name: str
) -> Chord:
    """A chord with the note `lift` semitones above its root in the bass; `shape` is third, fifth and seventh."""
    third, fifth, seventh = shape
    upper = _degree(scale, 7) if seventh is None else seventh
    degrees = (0, _degree(scale, 2), third, _degree(scale, 4), fifth, _degree(scale, 6), upper)
    tones = sorted(triad | ({seventh} if seventh is not None else set()))
    return Chord(
        bass=(root + lift) % 12,
        degrees=_above(degrees, lift, tones) if lift else degrees,
        tones=tuple(sorted((tone - lift) % 12 for tone in {*tones, lift})),
        scale=tuple(sorted((note - lift) % 12 for note in scale)),
        name=name,
    )


def _scale(key: Key, root: int, third: int, fifth: int, seventh: int | None) -> tuple[int, ...]:
    """The key's scale from the root, bent to the chord's own tones."""
    notes = {(key.tonic + step - root) % 12 for step in MODES[key.mode]} | {0}
    for tone, rivals in ((third, (3, 4)), (fifth, (6, 7, 8)), (seventh, (9, 10, 11) if seventh == 9 else (10, 11))):
        if tone is None or tone == 0:
            continue
        if tone in rivals:
            notes -= set(rivals)
        notes.add(tone)
    return tuple(sorted(notes))


#: Where in the octave the degrees 2, 4, 6 and 7 are looked for, the usual one first.
_PLACES = {2: (2, 1, 3), 4: (5, 6, 4), 6: (9, 8, 10), 7: (10, 11, 9)}


def _degree(scale: tuple[int, ...], number: int) -> int:
    return next((place for place in _PLACES[number] if place in scale), _PLACES[number][0])


def _above(degrees: tuple[int, ...], lift: int, tones: list[int]) -> tuple[int, ...]:
    """Degrees above a bass note that is not the root: its third, fifth and seventh are chord tones in their order."""
    over = sorted((tone - lift) % 12 for tone in tones if tone != lift)
    low, high = over[0], over[-1]
    seconds = sorted({(degree - lift) % 12 for degree in degrees} - {0})
    middle = over[len(over) // 2] if len(over) > 2 else high
    return (0, seconds[0], low, min(seconds, key=lambda note: abs(note - 5)), middle, 9 if 9 in seconds else 8, high)


def _name(key: Key, root: int, quality: str, *, minor: bool) -> str:
    letter = key.spelling[root]
    spelt_out = quality in ("m7b5", "dim", "dim7", "aug", "5", "sus2", "sus4", "7sus4")
    return f"{letter}{'m' if minor and not spelt_out else ''}{quality}"
