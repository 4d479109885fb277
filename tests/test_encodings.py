"""Bytes of any origin: read, or refused in one line that says what they are."""

from __future__ import annotations

import base64
import gzip
import quopri
import textwrap
import tracemalloc
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.cli import main
from basstab_hf.errors import InputError
from basstab_hf.recognise import decode, recognise_bytes, recognise_tabs
from basstab_hf.recognise.encodings import MAX_BYTES
from basstab_hf.recognise.rich_text import plain_text
from tests.conftest import riff
from tests.growth import in_proportion

TEXT = "Title: Blåsång\nArtist: Nömann\n\n" + riff(3).strip() + "\n"
LINES = [system.lines for system in recognise_tabs(TEXT).systems]
RTF = (
    r"{\rtf1\ansi{\fonttbl{\f0 Courier;}}{\*\generator X--5--;}\uc1 "
    + TEXT.replace("å", r"\'e5").replace("ö", r"\u246?").replace("\n", "\\par\n")
    + "}"
)


def mail(transfer: str, subtype: str = "plain") -> bytes:
    message = EmailMessage()
    message["Subject"] = "a tab"
    message.set_content(f"<pre>{TEXT}</pre>" if subtype == "html" else TEXT, subtype=subtype, cte=transfer)
    return message.as_bytes()


def both_parts() -> bytes:
    message = EmailMessage()
    message.set_content(TEXT, cte="quoted-printable")
    message.add_alternative(f"<html><pre>{TEXT}</pre></html>", subtype="html")
    return message.as_bytes()


READ = {
    **{name: TEXT.encode(name) for name in ("cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")},
    **{name: TEXT.encode(name) for name in ("utf-32", "utf-32-le", "utf-32-be")},
    "utf-32 with another mark": b"\x00\x00\xfe\xff" + TEXT.encode("utf-32-be"),
    "carriage returns": TEXT.replace("\n", "\r").encode("cp1252"),
    "gz": gzip.compress(TEXT.encode()),
    "gz of two members": gzip.compress(TEXT[:40].encode()) + gzip.compress(TEXT[40:].encode()),
    "base64": base64.encodebytes(TEXT.encode()),
    "base64 on one line": base64.b64encode(TEXT.encode()),
    "quoted-printable": quopri.encodestring((TEXT + "=" * 99).encode()),
    "mail, quoted": mail("quoted-printable"),
    "mail, base64": mail("base64"),
    "mail, html": mail("quoted-printable", "html"),
    "mail of two parts": both_parts(),
    "rtf": RTF.encode(),
    "ansi colours": TEXT.replace("--", "\x1b[1;31m--\x1b[0m").replace("Title", "\x1b]0;t\x07Title").encode(),
}


@pytest.mark.parametrize("data", READ.values(), ids=READ)
def test_title_artist_and_notes_are_read_from(data: bytes) -> None:
    found = recognise_bytes(data)
    assert (found.title, found.artist) == ("Blåsång", "Nömann")
    assert [system.lines for system in found.systems] == LINES


REFUSED = {
    "too long": (b"-" * (MAX_BYTES + 1), "is too long: 10,000,001 of at most 10,000,000 bytes are read"),
    "bomb": (gzip.compress(b"-" * (MAX_BYTES * 20)), "is a gz file of more than 10,000,000 bytes: unpack it"),
    "torn": (gzip.compress(TEXT.encode())[:-20], "is a gz file that is cut short"),
    "broken": (b"\x1f\x8b\x08" + bytes(50), "is a gz file that is"),
    "gz in gz": (gzip.compress(gzip.compress(b"-")), "is a gz file in a gz file: unpack it"),
    "zip": (b"PK\x03\x04...", "is a ZIP archive"),
    "pdf": (b"%PDF-1.5", "is a PDF file: save its text"),
    "mail of many parts": (
        b"Content-Type: multipart/mixed\nContent-Transfer-Encoding: base64\n" + b"boundary=a\n" * 99,
        "is a mail of many parts",
    ),
}


@pytest.mark.parametrize(("data", "told"), REFUSED.values(), ids=REFUSED)
def test_the_rest_is_refused_in_one_line(data: bytes, told: str, tmp_path: Path, capsys) -> None:
    with pytest.raises(InputError, match=told) as error:
        decode(data)
    assert "\n" not in str(error.value)
    (tmp_path / "a.txt").write_bytes(data)
    assert main(["recognise", str(tmp_path / "a.txt")]) != 0
    assert "a.txt" in capsys.readouterr().err


def test_a_bomb_is_never_unpacked() -> None:
    bomb = gzip.compress(bytes(200_000_000))
    tracemalloc.start()
    with pytest.raises(InputError):
        decode(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MAX_BYTES


@pytest.mark.parametrize("text", ["E|5=12-|\nA|7=\n", "A" * 64, "Title: =3D", "{\\rtf", "GDAE\n" * 40])
def test_plain_text_stays_what_it_is(text: str) -> None:
    if text != "{\\rtf":
        assert decode(text.encode()) == text
    assert not recognise_bytes(text.encode()).title.startswith("{")


@given(st.text(st.characters(exclude_characters="\r\n\\{}", exclude_categories=["Cs", "Cc"])))
def test_any_text_comes_back_from_rtf(text: str) -> None:
    units = text.encode("utf-16-le")
    codes = [int.from_bytes(units[place : place + 2], "little") for place in range(0, len(units), 2)]
    signed = "".join(f"\\u{code - 0x10000 if code > 0x7FFF else code}?" for code in codes)
    assert plain_text("{\\rtf1" + signed + "}") == text


@given(st.binary(max_size=300), st.sampled_from([b"", b"{\\rtf", b"Content-Transfer-Encoding: base64\n\n", b"=3D=\n="]))
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    try:
        assert isinstance(decode(start + data), str)
    except InputError as error:
        assert start + data[:1] in (b"%", b"P", b"B", b"\xfd", b"7", b"\xd0", b"\x89", b"\xff", b"\x1f"), error


@pytest.mark.parametrize(
    "piece", [b"{", b"\\u-1?", b"=3D", b"A" * 60 + b"\n", b"=\n", b"\x1b[", b"\x1b]", b"{title: ", b"Title:", b"::"]
)
def test_time_is_linear(piece: bytes) -> None:
    start = b"{\\rtf" if piece[:1] in b"{\\" and b"t" not in piece else b""

    assert in_proportion(lambda size: recognise_bytes(start + piece * size), 100_000 // len(piece))


def test_a_quoted_tab_may_be_wrapped(tmp_path: Path) -> None:
    wide = "\n".join(line + "-" * 100 + "|" for line in riff(3).strip().split("\n"))
    quoted = quopri.encodestring(wide.encode())
    assert max(map(len, quoted.splitlines())) <= 76 < len(textwrap.dedent(wide).split("\n")[0])
    assert recognise_bytes(quoted.replace(b"|", b"=7C")).systems[0].lines == recognise_tabs(wide).systems[0].lines
