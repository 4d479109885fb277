"""Tabs as plain text: reading goes through the recogniser, so any page or message will do; writing prints systems.

Title and artist stand in front, a line each, `Title: NAME`; lines longer than asked for are broken at bar lines.
"""

from __future__ import annotations

import html
import itertools
import logging
import os
import re
from dataclasses import replace

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats.beat_grid import guess_columns_per_beat
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track, one_line
from basstab_hf.recognise import Recognition, recognise_bytes
from basstab_hf.tab import System, Tab

_LOG = logging.getLogger(__name__)
# Within so many bytes from the top; in a practice page, from its text on, which stands behind the pictures.
_HEAD = 100_000
_PAGE_TEXT = b'<pre id="text"'
_TITLE = re.compile(
    r"^(?P<page><pre\b[^>\n]*>)?Title: (?P<title>[^\n]+)(?:\nArtist: (?P<artist>[^\n]+))?", re.MULTILINE
)
_ARTIST = re.compile(r"^(?P<page><pre\b[^>\n]*>)?Artist: (?P<artist>[^\n]+)", re.MULTILINE)


def read(path: str | os.PathLike[str]) -> Track:
    """The systems found in a text or HTML file; the columns in a beat are guessed.

    Raises:
        InputError: the file cannot be read or holds no tab.
    """
    return read_content(files.read_bytes(path), str(path))


def read_content(content: bytes, name: str) -> Track:
    """As `read`; `name` is what messages call the content.

    Raises:
        InputError: no tab in it, with the first reason why.
    """
    found = _recognise(content, name)
    grid = guess_columns_per_beat(found.tab, [system.counts for system in found.systems if system.counts])
    return Track(
        tab=found.tab,
        name="",
        tempo=None,
        time_signature="",
        marks=(),
        columns_per_beat=grid.columns_per_beat,
        guess=grid.reason,
    )


def _recognise(content: bytes, name: str) -> Recognition:
    recognition = recognise_bytes(content)
    if not recognition.systems:
        why = "".join(f" (line {no.first_line}: {no.reason})" for no in recognition.rejected[:1])
        raise InputError(f"{name} holds no bass tab{why}: lines such as 'G|--5--|', one a string, make one")
    return _with_names(recognition, content)


def _with_names(recognition: Recognition, content: bytes) -> Recognition:
    """Title and artist as `to_text` prints them, unless the page states them elsewhere."""
    if recognition.title or recognition.artist:
        return recognition
    start = max(content.find(_PAGE_TEXT), 0)
    head = content[start : start + _HEAD].decode("utf-8", "replace").replace("\r\n", "\n")
    found = _TITLE.search(head) or _ARTIST.search(head)
    if found is None:
        return recognition
    names = {name: (text or "").strip() for name, text in found.groupdict().items() if name != "page"}
    if found["page"]:
        names = {name: html.unescape(text) for name, text in names.items()}
    return replace(recognition, title=names.get("title", ""), artist=names["artist"])


def parse(content: bytes, name: str) -> Tab:
    """The systems found in `content`; raises what `read_content` raises."""
    return _recognise(content, name).tab


def to_text(tab: Tab, width: int | None = None) -> str:
    """A tab with its title and artist in front, in lines of at most `width` characters where bar lines allow it.

    A title that would make another tab of it when read back (one that holds a string line, or names another
    instrument) is left out.
    """
    body = wrapped(tab, width).text + "\n"
    heading = _heading(tab)
    if heading and recognise_bytes((heading + body).encode()).tab.systems != recognise_bytes(body.encode()).tab.systems:
        _LOG.warning("the title is left out of the text: with it, the tab would not be read back")
        heading = ""
    return heading + body


def wrapped(tab: Tab, width: int | None) -> Tab:
    """Systems broken at bar lines, so that their lines have at most `width` characters; a wider bar stays whole."""
    if width is None:
        return tab
    return replace(tab, systems=tuple(part for system in tab.systems for part in _parts(system, width)))


def _parts(system: System, width: int) -> list[System]:
    """A system as few enough, from the left; what stands in front of its first bar stays with it."""
    cuts = [0, *(start for start, _ in system.bar_spans[1:]), len(system.lines[0])]
    room = width - max(map(len, system.tuning.labels)) - 1
    starts = [0]
    for start, end in itertools.pairwise(cuts):
        if end - starts[-1] > room and start > starts[-1]:
            starts.append(start)
    return [
        System(system.tuning, tuple(line[start:end] for line in system.lines))
        for start, end in itertools.pairwise([*starts, cuts[-1]])
    ]


def _heading(tab: Tab) -> str:
    names = (("Title", tab.title), ("Artist", tab.artist))
    lines = [f"{label}: {line}\n" for label, name in names if (line := one_line(name))]
    return "".join([*lines, "\n"]) if lines else ""


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Title and artist, and systems separated by blank lines; returns a remark where bars are wider than asked for."""
    width = settings.text_width
    files.write_text(path, to_text(tab, width), force=force)
    longest = max(map(len, wrapped(tab, width).text.splitlines()), default=0)
    if width is None or longest <= width:
        return ()
    return (f"a bar stays whole: its lines have {longest} characters, more than {width}",)
