"""What the characters of a tab mean: frets, marks of techniques, note names.

Python reads them here; the page of the static Space gets them as `facts`; the grammar, the tokenizer's regular
expression and the C++ engine's tables are made from them. Standard library only: it travels with the tokenizer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

DIGITS = "0123456789"
#: A dead note stands where a fret would.
DEAD = "x"
#: What begins a note.
ONSETS = frozenset(DIGITS + DEAD)

MAX_FRET = 24
#: A fret of two digits: what may follow its first one. "22" is two notes (57 times on 292 real pages, where 20, 21, 23
#: and 24 together stand 21 times) unless its bar says otherwise, see `frets_of`; every other pair from 10 to 24 is one
#: fret.
SECOND_DIGITS = {"1": DIGITS, "2": "0134"}
#: The same digit so many times in a row are so many notes.
REPEATED = 3
#: Runs of digits are cut into frets from the left: (1) a digit that is repeated, once for each time, or (3) one fret.
#: JavaScript reads the same expression.
_TWO_DIGITS = "|".join(f"{first}[{second}]" for first, second in SECOND_DIGITS.items())
FRET = rf"(([{DIGITS}])\2{{{REPEATED - 1},}})|({_TWO_DIGITS}|[{DIGITS}])"
_FRET = re.compile(FRET)
#: What is two notes or, among frets from `HIGH` up, one.
DOUBTFUL = "22"
HIGH = 12
_ONSET = re.compile(rf"[{DIGITS}]+|{DEAD}")
#: A fret or dead note as printed: column, string (from 1), text.
Printed: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A technique, and where its mark stands: before a note, after one, or between two, where it leads to the second.

    `aims`: behind a note, a digit that follows would read as where it leads to.
    """

    technique: str
    before: bool = False
    after: bool = False
    leads: bool = False
    aims: bool = False
    closing: str = ""  # what closes it behind the note


HAMMER, PULL, BEND, SLIDE_UP, SLIDE_DOWN, VIBRATO, BEND_UP, GHOST, HARMONIC, TAP = "hpb/\\~^(<t"
MARKS = {
    HAMMER: Mark("hammer-on", before=True, leads=True),
    PULL: Mark("pull-off", before=True, leads=True),
    BEND: Mark("bend", after=True, aims=True),
    SLIDE_UP: Mark("slide", before=True, after=True, leads=True, aims=True),
    SLIDE_DOWN: Mark("slide", before=True, after=True, leads=True, aims=True),
    VIBRATO: Mark("vibrato", after=True),
    BEND_UP: Mark("bend", after=True, aims=True),
    GHOST: Mark("ghost note", before=True, closing=")"),
    HARMONIC: Mark("harmonic", before=True, closing=">"),
    DEAD: Mark("dead note"),
    TAP: Mark("tap", before=True),
}
#: Carries a note to the end of its bar, and so into the next.
TIE = "="
#: A harmonic's other spelling, behind its fret: 12*. At a bar line it belongs to a repeat sign.
STAR = "*"
#: Technique by mark.
TECHNIQUES = {mark: meaning.technique for mark, meaning in MARKS.items()}
#: Marks that may stand before a note, behind one, and those that lead from one to the next.
BEFORE = frozenset(mark for mark, meaning in MARKS.items() if meaning.before)
AFTER = frozenset(mark for mark, meaning in MARKS.items() if meaning.after)
LEADING = frozenset(mark for mark, meaning in MARKS.items() if meaning.leads)
AIMING = frozenset(mark for mark, meaning in MARKS.items() if meaning.aims)
CLOSING = {mark: meaning.closing for mark, meaning in MARKS.items() if meaning.closing}
SLIDES, BENDS, HAMMERS = frozenset({SLIDE_UP, SLIDE_DOWN}), frozenset({BEND, BEND_UP}), frozenset({HAMMER, PULL})
#: What may stand behind a note's last digit and still be part of it.
BEHIND = LEADING | AFTER | {TIE} | {*CLOSING.values()}
#: The mark for the same thing downwards.
DOWNWARDS = {HAMMER: PULL, SLIDE_UP: SLIDE_DOWN}
DIRECTIONS = {SLIDE_UP: "up", SLIDE_DOWN: "down"}
#: What stands in front of a note that a mark leads to over blanks: hammer-ons and pull-offs as in 5h--7 and 5-h-7, a
#: slide over one blank, 5/-7, which leads only where the note is higher or lower as the mark says. JavaScript
#: reads the same.
_NOTE_END = f"[{DIGITS}{DEAD}{VIBRATO}{''.join(CLOSING.values())}]"
REACHING = rf"(?<={_NOTE_END})-*([{HAMMER}{PULL}])-+$"
SLIDING = rf"(?<={_NOTE_END})-?([{SLIDE_UP}\{SLIDE_DOWN}])-$"
#: Columns over which a mark leads.
REACH = 12

