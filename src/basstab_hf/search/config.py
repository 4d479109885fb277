"""Configuration of a search: dataclass -> YAML -> single settings of the command line."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.search.space import Parameter, configured, parse_space
from basstab_hf.settings import named, read_yaml
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.ranges import COUNT, SEED, Range, check, shown

SEARCHERS = ("hyperopt", "optuna", "random")
SCHEDULERS = ("asha", "pbt", "none")
#: What population based training may change in the middle of a training: nothing that shapes weights, tokens, batches
#: or the length of the training.
CHANGEABLE = (
    *("training.learning_rate", "training.weight_decay", "training.max_grad_norm"),
    *("model.resid_pdrop", "model.embd_pdrop", "model.attn_pdrop"),
    *("transposed", "relabelled"),
)
#: What the budget of a search decides for each trial.
_BUDGETED = (
    *("max_steps", "num_train_epochs", "eval_steps", "save_steps", "logging_steps", "eval_delay", "save_total_limit"),
    *("eval_strategy", "save_strategy", "logging_strategy", "load_best_model_at_end", "save_only_model"),
)
#: Random choices of a space that are tried before a search begins, to find values that do not go together.
_TRIED = 64


@dataclass(frozen=True, slots=True)
class Budget:
    """What every trial may spend, in CPU seconds or in steps, and how often it is evaluated on the way.

    Attributes:
        cpu_seconds: of the training steps alone; on a GPU they are seconds by the clock. They become steps before a
            trial begins (see `budget`), so that its training can be repeated exactly.
        steps: of the training, in place of seconds.
        evaluations: how often a trial is evaluated, and writes a checkpoint.

    Raises:
        InputError: neither of seconds and steps or both, or what is no number above 0.
    """

    cpu_seconds: float | None = None
    steps: int | None = None
    evaluations: int = 4

    def __post_init__(self) -> None:
        if (self.cpu_seconds is None) == (self.steps is None):
            raise InputError("budget needs either cpu_seconds or steps")
        for name, value in asdict(self).items():
            whole = name != "cpu_seconds"
            if (value is not None or name == "evaluations") and not Range(
                0, COUNT.high, open_low=True, whole=whole
            ).holds(value):
                raise InputError(f"budget.{name} {shown(value)} is no {'whole ' if whole else ''}number above 0")
        if self.steps is not None and self.steps < self.evaluations:
            raise InputError(f"budget.steps {self.steps} are fewer than budget.evaluations {self.evaluations}")


@dataclass(frozen=True, slots=True)
class Scheduling:
    """What ends or changes trials early.

    `asha` stops trials that are not among the best 1 / `reduction` after `grace` evaluations, after `reduction` times
    as many, and so on (arXiv:1810.05934). `pbt` gives weights and settings of the best trials to the worst after each
    evaluation, and changes the parameters named in `mutate` (arXiv:1711.09846). `none` lets all go on to their end.

    Raises:
        InputError: a kind or a number that does not exist.
    """

    kind: str = "asha"
    grace: int = 1
    reduction: int = 2
    mutate: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.kind not in SCHEDULERS:
            raise InputError(f"scheduler.kind {self.kind!r}: choose one of {', '.join(SCHEDULERS)}")
        if not isinstance(self.mutate, list) or not all(isinstance(name, str) for name in self.mutate):
            raise InputError(f"scheduler.mutate {shown(self.mutate)}: choose a list of parameters")
        if type(self.grace) is not int or self.grace < 1 or type(self.reduction) is not int or self.reduction < 2:
            raise InputError("scheduler: grace is a whole number from 1, reduction one from 2")
        if bool(self.mutate) != (self.kind == "pbt"):
            raise InputError("scheduler: pbt needs mutate, a list of parameters; the others have no use for it")


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """One search: many trainings, each with its own choice of values.

    Attributes:
        about: what the search is for; nothing depends on it.
        train: the training configuration of all trials, as in `TrainConfig`.
        space: what is chosen for each trial, and put over `train` (see `space`).
        trials: how many trainings are begun.
        budget: what each may spend.
        searcher: what chooses the values: "hyperopt" and "optuna" look at how earlier trials came out, "random" does
            not.
        scheduler: what ends or changes trials early.
        parallel: how many trials run at a time; 0: as many as the cluster has room for.
        cpus_per_trial: processors for each.
        gpus_per_trial: GPUs for each, such as 0.5; None: an equal share of those that there are.
        retries: how often a trial that fails goes on from its last checkpoint.
        seed: decides which values are tried; trainings have `train.training.seed`.

    Raises:
        InputError: values that do not exist or do not go together.
    """

    about: str = ""
    train: dict[str, Any] = field(default_factory=dict)
    space: dict[str, Any] = field(default_factory=dict)
    trials: int = 12
    budget: Budget = field(default_factory=lambda: Budget(cpu_seconds=40))
    searcher: str = "hyperopt"
    scheduler: Scheduling = field(default_factory=Scheduling)
    parallel: int = 0
    cpus_per_trial: int = 1
    gpus_per_trial: float | None = None
    retries: int = 1
    seed: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.about, str):
            raise InputError(f"about {shown(self.about)}: it takes a text")
        for name, least in {"trials": 1, "parallel": 0, "cpus_per_trial": 1, "retries": 0}.items():
            check(name, getattr(self, name), Range(least, 100_000, whole=True))
        check("seed", self.seed, SEED)
        check("gpus_per_trial", self.gpus_per_trial, Range(0, 100_000, optional=True))
        if self.searcher not in SEARCHERS:
            raise InputError(f"searcher {shown(self.searcher)}: choose one of {', '.join(SEARCHERS)}")
        self._check_budgeted()
        if self.scheduler.kind == "pbt":
            self._check_population()
        self._try_choices()

    @classmethod
    def read(cls, path: str | os.PathLike[str], settings: Sequence[str] = ()) -> SearchConfig:
        """Read a YAML file; `settings` such as "trials=4" change single values.

        Raises:
            InputError: no such file, no YAML, or what a search does not have.
        """
        return cls.from_dict(read_yaml(path), settings, source=str(path))

    @classmethod
    def from_dict(cls, values: Any, settings: Sequence[str] = (), source: str = "search") -> SearchConfig:
        """Build from a mapping as YAML gives it, with `settings` put over it."""
        values = named(values, settings, cls.__dataclass_fields__, source)
        try:
            for name, group in (("budget", Budget), ("scheduler", Scheduling)):
                if name in values:
                    values[name] = group(**named(values[name], (), group.__dataclass_fields__, name))
            return cls(**values)
        except InputError as error:
            raise InputError(f"{source}: {error}") from error

    @classmethod
    def small(cls, settings: Sequence[str] = ()) -> SearchConfig:
        """What configs/search/small.yaml says: the search of a command line that names none."""
        return cls.from_dict(read_yaml(Path(__file__).with_name("small.yaml")), settings, source="the small preset")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What is searched."""
        return parse_space(self.space)

    def configured(self, chosen: Mapping[str, Any], steps: int) -> TrainConfig:
        """The training of a trial with the `chosen` values, of `steps` steps or the few fewer that evaluations divide.

        It is evaluated, and writes a checkpoint, as often as the budget says.
        """
        config = configured(TrainConfig.from_dict(self.train, source="train"), self.parameters, chosen)
        every = max(1, steps // self.budget.evaluations)
        rhythm = {"eval_steps": every, "save_steps": every, "logging_steps": every}
        training = config.training | {"max_steps": every * self.budget.evaluations, **rhythm}
        return replace(config, training=training)

    def corners(self) -> list[dict[str, Any]]:
        """Choices of values that together have every bound of every range, and everything that is chosen among."""
        usual = {parameter.name: parameter.values[0] for parameter in self.parameters}
        return [usual | {parameter.name: value} for parameter in self.parameters for value in parameter.values]

    def _check_budgeted(self) -> None:
        """Refuse what the budget would overrule, and nobody would hear of it."""
        training = self.train.get("training") if isinstance(self.train, dict) else None
        named = [f"training.{name}" for name in (training if isinstance(training, dict) else ())]
        targets = [target for parameter in self.parameters for target in parameter.sets]
        if overruled := sorted({f"training.{name}" for name in _BUDGETED} & {*named, *targets}):
            raise InputError(f"{overruled[0]} is what the budget decides: leave it out")

    def _check_population(self) -> None:
        if self.searcher != "random":
            raise InputError("scheduler pbt chooses by itself what to try next: set searcher to random")
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in self.scheduler.mutate:
            if name not in known:
                raise InputError(f"scheduler.mutate: {name!r} is none of the space: {', '.join(known)}")
            if fixed := sorted(set(known[name].sets) - set(CHANGEABLE)):
                raise InputError(f"scheduler.mutate: {fixed[0]} cannot change in the middle of a training")

    def _try_choices(self) -> None:
        """Refuse a space with values that do not go together before a day is spent on it."""
        chance = random.Random(self.seed)  # noqa: S311  # no secret
        drawn = [{parameter.name: parameter.drawn(chance) for parameter in self.parameters} for _ in range(_TRIED)]
        for chosen in (*self.corners(), *drawn):
            self.configured(chosen, steps=1)
