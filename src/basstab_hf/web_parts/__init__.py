"""What our static page runs on in a browser: Python and numpy as WebAssembly, from npm.

Output: files of pinned npm packages, each checked by its hash. They are installed where Node is, once for each lock.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from basstab_hf import files
from basstab_hf.errors import InputError

_INSTALL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class WebPart:
    """A file of an npm package; `integrity` is its SHA-384 as browsers check it."""

    package: str
    path: str
    integrity: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


_PYODIDE, _NUMPY = "pyodide", "@emscripten-forge/numpy"
#: CPython 3.12 (PSF-2.0) as Pyodide (MPL-2.0) builds it: its loader, its machine code and the standard library.
PYODIDE = (
    WebPart(_PYODIDE, "pyodide.js", "sha384-90so5tCKvl0xs9agU29IMKlAVzhfzFX7QO//YxQkRhJG58bBZrFN+2ZTRB026X5X"),
    WebPart(_PYODIDE, "pyodide.asm.js", "sha384-J3SxzZJh4tkb2bgoUc72zArF45FJ+ngsbiqNsmxqkkecNVpZ/bUHAM0JMp+YPVpx"),
    WebPart(_PYODIDE, "pyodide.asm.wasm", "sha384-wDap6JvXxf3C8g5beY3kd1xMIjAtw/oTKjTqGltdxc+B9VXnYyYBoM7hveNKilxM"),
    WebPart(_PYODIDE, "python_stdlib.zip", "sha384-VLeJs79hxVEBNt1hRU5Wo7VmBcyb4sdW564EJAvEWDin3Aa3QXLHm3E5mOg2GiFH"),
)
#: numpy (BSD-3-Clause) for that Python, a conda package in an npm package.
NUMPY = WebPart(
    _NUMPY,
    "pkg/numpy-2.0.1-py312h4e66579_0.tar.gz",
    "sha384-xQtaVbndPtFcFeWRlsIIE2OP+XC2kdcUg0uv9VYwuGzKXMTJfSt+LdrWrP4+7BtP",
)


def node_modules(*, install: bool = True) -> Path | None:
    """The packages from npm, in the cache of this package; None without Node or network.

    They are installed once for each lock file, with no script of theirs run.
    """
    lock = _here() / "package-lock.json"
    folder = files.cache_folder() / f"web-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not folder.is_dir() and install and (npm := shutil.which("npm")):
        _install(npm, folder)
    return folder / "node_modules" if folder.is_dir() else None


def read(part: WebPart) -> bytes:
    """The content of a part.

    Raises:
        InputError: there is no Node, or no network to install it, or the file is not the one that was pinned.
    """
    source = node_modules()
    if source is None:
        raise InputError("the parts for browsers come from npm: install Node (apt-get install nodejs npm), try again")
    content = files.read_bytes(source / part.package / part.path)
    if integrity(content) != part.integrity:
        raise InputError(f"{part.package}/{part.path} from npm is not the file that was pinned: look into it")
    return content


def integrity(content: bytes) -> str:
    """A hash as the `integrity` attribute of HTML has it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _install(npm: str, folder: Path) -> None:
    """`npm ci` beside the folder, then move it there: whole, or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with files.scratch(folder.parent) as temporary:
        place = temporary / "packages"
        place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_here() / name, place)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=place, capture_output=True, timeout=_INSTALL_SECONDS, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode == 0:
            with contextlib.suppress(OSError):  # another process was first
                place.rename(folder)


def _here() -> Path:
    return Path(str(resources.files("basstab_hf.web_parts")))
