"""axe-core, from npm as tests/node/package-lock.json pins it: what it finds wrong with a page as it stands."""

from __future__ import annotations

import functools
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from basstab_hf import files

_LOCK = Path(__file__).parents[1] / "node"


@functools.cache
def script() -> str:
    """axe.min.js; installed once for each lock file, with no script of npm's packages run."""
    lock = (_LOCK / "package-lock.json").read_bytes()
    folder = files.cache_folder() / f"tests-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="tests-") as temporary:
            place = Path(temporary) / "packages"
            place.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(_LOCK / name, place)
            npm = shutil.which("npm")
            assert npm is not None
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=place, check=True, timeout=300)
            if not folder.is_dir():  # another process was first
                place.rename(folder)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    """One line for each thing that is wrong: the rule, and where."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(f"{script()}; undefined")
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((all) => all.violations)")
    return [
        f"{one['id']} ({one['impact']}): {' '.join(node['target'][0])}"
        if isinstance(node["target"][0], list)
        else f"{one['id']} ({one['impact']}): {node['target'][0]} {node['html'][:100]}"
        for one in found
        for node in one["nodes"]
    ]
