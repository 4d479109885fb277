"""What our static page runs on in a browser: Python and numpy as WebAssembly, from npm.

Output: files of pinned npm packages, each checked by its hash. They are installed where Node is, once for each lock.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.printing.foreign import one_line

_INSTALL_SECONDS = 300
#: Characters of what npm says that are told.
_WORDS = 300


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
    """The packages from npm, in the cache of this package; None where they are not and cannot be installed.

    They are installed once for each lock file, with no script of theirs run.
    """
    try:
        return _modules(install=install)
    except InputError:
        return None


def read(part: WebPart) -> bytes:
    """The content of a part.

    Raises:
        InputError: there is no Node, or npm or the disk fails, or the file is not the one that was pinned.
    """
    content = files.read_bytes(_modules() / part.package / part.path)
    if integrity(content) != part.integrity:
        raise InputError(f"{part.package}/{part.path} from npm is not the file that was pinned: look into it")
    return content


def _modules(*, install: bool = True) -> Path:
    lock = _here() / "package-lock.json"
    folder = files.cache_folder() / f"web-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not folder.is_dir():
        npm = shutil.which("npm")
        if not npm or not install:
            raise InputError(
                "the parts for browsers come from npm: install Node (apt-get install nodejs npm), try again"
            )
        try:
            _install(npm, folder)
        except OSError as error:
            why = f"{error.strerror or error}: make room, or let BASSTAB_CACHE name another folder"
            raise InputError(f"cannot write {error.filename or folder.parent}: {why}") from error
    return folder / "node_modules"


def integrity(content: bytes) -> str:
    """A hash as the `integrity` attribute of HTML has it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _install(npm: str, folder: Path) -> None:
    """`npm ci` beside the folder, then move it there: whole, or not at all.

    Raises:
        InputError: npm fails; the message has its last words.
        OSError: the disk is full, or may not be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with files.scratch(folder.parent) as temporary:
        place = temporary / "packages"
        place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_here() / name, place)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], place)
        try:
            place.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was first
                raise


def _run(command: list[str], place: Path) -> None:
    own = os.environ.get("npm_config_cache") or Path.home() / ".npm"  # noqa: SIM112  # npm spells it so
    cache = [] if files.may_write(Path(own)) else ["--cache", str(place.parent / "npm")]
    command = [*command, *cache]
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, timeout=_INSTALL_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise InputError(f"npm does not end within {_INSTALL_SECONDS:g} s: is there a network? Try again") from error
    except OSError as error:
        raise InputError(f"{command[0]} cannot be run: {error.strerror or error}: install Node anew") from error
    if done.returncode:
        words = one_line(done.stderr.decode("utf-8", "replace"))[:_WORDS] or f"exit status {done.returncode}"
        raise InputError(f"npm cannot install the parts for browsers: {words}")


def _here() -> Path:
    return Path(str(resources.files("basstab_hf.web_parts")))
