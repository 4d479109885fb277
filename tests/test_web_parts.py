"""What pages load in a browser: pinned, checked."""

import json
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
    monkeypatch.setattr(web_parts, "node_modules", lambda: tmp_path)
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


@pytest.mark.parametrize("program", ["exit 1", "exec sleep 60", None])
def test_an_npm_that_fails_leaves_nothing(
    program: str | None, empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n{program}\n" if program else "no program")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(npm.parent), prepend=":")
    monkeypatch.setattr(web_parts, "_INSTALL_SECONDS", 0.5)
    assert web_parts.node_modules() is None
    assert list(empty_cache.iterdir()) == []
    assert web_parts.node_modules(install=False) is None


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
