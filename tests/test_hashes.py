"""requirements-hashed.txt: all that can be installed, pinned as in constraints.txt, with hashes; pip takes it."""

import importlib.metadata as metadata
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ALL, CUDA = ROOT / "requirements-hashed.txt", ROOT / "requirements-hashed-cuda.txt"


@pytest.fixture(scope="module")
def lock_hashes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock_hashes", ROOT / "scripts" / "lock_hashes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins(path: Path) -> dict[str, Requirement]:
    """The requirements of a file by name."""
    lines = re.findall(r"^[^\s#][^\\\n]*", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(need.name): need for need in map(Requirement, lines)}


def asked_for() -> set[tuple[str, str]]:
    """Names, each with no extra or one, of all that `.[all,dev]` brings here, by the metadata of what is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = {"": project["dependencies"], **project["optional-dependencies"]}
    waiting = [("", Requirement(line)) for lines in lists.values() for line in lines]
    waiting = [(by, one) for by, one in waiting if one.name != "basstab-hf"]
    found: set[tuple[str, str]] = set()
    asked: set[tuple[str, str]] = set()
    while waiting:
        by, need = waiting.pop()
        name = canonicalize_name(need.name)
        if need.marker and not need.marker.evaluate({"extra": ""}):
            continue
        asked |= {(name, extra) for extra in ("", *need.extras) if by != name}  # pip trusts what it asks of itself
        for extra in {"", *need.extras} - {extra for one, extra in found if one == name}:
            found.add((name, extra))
            for line in metadata.requires(name) or []:
                one = Requirement(line)
                if not one.marker or one.marker.evaluate({"extra": extra}):
                    one.marker = None
                    waiting.append((name, one))
    return asked


def test_every_package_is_pinned_and_hashed_and_nothing_else_is_said_of_it() -> None:
    hashed, pinned = pins(ALL), pins(ROOT / "constraints.txt")
    # pip wants extras pinned, too, where a package asks for them: `coverage[toml]`.
    assert not [one for one in asked_for() if one[0] not in hashed or one[1] not in {"", *hashed[one[0]].extras}]
    versions = [{name: str(need.specifier) for name, need in one.items()} for one in (hashed, pinned)]
    assert versions[0] == versions[1]
    assert not set(hashed) & set(pins(CUDA))
    for path in (ALL, CUDA):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            if not line.startswith(" "):
                assert after.startswith("    --hash=sha256:"), line
            else:
                assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line


def test_pip_takes_it_for_what_is_installed_here() -> None:
    call = ["-m", "pip", "install", "--dry-run", "--no-index", "--require-hashes", "--quiet", "-r", str(ALL)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run([sys.executable, *call], capture_output=True, text=True, env=clean)
    assert (done.returncode, "ERROR" in done.stderr) == (0, False), done.stderr


def test_what_no_platform_of_ours_asks_for_is_left_out(lock_hashes: ModuleType) -> None:
    text = "".join(
        f"{first} \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\n"
        for first in (
            "plain==1",
            "colorama==1 ; sys_platform == 'win32'",
            "pypydispatcher==1 ; platform_python_implementation == 'PyPy'",
            "tomli==1 ; python_full_version < '3.11'",
        )
    )
    assert list(lock_hashes.entries(text)) == ["plain", "colorama"]
    assert "".join(lock_hashes.entries(text).values()) == text[: text.index("pypydispatcher")]
