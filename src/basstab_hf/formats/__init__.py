"""Tabs as files: one module a format, chosen by the suffix."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from basstab_hf.errors import InputError
from basstab_hf.formats import alphatex, audio, guitarpro, midi, text
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track
from basstab_hf.tab import Tab
from basstab_hf.timing import COLUMNS_PER_BEAT

_READERS: dict[str, Callable[[str | os.PathLike[str]], Tab | Track]] = {
    **dict.fromkeys((".txt", ".tab", ".md", ".html", ".htm"), text.read),
    **dict.fromkeys((".gp3", ".gp4", ".gp5"), guitarpro.read),
    **dict.fromkeys((".mid", ".midi"), midi.read),
}
#: Writers may return remarks: what the format made of the tab.
_WRITERS: dict[str, Callable[..., tuple[str, ...] | None]] = {
    ".txt": text.write,
    ".mid": midi.write,
    ".wav": audio.write,
    **dict.fromkeys((".alphatex", ".atex"), alphatex.write),
}

__all__ = ["WriteSettings", "check_writable", "read", "read_track", "write"]


def read(path: str | os.PathLike[str]) -> Tab:
    """Read the tab in a file; of a Guitar Pro or MIDI file the first bass track. Raises what `read_track` raises."""
    return read_track(path).tab


def read_track(path: str | os.PathLike[str]) -> Track:
    """Read the tab in a file with what the file says of its tempo and grid; text says neither.

    Raises:
        InputError: the file cannot be read, is of no known kind, or holds no tab.
        MissingExtraError: PyGuitarPro, which reads Guitar Pro files, is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _READERS:
        raise InputError(f"{path}: tabs can be read from files ending in {' '.join(_READERS)}")
    found = _READERS[suffix](path)
    if isinstance(found, Track):
        return found
    return Track(found, name="", tempo=None, time_signature="", marks=(), columns_per_beat=COLUMNS_PER_BEAT)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a suffix that no format has, before any work is done.

    Raises:
        InputError: the suffix is unknown.
    """
    if Path(path).suffix.lower() not in _WRITERS:
        raise InputError(f"{path}: tabs can be written to files ending in {' '.join(_WRITERS)}")


def write(
    tab: Tab, path: str | os.PathLike[str], settings: WriteSettings | None = None, *, force: bool = False
) -> tuple[str, ...]:
    """Write a tab in the format of the path's suffix: whole, or not at all; returns remarks for the user.

    Raises:
        InputError: the suffix is unknown.
        OutputError: the path is taken (without `force`) or cannot be written.
    """
    check_writable(path)
    return _WRITERS[Path(path).suffix.lower()](tab, path, settings or WriteSettings(), force=force) or ()
