from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from basstab_hf.dataset.build import build
from basstab_hf.dataset.mapping import mapped, mapped_on_ray
from basstab_hf.errors import InputError
from tests.conftest import on_ray
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
def test_a_cluster_that_is_not_there_is_told(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # "auto" would find the clusters of other tests: their processes, and the file that names the latest one.
    monkeypatch.setattr("ray._private.services.find_gcs_addresses", cache(set))
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    with pytest.raises(InputError, match=f"no Ray cluster at {address}: start one with"):
        list(mapped_on_ray(hex, range(3), address))


@pytest.mark.slow
def test_a_ray_cluster_of_two_workers_builds_the_same_bytes(
    riff_folder: Path, riff_dataset: Path, ray_address: str, tmp_path: Path
) -> None:
    program = (
        "import sys; from basstab_hf.dataset.build import build; build([sys.argv[1]], sys.argv[2], ray=sys.argv[3])"
    )
    on_ray(program, riff_folder, tmp_path / "out", ray_address)
    assert digest(tmp_path / "out") == digest(riff_dataset)


def test_two_processes_build_the_same_bytes(riff_folder: Path, riff_dataset: Path, tmp_path: Path) -> None:
    build([str(riff_folder)], tmp_path / "out", jobs=2)
    assert digest(tmp_path / "out") == digest(riff_dataset)
