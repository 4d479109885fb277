"""Guitar Pro files (.gp3 .gp4 .gp5), through PyGuitarPro: every bass track as a tab.

A bass is no percussion and has the MIDI program of a bass or says bass in its name; or it has four or five strings, the
lowest at most G1, as no guitar has. Its lowest string is below E2 (of six strings: below A1), its tuning one that the
labels of a tab can say.

Repeats are written once; endings are systems of their own, each with how often it is played. A capo counts as frets.
What is kept of the notes stands in `guitarpro_notes`. Codas and the like are left out.
"""

from __future__ import annotations

import io
import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from basstab_hf import columns, files
from basstab_hf.errors import InputError, MissingExtraError, TuningError
from basstab_hf.formats.guitarpro_notes import QUARTER, chord_names, timed_bars
from basstab_hf.formats.rhythm import column_of, to_grid
from basstab_hf.formats.track import (
    BASS_PROGRAMS,
    MAX_BARS,
    MAX_BEATS,
    OUT_OF_RANGE,
    TOO_LONG,
    Beside,
    Heading,
    Track,
    TrackError,
    Tracks,
    is_bass_name,
    plain,
    sounding_range,
    to_track,
)
from basstab_hf.layout import Bar
from basstab_hf.tuning import Tuning

#: Largest file, in bytes: real ones are below 1 MB. It also bounds the time: PyGuitarPro reads 0.6 MB a second.
MAX_BYTES = 4_000_000
#: More bars times tracks than this, or beats in one bar, are a broken file: real songs have some 10,000, and 64.
MAX_MEASURES, MAX_BEATS_A_BAR = 100_000, 256
_TEMPOS = range(20, 401)
_GRID = re.compile(r"(\d{1,2}) columns a beat")
# The lowest open string: of a bass with six strings or fewer, and of four or five that need not be called a bass.
_BELOW, _BELOW_ON_SIX, _SURELY = 40, 33, 31

# Why a bass track is left out, besides the reasons of `track`.
BROKEN_FRETS = f"broken frets (> {columns.MAX_FRET})"
UNWRITABLE_FRET = "fret 22, which a tab reads as two notes"
WRONG_STRINGS = "not 4 to 6 strings"
WRONG_TUNING = "a tuning that no bass has"
EMPTY_BARS = "bars of no length"


def read(path: str | os.PathLike[str]) -> Track:
    """The first bass track of a file.

    Raises:
        InputError: the file cannot be read or holds no bass track.
        MissingExtraError: PyGuitarPro is not installed.
    """
    return read_tracks(files.read_bytes(path), str(path)).first(str(path))


def read_tracks(content: bytes, name: str) -> Tracks:
    """The bass tracks of a file; `name` is what messages call it.

    Raises:
        InputError: the content is no Guitar Pro file of version 3 to 5, or a broken one.
        MissingExtraError: PyGuitarPro is not installed.
    """
    song = _parse(content, name)
    beside = _beside(song.measureHeaders)
    kept, refused = [], []
    for track in filter(_is_bass, song.tracks):
        try:
            kept.append(_read(song, track, beside))
        except TrackError as error:
            refused.append(error.reason)
    return Tracks(tuple(kept), tuple(refused))


def _parse(content: bytes, name: str) -> Any:
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

    reader.readMeasureHeaders, reader.readTracks, reader.readVoice = headers, tracks, voice
    reader.getTiedNoteValue = lambda note: 0


def _check_count(count: int, most: int, what: str) -> None:
    if not 0 <= count <= most:
        raise ValueError(f"it claims {count:,} {what}")


def _is_bass(track: Any) -> bool:
    """Whether a track calls itself a bass, or has strings as only basses have."""
    if track.isPercussionTrack or track.channel.isPercussionChannel or not track.strings:
        return False
    called = track.channel.instrument in BASS_PROGRAMS or is_bass_name(plain(track.name))
    return called or (len(track.strings) in (4, 5) and min(string.value for string in track.strings) <= _SURELY)


