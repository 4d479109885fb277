"""`basstab search`: trials that go on exactly, kills of driver and worker, what is written, what is refused."""

import contextlib
import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import yaml

from basstab_hf.cli import main
from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import InputError
from basstab_hf.search import trial as trial_module
from basstab_hf.search.budget import steps_within
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.trial import Note, run_trial
from basstab_hf.search.trials import Evaluation
from basstab_hf.search.tuner import Room
from basstab_hf.search.watcher import as_trials
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.setup import learn_tokenizer
from basstab_hf.training.train import train
from tests.conftest import UNMEASURED

SEARCH: dict[str, Any] = {
    "train": {
        "model": {"n_head": 2, "n_embd": 32, "n_positions": 128},
        "training": {"per_device_train_batch_size": 4, "per_device_eval_batch_size": 8, "use_cpu": True},
    },
    "space": {
        "layers": {"integer": [1, 2], "sets": "model.n_layer"},
        "rate": {"choice": [0.005, 0.01, 0.02, 1e30], "sets": "training.learning_rate"},
        "dropout": {"number": [0.0, 0.3], "sets": "model.resid_pdrop"},
    },
    "trials": 4,
    "parallel": 1,
    "budget": {"steps": 160, "evaluations": 4},
    "searcher": "hyperopt",
    "scheduler": {"kind": "none"},
    "seed": 7,  # it tries the rate that fails first
}
CHOSEN = {"layers": 1, "rate": 0.01, "dropout": 0.2}


class StoppedError(Exception):
    """As Ray Tune ends the thread of a trial."""


