import json
import socket
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.tracking.mlflow_store import open_store, store_uri
from basstab_hf.tracking.runs import choose, compared, list_runs, table
from basstab_hf.tracking.tracker import tracked

# Of MLflow 3.17 under SQLAlchemy 2.1.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")
MUCH = {"about": "x" * 60, "dataset": {"fingerprint": "0123456789", "source": "data"}}


@pytest.fixture(scope="module")
def place(mlflow_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a finished run, a better one that failed, and one without figures that was killed outright."""
    from mlflow.entities import Metric

    folder = tmp_path_factory.mktemp("runs")
    (folder / "mlflow.db").write_bytes(mlflow_database.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        client = open_store(store_uri())
        with tracked("mlflow", "out/first", {**MUCH, "kind": "note", "git.revision": "f" * 40}) as run:
            run.log({"eval_validation_bits_per_column": 1.1, "columns_per_second": 8000.4}, 100)
            run.log({"validation_bits_per_column": 1.25}, 100)
        with (
            pytest.raises(ValueError, match="broken"),
            tracked("mlflow", "out/second", {**MUCH, "kind": "riff"}) as run,
        ):
            run.log({"eval_validation_bits_per_column": 1.2}, 50)
            raise ValueError("broken")
        experiment = client.get_experiment_by_name("basstab_hf").experiment_id
        dead = f"{socket.gethostname()}:{2**22 + 1}"  # Linux gives no process a number above 2**22
        client.create_run(experiment, run_name="out/third", tags={"process": dead})
        elsewhere = client.create_run(experiment, run_name="out/fourth", tags={"process": "another-machine:1"})
        client.log_batch(elsewhere.info.run_id, [Metric("steps", 10, 0, 10)])
        client.create_run(experiment, run_name="out/fifth", tags={"process": f"{socket.gethostname()}:1"})
    return folder


def test_the_best_run_comes_first_and_states_are_told(place: Path) -> None:
    runs = {run.name: run for run in list_runs(str(place))}
    assert list(runs)[:2] == ["out/second", "out/first"]
    assert [runs[name].bits_per_column for name in ("out/second", "out/first", "out/third")] == [1.2, 1.25, None]
    assert {name: run.state for name, run in runs.items()} == {
        "out/first": "finished",
        "out/second": "failed",
        "out/third": "killed",
        "out/fourth": "running",
        "out/fifth": "running",
    }
    first = next(line for line in table(list(runs.values())).splitlines() if "out/first" in line).split()
    assert first[0] == runs["out/first"].id[:8]
    assert first[4:8] == ["finished", "100", "1.250", "0123456"]


def test_a_comparison_shows_what_differs(place: Path) -> None:
    runs = list_runs(str(place))[:2]
    lines = {line.split()[0]: line.split()[1:] for line in compared(runs).splitlines()}
    assert lines["kind"] == ["riff", "note"]
    assert lines["eval_validation_bits_per_column"] == ["1.200", "1.100"]
    assert lines["validation_bits_per_column"] == ["1.250"]
    assert lines["columns_per_second"] == ["8000"]
    assert not {"about", "dataset.fingerprint"} & set(lines)


def test_the_command_prints_what_it_finds(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert main(["runs"]) == 0
    assert capsys.readouterr().out.splitlines() == table(list_runs()).splitlines()
    best, second = (run.id for run in list_runs()[:2])
    assert main(["runs", "--compare", second[:12], best]) == 0
    assert capsys.readouterr().out.split()[:3] == ["run", second[:8], best[:8]]
    assert main(["runs", "--json", "--store", f"sqlite:///{place / 'mlflow.db'}", "--compare", best]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert (run["id"], run["bits_per_column"], run["parameters"]["kind"]) == (best, 1.2, "riff")


def test_what_cannot_be_listed_is_told(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(InputError, match=r"no runs: there is no .*mlflow.db; train with --track mlflow"):
        list_runs()
    assert list(tmp_path.iterdir()) == []
    runs = list_runs(str(place))
    for begun, message in (("zz", "that is no run"), ("", "that is 5 runs: give more of it")):
        with pytest.raises(InputError, match=message):
            choose(runs, [begun])


def test_a_store_without_our_runs_is_empty(place: Path, tmp_path: Path) -> None:
    copy = tmp_path / "mlflow.db"
    copy.write_bytes((place / "mlflow.db").read_bytes())
    client: Any = open_store(store_uri(str(copy)))
    client.rename_experiment(client.get_experiment_by_name("basstab_hf").experiment_id, "other")
    assert list_runs(str(copy)) == []
