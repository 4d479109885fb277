"""What a search may choose: parameters with their ranges, and how chosen values become a training configuration.

Input: the mapping `space` of a search file. Output: `Parameter`s, domains of Ray Tune, a `TrainConfig`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.settings import number
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.ranges import Range, shown

_KINDS = ("integer", "number", "choice")
#: Bounds within which floats know every whole number.
_MOST = Range(-(2**53), 2**53)
_WIDTH, _HEADS = ("model", "n_embd"), ("model", "n_head")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing to choose: a value between two bounds, both included, or one of several.

    `sets` are the settings of a training configuration that get the value, such as "model.n_layer".

    Raises:
        InputError: bounds that are none.
    """

    name: str
    kind: str
    values: tuple[Any, ...]
    log: bool = False
    step: float | None = None
    sets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "choice":
            if not self.values or self.log or self.step:
                raise InputError(f"space: {self.name} needs a list of what to choose from, and neither log nor step")
            return
        wanted = int if self.kind == "integer" else (int, float)
        if len(self.values) != 2 or any(isinstance(v, bool) or not isinstance(v, wanted) for v in self.values):
            raise InputError(f"space: {self.name} needs {self.kind}: [lowest, highest], not {list(self.values)}")
        low, high = self.values
        if not all(_MOST.holds(value) for value in self.values):
            raise InputError(f"space: {self.name}: {shown(low)} to {shown(high)}: choose bounds up to {_MOST.high:,}")
        if not low < high or (self.log and low <= 0):
            above = " above 0" if self.log else ""
            raise InputError(f"space: {self.name}: {low} to {high} is no range{above}: the lowest value stands first")
        if self.step is None:
            return
        is_step = Range(0, high - low, open_low=True, whole=self.kind == "integer").holds(self.step)
        if not is_step or self.log:
            raise InputError(f"space: {self.name}: step {shown(self.step)} does not fit {low} to {high} without log")

    @classmethod
    def parse(cls, name: str, about: Any) -> Parameter:
        """Read {"integer": [2, 8]}, {"number": [1e-4, 1e-2], "log": true} or {"choice": ["column", "note"]}.

        Raises:
            InputError: anything else.
        """
        if not isinstance(about, dict) or len(kinds := set(about) & set(_KINDS)) != 1:
            raise InputError(f"space: {name} must say one of {', '.join(_KINDS)}, as {name}: {{integer: [2, 8]}} does")
        if "/" in name:
            raise InputError(f"space: {name!r}: a name without / is needed")
        kind = kinds.pop()
        if unknown := sorted(set(about) - {kind, "log", "step", "sets"}):
            raise InputError(f"space: {name}: {unknown[0]!r} is none of {kind}, log, step, sets")
        values = about[kind]
        if not isinstance(values, list):
            raise InputError(f"space: {name}: {kind} takes a list, not {values!r}")
        sets = about.get("sets", name)
        sets = (sets,) if isinstance(sets, str) else sets
        if not isinstance(sets, (list, tuple)) or not sets or not all(isinstance(one, str) and one for one in sets):
            raise InputError(f"space: {name}: sets {shown(about['sets'])}: name settings, such as model.n_layer")
        if not isinstance(log := about.get("log", False), bool):
            raise InputError(f"space: {name}: log {shown(log)}: choose true or false")
        return cls(
            name,
            kind,
            tuple(values if kind == "choice" else map(number, values)),
            log,
            number(about.get("step")),
            tuple(sets),
        )

    def domain(self) -> Any:
        """The same range for Ray Tune, which leaves out the upper bound of integers unless they have a step."""
        from ray import tune

        if self.kind == "choice":
            return tune.choice(list(self.values))
        low, high = self.values
        if self.kind == "integer":
            if self.step:
                return tune.qrandint(low, high, int(self.step))
            return (tune.lograndint if self.log else tune.randint)(low, high + 1)
        if self.step:
            return tune.quniform(low, high, self.step)
        return (tune.loguniform if self.log else tune.uniform)(low, high)

    def drawn(self, chance: random.Random) -> Any:
        """A value by chance, whatever `log` and `step` say: to find values that do not go together."""
        if self.kind == "choice":
            return chance.choice(self.values)
        return chance.randint(*self.values) if self.kind == "integer" else chance.uniform(*self.values)

    def clamped(self, value: Any) -> Any:
        """The nearest value that may be chosen: population based training multiplies beyond the bounds."""
        if self.kind == "choice":
            return value
        low, high = self.values
        return min(max(value, low), high)


def parse_space(space: Any) -> tuple[Parameter, ...]:
    """The parameters of a search file.

    Raises:
        InputError: no mapping of names to ranges, or two that set the same.
    """
    if not isinstance(space, dict) or not space:
        raise InputError("space must map names to ranges, as model.n_layer: {integer: [2, 8]} does")
    parameters = tuple(Parameter.parse(str(name), about) for name, about in space.items())
    targets = [target for parameter in parameters for target in parameter.sets]
    if twice := sorted({target for target in targets if targets.count(target) > 1}):
        raise InputError(f"space: {twice[0]} is set by two parameters: leave one of them out")
    return parameters


def configured(base: TrainConfig, parameters: Sequence[Parameter], chosen: Mapping[str, Any]) -> TrainConfig:
    """The training configuration with chosen values; its width is the multiple of its heads nearest to the one chosen.

    Raises:
        InputError: a setting that does not exist, or values that do not go together.
    """
    values = asdict(base)
    for parameter in parameters:
        for target in parameter.sets:
            *groups, name = target.split(".")
            holder = values
            for group in groups:
                holder = holder.get(group, {})
                if not isinstance(holder, dict):
                    raise InputError(f"space: {target} is no setting of a training")
            holder[name] = chosen[parameter.name]
    _make_divisible(values["model"], parameters)
    return TrainConfig.from_dict(values, source="space")


def _make_divisible(model: dict[str, Any], parameters: Sequence[Parameter]) -> None:
    """Make the width one that the heads divide, within the bounds of its range if any such is there."""
    if not {".".join(_WIDTH), ".".join(_HEADS)} & {target for parameter in parameters for target in parameter.sets}:
        return
    heads, width = model.get(_HEADS[1]), model.get(_WIDTH[1])
    if not isinstance(heads, int) or not isinstance(width, int):
        raise InputError("space: model.n_head and model.n_embd must both be there, in `train` or in `space`")
    ranges = [p.values for p in parameters if ".".join(_WIDTH) in p.sets and p.kind == "integer"]
    low, high = ranges[0] if ranges else (1, math.inf)
    below = width // heads * heads
    multiples = [multiple for multiple in (below, below + heads) if multiple > 0]
    within = [multiple for multiple in multiples if low <= multiple <= high]
    model[_WIDTH[1]] = min(within or multiples, key=lambda multiple: abs(multiple - width))
