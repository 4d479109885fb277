"""The containers of Guitar Pro 6 to 8; the encoders stand in `tests.gpif`."""

import contextlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.formats.gpx_container import MAX_PACKED, MAX_XML, is_container, score_xml
from tests import gpif
from tests.growth import in_proportion

#: Scores as they are: words that come again and again, and anything.
WORDS = st.sampled_from([b"<Note id=", b"<Beat>", b"\r\n", b"\0"]) | st.binary(max_size=9)
CONTENTS = st.lists(WORDS, max_size=60).map(b"".join)


@given(CONTENTS, st.booleans())
@settings(max_examples=40)
def test_what_is_packed_is_unpacked(content: bytes, turned: bool) -> None:
    files = {"misc.xml": b"x", "score.gpif": content, "more": b"\2\0\0\0"}
    stored = gpif.bcfs(files, turned)
    assert score_xml(stored, "a.gpx") == content
    assert score_xml(gpif.bcfz(stored), "a.gpx") == content
    assert score_xml(gpif.gp(content), "a.gp") == content


def test_scores_of_many_sectors_are_put_together_in_the_order_that_is_told() -> None:
    content = b"".join(f'<Note id="{number}">\n'.encode() for number in range(2_000))
    for turned in (False, True):
        stored = gpif.bcfs({"score.gpif": content}, turned)
        assert score_xml(stored, "a.gpx") == content
        packed = gpif.bcfz(stored)
        assert len(packed) < len(stored) / 2
        assert score_xml(packed, "a.gpx") == content


def test_containers_are_known_by_how_they_begin() -> None:
    assert all(map(is_container, (gpif.gp(b""), gpif.gpx(b""), gpif.bcfs({}))))
    assert not any(map(is_container, (b"", b"PK", b"\x18FICHIER GUITAR PRO v3.00", b"<?xml")))


STORED = gpif.bcfs({"score.gpif": b"x" * 9_000})


def with_password() -> bytes:
    content = bytearray(gpif.gp(b"<GPIF/>"))
    content[6] |= 1  # of the first file
    place = content.rindex(b"PK\1\2")
    content[place + 8] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gpif.gp(b"<GPIF/>", "Content/other"), "no item named"),
        (gpif.gp(b"<GPIF/>")[:-30], "not a zip file"),
        (with_password(), "password"),
        (b"PK\3\4", "not a zip file"),
        (b"BCFZ", "unpack_from"),
        (b"BCFZ\x10\0\0\0" + bytes([0b0_01_00000, 0b010_1_0001, 0b1_1_000000]), "no sectors"),
        (b"BCFZ\x10\0\0\0" + bytes([0b1_0010_111, 0xFF]), "repeats what is not there"),
        (b"BCFZ" + (MAX_XML + 1).to_bytes(4, "little") + b"\0" * 100, "claims 30,000,001 bytes"),
        (b"BCFZ\xff\xff\0\0" + b"\0" * 100, "no sectors"),
        (b"BCFS", "no score"),
        (gpif.bcfs({"misc.xml": b"x"}), "no score"),
        (STORED[:-5_000], "cut off"),
        (gpif.bcfz(STORED[:-5_000]), "cut off"),
        (STORED[:4100] + STORED[4100:].replace((9_000).to_bytes(4, "little"), b"\xff\xff\xff\x7f"), "cut off"),
        (b"BCFS" + b"\0" * MAX_PACKED, "bytes, more than"),
    ],
)
def test_broken_containers_are_told_in_one_line(content: bytes, why: str) -> None:
    with pytest.raises(InputError, match=r"a\.gpx is no readable Guitar Pro file \(.*\): save it anew") as error:
        score_xml(content, "a.gpx")
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_scores_come_whole_or_not_at_all() -> None:
    whole, found = gpif.bcfz(STORED), []
    for end in range(8, len(whole), 1 + len(whole) // 40):
        with contextlib.suppress(InputError):
            found.append(score_xml(whole[:end], "a.gpx"))
    assert set(found) <= {b"x" * 9_000}
    assert score_xml(whole, "a.gpx") == b"x" * 9_000


def unpack_repeats(count: int) -> None:
    """Read a file in which `count` words each repeat what is there already."""
    one = "0" + "10" + "01000001" + ("1" + "0001" + "1" + "1") * count
    packed = int(one + "0" * (-len(one) % 8), 2).to_bytes(-(-len(one) // 8))
    with pytest.raises(InputError, match="no sectors"):
        score_xml(b"BCFZ\0\0\0\1" + packed, "a.gpx")


def test_bombs_go_off_nowhere() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("Content/score.gpif", "w") as file:
        for _ in range(40):
            file.write(b" " * 1_000_000)
    with pytest.raises(InputError, match="too large"):
        score_xml(stream.getvalue(), "a.gp")
    # One sector that all numbers of a file name, and chunks that repeat one byte.
    loop = bytearray(gpif.bcfs({"score.gpif": b"x"}))
    loop[4 + 4096 + 0x94 : 4 + 8192] = (2).to_bytes(4, "little") * ((4096 - 0x94) // 4)
    assert score_xml(bytes(loop), "a.gpx") == b"x"
    assert in_proportion(unpack_repeats, 10_000)
