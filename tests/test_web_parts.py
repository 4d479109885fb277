"""What pages load in a browser: pinned, checked."""

import errno
import json
import os
import re
from importlib import resources
from pathlib import Path

import pytest

from basstab_hf import web_parts
from basstab_hf.errors import InputError
from basstab_hf.web_parts import NUMPY, PYODIDE, WebPart
from tests.conftest import needs_npm


@pytest.mark.parametrize("part", [*PYODIDE, NUMPY], ids=lambda part: part.name)
def test_parts_are_of_the_versions_of_the_lock_file(part: WebPart) -> None:
    lock = json.loads((resources.files("basstab_hf.web_parts") / "package-lock.json").read_text())
    about = lock["packages"][f"node_modules/{part.package}"]
    assert about["integrity"].startswith("sha512-")
    assert part.package == "pyodide" or f"numpy-{about['version'].partition('-')[0]}-" in part.path
    assert re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", part.integrity)


def test_integrity_is_what_browsers_compute() -> None:
    # The example of the W3C's Subresource Integrity.
    assert web_parts.integrity(b"alert('Hello, world.');") == (
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )


@needs_npm
def test_parts_are_as_they_were_pinned() -> None:
    for part in (*PYODIDE, NUMPY):
        assert web_parts.integrity(web_parts.read(part)) == part.integrity


def test_another_file_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = PYODIDE[0]
    path = tmp_path / part.package / part.path
    path.parent.mkdir(parents=True)
    path.write_text("something else")
    monkeypatch.setattr(web_parts, "_modules", lambda: tmp_path)
    with pytest.raises(InputError, match="not the file that was pinned"):
        web_parts.read(part)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BASSTAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.usefixtures("empty_cache")
def test_without_npm_it_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert web_parts.node_modules() is None
    with pytest.raises(InputError, match="install Node"):
        web_parts.read(PYODIDE[0])


def npm_that(runs: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    npm = place / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(runs)
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent), prepend=":")
    return npm


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (
            "#!/bin/sh\nmkdir node_modules\necho 'npm error code\033[31m EAI' >&2\nexit 1\n",
            r"browsers: npm error code\\u001b\[31m EAI",
        ),
        ("#!/bin/sh\nmkdir node_modules\nkill -9 $$\n", "browsers: exit status -9"),
        ("#!/bin/sh\nmkdir node_modules\nexec sleep 60\n", r"npm does not end within 0\.5 s"),
        ("no program", "npm cannot be run: Exec format error"),
    ],
)
def test_an_npm_that_fails_leaves_nothing_and_is_told_in_a_line(
    program: str, told: str, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm_that(program, tmp_path, monkeypatch)
    monkeypatch.setattr(web_parts, "_INSTALL_SECONDS", 0.5)
    with pytest.raises(InputError, match=told) as refused:
        web_parts.read(PYODIDE[0])
    assert "\n" not in str(refused.value)
    assert list(empty_cache.iterdir()) == []
    assert web_parts.node_modules() is None
    assert web_parts.node_modules(install=False) is None


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("call", ["shutil.copy", "pathlib.Path.rename", "pathlib.Path.mkdir"])
def test_a_disk_that_fails_is_told_and_nothing_is_left(
    number: int, call: str, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm_that("#!/bin/sh\nmkdir node_modules\n", tmp_path, monkeypatch)

    def fail(*given: object, **more: object) -> None:
        raise OSError(number, os.strerror(number), str(given[0]))

    with monkeypatch.context() as failing:
        failing.setattr(call, fail)
        with pytest.raises(
            InputError, match=f"cannot write .*: {os.strerror(number)}: make room, or let BASSTAB_CACHE"
        ):
            web_parts.read(PYODIDE[0])
    assert not empty_cache.exists() or list(empty_cache.iterdir()) == []
    assert web_parts.node_modules() is not None


def test_a_home_that_cannot_be_written_costs_npm_its_cache_alone(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm_that('#!/bin/sh\nmkdir node_modules\necho "$*" > node_modules/called\n', tmp_path, monkeypatch)
    (tmp_path / "home").write_text("no folder")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("npm_config_cache", raising=False)
    found = web_parts.node_modules()
    assert found is not None
    assert f"--cache {empty_cache}/.basstab-" in (found / "called").read_text()
    assert [path.name for path in empty_cache.iterdir()] == [found.parent.name]


def test_what_npm_installed_is_kept(empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\ntest -f package-lock.json && mkdir node_modules\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent), prepend=":")
    found = web_parts.node_modules()
    assert found is not None
    assert found.parent.parent == empty_cache
    npm.unlink()
    assert web_parts.node_modules() == found
