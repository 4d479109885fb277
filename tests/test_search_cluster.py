"""The same search on this machine and on a cluster of two nodes."""

import csv
import json
import shlex
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import yaml

from basstab_hf.commands.parser import parse
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.search import search
from basstab_hf.search.watcher import as_trial
from tests.conftest import TINY, on_ray

BUDGETED = {"max_steps", "eval_steps", "logging_steps"}
CONFIG = {
    "train": TINY | {"training": {name: value for name, value in TINY["training"].items() if name not in BUDGETED}},
    "space": {"learning_rate": {"number": [0.001, 0.02], "log": True, "sets": "training.learning_rate"}},
    "trials": 2,
    "budget": {"steps": 6, "evaluations": 2},
    "searcher": "random",
    "scheduler": {"kind": "none"},
}
_SEARCH = """
import json, sys
import ray
from ray._private.state import actors
from basstab_hf.ray_cluster import connected
from basstab_hf.search.config import SearchConfig
from basstab_hf.search.search import search

dataset, out, address, storage = sys.argv[1:5]
with connected(address):
    search(dataset, out, SearchConfig.from_dict(json.loads(sys.argv[5])), address=address, storage=storage)
    job = ray.get_runtime_context().get_job_id()
    print(len({actor["Address"]["NodeID"] for actor in actors().values() if actor["JobID"] == job}))
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


def test_a_storage_place_that_nodes_do_not_share_is_told(tmp_path: Path) -> None:
    from ray.train._internal.storage import StorageContext

    place = StorageContext(str(tmp_path / "kept"), experiment_dir_name="trials")
    shutil.rmtree(tmp_path / "kept")  # as another node sees it
    with pytest.raises(RuntimeError) as error:
        place._check_validation_file()
    trial = Mock(trial_id="a", status="ERROR", last_result=None, config={}, num_failures=2)
    trial.get_error.return_value = error.value
    told = "its node does not find the storage place: give --storage a path or URL that all nodes share"
    assert as_trial(1, trial).reason == told


def test_a_storage_place_is_the_same_from_every_folder(
    riff_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*inputs: object, **settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("basstab_hf.search.search.connected", lambda address: nullcontext())
    monkeypatch.setattr("basstab_hf.search.search.run_search", interrupted)
    monkeypatch.chdir(tmp_path)
    for given, kept in (("kept", str(tmp_path / "kept")), ("local://kept", "local://kept")):
        with pytest.raises(KeyboardInterrupt):
            search(str(riff_dataset), "found", SearchConfig.from_dict(CONFIG), storage=given, force=True)
        assert json.loads((tmp_path / "found" / "search.json").read_text())["storage"] == kept


def test_the_job_for_kubernetes_runs_a_search_that_there_is() -> None:
    job = yaml.safe_load(Path("configs/cluster/rayjob.yaml").read_text())["spec"]
    options = vars(parse(shlex.split(job["entrypoint"])[1:]))
    assert (options["verb"], options["address"]) == ("search", "auto")
    cluster = job["rayClusterSpec"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    mounts = [group["template"]["spec"]["containers"][0]["volumeMounts"][0]["mountPath"] for group in groups]
    for place in (options["dataset"], options["out"]):
        assert all(Path(place).is_relative_to(mount) for mount in mounts)
    assert f"ray=={cluster['rayVersion']}\n" in Path("constraints.txt").read_text()
