"""A tab -> what the page shows and hands out of it: notation for the viewer, sound, files, the next prompt.

Input: the text of a tab, as the page has it. Output: plain values.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from basstab_hf import formats
from basstab_hf.demo.form import read_tab
from basstab_hf.errors import InputError
from basstab_hf.formats import WriteSettings
from basstab_hf.formats.alphatex import to_alphatex
from basstab_hf.formats.audio import to_samples
from basstab_hf.formats.plucked import SAMPLE_RATE
from basstab_hf.tab import Tab

#: The name of the files that are handed out.
NAME = "basstab"
#: Other suffixes of formats that are there already.
_ALIASES = {".atex"}


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


def sound(tab: Tab, settings: WriteSettings) -> tuple[int, NDArray[np.int16]]:
    """Samples a second, and samples, of our own string."""
    return SAMPLE_RATE, (to_samples(tab, settings) * 32767).astype(np.int16)


def suffixes() -> tuple[str, ...]:
    """Those of the formats that can be handed out here, one each."""
    return tuple(suffix for suffix in formats.writable() if suffix not in _ALIASES)


def file(tab: Tab, suffix: str, settings: WriteSettings, folder: Path) -> Download:
    """A file in one of the formats, in a folder of its own below `folder`.

    Raises:
        InputError: no such format, or a tab that it cannot hold.
        MissingExtraError: the format needs what is not installed.
    """
    path = folder / uuid.uuid4().hex / f"{NAME}{suffix}"
    return Download(path, formats.write(tab, path, settings))
