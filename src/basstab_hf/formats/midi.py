"""Tabs as standard MIDI files, through mido: title, tempo, bars, notes and pitch wheel in one track; and back."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

import mido

from basstab_hf import files
from basstab_hf.formats.bar_marks import bar_marks, chords_left_out
from basstab_hf.formats.clock import Clock, played_bars
from basstab_hf.formats.gestures import Gesture, gestures, pitch_at
from basstab_hf.formats.midi_bass import to_tab_track
from basstab_hf.formats.midi_notes import collide, joined, read_score
from basstab_hf.formats.parts import taking_turns
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import one_line
from basstab_hf.formats.tracks import Tracks
from basstab_hf.rhythm.form import played as in_order
from basstab_hf.rhythm.tempo_words import signature_length
from basstab_hf.tab.values import Tab

TICKS_PER_BEAT = 480
_VELOCITY = 96
#: Reach of the pitch wheel in semitones, as the file tells the synthesiser: a slide over the whole neck.
WHEEL_SEMITONES = 24
# The wheel moves this often, in seconds; vibrato swings by so many semitones, so often a second.
_WHEEL_STEP = 0.01
_VIBRATO_SEMITONES, _VIBRATO_HERTZ, _VIBRATO_DELAY = 0.2, 5.5, 0.1
# At one tick notes end, then the wheel moves, then notes begin.
_OFF, _WHEEL, _ON = range(3)


def to_midi(tab: Tab, settings: WriteSettings) -> mido.MidiFile:
    """The notes of a tab as a MIDI file of one track."""
    track = mido.MidiTrack()
    if title := one_line(tab.title):
        track.append(mido.MetaMessage("track_name", name=title, time=0))
    track.append(mido.Message("program_change", program=settings.program, time=0))
    played = gestures(tab, settings)
    clock = Clock.of(tab, settings)
    wheel = _wheel(played, clock)
    if wheel:
        # Registered parameter 0 is the reach of the wheel, in semitones; 127 127 closes it.
        controls = ((101, 0), (100, 0), (6, WHEEL_SEMITONES), (38, 0), (101, 127), (100, 127))
        track += [mido.Message("control_change", control=number, value=value) for number, value in controls]
    signs = [*_tempos(clock), *_signatures(tab, settings), *_markers(tab, settings)]
    events = [*signs, *wheel, *_notes(played, clock)]
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    file = mido.MidiFile(ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    file.tracks.append(track)
    return file


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .mid file; a remark tells of chords, which it does not hold."""
    with files.writing(path, force=force) as temporary:
        to_midi(tab, settings).save(str(temporary))
    return tuple(chords_left_out(sum(len(beside.chords) for beside in settings.marks)))


def read_tracks(content: bytes, name: str) -> Tracks:
    """The bass tracks of a file, fingered; `name` is what messages call it.

    Raises:
        InputError: the content is no MIDI file, or a broken one.
    """
    score = read_score(content, name)
    parts = score.parts
    listed = [part.listed(number) for number, part in enumerate(parts, start=1)]
    return Tracks.of(
        listed,
        lambda places: to_tab_track(score, joined([parts[place] for place in places])),
        taking_turns(listed, lambda first, second: collide(parts[first], parts[second])),
    )


_Event: TypeAlias = tuple[int, int, mido.Message]


def _notes(played: Sequence[Gesture], clock: Clock) -> Iterator[_Event]:
    for gesture in played:
        start = _tick(gesture.onset, clock)
        stop = max(start + 1, _tick(gesture.onset + gesture.duration, clock))
        pitch = min(max(gesture.pitch, 0), 127)
        yield start, _ON, mido.Message("note_on", note=pitch, velocity=round(_VELOCITY * gesture.loudness))
        yield stop, _OFF, mido.Message("note_off", note=pitch, velocity=0)


