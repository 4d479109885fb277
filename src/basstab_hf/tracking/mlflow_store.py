"""The MLflow store: opening it, and one run in it, with the finished model in the registry.

Input: a URI or a place on disk; parameters, figures and a model folder. Output: a client; a run as `tracking` uses it.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Name of the experiment and of the registered model.
PROJECT = "basstab_hf"
#: The file in the current folder in which MLflow looks by itself: `mlflow ui` started there shows the runs.
_DATABASE = "mlflow.db"
#: MLflow's limits: characters in a parameter and in a tag; parameters and figures in one request.
_LONGEST_PARAMETER, _LONGEST_TAG, _MOST_PARAMETERS, _MOST_FIGURES = 6000, 5000, 100, 1000
_SQLITE = "sqlite:///"
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_log = logging.getLogger(__name__)


def store_uri(place: str | None = None) -> str:
    """URI of the store at `place` (URI, database file or its folder), else $MLFLOW_TRACKING_URI, else the one here."""
    place = place or os.environ.get("MLFLOW_TRACKING_URI") or _DATABASE
    if "://" in place:
        return place
    path = Path(place)
    return f"{_SQLITE}{(path / _DATABASE if path.is_dir() else path).resolve()}"


def database_file(uri: str) -> Path:
    """The file of a store in SQLite."""
    return Path(uri.removeprefix(_SQLITE)).resolve()


def open_store(uri: str) -> MlflowClient:
    """Open a store; a database that is not there is made.

    Raises:
        InputError: it cannot be opened.
        MissingExtraError: MLflow or a package that its databases need is not installed.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # it would tell its makers of every call
    # A training waits for each record: seven retries of a server that is gone take minutes, two some seconds.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    try:
        import alembic  # noqa: F401
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError as error:
        raise MissingExtraError(error.name or "mlflow", "track") from error
    for chatty in ("mlflow.store.db.utils", "alembic"):  # each step of making a database
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        client = MlflowClient(uri)
        client.search_experiments(max_results=1)
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise InputError(f"the MLflow store {public(uri)} cannot be opened: {_first_line(error)}") from error
    return client


def public(text: str) -> str:
    """Text without the users and passwords of URIs in it."""
    return _CREDENTIALS.sub("", text)


