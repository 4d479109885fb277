"""How wide text is drawn at most, and lines of it that fit: no font need be there to lay a page out.

Input: text and its size in px. Output: px, or lines. Bound from above over Helvetica, Aileron and DejaVu Sans, which
is the widest of the fonts that pages ask for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

#: Letters by their width in ems, rounded up to tenths: measured on the fonts above.
_WIDTHS = {
    0.3: "'Iijl",
    0.4: " (),-./:;[\\]ft|",
    0.5: '!"`r',
    0.6: "*?JL_cksvxyz",
    0.7: "$0123456789ABEFKPSTVXYZabdeghnopqu{}",
    0.8: "&CDGHNOQRU",
    0.9: "#+<=>M^w~",
    1.0: "%Wm…—",
    1.1: "@",
}
_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
#: Letters beyond ASCII that are no ASCII letter with an accent: as the widest of Cyrillic and Arabic; emoji.
_OTHER, _PICTURE = 1.25, 1.4
#: How much wider bold words are, at most.
_BOLD = 1.16


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The most px that a line of text takes at a size in px."""
    return sum(map(_width, text)) * size * (_BOLD if bold else 1.0)


def _width(letter: str) -> float:
    if letter in _OF:
        return _OF[letter]
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):  # accents and signs of direction take no room
        return 0.0
    if unicodedata.category(letter) == "So":
        return _PICTURE
    return _OF.get(unicodedata.normalize("NFD", letter)[0], _OTHER)


def wrapped(text: str, room: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines that fit into a room in px, broken between words, and inside what is wider than a line by itself."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold=bold) <= room:
            lines[-1] += f" {word}"
        else:
            lines += _pieces(word, room, size, bold=bold)
    return lines


def _pieces(word: str, room: float, size: float, *, bold: bool) -> Iterator[str]:
    piece = ""
    for letter in word:
        if piece and text_width(piece + letter, size, bold=bold) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece
