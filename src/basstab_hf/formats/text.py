"""Tabs as plain text: reading goes through the recogniser, so any page or message will do; writing prints systems."""

from __future__ import annotations

import os

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats.beat_grid import guess_columns_per_beat
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track
from basstab_hf.recognise import Recognition, recognise_bytes
from basstab_hf.tab import Tab


def read(path: str | os.PathLike[str]) -> Track:
    """The systems found in a text or HTML file; the columns in a beat are guessed.

    Raises:
        InputError: the file cannot be read or holds no tab.
    """
    found = _recognise(files.read_bytes(path), str(path))
    grid = guess_columns_per_beat(found.tab, [system.counts for system in found.systems if system.counts])
    return Track(
        tab=found.tab,
        name="",
        tempo=None,
        time_signature="",
        marks=(),
        columns_per_beat=grid.columns_per_beat,
        guess=grid.reason,
    )


def parse(content: bytes, name: str) -> Tab:
    """The systems found in `content`; `name` is what messages call it.

    Raises:
        InputError: no tab in it, with the first reason why.
    """
    return _recognise(content, name).tab


def _recognise(content: bytes, name: str) -> Recognition:
    recognition = recognise_bytes(content)
    if not recognition.systems:
        why = "".join(f" (line {no.first_line}: {no.reason})" for no in recognition.rejected[:1])
        raise InputError(f"{name} holds no bass tab{why}: lines such as 'G|--5--|', one a string, make one")
    return recognition


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> None:
    """Systems separated by blank lines, nothing else."""
    del settings  # text has no sound
    files.write_text(path, tab.text + "\n", force=force)
