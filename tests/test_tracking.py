import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from basstab_hf.dataset.load import fingerprint, load_texts
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.generate import Request, generate_tab
from basstab_hf.tracking.mlflow_store import open_store, public
from basstab_hf.tracking.tracker import Recorder, flatten, git_revision, tracked
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.train import train

# Of MLflow 3.17 under SQLAlchemy 2.1.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")
SMALLEST = {
    "model": {"n_layer": 1, "n_head": 1, "n_embd": 16, "n_positions": 128},
    "training": {"max_steps": 6, "eval_steps": 2, "logging_steps": 1, "use_cpu": True},
}


def _only_run(store: Any) -> Any:
    (run,) = store.search_runs([store.get_experiment_by_name("basstab_hf").experiment_id])
    return run


def test_a_training_is_recorded_and_its_model_registered(store: Any, riff_dataset: Path, tmp_path: Path) -> None:
    from mlflow.artifacts import download_artifacts
    from transformers import AutoModelForCausalLM

    out = train(str(riff_dataset), tmp_path / "model", TrainConfig.from_dict(SMALLEST), track="mlflow")
    run = _only_run(store)
    assert (run.info.status, run.info.run_name) == ("FINISHED", str(out))
    metrics = json.loads((out / "metrics.json").read_text())
    texts = {split: load_texts(str(riff_dataset), split) for split in ("train", "validation")}
    assert run.data.params["dataset.fingerprint"] == metrics["dataset"]["fingerprint"] == fingerprint(texts)
    assert run.data.params["dataset.pieces.train"] == str(len(texts["train"]))
    assert run.data.params["model.n_embd"] == "16"
    assert run.data.params["training.eval_steps"] == "2"
    assert run.data.params["versions.torch"] == metrics["versions"]["torch"]
    assert run.data.metrics["validation_bits_per_column"] == metrics["validation"]["bits_per_column"]
    for name in ("loss", "bits_per_column", "columns_per_second"):
        history = store.get_metric_history(run.info.run_id, name)
        assert [point.step for point in history] == [1, 2, 3, 4, 5, 6]
        assert all(point.value > 0 for point in history)
    evaluated = store.get_metric_history(run.info.run_id, "eval_validation_bits_per_column")
    assert [point.step for point in evaluated] == [2, 4, 6]
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    back = Path(download_artifacts("models:/basstab_hf/1", dst_path=str(tmp_path / "back"), tracking_uri=uri))
    written, kept = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (out, back)
    )
    assert kept == written
    assert generate_tab(back, Request(bars=2, seed=1)).text == generate_tab(out, Request(bars=2, seed=1)).text
    assert AutoModelForCausalLM.from_pretrained(back).config.n_embd == 16
    assert store.get_model_version("basstab_hf", "1").run_id == run.info.run_id


