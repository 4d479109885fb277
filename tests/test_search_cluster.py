"""The same search on this machine and on a cluster of two nodes."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TINY, on_ray

CONFIG = {
    "train": TINY,
    "space": {"learning_rate": {"number": [0.001, 0.02], "log": True, "sets": "training.learning_rate"}},
    "trials": 2,
    "budget": {"steps": 6, "evaluations": 2},
    "searcher": "random",
    "scheduler": {"kind": "none"},
}
_SEARCH = """
import json, sys
from ray._private.state import actors
from basstab_hf.ray_cluster import connected
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.search import search

dataset, out, address, storage = sys.argv[1:5]
with connected(address):
    search(dataset, out, SearchConfig.from_dict(json.loads(sys.argv[5])), address=address, storage=storage)
    print(len({actor["Address"]["NodeID"] for actor in actors().values()}))
"""
#: What differs between two runs of one search.
_UNLIKE = {"id", "node", "cpu_seconds", "seconds", "columns_per_second"}


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="") as file:
        return [{name: value for name, value in row.items() if name not in _UNLIKE} for row in csv.DictReader(file)]


@pytest.mark.slow
def test_a_cluster_finds_what_one_machine_finds(riff_dataset: Path, ray_address: str, tmp_path: Path) -> None:
    """One keeps its trials in a folder, the other at a URL that fsspec knows and pyarrow does not."""
    here, there = tmp_path / "here", tmp_path / "there"
    on_ray(_SEARCH, riff_dataset, here, "local", tmp_path / "folder", json.dumps(CONFIG))
    url = f"local://{tmp_path / 'url'}"
    nodes = on_ray(_SEARCH, riff_dataset, there, ray_address, url, json.dumps(CONFIG))
    assert nodes == "2\n"
    for name in ("results.csv", "curves.csv"):
        assert rows(here / name) == rows(there / name)
        assert rows(here / name)
    assert (here / "best.yaml").read_bytes() == (there / "best.yaml").read_bytes()
    assert {path.name for path in here.iterdir()} == {path.name for path in there.iterdir()}
    assert [path for place in ("folder", "url") for path in (tmp_path / place).rglob("*")] == []
