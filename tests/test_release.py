"""The workflow that releases, and what it runs: everything pinned, one job trusted, a tag that is the version."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from basstab_hf import __version__

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def check_tag() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_tag", ROOT / "scripts" / "check_tag.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def jobs(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())["jobs"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_named_by_commit_and_tools_by_version(path: Path) -> None:
    for line in re.findall(r"uses: (.*)", path.read_text()):
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+.*", line), line
    for tool in re.findall(r"pipx run (?:--spec )?(\S+)", path.read_text()):
        assert "==" in tool, tool


def test_only_the_job_that_publishes_is_trusted_and_only_for_tags() -> None:
    every = jobs(ROOT / ".github" / "workflows" / "release.yml")
    trusted = [name for name, job in every.items() if job["permissions"].get("id-token") == "write"]
    assert trusted == ["publish"]
    assert every["publish"]["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert set(every["publish"]["needs"]) == set(every) - {"publish"}
    assert not any("run" in step for step in every["publish"]["steps"])  # no code of ours sees the token


def test_a_tag_must_be_the_version_and_be_in_the_changelog(
    check_tag: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "the tag is v9.9.9" in check_tag.main("v9.9.9")
    (tmp_path / "src" / "basstab_hf").mkdir(parents=True)
    (tmp_path / "src" / "basstab_hf" / "__init__.py").write_text(f'"""x"""\n\n__version__ = "{__version__}"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    monkeypatch.setattr(check_tag, "ROOT", tmp_path)
    assert "has no section" in check_tag.main(f"v{__version__}")
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## [{__version__}] - 2026-12-01\n")
    assert check_tag.main(f"v{__version__}") is None
