"""A Guitar Pro 3 to 5 song with a bass written into it, as a .gp5 file. Through PyGuitarPro.

All other tracks, bars, signs and texts stay; changes of tempo that stood in a bass which is replaced go into the new
one. The new track has channels of its own, none of them that of drums.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.formats.guitarpro import parse
from basstab_hf.formats.guitarpro_write import measure
from basstab_hf.formats.track import Track
from basstab_hf.listen.fitting import fit
from basstab_hf.listen.values import Song

#: Channels of four ports, of which each has drums on its tenth.
_CHANNELS, _A_PORT, _DRUMS = 64, 16, 9
#: Those that are shared where none is free.
_LAST = (62, 63)
#: Largest fret of a grace note that the format has.
_MOST_FRET = 255


def edited(content: bytes, name: str, song: Song, bass: Track, *, replace: bool) -> tuple[bytes, tuple[str, ...]]:
    """The file with the bass, and remarks.

    Raises:
        InputError: the part does not fit, or the library cannot write what is in the file.
    """
    import guitarpro as gp

    file = parse(content, name)
    fitted = fit(bass, song)
    old = [file.tracks[part.number - 1] for part in song.basses] if replace else []
    kept = [track for track in file.tracks if not any(track is one for one in old)]
    track = gp.Track(file, name="Bass", fretCount=24, strings=[], measures=[])
    tuning = fitted.score.tuning
    track.strings = [gp.GuitarString(number, pitch) for number, pitch in enumerate(tuning.pitches, start=1)]
    free = _channels(kept)
    channel, effects = (*free, *free)[:2] if free else _LAST
    track.channel = gp.MidiChannel(channel=channel, effectChannel=effects, instrument=fitted.score.program)
    pairs = zip(file.measureHeaders, fitted.score.bars, strict=True)
    track.measures = [measure(track, header, bar.beats) for header, bar in pairs]
    _move_tempos(old, track)
    singer = file.tracks[file.lyrics.trackChoice - 1] if 0 < file.lyrics.trackChoice <= len(file.tracks) else None
    place = next((number for number, one in enumerate(file.tracks) if old and one is old[0]), len(kept))
    file.tracks = [*kept[:place], track, *kept[place:]]
    for number, one in enumerate(file.tracks, start=1):
        one.number = number
        if one is singer:
            file.lyrics.trackChoice = number
    _mend(file)
    written = io.BytesIO()
    try:
        gp.write(file, written, version=(5, 1, 0), encoding="latin-1")
    except Exception as error:  # the library lets escape whatever goes wrong: struct.error, ValueError, KeyError ...
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{name} holds what cannot be written as .gp5 ({why}): write .mid") from error
    full = () if free else ("no channel is free: the bass shares one, and may sound like another instrument",)
    return written.getvalue(), (*fitted.remarks, *full)


def _channels(tracks: Sequence[Any]) -> tuple[int, ...]:
    """The channels that no track has."""
    used = {channel for track in tracks for channel in (track.channel.channel, track.channel.effectChannel)}
    return tuple(number for number in range(_CHANNELS) if number % _A_PORT != _DRUMS and number not in used)


def _move_tempos(old: Sequence[Any], track: Any) -> None:
    """Changes of tempo of tracks that go, on the nearest beats of the one that comes."""
    import guitarpro as gp

    for gone in old:
        for measure_, new in zip(gone.measures, track.measures, strict=True):
            for beat in (beat for voice in measure_.voices for beat in voice.beats):
                change = beat.effect.mixTableChange
                if change is not None and change.tempo is not None:
                    onset, now = beat.start - measure_.start, 0
                    place = new.voices[0].beats[0]
                    for one in new.voices[0].beats:
                        place = one if now <= onset else place
                        now += one.duration.time
                    place.effect.mixTableChange = gp.MixTableChange(tempo=change.tempo, tempoName=change.tempoName)


def _mend(file: Any) -> None:
    """Dead grace notes of versions 3 and 4, which say so by a fret below 0: version 5 has a sign of its own."""
    for track in file.tracks:
        for bar in track.measures:
            for beat in (beat for voice in bar.voices for beat in voice.beats):
                for note in beat.notes:
                    grace = note.effect.grace
                    if grace is not None:
                        grace.isDead = grace.isDead or grace.fret < 0
                        grace.fret = min(max(grace.fret, 0), _MOST_FRET)
