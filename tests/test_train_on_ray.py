"""Ray Train: two workers of a cluster on this machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from basstab_hf.errors import InputError
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.train_on_ray import train_on_ray
from tests.conftest import on_ray
from tests.test_processes import EVEN, alone, assert_same_training

__all__ = ["alone"]  # a fixture

_TRAINING = """
import json, sys
from basstab_hf.errors import InputError
from basstab_hf.ray_cluster import connected
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.train_on_ray import train_on_ray

dataset, out, address, config = *sys.argv[1:4], TrainConfig.from_dict(json.loads(sys.argv[4]))
with connected(address):  # which both runs take over and leave open
    try:
        train_on_ray(dataset, out, config, address=address, processes=3)
    except InputError as error:
        print(error)
    train_on_ray(dataset, out, config, address=address, processes=2)
"""


@pytest.mark.slow
def test_two_workers_train_what_one_process_does(
    riff_dataset: Path, alone: Path, ray_address: str, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    said = on_ray(_TRAINING, riff_dataset, out, ray_address, json.dumps(EVEN))
    assert said == "the Ray cluster has 2 processors for 3 processes\n"
    assert {path.name for path in out.iterdir()} == {path.name for path in alone.iterdir()}
    assert_same_training(out, alone)


@pytest.mark.parametrize("mistake", [InputError("no such dataset"), ValueError("a bug")])
def test_what_a_worker_raises_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: Exception) -> None:
    """In place of a cluster: workers that fail in the way of Ray."""
    from ray.train import WorkerGroupError

    class Failing:
        def __init__(self, *inputs: object, **settings: object) -> None: ...

        def fit(self) -> None:
            raise WorkerGroupError("2 workers failed", {0: mistake, 1: mistake})

    @contextmanager
    def connected(address: str) -> Iterator[object]:
        yield SimpleNamespace(cluster_resources=lambda: {"CPU": 2.0})

    monkeypatch.setattr("ray.train.torch.TorchTrainer", Failing)
    monkeypatch.setattr("basstab_hf.training.train_on_ray.connected", connected)
    expected = type(mistake) if isinstance(mistake, InputError) else WorkerGroupError
    with pytest.raises(expected):
        train_on_ray("nowhere", tmp_path / "model", TrainConfig.small(), address="local", processes=2)


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no Ray cluster at 127.0.0.1:9: start one with"):
        train_on_ray("nowhere", tmp_path / "model", TrainConfig.small(), address="127.0.0.1:9")
