"""From Ray Tune's trials to ours, and the news of them to whoever listens.

Input: the list of trials that Ray Tune shows its callbacks. Output: `Trial`s, told to listeners when they change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from ray.tune import Callback

from basstab_hf.search.trial import COMPLETE, EVALUATIONS, STEPS
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Evaluation, Listener, Trial, plain

_STATES = {"PENDING": WAITING, "PAUSED": WAITING, "RUNNING": RUNNING, "ERROR": FAILED}
_ERROR = re.compile(r"^(?:[\w.]+\.)?(\w*(?:Error|Exception))(?:\([\w.]*\))?: (.+)$", re.MULTILINE)
_NOT_SHARED = "Unable to set up cluster storage"
_OURS = ("TrainingError", "InputError", "OutputError", "TabError", "TuningError")


def as_trials(trials: Sequence[Any]) -> list[Trial]:
    """All trials of Ray Tune as ours, by their numbers.

    Ray's tags begin with them, from 0 or from 1. The order of its list is another one after a resume.
    """
    tags = {trial.trial_id: int(str(trial.experiment_tag).partition("_")[0]) for trial in trials}
    first = min(tags.values(), default=0)
    return sorted(
        (as_trial(tags[trial.trial_id] - first + 1, trial) for trial in trials), key=lambda trial: trial.number
    )


def as_trial(number: int, trial: Any) -> Trial:
    """A trial of Ray Tune as ours."""
    last = trial.last_result or {}
    evaluations = tuple(Evaluation(**entry) for entry in last.get(EVALUATIONS, ()))
    state, reason = _STATES.get(trial.status, PRUNED), ""
    if trial.status == "TERMINATED" and last.get(COMPLETE):
        state = FINISHED
    elif state == PRUNED:
        reason = f"stopped after {len(evaluations)} evaluations: others had paid less by then"
    elif state == FAILED:
        reason = _reason(trial, trial.num_failures)
    return Trial(
        number=number,
        id=trial.trial_id,
        state=state,
        parameters={name: plain(value) for name, value in trial.config.items()},
        evaluations=evaluations,
        steps=last.get(STEPS, 0),
        reason=reason,
        restarts=trial.num_failures - (state == FAILED),
        node=str(last.get("hostname", "")),
    )


#: Who listens to the search of this process: Ray Tune pickles its callbacks, and a resumed search has old copies.
_LISTENERS: list[Listener] = []


@contextmanager
def listening(listeners: Sequence[Listener]) -> Iterator[None]:
    """Tell these listeners of the search that runs in this block."""
    _LISTENERS.extend(listeners)
    try:
        yield
    finally:
        _LISTENERS.clear()


class Watcher(Callback):  # type: ignore[misc]  # Ray is untyped here
    """Tells who listens of every trial that is not what it was at the last step of the search."""

    def __init__(self) -> None:
        self._told: dict[int, Trial] = {}

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Look at all trials."""
        for now in as_trials(trials):
            if now != self._told.get(now.number):
                self._told[now.number] = now
                for listener in _LISTENERS:
                    listener.changed(now)


@lru_cache(maxsize=1024)
def _reason(trial: Any, failures: int) -> str:
    """The error that a trial ended with, in one line; it lies at the storage place, also after a resume."""
    error = trial.get_error()
    text = str(error) if error else ""
    if _NOT_SHARED in text:
        return "its node does not find the storage place: give --storage a path or URL that all nodes share"
    if errors := _ERROR.findall(text):
        name, message = errors[-1]
        return message if name in _OURS else f"{name}: {message}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it failed, and Ray kept no error"