def this_process() -> str:
    """Machine and process, by which `basstab runs` knows a run that was killed outright."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True)
class Role:
    """What a run is: a training of its own, a search (whose steps are trials that ended), or a trial of one."""

    source: str = "basstab train"
    #: Id of the search's run, as its `note` has it.
    parent: str = ""
    counted: str = "steps"


class MlflowRun:
    """A run in a store. Its client is used, not MLflow's fluent interface, which has one run for the whole process.

    Once the run has begun, a store that fails costs records, never the training: this is told.
    """

    def __init__(
        self, name: str, parameters: Mapping[str, str], resumed: str | None = None, role: Role | None = None
    ) -> None:
        """Begin a run, or go on with the one whose id is `resumed`.

        Raises:
            InputError: the store cannot be opened, takes no run, or does not have the one to go on with.
        """
        uri = store_uri()
        self._client = open_store(uri)
        from mlflow.exceptions import MlflowException

        self._role = role or Role()
        self._lost = 0
        # What lies behind the checkpoint of a resumed run comes a second time.
        self._steps_known: dict[str, int] = {}
        try:
            self._id = resumed or self._begin(name, parameters, self._experiment(uri))
            if resumed:
                self._go_on()
        except MlflowException as error:
            message = f"the MLflow store {public(uri)} takes no run: {_first_line(error)}"
            if resumed:
                message = f"{public(uri)} has no run {resumed}: set MLFLOW_TRACKING_URI to the store in which it began"
            raise InputError(message) from error

    def _experiment(self, uri: str) -> str:
        """The id of the experiment. Models are kept beside the database, wherever the current folder is."""
        if experiment := self._client.get_experiment_by_name(PROJECT):
            return str(experiment.experiment_id)
        place = (database_file(uri).parent / "mlruns" / PROJECT).as_uri() if uri.startswith(_SQLITE) else None
        return str(self._client.create_experiment(PROJECT, place))

    def _begin(self, name: str, parameters: Mapping[str, str], experiment: str) -> str:
        from mlflow.entities import Param

        tags = {"mlflow.source.name": self._role.source, "process": this_process()}
        if self._role.parent:
            tags["mlflow.parentRunId"] = self._role.parent
        if "git.revision" in parameters:
            tags["mlflow.source.git.commit"] = parameters["git.revision"]  # its UI has a column for it
        run: str = self._client.create_run(experiment, run_name=name, tags=tags).info.run_id
        values = [Param(key, value[:_LONGEST_PARAMETER]) for key, value in parameters.items()]
        for start in range(0, len(values), _MOST_PARAMETERS):
            self._client.log_batch(run, params=values[start : start + _MOST_PARAMETERS])
        if "dataset.fingerprint" in parameters:
            self._client.log_inputs(run, [_dataset(parameters["dataset.source"], parameters["dataset.fingerprint"])])
        return run

    def _go_on(self) -> None:
        figures = self._client.get_run(self._id).data.metrics
        for name in figures:
            self._steps_known[name] = max(metric.step for metric in self._client.get_metric_history(self._id, name))
        self._client.update_run(self._id, status="RUNNING")
        self._client.set_tag(self._id, "process", this_process())

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Add figures of a step."""
        self.log_all({step: figures})

    def log_all(self, figures: Mapping[int, Mapping[str, float]]) -> None:
        """Add figures by step, in order; those that the store has are not sent again."""
        from mlflow.entities import Metric

        now, known = int(time.time() * 1000), self._steps_known
        metrics = [
            Metric(name, value, now, step)
            for step, values in figures.items()
            for name, value in {**values, self._role.counted: step}.items()
            if known.get(name, -1) < step
        ]
        for start in range(0, len(metrics), _MOST_FIGURES):
            some = metrics[start : start + _MOST_FIGURES]
            if not self._send("figures", partial(self._client.log_batch, self._id, metrics=some)):
                return
            known |= {metric.key: metric.step for metric in some}

    def keep(self, model: Path, figures: Mapping[str, float], step: int) -> None:
        """Add the finished model folder, as the artifact `model`, with its final figures, and register it."""
        self.log(figures, step)
        self._send("the model", lambda: self._client.log_artifacts(self._id, str(model), "model"))
        self._send("the registration of the model", lambda: self._register(figures))

    def _register(self, figures: Mapping[str, float]) -> None:
        if not self._client.search_registered_models(f"name = '{PROJECT}'"):
            self._client.create_registered_model(PROJECT, description="Bass tabs: what basstab trained.")
        source = f"{self._client.get_run(self._id).info.artifact_uri}/model"
        tags = {name: f"{value:.4f}" for name, value in figures.items()}
        self._client.create_model_version(PROJECT, source, self._id, tags=tags)

    def note(self) -> dict[str, str]:
        """What a resumed training needs to find the run."""
        return {"tracker": "mlflow", "id": self._id}

    def end(self, state: str, tags: Mapping[str, str] | None = None) -> None:
        """Close the run: FINISHED, FAILED or KILLED; `tags` say more of how it ended."""
        from mlflow.entities import RunTag

        if run_tags := [RunTag(name, value[:_LONGEST_TAG]) for name, value in (tags or {}).items()]:
            self._send("tags", lambda: self._client.log_batch(self._id, tags=run_tags))
        self._send("the end of the run", lambda: self._client.set_terminated(self._id, state))
        if self._lost > 1:
            _log.warning("MLflow lacks %d records of this run", self._lost)

    def _send(self, what: str, send: Callable[[], Any]) -> bool:
        from mlflow.exceptions import MlflowException

        try:
            send()
        except (MlflowException, OSError) as error:
            self._lost += 1
            if self._lost == 1:
                _log.warning("MLflow does not take %s: %s: training goes on", what, _first_line(error))
            return False
        return True


def _dataset(source: str, fingerprint: str) -> Any:
    """The dataset as MLflow's pages show it, which have room for 36 characters of a fingerprint."""
    from mlflow.entities import Dataset, DatasetInput

    return DatasetInput(Dataset(Path(source).name, fingerprint[:36], "local", source))


def _first_line(error: Exception) -> str:
    return public(str(error).splitlines()[0]) if str(error) else type(error).__name__
