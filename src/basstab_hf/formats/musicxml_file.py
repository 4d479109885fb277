"""The bytes of a MusicXML file -> its root element, in parts. Through defusedxml, which expands no entities.

Files that others wrote are plain or zipped (.mxl), sometimes with a broken table of contents; they may say another
encoding than they have; and they may go bar by bar (score-timewise) instead of part by part.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.formats import zipped

#: Largest file, unpacked, in bytes: songs have up to five million.
MAX_BYTES = 30_000_000
_CONTAINER = "META-INF/container.xml"
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,200}\?>")
_TOLD_ENCODING = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
#: The bytes that begin files of each encoding: byte order marks, and "<" in two bytes.
_STARTS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}


def read_root(content: bytes, name: str) -> Any:
    """The score-partwise element of a file; `name` is what messages call it.

    Raises:
        InputError: no MusicXML, a broken one, or one that is too large.
    """
    root = _root(_unpacked(content, name), name)
    _without_namespaces(root)
    if root.tag == "score-timewise":
        return _in_parts(root)
    if root.tag != "score-partwise":
        raise InputError(f"{name} is no MusicXML in parts (score-partwise): save it anew as .musicxml")
    return root


# Archives


def _unpacked(content: bytes, name: str) -> bytes:
    """The score in a zipped file; other content as it is."""
    if content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = zipped.member(archive, _score_path(archive, name), MAX_BYTES)
        except zipped.BROKEN as error:
            raise InputError(f"{name} is a broken .mxl file: save it anew") from error
    if len(content) > MAX_BYTES:
        raise InputError(f"{name} is too large: MusicXML of up to {MAX_BYTES:,} bytes is read")
    return content


def _score_path(archive: zipfile.ZipFile, name: str) -> str:
    """Where the score is: as the table of contents says, else the largest file that can be one.

    Raises:
        KeyError: nowhere.
    """
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    told = next((path for path in _told_paths(archive, name) if path in sizes), None)
    if told is not None:
        return told
    scores = [path for path in sizes if path.lower().endswith((".musicxml", ".xml")) and path != _CONTAINER]
    if not scores:
        raise KeyError(name)
    return max(scores, key=sizes.__getitem__)


def _told_paths(archive: zipfile.ZipFile, name: str) -> list[str]:
    """The files that the table of contents names, the score first; none where it is missing or broken."""
    try:
        container = _root(zipped.member(archive, _CONTAINER, MAX_BYTES), name)
    except (InputError, *zipped.BROKEN):
        return []
    found = (element for element in container.iter() if str(element.tag).endswith("rootfile"))
    return [str(element.get("full-path", "")).lstrip("/") for element in found]


# XML


def _root(content: bytes, name: str) -> Any:
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        text = _decoded(content)
        declaration = _DECLARATION.match(text)  # its encoding has been told, and is not believed again
        return fromstring(text[declaration.end() :] if declaration else text.lstrip())
    except (ParseError, ValueError, LookupError) as error:
        why = " ".join(str(error).split())[:80] or type(error).__name__
        raise InputError(f"{name} is no readable XML ({why}): save it anew as .musicxml") from error


def _decoded(content: bytes) -> str:
    """The text of a file: what its bytes show counts, then what it says.

    Raises:
        LookupError: it says an encoding that nobody knows.
    """
    start = next((encoding for begin, encoding in _STARTS.items() if content.startswith(begin)), None)
    if start is not None:
        return content.decode(start, "replace")
    told = _TOLD_ENCODING.match(content)
    encoding = codecs.lookup(told[1].decode("ascii")).name if told else "utf-8"
    try:
        return content.decode(encoding if _is_of_one_byte(encoding) else "utf-8")
    except UnicodeError:
        return content.decode("cp1252", "replace")


def _is_of_one_byte(encoding: str) -> bool:
    """Whether each byte is one letter, and those of ASCII are themselves; UTF-16 can not begin with "<?xml" so."""
    try:
        return len(bytes(range(256)).decode(encoding, "replace")) == 256 and b"<?xml".decode(encoding) == "<?xml"
    except (UnicodeError, LookupError):
        return False


def _without_namespaces(root: Any) -> None:
    if not str(root.tag).startswith("{"):
        return
    for element in root.iter():
        element.tag = str(element.tag).rpartition("}")[2]


def _in_parts(root: Any) -> Any:
    """A score that goes bar by bar, part by part."""
    from xml.etree.ElementTree import Element

    parts: dict[str, Any] = {}
    score = Element("score-partwise")
    score.extend(element for element in root if element.tag != "measure")
    for measure, part in _bars_of_parts(root):
        number = str(part.get("id", ""))
        if number not in parts:
            parts[number] = Element("part", {"id": number})
        bar = Element("measure", measure.attrib)
        bar.extend(part)
        parts[number].append(bar)
    score.extend(parts.values())
    return score


def _bars_of_parts(root: Any) -> Iterator[tuple[Any, Any]]:
    return ((measure, part) for measure in root.iterfind("measure") for part in measure.iterfind("part"))
