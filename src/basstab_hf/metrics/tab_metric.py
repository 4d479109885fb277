"""What the `evaluate` modules on tabs have in common: they take tab text, measure each tab, and average over tabs.

Input of `compute`: `predictions`, the text of a tab or a list of them, each as people write it (`recognise` reads it),
and for some modules `references`, the tabs to compare with, in any number. Output: the mean of each value over the tabs
that have it (NaN where none has), and under `per_tab` the values of each tab. A prediction that holds no tab counts 0
(`without_a_tab`), and a warning tells which.
"""

from __future__ import annotations

import contextlib
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import datasets
import evaluate

from basstab_hf.errors import BasstabError, InputError
from basstab_hf.formats import text
from basstab_hf.metrics.averages import mean
from basstab_hf.tab.values import Tab

_PREDICTIONS = "predictions: the text of a tab, or a list of such texts.\n"
_LOG = logging.getLogger(__name__)


class TabMetric(evaluate.Metric, ABC):  # type: ignore[misc]  # evaluate is untyped
    """A module that measures tabs one by one."""

    #: What `evaluate` prints of the module: formula, range, limits.
    description: ClassVar[str]
    #: What `compute` takes besides `predictions`, a line each.
    settings: ClassVar[str] = ""
    #: Names of the values of one tab.
    values: ClassVar[tuple[str, ...]]
    #: What the module goes back to, as BibTeX.
    citation: ClassVar[str]
    #: A use of it and what that gives, as a doctest; `evaluate` and `metric_path` are imported, `tab` is a text.
    example: ClassVar[str]
    #: What a text without a tab has of each value; NaN where 0 would be the best there is.
    without_a_tab: ClassVar[float] = 0.0
    #: Whether `summarise` takes the tabs to compare with, as `against`.
    compares: ClassVar[bool] = False
    #: Whether there is nothing to measure without them.
    needs_others: ClassVar[bool] = False

    @abstractmethod
    def measure(self, tab: str, name: str, *args: Any, **settings: Any) -> dict[str, Any]:
        """The values of one tab, given as text; `name` is what an error calls it."""

    def compute(self, *, predictions: Any = None, references: Any = None, **settings: Any) -> Any:
        """Measure tabs; modules that compare with none leave references alone: `evaluate.combine` gives them to all.

        Raises:
            InputError: what is no text; a reference without a tab.
        """
        if references is not None and self.compares:
            settings["against"] = as_list(references, "references")
        result = super().compute(predictions=predictions, **settings)
        if isinstance(result, BasstabError):
            raise result
        return result

    def add_batch(self, *, predictions: Any, **others: Any) -> None:
        """Add tabs to measure.

        Raises:
            InputError: what is no text; references, which `compute` takes all at once.
        """
        if others.get("references") is not None:
            raise InputError(f"{self.name}: give references to compute, not to add_batch")
        super().add_batch(predictions=as_list(predictions, "predictions"))

    def _info(self) -> Any:
        return evaluate.MetricInfo(
            description=self.description,
            citation=self.citation,
            inputs_description=f"{_PREDICTIONS}{self.settings}Example:\n{self.example}",
            features=datasets.Features({"predictions": datasets.Value("string")}),
        )

    def summarise(self, predictions: Sequence[str], *args: Any, **settings: Any) -> dict[str, Any]:
        """The values of all tabs, and of each."""
        named = {f"tab {number}": tab for number, tab in enumerate(predictions, start=1)}
        per_tab, none = [], []
        for name, tab in named.items():
            try:
                per_tab.append(self.measure(tab, name, *args, **settings))
            except NoTabError:
                per_tab.append(self._nothing())
                none.append(name)
        if none:
            counts = "has no value" if math.isnan(self.without_a_tab) else f"counts {self.without_a_tab:.0f}"
            _LOG.warning("%s: %s of %d holds no bass tab and %s", self.name, ", ".join(none), len(named), counts)
        means = {value: mean([float(one[value]) for one in per_tab]) for value in self.values}
        return {**means, "per_tab": per_tab}

    def _nothing(self) -> dict[str, Any]:
        """The values of a text without a tab."""
        return dict.fromkeys(self.values, self.without_a_tab)

    def _compute(self, predictions: Sequence[str], **settings: Any) -> dict[str, Any] | BasstabError:
        """Hand errors to `compute`: evaluate keeps its file locked where this raises, and the next one waits for it."""
        try:
            return self.summarise(predictions, **settings)
        except BasstabError as error:
            return error


class NoTabError(InputError):
    """A text in which no tab is recognised."""


def read_tab(tab: str, name: str) -> Tab:
    """Recognise a tab.

    Raises:
        NoTabError: text without one.
    """
    try:
        return text.parse(tab.encode(), name)
    except InputError as error:
        raise NoTabError(str(error)) from error


def read_those(tabs: Sequence[str]) -> list[Tab]:
    """Recognise several tabs, without the texts that hold none."""
    found = []
    for number, tab in enumerate(tabs, start=1):
        with contextlib.suppress(NoTabError):  # told where it is measured
            found.append(read_tab(tab, f"tab {number}"))
    return found


def read_tabs(tabs: Sequence[str], name: str) -> list[Tab]:
    """Recognise several tabs, called by `name` and their numbers from 1."""
    return [read_tab(tab, f"{name} {number}") for number, tab in enumerate(tabs, start=1)]


def as_list(tabs: Any, name: str) -> list[str]:
    """One tab, or several, as a list.

    Raises:
        InputError: anything but text.
    """
    found = [tabs] if isinstance(tabs, str) or not isinstance(tabs, Iterable) else list(tabs)
    for number, tab in enumerate(found, start=1):
        if not isinstance(tab, str):
            raise InputError(f"{name} must be the text of tabs, but number {number} is {type(tab).__name__}")
    return found
