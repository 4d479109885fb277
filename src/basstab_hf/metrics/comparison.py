"""All metrics on several sets of tabs, such as a model's beside people's, in one table.

Input: the texts of tabs by set, and of the tabs that they are compared with (the training split). Output: `Figure`s.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from basstab_hf.errors import MissingExtraError
from basstab_hf.metrics import metric_path
from basstab_hf.metrics.averages import interval
from basstab_hf.modules import METRICS as METRICS
from basstab_hf.printing import tables


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of a set of tabs: its mean over them and the 95 % interval, NaN for what the set has as a whole."""

    mean: float
    low: float = math.nan
    high: float = math.nan

    def as_dict(self) -> dict[str, float | None]:
        """For JSON, which knows no NaN."""
        ends = {"mean": self.mean, "low": self.low, "high": self.high}
        return {name: None if math.isnan(value) else value for name, value in ends.items()}

    def __str__(self) -> str:
        if math.isnan(self.low):
            return f"{self.mean:.3f}"
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def measure(tabs: Sequence[str], references: Sequence[str] = ()) -> dict[str, Figure]:
    """All values of a set of tabs by name; without references those that need none.

    Raises:
        InputError: a text that holds no tab.
        MissingExtraError: evaluate is not installed.
    """
    try:
        import evaluate
    except ImportError as error:
        raise MissingExtraError("evaluate", "train") from error
    from basstab_hf.metrics.tab_metric import TabMetric

    figures: dict[str, Figure] = {}
    for name in METRICS:
        metric = evaluate.load(metric_path(name))
        if not isinstance(metric, TabMetric) or (metric.needs_others and not references):
            continue
        settings = {"references": list(references)} if metric.compares and references else {}
        result = metric.compute(predictions=list(tabs), **settings)
        figures |= _figures(result, result.pop("per_tab"))
    return figures


def table(sets: Mapping[str, Mapping[str, Figure]], form: tables.Form = "text") -> str:
    """A line a value, a column a set, with the 95 % interval of each mean."""
    values = list(dict.fromkeys(value for figures in sets.values() for value in figures))
    rows = [["", *sets], *([value, *(_cell(figures, value) for figures in sets.values())] for value in values)]
    return tables.table(rows, form=form)


def _figures(means: Mapping[str, float], per_tab: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    figures = {}
    for value, mean in means.items():
        if per_tab and value in per_tab[0]:
            ends = interval([float(one[value]) for one in per_tab])
            figures[value] = Figure(mean, ends.low, ends.high)
        else:
            figures[value] = Figure(mean)
    return figures


def _cell(figures: Mapping[str, Figure], value: str) -> str:
    return str(figures[value]) if value in figures else ""
