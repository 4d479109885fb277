import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.search import tracked
from basstab_hf.search.tracked import TrackedTrials
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, WAITING, Evaluation, Trial
from basstab_hf.tracking.runs import list_runs, table

# Of MLflow 3.17 under SQLAlchemy 2.1.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")
FACTS = {"dataset": {"fingerprint": "0123456789", "source": "data"}}


def trial(number: int, state: str = RUNNING, *bits: float, **values: Any) -> Trial:
    evaluations = tuple(
        Evaluation(100 * place, figure, figure - 0.25, 5000.0, 40.0 * place, 50.0 * place)
        for place, figure in enumerate(bits, 1)
    )
    return Trial(number, f"t{number}", state, {"training.learning_rate": number / 1000}, evaluations, 300, **values)


def configuration(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"kind": "note", "training": {"max_steps": 300, "learning_rate": parameters["training.learning_rate"]}}


def trials_tracked(tracker: str = "mlflow", out: Path = Path("found/first")) -> TrackedTrials:
    return TrackedTrials(tracker, out, {"trials": 4, "space": {"depth": [1, 2]}}, FACTS, configuration)


def runs_by_name(store: Any) -> dict[str, Any]:
    found = store.search_runs([store.get_experiment_by_name("basstab_hf").experiment_id])
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def steps(store: Any, run: Any, name: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in store.get_metric_history(run.info.run_id, name)]


def test_trials_are_recorded_under_their_search(store: Any, tmp_path: Path) -> None:
    listener = trials_tracked()
    listener.begin()
    for number in (1, 2, 3):
        listener.changed(trial(number, node="box"))
    for told in (
        *(trial(1, RUNNING, 3.0), trial(2, RUNNING, 2.5), trial(1, RUNNING, 3.0, 2.0), trial(4, WAITING)),
        *(trial(1, FINISHED, 3.0, 2.0, 2.25), trial(2, PRUNED, 2.5, reason="worse than half")),
        *(trial(3, FAILED, reason="no memory", restarts=2), trial(4), trial(4, FINISHED, 2.0, 1.75, 1.5)),
    ):
        listener.changed(told)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    listener.keep(tmp_path / "model", {"validation_bits_per_column": 1.4})
    listener.close("finished")
    runs = runs_by_name(store)
    assert set(runs) == {"found/first", "trial 1", "trial 2", "trial 3", "trial 4"}
    search = runs.pop("found/first")
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {search.info.run_id}
    assert {run.data.tags["mlflow.source.name"] for run in (search, *runs.values())} == {"basstab search"}
    assert search.data.params["search.trials"] == "4"
    assert search.data.params["dataset.fingerprint"] == "0123456789"
    assert search.data.tags["best_trial"] == "4"
    assert steps(store, search, "best_bits_per_column") == [(1, 2.0), (2, 2.0), (3, 2.0), (4, 1.5)]
    assert search.data.metrics["validation_bits_per_column"] == 1.4
    assert store.get_model_version("basstab_hf", "1").run_id == search.info.run_id
    first = runs["trial 1"]
    assert steps(store, first, "eval_validation_bits_per_column") == [(100, 3.0), (200, 2.0), (300, 2.25)]
    assert first.data.metrics["best_bits_per_column"] == 2.0
    assert first.data.metrics["cpu_seconds"] == 120
    assert {"kind", "training.max_steps", "dataset.fingerprint"} < first.data.params.keys()
    assert first.data.params["training.learning_rate"] == "0.001"
    assert {name: run.info.status for name, run in runs.items()} == {
        "trial 1": "FINISHED",
        "trial 2": "FINISHED",
        "trial 3": "FAILED",
        "trial 4": "FINISHED",
    }
    assert runs["trial 2"].data.tags["pruned"] == "worse than half"
    assert (runs["trial 3"].data.tags["reason"], runs["trial 3"].data.tags["restarts"]) == ("no memory", "2")
    assert search.info.status == "FINISHED"


