"""Parameters as axes: where a value lies between the ends of its axis, and which ticks the axis has.

Input: trials. Output: a `Scale` for each parameter that differs between them.
"""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from basstab_hf.search.results import parameter_names, shown
from basstab_hf.search.trials import Trial, plain

#: Where trials without the parameter lie: below the axis.
ABSENT_PLACE = -0.12
#: Ticks nearer than this would write their labels over each other.
_TICK_DISTANCE = 0.055
#: Numbers as few as this are ticks themselves: 64, 128, 256 rather than 50, 100, 150.
_FEW = 6
_LABEL_WIDTH = 14


@dataclass(frozen=True, slots=True)
class Scale:
    """A parameter as an axis from 0 to 1: of `numbers` (sorted, different), or of `categories` where these are none.

    `label` is the name for people, in short lines; `absent`: whether some trials do not have the parameter.
    """

    name: str
    label: str
    numbers: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    log: bool = False
    absent: bool = False

    def place(self, trial: Trial) -> float:
        """The height of a trial on the axis, 0 to 1, or `ABSENT_PLACE`."""
        value = plain(trial.parameters.get(self.name))
        if value is None:
            return ABSENT_PLACE
        return self._share(value) if self.numbers else self.categories.index(shown(value)) / (len(self.categories) - 1)

    def ticks(self) -> list[tuple[float, str]]:
        """Heights on the axis, 0 to 1, and their labels, from the lowest."""
        if self.categories:
            places = [(index / (len(self.categories) - 1), name) for index, name in enumerate(self.categories)]
        else:
            places = [(self._share(number), in_short(number)) for number in self._round_numbers()]
        ticks = [(ABSENT_PLACE, "not set")] if self.absent else []
        for height, name in places:
            if not ticks or height - ticks[-1][0] >= _TICK_DISTANCE:
                ticks.append((height, _in_lines(name)))
        return ticks

    def _share(self, number: float) -> float:
        low, high = self.numbers[0], self.numbers[-1]
        if self.log:
            return math.log(number / low) / math.log(high / low)
        return (number - low) / (high - low)

    def _round_numbers(self) -> list[float]:
        from matplotlib.ticker import LogLocator, MaxNLocator

        low, high = self.numbers[0], self.numbers[-1]
        if len(self.numbers) <= _FEW:
            return list(self.numbers)
        whole = all(number == int(number) for number in self.numbers)
        locator = LogLocator(subs=(1, 2, 5)) if self.log else MaxNLocator(6, steps=[1, 2, 5, 10], integer=whole)
        return [float(number) for number in locator.tick_values(low, high) if low <= number <= high]


def scales(trials: Sequence[Trial], log: Collection[str] = ()) -> list[Scale]:
    """The axes of the parameters that have at least two values, in the order in which the search names them.

    `log` names those that were searched on a logarithmic scale.
    """
    every = [_scale(name, trials, name in log) for name in parameter_names(trials)]
    different = [scale for scale in every if len(scale.numbers or scale.categories) > 1]
    labels = _labels([scale.name for scale in different])
    return [replace(scale, label=labels[scale.name]) for scale in different]


def in_short(value: Any) -> str:
    """A parameter's value for people: numbers to three digits, a dash for none."""
    value = plain(value)
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{int(value)}" if value == int(value) and abs(value) < 1e6 else f"{value:.3g}"
    return shown(value)


def _scale(name: str, trials: Sequence[Trial], log: bool) -> Scale:
    values = [value for trial in trials if (value := plain(trial.parameters.get(name))) is not None]
    absent = len(values) < len(trials)
    if any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in values):
        return Scale(name, name, categories=tuple(sorted(set(map(shown, values)))), absent=absent)
    numbers = tuple(sorted(set(map(float, values))))
    return Scale(name, name, numbers=numbers, log=log and bool(numbers) and numbers[0] > 0, absent=absent)


def _labels(names: list[str]) -> dict[str, str]:
    """The last words of dotted names, where they are different."""
    ends = Counter(name.rpartition(".")[2] for name in names)
    words = {name: end if ends[end := name.rpartition(".")[2]] == 1 else name.replace(".", " ") for name in names}
    return {name: _in_lines(text) for name, text in words.items()}


def _in_lines(text: str) -> str:
    lines = textwrap.fill(text.replace("_", " "), _LABEL_WIDTH, max_lines=3, placeholder="…")
    return lines.replace("$", r"\$")  # between two of them matplotlib would read a formula