def _read(song: Any, track: Any, beside: Sequence[Beside]) -> Track:
    """One bass track; `beside` is what the song says of its bars.

    Raises:
        TrackError: it gives no tab.
    """
    tuning = _tuning([string.value for string in track.strings])
    if any(header.length <= 0 for header in song.measureHeaders):
        raise TrackError(EMPTY_BARS)
    if sum(header.length for header in song.measureHeaders) > MAX_BEATS * QUARTER:
        raise TrackError(TOO_LONG)
    bars = timed_bars(track)
    _check_frets({note.fret for bar in bars for note in bar.notes if note.fret is not None})
    sounding = sounding_range([len(bar.notes) for bar in bars])
    grid = to_grid(tuning, [bars[number] for number in sounding], _told_grid(song))
    parts = [
        replace(beside[number], chords=_chords(track.measures[number], bar, grid.columns_per_beat))
        for number, bar in zip(sounding, grid.bars, strict=True)
    ]
    tempo = float(song.tempo) if song.tempo in _TEMPOS else None
    heading = Heading(plain(song.title), plain(song.artist), plain(track.name), tempo)
    return to_track(heading, tuning, grid.bars, parts, grid.columns_per_beat)


def _told_grid(song: Any) -> int | None:
    """The columns in a beat that `guitarpro_write` notes."""
    found = (_GRID.fullmatch(plain(line)) for line in song.notice)
    return next((int(match[1]) for match in found if match), None)


def _tuning(pitches: Sequence[int]) -> Tuning:
    if len(pitches) not in columns.STRINGS:
        raise TrackError(WRONG_STRINGS)
    if min(pitches) >= (_BELOW if len(pitches) < 6 else _BELOW_ON_SIX):
        raise TrackError(OUT_OF_RANGE)
    try:
        return Tuning.from_pitches(pitches)
    except TuningError as error:
        raise TrackError(WRONG_TUNING) from error


def _check_frets(frets: set[int]) -> None:
    if max(frets, default=0) > columns.MAX_FRET:
        raise TrackError(BROKEN_FRETS)
    if any(len(columns.split_frets(str(fret))) > 1 for fret in frets):
        raise TrackError(UNWRITABLE_FRET)


def _chords(measure: Any, bar: Bar, columns_per_beat: int) -> tuple[tuple[int, str], ...]:
    return tuple((column_of(onset, bar, columns_per_beat), name) for onset, name in chord_names(measure))


def _beside(headers: Sequence[Any]) -> list[Beside]:
    """Time signature, part, section and repeats of each bar: parts begin at markers, repeat groups and endings."""
    found: list[Beside] = []
    section, part = "", 0
    for group in _repeat_groups(headers):
        part += 1
        for header, plays in group:
            marked = header.marker is not None
            section = plain(header.marker.title) if marked else section
            changed = found and found[-1].part == part and found[-1].repeats != plays
            part += bool(marked or header.repeatAlternative or changed)
            signature = f"{header.timeSignature.numerator}/{header.timeSignature.denominator.value}"
            found.append(Beside(signature, part, section, plays))
    return found


def _repeat_groups(headers: Sequence[Any]) -> Iterator[list[tuple[Any, int]]]:
    """Bars of each repeat group with how often they are played; PyGuitarPro finds the groups."""
    for _, bars in itertools.groupby(headers, key=lambda header: id(header.repeatGroup)):
        group = list(bars)
        closed = max((place for place, header in enumerate(group) if header.repeatClose > 0), default=-1)
        passes = max(header.repeatClose + 1 for header in group) if closed >= 0 else 1
        passes = max([passes, *(header.repeatAlternative.bit_length() for header in group if closed >= 0)])
        plays, ending = [], 0
        for place, header in enumerate(group):
            ending = header.repeatAlternative or ending
            plays.append(min(ending.bit_count(), passes) if ending else passes if place <= closed else 1)
            if header.repeatClose > 0 or place > closed:
                ending = 0
        yield list(zip(group, plays, strict=True))
