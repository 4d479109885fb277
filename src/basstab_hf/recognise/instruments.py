"""What instrument a block of string lines is for, told by the number of strings and their labels.

Input: labels top string first as printed. Output: a `Reading`: a bass tuning, or why it is none.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from basstab_hf.errors import TuningError
from basstab_hf.tuning import STANDARD, Tuning

#: Tunings of lines without labels, by number of strings.
USUAL = {4: STANDARD, 5: Tuning.parse("GDAEB"), 6: Tuning.parse("CGDAEB")}

_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SEMITONE = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAMES = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}
_OTHERS = {("A", "E", "C", "G"): "ukulele", ("E", "B", "G", "D"): "guitar", ("B", "G", "D", "A"): "guitar"}
_FOURTH, _FIFTH = 5, 7
_GUITAR = (5, 4, 5, 5, 5)


@dataclass(frozen=True, slots=True)
class Reading:
    """What labels say: `tuning` where they are a bass's, else `reason`."""

    tuning: Tuning | None
    reason: str = ""
    low_first: bool = False  # the lowest string is printed on top
    repair: str = ""  # a label that had to be read as another
    certainty: float = 0.99
    guitar: bool = False


@lru_cache(maxsize=1024)
def read_labels(labels: tuple[str, ...], usual: Tuning) -> Reading:
    """Tell the instrument by its labels; `usual` is what the page is tuned to elsewhere, for mending a wrong label."""
    count = len(labels)
    if count not in USUAL:
        return Reading(None, f"{_NAMES.get(count, count)} strings: a bass has 4 to 6", guitar=count == 7)
    down, up = _falls(labels), _falls(labels[::-1])
    if _is_bass(down):
        return _known(labels)
    if _is_bass(up):
        return _known(labels[::-1], low_first=True)
    for other, low_first in ((_other(labels, down), False), (_other(labels[::-1], up), True)):
        if other:
            reason = f"{_NAMES[count]} strings in {''.join(labels)}: {other}"
            return Reading(None, reason, low_first=low_first, guitar=other == "guitar")
    return _mend(labels, usual) or _unusual(labels, usual)


def _other(labels: tuple[str, ...], falls: tuple[int, ...]) -> str:
    """The other instrument that labels are those of; a guitar's have a major third between two of the upper strings."""
    if len(labels) == 4:
        return _OTHERS.get(labels, "")
    return "guitar" if falls[:-1] in (_GUITAR[:-1], _GUITAR[1:-1], _GUITAR[:-2]) else ""


def _falls(labels: tuple[str, ...]) -> tuple[int, ...]:
    """Semitones from each string down to the next, up to octaves."""
    pitches = [_SEMITONE[label[0]] + {"#": 1, "b": -1}.get(label[1:], 0) for label in labels]
    return tuple((high - low) % 12 for high, low in itertools.pairwise(pitches))


def _is_bass(falls: tuple[int, ...]) -> bool:
    """Fourths all the way, the lowest string perhaps dropped by a tone."""
    return all(fall == _FOURTH for fall in falls[:-1]) and falls[-1] in (_FOURTH, _FIFTH)


def _known(labels: tuple[str, ...], *, low_first: bool = False, certainty: float = 0.99) -> Reading:
    try:
        tuning = Tuning.parse("".join(labels))
    except TuningError as error:
        return Reading(None, str(error))
    if tuning.labels != labels:
        return Reading(None, f"{''.join(labels)} names another tuning")
    return Reading(tuning, low_first=low_first, certainty=certainty)


def _mend(labels: tuple[str, ...], usual: Tuning) -> Reading | None:
    """Take labels that do not fall in fourths for slips, where that leaves most of them: E D A E is G D A E.

    First choice is how the page is tuned elsewhere, second the one upper label that breaks the fourths.
    """
    if usual.n_strings == len(labels) and 2 * sum(map(str.__eq__, labels, usual.labels)) >= len(labels):
        if labels[:-1] == usual.labels[:-1]:
            return None  # the lowest string tuned otherwise is no slip
        return _slip(labels, usual.labels)
    for place, label in itertools.product(range(len(labels) - 1), _SHARPS if "#" in "".join(labels) else _FLATS):
        meant = (*labels[:place], label, *labels[place + 1 :])
        if _is_bass(_falls(meant)):
            return _slip(labels, meant)
    return None


