import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from basstab_hf.dataset.build import build
from basstab_hf.dataset.mapping import mapped, mapped_on_ray
from basstab_hf.errors import InputError
from tests.test_build import digest


def test_processes_keep_the_order() -> None:
    assert list(mapped(hex, range(200), 2)) == list(mapped(hex, range(200), 1)) == [hex(n) for n in range(200)]


def test_items_are_read_only_a_little_ahead() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    found = mapped(hex, items(), 2)
    assert next(found) == "0x0"
    assert len(taken) < 1000
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["127.0.0.1:9", "no.such.host.invalid:6379", "auto"])
def test_a_cluster_that_is_not_there_is_told(address: str) -> None:
    with pytest.raises(InputError, match=f"no Ray cluster at {address}: start one with"):
        list(mapped_on_ray(hex, range(3), address))


# In a process of its own: Ray leaves threads and sockets behind that would warn in other tests.
_ON_A_CLUSTER = """
import sys
from ray.cluster_utils import Cluster
from basstab_hf.dataset.build import build

if __name__ == "__main__":
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
    cluster.wait_for_nodes()
    build([sys.argv[1]], sys.argv[2], ray=cluster.address)
    cluster.shutdown()
"""


@pytest.mark.slow
def test_a_ray_cluster_of_two_workers_builds_the_same_bytes(
    riff_folder: Path, riff_dataset: Path, tmp_path: Path
) -> None:
    script = tmp_path / "on_a_cluster.py"
    script.write_text(_ON_A_CLUSTER)
    environment = os.environ | {"RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
    subprocess.run(
        [sys.executable, script, riff_folder, tmp_path / "out"],
        check=True,
        timeout=300,
        env=environment,
        capture_output=True,
    )
    assert digest(tmp_path / "out") == digest(riff_dataset)


def test_two_processes_build_the_same_bytes(riff_folder: Path, riff_dataset: Path, tmp_path: Path) -> None:
    build([str(riff_folder)], tmp_path / "out", jobs=2)
    assert digest(tmp_path / "out") == digest(riff_dataset)
