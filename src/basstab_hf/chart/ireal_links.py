"""Links and exported pages of iReal Pro -> their songs, unscrambled.

A link is irealb://SONG===SONG===NAME, percent-encoded; the fields of a song are parted by "=". The older irealbook://
has its chords in the clear; irealb:// has them behind "1r34LbKcu7", scrambled in blocks of 50 characters. What the
format is was learnt from https://www.irealpro.com/ireal-pro-file-format and infojunkie/ireal-musicxml. pyRealParser
reads it, too, but drops signs that it does not know and changes of time, without a word.

Input: text with links. Output: `IRealSong`s.
"""

from __future__ import annotations

import html
import re
import urllib.parse
from dataclasses import dataclass

from basstab_hf.errors import InputError

#: Begins a link, wherever it stands in a text.
LINK = re.compile(r"(irealb(?:ook)?)://([^\"\n\r]*)", re.IGNORECASE)
_SCRAMBLED = "1r34LbKcu7"
_BLOCK = 50
#: Places of a block that change with those as far from its end.
_SWAPPED = (*range(5), *range(10, 24))


@dataclass(frozen=True, slots=True)
class IRealSong:
    """A song as iReal Pro has it: `music` in its signs, the other fields as they are written; `tempo` 0: none.

    A song that lacks its chords in the link has no music.
    """

    title: str
    artist: str
    style: str
    key: str
    music: str
    tempo: float


def songs_in(text: str, name: str) -> list[IRealSong]:
    """All songs of all links.

    Raises:
        InputError: there are none.
    """
    songs = []
    for link in LINK.finditer(text):
        content = urllib.parse.unquote(html.unescape(link[2]) if "</" in text else link[2])
        for part in content.split("==="):
            fields = part.split("=")
            if len(fields) > 1:
                songs.append(_song(fields, is_old=link[1].casefold() == "irealbook"))
    if not songs:
        raise InputError(f"{name}: the link holds no song: export it from iReal Pro again")
    return songs


def _song(fields: list[str], *, is_old: bool) -> IRealSong:
    title = _title(fields[0].strip())
    scrambled = next((number for number, field in enumerate(fields) if field.startswith(_SCRAMBLED)), None)
    if scrambled is None and is_old and len(fields) >= 6:
        return IRealSong(title, _person(fields[1]), fields[2].strip(), fields[3].strip(), "=".join(fields[5:]), 0)
    if scrambled is None or scrambled < 4:
        return IRealSong(title, _person(fields[1]), "", "", "", 0)
    tempo = fields[scrambled + 2] if len(fields) > scrambled + 2 else ""
    return IRealSong(
        title,
        _person(fields[1]),
        fields[3].strip() or fields[2].strip(),
        fields[4].strip(),
        unscrambled(fields[scrambled].removeprefix(_SCRAMBLED)),
        float(tempo) if tempo.isdecimal() and tempo.isascii() else 0,
    )


def unscrambled(music: str) -> str:
    """The signs of a song in their order; the abbreviations for bar lines and blanks written out."""
    blocks = []
    while len(music) > _BLOCK + 1:
        blocks.append(_swapped(music[:_BLOCK]))
        music = music[_BLOCK:]
    return ("".join(blocks) + music).replace("Kcl", "| x").replace("LZ", " |").replace("XyQ", "   ")


def _swapped(block: str) -> str:
    signs = list(block)
    for place in _SWAPPED:
        signs[place], signs[-1 - place] = signs[-1 - place], signs[place]
    return "".join(signs)


def _title(title: str) -> str:
    """The article in front: "The Blues" for "Blues, The"."""
    return re.sub(r"(.*), (A|The)", r"\2 \1", title) if title.endswith((", A", ", The")) else title


def _person(name: str) -> str:
    """The first name in front, where there are two: "Last First" is how iReal Pro sorts."""
    words = name.split()
    return " ".join(reversed(words)) if len(words) == 2 else name.strip()
