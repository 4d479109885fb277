"""Launchers: as many processes as were asked for, or none; and the same result from one and from two."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from safetensors.numpy import load_file

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.processes import asked_processes, check_processes, rank, share_batch
from basstab_hf.training.train import train
from tests.conftest import TINY, UNMEASURED

SCRIPT = Path(__file__).parent.parent / "scripts" / "train.py"
#: Without dropout, whose places each process draws for itself; 8 blocks a step, of which 2 processes take 4 each.
EVEN: dict[str, Any] = {
    "model": {**TINY["model"], "n_layer": 1, "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0},
    "training": {**TINY["training"], "max_steps": 20, "logging_steps": 1},
}


def losses(model: Path) -> dict[tuple[int, str], float]:
    log = json.loads((model / "metrics.json").read_text())["trained"]["log"]
    names = ("loss", "grad_norm", "eval_train_loss", "eval_validation_loss")
    return {(entry["step"], name): entry[name] for entry in log for name in names if name in entry}


def assert_same_training(one: Path, other: Path) -> None:
    """Sums in another order: 6 digits of the losses stay, and weights differ by less than fp16 can tell near 1."""
    assert losses(one) == pytest.approx(losses(other), rel=1e-5)
    weights = [load_file(folder / "model.safetensors") for folder in (one, other)]
    assert weights[0].keys() == weights[1].keys()
    assert max(abs(value - weights[1][name]).max() for name, value in weights[0].items()) < 1e-3


def launched(
    launcher: list[str], *arguments: str | Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *launcher, SCRIPT, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def alone(riff_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(str(riff_dataset), tmp_path_factory.mktemp("alone") / "model", TrainConfig.from_dict(EVEN))


@pytest.fixture
def even(tmp_path: Path) -> Path:
    path = tmp_path / "even.yaml"
    path.write_text(yaml.safe_dump(EVEN))
    return path


TORCHRUN = ["torch.distributed.run", "--nproc_per_node", "2"]
ACCELERATE = ["accelerate.commands.launch", "--cpu", "--num_processes", "2"]


@pytest.mark.slow
def test_two_processes_train_what_one_does(riff_dataset: Path, alone: Path, even: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    done = launched(TORCHRUN, riff_dataset, "--out", out, "--config", even)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("trained; try") == 1
    assert {path.name for path in out.iterdir()} == {path.name for path in alone.iterdir()}
    assert_same_training(out, alone)


@pytest.mark.slow
def test_accelerate_on_a_processor_starts_one_process_and_is_refused(
    riff_dataset: Path, even: Path, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    done = launched(ACCELERATE, riff_dataset, "--out", out, "--config", even, "--processes", "2", env=UNMEASURED)
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if line.startswith("basstab train: ")]
    torchrun = "`torchrun --nproc_per_node 2 scripts/train.py ... --processes 2`"
    assert said == [f"basstab train: --processes 2, but 1 process was started: start them with {torchrun}"]
    assert not out.exists()


@pytest.mark.slow
def test_a_mistake_in_all_processes_is_told_once(riff_dataset: Path, even: Path, tmp_path: Path) -> None:
    wrong = ("--processes", "1")
    done = launched(TORCHRUN, riff_dataset, "--out", tmp_path / "model", "--config", even, *wrong, env=UNMEASURED)
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if line.startswith("basstab train: ")]
    assert said == ["basstab train: 2 processes were started, one was asked for: add --processes 2"]
    assert not (tmp_path / "model").exists()


def test_the_number_of_processes_must_be_the_one_asked_for(riff_dataset: Path, tmp_path: Path) -> None:
    check_processes(3, 3)
    with pytest.raises(InputError, match="3 processes were started, one was asked for: add --processes 3"):
        check_processes(1, 3)
    with pytest.raises(InputError, match="--processes 4, but 2 processes were started"):
        check_processes(4, 2)
    with pytest.raises(InputError, match="--processes 2, but 1 process was started"):
        train(str(riff_dataset), tmp_path / "model", TrainConfig.from_dict(EVEN), processes=2)
    assert not (tmp_path / "model").exists()


def test_a_launcher_says_how_many_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACCELERATE_MIXED_PRECISION", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert [asked_processes(number) for number in (None, 3)] == [3, 3]
    with pytest.raises(InputError, match="--processes 2, but 3 processes were started"):
        asked_processes(2)


def test_accelerate_needs_the_number_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.delenv("ACCELERATE_MIXED_PRECISION", raising=False)
    assert [asked_processes(number) for number in (None, 1, 4)] == [1, 1, 4]
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "no")
    assert asked_processes(4) == 4
    with pytest.raises(InputError, match="add --processes N"):
        asked_processes(None)


@pytest.mark.parametrize(("processes", "gpus", "share"), [(1, 0, 12), (2, 1, 6), (4, 0, 3), (1, 3, 4)])
def test_processes_share_one_batch(processes: int, gpus: int, share: int) -> None:
    arguments: Any = SimpleNamespace(per_device_train_batch_size=12, world_size=processes, n_gpu=gpus)
    share_batch(arguments)
    assert arguments.per_device_train_batch_size == share


def test_a_batch_that_cannot_be_shared_evenly_is_told() -> None:
    arguments: Any = SimpleNamespace(per_device_train_batch_size=10, world_size=4, n_gpu=0)
    with pytest.raises(InputError, match="10 cannot be shared evenly by 4 processes: set it to a multiple, such as 12"):
        share_batch(arguments)


def test_the_launcher_says_the_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "3")
    assert rank() == 3
    monkeypatch.delenv("RANK")
    assert rank() == 0


def test_other_processes_leave_the_word_to_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    waited: list[float] = []
    monkeypatch.setenv("RANK", "2")
    monkeypatch.setattr("basstab_hf.cli.time.sleep", waited.append)
    assert main(["train", "x", "--out", str(tmp_path / "model"), "--config", "none.yaml"]) == 1
    assert waited == [5]
    assert capsys.readouterr().err.startswith("basstab train: process 2: cannot read none.yaml")


def test_an_interrupted_run_on_ray_is_resumed_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = tmp_path / "checkpoints" / "checkpoint-7"
    checkpoint.mkdir(parents=True)
    (checkpoint / "trainer_state.json").write_text("{}")
    asked: dict[str, Any] = {}

    def interrupted(*places: str, **settings: Any) -> None:
        asked.update(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("basstab_hf.training.train_on_ray.train_on_ray", interrupted)
    assert main(["train", "x", "--out", str(tmp_path), "--ray", "here:1", "--processes", "2"]) == 130
    assert (asked["address"], asked["processes"]) == ("here:1", 2)
    assert "interrupted: the same command with --resume goes on from its last checkpoint" in capsys.readouterr().err
