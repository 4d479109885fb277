"""The values in which a search is told: a trial, and the figures of each of its evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Protocol

#: States of a trial. Waiting: not begun, or put aside; pruned: the scheduler stopped it before its budget was spent.
WAITING, RUNNING, FINISHED, PRUNED, FAILED = STATES = ("waiting", "running", "finished", "pruned", "failed")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of a trial, on the validation split and on a sample of the training blocks.

    `cpu_seconds` are those of the trial's process since it began, evaluations and all; `seconds` the same by the clock.
    """

    step: int
    bits_per_column: float
    train_bits_per_column: float
    columns_per_second: float
    cpu_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of a search: `number` from 1 in the order of their suggestion, `parameters` by the search's names.

    `reason` tells in one line why a trial was pruned or failed, "" else; `restarts` how often it began again from its
    last checkpoint after an error; `steps` how many the whole budget has, 0 while that is not known.
    """

    number: int
    id: str
    state: str
    parameters: Mapping[str, Any]
    evaluations: tuple[Evaluation, ...] = ()
    steps: int = 0
    reason: str = ""
    restarts: int = 0
    node: str = ""

    @property
    def bits_per_column(self) -> float | None:
        """Bits per column of the best evaluation, whose weights are kept; None before the first."""
        paid = (evaluation.bits_per_column for evaluation in self.evaluations)
        return min(filter(isfinite, paid), default=None)

    @property
    def has_ended(self) -> bool:
        """Whether the trial has ended, one way or another."""
        return self.state in (FINISHED, PRUNED, FAILED)


class Listener(Protocol):
    """What wants to know how a search goes; all calls come from one thread of the driver."""

    def changed(self, trial: Trial) -> None:
        """A trial began, was evaluated (the last of its evaluations is new), began again, or ended."""

    def close(self, state: str) -> None:
        """The search ended: "finished", "failed" or "killed" (Ctrl-C, SIGTERM)."""


def best(trials: Iterable[Trial]) -> Trial | None:
    """The finished trial with the fewest bits per column, the first of equals; None where none finished."""
    finished = [trial for trial in trials if trial.state == FINISHED and trial.bits_per_column is not None]
    return min(finished, key=lambda trial: (trial.bits_per_column, trial.number), default=None)


def plain(value: Any) -> Any:
    """The Python value of a NumPy scalar, which samplers like to give; None for a number that is not finite."""
    import numpy as np

    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not isfinite(value) else value
