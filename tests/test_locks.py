import socket
import subprocess
import sys
from pathlib import Path

import pytest

from basstab_hf.errors import OutputError
from basstab_hf.locks import held

_HOLD = (
    "import sys; from basstab_hf.locks import held\nwith held(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
)


def _holder(place: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_holds_the_place(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "run"
    with _holder(place) as other:
        who = f"run is being written by process {other.pid} on {socket.gethostname()}: wait for it"
        with pytest.raises(OutputError, match=who), held(place):
            pass
        assert other.stdin
        other.stdin.close()
        other.wait()
        with held(place):
            pass
    assert list(place.parent.iterdir()) == []


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with _holder(tmp_path / "run") as other:
        other.kill()
        other.wait()
        with held(tmp_path / "run"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_an_error_within_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), held(tmp_path / "run"):
        raise RuntimeError
    with (
        held(tmp_path / "run"),
        pytest.raises(OutputError, match="is being written by process"),
        held(tmp_path / "run"),
    ):
        pass


def test_where_no_lock_can_be_written_that_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / ".run.lock").symlink_to(tmp_path / "nowhere" / "lock")
    with held(tmp_path / "run"):
        pass
    assert "run is not locked" in caplog.text
