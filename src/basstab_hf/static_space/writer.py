"""A folder for a static Space: the page, and Python to run it on the visitor's machine, without a server behind it.

Input: a model folder. Output: a folder that any plain file server can serve, under any path.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats.playable import web_files
from basstab_hf.formats.table import FORMATS
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.page.back import Back
from basstab_hf.static_space.bundle import PACKAGES, bundle

#: The version of manifest.json, which our scripts read.
FORMAT = 3
#: Where the parts of Python lie. Their suffix tells servers nothing, so that none unpacks them on the way.
_PARTS, _SUFFIX = "parts", ".bin"
#: What of a model is needed there.
_MODEL_FILES = (
    *("config.json", "generation_config.json", "metrics.json", "training.yaml"),
    *("tokenizer.json", "tokenizer_config.json", "tunes.dat"),
)
_OURS = ("back.js", "service-worker.js")
#: Scripts that are made of several.
_JOINED = {
    "loader.js": ("unpack.js", "loader.js"),
    "worker.js": ("unpack.js", "halves.js", "starting.js", "worker.js"),
}
#: The tab that can be played while Python loads.
_PREPARED = {"bars": 8, "seed": 7, "style": "rock", "chords": "Am F C G"}
_CARD = """---
title: Bass tabs in your browser
emoji: 🎸
colorFrom: indigo
colorTo: green
sdk: static
app_file: index.html
pinned: false
license: apache-2.0
short_description: Writes bass tabs on your own machine
tags:
- bass
- tablature
- music-generation
---

# Bass tabs in your browser

A small GPT-2 writes bass tabs, bar by bar, draws and plays them. It runs on the visitor's machine: the page is plain
files, no server computes, and nothing that is typed leaves the browser. After the first visit it works offline.

Made by `basstab_hf` (Apache-2.0), with Pyodide (MPL-2.0), CPython (PSF-2.0), numpy (BSD-3-Clause), PyGuitarPro
(LGPL-3.0), mido and attrs (MIT), Jinja and MarkupSafe (BSD-3-Clause), PyYAML (MIT), packaging (Apache-2.0 or
BSD-2-Clause), defusedxml (PSF-2.0); `licences/` has their texts, and the sources are those of PyPI and npm.
"""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is loaded as one file. Of numbers as float16 only the higher bytes, with the exponents, can be packed."""

    content: bytes
    float16: bool = False

    def packed(self) -> bytes:
        """By LZMA: a fifth less than by gzip, which is what browsers unpack themselves."""
        if self.float16:
            return self.content[::2] + _lzma(self.content[1::2], lc=0)
        return _lzma(self.content, lc=3)


