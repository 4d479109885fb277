"""Tabs as files: one module a format, chosen by the suffix."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.formats import alphatex, audio, guitarpro, guitarpro_write, midi, musicxml, pictures, practice, text
from basstab_hf.formats.beat_grid import guess_columns_per_beat
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track
from basstab_hf.tab import Tab

_READERS: dict[str, Callable[[str | os.PathLike[str]], Track]] = {
    **dict.fromkeys((".txt", ".tab", ".md", ".html", ".htm"), text.read),
    **dict.fromkeys((".gp3", ".gp4", ".gp5"), guitarpro.read),
    **dict.fromkeys((".mid", ".midi"), midi.read),
    **dict.fromkeys((".alphatex", ".atex"), alphatex.read),
    **dict.fromkeys((".musicxml", ".xml", ".mxl"), musicxml.read),
}
#: Writers may return remarks: what the format made of the tab.
_WRITERS: dict[str, Callable[..., tuple[str, ...] | None]] = {
    ".txt": text.write,
    ".mid": midi.write,
    **dict.fromkeys((".wav", *audio.COMPRESSED), audio.write),
    **dict.fromkeys((".svg", ".png", ".pdf"), pictures.write),
    ".html": practice.write,
    ".gp5": guitarpro_write.write,
    ".musicxml": musicxml.write,
    **dict.fromkeys((".alphatex", ".atex"), alphatex.write),
}

#: What writing a format takes beyond the core: module and package.
_NEEDS = {
    **dict.fromkeys(audio.COMPRESSED, (("soundfile", "soundfile"),)),
    ".png": (("resvg_py", "resvg-py"), ("PIL", "pillow")),
    ".pdf": (("fpdf", "fpdf2"),),
}

__all__ = [
    "WriteSettings",
    "check_writable",
    "guess_columns_per_beat",
    "has_rhythm",
    "read",
    "read_track",
    "writable",
    "write",
]


def read(path: str | os.PathLike[str]) -> Tab:
    """Read the tab in a file; of a Guitar Pro or MIDI file the first bass track. Raises what `read_track` raises."""
    return read_track(path).tab


def read_track(path: str | os.PathLike[str]) -> Track:
    """Read the tab in a file with what the file says of its tempo and grid; of text the grid is guessed.

    Raises:
        InputError: the file cannot be read, is of no known kind, or holds no tab.
        MissingExtraError: PyGuitarPro, which reads Guitar Pro files, is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _READERS:
        raise InputError(f"{path}: tabs can be read from files ending in {' '.join(_READERS)}")
    return _READERS[suffix](path)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a suffix that no format has, or that cannot be written here, before any work is done.

    Raises:
        InputError: the suffix is unknown.
        MissingExtraError: a package that writes the format is not installed.
    """
    if Path(path).suffix.lower() not in _WRITERS:
        raise InputError(f"{path}: tabs can be written to files ending in {' '.join(_WRITERS)}")
    for module, package in _NEEDS.get(Path(path).suffix.lower(), ()):
        if importlib.util.find_spec(module) is None:
            raise MissingExtraError(package, "export")


def writable() -> tuple[str, ...]:
    """The suffixes that tabs can be written in with what is installed."""
    found = []
    for suffix in _WRITERS:
        with contextlib.suppress(MissingExtraError):
            check_writable(f"tab{suffix}")
            found.append(suffix)
    return tuple(found)


def has_rhythm(path: str | os.PathLike[str]) -> bool:
    """Whether files of this suffix say how long notes are, so that the columns in a beat matter."""
    return _WRITERS.get(Path(path).suffix.lower()) is not text.write


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
