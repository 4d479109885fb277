"""A song as a MIDI file with a bass: the file as it was and one track more, or of any file what was read of it.

Input: `Song`, a `Track`. Output: bytes. Slides and bends of the bass move the pitch wheel of its channel, as everywhere
in `formats.midi`.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import replace as replace_fields
from fractions import Fraction
from itertools import accumulate
from typing import Any

import mido

from basstab_hf.errors import InputError
from basstab_hf.formats import midi_notes
from basstab_hf.formats.clock import played_bars
from basstab_hf.formats.midi import TICKS_PER_BEAT, to_midi
from basstab_hf.formats.track import Track, one_line
from basstab_hf.listen.fitting import settings_of
from basstab_hf.listen.values import Bar, Part, Song
from basstab_hf.rhythm.form import NO_SIGN, Form, playing_order

_CHANNELS = 16
_MOST_BEATS = 255  # of a time signature
_EVENT_ON, _EVENT_OFF, _OTHER = 2, 0, 1


def edited(content: bytes, name: str, song: Song, bass: Track, *, replace: bool) -> tuple[bytes, tuple[str, ...]]:
    """A MIDI file with the bass, and remarks. Raises InputError where the part does not fit."""
    file = midi_notes.parse(content, name)
    parts = midi_notes.read_score(content, name).parts
    gone = {(part.track, part.channel) for part in parts if replace and part.is_bass}
    for number, track in enumerate(file.tracks):
        if any(place == number for place, _ in gone):
            file.tracks[number] = _without_notes(track, {channel for place, channel in gone if place == number})
    channel, remarks = _free_channel(file.tracks)
    file.tracks.append(_bass_track(bass, song.bars, channel, file.ticks_per_beat))
    file.type = max(file.type, 1)  # one of a single track has several now
    try:
        return _bytes(file), remarks
    except Exception as error:  # mido reads what it does not write: ValueError, struct.error, UnicodeError ...
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{name} holds what cannot be written ({why}): save it anew as .mid") from error


def played(song: Song, bass: Track, *, replace: bool) -> tuple[bytes, tuple[str, ...]]:
    """A song as it is played, repeats and all, with the bass; and remarks. Raises InputError as `edited`."""
    file = mido.MidiFile(ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    order = playing_order(song.form) if song.form else [*range(len(song.bars))]
    bars = [song.bars[number] for number in order]
    starts = [*accumulate((bar.length for bar in bars), initial=Fraction(0))]
    file.tracks.append(_conductor(song, order, starts))
    kept = [part for part in song.parts if part.notes and not (replace and part.is_bass)]
    free = [channel for channel in range(_CHANNELS) if channel != midi_notes.DRUMS]
    melodic = [part for part in kept if not part.is_drums]
    channels = {part.number: free[place % (len(free) - 1)] for place, part in enumerate(melodic)}
    for part in kept:
        file.tracks.append(_part_track(part, song, order, starts, channels.get(part.number, midi_notes.DRUMS)))
    file.tracks.append(_bass_track(bass, bars, free[-1], TICKS_PER_BEAT, song.form))
    shared = len(melodic) > len(free) - 1
    return _bytes(file), ("more parts than MIDI has channels: some share one",) if shared else ()


def _free_channel(tracks: Sequence[Any]) -> tuple[int, tuple[str, ...]]:
    """A channel for the bass, and a remark where it is shared: some files prepare all channels and play on few."""
    told = [message for track in tracks for message in track if hasattr(message, "channel")]
    struck = {message.channel for message in told if message.type == "note_on" and message.velocity}
    melodic = [channel for channel in range(_CHANNELS) if channel != midi_notes.DRUMS]
    for used in ({message.channel for message in told}, struck):
        free = [channel for channel in melodic if channel not in used]
        if free:
            return free[0], ()
    return melodic[-1], (f"no channel is free: the bass shares channel {melodic[-1] + 1} and its instrument",)


def _without_notes(track: Any, channels: Collection[int]) -> Any:
    """A track without the notes of some channels; all else keeps its time."""
    kept = mido.MidiTrack()
    waiting = 0
    for message in track:
        waiting += message.time
        if message.type in ("note_on", "note_off") and message.channel in channels:
            continue
        kept.append(message.copy(time=waiting))
        waiting = 0
    return kept


def _bass_track(bass: Track, bars: Sequence[Bar], channel: int, ticks: int, form: Form = ()) -> Any:
    """The bass on a channel, in the ticks of a file; tempo and signatures are the song's.

    Args:
        bars: of the song as it is played.
        form: how its written bars are repeated, where the part may be written so.
    """
    settings = settings_of(bass)
    written = [bar.width for bar in played_bars(bass.tab, settings)]
    if form and sum(width > 0 for width in written) == len(form):
        signs = iter(form)
        as_told = tuple(next(signs) if width else NO_SIGN for width in written)
        settings = replace_fields(settings, time=replace_fields(settings.time, form=as_told))
    _check([Fraction(bar.width) / bass.columns_per_beat for bar in played_bars(bass.tab, settings) if bar.width], bars)
    events = []
    now = 0
    for message in to_midi(bass.tab, settings).tracks[0]:
        now += message.time
        if not message.is_meta:
            events.append((round(Fraction(now * ticks, TICKS_PER_BEAT)), message.copy(channel=channel)))
    return _timed(events, "Bass")


def _check(lengths: Sequence[Fraction], bars: Sequence[Bar]) -> None:
    """Refuse bars of a part that are not as long as the song's; the last one may be."""
    if len(lengths) > len(bars):
        raise InputError(f"the bass has more bars than the song, which has {len(bars)}: write it for this song")
    for number, (length, bar) in enumerate(zip(lengths[:-1], bars, strict=False), start=1):
        if length != bar.length:
            raise InputError(
                f"bar {number} of the bass lasts {float(length):g} beats, that of the song {float(bar.length):g}: "
                "write it for this song"
            )


