"""Ray Train: two workers of a cluster on this machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from basstab_hf.errors import InputError
from basstab_hf.train_config import TrainConfig
from basstab_hf.train_on_ray import train_on_ray
from tests.test_processes import EVEN, alone, assert_same_training

__all__ = ["alone"]  # a fixture

# In a process of its own: Ray leaves threads and sockets behind that would warn in other tests.
_ON_A_CLUSTER = """
import json, sys
import ray
from basstab_hf.errors import InputError
from basstab_hf.train_config import TrainConfig
from basstab_hf.train_on_ray import train_on_ray

if __name__ == "__main__":
    dataset, out, values = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100_000_000, log_to_driver=False)
    for broken, processes in (["training.per_device_train_batch_size=7"], 2), ([], 3):
        try:
            train_on_ray(dataset, out, TrainConfig.from_dict(values, broken), address="local", processes=processes)
        except InputError as error:
            print(error)
    train_on_ray(dataset, out, TrainConfig.from_dict(values), address="local", processes=2)
    ray.shutdown()
"""


@pytest.mark.slow
def test_two_workers_train_what_one_process_does(riff_dataset: Path, alone: Path, tmp_path: Path) -> None:
    script, out = tmp_path / "on_a_cluster.py", tmp_path / "model"
    script.write_text(_ON_A_CLUSTER)
    done = subprocess.run(
        [sys.executable, script, riff_dataset, out, json.dumps(EVEN)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "training.per_device_train_batch_size 7 cannot be shared evenly by 2 processes: "
        "set it to a multiple, such as 8",
        "the Ray cluster has 2 processors for 3 processes",
    ]
    assert {path.name for path in out.iterdir()} == {path.name for path in alone.iterdir()}
    assert_same_training(out, alone)


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no Ray cluster at 127.0.0.1:9: start one with"):
        train_on_ray("nowhere", tmp_path / "model", TrainConfig.small(), address="127.0.0.1:9")