def test_a_killed_training_goes_on_in_the_run_that_it_began(
    store: Any, riff_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupting(Recorder):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            super().on_log(args, state, control, logs, **kwargs)
            if state.global_step == 5:
                raise KeyboardInterrupt

    config, out = TrainConfig.from_dict(SMALLEST), tmp_path / "model"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("basstab_hf.tracking.tracker.Recorder", Interrupting)
        train(str(riff_dataset), out, config, track="mlflow")
    begun = _only_run(store)
    assert begun.info.status == "KILLED"
    train(str(riff_dataset), out, config, resume=True)
    run = _only_run(store)
    assert (run.info.run_id, run.info.status) == (begun.info.run_id, "FINISHED")
    for name, steps in {"loss": [1, 2, 3, 4, 5, 6], "eval_validation_loss": [2, 4, 6]}.items():
        assert [point.step for point in store.get_metric_history(run.info.run_id, name)] == steps
    assert {path.name for path in out.iterdir()} >= {"model.safetensors"}
    assert not (out / "checkpoints").exists()


def test_a_run_cannot_go_on_in_another_store(store: Any, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"tracker": "mlflow", "id": "0123"}')
    with (
        pytest.raises(InputError, match="has no run 0123: set MLFLOW_TRACKING_URI"),
        tracked("none", "out", {}, resumed_from=tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("ending", "state"),
    [(ValueError("broken"), "FAILED"), (KeyboardInterrupt(), "KILLED"), (signal.SIGTERM, "KILLED")],
    ids=str,
)
def test_runs_that_do_not_end_well_are_marked(store: Any, ending: Any, state: str) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises((ValueError, KeyboardInterrupt, SystemExit)), tracked("mlflow", "out", {"a": 1}):
        if isinstance(ending, signal.Signals):
            os.kill(os.getpid(), ending)
            signal.pause()
        raise ending
    assert _only_run(store).info.status == state
    assert signal.getsignal(signal.SIGTERM) == before


def test_models_lie_beside_their_database(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", str(tmp_path / "mlflow.db"))
    with tracked("mlflow", "out", {}):
        pass
    assert _only_run(store).info.artifact_uri.startswith((tmp_path / "mlruns").as_uri())


def test_a_run_in_a_thread_is_recorded(store: Any) -> None:
    """Ray Train trains in a thread, where no signals can be handled."""

    def record() -> None:
        with tracked("mlflow", "out", {}) as run:
            run.log({"loss": 1.0}, 1)

    thread = threading.Thread(target=record)
    thread.start()
    thread.join()
    assert _only_run(store).data.metrics == {"loss": 1.0, "steps": 1.0}


def test_a_store_that_fails_costs_no_training(
    store: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def refuse(*args: object, **kwargs: object) -> None:
        raise MlflowException("no answer from https://me:secret@example.org")

    with monkeypatch.context() as patch, tracked("mlflow", "out", {}) as run:
        patch.setattr(MlflowClient, "log_batch", refuse)
        for step in range(3):
            run.log({"loss": 1.0}, step)
    assert caplog.messages == [
        "MLflow does not take figures: no answer from https://example.org: training goes on",
        "MLflow lacks 3 records of this run",
    ]
    assert _only_run(store).info.status == "FINISHED"


def test_long_and_many_parameters_are_recorded(store: Any) -> None:
    with tracked("mlflow", "out", {"about": "x" * 9000, "many": {str(number): number for number in range(150)}}):
        pass
    parameters = _only_run(store).data.params
    assert len(parameters["about"]) == 6000
    assert parameters["many.149"] == "149"


def test_stores_that_take_no_run_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Any) -> None:
    (tmp_path / "other.db").write_text("This is a letter, not a database, and it is long enough to be read as one.")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", str(tmp_path / "other.db"))
    with pytest.raises(InputError, match="cannot be opened"), tracked("mlflow", "out", {}):
        pass
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    store.delete_experiment(store.create_experiment("basstab_hf"))
    with pytest.raises(InputError, match="takes no run"), tracked("mlflow", "out", {}):
        pass


def test_a_missing_tracker_costs_no_model(
    riff_dataset: Path, riff_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    model = shutil.copytree(riff_model, tmp_path / "model")
    with monkeypatch.context() as patch, pytest.raises(MissingExtraError, match=r"basstab-hf\[track\]"):
        patch.setattr("basstab_hf.tracking.tracker.find_spec", lambda name: None)
        train(str(riff_dataset), model, TrainConfig.from_dict(SMALLEST), track="trackio", force=True)
    assert (model / "model.safetensors").exists()
    monkeypatch.setitem(sys.modules, "alembic", None)
    with pytest.raises(MissingExtraError, match="alembic"):
        open_store("sqlite://")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.chdir(tmp_path)
    author = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    (tmp_path / "riff.txt").write_text("a")
    for arguments in (("init", "-q"), ("add", "riff.txt"), (*author, "commit", "-q", "-m", "A riff")):
        subprocess.run(["git", *arguments], check=True)
    return tmp_path


def test_the_revision_is_that_of_the_current_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clean = git_revision()
    assert len(clean["git.revision"]) == 40
    assert clean["git.changed"] == "no"
    (repository / "riff.txt").write_text("b")
    assert git_revision() == {**clean, "git.changed": "yes"}
    monkeypatch.setenv("GIT_DIR", str(repository / "nowhere"))
    assert git_revision() == {}


def test_nested_values_are_flattened() -> None:
    assert flatten({"a": {"b": 1, "c": {}}, "d": None}) == {"a.b": "1", "d": "None"}


def test_credentials_are_not_shown() -> None:
    assert public("at https://me:secret@example.org/mlflow") == "at https://example.org/mlflow"
    assert public("sqlite:////home/me@home/mlflow.db") == "sqlite:////home/me@home/mlflow.db"


TRACKIO = """
import os, sys
from pathlib import Path
from basstab_hf.errors import InputError
from basstab_hf.tracking.tracker import Recorder, tracked
from transformers import TrainerControl, TrainerState, TrainingArguments

out = Path(sys.argv[1])
arguments, state = TrainingArguments(str(out), use_cpu=True), TrainerState(global_step=1)
try:
    with tracked("trackio", "model", {"model": {"n_layer": 1}}) as run:
        recorder = Recorder(run)
        recorder.on_train_begin(arguments, state, TrainerControl())
        recorder.on_log(arguments, state, TrainerControl(), {"loss": 2.0, "epoch": 0.5, "note": "text"})
        raise KeyboardInterrupt
except KeyboardInterrupt:
    pass
with tracked("none", "model", {"model": {"n_layer": 1}}, resumed_from=out) as run:
    run.log({"loss": 1.5}, 2)
    run.keep(out, {"validation_bits_per_column": 1.25}, 2)
(out / "run.json").write_text('{"tracker": "trackio", "id": "nowhere"}')
try:
    with tracked("none", "model", {}, resumed_from=out):
        pass
except InputError as error:
    assert "trackio takes no run nowhere" in str(error)
"""


@pytest.mark.slow
def test_trackio_records_the_same(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    environment = {**os.environ, "TRACKIO_DIR": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", TRACKIO, tmp_path / "out"], env=environment, check=True, stdout=subprocess.PIPE
    )
    with closing(sqlite3.connect(tmp_path / "basstab_hf.db")) as runs:
        rows = runs.execute("SELECT run_name, step, metrics FROM metrics ORDER BY id").fetchall()
        ((config,),) = runs.execute("SELECT config FROM configs").fetchall()
    assert len({name for name, _, _ in rows}) == 1
    assert rows[0][0].startswith("model-")
    assert [(step, json.loads(metrics)) for _, step, metrics in rows] == [
        (1, {"loss": 2.0, "epoch": 0.5}),
        (2, {"loss": 1.5}),
        (2, {"validation_bits_per_column": 1.25}),
    ]
    assert json.loads(config)["model.n_layer"] == "1"


ODD_NAMES = (
    "../../up",
    "a/b",
    "a\nb",
    "\x1b[31mred\x00",
    "",
    ".",
    "x" * 5000,
    "名前🎸",
    "<b>'\";--",
    "\ud800",
    "\u202eabc",
)


def test_odd_names_of_runs_are_kept_as_they_can_be_shown(store: Any, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.iterdir()} | {"mlruns"}
    for name in ODD_NAMES:
        with tracked("mlflow", name, {"name": name}) as run:
            run.log({"loss": 1.0}, 1)
    runs = store.search_runs([store.get_experiment_by_name("basstab_hf").experiment_id])
    assert len(runs) == len(ODD_NAMES)
    assert all(run.info.status == "FINISHED" and run.data.metrics["loss"] == 1.0 for run in runs)
    names = {run.info.run_name for run in runs}
    assert {"../../up", "a b", r"\u001b[31mred\u0000", "名前🎸", r"\ud800", r"\u202eabc"} < names
    assert {path.name for path in tmp_path.iterdir()} <= before
    assert not (tmp_path.parent / "up").exists()


ODD_TRACKIO = """
import json, sys
from basstab_hf.errors import InputError
from basstab_hf.tracking.tracker import tracked
for name in json.loads(sys.argv[1]):
    try:
        with tracked("trackio", name, {"name": name}) as run:
            run.log({"loss": 1.0}, 1)
    except InputError as error:
        print(error, file=sys.stderr)
        break
"""


@pytest.mark.slow
def test_odd_names_stay_in_the_folder_of_trackio(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    place = tmp_path / "a" / "b" / "runs"
    command = [sys.executable, "-c", ODD_TRACKIO, json.dumps(ODD_NAMES)]
    subprocess.run(command, env={**os.environ, "TRACKIO_DIR": str(place)}, check=True, stderr=subprocess.PIPE)
    with closing(sqlite3.connect(place / "basstab_hf.db")) as runs:
        names = {name for (name,) in runs.execute("SELECT DISTINCT run_name FROM metrics")}
    assert len(names) >= len(ODD_NAMES) - 1  # "" and "." are one name in one second
    assert all(name.isprintable() for name in names)
    assert {path.name for path in tmp_path.iterdir()} == {"a"}
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {"runs"}


@pytest.mark.slow
def test_a_shut_folder_of_trackio_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    environment = {name: value for name, value in os.environ.items() if name not in ("TRACKIO_DIR", "HF_HOME")}
    command = [sys.executable, "-c", ODD_TRACKIO, '["run"]']
    shut = {**environment, "HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=shut, check=True, capture_output=True, text=True)
    [line] = done.stderr.splitlines()
    assert line.startswith(f"trackio cannot write {tmp_path}/home/")
    assert line.endswith("let TRACKIO_DIR name another folder, or leave --track out")
