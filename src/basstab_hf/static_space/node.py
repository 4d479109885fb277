"""Our scripts in Node, beside Pyodide: Python as the browser has it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from basstab_hf import files, web_parts
from basstab_hf.errors import InputError

_SECONDS = 300
#: Names that Node has had for switching of stacks, which browsers have (JSPI).
_SWITCHING = ("--experimental-wasm-stack-switching", "--experimental-wasm-jspi")


def run_beside_pyodide(script: str, *arguments: Path, parts: Mapping[str, bytes] | None = None) -> str:
    """What a script of this folder prints; `parts` take the place of Pyodide's own files by their names.

    Raises:
        InputError: there is no Node, or the script failed.
    """
    node, packages = shutil.which("node"), web_parts.node_modules()
    if node is None or packages is None:
        raise InputError("the page is compiled by Node: install it (apt-get install nodejs npm), try again")
    with files.scratch() as place:
        # Pyodide looks for its own files beside it.
        shutil.copytree(packages / "pyodide", place, dirs_exist_ok=True)
        for ours in (script, "starting.js"):
            shutil.copyfile(Path(__file__).with_name(ours), place / ours)
        for name, content in (parts or {}).items():
            (place / name).write_bytes(content)
        options = _run([node, "--v8-options"]).stdout
        switching = [option for option in _SWITCHING if option in options]
        done = _run([node, *switching, str(place / script), *map(str, arguments)])
    if done.returncode:
        raise InputError(f"Node could not compile the page: {' '.join(done.stderr.split())[-300:]}")
    return done.stdout


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
