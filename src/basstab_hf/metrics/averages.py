"""Means over tabs and how far they may be trusted: the one home of intervals and paired tests.

Values that a tab has not (NaN) count neither way. With `weights`, values are such as bits per column of each piece,
weighted by its columns: their weighted mean is that over all pieces, and songs are drawn with their weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Resamples of the bootstrap; with 1,000 the ends of a 95 % interval move by about a hundredth of its width.
RESAMPLES = 1000
#: Random signs of `paired_p`.
FLIPS = 9999
#: Of a normal distribution: 95 % lie within.
Z95 = 1.959964

_Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of a confidence interval."""

    low: float
    high: float

    def __str__(self) -> str:
        return "" if math.isnan(self.low) else f"[{self.low:.3f}, {self.high:.3f}]"


def mean(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Mean of the values that are not NaN; NaN without any."""
    if weights is None:
        known = [value for value in values if not math.isnan(value)]
        return sum(known) / len(known) if known else math.nan
    numbers, shares = _known(values, weights)
    return float(numbers @ shares / shares.sum()) if shares.any() else math.nan


def interval(
    values: Sequence[float], weights: Sequence[float] | None = None, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Bootstrap percentile interval of `mean` (Efron 1979); NaN without values, a point with one."""
    known, shares = _known(values, weights)
    if not shares.any():
        return Interval(math.nan, math.nan)
    chosen = np.random.default_rng(seed).integers(known.size, size=(RESAMPLES, known.size))
    drawn = shares[chosen]
    means = (known[chosen] * drawn).sum(axis=1) / np.maximum(drawn.sum(axis=1), np.finfo(float).tiny)
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))


def paired_p(differences: Sequence[float], weights: Sequence[float] | None = None, seed: int = 0) -> float:
    """Two-sided p of differences in pairs under "either of a pair could be the larger": a sign-flip permutation test.

    The share of random signs under which the mean lies as far from 0 (Fisher 1935), 1 / (1 + `FLIPS`) at least; 1
    without values or where all are 0.
    """
    known, shares = _known(differences, weights)
    known = known * shares
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(FLIPS, known.size))
    # Without the last digits, whose order of adding would part equal sums.
    reached = np.abs(signs @ known) >= abs(known.sum()) * (1 - 1e-9)
    return float((1 + reached.sum()) / (1 + FLIPS))


def share_interval(hits: int, of: int) -> Interval:
    """The 95 % interval of a share (Wilson 1927): from 0 to 1 where nothing was counted."""
    if not of:
        return Interval(0.0, 1.0)
    share, square = hits / of, Z95**2
    centre = (share + square / (2 * of)) / (1 + square / of)
    half = Z95 / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of**2))
    return Interval(max(centre - half, 0.0), min(centre + half, 1.0))


def spread(values: Sequence[float]) -> float:
    """Standard deviation of the values that are not NaN; NaN for fewer than two."""
    known, _ = _known(values, None)
    return float(known.std(ddof=1)) if known.size > 1 else math.nan


def _known(values: Sequence[float], weights: Sequence[float] | None) -> tuple[_Numbers, _Numbers]:
    """The values that are not NaN, and their weights."""
    numbers = np.array(values, dtype=np.float64)
    shares = np.ones_like(numbers) if weights is None else np.array(weights, dtype=np.float64)
    there = ~np.isnan(numbers)
    return numbers[there], shares[there]
