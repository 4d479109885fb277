"""Who is served next: one request at a time, visitors in turn, each in the order in which they came.

Input: requests of visitors. Output: turns. Who asks for several things at once has one of them served, then waits until
all who came meanwhile have had theirs: each request belongs to a round, a visitor's next one to the next round
(start-time fair queueing: Goyal, Vin and Cheng, 1996; all requests count alike).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from basstab_hf.page.back import Tell

#: So many requests stand in the line at most, and so many of one visitor: the page draws five versions of bars at once.
MAX_WAITING, MAX_OWN = 40, 8


class FullError(Exception):
    """No more is taken now; the text tells the visitor why."""


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    visitor: str
    round: int
    tell: Tell
    begins: anyio.Event = field(default_factory=anyio.Event)


class Line:
    """The first request is served, the others wait; visitors are told how many come before them when that changes."""

    def __init__(self) -> None:
        self._turns: list[_Turn] = []
        self._round = 0  # of who is served, or was served last

    def check_room(self, visitor: str) -> None:
        """See whether a visitor may ask for something more.

        Raises:
            FullError: too many wait, or too much of this visitor does.
        """
        if len(self._turns) > MAX_WAITING:
            raise FullError(f"{MAX_WAITING} requests wait here already: try again in a minute.")
        own = sum(turn.visitor == visitor for turn in self._turns)
        if own > MAX_OWN:
            raise FullError(f"{MAX_OWN} of your requests wait here already: wait for them, or press Stop.")

    @asynccontextmanager
    async def turn(self, visitor: str, tell: Tell) -> AsyncIterator[None]:
        """A context in which nobody else is served; `tell` gets {"waiting": how many other visitors come before}."""
        own = [turn.round + 1 for turn in self._turns if turn.visitor == visitor]
        mine = _Turn(visitor, max([self._round, *own]), tell)
        place = bisect_right(self._turns, mine.round, key=lambda turn: turn.round)
        self._turns.insert(place, mine)
        try:
            if place == 0:
                self._round = mine.round
            else:
                self._tell_places(place)
                await mine.begins.wait()
            yield
        finally:
            left = self._turns.index(mine)
            del self._turns[left]
            if left == 0 and self._turns:
                self._round = self._turns[0].round
                self._turns[0].begins.set()
            self._tell_places(max(left, 1))

    def _tell_places(self, first: int) -> None:
        """Tell those from a place on how many other visitors come before them."""
        before = {turn.visitor for turn in self._turns[:first]}
        for turn in self._turns[first:]:
            if others := len(before - {turn.visitor}):
                turn.tell({"waiting": others})
            before.add(turn.visitor)
