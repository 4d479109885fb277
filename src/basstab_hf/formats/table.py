"""The one table of formats: what can be read and written, by which module, and what that needs.

Command line, help texts, datasets, scraper and demo read it; so looking something up imports no reader and no writer.
A new format is a module in this folder and a row in `FORMATS`. The module has what its row says:

    reader    read_tracks(content: bytes, name: str) -> Tracks           `name` is what messages call the content
    writer    write(tab, path, settings, *, force) -> tuple[str, ...]    remarks: what the format made of the tab
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.files import near_path

if TYPE_CHECKING:
    from basstab_hf.formats.settings import WriteSettings
    from basstab_hf.formats.tracks import Tracks
    from basstab_hf.tab.values import Tab


class Kind(Enum):
    """What a file is: text goes through the recogniser, notation has notes and tracks, sound and pictures are final."""

    TEXT = "text"
    NOTATION = "notation"
    SOUND = "sound"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Need:
    """A package beyond the core, the module that it brings, and the extra of ours that installs it."""

    package: str
    module: str
    extra: str = "export"

    def check(self) -> None:
        """Look for the package without importing it.

        Raises:
            MissingExtraError: it is not installed.
        """
        if importlib.util.find_spec(self.module) is None:
            raise MissingExtraError(self.package, self.extra)


@dataclass(frozen=True, slots=True)
class Format:
    """A row: a format with the modules of this folder that read and write it ("" where nothing does).

    Attributes:
        name: what people call it.
        reads: suffixes that are read, the usual one first; `writes`: likewise.
        needs: what reading and writing take beyond the core.
        has_rhythm: whether it says how long notes are, so that the columns in a beat matter.
    """

    name: str
    kind: Kind
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    reader: str = ""
    writer: str = ""
    needs: tuple[Need, ...] = ()
    has_rhythm: bool = True

    def read_tracks(self, content: bytes, name: str) -> Tracks:
        """The bass tracks in a file's content; `name` is what messages call it.

        Raises:
            InputError: the content is not of this format, or broken.
            MissingExtraError: a package that reads the format is not installed.
        """
        self.check_needs()
        found: Tracks = self._module(self.reader).read_tracks(content, name)
        return found

    def write(self, tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
        """Write a tab, whole or not at all; returns remarks for the user.

        Raises:
            InputError: a tab that the format cannot hold.
            OutputError: the path is taken (without `force`) or cannot be written.
            MissingExtraError: a package that writes the format is not installed.
        """
        self.check_needs()
        remarks: tuple[str, ...] = self._module(self.writer).write(tab, path, settings, force=force)
        return remarks

    def check_needs(self) -> None:
        """Refuse what cannot be done here, before any work is done.

        Raises:
            MissingExtraError: a package is not installed.
        """
        for need in self.needs:
            need.check()

    def _module(self, name: str) -> Any:
        return importlib.import_module(f"basstab_hf.formats.{name}")


_SOUNDFILE = (Need("soundfile", "soundfile"),)
_GUITAR_PRO = (Need("PyGuitarPro", "guitarpro"),)
_FONTS = (Need("pillow", "PIL"), Need("fonttools", "fontTools"))

#: In the order in which help texts and the demo name them.
FORMATS = (
    Format(
        "text",
        Kind.TEXT,
        reads=(".txt", ".tab", ".btab", ".md"),
        writes=(".txt",),
        reader="text",
        writer="text",
        has_rhythm=False,
    ),
    Format("MIDI", Kind.NOTATION, reads=(".mid", ".midi"), writes=(".mid",), reader="midi", writer="midi"),
    Format("WAV", Kind.SOUND, writes=(".wav",), writer="audio"),
    Format("Ogg Vorbis", Kind.SOUND, writes=(".ogg",), writer="audio", needs=_SOUNDFILE),
    Format("MP3", Kind.SOUND, writes=(".mp3",), writer="audio", needs=_SOUNDFILE),
    Format("SVG", Kind.PICTURE, writes=(".svg",), writer="pictures"),
    Format("PNG", Kind.PICTURE, writes=(".png",), writer="pictures", needs=(Need("resvg-py", "resvg_py"), *_FONTS)),
    Format("PDF", Kind.PICTURE, writes=(".pdf",), writer="pictures", needs=(Need("fpdf2", "fpdf"), *_FONTS)),
    Format("HTML", Kind.TEXT, reads=(".html", ".htm"), writes=(".html",), reader="text", writer="practice"),
    Format(
        "Guitar Pro 3 to 5",
        Kind.NOTATION,
        reads=(".gp3", ".gp4", ".gp5"),
        writes=(".gp5",),
        reader="guitarpro",
        writer="guitarpro_write",
        needs=_GUITAR_PRO,
    ),
    Format("Guitar Pro 6 to 8", Kind.NOTATION, reads=(".gp", ".gpx"), reader="guitarpro"),
    Format(
        "MusicXML",
        Kind.NOTATION,
        reads=(".musicxml", ".xml", ".mxl"),
        writes=(".musicxml",),
        reader="musicxml_read",
        writer="musicxml",
    ),
    Format(
        "AlphaTex",
        Kind.NOTATION,
        reads=(".alphatex", ".atex"),
        writes=(".alphatex", ".atex"),
        reader="alphatex_read",
        writer="alphatex",
    ),
)

#: Files of programs that save formats that are read: suffix -> what it is, and what to do there.
_ELSEWHERE = {
    ".tg": "a TuxGuitar file: open it there and save it as Guitar Pro 5 (.gp5), or export MusicXML",
    ".ptb": "a Power Tab file: open it in TuxGuitar and save it as Guitar Pro 5 (.gp5), or export MusicXML",
    ".pt2": "a Power Tab file: export it there as Guitar Pro (.gp)",
}


def readable(*kinds: Kind) -> tuple[str, ...]:
    """The suffixes that are read, of files of some kinds or of all."""
    return tuple(suffix for row in FORMATS if not kinds or row.kind in kinds for suffix in row.reads)


def writable(*, usual: bool = False, here: bool = False) -> tuple[str, ...]:
    """The suffixes that are written: one a format with `usual`, those alone that can be written `here` as it is."""
    rows = (row for row in FORMATS if not here or _has_needs(row))
    return tuple(suffix for row in rows for suffix in (row.writes[:1] if usual else row.writes))


def reader_of(path: str | os.PathLike[str]) -> Format:
    """The format that reads files of a path's suffix.

    Raises:
        InputError: none does.
    """
    suffix = Path(path).suffix.lower()
    found = next((row for row in FORMATS if suffix in row.reads), None)
    if suffix in _ELSEWHERE:
        raise InputError(f"{path} is {_ELSEWHERE[suffix]}")
    if found is None:
        if meant := near_path(path):
            raise InputError(f"there is no {path}{meant}")
        raise InputError(f"{path}: tabs can be read from files ending in {' '.join(readable())}")
    return found


def writer_of(path: str | os.PathLike[str]) -> Format:
    """The format that writes files of a path's suffix.

    Raises:
        InputError: none does.
    """
    suffix = Path(path).suffix.lower()
    found = next((row for row in FORMATS if suffix in row.writes), None)
    if found is None:
        raise InputError(f"{path}: tabs can be written to files ending in {' '.join(writable())}")
    return found


def _has_needs(row: Format) -> bool:
    try:
        row.check_needs()
    except MissingExtraError:
        return False
    return True
