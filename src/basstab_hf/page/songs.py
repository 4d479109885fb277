"""Files that are dropped on the page: tabs to open, songs to accompany.

Input: a name and bytes; nothing is read from anywhere. Output: a `Track`, or a part for a song and the song with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.files import scratch
from basstab_hf.formats.table import Kind, reader_of
from basstab_hf.formats.track import Track, one_line
from basstab_hf.page import values
from basstab_hf.page.form import MAX_CHART_BARS, Form
from basstab_hf.page.riff import plainly, read_riff
from basstab_hf.page.studio import Growing, Progress, Studio, notes_of
from basstab_hf.recognise import decode

#: Bytes of a file: the scores of whole songs have some hundred thousand.
MAX_FILE = 4_000_000
#: Tracks that are told.
_MOST_TOLD = 8


@dataclass(frozen=True, slots=True)
class Opened:
    """A track of a file, and what is told of it."""

    track: Track
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accompanied:
    """A part for a song, what is told of it, and the song with it: its suffix and bytes."""

    track: Track
    told: tuple[str, ...]
    suffix: str
    content: bytes


def name_of(given: object) -> str:
    """The name of a file in a message, without any folders.

    Raises:
        InputError: it is none.
    """
    name = one_line(values.text("the name of the file", given, 1_000))
    bare = PurePosixPath(PureWindowsPath(name).name).name
    if not bare:
        raise InputError("the file has no name: its ending tells what it is")
    return bare[-120:]


def open_file(name: str, content: bytes, which: str | None = None) -> Opened:
    """The bass of a file: of several the first one, or the one that is asked for by number or name.

    Raises:
        InputError: a file that is of no known kind, broken, or holds no bass.
        MissingExtraError: a package that reads the format is not installed.
    """
    reader = reader_of(name)
    if reader.kind is Kind.TEXT:
        riff = read_riff(decode(content, name), len(content) + 1)
        if riff is None:
            raise InputError(f"{name} is empty")
        return Opened(riff.track, riff.told)
    tracks = reader.read_tracks(content, name)
    if which:
        (track,) = tracks.chosen(name, which)[:1]
        others = [other for other in tracks.tracks if other.number != track.number]
    elif tracks.tracks:
        track, *others = tracks.tracks
    else:
        listed = ", ".join(part.label for part in tracks.parts[:_MOST_TOLD])
        why = f" ({tracks.refused[0]})" if tracks.refused else ""
        parts = f"; its parts are {listed}" if listed else ""
        raise InputError((tracks.told and f"{name} {tracks.told}") or f"{name} holds no bass track{why}{parts}")
    told = [plainly(remark) for remark in track.remarks]
    if others:
        names = ", ".join(other.name or f"part {other.number}" for other in others[:_MOST_TOLD])
        told.append(f"Of {len(others) + 1} basses the first is shown; left out: {names}.")
    return Opened(replace(track, remarks=()), tuple(told))


def accompany(
    studio: Studio,
    form: Form,
    name: str,
    content: bytes,
    growing: Growing | None = None,
    progress: Progress | None = None,
) -> Accompanied:
    """A bass part for a song.

    Raises:
        InputError: a file that is no song, is broken or too long, or a form that asks for what cannot be.
        MissingExtraError: a package that reads the format is not installed.
    """
    from basstab_hf.generate.accompany import ask_song, track_of
    from basstab_hf.listen.hear import hear
    from basstab_hf.listen.read import parse_song
    from basstab_hf.listen.write import own_kinds, with_bass

    song = parse_song(content, name, PurePosixPath(name).suffix)
    if len(song.bars) > MAX_CHART_BARS:
        raise InputError(f"{name} has {len(song.bars)} bars, a part is written for up to {MAX_CHART_BARS}")
    heard = hear(song)
    asked = form.controls()
    told = ["Riff, chords and number of bars are the song's."] if form.prompt or form.chords or form.bars else []
    told += ["The metre is the song's."] if asked.pop("metre", None) else []
    style, density = asked.pop("style", None), asked.pop("density", None)
    more: Mapping[str, Any] = form.how()
    made = ask_song(
        studio.metrics,
        heard,
        studio.usual_width,
        style=style,
        density=density,
        controls=asked,
        key=form.key,
        tempo=form.tempo,
        tuning=form.tuning,
        **more,
    )
    written = studio.write(made.request, growing, progress)
    track = track_of(made, heard, written.tab)
    suffix = next(iter(own_kinds(name)), ".mid")
    with scratch() as folder:
        target = folder / f"song{suffix}"
        remarks = with_bass(content, name, track, target)
        song_content = target.read_bytes()
    told += [plainly(remark) for remark in (*made.remarks, *remarks)]
    heard_of = f"Heard in {name}: {heard.chart.key or 'no key'}, {heard.tuning.tuning}."
    return Accompanied(track, (heard_of, *told, *notes_of(written)), suffix, song_content)
