"""What stands beside a system in plain text: heading, chords, counts, note values, slap letters.

Input: `Marks` of a system. Output: lines above and below it, which the recogniser reads as the same `Marks`.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from basstab_hf.formats.track import Marks
from basstab_hf.recognise.annotations import Chord, RhythmRow, chords_in
from basstab_hf.recognise.section_names import section_name, without_repeat
from basstab_hf.rhythm.printed_form import is_endings_row


@dataclass(frozen=True, slots=True)
class Around:
    """Lines over and under a system whose own lines are moved right by `indent` characters.

    `lost` counts the chords that have no room in the row, or names that would not be read.
    """

    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    indent: int = 0
    lost: int = 0


def part(marks: Marks, start: int, end: int, *, is_last: bool) -> Marks:
    """The marks of the columns `start` to `end` of a system; what stands before or behind it goes along."""
    first = start == 0
    chords = [chord for chord in marks.chords if (first or chord.column >= start) and (is_last or chord.column < end)]
    rows = [_row_part(row, None if first else start, None if is_last else end) for row in marks.rows]
    return replace(
        marks,
        chords=tuple(Chord(chord.column - start, chord.name) for chord in chords),
        rows=tuple(row for row in rows if row.text.strip()),
        heads_section=marks.heads_section and first,
    )


def _row_part(row: RhythmRow, start: int | None, end: int | None) -> RhythmRow:
    last = None if end is None else max(row.column + end, 0)
    if start is None:
        return replace(row, text=row.text[:last].rstrip())
    return replace(row, text=row.text[max(row.column + start, 0) : last].rstrip(), column=max(-row.column - start, 0))


def moved(marks: Marks, places: Sequence[int]) -> Marks:
    """The marks of a system into which a column is put in front of each of the columns at `places`."""
    if not places:
        return marks

    ordered = sorted(places)

    def to(column: int) -> int:
        return column + bisect.bisect_right(ordered, column)

    return replace(
        marks,
        chords=tuple(Chord(to(chord.column), chord.name) for chord in marks.chords),
        rows=tuple(_spread(row, to) for row in marks.rows),
    )


def _spread(row: RhythmRow, to: Callable[[int], int]) -> RhythmRow:
    text = ""
    for place, sign in enumerate(row.text):
        if sign != " ":
            text = text.ljust(row.column + to(place - row.column)) + sign
    return replace(row, text=text)


def around(marks: Marks, label: int, *, has_endings: bool) -> Around:
    """The rows beside a system whose columns begin `label` characters behind the start of its lines.

    Rows of endings are left out where `has_endings` says that they are printed anew.
    """
    rows = [row for row in marks.rows if not (has_endings and is_endings_row(row.text))]
    starts = [len(row.text) - len(row.text.lstrip()) - row.column for row in rows]
    starts += [chord.column for chord in marks.chords[:1]]
    indent = max(0, -label - min(starts, default=0))
    column = label + indent
    chords = _chord_row(marks.chords, column)
    lines = [(row.distance < 0, _placed(row, column)) for row in rows]
    above = [*([chords] if chords else []), *(line for is_above, line in lines if is_above)]
    below = tuple(line for is_above, line in lines if not is_above)
    lost = len(marks.chords) - len(chords_in(chords, column)) if marks.chords else 0
    return Around(tuple(above), below, indent, lost)


def _placed(row: RhythmRow, column: int) -> str:
    """A row as it stands where a system's columns begin at `column`; a count of repeats is printed elsewhere."""
    text = without_repeat(row.text) if any(sign.isalpha() for sign in row.text) else row.text
    shift = column - row.column
    return (" " * shift + text if shift >= 0 else text[-shift:]).rstrip()


def _chord_row(chords: Sequence[Chord], column: int) -> str:
    row = ""
    for chord in chords:
        place = column + chord.column
        if place >= 0 and (not row or place > len(row)) and chords_in(chord.name, 0):
            row = row.ljust(place) + chord.name
    return row


def heading(name: str) -> str:
    """A line that names a section, "" where none would be read so."""
    shown = (f"[{name}]", name, f"{name}:")
    return next((line for line in shown if name and section_name(line) == name), "")
