"""Which parameters decided: PED-ANOVA as optuna computes it (https://arxiv.org/abs/2304.10255), beside chance.

Input: trials and their scales. Output: each parameter's share of importance, and what chance alone would give it.

PED-ANOVA asks how differently a parameter is spread among the best trials and among all that were tried. fANOVA would
need scikit-learn, and values that compare; here only who is among the best counts, so that pruned trials take part:
they rank behind all finished ones, whatever they paid after fewer steps. Failed ones are left out.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import MissingExtraError
from basstab_hf.search.results import shown
from basstab_hf.search.scales import Scale
from basstab_hf.search.trials import FINISHED, PRUNED, Trial, plain

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

MIN_TRIALS, MIN_FINISHED = 8, 2
#: Where two of six parameters decide, the first was found in 50 % of 60 invented searches of 12 trials, in 82 % of 20.
TELLING_TRIALS = 20
#: The best trials, at most as many as finished. With a tenth, optuna's default, the first was found in 50 % of 20.
_TOP_SHARE = 1 / 3
_SHUFFLES = 100
_CHANCE = 0.95


@dataclass(frozen=True, slots=True)
class Importance:
    """A parameter's `share` of the importance of all, 0 to 1.

    If it did not matter, its share would be below `chance` in 95 searches of 100.
    """

    scale: Scale
    share: float
    chance: float


def importances(trials: Sequence[Trial], scales: Sequence[Scale]) -> list[Importance]:
    """The most important first; none for fewer than 8 trials that finished or were pruned, or 2 that finished.

    `chance` is the 95 % quantile over 100 shuffles of the results among the trials; the same trials give the same.

    Raises:
        MissingExtraError: optuna is not installed.
    """
    compared = [trial for trial in trials if trial.state in (FINISHED, PRUNED) and trial.bits_per_column is not None]
    finished = [trial for trial in compared if trial.state == FINISHED]
    if len(compared) < MIN_TRIALS or len(finished) < MIN_FINISHED or not scales:
        return []
    costs = [trial.bits_per_column if trial.state == FINISHED else None for trial in compared]
    behind = 1 + max(cost for cost in costs if cost is not None)
    values = [behind if cost is None else cost for cost in costs]
    shares, *shuffled = _ped_anova(compared, scales, [values, *_shuffles(values)], len(finished) / len(compared))
    total = sum(shares.values()) or 1.0
    every = [
        Importance(scale, shares.get(scale.name, 0.0) / total, _quantile(shuffled, scale.name) / total)
        for scale in scales
    ]
    return sorted(every, key=lambda one: -one.share)


def _shuffles(values: list[float]) -> list[list[float]]:
    draw = random.Random(0)  # noqa: S311
    return [draw.sample(values, len(values)) for _ in range(_SHUFFLES)]


def _quantile(shuffled: list[dict[str, float]], name: str) -> float:
    return sorted(importance.get(name, 0.0) for importance in shuffled)[int(_CHANCE * len(shuffled))]


def _ped_anova(
    trials: Sequence[Trial], scales: Sequence[Scale], results: list[list[float]], most: float
) -> list[dict[str, float]]:
    """The importances by each of several `results` of the trials; at most the share `most` of them are the best."""
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("optuna", "search") from error
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would tell that a study in memory was created
    try:
        study = optuna.create_study()
    finally:
        optuna.logging.set_verbosity(verbosity)
    study.add_trials([_frozen(trial, scales) for trial in trials])
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=min(_TOP_SHARE, most))
    with warnings.catch_warnings():
        # That low results are the good ones, as is meant, and that only one trial lacks a parameter.
        warnings.simplefilter("ignore")
        return [evaluator.evaluate(study, target=partial(_result, values)) for values in results]


def _result(results: list[float], trial: FrozenTrial) -> float:
    return results[trial.number]


def _frozen(trial: Trial, scales: Sequence[Scale]) -> FrozenTrial:
    from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
    from optuna.trial import create_trial

    values: dict[str, Any] = {}
    distributions: dict[str, BaseDistribution] = {}
    for scale in scales:
        value = plain(trial.parameters.get(scale.name))
        if value is None:
            continue
        if scale.categories:
            values[scale.name], distributions[scale.name] = shown(value), CategoricalDistribution(scale.categories)
        else:
            ends = scale.numbers[0], scale.numbers[-1]
            values[scale.name], distributions[scale.name] = float(value), FloatDistribution(*ends, log=scale.log)
    return create_trial(params=values, distributions=distributions, value=0.0)  # results are handed over apart