def test_a_search_that_goes_on_records_no_step_twice(store: Any) -> None:
    first = trials_tracked()
    first.begin()
    before = [trial(1, FINISHED, 3.0, 2.0), trial(2, FAILED, 3.0, reason="no memory"), trial(3, RUNNING, 2.5)]
    for told in before:
        first.changed(told)
    copy = trials_tracked()
    first.close("killed")
    killed = runs_by_name(store)
    assert {killed[name].info.status for name in ("found/first", "trial 3")} == {"KILLED"}
    for told in (*before[:2], trial(3, WAITING, 2.5), trial(3, RUNNING, 2.5)):  # as the driver tells what it knows
        copy.changed(told)
    assert runs_by_name(store)["trial 3"].info.status == "RUNNING"
    copy.changed(trial(2, RUNNING, 3.0))  # a failed one is tried again
    copy.changed(trial(2, FINISHED, 3.0, 1.5))
    copy.changed(trial(3, FINISHED, 2.5, 2.25, 2.0))
    copy.close("finished")
    runs = runs_by_name(store)
    assert {name: run.info.run_id for name, run in runs.items()} == {
        name: run.info.run_id for name, run in killed.items()
    }
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert steps(store, runs["trial 3"], "eval_validation_bits_per_column") == [(100, 2.5), (200, 2.25), (300, 2.0)]
    assert steps(store, runs["trial 2"], "eval_validation_bits_per_column") == [(100, 3.0), (200, 1.5)]
    assert steps(store, runs["found/first"], "best_bits_per_column") == [(1, 2.0), (2, 2.0), (3, 1.5)]


def test_trials_that_did_not_end_are_killed_with_their_search(store: Any) -> None:
    listener = trials_tracked()
    listener.changed(trial(1, RUNNING, 2.0))  # opens the search, too
    listener.close("failed")
    runs = runs_by_name(store)
    assert (runs["found/first"].info.status, runs["trial 1"].info.status) == ("FAILED", "KILLED")


def test_a_store_that_takes_no_run_is_told_before_the_work(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("other.db").write_text("This is a letter, not a database, and it is long enough to be read as one.")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "other.db")
    with pytest.raises(InputError, match="cannot be opened"):
        trials_tracked().begin()


def test_a_store_that_fails_costs_no_search(
    store: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def refuse(*args: object, **kwargs: object) -> None:
        raise MlflowException("no answer")

    listener = trials_tracked()
    listener.begin()
    listener.changed(trial(1))
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "create_run", refuse)
        patch.setattr(MlflowClient, "log_batch", refuse)
        listener.changed(trial(2))
        listener.changed(trial(3, RUNNING, 2.0))
        listener.changed(trial(1, RUNNING, 2.5))
    assert [message for message in caplog.messages if "the search goes on" in message] == [
        "trial 2 is not recorded: the MLflow store "
        f"sqlite:///{Path('mlflow.db').resolve()} takes no run: no answer: the search goes on"
    ]
    # What was told meanwhile is recorded as soon as the store answers again.
    listener.changed(trial(1, FINISHED, 2.5, 2.25))
    listener.close("finished")
    runs = runs_by_name(store)
    assert steps(store, runs["trial 1"], "eval_validation_bits_per_column") == [(100, 2.5), (200, 2.25)]
    assert steps(store, runs["trial 3"], "eval_validation_bits_per_column") == [(100, 2.0)]


