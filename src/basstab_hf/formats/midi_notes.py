"""The bytes of a MIDI file -> its bass parts as notes in beats, with tempo and time signatures. Through mido.

A bass part is what one track plays on one channel, most of it with the program of a bass; or all of a track that says
bass in its name. Channel 10 is drums.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import mido

from basstab_hf.errors import InputError
from basstab_hf.formats.track import BASS_PROGRAMS, is_bass_name, plain

#: Largest file, in bytes: songs have 20,000 to 300,000. It also bounds the time: mido reads about 0.5 MB a second.
MAX_BYTES = 2_000_000
_DRUMS = 9  # channel 10, counted from 0
_TEMPOS = range(20, 401)
_MAX_UNIT = 64  # 64th notes: mido gives 2 ** byte
# A number of so many bytes, each with its high bit set: mido would shift it by the byte, for minutes.
_ENDLESS = re.compile(rb"[\x80-\xff]{2000}")


@dataclass(frozen=True, slots=True)
class Played:
    """A note from `onset` to `end`, in beats (quarter notes) from the start of the file."""

    onset: Fraction
    end: Fraction
    pitch: int


@dataclass(frozen=True, slots=True)
class Part:
    """A bass part, its notes by onset."""

    name: str
    notes: tuple[Played, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A time signature from `start` (beats) on."""

    start: Fraction
    beats: int
    unit: int

    @property
    def bar(self) -> Fraction:
        """Length of a bar in quarter notes."""
        return Fraction(self.beats * 4, self.unit)

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True, slots=True)
class Score:
    """What a file says; time signatures start at 0 and rise."""

    title: str
    tempo: float | None
    signatures: tuple[Signature, ...]
    parts: tuple[Part, ...]


@dataclass(slots=True)
class _Events:
    """What is gathered while all tracks are read; times in ticks."""

    tempos: list[tuple[int, int]] = field(default_factory=list)
    signatures: list[tuple[int, int, int]] = field(default_factory=list)
    programs: defaultdict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    notes: defaultdict[tuple[int, int], list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))


def read_score(content: bytes, name: str) -> Score:
    """The bass parts of a file; `name` is what messages call it.

    Raises:
        InputError: the content is no MIDI file, or a broken one, or counts time in film frames.
    """
    file = _parse(content, name)
    events = _Events()
    for number, track in enumerate(file.tracks):
        _gather(events, number, track)
    events.tempos.sort(key=_tick)
    events.signatures.sort(key=_tick)
    for changes in events.programs.values():
        changes.sort(key=_tick)
    names = [plain(track.name) for track in file.tracks]
    tempo = round(mido.tempo2bpm(events.tempos[0][1]), 3) if events.tempos and events.tempos[0][1] else None
    conductor = len(names) == 1 or not any(number == 0 for number, _ in events.notes)
    return Score(
        title=names[0] if names and conductor else "",
        tempo=tempo if tempo and _TEMPOS[0] <= tempo <= _TEMPOS[-1] else None,
        signatures=_signatures(events.signatures, file.ticks_per_beat),
        parts=tuple(_parts(events, names, file.ticks_per_beat)),
    )


def _parse(content: bytes, name: str) -> Any:
    if len(content) > MAX_BYTES:
        raise InputError(f"{name} has {len(content):,} bytes: MIDI files of up to {MAX_BYTES:,} are read")
    if _ENDLESS.search(content):
        raise InputError(f"{name} is a broken MIDI file: it holds a number without end; save it anew")
    try:
        file = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except Exception as error:  # mido lets escape whatever goes wrong: EOFError, OSError, IndexError ...
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{name} is no readable MIDI file ({why}): save it anew as .mid") from error
    if file.ticks_per_beat <= 0:
        raise InputError(f"{name} counts time in film frames: save it with beats")
    return file


def _tick(change: tuple[int, ...]) -> int:
    return change[0]


def _gather(events: _Events, number: int, track: Any) -> None:
    now = 0
    sounding: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for message in track:
        now += message.time
        if message.type == "set_tempo":
            events.tempos.append((now, message.tempo))
        elif message.type == "time_signature":
            events.signatures.append((now, message.numerator, message.denominator))
        elif message.type == "program_change":
            events.programs[message.channel].append((now, message.program))
        elif message.type == "note_on" and message.velocity:
            sounding[message.channel, message.note].append(now)
        elif message.type in ("note_on", "note_off") and sounding[message.channel, message.note]:
            start = sounding[message.channel, message.note].pop(0)
            events.notes[number, message.channel].append((start, now, message.note))
    for (channel, pitch), starts in sounding.items():
        events.notes[number, channel] += [(start, now, pitch) for start in starts]


def _signatures(changes: Sequence[tuple[int, int, int]], ticks: int) -> tuple[Signature, ...]:
    """The last one given at each time, 4/4 until the first; impossible ones are passed over."""
    found = {Fraction(0): Signature(Fraction(0), 4, 4)}
    for tick, beats, unit in changes:
        if beats and unit <= _MAX_UNIT:
            found[Fraction(tick, ticks)] = Signature(Fraction(tick, ticks), beats, unit)
    return tuple(found.values())


def _parts(events: _Events, names: Sequence[str], ticks: int) -> list[Part]:
    melodic = {key: sorted(notes) for key, notes in sorted(events.notes.items()) if key[1] != _DRUMS and notes}
    alone = {number for number, _ in melodic if sum(other == number for other, _ in melodic) == 1}
    parts = []
    for (number, channel), notes in melodic.items():
        programs = events.programs.get(channel, [])
        basses = sum(_program(programs, start) in BASS_PROGRAMS for start, _, _ in notes)
        if basses * 2 > len(notes) or (number in alone and is_bass_name(names[number])):
            played = [Played(Fraction(start, ticks), Fraction(end, ticks), pitch) for start, end, pitch in notes]
            parts.append(Part(names[number], tuple(played)))
    return parts


def _program(changes: Sequence[tuple[int, int]], tick: int) -> int:
    """The program at a tick: the last one chosen by then, 0 before the first."""
    place = bisect_right(changes, tick, key=_tick)
    return changes[place - 1][1] if place else 0
