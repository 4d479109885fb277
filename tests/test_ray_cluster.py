"""Connections to Ray, with a real head that asks for a token; each in a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.ray_cluster import connected
from tests.conftest import UNMEASURED

TOKEN = "the-token-of-this-test"
_HEAD = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 3, "include_dashboard": False})
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""
# Connects once for each set of variables, one after another, so that none may leave a trace for the next.
_CONNECTIONS = """
import os, sys
from basstab_hf.errors import InputError
from basstab_hf.ray_cluster import connected

before = {name: value for name, value in os.environ.items() if name.startswith("RAY_AUTH")}
address, *all_said = sys.argv[1:]
for said in all_said:
    added = dict(word.split("=", 1) for word in said.split())
    os.environ.update(added)
    try:
        with connected(address) as ray:
            print(f"{ray.cluster_resources()['CPU']:g} processors")
    except InputError as error:
        print(error)
    for name in added:
        del os.environ[name]
    assert before == {name: value for name, value in os.environ.items() if name.startswith("RAY_AUTH")}
"""
_HOW = "set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN to what `ray get-auth-token` prints on the head"


@pytest.fixture(scope="module")
def head() -> Iterator[str]:
    """HOST:PORT of a head with three processors that wants TOKEN."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    env = UNMEASURED | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}
    with subprocess.Popen([sys.executable, "-c", _HEAD], env=env, text=True, **pipes) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, "no Ray cluster could be started here"
        yield address
        process.communicate(timeout=60)


def connections(home: Path, address: str, *said: str) -> list[str]:
    """What is told of connections with these variables set; nothing is written to stderr."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")} | {"HOME": str(home)}
    command = [sys.executable, "-c", _CONNECTIONS, address, *said]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    assert TOKEN not in done.stdout
    assert "mistaken" not in done.stdout
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_head_that_wants_a_token(head: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    told = connections(
        tmp_path / "home",
        head,
        "",
        "RAY_AUTH_MODE=token RAY_AUTH_TOKEN=mistaken",
        f"RAY_AUTH_MODE=token RAY_AUTH_TOKEN={TOKEN}",
        "RAY_AUTH_MODE=token",
        "RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=/nowhere",
        f"RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH={tmp_path / 'token'}",
    )
    assert told == [
        f"the Ray cluster at {head} asks for a token: {_HOW}",
        f"the Ray cluster at {head} refuses the token found here: {_HOW}",
        "3 processors",
        f"no token for the Ray cluster at {head}: Token authentication is enabled but no authentication token was "
        f"found: {_HOW}",
        f"no token for the Ray cluster at {head}: RAY_AUTH_TOKEN_PATH is set but file cannot be opened or is empty: "
        f"/nowhere: {_HOW}",
        "3 processors",
    ]


@pytest.mark.slow
def test_a_cluster_without_tokens_takes_who_has_one(ray_address: str, tmp_path: Path) -> None:
    assert connections(tmp_path, ray_address, "RAY_AUTH_MODE=token RAY_AUTH_TOKEN=mistaken") == ["2 processors"]


@pytest.mark.slow
def test_a_cluster_of_our_own_needs_no_home(tmp_path: Path) -> None:
    missing = "/proc/missing"  # where nobody can make a folder
    told = connections(Path(missing), "local", "", "RAY_AUTH_MODE=token")
    assert told[0].endswith(" processors")
    assert told[1].startswith("no Ray cluster could be started on this machine: ")
    assert missing in told[1]


def test_an_address_of_ray_client_is_refused() -> None:
    with pytest.raises(InputError, match=r"ray://host:10001: give HOST:PORT or auto, on a machine that is a node"):
        connected("ray://host:10001").__enter__()


_FOREIGN = ConnectionError("Failed to connect")
_FOREIGN.__cause__ = RuntimeError("No node info found matching attributes: ''")


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (_FOREIGN, "this machine is no node of the Ray cluster at {}: run this on one, or `ray start` it as one"),
        (
            RuntimeError("Version mismatch: started with:\n    Ray: 2.60.0\n    Python: 3.12.1\n"),
            "the Ray cluster at {} needs the same Python and Ray everywhere: "
            "Version mismatch: started with: Ray: 2.60.0 Python: 3.12.1",
        ),
    ],
)
def test_a_node_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, raised: Exception, told: str) -> None:
    """In place of Ray, which looks for a node here for a minute."""

    def init(**settings: object) -> None:
        raise raised

    monkeypatch.setattr("ray.init", init)
    with socket.create_server(("", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(InputError) as error:
            connected(address).__enter__()
    assert str(error.value) == told.format(address)


def test_a_connection_that_is_there_is_taken_over_and_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    there = SimpleNamespace(is_initialized=lambda: True)
    monkeypatch.setitem(sys.modules, "ray", there)
    with connected("anywhere") as ray:
        assert ray is there


def test_without_ray_the_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"basstab-hf\[search\]"):
        connected("local").__enter__()
