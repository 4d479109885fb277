"""Run a search with Ray Tune: begin it or go on with it, and hand over what its trials came to.

Input: a connected Ray, a dataset, a `SearchConfig`, a storage place. Output: the trials and their last checkpoints.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.storage import EXPERIMENT, Storage
from basstab_hf.search.trial import METRIC, run_trial
from basstab_hf.search.trials import Listener, Trial
from basstab_hf.search.watcher import Watcher, as_trials, listening

#: This share of the trials TPE chooses by chance, before it looks at how others came out; at most its usual number.
_CHANCE_SHARE, _USUAL_CHANCE = 3, 20
#: Checkpoints of a trial: the state on disk may know the last but one only, and others of a population go on from ours.
_KEPT = {"asha": 2, "none": 2, "pbt": 4}
#: What Ray reads from the environment of the driver; users' own values go before.
_ENVIRONMENT = {
    "TUNE_GLOBAL_CHECKPOINT_S": "0.5",  # between saves of the search's state: after a kill they are done again
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    "RAY_AIR_NEW_OUTPUT": "0",  # the older reporter can be silenced
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search came to: its trials in the order of their suggestion, and the last checkpoint of each by its id."""

    trials: tuple[Trial, ...]
    checkpoints: Mapping[str, Any]


def run_search(
    ray: Any, dataset: str, config: SearchConfig, storage: Storage, listeners: Sequence[Listener], *, resume: bool
) -> Outcome:
    """Run all trials, or those left of the unfinished search whose files lie at `storage`.

    Raises:
        InputError: the cluster has no room for one trial.
        KeyboardInterrupt: the search was interrupted; its state is saved.
    """
    from ray import tune

    room = Room.of(config, ray.cluster_resources())
    trainable = tune.with_resources(partial(run_trial, config=config, dataset=dataset), dict(room.resources))
    with _environment(room.trials), listening(listeners):
        if resume:
            tuner = tune.Tuner.restore(storage.experiment, trainable, storage_filesystem=storage.filesystem)
        else:
            tuner = tune.Tuner(
                trainable,
                param_space={parameter.name: parameter.domain() for parameter in config.parameters},
                tune_config=_tune_config(config, room),
                run_config=tune.RunConfig(
                    name=EXPERIMENT,
                    storage_path=storage.path,
                    storage_filesystem=storage.filesystem,
                    callbacks=[Watcher()],
                    failure_config=tune.FailureConfig(max_failures=config.retries),
                    checkpoint_config=tune.CheckpointConfig(num_to_keep=_KEPT[config.scheduler.kind]),
                    verbose=0,
                ),
            )
        tuner.fit()
        analysis = tune.ExperimentAnalysis(storage.experiment, storage_filesystem=storage.filesystem)
    trials = tuple(as_trials(analysis.trials))
    if len(trials) < config.trials or not all(trial.has_ended for trial in trials):
        raise KeyboardInterrupt
    return Outcome(trials, {trial.trial_id: trial.checkpoint for trial in analysis.trials})


@dataclass(frozen=True, slots=True)
class Room:
    """How many trials a cluster has room for at a time, and what each of them takes."""

    trials: int
    resources: Mapping[str, float]

    @classmethod
    def of(cls, config: SearchConfig, cluster: Mapping[str, float]) -> Room:
        """The room in a cluster with these resources.

        Raises:
            InputError: there is not even room for one trial.
        """
        cpus, gpus = cluster.get("CPU", 0), cluster.get("GPU", 0)
        if cpus < config.cpus_per_trial:
            raise InputError(f"cpus_per_trial {config.cpus_per_trial}: the Ray cluster has {cpus:g} processors")
        trials = min(config.trials, int(cpus // config.cpus_per_trial), config.parallel or config.trials)
        share = config.gpus_per_trial
        if share is None:
            share = min(1.0, gpus / trials)
        if share > gpus:
            raise InputError(f"gpus_per_trial {share:g}: the Ray cluster has {gpus:g} GPUs")
        trials = min(trials, int(gpus // share)) if share else trials
        return cls(trials, {"cpu": config.cpus_per_trial, **({"gpu": share} if share else {})})


def _tune_config(config: SearchConfig, room: Room) -> Any:
    from ray import tune

    if config.scheduler.kind == "pbt":
        random.seed(config.seed)  # it draws from the common one
    return tune.TuneConfig(
        metric=METRIC,
        mode="min",
        num_samples=config.trials,
        # No trial is suggested before there is room for it: the searcher shall know all that was paid by then. But of
        # a population all are there at once, and take turns.
        max_concurrent_trials=None if config.scheduler.kind == "pbt" else room.trials,
        reuse_actors=True,
        search_alg=searcher(config),
        scheduler=scheduler(config),
        trial_dirname_creator=_folder_name,
    )


def _folder_name(trial: Any) -> str:
    """The name of a trial's folder; that of Ray would hold chosen values, which may have what no path should."""
    return str(trial.trial_id)


def searcher(config: SearchConfig) -> Any:
    """What chooses the values of trials, for Ray Tune."""
    by_chance = min(_USUAL_CHANCE, max(2, config.trials // _CHANCE_SHARE))
    if config.searcher == "hyperopt":
        from ray.tune.search.hyperopt import HyperOptSearch

        return HyperOptSearch(n_initial_points=by_chance, random_state_seed=config.seed)
    if config.searcher == "optuna":
        import optuna
        from ray.tune.search.optuna import OptunaSearch

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        return OptunaSearch(sampler=optuna.samplers.TPESampler(seed=config.seed, n_startup_trials=by_chance))
    from ray.tune.search.basic_variant import BasicVariantGenerator

    return BasicVariantGenerator(random_state=config.seed)


def scheduler(config: SearchConfig) -> Any:
    """What ends or changes trials early, for Ray Tune."""
    from ray.tune import schedulers

    wanted, evaluations = config.scheduler, config.budget.evaluations
    if wanted.kind == "asha":
        # Behind the last evaluation: what comes there is finished, not stopped.
        last = evaluations + 1
        return schedulers.ASHAScheduler(
            "training_iteration", max_t=last, grace_period=min(wanted.grace, last), reduction_factor=wanted.reduction
        )
    if wanted.kind == "pbt":
        mutated = {parameter.name: parameter for parameter in config.parameters if parameter.name in wanted.mutate}
        return schedulers.PopulationBasedTraining(
            "training_iteration",
            perturbation_interval=1,
            hyperparam_mutations={
                name: list(parameter.values) if parameter.kind == "choice" else parameter.domain()
                for name, parameter in mutated.items()
            },
            custom_explore_fn=partial(_clamped, mutated),
        )
    return schedulers.FIFOScheduler()


def _clamped(parameters: Mapping[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    return chosen | {name: parameter.clamped(chosen[name]) for name, parameter in parameters.items()}


@contextmanager
def _environment(trials: int) -> Iterator[None]:
    """Set the environment variables that Ray reads, for as long as it runs; our listeners tell of trials, not Ray."""
    logger = logging.getLogger("ray.tune")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    # Workers for so many trials start at the same time; Ray would start one after the other.
    wanted = _ENVIRONMENT | {"TUNE_MAX_PENDING_TRIALS_PG": str(trials)}
    added = {name: value for name, value in wanted.items() if name not in os.environ}
    os.environ |= added
    try:
        yield
    finally:
        logger.setLevel(level)
        for name in added:
            os.environ.pop(name, None)
