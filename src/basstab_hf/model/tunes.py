"""The tunes that a model learnt from, in its folder, so that copies of them are found: pitches' steps, nothing else.

Input: column texts. Output: `tunes.dat`, and the lines of intervals in it (see `intervals`), in the texts' order.

Layout, version 1: 8 bytes `BASSTUNE`; version, 2 bytes; number of lines and length of all, 4 bytes each, little-endian;
then, compressed by zlib, the lines with `SEPARATOR` between them: one byte a step from note to note, in semitones
around 128, without key, rhythm or name. The 2,978 tunes of the model that comes with the package take 105 kB.
"""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from basstab_hf import files
from basstab_hf.errors import BasstabError, InputError
from basstab_hf.tab.intervals import SEPARATOR, interval_line
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Tab

#: The file's name in a model folder.
TUNES = "tunes.dat"
#: Bytes of all lines: about 150,000 tunes, whose index takes 0.3 GB of memory.
MOST_BYTES = 1 << 24
_MAGIC, _VERSION = b"BASSTUNE", 1
_HEAD = struct.Struct("<8sHII")
_LOG = logging.getLogger(__name__)


def write_tunes(folder: Path, texts: Iterable[str], before: Iterable[bytes] = ()) -> None:
    """Write the tunes of a training split into a model folder; more than `MOST_BYTES` are left out, and told.

    `before` are lines of what the model learnt earlier.
    """
    lines = [*_lines(texts), *before]
    text = SEPARATOR.join(lines)
    if len(text) > MOST_BYTES:
        _LOG.warning("%d notes are too many for %s: copies of them will not be found", len(text), TUNES)
        return
    with files.writing(folder / TUNES, force=True) as path:
        path.write_bytes(_HEAD.pack(_MAGIC, _VERSION, len(lines), len(text)) + zlib.compress(text, 9))


def read_tunes(folder: Path) -> list[bytes]:
    """The lines of intervals of a model folder.

    Raises:
        InputError: the folder has none, or a file that is not as this version writes it.
    """
    path = folder / TUNES
    if not path.is_file():
        raise InputError(f"{folder} has no {TUNES}, so copies cannot be found: train the model anew with this version")
    if path.stat().st_size > 2 * MOST_BYTES:
        raise InputError(f"{path} is larger than any that this version writes: train the model anew")
    content = files.read_bytes(path)
    if len(content) < _HEAD.size or not content.startswith(_MAGIC):
        raise InputError(f"{path} holds no tunes: train the model anew")
    _, version, count, length = _HEAD.unpack_from(content)
    if version != _VERSION:
        raise InputError(f"{path} is of version {version}, this program reads {_VERSION}: train the model anew")
    text = _unpack(content[_HEAD.size :], length)
    lines = text.split(SEPARATOR) if text is not None and count else []
    if text is None or len(lines) != count:
        raise InputError(f"{path} is damaged: train the model anew")
    return lines


def tune_of(text: str) -> bytes:
    """The line of intervals of a column text; nothing where it is no tab."""
    try:
        return interval_line(timed_notes(Tab.from_words(text.split())))
    except BasstabError:
        return b""


def _unpack(packed: bytes, length: int) -> bytes | None:
    """So many bytes and no more, whatever was packed; None of what is damaged."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, min(length, MOST_BYTES) + 1)
    except zlib.error:
        return None
    return text if len(text) == length and unpacker.eof and not unpacker.unused_data else None


def _lines(texts: Iterable[str]) -> Iterator[bytes]:
    unread = 0
    for text in texts:
        try:
            yield interval_line(timed_notes(Tab.from_words(text.split())))
        except BasstabError:
            unread += 1
    if unread:
        _LOG.warning("%d pieces cannot be read as tabs: copies of them will not be found", unread)
