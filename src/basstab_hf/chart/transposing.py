"""Names of chords and charts some semitones higher: for capos, {transpose} and `basstab chart --transpose`.

Input: a name or a chart. Output: the same, higher.
"""

from __future__ import annotations

import re
from dataclasses import replace

from basstab_hf.chart.names import parse_chord, parse_key
from basstab_hf.chart.values import Chart, PlacedChord

_MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
#: The notes of a name: its root, and its bass behind the last slash.
_NOTES = re.compile(r"^[(]?[A-Ga-g](?:##|bb|#|b|♯|♭|𝄪|𝄫)?|(?<=[/\\])[A-Ga-g](?:##|bb|#|b|♯|♭|𝄪|𝄫)?(?=[)*]*$)")


def transposed(chart: Chart, semitones: int) -> Chart:
    """The chart so many semitones higher; each note has its usual name, whatever the key."""
    if semitones % 12 == 0:
        return chart
    key = chart.key
    if key is not None:
        known = parse_key(key)
        key = _names(known.minor)[(known.tonic + semitones) % 12] + ("m" if known.minor else "")
    sections = tuple(
        replace(
            section,
            bars=tuple(
                replace(bar, chords=tuple(_transposed(chord, semitones) for chord in bar.chords))
                for bar in section.bars
            ),
        )
        for section in chart.sections
    )
    return replace(chart, sections=sections, key=key)


def _transposed(placed: PlacedChord, semitones: int) -> PlacedChord:
    chord = placed.chord
    if chord is None:
        return placed
    root = _names(3 in chord.intervals and 4 not in chord.intervals)[(chord.root + semitones) % 12]
    bass = _MAJOR[(chord.bass + semitones) % 12]
    name = _NOTES.sub(lambda match: bass if match.start() > 1 else root, placed.name)
    return PlacedChord(placed.place, name, parse_chord(name))


def _names(minor: bool) -> tuple[str, ...]:
    return _MINOR if minor else _MAJOR
