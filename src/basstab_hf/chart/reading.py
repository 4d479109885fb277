"""Text -> a chart, whatever its notation: plain text, ChordPro, iReal Pro.

Input: the text of a file. Output: a `Chart`.
"""

from __future__ import annotations

from collections.abc import Sequence

from basstab_hf.chart import ireal
from basstab_hf.chart.chordpro import is_chordpro, read_chordpro, songs_of, title_of
from basstab_hf.chart.ireal_links import LINK, songs_in
from basstab_hf.chart.text import read_text
from basstab_hf.chart.values import Chart
from basstab_hf.chart.written import Reading
from basstab_hf.errors import InputError
from basstab_hf.printing.words import counted

#: Most characters of a file with charts; a playlist of 1,500 songs has 0.7 million.
MOST_CHARACTERS = 1_000_000
_MOST_SHOWN = 12


def read_chart(text: str, name: str = "the chart", song: str | None = None, time: tuple[int, int] = (4, 4)) -> Chart:
    """Read a chart in any notation.

    Args:
        text: of the file.
        name: of the file, for messages.
        song: the number, from 1 on, or the title of one song of several.
        time: of its bars, where it says none.

    Raises:
        InputError: what cannot be read, with its place and what to write instead; several songs, none of them chosen.
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{name} is too long: up to {MOST_CHARACTERS:,} characters are read; split it")
    if LINK.search(text):
        songs = songs_in(text, name)
        chosen = songs[_chosen([one.title for one in songs], name, song)]
        return ireal.read_song(chosen, Reading(f"{name}, {chosen.title!r}", time))
    lines = text.splitlines()
    if is_chordpro(lines):
        parts = songs_of(lines)
        return read_chordpro(parts[_chosen([title_of(part) for part in parts], name, song)], Reading(name, time))
    return read_text(lines, Reading(name, time))


def _chosen(titles: Sequence[str], name: str, song: str | None) -> int:
    """The place of the song that is asked for."""
    wanted = (song or "").strip()
    if not wanted and len(titles) == 1:
        return 0
    if wanted.isdecimal() and wanted.isascii() and 1 <= int(wanted[:9]) <= len(titles):
        return int(wanted) - 1
    found = [place for place, title in enumerate(titles) if wanted and title.casefold() == wanted.casefold()]
    found = found or [place for place, title in enumerate(titles) if wanted and wanted.casefold() in title.casefold()]
    if len(found) == 1:
        return found[0]
    places = found or range(len(titles))
    shown = ", ".join(f"{place + 1} {titles[place]!r}" for place in places[:_MOST_SHOWN])
    shown += ", ..." if len(places) > _MOST_SHOWN else ""
    told = f"no song {wanted!r}" if wanted and not found else counted(len(places), "song")
    raise InputError(f"{name}: {told}: choose one by its number or title: {shown}")