class Tune:
    """In place of Ray Tune: keeps what a trial reports, and stops it after so many reports."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.reports, self.stop_after = folder, [], 0
        self.checkpoint: Path | None = None

    def get_checkpoint(self) -> Any:
        if self.checkpoint is None:
            return None
        return SimpleNamespace(to_directory=lambda place: shutil.copytree(self.checkpoint, place))

    def report(self, metrics: dict[str, Any], checkpoint: Any) -> None:
        self.reports.append(metrics)
        self.checkpoint = self.folder / str(len(self.reports))
        shutil.copytree(checkpoint.path, self.checkpoint)
        if len(self.reports) == self.stop_after:
            raise StoppedError


@pytest.fixture
def tune(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tune:
    import ray.tune

    found = Tune(tmp_path / "reports")
    monkeypatch.setattr(ray.tune, "get_checkpoint", found.get_checkpoint)
    monkeypatch.setattr(ray.tune, "report", found.report)
    trial_module._texts.cache_clear()
    return found


def _paid(report: dict[str, Any]) -> list[tuple[int, float]]:
    return [(evaluation["step"], evaluation["bits_per_column"]) for evaluation in report["evaluations"]]


def test_a_trial_is_the_same_training_whether_it_was_stopped_or_not(tune: Tune, riff_dataset: Path) -> None:
    config = SearchConfig.from_dict(SEARCH)
    run_trial(CHOSEN, config=config, dataset=str(riff_dataset))
    whole = tune.reports[-1]
    assert [report["complete"] for report in tune.reports] == [False, False, False, True]
    assert whole["bits_per_column"] == min(bits for _, bits in _paid(whole))

    tune.reports, tune.checkpoint, tune.stop_after = [], None, 2
    tune.folder = tune.folder.with_name("stopped")
    with pytest.raises(StoppedError):
        run_trial(CHOSEN, config=config, dataset=str(riff_dataset))
    run_trial(CHOSEN, config=config, dataset=str(riff_dataset))  # elsewhere: the first folder is gone
    assert len(tune.reports) == 4
    assert _paid(tune.reports[-1]) == _paid(whole)
    spent = [evaluation["cpu_seconds"] for evaluation in tune.reports[-1]["evaluations"]]
    assert spent == sorted(spent)


def test_a_population_goes_on_with_other_values_from_anothers_weights(tune: Tune, riff_dataset: Path) -> None:
    config = SearchConfig.from_dict(SEARCH)
    tune.stop_after = 2
    with pytest.raises(StoppedError):
        run_trial(CHOSEN, config=config, dataset=str(riff_dataset))
    donor = tune.reports[-1]
    run_trial(CHOSEN | {"rate": 0.0001, "dropout": 0.0}, config=config, dataset=str(riff_dataset))
    heir = tune.reports[-1]
    assert _paid(heir)[:2] == _paid(donor)
    note = Note.read(tune.checkpoint)
    assert (note.config.training["learning_rate"], note.config.model["resid_pdrop"]) == (0.0001, 0.0)
    state = json.loads((tune.checkpoint / "checkpoint-160" / "trainer_state.json").read_text())
    rates = {entry["step"]: entry["learning_rate"] for entry in state["log_history"] if "learning_rate" in entry}
    assert rates[80] > 0.004
    assert rates[120] < 0.0001


def test_a_budget_of_seconds_buys_fewer_steps_of_a_larger_model(riff_dataset: Path) -> None:
    texts = {split: load_texts(str(riff_dataset), split) for split in ("train", "validation")}

    def steps(seconds: float, **changes: Any) -> int:
        config = TrainConfig.from_dict(SEARCH["train"])
        config = replace(config, model=config.model | {"n_layer": 1} | changes.pop("model", {}), **changes)
        return steps_within(seconds, config, learn_tokenizer(texts["train"], config, 1), texts)

    assert steps(1e-9) == 1
    small = steps(2.0)
    assert small > 50
    assert steps(2.0, model={"n_layer": 6, "n_embd": 128}) < small / 3
    assert steps(2.0, short_context=32, short_share=0.5) > 20


def _search(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "basstab_hf", "search", *map(str, arguments)]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=UNMEASURED, text=True, **pipes)


def _when(happened: Callable[[], str | None], process: subprocess.Popen[str]) -> str:
    end = time.monotonic() + 240
    while not (found := happened()):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def _running(out: Path) -> str | None:
    """The trial that runs and has a checkpoint that Ray knows, once Ray's own state knows that another one finished.

    Ray takes a report before the trial can make its next one: of two, it knows the first.
    """
    states = sorted((out / "trials").glob("experiment_state-*.json"))
    try:
        trials = [json.loads(entry[0]) for entry in json.loads(states[-1].read_text())["trial_data"]] if states else []
    except ValueError:  # it is being written
        return None
    finished = {trial["trial_id"] for trial in trials if trial["status"] == "TERMINATED"}
    going = (name for name, judged in _evaluations(out).items() if name not in finished and 2 <= len(judged) < 4)
    return next(going, None) if finished else None


def _rows(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")  # xdist gives the tests of a file no fixed order
def search_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "mine.yaml"
    path.write_text(yaml.safe_dump(SEARCH))
    return path


@dataclass(frozen=True)
class Killed:
    """A search that was killed in the middle, and came to its end."""

    out: Path
    trial: str  # the one that ran
    evaluations: dict[str, list[dict[str, float]]]  # of each trial at that moment
    told: str  # after it

    @property
    def rows(self) -> list[dict[str, str]]:
        with (self.out / "results.csv").open(newline="") as file:
            return list(csv.DictReader(file))


def _evaluations(out: Path) -> dict[str, list[dict[str, float]]]:
    """What each trial had paid by its last checkpoint that is whole: Ray copies them, and takes old ones away."""
    found = {}
    for path in sorted(out.glob("trials/*/*/trial.json")):
        with contextlib.suppress(ValueError, InputError):
            found[path.parents[1].name] = [asdict(evaluation) for evaluation in Note.read(path.parent).evaluations]
    return found


@pytest.fixture(scope="session")  # xdist gives the tests of a file no fixed order
def worker_killed(search_file: Path, riff_dataset: Path) -> Killed:
    out = search_file.with_name("worker-killed")
    with _search(riff_dataset, "--config", search_file, "--out", out) as process:
        trial = _when(lambda: _running(out), process)
        workers = psutil.Process(process.pid).children(recursive=True)
        [worker] = [worker for worker in workers if "ray::ImplicitFunc" in "".join(worker.cmdline()[:1])]
        worker.kill()
        evaluations = _evaluations(out)
        _, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    return Killed(out, trial, evaluations, told)


@pytest.fixture(scope="session")  # xdist gives the tests of a file no fixed order
def driver_killed(search_file: Path, riff_dataset: Path) -> Killed:
    out = search_file.with_name("driver-killed")
    with _search(riff_dataset, "--config", search_file, "--out", out) as process:
        trial = _when(lambda: _running(out), process)
        process.kill()
    evaluations = _evaluations(out)
    with _search(riff_dataset, "--out", out, "--resume") as process:
        _, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    return Killed(out, trial, evaluations, told)


@pytest.mark.slow
def test_a_killed_worker_costs_its_trial_what_came_after_its_last_checkpoint(worker_killed: Killed) -> None:
    [killed] = [row for row in worker_killed.rows if row["id"] == worker_killed.trial]
    assert (killed["state"], killed["restarts"]) == ("finished", "1")
    assert f"trial {killed['number']} of 4 began again at step " in worker_killed.told
    assert f"trial {killed['number']} of 4 began again at step 0" not in worker_killed.told


@pytest.mark.slow
def test_a_trial_that_fails_is_tried_again_and_does_not_end_the_search(worker_killed: Killed) -> None:
    [failed] = [row for row in worker_killed.rows if row["parameter.rate"] == "1e+30"]
    assert (failed["state"], failed["restarts"], failed["bits_per_column"]) == ("failed", "1", "")
    assert "the loss is nan" in failed["reason"]
    assert [row["state"] for row in worker_killed.rows] == ["finished", "finished", "finished", "failed"]


@pytest.mark.slow
def test_a_killed_search_goes_on_as_if_nothing_had_been(driver_killed: Killed, worker_killed: Killed) -> None:
    """The searcher suggests the same, finished trials are kept, the unfinished one goes on."""
    varying = {"id", "restarts", "cpu_seconds", "seconds"}
    found, expected = (
        [{name: value for name, value in row.items() if name not in varying} for row in search.rows]
        for search in (driver_killed, worker_killed)
    )
    assert found == expected
    kept = driver_killed.evaluations
    finished = [row for row in driver_killed.rows if len(kept.get(row["id"], ())) == 4]
    assert finished
    for row in finished:
        assert float(row["cpu_seconds"]) == kept[row["id"]][-1]["cpu_seconds"]
        assert f"trial {row['number']} of 4 began" not in driver_killed.told


@pytest.mark.slow
def test_what_a_search_leaves_can_be_used(worker_killed: Killed, riff_dataset: Path, tmp_path: Path) -> None:
    """Its best.yaml repeats the best trial exactly, its model generates, nothing is a pickle."""
    out = worker_killed.out
    tables = {f"{name}.{kind}" for name in ("results", "curves") for kind in ("csv", "parquet")}
    pictures = {"parallel_coordinates.png", "learning_curves.png", "slices.png"}
    others = {"best.yaml", "model", "report.html", "search.yaml", "search.json"}
    assert {path.name for path in out.iterdir()} == tables | pictures | others
    assert not [path for path in out.rglob("*") if path.suffix in (".pkl", ".pickle", ".pt", ".bin")]
    model = train(str(riff_dataset), tmp_path / "again", TrainConfig.read(out / "best.yaml"))
    again, found = (json.loads((folder / "metrics.json").read_text()) for folder in (model, out / "model"))
    assert again["validation"] == found["validation"]
    assert (model / "model.safetensors").read_bytes() == (out / "model/model.safetensors").read_bytes()
    best = worker_killed.rows[0]
    assert found["search"]["trial"] == int(best["number"])
    paid = [entry.get("eval_validation_bits_per_column", float("inf")) for entry in found["trained"]["log"]]
    assert min(paid) == float(best["bits_per_column"])
    assert main(["generate", str(out / "model"), "--bars", "2", "--seed", "1"]) == 0


class _RayTrial(SimpleNamespace):
    __hash__ = object.__hash__


def _ray_trial(tag: str, status: str, **last: Any) -> _RayTrial:
    return _RayTrial(
        experiment_tag=tag,
        trial_id=f"id {tag}",
        status=status,
        last_result=last,
        config={},
        num_failures=int(status == "ERROR"),
        get_error=lambda: None,
    )


def test_trials_keep_their_numbers_whatever_their_order() -> None:
    evaluation = asdict(Evaluation(10, 2.0, 2.0, 1.0, 1.0, 1.0))
    after_a_resume = [
        _ray_trial("3_rate=0.1", "PENDING"),
        _ray_trial("1_rate=0.3", "TERMINATED", evaluations=[evaluation], complete=True),
        _ray_trial("2_rate=0.2@perturbed[rate=0.1]", "TERMINATED", evaluations=[evaluation], complete=False),
        _ray_trial("4", "ERROR"),
    ]
    found = {trial.number: (trial.state, trial.restarts) for trial in as_trials(after_a_resume)}
    assert found == {1: ("finished", 0), 2: ("pruned", 0), 3: ("waiting", 0), 4: ("failed", 0)}


@pytest.mark.parametrize(
    ("arguments", "files", "message"),
    [
        (["--resume"], {}, "has no search to go on with: leave --resume out"),
        (["--resume"], {"search.json": "{}", "search.yaml": "", "best.yaml": ""}, "holds a finished search"),
        (["--resume", "--set", "trials=3"], {}, "leave --config, --set and --seed out"),
        (["--set", "trials=all"], {}, "the small preset: trials 'all': choose a whole number from 1"),
        ([], {"holiday.jpg": ""}, "exists already"),
        (
            [],
            {"search.json": "{}", "search.yaml": ""},
            "an unfinished search: add --resume to go on with it or --force",
        ),
        (["--address", "127.0.0.1:9"], {}, "no Ray cluster at 127.0.0.1:9"),
        (["--storage", "nowhere://x/y"], {}, "storage nowhere://x/y cannot be used"),
    ],
)
def test_mistakes_are_told_in_one_line(
    arguments: list[str],
    files: dict[str, str],
    message: str,
    riff_dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "found"
    for name, text in files.items():
        out.mkdir(exist_ok=True)
        (out / name).write_text(text)
    if "--address" not in arguments:
        monkeypatch.setattr("basstab_hf.search.search.connected", _unconnected)
    assert main(["search", str(riff_dataset), "--out", str(out), *arguments]) == 1
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert {path.name for path in out.glob("*")} == set(files)


class _unconnected:  # noqa: N801
    """In place of a cluster that is not needed."""

    def __init__(self, address: str) -> None: ...

    def __enter__(self) -> SimpleNamespace:
        return SimpleNamespace(cluster_resources=lambda: {"CPU": 2.0})

    def __exit__(self, *error: object) -> None: ...


def test_a_search_goes_on_with_its_own_dataset_only(
    riff_dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("basstab_hf.search.search.connected", _unconnected)
    (tmp_path / "search.yaml").write_text(yaml.safe_dump(SEARCH))
    began = {"fingerprint": "of another", "storage": str(tmp_path), "track": "none", "format": 1}
    for change, message in (({}, "began with another dataset"), ({"format": 2}, "a newer basstab wrote it")):
        (tmp_path / "search.json").write_text(json.dumps(began | change))
        assert main(["search", str(riff_dataset), "--out", str(tmp_path), "--resume"]) == 1
        assert message in capsys.readouterr().err


def test_environment_of_ray_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    from basstab_hf.search.tuner import _environment

    monkeypatch.setenv("TUNE_GLOBAL_CHECKPOINT_S", "7")
    before = dict(os.environ)
    with _environment(2):
        assert os.environ["TUNE_GLOBAL_CHECKPOINT_S"] == "7"
        assert os.environ["RAY_AIR_NEW_OUTPUT"] == "0"
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("changes", "cluster", "trials", "resources"),
    [
        ({}, {"CPU": 8.0}, 4, {"cpu": 1}),
        ({"cpus_per_trial": 3}, {"CPU": 8.0}, 2, {"cpu": 3}),
        ({"parallel": 2}, {"CPU": 8.0}, 2, {"cpu": 1}),
        ({}, {"CPU": 8.0, "GPU": 1.0}, 4, {"cpu": 1, "gpu": 0.25}),
        ({}, {"CPU": 8.0, "GPU": 8.0}, 4, {"cpu": 1, "gpu": 1.0}),
        ({"gpus_per_trial": 1}, {"CPU": 8.0, "GPU": 2.0}, 2, {"cpu": 1, "gpu": 1}),
        ({"gpus_per_trial": 0}, {"CPU": 8.0, "GPU": 2.0}, 4, {"cpu": 1}),
    ],
)
def test_trials_share_what_a_cluster_has(
    changes: dict[str, Any], cluster: dict[str, float], trials: int, resources: dict[str, float]
) -> None:
    room = Room.of(SearchConfig.from_dict(SEARCH | {"parallel": 0} | changes), cluster)
    assert (room.trials, room.resources) == (trials, resources)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cpus_per_trial": 9}, "cpus_per_trial 9: the Ray cluster has 8 processors"),
        ({"gpus_per_trial": 2}, "gpus_per_trial 2: the Ray cluster has 1 GPUs"),
    ],
)
def test_a_cluster_without_room_for_one_trial_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Room.of(SearchConfig.from_dict(SEARCH | changes), {"CPU": 8.0, "GPU": 1.0})