def _conductor(song: Song, order: Sequence[int], starts: Sequence[Fraction]) -> Any:
    """Tempos, signatures and sections of a song as it is played."""
    events: list[tuple[int, Any]] = []
    tempos = _tempos_by_bar(song)
    signature, tempo = "", None
    for number, start in zip(order, starts, strict=False):
        bar = song.bars[number]
        tick = round(start * TICKS_PER_BEAT)
        if bar.section:
            events.append((tick, mido.MetaMessage("marker", text=bar.section)))
        if bar.signature != signature:
            signature = bar.signature
            beats, unit = map(int, signature.split("/"))
            if beats <= _MOST_BEATS and unit & (unit - 1) == 0:
                events.append((tick, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)))
        for onset, wanted in tempos[number]:
            if wanted != tempo:
                tempo = wanted
                message = mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(wanted))
                events.append((round((start + onset) * TICKS_PER_BEAT), message))
    return _timed(events, song.title)


def _tempos_by_bar(song: Song) -> list[list[tuple[Fraction, float]]]:
    """For each bar the tempo that holds where it begins, where one is told, and those that come inside it."""
    found: list[list[tuple[Fraction, float]]] = [[] for _ in song.bars]
    for change in song.tempos:
        found[change.bar].append((change.onset, change.tempo))
    last: float | None = None
    for changes in found:
        if last is not None and (not changes or changes[0][0] > 0):
            changes.insert(0, (Fraction(0), last))
        last = changes[-1][1] if changes else last
    return found


def _part_track(part: Part, song: Song, order: Sequence[int], starts: Sequence[Fraction], channel: int) -> Any:
    by_bar: list[list[Any]] = [[] for _ in song.bars]
    for note in part.notes:
        by_bar[song.bar_at(note.onset)].append(note)
    found: list[tuple[int, int, Any]] = []
    if part.program is not None:
        found.append((0, _OTHER, mido.Message("program_change", program=part.program % 128, channel=channel)))
    for number, start in zip(order, starts, strict=False):
        for note in by_bar[number]:
            on = round((start + note.onset - song.bars[number].start) * TICKS_PER_BEAT)
            off = max(on + 1, on + round(note.length * TICKS_PER_BEAT))
            found.append(
                (on, _EVENT_ON, mido.Message("note_on", note=note.pitch, velocity=note.velocity, channel=channel))
            )
            found.append((off, _EVENT_OFF, mido.Message("note_off", note=note.pitch, velocity=0, channel=channel)))
    events = [(tick, message) for tick, _, message in sorted(found, key=lambda event: event[:2])]
    return _timed(events, part.name)


def _timed(events: Sequence[tuple[int, Any]], name: str) -> Any:
    track = mido.MidiTrack()
    if one_line(name):
        track.append(mido.MetaMessage("track_name", name=one_line(name), time=0))
    now = 0
    for tick, message in events:
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def _bytes(file: Any) -> bytes:
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()
