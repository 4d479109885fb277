"""Chances that fall alike on every machine: choices by weight from a seeded generator.

`random.Random` seeded with a text gives the same numbers on every machine and version of Python since 3.2; of it, only
`random()` is used, whose sequence Python promises to keep.
"""

from __future__ import annotations

import itertools
import random
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

_Thing = TypeVar("_Thing")


class Chance:
    """A seeded source of choices."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random  # noqa: S311  # music, no secrets

    def of(self, chance: float) -> bool:
        """Whether something of this chance (0 to 1) happens."""
        return self._random() < chance

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self._random() * n)

    def one(self, things: Sequence[_Thing]) -> _Thing:
        """One of several that are equally likely."""
        return things[int(self._random() * len(things))]

    def draw(self, weighted: Weighted[_Thing]) -> _Thing:
        """One of several by their weights."""
        sums = weighted.sums
        return weighted.things[bisect(sums, self._random() * sums[-1], 0, len(sums) - 1)]


@dataclass(frozen=True)
class Weighted(Generic[_Thing]):
    """Things with weights above 0; there is at least one."""

    things: tuple[_Thing, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, weights: Mapping[_Thing, float]) -> Weighted[_Thing]:
        """From a mapping of things to weights; those of weight 0 are left out."""
        kept = {thing: weight for thing, weight in weights.items() if weight > 0}
        return cls(tuple(kept), tuple(kept.values()))

    def changed(self, change: Callable[[_Thing], _Thing]) -> Weighted[_Thing]:
        """Each thing changed; those that are alike then are one."""
        weights: dict[_Thing, float] = {}
        for thing, weight in zip(map(change, self.things), self.weights, strict=True):
            weights[thing] = weights.get(thing, 0.0) + weight
        return Weighted.of(weights)

    @cached_property
    def sums(self) -> list[float]:
        """The weights added up."""
        return list(itertools.accumulate(self.weights))
