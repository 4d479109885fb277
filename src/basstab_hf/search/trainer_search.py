"""A search file for users of transformers: what `Trainer.hyperparameter_search(backend="ray")` takes.

Input: a `SearchConfig`, a tokenizer. Output: a function that makes models, and the arguments of the search.
Architecture, optimiser and schedule can be searched so; what changes tokens or data is for `basstab search`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import InputError
from basstab_hf.model.gpt2 import new_model
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.space import Parameter
from basstab_hf.search.tuner import scheduler, searcher
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel

_TRAINING = "training."
#: What is minimised, the first that an evaluation gives: bits per column from our trainers, nats per token from others.
_OBJECTIVES = ("eval_validation_bits_per_column", "eval_loss")


@dataclass(frozen=True, slots=True)
class TrainerSearch:
    """What a `Trainer` is made and searched with: `Trainer(model_init=...)`, `hyperparameter_search(**arguments())`."""

    config: SearchConfig
    tokenizer: BassTabTokenizer

    def model_init(self, chosen: Mapping[str, Any] | None = None) -> GPT2LMHeadModel:
        """A new model with the values of a trial; outside of a trial, with the first value of each range."""
        values = {}
        for parameter in self.config.parameters:
            values[parameter.name] = (chosen or {}).get(_name(parameter), parameter.values[0])
        return new_model(self.config.configured(values, steps=1).model, self.tokenizer)

    def arguments(self) -> dict[str, Any]:
        """The arguments of `hyperparameter_search`, which hands most of them to Ray Tune."""
        return {
            "backend": "ray",
            "hp_space": self._space,
            "compute_objective": objective,
            "n_trials": self.config.trials,
            "direction": "minimize",
            "metric": "objective",
            "mode": "min",
            "search_alg": searcher(self.config),
            "scheduler": scheduler(self.config),
            "max_concurrent_trials": self.config.parallel or None,
            "resources_per_trial": {"cpu": self.config.cpus_per_trial, "gpu": self.config.gpus_per_trial or 0},
            "reuse_actors": True,
            "max_failures": self.config.retries,
        }

    def _space(self, trial: Any) -> dict[str, Any]:
        return {_name(parameter): parameter.domain() for parameter in self.config.parameters}


def trainer_search(config: SearchConfig | str | os.PathLike[str], tokenizer: BassTabTokenizer) -> TrainerSearch:
    """A search file as a `Trainer` takes it; its budget is that of the Trainer's own arguments.

    Raises:
        InputError: a parameter that no Trainer can search, since its tokens and data are given.
    """
    config = config if isinstance(config, SearchConfig) else SearchConfig.read(config)
    for parameter in config.parameters:
        others = [target for target in parameter.sets if not target.startswith((_TRAINING, "model."))]
        if others or sum(target.startswith(_TRAINING) for target in parameter.sets) > 1:
            raise InputError(f"space: {parameter.name} cannot be searched by a Trainer: use `basstab search`")
    return TrainerSearch(config, tokenizer)


def objective(metrics: Mapping[str, float]) -> float:
    """The figure of an evaluation that the search makes small.

    Raises:
        InputError: the evaluation has none of the figures that can be used.
    """
    for name in _OBJECTIVES:
        if name in metrics:
            return metrics[name]
    raise InputError(f"the evaluation gave none of {', '.join(_OBJECTIVES)}: give the Trainer an eval_dataset")


def _name(parameter: Parameter) -> str:
    """The Trainer takes what has the name of a field of its arguments, and hands all to `model_init`."""
    names = [target.removeprefix(_TRAINING) for target in parameter.sets if target.startswith(_TRAINING)]
    return names[0] if names else parameter.name