def test_a_slow_store_is_left_alone_for_a_while(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

    clock, listener = Clock(), trials_tracked()
    listener.begin()
    monkeypatch.setattr(tracked, "time", clock)
    recorded: list[int] = []

    def slow(self: TrackedTrials, told: Trial) -> None:
        recorded.append(told.number)
        clock.now += 6

    monkeypatch.setattr(TrackedTrials, "_record", slow)
    for number in (1, 2, 3):
        listener.changed(trial(number))
    assert recorded == [1]
    clock.now += 61
    listener.changed(trial(4))
    assert recorded == [1, 2]
    listener.close("finished")
    assert recorded == [1, 2, 3, 4]


@pytest.mark.parametrize("notes", ["{", "[]", '{"format": 9}', '{"format": 1}'])
def test_notes_that_cannot_be_read_are_told(store: Any, notes: str) -> None:
    Path("found/first").mkdir(parents=True)
    Path("found/first/runs.json").write_text(notes)
    with pytest.raises(InputError, match=r"runs.json is no note of runs .*: remove it"):
        trials_tracked().begin()


def test_without_a_tracker_nothing_is_written(tmp_path: Path) -> None:
    listener = TrackedTrials("none", tmp_path / "out", {}, {})
    listener.begin()
    for told in (trial(1), trial(1, FINISHED, 2.0)):
        listener.changed(told)
    listener.keep(tmp_path, {})
    listener.close("finished")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_costs_records_alone(tmp_path: Path, store: Any, caplog: Any) -> None:
    Path("taken").write_text("a file")
    listener = trials_tracked(out=Path("taken"))
    with caplog.at_level(logging.WARNING):
        listener.changed(trial(1))
    assert len(caplog.messages) == 1
    assert "cannot write taken/runs.json" in caplog.messages[0]
    listener.keep(tmp_path, {})
    listener.close("finished")


def test_runs_lists_a_search_with_its_best_and_its_trials_on_demand(
    store: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = trials_tracked()
    for told in (trial(1, RUNNING, 3.0), trial(1, FINISHED, 2.0, 2.5), trial(2, PRUNED, 2.75)):
        listener.changed(told)
    listener.close("finished")
    assert main(["runs"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["name", "found/first"]
    assert main(["runs", "--trials"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1:3] for line in lines[2:]] == [["trial", "1"], ["trial", "2"]]
    assert lines[2][10:12] == "  "
    search, first, second = (line.split() for line in lines[1:])
    assert search[4:8] == ["finished", "2", "trials", "2"]
    assert (first[5:8], second[5:8]) == (["finished", "200", "2"], ["pruned", "100", "2.750"])
    assert main(["runs", "--json"]) == 0
    found = {run["name"]: run for run in json.loads(capsys.readouterr().out)["runs"]}
    assert found["trial 1"]["parent"] == found["found/first"]["id"]
    assert found["found/first"]["bits_per_column"] == found["trial 1"]["bits_per_column"] == 2.0
    orphans = [run for run in list_runs() if run.parent]
    assert len(table(orphans).splitlines()) == 3


TRACKIO = """
import json, sys
from pathlib import Path
from basstab_hf.search.tracked import TrackedTrials
from basstab_hf.search.trials import FINISHED, RUNNING, Evaluation, Trial

def trial(number, state, *bits):
    told = tuple(Evaluation(step, value, value, 1.0, 1.0, 1.0) for step, value in enumerate(bits, 1))
    return Trial(number, str(number), state, {"n_layer": number}, told)

out = Path(sys.argv[1])
first = TrackedTrials("trackio", out, {"trials": 2}, {})
first.begin()
for told in (trial(1, RUNNING), trial(2, RUNNING), trial(1, RUNNING, 3.0), trial(2, RUNNING, 2.0)):
    first.changed(told)
second = TrackedTrials("trackio", out, {"trials": 2}, {})
first.close("killed")
for told in (trial(1, RUNNING, 3.0), trial(2, FINISHED, 2.0), trial(1, FINISHED, 3.0, 2.5)):
    second.changed(told)
second.keep(out, {"validation_bits_per_column": 1.5})
second.close("finished")
"""


READ_TRACKIO = """
import json, sys
from trackio.sqlite_storage import SQLiteStorage as store
read = {run: {"logs": store.get_logs("basstab_hf", run), "config": store.get_run_config("basstab_hf", run)}
        for run in sys.argv[1:]}
print(json.dumps(read))
"""


@pytest.mark.slow
def test_trackio_has_the_trials_as_a_group(tmp_path: Path) -> None:
    def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "TRACKIO_DIR": str(tmp_path)}
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    done = run(TRACKIO, tmp_path / "out")
    assert done.stdout == ""
    assert "trial 1" not in done.stderr  # a message a trial would be many
    search = json.loads((tmp_path / "out" / "runs.json").read_text())["search"]
    names = [search, f"{search} trial 1", f"{search} trial 2"]
    found = json.loads(run(READ_TRACKIO, *names).stdout)
    name = "eval_validation_bits_per_column"
    assert [[(row["step"], row[name]) for row in found[run]["logs"]] for run in names[1:]] == [
        [(1, 3.0), (2, 2.5)],
        [(1, 2.0)],
    ]
    assert [(row.pop("step"), row) for row in found[search]["logs"] if row.pop("timestamp")] == [
        (1, {"best_bits_per_column": 2.0}),
        (2, {"best_bits_per_column": 2.0}),
        (2, {"validation_bits_per_column": 1.5}),
    ]
    assert {found[run]["config"]["_Group"] for run in names[1:]} == {search}
    assert found[names[2]]["config"]["n_layer"] == "2"
