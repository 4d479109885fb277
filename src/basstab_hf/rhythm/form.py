"""The form of a piece: which bars are played again, and how often.

Input: a `Sign` for each bar. Output: `playing_order`, in which MIDI and sound play them; notations write the signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

#: Most bars that are played out: a form that has more is broken.
MAX_PLAYED = 20_000
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Sign:
    """A bar's repeat signs: whether a repeat begins with it, how often what ends with it is played (0: none ends), and
    on which of these times the bar is played (empty: on all)."""

    opens: bool = False
    closes: int = 0
    endings: tuple[int, ...] = ()


#: A sign for each bar of a tab; empty: it is played as written.
Form: TypeAlias = tuple[Sign, ...]
NO_SIGN = Sign()


def playing_order(form: Form) -> list[int]:
    """The numbers of bars in the order in which they are played; no more than `MAX_PLAYED`, then as written."""
    order: list[int] = []
    start, time, number = 0, 1, 0
    while number < len(form):
        sign = form[number]
        if sign.opens and number != start:
            start, time = number, 1
        if sign.endings and time not in sign.endings:
            number += 1
            continue
        order.append(number)
        if len(order) > MAX_PLAYED:
            return [*range(len(form))]
        if sign.closes > time:
            time += 1
            number = start
            continue
        if sign.closes or (sign.endings and not _goes_on(form, number)):
            start, time = number + 1, 1
        number += 1
    return order


def _goes_on(form: Form, number: int) -> bool:
    """Whether the bar behind this one belongs to an ending of the same repeat."""
    return number + 1 < len(form) and bool(form[number + 1].endings)


def played(form: Form, bars: Sequence[_Item]) -> list[_Item]:
    """Bars in the order in which they are played."""
    return [bars[number] for number in playing_order(form)] if form else list(bars)
