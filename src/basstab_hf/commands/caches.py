"""Folders where libraries keep what they make again: others for as long as a command runs, where theirs are read-only.

Input: the environment. Output: variables in it that those libraries read, and a line that tells of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from basstab_hf.commands.output import say

if TYPE_CHECKING:
    from pathlib import Path

#: Variables of datasets, evaluate and transformers, and the folders in $HF_HOME that they stand for. Not that of what
#: was fetched from the Hub, which is read where it lies.
_HUGGING_FACE = {
    "HF_MODULES_CACHE": "modules",
    "HF_DATASETS_CACHE": "datasets",
    "HF_METRICS_CACHE": "metrics",
    "HF_EVALUATE_CACHE": "evaluate",
}
_MATPLOTLIB = "MPLCONFIGDIR"


@contextmanager
def lent_caches() -> Iterator[None]:
    """See to it that caches can be written, before the libraries that want them are imported."""
    from basstab_hf import files

    places = _places()
    shut = [name for name, place in places.items() if not files.may_write(place)]
    if not shut:
        yield
        return
    with files.scratch() as folder:
        told = os.path.commonpath([places[name] for name in shut])
        say(f"basstab: {told} cannot be written: caches lie in {folder} until this command ends; HF_HOME names another")
        for name in shut:
            (folder / name.lower()).mkdir()
            os.environ[name] = str(folder / name.lower())
        try:
            yield
        finally:
            for name in shut:
                del os.environ[name]


def _places() -> dict[str, Path]:
    """Where each library would write: what its variable says, else the usual place."""
    from pathlib import Path

    home = Path("/")
    with suppress(RuntimeError):  # nobody's home
        home = Path.home()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    own = Path(os.environ.get("HF_HOME") or cache / "huggingface")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    usual = {name: own / folder for name, folder in _HUGGING_FACE.items()} | {_MATPLOTLIB: config / "matplotlib"}
    return {name: Path(os.environ.get(name) or place) for name, place in usual.items()}
