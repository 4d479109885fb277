"""The folder of a Gradio Space on the Hub that shows the page of `basstab demo`.

Input: the id of a model on the Hub. Output: README.md, app.py, requirements.txt, and this package itself as it is here:
a Space neither waits for a release on PyPI nor gets another version than the one that was tried.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from basstab_hf import __version__, files
from basstab_hf.errors import InputError
from basstab_hf.hub.shipped import SHIPPED, shipped_model

#: The version of Gradio that this page is tested with: Spaces install the one that README.md names.
GRADIO = "6.31.0"
_PACKAGE = Path(__file__).resolve().parents[1]
#: Parts of the package that a Space does not use: caches, and what was built for this machine.
_STAYS = ("__pycache__", "*.so", "*.pyd", "*.cpp", "*.pyi", "py.typed")
_HUB_ID = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)

_README = """\
---
title: Bass tabs
emoji: 🎸
colorFrom: green
colorTo: gray
sdk: gradio
sdk_version: {gradio}
python_version: "3.11"
app_file: app.py
pinned: false
license: apache-2.0
short_description: A small model that continues your bass riff
{models}---
# Bass tabs

Write down a riff, or nothing at all: a small GPT-2 goes on from there, in a style, over chords or a chart. {source}
See the tab grow, hear it and loop bars of it, rewrite them, drop a song to get a bass part, and take it all with you:
as MIDI, Guitar Pro, MusicXML, sound, paper, or a page to practise with.

The page is `basstab demo` of basstab-hf {version}, which lies in the folder basstab_hf. It counts no visitors, it
keeps no tabs. Programs use it, too, by MCP: add this Space to your client, and it has five tools (write, rewrite_bars,
convert, check, explain).
"""
_APP = '''\
"""The page of `basstab demo` as a Space."""

import os

from basstab_hf.demo.app import serve

MODEL = {model}  # on the Hub; None is the model that comes with basstab-hf


if __name__ == "__main__":
    serve(MODEL, port=int(os.environ.get("GRADIO_SERVER_PORT", 7860)), host="0.0.0.0", mcp=True)
'''


def write_gradio_space(model: str | None, out: Path, *, force: bool = False) -> Path:
    """Write the folder of a Space; nothing of it needs torch.

    Args:
        model: OWNER/NAME on the Hub; None or "shipped" is the model that comes with the package.
        out: the folder.
        force: whether to replace what is there.

    Raises:
        InputError: no id of a model on the Hub; the package runs without being installed.
        OutputError: the folder is taken, or cannot be written.
    """
    if model == SHIPPED:
        model = None
    if model is not None and not _HUB_ID.fullmatch(model):
        raise InputError(f"{model!r} is no model on the Hub: write OWNER/NAME")
    written = {
        "README.md": _README.format(
            gradio=GRADIO,
            version=__version__,
            models=f"models:\n- {model}\n" if model else "",
            source=f"The model is [{model}](https://huggingface.co/{model})." if model else "It comes with basstab-hf.",
        ),
        "app.py": _APP.format(model=json.dumps(model) if model else None),
        "requirements.txt": "".join(f"{line}\n" for line in sorted({*_requirements("demo")}, key=str.lower)),
    }
    with files.writing(out, force=force) as folder:
        folder.mkdir()
        for name, text in written.items():
            (folder / name).write_text(text, encoding="utf-8")
        stays = (*_STAYS, *([shipped_model().name] if model else []))
        shutil.copytree(_PACKAGE, folder / _PACKAGE.name, ignore=shutil.ignore_patterns(*stays))
    return out


def _requirements(extra: str, package: str = "basstab-hf") -> Iterator[str]:
    """What the package needs with one of its extras, without the package itself."""
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import Requirement

    try:
        lines = requires(package) or []
    except PackageNotFoundError as error:
        raise InputError(f"{package} is not installed, so what it needs is not known: pip install it") from error
    for need in map(Requirement, lines):
        if need.marker is not None and not need.marker.evaluate({"extra": extra}):
            continue
        if need.name == package:
            for further in need.extras:
                yield from _requirements(further)
        else:
            need.marker = None
            yield str(need)