#: A string's label.
LABEL = "[A-Ga-g][#b]?"
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
OCTAVE = 12  # semitones
#: What signs behind a letter add.
ACCIDENTALS = {"#": 1, "b": -1}
#: The twelve pitch classes from C, spelt with sharps, with flats, and as keys usually are.
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
KEY_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


def split_frets(digits: str) -> list[tuple[int, str]]:
    """Cut a run of digits on one string into frets: '9' -> [(0, '9')], '1012' -> [(0, '10'), (2, '12')].

    Returns pairs of offset in the run and fret as written.
    """
    found: list[tuple[int, str]] = []
    for match in _FRET.finditer(digits):
        if match[1]:
            found += [(match.start() + place, digit) for place, digit in enumerate(match[1])]
        else:
            found.append((match.start(), match[3]))
    return found


def can_be_said(fret: int) -> bool:
    """Whether a fret is read back as this one fret."""
    return 0 <= fret <= MAX_FRET and split_frets(str(fret)) == [(0, str(fret))]


def frets_of(rows: Sequence[str]) -> list[Printed]:
    """The frets and dead notes of a bar or a system in order of column, then string: a row of characters a string.

    A `22` is two notes unless the frets before and behind it on its string in its bar are 12 to 24; where it is alone
    there, all others of the bar.
    """
    found: list[Printed] = []
    doubtful: list[tuple[int, int]] = []
    for string, row in enumerate(rows, start=1):
        for run in _ONSET.finditer(row):
            digits, start = run[0], run.start()
            if len(digits) == 1:
                found.append((start, string, digits))
            elif digits == DOUBTFUL:
                doubtful.append((start, string))
            else:
                found += [(start + offset, string, fret) for offset, fret in split_frets(digits)]
    if doubtful:
        found += [note for column, string in doubtful for note in _doubtful(rows, found, column, string)]
    return sorted(found)


def _doubtful(rows: Sequence[str], found: Sequence[Printed], column: int, string: int) -> list[Printed]:
    """The notes of a `22`, given those that are sure."""
    bars = [place for place in range(len(rows[0])) if all(row[place : place + 1] == "|" for row in rows)]
    first = max((place for place in bars if place < column), default=-1)
    end = min((place for place in bars if place > column), default=len(rows[0]))
    bar = [(place, other, int(fret)) for place, other, fret in found if first < place < end and fret != DEAD]
    before = max(((place, fret) for place, other, fret in bar if other == string and place < column), default=None)
    behind = min(((place, fret) for place, other, fret in bar if other == string and place > column), default=None)
    beside = [fret for _, fret in filter(None, (before, behind))] or [fret for _, _, fret in bar]
    if beside and min(beside) >= HIGH:
        return [(column, string, DOUBTFUL)]
    return [(column + offset, string, digit) for offset, digit in split_frets(DOUBTFUL)]


def unsaid(strings: Sequence[Sequence[int]]) -> set[int]:
    """Of the frets of a bar, those that would be read as others even with blanks between them.

    Each string's frets in the order in which they are played; all from 0 to `MAX_FRET`.
    """
    rows = ["-".join(map(str, frets)) for frets in strings]
    width = max(map(len, rows), default=0)
    read = frets_of([row.ljust(width, "-") for row in rows])
    wanted = Counter((string, str(fret)) for string, frets in enumerate(strings, start=1) for fret in frets)
    return {int(fret) for _, fret in wanted - Counter((string, text) for _, string, text in read)}


def semitones(name: str) -> int:
    """A note name's distance from the C below: "Gb" -> 6, "Cb" -> -1; several signs add up, and the case is free."""
    return SEMITONES[name[0].upper()] + sum(ACCIDENTALS[sign] for sign in name[1:])


def any_of(marks: Iterable[str]) -> str:
    """Marks as part of a regular expression's class, in the order of `MARKS`, ties and closing ones behind them."""
    order = [*MARKS, TIE, *CLOSING.values()]
    return "".join(sorted(marks, key=order.index)).replace("\\", r"\\")


def facts() -> dict[str, Any]:
    """What the scripts of a page are told: the names here in capitals, sets as text, expressions as their source."""
    return {
        "DIGITS": DIGITS,
        "DEAD": DEAD,
        "FRET": FRET,
        "DOUBTFUL": DOUBTFUL,
        "HIGH": HIGH,
        "REACHING": REACHING,
        "SLIDING": SLIDING,
        "REACH": REACH,
        "SLIDE_UP": SLIDE_UP,
        "TIE": TIE,
        "TECHNIQUES": TECHNIQUES,
        "CLOSING": CLOSING,
        **{
            name: "".join(mark for mark in MARKS if mark in marks)
            for name, marks in (("BEFORE", BEFORE), ("AFTER", AFTER), ("LEADING", LEADING), ("BENDS", BENDS))
        },
        "DIRECTIONS": DIRECTIONS,
        **{"VIBRATO": VIBRATO, "HARMONIC": HARMONIC, "TAP": TAP, "GHOST": GHOST, "STAR": STAR},
        "LABEL": LABEL,
        "SEMITONES": SEMITONES,
        "ACCIDENTALS": ACCIDENTALS,
    }