def _wheel(played: Sequence[Gesture], clock: Clock) -> list[_Event]:
    """Slides, bends and vibrato: the wheel at every step of each moving note, and at rest where others begin.

    There is one wheel: of notes that sound together, it moves only those that move alike.
    """
    positions: dict[int, int] = {}
    for together in _together(played):
        first = together[0]
        if all((one.curve, one.vibrato, one.onset) == (first.curve, first.vibrato, first.onset) for one in together):
            positions[_tick(first.onset, clock)] = 0
            if first.curve or first.vibrato:
                positions |= _moves(first, clock)
    events, last = [], 0
    for tick, position in sorted(positions.items()):
        if position != last:
            events.append((tick, _WHEEL, mido.Message("pitchwheel", pitch=position)))
            last = position
    return events


def _together(played: Sequence[Gesture]) -> Iterator[list[Gesture]]:
    """Gestures in groups that overlap in time."""
    group: list[Gesture] = []
    end = 0.0
    for gesture in played:
        if group and gesture.onset > end - _WHEEL_STEP:
            yield group
            group = []
        end = max(end, gesture.onset + gesture.duration) if group else gesture.onset + gesture.duration
        group.append(gesture)
    if group:
        yield group


def _moves(gesture: Gesture, clock: Clock) -> dict[int, int]:
    """Tick -> position of the wheel; it comes to rest where the note ends."""
    moves = {}
    for step in range(int(gesture.duration / _WHEEL_STEP) + 1):
        seconds = step * _WHEEL_STEP
        semitones = pitch_at(gesture, seconds)
        if gesture.vibrato and seconds > _VIBRATO_DELAY:
            semitones += _VIBRATO_SEMITONES * math.sin(2 * math.pi * _VIBRATO_HERTZ * (seconds - _VIBRATO_DELAY))
        moves[_tick(gesture.onset + seconds, clock)] = _position(semitones)
    end = _tick(gesture.onset + gesture.duration, clock)
    moves[max(end - 1, 0)] = _position(pitch_at(gesture, gesture.duration))
    return moves | {end: 0}


def _position(semitones: float) -> int:
    return max(-8192, min(8191, round(semitones / WHEEL_SEMITONES * 8192)))


def _tempos(clock: Clock) -> Iterator[_Event]:
    for beat, tempo in zip(clock.beats, clock.tempos, strict=True):
        message = mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))
        yield round(beat * TICKS_PER_BEAT), _OFF, message


def _signatures(tab: Tab, settings: WriteSettings) -> Iterator[_Event]:
    """The bars of a tab as time signatures; none where some bar is no whole number of 64th notes."""
    beat = Fraction(settings.columns_per_beat).limit_denominator(96)
    bars = [Fraction(bar.width) / beat / 4 for bar in played_bars(tab, settings) if bar.width]
    units = {bar: next((unit for unit in (4, 8, 16, 32, 64) if (bar * unit).denominator == 1), 0) for bar in bars}
    stated = settings.time.time_signature
    whole = signature_length(stated)
    if whole is not None and whole / 4 in units:
        units[whole / 4] = int(stated.split("/")[1])
    if not all(unit and bar * unit <= 255 for bar, unit in units.items()):
        return
    now, last = Fraction(0), None
    for bar in bars:
        if bar != last:
            message = mido.MetaMessage("time_signature", numerator=int(bar * units[bar]), denominator=units[bar])
            yield round(now * 4 * TICKS_PER_BEAT), _OFF, message
        now, last = now + bar, bar


def _markers(tab: Tab, settings: WriteSettings) -> Iterator[_Event]:
    """The names of sections where they begin, as often as they are played."""
    now = Fraction(0)
    over = in_order(settings.time.form, bar_marks(tab, settings))
    for bar, marks in zip(played_bars(tab, settings), over, strict=True):
        if name := one_line(marks.section):
            tick = round(now / Fraction(settings.columns_per_beat).limit_denominator(96) * TICKS_PER_BEAT)
            yield tick, _OFF, mido.MetaMessage("marker", text=name)
        now += bar.width


def _tick(seconds: float, clock: Clock) -> int:
    return round(clock.beat(seconds) * TICKS_PER_BEAT)
