"""From scores to a token: temperature, top-k, top-p, min-p. The C++ engine does the same, number by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError
from basstab_hf.generate.vocabulary import Mask

#: Above 0, where the likeliest is taken: below it, scores divided by the temperature leave the range of numbers.
LEAST_TEMPERATURE, MAX_TEMPERATURE = 0.001, 10.0
_RANGES = {"temperature": (0.0, MAX_TEMPERATURE), "top_k": (0, 1_000_000), "top_p": (0.01, 1.0), "min_p": (0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Sampling:
    """How boldly a token is drawn; temperature 0 takes the likeliest; top_k 0, top_p 1 and min_p 0 switch these off.

    In this order: divide the scores by `temperature`, keep the `top_k` likeliest, of these the likeliest that together
    have at least `top_p` of the chance, of these what has at least `min_p` of the likeliest one's chance.

    Raises:
        InputError: a number out of its range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 0.95
    min_p: float = 0.0

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            check_range(name, getattr(self, name), least, most)
        if 0 < self.temperature < LEAST_TEMPERATURE:
            raise InputError(
                f"temperature {self.temperature:g}: choose 0, or {LEAST_TEMPERATURE:g} to {MAX_TEMPERATURE:g}"
            )


def check_range(name: str, value: float, least: float, most: float) -> None:
    """Refuse what is out of range, or no number.

    Raises:
        InputError: naming what may be chosen.
    """
    if not least <= value <= most:
        raise InputError(f"{name} {value:g}: choose {least:g} to {most:g}")


def pick(scores: NDArray[np.float64], legal: Mask, sampling: Sampling, chance: float) -> int:
    """Draw a legal token.

    Args:
        scores: log-probabilities, or these and biases, [vocabulary]; -inf forbids.
        legal: at least one token that is not forbidden.
        chance: a uniform number from 0 to below 1 that decides.
    """
    allowed = np.flatnonzero(legal)
    values = scores[allowed]
    if sampling.temperature == 0:
        return int(allowed[values.argmax()])
    order = np.argsort(-values, kind="stable")
    if sampling.top_k:
        order = order[: sampling.top_k]
    best = values[order[0]]
    chances: NDArray[Any] = np.exp((values[order] - best) / sampling.temperature)
    sums = np.cumsum(chances)
    kept = int(np.searchsorted(sums, sampling.top_p * sums[-1])) + 1
    kept = min(kept, int(np.searchsorted(-chances, -sampling.min_p, side="right")), len(chances))
    rank = int(np.searchsorted(sums[:kept], chance * sums[kept - 1], side="right"))
    return int(allowed[order[min(rank, kept - 1)]])
