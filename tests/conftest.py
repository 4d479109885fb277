"""Shared fixtures: riffs written by rule, a dataset of them, and a tiny model trained on it once a session."""

from __future__ import annotations

import functools
import importlib.util
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: two threads wait for each other
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # processes of tests are interrupted, too

# Machines differ in speed: no deadlines. CI draws the same examples every time, a developer's machine new ones, fewer:
# many runs of five minutes find more than one of ten.
_IN_CI = bool(os.environ.get("CI"))
settings.register_profile("basstab", deadline=None, max_examples=40 if _IN_CI else 30, derandomize=_IN_CI)
settings.load_profile("basstab")

REAL_TABS = Path(os.environ.get("BASSTAB_REAL_TABS", "../shared/real_tabs"))
DATA = Path(__file__).parent / "data"


def riff(number: int, bars: int = 8) -> str:
    """A tab of our own: two bars of eighths on two strings each, again and again, 4 bars a system, 17 columns a bar."""
    chance = random.Random(number)
    rows = [chance.sample(range(4), 2) for _ in range(2)]
    root = chance.randint(0, 5)
    steps = [chance.randint(0, 3) for _ in range(16)]
    systems = []
    for start in range(0, bars, 4):
        lines = ["", "", "", ""]
        for bar in range(start, start + 4):
            cells = [["-"] * 17 for _ in range(4)]
            for step in range(0, 16, 2):
                string = rows[bar % 2][(step // 2) % 2]
                cells[string][1 + step] = str(root + steps[bar % 2 * 8 + step // 2])
            for string in range(4):
                lines[string] += "".join(cells[string]) + "|"
        systems.append("\n".join(f"{label}|{line}" for label, line in zip("GDAE", lines, strict=True)))
    return "\n\n".join(systems) + "\n"


@pytest.fixture(scope="session")
def riff_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 riffs as artist/title.txt."""
    folder = tmp_path_factory.mktemp("riffs")
    for number in range(60):
        path = folder / f"artist-{number % 7}" / f"riff-{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Riff {number}, written for this test\n\nIntro\n{riff(number)}")
    return folder


@pytest.fixture(scope="session")
def riff_dataset(riff_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The riffs, built."""
    from basstab_hf.dataset.build import build

    out = tmp_path_factory.mktemp("built") / "dataset"
    build([str(riff_folder)], out)
    return out


needs_cpp = pytest.mark.skipif(
    importlib.util.find_spec("basstab_hf.generate._decoder") is None,
    reason="the optional system package g++ (with python3-dev) was not there at set-up: no C++ engine was built",
)

#: The packages of npm are installed once, into the cache folder.
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="the optional system package npm is not installed")
_CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="the optional system package chromium is not installed")
# No sandbox for root, no calls to Google, sound without a click.
_QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"),
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page that reaches this machine only; what it asked for elsewhere or complained of fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    wrong: list[str] = []

    def served(route: Any) -> None:
        url = route.request.url
        if url.startswith(("http://127.0.0.1", "http://localhost", "file:", "data:", "blob:")):
            route.continue_()
        else:
            wrong.append(f"asked for {url}")
            route.abort()

    context.route("**/*", served)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong


TINY = {
    "model": {"n_layer": 2, "n_head": 2, "n_embd": 32, "n_positions": 128},
    "training": {
        "max_steps": 30,
        "per_device_train_batch_size": 8,
        "per_device_eval_batch_size": 8,
        "learning_rate": 0.01,
        "eval_steps": 10,
        "logging_steps": 5,
        "use_cpu": True,
    },
    "controls": 0.5,
    "fill_in_the_middle": 0.3,
}


@pytest.fixture(scope="session")
def riff_model(riff_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model trained on the riffs."""
    from basstab_hf.training.config import TrainConfig
    from basstab_hf.training.train import train

    return train(str(riff_dataset), tmp_path_factory.mktemp("trained") / "model", TrainConfig.from_dict(TINY))


@pytest.fixture(scope="session")
def mlflow_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow store to copy: making its tables takes longer than most tests."""
    from basstab_hf.tracking.mlflow_store import open_store, store_uri

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    open_store(store_uri(str(path)))
    return path


#: Files whose tests start Ray: two clusters that start at the same time on one machine get in each other's way.
_ON_RAY = {
    *("test_mapping", "test_ray_cluster", "test_search", "test_search_cluster", "test_train_on_ray"),
    *("test_trainer_search", "test_presets"),
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadfile --no-loadscope-reorder`: a file's tests go to one worker, those on Ray to the same.

    A scheduler of our own, for the group marks of xdist 3.8 are lost on pytest 9.2.
    """
    from xdist.scheduler.loadscope import LoadScopeScheduling

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return "ray" if Path(path).stem in _ON_RAY else path

    return Files(config, log)


#: A room that holds or drives a model is named.
_A_MODEL = re.compile(
    r"basstab_hf\.(model|generate|training|evaluation|registration|tracking|search|hub|publish|page|demo|static_space)\b"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark files that name no model as `light`; put what is on Ray first: it takes longer than half of the rest."""
    light = functools.cache(lambda path: not _A_MODEL.search(path.read_text(encoding="utf-8")))
    for item in items:
        if light(item.path):
            item.add_marker("light")
    items.sort(key=lambda item: item.path.stem not in _ON_RAY)


#: For processes that start many others or work long: measuring makes them a third slower.
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}

# Two nodes, which need a shared disk or the objects of each other. Ends with its standard input, so with these tests.
_CLUSTER = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
for _ in range(2):
    cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
cluster.wait_for_nodes()
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""
_RAY = {
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2",  # how often it looks whether workers are done
    "RAY_USAGE_STATS_ENABLED": "0",
}


@pytest.fixture(scope="session")
def ray_address() -> Iterator[str]:
    """HOST:PORT of a Ray cluster of two nodes with a processor each, started once, for `on_ray`."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", _CLUSTER], env=UNMEASURED | _RAY, text=True, **pipes) as cluster:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().strip()
        assert address, "no Ray cluster could be started here"
        yield address
        cluster.communicate(timeout=60)


def on_ray(program: str, *arguments: object) -> str:
    """What a program prints that connects to a cluster.

    In a process of its own: Ray leaves threads and sockets behind that would warn in other tests.
    """
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, env=UNMEASURED | _RAY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def store(mlflow_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of a store of the test's own, which is where runs are recorded; the test's folder is the current one."""
    from basstab_hf.tracking.mlflow_store import open_store, store_uri

    copy = tmp_path / "mlflow.db"
    copy.write_bytes(mlflow_database.read_bytes())
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    return open_store(store_uri())


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The ids with which the numpy engine is started, each time."""
    from basstab_hf.generate.numpy_engine import NumpyEngine

    found: list[list[int]] = []

    class Watched(NumpyEngine):
        def start(self, ids):
            found.append(list(ids))
            return super().start(ids)

    monkeypatch.setattr("basstab_hf.generate.numpy_engine.NumpyEngine", Watched)
    return found
