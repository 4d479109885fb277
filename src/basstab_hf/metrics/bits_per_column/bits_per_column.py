"""Bits per column: what a text costs under a model, in bits, per column of tab; comparable over kinds of tokens."""

import math
from typing import Any

import datasets
import evaluate

_DESCRIPTION = """\
Bits per column = sum of nats over all pieces / ln 2 / sum of their columns. `nats` is the negative log-likelihood of
every token after <bos>, <eos> included; bar lines count as columns, tuning words, <END> and <eos> do not. Range: 0 and
up, lower is better. Without columns it is NaN. Limit: a low value says that a text was expected, not that it is music.
per_piece is the same for each piece alone.
"""
_INPUTS = """\
nats: list of float, one a piece.
columns: list of int, one a piece.
Example:
>>> found = evaluate.load(metric_path("bits_per_column")).compute(nats=[693.147, 346.574], columns=[1000, 1000])
>>> round(found["bits_per_column"], 3)
0.75
"""
_CITATION = """\
@article{shannon1948communication,
  title = {A Mathematical Theory of Communication},
  author = {Shannon, Claude E.},
  journal = {Bell System Technical Journal},
  volume = {27},
  year = {1948}
}
"""


class BitsPerColumn(evaluate.Metric):  # type: ignore[misc]  # evaluate is untyped
    """Sum of nats in bits over the sum of columns."""

    def _info(self) -> Any:
        features = datasets.Features({"nats": datasets.Value("float64"), "columns": datasets.Value("int64")})
        about = {"description": _DESCRIPTION, "citation": _CITATION, "inputs_description": _INPUTS}
        return evaluate.MetricInfo(**about, features=features)

    def _compute(self, nats: list[float], columns: list[int]) -> dict[str, Any]:
        per_piece = [_bits(cost, count) for cost, count in zip(nats, columns, strict=True)]
        return {"bits_per_column": _bits(sum(nats), sum(columns)), "per_piece": per_piece}


def _bits(nats: float, columns: int) -> float:
    return nats / math.log(2) / columns if columns else math.nan
