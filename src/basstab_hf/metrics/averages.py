"""Means over tabs and how far they may be trusted. Values that a tab has not (NaN) count neither way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Resamples of the bootstrap; with 1,000 the ends of a 95 % interval move by about a hundredth of its width.
RESAMPLES = 1000
#: Random signs of `paired_p`.
FLIPS = 9999


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of a confidence interval."""

    low: float
    high: float


def mean(values: Sequence[float]) -> float:
    """Mean of the values that are not NaN; NaN without any."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def interval(values: Sequence[float], confidence: float = 0.95, seed: int = 0) -> Interval:
    """Bootstrap percentile interval of `mean` (Efron 1979); NaN without values, a point with one."""
    known = np.array([value for value in values if not math.isnan(value)])
    if not known.size:
        return Interval(math.nan, math.nan)
    chosen = np.random.default_rng(seed).integers(known.size, size=(RESAMPLES, known.size))
    tail = (1 - confidence) / 2
    low, high = np.quantile(known[chosen].mean(axis=1), [tail, 1 - tail])
    return Interval(float(low), float(high))


def paired_p(differences: Sequence[float], seed: int = 0) -> float:
    """Two-sided p of differences in pairs under "either of a pair could be the larger": a sign-flip permutation test.

    The share of random signs under which the mean lies as far from 0 (Fisher 1935), 1 / (1 + `FLIPS`) at least; 1
    without values or where all are 0.
    """
    known = np.array([value for value in differences if not math.isnan(value)])
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(FLIPS, known.size))
    # Without the last digits, whose order of adding would part equal sums.
    reached = np.abs(signs @ known) >= abs(known.sum()) * (1 - 1e-9)
    return float((1 + reached.sum()) / (1 + FLIPS))
