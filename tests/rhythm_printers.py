"""Print a known rhythm in the styles in which people print it: what `read_rhythm` must find again.

A `Bar` is a list of values in sixteenths that fill it, each a note (its fret) or a rest (None). Every printer gives the
page and nothing else; the right onsets are those of the bars.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

LABELS = "GDAE"
#: Sixteenths -> letter.
LETTERS = {16: "W", 12: "H.", 8: "H", 6: "Q.", 4: "Q", 3: "E.", 2: "E", 1: "S"}
SIXTEENTH = Fraction(1, 4)


@dataclass(frozen=True)
class Value:
    """`length` in sixteenths; `fret` None: a rest; `string` counts from the top, 0 to 3."""

    length: int
    fret: int | None
    string: int


@dataclass(frozen=True)
class Bar:
    values: tuple[Value, ...]

    @property
    def starts(self) -> tuple[int, ...]:
        return tuple(itertools.accumulate((value.length for value in self.values), initial=0))[:-1]

    @property
    def onsets(self) -> list[Fraction]:
        """In beats."""
        return [
            start * SIXTEENTH for start, value in zip(self.starts, self.values, strict=True) if value.fret is not None
        ]


@st.composite
def bars(draw: st.DrawFn, lengths: tuple[int, ...] = tuple(LETTERS), *, rests: bool = True) -> Bar:
    """A bar of sixteen sixteenths that begins with a note. No fret 22, which is read as twice the second."""
    values: list[Value] = []
    left = 16
    while left:
        length = draw(st.sampled_from([length for length in lengths if length <= left]))
        fret = draw(st.integers(0, 19))
        rest = rests and bool(values) and draw(st.integers(0, 3)) == 0
        values.append(Value(length, None if rest else fret, draw(st.integers(0, 3))))
        left -= length
    return Bar(tuple(values))


def staff(cells: list[list[tuple[int, Value]]], widths: list[int]) -> list[str]:
    """String lines of bars so wide, given where their values are printed."""
    rows = [f"{label}|" for label in LABELS]
    for placed, width in zip(cells, widths, strict=True):
        lines = [["-"] * width for _ in LABELS]
        for column, value in placed:
            if value.fret is not None:
                lines[value.string][column : column + len(str(value.fret))] = str(value.fret)
        rows = [row + "".join(line) + "|" for row, line in zip(rows, lines, strict=True)]
    return rows


def put(row: str, column: int, text: str) -> str:
    """A row with a text at a column; it only grows."""
    return row.ljust(column) + text


def by_counts(
    played: list[Bar], steps: list[list[int]], style: str, *, below: bool = False, lead: int = 0, half: str = "&"
) -> str:
    """Counts over or under bars whose sixteenths are so many columns wide (a list of 16 for each bar, at least 2)."""
    cells, widths, row, at = [], [], "", 2
    for bar, widths_of in zip(played, steps, strict=True):
        edges = [*itertools.accumulate(widths_of, initial=lead)]
        cells.append([(edges[start], value) for start, value in zip(bar.starts, bar.values, strict=True)])
        for sixteenth, edge in enumerate(edges[:-1]):
            beat, part = divmod(sixteenth, 4)
            shown = {"beats": (0,), "halves": (0, 2), "all": (0, 1, 2, 3)}[style]
            if part in shown:
                row = put(row, at + edge, (str(beat + 1), "e", half, "a")[part])
        widths.append(edges[-1])
        at += edges[-1] + 1
    lines = staff(cells, widths)
    return "\n".join([*lines, row] if below else [row, *lines]) + "\n"


def by_values(played: list[Bar], extra: list[list[int]], *, below: bool = False, lower: bool = False) -> str:
    """Letters over or under every value, whose columns are three and so many more wide."""
    cells, widths, row, at = [], [], "", 2
    for bar, more in zip(played, extra[: len(played)], strict=True):
        edges = [*itertools.accumulate((3 + wide for wide in more[: len(bar.values)]), initial=1)]
        cells.append(list(zip(edges, bar.values, strict=False)))
        for edge, value in zip(edges, bar.values, strict=False):
            letter = LETTERS[value.length]
            row = put(row, at + edge, letter.lower() if lower else letter)
        widths.append(edges[-1])
        at += edges[-1] + 1
    lines = staff(cells, widths)
    return "\n".join([*lines, row] if below else [row, *lines]) + "\n"


def as_tuxguitar(played: list[Bar]) -> str:
    """Beats as wide as TuxGuitar's text export makes them."""
    cells, widths = [], []
    for bar in played:
        edge, placed = 1, []
        for value in bar.values:
            placed.append((edge, value))
            wide = next(w for most, w in ((0.5, 1), (1, 2), (2, 3), (4, 4), (8, 5), (99, 6)) if value.length <= most)
            edge += max(wide, len(str(value.fret)) + 1 if value.fret is not None else 1)
        cells.append(placed)
        widths.append(edge)
    return "\n".join(["Title: none", "", "Track 1: Bass", "", *staff(cells, widths)]) + "\n"
