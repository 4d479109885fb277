"""Containers of Guitar Pro 6 (.gpx: BCFZ or BCFS) and of 7 and 8 (.gp: zip) -> the XML of the score in them.

BCFS: four letters, then sectors of 4,096 bytes. A sector that begins with the number 2 tells of a file: its name, its
size, and the sectors that it fills. BCFZ: four letters, the length of the BCFS inside, then its bytes in chunks, bit by
bit, the highest bit of a byte first: 0, the number of bytes (2 bits) and these; or 1, how many bits each of the next
two numbers has (4 bits), how far back to go in what is unpacked, and how many bytes of that to repeat. All numbers but
the 4 bits begin with their lowest bit, those of several bytes with their lowest byte.

After the descriptions by the format's author and by those who first read it: tuxguitar.com.ar/forum/3/1657 and
powertab/powertabeditor, source/formats/gpx/doc.rst.
"""

from __future__ import annotations

import io
import itertools
import struct
import zipfile
from collections.abc import Iterator

from basstab_hf.errors import InputError
from basstab_hf.formats import zipped

#: Largest XML of a score, in bytes: a song of twelve tracks has three million.
MAX_XML = 30_000_000
#: Largest .gpx file, in bytes: songs have up to 300,000. It bounds the time: 1.2 MB a second are unpacked, and a third
#: of that where every chunk is one byte.
MAX_PACKED = 2_000_000
_PACKED, _STORED, _ZIPPED = b"BCFZ", b"BCFS", b"PK\3\4"
_SECTOR = 4096
# In a sector that tells of a file: what it begins with, the places of the name, the size and the sectors' numbers.
_FILE, _NAME, _SIZE, _SECTORS = b"\2\0\0\0", slice(4, 131), 0x8C, 0x94
_SCORE = "score.gpif"
#: Bits as they are read -> the number whose highest bit comes first.
_WIDTHS = {f"{number:04b}"[::-1]: number for number in range(16)}


def is_container(content: bytes) -> bool:
    """Whether a content begins as files of Guitar Pro 6 and later do."""
    return content.startswith((_PACKED, _STORED, _ZIPPED))


def score_xml(content: bytes, name: str) -> bytes:
    """The score in a container; `name` is what messages call the file.

    Raises:
        InputError: it is too large, broken, or holds no score.
    """
    try:
        xml = _from_zip(content) if content.startswith(_ZIPPED) else _from_sectors(_unpacked(content))
    except (*zipped.BROKEN, struct.error) as error:
        why = " ".join(str(error).split()).strip("'\"")[:80] or type(error).__name__
        raise InputError(f"{name} is no readable Guitar Pro file ({why}): save it anew") from error
    if len(xml) > MAX_XML:
        raise InputError(f"{name} is too large: scores of up to {MAX_XML:,} bytes are read")
    return xml


def _from_zip(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return zipped.member(archive, f"Content/{_SCORE}", MAX_XML)


def _unpacked(content: bytes) -> bytes:
    """The sectors in a .gpx file, without the letters before them."""
    if len(content) > MAX_PACKED:
        raise ValueError(f"it has {len(content):,} bytes, more than {MAX_PACKED:,}")
    if content.startswith(_STORED):
        return content[len(_STORED) :]
    (length,) = struct.unpack_from("<I", content, len(_PACKED))
    if length > MAX_XML:
        raise ValueError(f"it claims {length:,} bytes unpacked")
    unpacked = _unpack(content[len(_PACKED) + 4 :], length)
    if not unpacked.startswith(_STORED):
        raise ValueError("there are no sectors in it")
    return unpacked[len(_STORED) :]


def _unpack(packed: bytes, length: int) -> bytes:
    """Unpack chunks until there are `length` bytes, or no chunk is left.

    Bits are read from a string of them, and from that string turned round where their lowest comes first: slices of
    strings are the fastest way to bits that Python has.
    """
    n_bits = len(packed) * 8
    bits = f"{int.from_bytes(packed):0{n_bits}b}" if packed else ""
    turned = bits[::-1]
    found = bytearray()
    place = 0
    while len(found) < length and place + 3 <= n_bits:
        if bits[place] == "1":
            width = _WIDTHS[turned[n_bits - place - 5 : n_bits - place - 1]] if place + 5 <= n_bits else 0
            middle, end = n_bits - place - 5 - width, n_bits - place - 5 - 2 * width
            if not width or end < 0:
                break
            back = int(turned[middle : middle + width], 2)
            count = min(back, int(turned[end:middle], 2))
            if not 0 < back <= len(found):
                raise ValueError("a chunk repeats what is not there")
            found += found[len(found) - back : len(found) - back + count]
            place += 5 + 2 * width
        else:
            count = int(turned[n_bits - place - 3 : n_bits - place - 1], 2)
            place += 3
            if not count or place + 8 * count > n_bits:  # zeros that fill the last byte
                break
            found += int(bits[place : place + 8 * count], 2).to_bytes(count)
            place += 8 * count
    return bytes(found)


def _from_sectors(sectors: bytes) -> bytes:
    for start in range(0, len(sectors), _SECTOR):
        if sectors.startswith(_FILE, start):
            told = sectors[start : start + _SECTOR]
            if told[_NAME].split(b"\0")[0] == _SCORE.encode():
                return _file(sectors, start)
    raise ValueError(f"there is no {_SCORE} in it")


def _file(sectors: bytes, start: int) -> bytes:
    """The file that the sector at `start` tells of."""
    (size,) = struct.unpack_from("<I", sectors, start + _SIZE)
    content = b"".join(
        sectors[number * _SECTOR : (number + 1) * _SECTOR] for number in _numbers(sectors, start + _SECTORS)
    )
    if len(content) < size:
        raise ValueError(f"{_SCORE} is cut off")
    return content[:size]


def _numbers(sectors: bytes, place: int) -> Iterator[int]:
    """The numbers of a file's sectors, at most as many as there are sectors; 0 ends them."""
    most = min(len(sectors) // _SECTOR + 1, (len(sectors) - place) // 4)
    return itertools.takewhile(bool, struct.unpack_from(f"<{most}I", sectors, place))
