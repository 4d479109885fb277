"""Training runs and searches in an MLflow store: a list, the best first, and what differs between some of them.

Input: a store. Output: `TrainingRun`s, and tables of them as the command line prints.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.printing import tables
from basstab_hf.tracking.mlflow_store import PROJECT, database_file, open_store, store_uri

#: Figures of a run to compare, those that there are.
_FIGURES = (
    *("validation_bits_per_column", "validation_bits_per_column_no_cache"),
    *("best_bits_per_column", "eval_validation_bits_per_column", "eval_train_bits_per_column", "bits_per_column"),
    *("eval_validation_loss", "eval_train_loss", "loss"),
    *("columns_per_second", "train_runtime", "steps"),
)
_SHORT_ID, _SHORT_VALUE, _WIDEST = 8, 7, 40


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One run: `state` is running, finished, pruned, failed or killed; `figures` are the last of each.

    `parent` is the id of the search whose trial it is, "" where it is none.
    """

    id: str
    name: str
    started: str
    state: str
    parameters: Mapping[str, str]
    figures: Mapping[str, float]
    parent: str = ""

    @property
    def bits_per_column(self) -> float | None:
        """Of the finished model; else of a search's best trial, or of a training's last evaluation."""
        names = ("validation_bits_per_column", "best_bits_per_column", "eval_validation_bits_per_column")
        return next((self.figures[name] for name in names if name in self.figures), None)

    def as_dict(self) -> dict[str, Any]:
        """The run as `--json` prints it."""
        return {**asdict(self), "bits_per_column": self.bits_per_column}


def list_runs(store: str | None = None) -> list[TrainingRun]:
    """Runs of a store, those with the fewest bits per column first, those without a figure last.

    Args:
        store: a URI, a database file, or its folder; else where `basstab train --track mlflow` would write.

    Raises:
        InputError: no store there, or one that cannot be opened.
    """
    uri = store_uri(store)
    if uri.startswith("sqlite:") and not (file := database_file(uri)).is_file():
        raise InputError(f"no runs: there is no {file}; train with --track mlflow, or name its --store")
    client = open_store(uri)
    experiment = client.get_experiment_by_name(PROJECT)
    if experiment is None:
        return []
    runs, page = [], None
    while page != "":
        batch = client.search_runs([experiment.experiment_id], page_token=page)
        runs += [_run(run) for run in batch]
        page = batch.token or ""
    infinity = float("inf")
    return sorted(runs, key=lambda run: infinity if run.bits_per_column is None else run.bits_per_column)


def choose(runs: Sequence[TrainingRun], ids: Iterable[str]) -> list[TrainingRun]:
    """The runs whose ids begin with these letters, in this order.

    Raises:
        InputError: one is the beginning of no run's id, or of several.
    """
    chosen = []
    for begun in ids:
        matching = [run for run in runs if run.id.startswith(begun)]
        if len(matching) != 1:
            what = "no run" if not matching else f"{len(matching)} runs: give more of it"
            raise InputError(f"--compare {begun}: that is {what}; `basstab runs` lists them")
        chosen += matching
    return chosen


def table(runs: Sequence[TrainingRun], *, trials: bool = False) -> str:
    """Runs as a table, one in each line; with `trials`, those of a search below it, else only their number."""
    head = ("run", "name", "started (UTC)", "state", "steps", "bits/column", "dataset", "git")
    known = {run.id for run in runs}
    rows = []
    for run in runs:
        if run.parent in known:
            continue
        of_it = [other for other in runs if other.parent == run.id]
        rows.append(_row(run, steps=f"{len(of_it)} trials" if of_it else None))
        rows += [_row(trial, indent="  ") for trial in of_it if trials]
    return tables.table([head, *rows], _WIDEST)


def compared(runs: Sequence[TrainingRun]) -> str:
    """Runs side by side: parameters that differ, then figures."""
    names = dict.fromkeys(name for run in runs for name in run.parameters)
    rows = [(name, *(run.parameters.get(name, "") for run in runs)) for name in names]
    figures = [name for name in _FIGURES if any(name in run.figures for run in runs)]
    shown = [
        ("run", *(run.id[:_SHORT_ID] for run in runs)),
        ("name", *(run.name for run in runs)),
        *(row for row in rows if len(set(row[1:])) > 1),
        *((name, *(_figure(run.figures.get(name)) for run in runs)) for name in figures),
    ]
    return tables.table(shown, _WIDEST)


def _run(run: Any) -> TrainingRun:
    started = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    return TrainingRun(
        id=run.info.run_id,
        name=run.info.run_name,
        started=started.isoformat(" ", "minutes").removesuffix("+00:00"),
        state=_state(run),
        parameters=run.data.params,
        figures=run.data.metrics,
        parent=run.data.tags.get("mlflow.parentRunId", ""),
    )


def _state(run: Any) -> str:
    """What the store says; but a run that is said to run, in a process of this machine that is gone, was killed."""
    host, _, process = run.data.tags.get("process", "").rpartition(":")
    if run.info.status == "RUNNING" and host == socket.gethostname():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return "killed"
        except PermissionError:  # someone else's, alive
            pass
    return "pruned" if "pruned" in run.data.tags else str(run.info.status).lower()


def _row(run: TrainingRun, *, steps: str | None = None, indent: str = "") -> tuple[str, ...]:
    changed = "+" if run.parameters.get("git.changed") == "yes" else ""
    return (
        run.id[:_SHORT_ID],
        indent + run.name,
        run.started,
        run.state,
        _figure(run.figures.get("steps")) if steps is None else steps,
        _figure(run.bits_per_column),
        run.parameters.get("dataset.fingerprint", "")[:_SHORT_VALUE],
        run.parameters.get("git.revision", "")[:_SHORT_VALUE] + changed,
    )


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3f}"
