"""The trials of a search recorded in MLflow or trackio: a run each, under the run of the search.

Input: the trials that a `Listener` is told. Output: runs in a store, and `runs.json` in the search's folder, by which a
search that goes on finds them. The driver alone writes: workers may be on machines that do not see the store.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, WAITING, Trial, best
from basstab_hf.tracking.mlflow_store import Role
from basstab_hf.tracking.tracker import Tracker, open_run

#: {"format", "tracker", "search": id of its run, "trials": {number: {"id": of its run, "ended": bool}}}
_NOTES, _FORMAT = "runs.json", 1
_SOURCE = "basstab search"
_STATES = {FINISHED: "FINISHED", PRUNED: "FINISHED", FAILED: "FAILED"}
#: A store that took more than so many seconds for an answer is left alone for ten times as long: trials wait for it.
_PATIENCE = 5.0
_log = logging.getLogger(__name__)


class TrackedTrials:
    """A `Listener` that records what it is told.

    Once the search has begun, a store that fails costs records, never the search: this is told. A search that goes on
    tells all its trials again, and no step is recorded twice.
    """

    def __init__(
        self,
        tracker: str,
        out: Path,
        settings: Mapping[str, Any],
        facts: Mapping[str, Any],
        configuration: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        """Nothing is opened yet.

        Args:
            tracker: "mlflow", "trackio" or "none"; runs that `out` knows go on where they began, whatever it says.
            out: folder of the search, which names its run.
            settings: what the search is.
            facts: what all its trials have in common (the dataset, versions), as `train` tells a tracker.
            configuration: from the parameters of a trial to all settings of its training.
        """
        self._tracker, self._out, self._settings, self._facts = tracker, out, settings, facts
        self._configuration = configuration
        self._search: Tracker | None = None
        self._notes: dict[str, Any] = {}
        self._open: dict[int, Tracker] = {}
        self._trials: dict[int, Trial] = {}
        self._behind: dict[int, Trial] = {}
        #: By the number of ended trials: bits per column of the best.
        self._curve: dict[int, dict[str, float]] = {}
        self._not_before = 0.0
        self._warned = False

    def begin(self) -> None:
        """Open the run of the search: to be called before the work, so that a store that takes no runs costs nothing.

        Raises:
            InputError: the store cannot be opened, or does not have the run to go on with.
            MissingExtraError: the tracker is not installed.
            OutputError: `out` cannot be written.
        """
        if self._search is not None:
            return
        notes = _read(self._out / _NOTES) or {"format": _FORMAT, "tracker": self._tracker, "trials": {}}
        parameters = {"search": self._settings, **self._facts}
        role = Role(_SOURCE, counted="trials")
        search = open_run(notes["tracker"], str(self._out), parameters, notes.get("search"), role)
        self._notes, self._search = notes | {"search": search.note().get("id")}, search
        self._write()

    def changed(self, trial: Trial) -> None:
        """Record what is new of a trial, and the best of those that ended."""
        self._trials[trial.number] = self._behind[trial.number] = trial
        winner = best(self._trials.values())
        if trial.has_ended and winner is not None and winner.bits_per_column is not None:
            self._curve[self._ended()] = {"best_bits_per_column": winner.bits_per_column}
        if time.monotonic() >= self._not_before:
            began = time.monotonic()
            self._catch_up(began + _PATIENCE)
            took = time.monotonic() - began
            self._not_before = began + 11 * took if took > _PATIENCE else 0.0

    def keep(self, model: Path, figures: Mapping[str, float]) -> None:
        """Add the finished model folder of the best trial, with its figures as `train` names them, and register it."""
        self._catch_up()
        if self._search is not None:
            self._search.keep(model, figures, self._ended())

    def close(self, state: str) -> None:
        """End all runs: that of the search as it ended, those of trials that did not end as killed."""
        self._catch_up()
        for run in self._open.values():
            run.end("KILLED")
        self._open = {}
        if self._search is not None:
            winner = best(self._trials.values())
            self._search.end(state.upper(), {"best_trial": str(winner.number)} if winner else {})
            self._search = None

    def _ended(self) -> int:
        return sum(trial.has_ended for trial in self._trials.values())

    def _catch_up(self, until: float = float("inf")) -> None:
        """Record what was told and is not recorded; what a store refuses is tried again with the next news."""
        for trial in list(self._behind.values()):
            if time.monotonic() > until:
                return
            try:
                self._record(trial)
                del self._behind[trial.number]
            except BasstabError as error:
                if not self._warned:
                    _log.warning("trial %d is not recorded: %s: the search goes on", trial.number, error)
                self._warned = True
        if self._search is not None:
            self._search.log_all(self._curve)

    def _record(self, trial: Trial) -> None:
        self.begin()
        ended_before = self._notes["trials"].get(str(trial.number), {}).get("ended", False)
        idle = trial.state == WAITING and trial.number not in self._open
        if idle or (ended_before and trial.has_ended):
            return
        run = self._run(trial)
        self._note(trial.number, run, ended=False)
        run.log_all(_figures(trial))
        if trial.has_ended:
            run.end(_STATES[trial.state], _tags(trial))
            del self._open[trial.number]
            self._note(trial.number, run, ended=True)

    def _run(self, trial: Trial) -> Tracker:
        """The run of a trial: open, noted by an earlier process, or new."""
        if trial.number not in self._open:
            noted = self._notes["trials"].get(str(trial.number), {}).get("id")
            parameters: dict[str, Any] = dict(self._facts)
            if self._configuration is not None:
                parameters |= self._configuration(trial.parameters)
            parameters |= trial.parameters
            role = Role(_SOURCE, parent=self._notes["search"] or "")
            self._open[trial.number] = open_run(
                self._notes["tracker"], f"trial {trial.number}", parameters, noted, role
            )
        return self._open[trial.number]

    def _note(self, number: int, run: Tracker, *, ended: bool) -> None:
        note = {"id": run.note().get("id"), "ended": ended}
        if self._notes["trials"].get(str(number)) != note:
            self._notes["trials"][str(number)] = note
            self._write()

    def _write(self) -> None:
        if self._notes["search"]:
            files.write_text(self._out / _NOTES, json.dumps(self._notes, indent=1) + "\n", force=True)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        notes: dict[str, Any] = json.loads(files.read_bytes(path))
        if notes["format"] != _FORMAT or not {"tracker", "search", "trials"} <= notes.keys():
            raise ValueError(f"its format is {notes['format']}")
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no note of runs ({error}): remove it, and the search is recorded anew") from error
    return notes


def _figures(trial: Trial) -> dict[int, dict[str, float]]:
    """Figures of all evaluations by step, under the names of `column_trainer` as far as it has them."""
    figures, lowest = {}, float("inf")
    for evaluation in trial.evaluations:
        lowest = min(lowest, evaluation.bits_per_column)
        figures[evaluation.step] = {
            "eval_validation_bits_per_column": evaluation.bits_per_column,
            "eval_train_bits_per_column": evaluation.train_bits_per_column,
            "best_bits_per_column": lowest,
            "columns_per_second": evaluation.columns_per_second,
            "cpu_seconds": evaluation.cpu_seconds,
            "seconds": evaluation.seconds,
        }
    return figures


def _tags(trial: Trial) -> dict[str, str]:
    """How a trial ended."""
    tags = {"restarts": str(trial.restarts or ""), "node": trial.node}
    tags["pruned" if trial.state == PRUNED else "reason"] = trial.reason or ("yes" if trial.state == PRUNED else "")
    return {name: value for name, value in tags.items() if value}
