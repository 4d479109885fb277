"""Bars in exact note values: what readers give to the choice of a grid."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class TimedNote:
    """A note that begins `onset` beats into its bar; the rest as in `layout.Placed`."""

    onset: Fraction
    string: int
    fret: int | None
    before: str = ""
    after: str = ""
    tied: bool = False


@dataclass(frozen=True, slots=True)
class TimedBar:
    """Beats in a bar and its notes, which begin inside it."""

    length: Fraction
    notes: tuple[TimedNote, ...] = ()


def silences(played: Iterable[tuple[Fraction, Fraction]], edges: Sequence[Fraction]) -> list[tuple[Fraction, ...]]:
    """Where in each bar all that sounded has ended and nothing begins, from the start of the bar.

    Args:
        played: onset and end of each note, in order.
        edges: where the bars begin, and where the last one ends. What ends at one of these is not told.
    """
    found: list[list[Fraction]] = [[] for _ in edges[1:]]
    ends: list[Fraction] = []
    for onset, end in played:
        if ends and onset <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            ends.append(end)
    for end in ends:
        bar = bisect_right(edges, end) - 1
        if 0 <= bar < len(found) and end > edges[bar]:
            found[bar].append(end - edges[bar])
    return [tuple(places) for places in found]