def _slip(labels: tuple[str, ...], meant: tuple[str, ...]) -> Reading | None:
    reading = _known(meant, certainty=0.95)
    slips = [
        f"label {a} of string {i} read as {b}" for i, (a, b) in enumerate(zip(labels, meant, strict=True), 1) if a != b
    ]
    return dataclasses.replace(reading, repair=", ".join(slips)) if reading.tuning else None


def _unusual(labels: tuple[str, ...], usual: Tuning) -> Reading:
    reading = _known(labels, certainty=0.9)
    if reading.tuning is None and len(labels) == 4:
        tuning = usual if usual.n_strings == 4 else STANDARD
        return Reading(tuning, repair=f"labels {''.join(labels)} are no tuning: read as {tuning}", certainty=0.6)
    if len(labels) == 6:  # an open tuning of a guitar, such as D A D G A D
        return Reading(None, f"six strings in {''.join(labels)}: not tuned like a bass", certainty=0.5, guitar=True)
    if reading.tuning is None or (len(labels) == 5 and len(set(_falls(labels)[:-1])) > 1):
        return Reading(None, f"{_NAMES[len(labels)]} strings in {''.join(labels)}: not tuned like a bass")
    return reading


_TELLING = re.compile(r"[Tt][Uu][Nn]|[Dd][Rr][Oo][Pp]|[Ss][Tt][EeAa][PpNn]")
_STATED = re.compile(r"\btun(?:ing|ed)\b[^\n:]{0,20}?[: ]([^\n<]{1,80})", re.IGNORECASE)
_NOTES = re.compile(r"(?<![A-Za-z])(?:[A-G][b#]?[ ,\-–]{0,2}){3,5}[A-G][b#]?(?![A-Za-z#])")
_NAMED = (
    (re.compile(r"\bdrop\s*d\b", re.IGNORECASE), "GDAD"),
    (re.compile(r"\bdrop\s*c\b(?!#)", re.IGNORECASE), "FCGC"),
    (
        re.compile(
            r"\b(?:e(?:b|\s*flat)\s+standard|half[ -]?step\s+down|down\s+(?:a\s+)?(?:half|1/2)[ -]?step)\b",
            re.IGNORECASE,
        ),
        "GbDbAbEb",
    ),
    (
        re.compile(
            r"\b(?:d\s+standard|(?:whole|full)[ -]?step\s+down|down\s+(?:a\s+)?(?:whole|full)[ -]?step)\b",
            re.IGNORECASE,
        ),
        "FCGD",
    ),
)


def stated_tuning(lines: Iterable[str]) -> Tuning | None:
    """The tuning that a page states in words or notes, for lines without labels: "Tuning: D A D G" is GDAD."""
    telling = [line for line in lines if _TELLING.search(line)]
    for line in telling:
        statement = _STATED.search(line)
        notes = _NOTES.search(statement[1]) if statement else None
        if notes is not None:
            labels = tuple(re.findall(r"[A-G][b#]?", notes[0]))
            reading = read_labels(labels, USUAL[min(len(labels), 6)])
            if reading.tuning is not None:
                return reading.tuning
    return next((Tuning.parse(word) for line in telling for pattern, word in _NAMED if pattern.search(line)), None)


_INSTRUMENT = re.compile(
    r"\b(violin|viola|fiddle|mandolin|ukulele|uke|banjo|cello|tenor guitar|bouzouki)\b"
    r"(?:\s+(?:tab|tabs|tablature|part|solo|tuning|chords)\b|\s*:)|\b(?:tab|tabs|tablature|arranged|written)\s+for\s+(?:the\s+)?"
    r"(violin|viola|fiddle|mandolin|ukulele|uke|banjo|cello)\b",
    re.IGNORECASE,
)
_BASS = re.compile(r"\bbass\b", re.IGNORECASE)


_FIFTHS = {
    **dict.fromkeys(("violin", "fiddle", "mandolin", "bouzouki"), frozenset("EADG")),
    **dict.fromkeys(("viola", "cello", "banjo", "tenor guitar"), frozenset("ADGC")),
}


def may_be_for(instrument: str, labels: Sequence[str]) -> bool:
    """Whether four strings with these labels can be that instrument's; without labels they can be any's."""
    return not labels or frozenset(labels) == _FIFTHS.get(instrument)


def other_instrument(text: str) -> str:
    """The four-string instrument that a page says it is for, "" where it names none or a bass as well."""
    named = _INSTRUMENT.search(text)
    if named is None or _BASS.search(text):
        return ""
    return (named[1] or named[2]).lower()
