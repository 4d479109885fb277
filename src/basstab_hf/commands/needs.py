"""What works here, what is missing for what, and the command that brings it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import NamedTuple

#: What the extras of pyproject.toml are for, the most wanted first.
_EXTRAS = {
    "export": "Guitar Pro, .ogg, .mp3, .png, .pdf",
    "demo": "the page in the browser: `basstab demo`",
    "corpus": "datasets: `basstab build`",
    "scrape": "pages of sites: `basstab scrape`",
    "train": "`basstab train`, `evaluate`, --engine torch",
    "search": "`basstab search`, --ray",
    "track": "--track, `basstab runs`",
    "onnx": "a Space without a server: `basstab push --space --static`",
    "gguf": "llama.cpp: `basstab export MODEL --gguf`",
    "plot": "pictures of figures",
}
_SOUND_FONTS = ("/usr/share/sounds/sf2", "/usr/share/soundfonts", "/usr/local/share/soundfonts")


class Need(NamedTuple):
    """Something that works or not: what it is, what is missing for it (nothing: it works), and what brings that."""

    what: str
    missing: str
    get: str

    def as_dict(self) -> dict[str, str | bool]:
        """For `--json`."""
        return {"what": self.what, "works": not self.missing, "missing": self.missing, "get": self.get}


def needs() -> list[Need]:
    """What can be missing, all of it, in the order in which people meet it."""
    return [*_programs(), *_extras()]


def _programs() -> Iterator[Need]:
    from pathlib import Path

    from basstab_hf.versions import environment

    engine = environment()["C++ engine"]
    yield Need(
        "quick writing: --engine cpp (else numpy does it, three to six times slower)",
        "" if engine else "C++ engine",
        "apt-get install g++ python3-dev; then pip install --force-reinstall --no-deps basstab-hf",
    )
    yield _program("sound by a sound font: --soundfont", "fluidsynth", "apt-get install fluidsynth")
    fonts = any(found for folder in _SOUND_FONTS for found in Path(folder).glob("*.sf[23]"))
    yield Need("a sound font for it", "" if fonts else "an .sf2 file", "apt-get install fluid-soundfont-gm")
    yield _program("ZPAQ among what `basstab evaluate` compares with", "zpaq", "apt-get install zpaq")
    yield _program("practice pages and Spaces that work offline", "npm", "apt-get install nodejs npm")


def _program(what: str, name: str, get: str) -> Need:
    return Need(what, "" if shutil.which(name) else name, get)


def _extras() -> Iterator[Need]:
    for extra, what in _EXTRAS.items():
        missing = [package for package in _packages(extra) if not _is_installed(package)]
        yield Need(what, ", ".join(missing), f'pip install "basstab-hf[{extra}]"')


def _packages(extra: str) -> list[str]:
    """The packages of an extra, those of extras in it among them."""
    from importlib import metadata

    found = []
    for line in metadata.requires("basstab-hf") or []:
        wanted, _, marker = line.partition(";")
        if f'"{extra}"' not in marker:
            continue
        inner = re.match(r"basstab-hf\[(.*)\]", wanted)
        found += [one for name in inner[1].split(",") for one in _packages(name)] if inner else [_name(wanted)]
    return found


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]


def _is_installed(package: str) -> bool:
    from basstab_hf.versions import versions

    return versions([package])[package] is not None
