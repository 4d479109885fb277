"""What rows of counts and rows of note values share: the bars under a row, and how its marks become a `BarTime`.

Input: a system and the marks of a row. Output: `Under`, the bars; `Mark`s by bar; anchors that stand on notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.tab.marks import frets_of
from basstab_hf.tab.repeat_signs import edges
from basstab_hf.tab.values import System


@dataclass(frozen=True, slots=True)
class Under:
    """A bar under a row: its columns in the system, those of its notes (in the bar) and how wide these are."""

    first: int
    end: int
    notes: tuple[tuple[int, int], ...]  # column in the bar, digits; in ascending order
    opens: bool = False
    closes: bool = False

    @property
    def width(self) -> int:
        return self.end - self.first


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of a row: its column in its bar, and what it says."""

    column: int
    text: str


def bars_under(system: System) -> tuple[Under, ...]:
    """The bars of a system."""
    found = []
    for first, end in system.bar_spans:
        notes = frets_of([line[first:end] for line in system.lines])
        widths: dict[int, int] = {}
        for place, _, text in notes:
            widths[place] = max(len(text), widths.get(place, 1))
        found.append(Under(first, end, tuple(sorted(widths.items())), *edges(system.lines, first, end)))
    return tuple(found)


def by_bar(marks: Iterable[tuple[int, str]], bars: Sequence[Under]) -> list[list[Mark]]:
    """Marks at columns of the system, sorted into the bars that they stand over; one on a bar line begins the next."""
    found: list[list[Mark]] = [[] for _ in bars]
    place = 0
    for column, text in marks:
        while place + 1 < len(bars) and column >= bars[place + 1].first - 1:
            place += 1
        if bars and bars[place].first - 1 <= column <= bars[place].end:
            found[place].append(Mark(max(column - bars[place].first, 0), text))
    return found


def on_notes(marks: Sequence[Mark], bar: Under, reach: int) -> list[int | None]:
    """The note that each mark stands over, by its column: one whose digits lie under it, else one `reach` away."""
    taken: dict[int, int] = {}
    for allowed in range(reach + 1):
        for number, mark in enumerate(marks):
            if number in taken:
                continue
            for start, width in bar.notes:
                near = start - allowed <= mark.column < start + width + allowed
                if near and start not in taken.values():
                    taken[number] = start
                    break
    found: list[int | None] = []
    latest = -1
    for number in range(len(marks)):
        place = taken.get(number)
        found.append(place if place is not None and place > latest else None)
        latest = max(latest, place) if place is not None else latest
    return found


def anchored(places: Iterable[tuple[int, Fraction]], length: Fraction, end: int) -> tuple[tuple[int, Fraction], ...]:
    """Columns and beats in ascending order, and where the bar ends; of two that cross the first one counts."""
    kept: list[tuple[int, Fraction]] = []
    for column, beat in sorted(places, key=lambda place: (place[1], place[0])):
        if beat < length and (not kept or (column > kept[-1][0] and beat > kept[-1][1])):
            kept.append((column, beat))
    if kept:
        kept.append((max(end, kept[-1][0] + 1), length))
    return tuple(kept)
