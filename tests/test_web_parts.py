"""What pages load in a browser: pinned, checked, copied."""

import json
import re
from importlib import resources
from pathlib import Path

import pytest

from basstab_hf import web_parts
from basstab_hf.errors import InputError
from basstab_hf.web_parts import ALPHATAB, ONNX, WebPart
from tests.conftest import needs_npm


@pytest.mark.parametrize("part", [*ALPHATAB, *ONNX], ids=lambda part: part.name)
def test_urls_name_one_version_and_the_lock_file_has_the_same(part: WebPart) -> None:
    found = re.fullmatch(r"https://cdn\.jsdelivr\.net/npm/(@?[\w/-]+)@(\d+\.\d+\.\d+)/(.+)", part.url)
    assert found
    assert (found[1], found[3]) == (part.package, part.path)
    lock = json.loads((resources.files("basstab_hf.web_parts") / "package-lock.json").read_text())
    assert lock["packages"][f"node_modules/{part.package}"]["version"] == found[2]
    assert re.fullmatch(r"sha384-[A-Za-z0-9+/]{64}", part.integrity)


def test_integrity_is_what_browsers_compute() -> None:
    # The example of the W3C's Subresource Integrity.
    assert web_parts.integrity(b"alert('Hello, world.');") == (
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )


@needs_npm
def test_parts_are_copied_as_they_were_pinned(tmp_path: Path) -> None:
    web_parts.copy(ALPHATAB, tmp_path / "parts")
    assert {path.name for path in (tmp_path / "parts").iterdir()} == {part.name for part in ALPHATAB}
    for part in ALPHATAB:
        assert web_parts.integrity((tmp_path / "parts" / part.name).read_bytes()) == part.integrity


def test_another_file_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = ALPHATAB[0]
    path = tmp_path / part.package / part.path
    path.parent.mkdir(parents=True)
    path.write_text("something else")
    monkeypatch.setattr(web_parts, "node_modules", lambda: tmp_path)
    with pytest.raises(InputError, match="not the file that was pinned"):
        web_parts.copy([part], tmp_path / "parts")
    assert list((tmp_path / "parts").iterdir()) == []


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BASSTAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_without_npm_it_is_told_what_to_do(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert web_parts.node_modules() is None
    with pytest.raises(InputError, match="install Node"):
        web_parts.copy(ALPHATAB, empty_cache / "parts")


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
