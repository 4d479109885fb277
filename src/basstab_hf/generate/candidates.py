"""The candidates for one tab: how many are drawn, which are refused, which is kept.

Input: a request and candidates. Output: seeds to draw from while there are too few good ones, then the best.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from basstab_hf.generate.request import Request
from basstab_hf.tab import Tab

#: How often a tab is drawn again because of what it copies.
MOST_REDRAWS = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tab that may be kept; `longest_match`, in notes, is None where copies are not looked for."""

    tab: Tab
    nats_per_column: float
    longest_match: int | None = None


class Candidates:
    """Those for one tab. The first comes from the tab's own seed, the others from its children, in order."""

    def __init__(self, seed: np.random.SeedSequence, request: Request) -> None:
        """Begin without any. Where nothing is left to chance there is but one."""
        chance = request.sampling.temperature > 0
        self._seed, self._max_copy = seed, request.guards.max_copy
        self._best_of, self._redraws = (request.best_of, MOST_REDRAWS) if chance else (1, 0)
        self._drawn: list[Candidate] = []

    def seeds(self) -> list[np.random.SeedSequence]:
        """What to draw the next ones from, all of which `add` then takes; none when there are enough."""
        missing = min(self._best_of - len(self._good), self._best_of + self._redraws - len(self._drawn))
        return self._seed.spawn(missing) if self._drawn else [self._seed, *self._seed.spawn(missing - 1)]

    def add(self, candidate: Candidate) -> None:
        """Take one more."""
        self._drawn.append(candidate)

    def best(self, rank: Callable[[Candidate], float]) -> Candidate:
        """The good one of the highest rank, the first of equals; the least copied one where none is good."""
        if not self._good:
            return min(self._drawn, key=lambda candidate: candidate.longest_match or 0)
        return self._good[0] if len(self._good) == 1 else max(self._good, key=rank)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line about what was drawn again, if anything was."""
        refused = [drawn.longest_match or 0 for drawn in self._drawn if not self._is_good(drawn)]
        if not refused:
            return ()
        if not self._good:
            return (f"{min(refused)} notes in a row from the training set, the fewest of {len(refused)} drawn",)
        return (f"{max(refused)} notes in a row from the training set, drawn again {_times(len(refused))}",)

    @property
    def _good(self) -> list[Candidate]:
        return [candidate for candidate in self._drawn if self._is_good(candidate)]

    def _is_good(self, candidate: Candidate) -> bool:
        return self._max_copy is None or (candidate.longest_match or 0) <= self._max_copy


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
