"""Rows of note values over or under a system: `Q  E E Q.`, `q. e +s`, `w h q e s`, with marks of triplets over them.

Input: a row, the rows of marks beside it, and the bars under it. Output: a `BarTime` for each bar with values; None
where the row is none. A value without a note under it is a rest, or goes on with the note before (`+`). `a` is a grace
note; `Wx4` are four bars of rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.recognise.annotations import RhythmRow
from basstab_hf.rhythm.printed_bar import Mark, Under, anchored, by_bar, on_notes
from basstab_hf.tab.time_map import BarTime

_VALUE = re.compile(r"(?P<tied>\+?)(?P<letter>[whqest]|a(?![.a-z]))(?P<dots>\.{0,2})(?:x(?P<times>\d{1,3})\b)?", re.I)
_WORD = re.compile(
    r"(?:\+?(?:[whqestWHQEST]\.{0,2}|a)){1,3}(?:x\d{1,3})?|([whqestWHQEST])\1*|[|_~=-]+|\(?x?\d{1,2}x?\)?"
)
_NAME = re.compile(r"\s*[A-Za-z ]{1,9}:")
_TUPLET = re.compile(r"[|\[(]?-*(?P<notes>[3567])(?::\d)?-*[|\])]?")
_LONGEST_TUPLET = 24  # columns
#: Quarter notes.
_LENGTHS = {letter: Fraction(4, 2**power) for power, letter in enumerate("whqest")}
_NORMAL = {3: 2, 5: 4, 6: 4, 7: 4}
_GRACE = Fraction(1, 8)
_NEAR = 1  # columns that a letter may stand beside its note: accents and double digits push it


@dataclass(frozen=True, slots=True)
class ValueRow:
    """The times of bars, the letters that the row is made of, and the share of them that stand over notes.

    `is_complete`: each note of these bars has its letter; the other letters are rests, however many.
    """

    times: tuple[BarTime | None, ...]
    letters: frozenset[str]
    over_notes: float
    is_complete: bool


@dataclass(frozen=True, slots=True)
class _Value:
    column: int  # in the system
    length: Fraction  # 0: a grace note
    tied: bool


def read_values(row: RhythmRow, others: Sequence[RhythmRow], bars: Sequence[Under]) -> ValueRow | None:
    """The times of bars; `others` are rows on the same side of the system, which may have marks of triplets."""
    named = _NAME.match(row.text)
    text = row.text if named is None else " " * named.end() + row.text[named.end() :]
    if not bars or not text.strip() or not all(_WORD.fullmatch(word) for word in text.split()):
        return None
    values = [_value(match, row.column) for match in _VALUE.finditer(text) if match[0]]
    if not values:
        return None
    values = _in_tuplets(values, [mark for other in others for mark in tuplets(other)])
    marks = by_bar(((value.column, str(number)) for number, value in enumerate(values)), bars)
    times = []
    over = 0
    is_complete = True
    for of_bar, bar in zip(marks, bars, strict=True):
        notes = on_notes(of_bar, bar, _NEAR)
        over += sum(note is not None for note in notes)
        is_complete = is_complete and (not of_bar or {start for start, _ in bar.notes} <= set(notes))
        times.append(_time([values[int(mark.text)] for mark in of_bar], of_bar, notes, bar) if of_bar else None)
    letters = frozenset(match["letter"] for match in _VALUE.finditer(text))
    return ValueRow(tuple(times), letters, over / len(values), is_complete)


def _value(match: re.Match[str], column: int) -> _Value:
    letter = match["letter"].lower()
    length = _LENGTHS.get(letter, Fraction(0)) * int(match["times"] or 1)
    length *= 2 - Fraction(1, 2 ** len(match["dots"]))
    return _Value(match.start("letter") - column, length, bool(match["tied"]))


def tuplets(row: RhythmRow) -> list[tuple[int, int, int]]:
    """First column, last column and number of notes of the marks of a row; of no row with anything else in it."""
    matches = [(word.start(), _TUPLET.fullmatch(word[0])) for word in re.finditer(r"\S+", row.text)]
    if not all(found and len(found[0]) <= _LONGEST_TUPLET for _, found in matches):
        return []
    return [
        (start - row.column, start - row.column + len(found[0]) - 1, int(found["notes"]))
        for start, found in matches
        if found
    ]


def _in_tuplets(values: list[_Value], marks: Sequence[tuple[int, int, int]]) -> list[_Value]:
    """Values shortened under the marks; a mark without a bracket stands over the middle of its notes."""
    scaled = list(values)
    for first, last, notes in marks:
        inside = [number for number, value in enumerate(values) if first - _NEAR <= value.column <= last + _NEAR]
        if last - first < 2 and inside:
            middle = min(inside, key=lambda number: abs(values[number].column - first))
            inside = [*range(max(middle - notes // 2, 0), min(middle + notes // 2 + 1, len(values)))]
        for number in inside:
            value = values[number]
            scaled[number] = _Value(value.column, value.length * Fraction(_NORMAL[notes], notes), value.tied)
    return scaled


def _time(values: Sequence[_Value], marks: Sequence[Mark], notes: Sequence[int | None], bar: Under) -> BarTime:
    """A bar as long as its values together; each begins where the ones before it end."""
    now = Fraction(0)
    graces = 0
    places: list[tuple[int, Fraction]] = []
    tied = set()
    for value, mark, note in zip(values, marks, notes, strict=True):
        column = mark.column if note is None else note
        if not value.length:
            graces += 1
            places.append((column, now - _GRACE if now else now))
            continue
        late = _GRACE if graces and not now else Fraction(0)
        places.append((column, now + late))
        now += value.length
        graces = 0
        if value.tied:
            tied |= {start for start, width in bar.notes if column - 2 <= start <= column + 2 or start == note}
    return BarTime(anchored(places, now, bar.width), now, frozenset(tied))
