"""What our pages load in a browser: alphaTab, which draws and plays tabs, and onnxruntime-web, which runs the model.

Output: files of pinned npm packages, either from a CDN with their integrity hashes, or copied from npm where Node is.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from basstab_hf import files
from basstab_hf.errors import InputError

_CDN = "https://cdn.jsdelivr.net/npm"
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

    @property
    def url(self) -> str:
        """Where the CDN has it, in the version of package.json."""
        return f"{_CDN}/{self.package}@{_versions()[self.package]}/{self.path}"


_ALPHATAB, _ONNX = "@coderline/alphatab", "onnxruntime-web"
#: The script, the font of its notes and the instruments that it plays (Apache-2.0, licence beside it).
ALPHATAB = (
    WebPart(
        _ALPHATAB, "dist/alphaTab.min.js", "sha384-gqEQct7a5Q9FIVJn5YA5grARLrkneus3C4hXWlDkgxq9Yrg+j59ohfs8hxVFYMkF"
    ),
    WebPart(
        _ALPHATAB, "dist/font/Bravura.woff2", "sha384-XnSn8VZE08eWtuaiiKJ+Q76INy98k6FiDkiQZW99bwxMS0DsVWG2llQQpS5dWXQr"
    ),
    WebPart(
        _ALPHATAB,
        "dist/soundfont/sonivox.sf3",
        "sha384-fCgMbloGtYJkXmrtvk8DhoMULGAWyHS51FHIFTaxTcqVMXMVpZrX2p0M58uRomeK",
    ),
    WebPart(
        _ALPHATAB, "dist/soundfont/LICENSE", "sha384-B/WyijEaMEiO2uwQOLmL0Fd9SHIUNkyMf/W/pBQbPJoBp7qOiNxZ3HhHpaAXbK3v"
    ),
)
#: The script and its machine code, without a graphics card.
ONNX = (
    WebPart(_ONNX, "dist/ort.wasm.min.mjs", "sha384-SfFfy/pvthiOsgaw3KX0bV5TfQ6Iq+oY9KutMe4SxIuHH4cl+DCSD4rTsYOoG1tJ"),
    WebPart(
        _ONNX,
        "dist/ort-wasm-simd-threaded.mjs",
        "sha384-XcXA/MtAf0WpB8e023xQH9CM7RIjiugakT7x99DIwpFf7k56BIFFcAPerIF7FDad",
    ),
    WebPart(
        _ONNX,
        "dist/ort-wasm-simd-threaded.wasm",
        "sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM",
    ),
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


def copy(parts: Iterable[WebPart], folder: Path) -> None:
    """Copy parts from npm into a folder.

    Raises:
        InputError: there is no Node, or no network to install them, or a file is not the one that was pinned.
    """
    source = node_modules()
    if source is None:
        raise InputError("the parts for browsers come from npm: install Node (apt-get install nodejs npm), try again")
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        content = files.read_bytes(source / part.package / part.path)
        if integrity(content) != part.integrity:
            raise InputError(f"{part.package}/{part.path} from npm is not the file that was pinned: look into it")
        (folder / part.name).write_bytes(content)


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


@functools.cache
def _versions() -> dict[str, str]:
    versions: dict[str, str] = json.loads((_here() / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return versions


def _here() -> Path:
    return Path(str(resources.files("basstab_hf.web_parts")))
