"""The candidates for one tab: how many are drawn, which are refused, which is kept.

Input: a request and candidates. Output: seeds to draw from while there are too few good ones, then the best.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from basstab_hf.generate.request import Request
from basstab_hf.tab.values import Tab

#: How often a tab is drawn again because of what it copies, or because it is one that there is already.
MOST_REDRAWS = 20
#: What copies are from, as it is told.
TRAINING, SONGS = "the training set", "the songs or the training set"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tab that may be kept; `longest_match`, in notes, is None where copies are not looked for.

    `words` are the column words that were written.
    """

    tab: Tab
    nats_per_column: float
    longest_match: int | None = None
    words: tuple[str, ...] = ()


class Candidates:
    """The candidates for one tab: the first from the tab's own seed, the others from seeds drawn from that one."""

    def __init__(
        self, seed: np.random.SeedSequence, request: Request, taken: Collection[Tab] = (), known: str = TRAINING
    ) -> None:
        """Begin with no candidate. None of the tabs in `taken` is to come again; copies are from what is `known`.

        Where nothing is left to chance, one candidate is all there can be.
        """
        chance = request.sampling.temperature > 0
        self._seed, self._max_copy, self._taken = seed, request.guards.max_copy, taken
        self._best_of, self._redraws = (request.best_of, MOST_REDRAWS) if chance else (1, 0)
        self._drawn: list[Candidate] = []
        self._known = known

    def seeds(self) -> list[np.random.SeedSequence]:
        """Seeds of the candidates to draw next, all of which are then given to `add`; none when there are enough."""
        missing = min(self._best_of - len(self._good), self._best_of + self._redraws - len(self._drawn))
        return self._seed.spawn(missing) if self._drawn else [self._seed, *self._seed.spawn(missing - 1)]

    def add(self, candidate: Candidate) -> None:
        """Take one more candidate."""
        self._drawn.append(candidate)

    def best(self, rank: Callable[[Candidate], float]) -> Candidate:
        """The good candidate of the highest rank; where none is good, the new one that copies least."""
        if not self._good:
            return min(self._drawn, key=lambda candidate: (self._is_taken(candidate), candidate.longest_match or 0))
        return self._good[0] if len(self._good) == 1 else max(self._good, key=rank)

    @property
    def refused(self) -> int:
        """How many candidates are not good."""
        return len(self._drawn) - len(self._good)

    @property
    def notes(self) -> tuple[str, ...]:
        """Lines about what was drawn again, if anything was."""
        same = sum(map(self._is_taken, self._drawn))
        copies = [drawn.longest_match or 0 for drawn in self._drawn if self._is_copy(drawn)]
        notes = []
        if same == len(self._drawn):
            notes.append(f"bars that are there already, as all of {same} drawn: raise the temperature")
        elif same:
            notes.append(f"bars that are there already, drawn again {_times(same)}")
        if copies and not self._good:
            notes.append(f"{min(copies)} notes in a row from {self._known}, the fewest of {len(self._drawn)} drawn")
        elif copies:
            notes.append(f"{max(copies)} notes in a row from {self._known}, drawn again {_times(len(copies))}")
        return tuple(notes)

    @property
    def _good(self) -> list[Candidate]:
        return [drawn for drawn in self._drawn if not self._is_copy(drawn) and not self._is_taken(drawn)]

    def _is_copy(self, candidate: Candidate) -> bool:
        return self._max_copy is not None and (candidate.longest_match or 0) > self._max_copy

    def _is_taken(self, candidate: Candidate) -> bool:
        return candidate.tab in self._taken


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