def write_static_space(model: Path | None, out: Path, *, force: bool = False) -> Path:
    """Write the folder of a static Space and give its path. It needs Node, which compiles Python's modules.

    Args:
        model: a model folder; None is the one that comes with the package.
        out: where to.
        force: replace a folder that this function wrote.

    Raises:
        InputError: no model folder, or one that cannot be used; no Node.
        OutputError: `out` is taken, or the disk refuses.
    """
    folder = shipped_model() if model is None else model
    with files.writing(out, force=force) as temporary:
        prepared = _prepared(folder)
        temporary.mkdir(parents=True, exist_ok=True)
        for name, content in _page().items():
            (temporary / name).write_bytes(content)
        (temporary / _PARTS).mkdir()
        parts = {name: _packed(temporary, name, content) for name, content in _contents(folder).items()}
        (temporary / "prepared.json").write_text(json.dumps(prepared, ensure_ascii=False), encoding="utf-8")
        _licences(temporary / "licences")
        (temporary / "README.md").write_text(_CARD, encoding="utf-8")
        names = sorted(path.relative_to(temporary).as_posix() for path in temporary.rglob("*") if path.is_file())
        kept = [name for name in names if name not in ("README.md", "service-worker.js") and "licences/" not in name]
        manifest = {"format": FORMAT, "version": _version(temporary, kept), "parts": parts, "files": kept}
        (temporary / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out


def _page() -> dict[str, bytes]:
    """The files of the page, of the player, and those that stand for a server, by name."""
    app = resources.files("basstab_hf.page").joinpath("app")
    page = {file.name: file.read_bytes() for file in app.iterdir() if file.name.endswith((".html", ".css", ".js"))}
    player = {name: text.encode() for name, text in web_files().items()}
    ours = {name: _script(name) for name in _OURS}
    joined = {name: b"\n".join(map(_script, parts)) for name, parts in _JOINED.items()}
    return page | player | ours | joined


def _script(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()


def _contents(model: Path) -> dict[str, _Part]:
    """What the worker loads, by the names that it knows."""
    with files.scratch() as place:
        for name in _MODEL_FILES:
            if (model / name).is_file():
                shutil.copyfile(model / name, place / name)
        model_files = {f"model/{path.name}": files.read_bytes(path) for path in place.iterdir()}
        weights = place / "model.safetensors"
        _halved(model / weights.name, weights)
        made = bundle(place, model_files)
        halved = files.read_bytes(weights)
    return {
        "pyodide.asm.wasm": _Part(made.machine),
        "first.tar": _Part(made.first),
        "model.safetensors": _Part(halved, float16=True),
        "python.later": _Part(made.python_later),
        "numpy.later": _Part(made.numpy_later),
        "rest.tar": _Part(made.rest),
    }


def _halved(source: Path, target: Path) -> None:
    """Weights as float16: half as much to load; engines compute with float32 as ever."""
    import numpy as np
    from safetensors.numpy import load_file, save_file

    save_file({name: weight.astype(np.float16) for name, weight in load_file(source).items()}, target)


def _packed(folder: Path, name: str, part: _Part) -> dict[str, Any]:
    digest = hashlib.sha256(part.content).hexdigest()
    path = f"{_PARTS}/{name.replace('.', '-')}-{digest[:12]}{_SUFFIX}"
    packed = part.packed()
    (folder / path).write_bytes(packed)
    about = {"url": path, "bytes": len(packed), "size": len(part.content), "sha256": digest}
    return about | ({"float16": True} if part.float16 else {})


def _prepared(model: Path) -> dict[str, Any]:
    """What there is to choose from, and a tab of the model: both are on the page before Python is there."""
    back = Back(model)
    facts = back.answer({"do": "facts"}, _nobody)["facts"]
    here = {row.writes[0] for row in FORMATS if row.writes and all(need.module in PACKAGES for need in row.needs)}
    facts["files"] = [row for row in facts["files"] if row["suffix"] in here]
    written = back.answer({"do": "write", "form": _PREPARED}, _nobody)
    if "error" in written:  # a model that learnt no styles
        written = back.answer({"do": "write", "form": {"bars": _PREPARED["bars"], "seed": _PREPARED["seed"]}}, _nobody)
    if "error" in written:
        raise InputError(f"{model}: the page cannot be written with this model: {written['error']}")
    return {"facts": facts, "result": written["result"]}


def _licences(folder: Path) -> None:
    """The texts of what the folder carries, as each package has them."""
    from importlib.metadata import PackageNotFoundError, distribution

    folder.mkdir()
    for name in ("PyGuitarPro", "attrs", "defusedxml", "jinja2", "markupsafe", "mido", "packaging", "pyyaml"):
        try:
            about = distribution(name)
        except PackageNotFoundError:
            continue
        for file in about.files or ():
            if "licen" in file.name.lower() or "copying" in file.name.lower():
                (folder / f"{name}-{file.name}").write_bytes(Path(str(file.locate())).read_bytes())


def _lzma(content: bytes, lc: int) -> bytes:
    how = {"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": lc, "lp": 0, "pb": 0}
    return lzma.compress(content, lzma.FORMAT_ALONE, filters=[how])


def _version(folder: Path, names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()[:16]


def _nobody(_: object) -> None:
    """Nobody listens to what is told on the way."""
