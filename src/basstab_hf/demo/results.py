"""A tab -> what the page shows and hands out of it: notation for the viewer, files, the next prompt.

Input: the text of a tab, as the page has it. Output: plain values.
"""

from __future__ import annotations

import shutil
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from basstab_hf import formats
from basstab_hf.demo.form import read_tab
from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.alphatex import to_alphatex
from basstab_hf.formats.table import writable
from basstab_hf.tab.values import Tab

#: The name of the files that are handed out.
NAME = "basstab"
#: Seconds for which a file is kept: browsers fetch it at once, and the sound of a tab has 2 MB. Gradio's `delete_cache`
#: would forget what it made for a component that a handler had once left as it was.
KEPT = 900


@dataclass(frozen=True, slots=True)
class Download:
    """A file, and what its format made of the tab, if that needs words."""

    path: Path
    remarks: tuple[str, ...]


def finished(text: str | None) -> Tab:
    """The tab on the page.

    Raises:
        InputError: there is none yet, or it is too long.
    """
    tab = read_tab(text)
    if tab is None:
        raise InputError("there is no tab yet: press Generate")
    return tab


def notation(tab: Tab, settings: WriteSettings) -> str:
    """What the viewer reads: alphaTex."""
    return to_alphatex(tab, settings)


def suffixes() -> tuple[str, ...]:
    """Those of the formats that can be handed out here, one each."""
    return writable(usual=True, here=True)


def file(tab: Tab, suffix: str, settings: WriteSettings, folder: Path) -> Download:
    """A file in one of the formats, in a folder of its own below `folder`; what was made `KEPT` seconds ago goes.

    Raises:
        InputError: no such format, or a tab that it cannot hold.
        MissingExtraError: the format needs what is not installed.
    """
    _clean(folder)
    path = folder / uuid.uuid4().hex / f"{NAME}{suffix}"
    return Download(path, formats.write(tab, path, settings))


def _clean(folder: Path) -> None:
    for made in folder.glob("*"):
        with suppress(FileNotFoundError):  # another visitor's cleaning was faster
            if time.time() - made.stat().st_mtime > KEPT:
                shutil.rmtree(made, ignore_errors=True)
