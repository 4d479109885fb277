"""Tabs as standard MIDI files, through mido: one track, fingered bass (program 33), tempo and bass notes; and back."""

from __future__ import annotations

import os

import mido

from basstab_hf import files
from basstab_hf.formats.midi_bass import to_tab_track
from basstab_hf.formats.midi_notes import read_score
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track, TrackError, Tracks
from basstab_hf.tab import Note, Tab
from basstab_hf.timing import timed_notes

TICKS_PER_BEAT = 480
_VELOCITY = 96
# Softer than a plain note by how it is played.
_VELOCITIES = {"dead note": 45, "ghost note": 55, "hammer-on": 80, "pull-off": 76, "slide": 82}
# A dead note is a click: at most a sixteenth long.
_DEAD_BEATS = 0.25


def to_midi(tab: Tab, settings: WriteSettings) -> mido.MidiFile:
    """The notes of a tab as a MIDI file of one track."""
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=_latin1(tab.title or "bass"), time=0))
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(settings.tempo), time=0))
    track.append(mido.Message("program_change", program=settings.program, time=0))
    now = 0
    for tick, _, message in sorted(_events(tab, settings), key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    file = mido.MidiFile(ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(track)
    return file


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> None:
    """Write a .mid file."""
    with files.writing(path, force=force) as temporary:
        to_midi(tab, settings).save(str(temporary))


def read(path: str | os.PathLike[str]) -> Track:
    """The first bass track of a file.

    Raises:
        InputError: the file cannot be read or holds no bass track.
    """
    return read_tracks(files.read_bytes(path), str(path)).first(str(path))


def read_tracks(content: bytes, name: str) -> Tracks:
    """The bass tracks of a file, fingered; `name` is what messages call it.

    Raises:
        InputError: the content is no MIDI file, or a broken one.
    """
    score = read_score(content, name)
    kept, refused = [], []
    for part in score.parts:
        try:
            kept.append(to_tab_track(score, part))
        except TrackError as error:
            refused.append(error.reason)
    return Tracks(tuple(kept), tuple(refused))


def _events(tab: Tab, settings: WriteSettings) -> list[tuple[int, int, mido.Message]]:
    """(tick, 0 for off and 1 for on, message): at one tick notes end before others begin."""
    events = []
    for note in timed_notes(tab, settings.columns_per_beat):
        start = round(note.onset * TICKS_PER_BEAT)
        stop = max(start + 1, round((note.onset + _sounding_beats(note)) * TICKS_PER_BEAT))
        velocity = min((_VELOCITIES.get(name, _VELOCITY) for name in note.techniques), default=_VELOCITY)
        pitch = min(max(note.pitch, 0), 127)
        events.append((start, 1, mido.Message("note_on", note=pitch, velocity=velocity)))
        events.append((stop, 0, mido.Message("note_off", note=pitch, velocity=0)))
    return events


def _sounding_beats(note: Note) -> float:
    return min(note.duration, _DEAD_BEATS) if "dead note" in note.techniques else note.duration


def _latin1(text: str) -> str:
    """mido writes text as Latin-1."""
    return text.encode("latin-1", "replace").decode("latin-1")
