"""Guitar Pro files of every version: the bass tracks as tabs.

Versions 3 to 5 (.gp3 .gp4 .gp5) are read through PyGuitarPro here, into a `song.Song`; 6 to 8 (.gpx .gp) by
`gpif_read`. A capo counts as frets. What is kept of the notes stands in `guitarpro_notes`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.formats import gpif_read, gpx_container
from basstab_hf.formats.guitarpro_notes import QUARTER, read_part
from basstab_hf.formats.song import Part, Song, to_tracks
from basstab_hf.formats.song_form import SongBar
from basstab_hf.formats.track import MAX_BARS, plain
from basstab_hf.formats.tracks import Tracks
from basstab_hf.rhythm.tab_time import Tempo

#: Largest file of versions 3 to 5, in bytes: real ones are below 1 MB. It also bounds the time: PyGuitarPro reads
#: 0.6 MB a second.
MAX_BYTES = 4_000_000
#: More bars times tracks than this, or beats in one bar, are a broken file: real songs have some 10,000, and 64.
MAX_MEASURES, MAX_BEATS_A_BAR = 100_000, 256
#: The triplet feel of eighths; the next one is that of sixteenths.
_SWUNG_EIGHTHS = 1
_GRID = re.compile(r"(\d{1,2}) columns a beat")


def read_tracks(content: bytes, name: str) -> Tracks:
    """The bass tracks of a file; `name` is what messages call it. The content tells the version, not the name.

    Raises:
        InputError: the content is no Guitar Pro file of version 3 to 8, or a broken one.
        MissingExtraError: PyGuitarPro, which reads versions 3 to 5, is not installed.
    """
    return to_tracks(read_song(content, name))


def read_song(content: bytes, name: str) -> Song:
    """A file with all its parts. Raises what `read_tracks` raises."""
    if gpx_container.is_container(content):
        return gpif_read.to_song(gpx_container.score_xml(content, name), name)
    return _to_song(parse(content, name))


def parse(content: bytes, name: str) -> Any:
    """A file of version 3 to 5 as PyGuitarPro's Song, its texts byte for byte (Latin-1), frets of tied notes 0.

    Raises what `read_tracks` raises.
    """
    try:
        import guitarpro
    except ImportError as error:
        raise MissingExtraError("PyGuitarPro", "export") from error
    if len(content) > MAX_BYTES:
        raise InputError(f"{name} has {len(content):,} bytes: Guitar Pro files of up to {MAX_BYTES:,} are read")
    try:
        # Latin-1 reads any byte; `plain` finds the encoding of each name.
        stream = io.BytesIO(content)
        version = guitarpro.iobase.GPFileBase(stream, "latin-1").readVersion()
        number, kind = guitarpro.io.getVersionAndGPFile(version)
        reader = kind(stream, "latin-1", version=version, versionTuple=number)
        _bound(reader)
        return reader.readSong()
    except Exception as error:  # the library lets escape whatever goes wrong: struct.error, ValueError, KeyError ...
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{name} is no readable Guitar Pro 3 to 5 file ({why}): save it anew as .gp5") from error


def _bound(reader: Any) -> None:
    """Make a reader refuse counts that would take it minutes, and leave the frets of tied notes to us.

    PyGuitarPro believes every count in a file, compares each beat with all before it in its bar, and looks through all
    bars before a tied note.
    """
    from guitarpro.models import NaturalHarmonic

    read_harmonic = getattr(reader, "readHarmonic", None)  # version 3 has none
    read_headers, read_tracks_, read_voice = reader.readMeasureHeaders, reader.readTracks, reader.readVoice

    def headers(song: Any, count: int, *rest: Any) -> None:
        _check_count(count, MAX_BARS, "bars")
        read_headers(song, count, *rest)

    def tracks(song: Any, count: int, channels: Any) -> None:
        _check_count(count * len(song.measureHeaders), MAX_MEASURES, "bars in all tracks")
        read_tracks_(song, count, channels)

    def voice(start: int, voice: Any) -> None:
        count = reader.readI32()
        _check_count(count, MAX_BEATS_A_BAR, "beats in one bar")
        reader.data.seek(-4, io.SEEK_CUR)
        read_voice(start, voice)

    def harmonic(note: Any) -> Any:
        try:
            return read_harmonic(note) if read_harmonic is not None else None
        except UnboundLocalError:  # a kind that PyGuitarPro does not know
            return NaturalHarmonic()

    reader.readMeasureHeaders, reader.readTracks, reader.readVoice = headers, tracks, voice
    reader.readHarmonic = harmonic
    reader.getTiedNoteValue = lambda note: 0


def _check_count(count: int, most: int, what: str) -> None:
    if not 0 <= count <= most:
        raise ValueError(f"it claims {count:,} {what}")


def _to_song(song: Any) -> Song:
    bars = tuple(map(_bar, song.measureHeaders))
    parts = [
        Part(
            name=plain(track.name),
            program=track.channel.instrument,
            strings=tuple(string.value for string in track.strings),
            read=partial(read_part, track, bars),
            percussion=track.isPercussionTrack or track.channel.isPercussionChannel,
        )
        for track in song.tracks
    ]
    tempos = (Tempo(0, Fraction(0), float(song.tempo)), *sorted(_tempos(song), key=lambda told: (told.bar, told.onset)))
    return Song(plain(song.title), plain(song.artist), bars, tempos, tuple(parts), _told_grid(song))


def _bar(header: Any) -> SongBar:
    return SongBar(
        signature=f"{header.timeSignature.numerator}/{header.timeSignature.denominator.value}",
        length=Fraction(header.length) / QUARTER,
        section=plain(header.marker.title) if header.marker is not None else None,
        opens=header.isRepeatOpen,
        closes=header.repeatClose + 1 if header.repeatClose > 0 else 0,
        endings=header.repeatAlternative,
        swing=header.tripletFeel.value == _SWUNG_EIGHTHS,
        uneven=header.tripletFeel.value > _SWUNG_EIGHTHS,
        jumps=header.direction is not None or header.fromDirection is not None,
    )


def _tempos(song: Any) -> Iterator[Tempo]:
    """Changes of tempo; any track may tell them."""
    for track in song.tracks:
        for number, measure in enumerate(track.measures):
            for beat in (beat for voice in measure.voices for beat in voice.beats):
                change = beat.effect.mixTableChange
                if change is not None and change.tempo is not None:
                    yield Tempo(number, Fraction(beat.start - measure.start) / QUARTER, float(change.tempo.value))


def _told_grid(song: Any) -> int | None:
    """The columns in a beat that `guitarpro_write` notes."""
    found = (_GRID.fullmatch(plain(line)) for line in song.notice)
    return next((int(match[1]) for match in found if match), None)
