"""Notes of a file that a tab cannot say, and what became of each, as remarks for the user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: Kinds of remarks.
MOVED, LEFT_OUT = "notes moved, since a tab cannot say them", "notes left out, since a tab cannot say them"
#: Places that a remark names.
_MOST_TOLD = 4


@dataclass(frozen=True, slots=True)
class Told:
    """A note that was moved or left out: the number of its bar from 1, its onset in beats there, and what it was."""

    bar: int
    onset: Fraction
    what: str
    goal: str = ""  # where it went; "": left out

    def __str__(self) -> str:
        beat = round(float(self.onset) + 1, 2)
        to = ", to" if "," in self.what else " to"
        return f"bar {self.bar}, beat {beat:g} ({self.what}{f'{to} {self.goal}' if self.goal else ''})"


def remarks(told: Iterable[Told]) -> tuple[str, ...]:
    """One remark for the notes that moved and one for those left out, with their places."""
    all_ = list(told)
    kinds = {MOVED: [one for one in all_ if one.goal], LEFT_OUT: [one for one in all_ if not one.goal]}
    return tuple(f"{kind}: {_places(found)}" for kind, found in kinds.items() if found)


def _places(told: Sequence[Told]) -> str:
    more = len(told) - _MOST_TOLD
    return "; ".join(map(str, told[:_MOST_TOLD])) + (f"; and {more} more" if more > 0 else "")
