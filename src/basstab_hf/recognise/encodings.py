"""Bytes of any origin -> text: character sets, gz, mails, quoted-printable, base64, RTF.

Input: the bytes of a page or file. Output: its text, or an InputError of one line that says what the bytes are.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
import zlib
from typing import TYPE_CHECKING

from basstab_hf.errors import InputError
from basstab_hf.recognise import rich_text

if TYPE_CHECKING:
    import email.message

#: Longest page, in bytes as they come and unpacked, and in characters: recognition takes 1.5 s and 25 MB a megabyte of
#: string lines. The longest of 1,140 documents has 0.4 MB.
MAX_BYTES = 10_000_000
#: Most string lines of a page: "G|- " over and over makes 2.5 million of 10 MB, each as dear as a long one.
MAX_STRING_LINES = 400_000
#: Longest mail in bytes, and most parts in parts: the parser asks at each line whether one of them ends.
_MAX_MAIL, _MAX_PARTS = 2_000_000, 50

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_GZ = b"\x1f\x8b\x08"
#: What begins files that hold no text, and what they are.
_NO_TEXT = {
    b"%PDF-": "a PDF file: save its text",
    b"PK\x03\x04": "a ZIP archive, or a document that is one: unpack it, or save its text",
    b"BZh": "a bz2 archive: unpack it",
    b"\xfd7zXZ\x00": "an xz archive: unpack it",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a Word document: save its text",
    b"\x89PNG\r\n": "a picture: a tab is read from text",
    b"\xff\xd8\xff\xe0": "a picture: a tab is read from text",
}
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_MAIL = re.compile(rb"^Content-Transfer-Encoding:[ \t]*(?:quoted-printable|base64)", re.IGNORECASE | re.MULTILINE)
_HEADER = re.compile(rb"(?:From |[A-Za-z][A-Za-z-]{1,40}:[ \t])")
_HEAD = 20_000  # bytes in which a mail's headers stand
_ESCAPED = re.compile(rb"=(?:[0-9A-F]{2}|[ \t]*+\r?\n)")
#: Escapes that a tab is hardly quoted without, as its own "=" would be one of them.
_TELLING = re.compile(rb"=3D|=7C|=\r?\n")
_BASE64 = re.compile(rb"\s*(?>(?:[A-Za-z0-9+/]{16,}+\r?\n)*)[A-Za-z0-9+/]+={0,2}\s*")
_LEAST_BASE64 = 60


def check_size(size: int, name: str = "the page") -> None:
    """Refuse what is too long.

    Raises:
        InputError: more than `MAX_BYTES`.
    """
    if size > MAX_BYTES:
        raise InputError(f"{name} is too long: {size:,} of at most {MAX_BYTES:,} bytes are read; split it")


def check_string_lines(count: int) -> None:
    """Refuse a page of too many string lines.

    Raises:
        InputError: more than `MAX_STRING_LINES`.
    """
    if count > MAX_STRING_LINES:
        raise InputError(f"the page has more than {MAX_STRING_LINES:,} string lines, which is the limit: split it")


def decode(data: bytes, name: str = "the page") -> str:
    """Bytes of unknown encoding as text; messages call them `name`.

    Character sets: byte order mark, UTF-8, declared charset, else Windows-1252, which takes any bytes.

    Raises:
        InputError: they are too long, unpack to too much, or are a file of a kind that holds no text.
    """
    check_size(len(data), name)
    if data.startswith(_GZ):
        data = _unpacked(data, name)
    for start, what in _NO_TEXT.items():
        if data.startswith(start):
            raise InputError(f"{name} is {what}")
    if data.startswith(rich_text.START.encode()):
        return rich_text.plain_text(data.decode("latin-1"))
    if _HEADER.match(data) and _MAIL.search(data, 0, _HEAD):
        return _mail(data, name)
    return _characters(_plain(data))


def _unpacked(data: bytes, name: str) -> bytes:
    """The content of a gz file, all its members, never more than is read."""
    parts: list[bytes] = []
    room = MAX_BYTES + 1
    while data.startswith(_GZ) and room:
        member = zlib.decompressobj(wbits=31)
        try:
            parts.append(member.decompress(data, room))
        except zlib.error as error:
            raise InputError(f"{name} is a gz file that is broken: unpack it with another tool") from error
        room -= len(parts[-1])
        data = member.unused_data if member.eof else b""
        if room and not member.eof:
            raise InputError(f"{name} is a gz file that is cut short: fetch it again")
    if not room:
        raise InputError(f"{name} is a gz file of more than {MAX_BYTES:,} bytes: unpack it and split it")
    content = b"".join(parts)
    if content.startswith(_GZ):
        raise InputError(f"{name} is a gz file in a gz file: unpack it")
    return content


def _mail(data: bytes, name: str) -> str:
    """The texts of a mail or news article; where it has plain ones, those alone."""
    import email  # large, and mails are few

    if len(data) > _MAX_MAIL or data.count(b"boundary=") > _MAX_PARTS:
        raise InputError(f"{name} is a mail of many parts or of more than {_MAX_MAIL:,} bytes: save its text")
    parts = [part for part in email.message_from_bytes(data).walk() if part.get_content_maintype() == "text"]
    plain = [part for part in parts if part.get_content_subtype() == "plain"]
    return "\n\n".join(_part(part) for part in plain or parts)


def _part(part: email.message.Message) -> str:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    try:
        return data.decode(part.get_content_charset() or "utf-8").replace("\r\n", "\n")
    except (LookupError, UnicodeError):
        return _characters(data)


def _plain(data: bytes) -> bytes:
    """Quoted-printable and base64 without a header undone."""
    first = data.find(b"=")  # on most pages no escape, which spares the rest
    is_escaped = first >= 0 and _ESCAPED.match(data, first) is not None and len(_TELLING.findall(data)) > 1
    if is_escaped and data.count(b"=") == len(_ESCAPED.findall(data)):
        return quopri.decodestring(data)
    if len(data) >= _LEAST_BASE64 and _BASE64.fullmatch(data):
        try:
            content = base64.b64decode(b"".join(data.split()), validate=True)
            return content if b"--" in content else data
        except binascii.Error:
            return data
    return data


def _characters(data: bytes) -> str:
    """Bytes of an unknown character set as text; never fails."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    else:
        wide = _wide(data) if "\x00" in text else ""
        return data.decode(wide, errors="replace") if wide else text
    declared = _CHARSET.search(data[:4096])
    for encoding in ([declared[1].decode("ascii")] if declared else []) + (
        [_wide(data)] if b"\x00" in data[:4096] else []
    ):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", errors="replace")


def _wide(data: bytes) -> str:
    """The UTF-16 or UTF-32 that bytes without a mark are in, or ""."""
    head = data[:4096]
    zeros = [head[place::4].count(0) for place in range(4)]
    most, least = len(head) // 5, len(head) // 20
    if len(head) >= 8 and zeros[1] + zeros[2] > 2 * most:
        if zeros[3] > most > least > zeros[0]:
            return "utf-32-le"
        if zeros[0] > most > least > zeros[3]:
            return "utf-32-be"
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    return "utf-16-le" if odd > most > even else "utf-16-be" if even > most > odd else ""
