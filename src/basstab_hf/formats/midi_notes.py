"""The bytes of a MIDI file -> its parts as notes in beats, with tempo and time signatures. Through mido.

A part is what one track plays on one channel; most of its notes decide its program. The name of a track counts for its
only part. Channel 10 is drums.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import mido

from basstab_hf.errors import InputError
from basstab_hf.formats.parts import BASS_PROGRAMS, Listed, few_enough, is_bass, is_other_name
from basstab_hf.formats.track import plain

#: Most notes of a part: a long song has some 3,000, and fingering takes 50 microseconds a note, again and again.
MAX_NOTES = 10_000
#: Largest file, in bytes: songs have 20,000 to 300,000. It also bounds the time: mido reads about 0.5 MB a second.
MAX_BYTES = 2_000_000
#: Channel 10, counted from 0.
DRUMS = 9
#: Beats, at most half its length, that a note may reach into one of another part without sounding together with it.
_OVERLAP = Fraction(1, 4)
_MAX_UNIT = 64  # 64th notes: mido gives 2 ** byte
# A number of so many bytes, each with its high bit set: mido would shift it by the byte, for minutes.
_ENDLESS = re.compile(rb"[\x80-\xff]{2000}")
# Keys, short time signatures and places in a film, of which many files have wrong ones that mido refuses the file for.
_MAYBE_WRONG = re.compile(rb"\xff(?:\x59\x02..|\x58[\x02\x03]|\x54\x05.....)", re.DOTALL)
_KEYS = {bytes([sharps % 256, mode]) for sharps in range(-7, 8) for mode in (0, 1)}
_UNREAD = 0x7F  # the kind of event that each program has its own of


@dataclass(frozen=True, slots=True, order=True)
class Played:
    """A note from `onset` to `end`, in beats (quarter notes) from the start of the file."""

    onset: Fraction
    end: Fraction
    pitch: int
    velocity: int = field(default=96, compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """An instrument, its notes by onset; `program` counts from 0, None where the file tells none.

    `track` and `channel` (from 0) say where its notes stand in the file.
    """

    name: str
    notes: tuple[Played, ...]
    program: int | None = None
    is_bass: bool = False
    track: int = 0
    channel: int = 0

    def listed(self, number: int) -> Listed:
        """The part as messages name it."""
        pitches = [note.pitch for note in self.notes]
        return Listed(number, self.name, self.program, pitches=(min(pitches), max(pitches)), is_bass=self.is_bass)


def joined(parts: Sequence[Part]) -> Part:
    """One part with the notes of all."""
    notes = sorted((note for part in parts for note in part.notes), key=lambda note: (note.onset, note.pitch))
    return replace(parts[0], notes=tuple(notes)) if len(parts) > 1 else parts[0]


def collide(first: Part, second: Part) -> bool:
    """Whether a note of one begins while one of the other sounds, beyond the overlap of people's hands.

    So do parts that have too many notes to be read as one.
    """
    if len(first.notes) + len(second.notes) > MAX_NOTES:
        return True
    sounding: list[Fraction] = [Fraction(-1), Fraction(-1)]  # until when, without the overlap
    events = sorted((note.onset, which, note) for which, part in enumerate((first, second)) for note in part.notes)
    for onset, which, note in events:
        if onset < sounding[1 - which]:
            return True
        sounding[which] = max(sounding[which], note.end - min(_OVERLAP, (note.end - note.onset) / 2))
    return False


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
    """What a file says; time signatures start at 0 and rise.

    Tempos (quarter notes a minute) and markers stand at beats from the start of the file, in order.
    """

    title: str
    signatures: tuple[Signature, ...]
    parts: tuple[Part, ...]
    tempos: tuple[tuple[Fraction, float], ...] = ()
    markers: tuple[tuple[Fraction, str], ...] = ()
    drums: tuple[Played, ...] = ()  # their pitches are the pieces of the kit


@dataclass(slots=True)
class _Events:
    """What is gathered while all tracks are read; times in ticks."""

    tempos: list[tuple[int, int]] = field(default_factory=list)
    markers: list[tuple[int, str]] = field(default_factory=list)
    signatures: list[tuple[int, int, int]] = field(default_factory=list)
    programs: defaultdict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    notes: defaultdict[tuple[int, int], list[tuple[int, int, int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def read_score(content: bytes, name: str) -> Score:
    """The parts of a file; `name` is what messages call it.

    Raises:
        InputError: no MIDI file, a broken one, one that counts time in film frames or has too many parts.
    """
    file = parse(content, name)
    events = _Events()
    for number, track in enumerate(file.tracks):
        _gather(events, number, track)
    few_enough(len(events.notes), name)
    events.tempos.sort(key=_tick)
    events.signatures.sort(key=_tick)
    events.markers.sort(key=lambda marker: marker[0])
    for changes in events.programs.values():
        changes.sort(key=_tick)
    names = [plain(track.name) for track in file.tracks]
    drums = [note for (_, channel), notes in events.notes.items() if channel == DRUMS for note in notes]
    conductor = len(names) == 1 or not any(number == 0 for number, _ in events.notes)
    return Score(
        title=names[0] if names and conductor else "",
        signatures=_signatures(events.signatures, file.ticks_per_beat),
        parts=tuple(_parts(events, names, file.ticks_per_beat)),
        tempos=tuple(_tempos(events.tempos, file.ticks_per_beat)),
        markers=tuple((Fraction(tick, file.ticks_per_beat), text) for tick, text in events.markers),
        drums=tuple(sorted(_played(drums, file.ticks_per_beat))),
    )


def parse(content: bytes, name: str) -> Any:
    """A file as mido has it. Raises what `read_score` raises."""
    if len(content) > MAX_BYTES:
        raise InputError(f"{name} has {len(content):,} bytes: MIDI files of up to {MAX_BYTES:,} are read")
    if _ENDLESS.search(content):
        raise InputError(f"{name} is a broken MIDI file: it holds a number without end; save it anew")
    try:
        file = _loaded(content)
    except Exception as error:  # mido lets escape whatever goes wrong: EOFError, OSError, IndexError ...
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{name} is no readable MIDI file ({why}): save it anew as .mid") from error
    if file.ticks_per_beat <= 0:
        raise InputError(f"{name} counts time in film frames: save it with beats")
    return file


def _loaded(content: bytes) -> Any:
    """A file, if need be without the events that tell nothing of the notes and are wrong."""
    try:
        return mido.MidiFile(file=io.BytesIO(content), clip=True)
    except Exception:
        mended = _MAYBE_WRONG.sub(_unread_if_wrong, content)
        if mended == content:
            raise
        return mido.MidiFile(file=io.BytesIO(mended), clip=True)


def _unread_if_wrong(event: re.Match[bytes]) -> bytes:
    """An event as one of a kind that nobody reads, unless it is a right key."""
    written = event[0]
    return written if written[3:] in _KEYS else bytes([written[0], _UNREAD, *written[2:]])


def _tick(change: tuple[int, ...]) -> int:
    return change[0]


def _gather(events: _Events, number: int, track: Any) -> None:
    now = 0
    sounding: defaultdict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
    for message in track:
        now += message.time
        if message.type == "set_tempo":
            events.tempos.append((now, message.tempo))
        elif message.type == "marker":
            events.markers.append((now, plain(message.text)))
        elif message.type == "time_signature":
            events.signatures.append((now, message.numerator, message.denominator))
        elif message.type == "program_change":
            events.programs[message.channel].append((now, message.program))
        elif message.type == "note_on" and message.velocity:
            sounding[message.channel, message.note].append((now, message.velocity))
        elif message.type in ("note_on", "note_off") and sounding[message.channel, message.note]:
            start, velocity = sounding[message.channel, message.note].popleft()
            events.notes[number, message.channel].append((start, now, message.note, velocity))
    for (channel, pitch), starts in sounding.items():
        events.notes[number, channel] += [(start, now, pitch, velocity) for start, velocity in starts]


def _signatures(changes: Sequence[tuple[int, int, int]], ticks: int) -> tuple[Signature, ...]:
    """The last one given at each time, 4/4 until the first; impossible ones are passed over."""
    found = {Fraction(0): Signature(Fraction(0), 4, 4)}
    for tick, beats, unit in changes:
        if beats and unit <= _MAX_UNIT:
            found[Fraction(tick, ticks)] = Signature(Fraction(tick, ticks), beats, unit)
    return tuple(found.values())


def _tempos(changes: Sequence[tuple[int, int]], ticks: int) -> Iterator[tuple[Fraction, float]]:
    """The last one given at each time; one of no length is passed over."""
    for tick, length in {tick: length for tick, length in changes if length}.items():
        yield Fraction(tick, ticks), round(mido.tempo2bpm(length), 3)


def _parts(events: _Events, names: Sequence[str], ticks: int) -> list[Part]:
    melodic = {key: sorted(notes) for key, notes in sorted(events.notes.items()) if key[1] != DRUMS and notes}
    tracks = Counter(number for number, _ in melodic)
    parts = []
    for (number, channel), notes in melodic.items():
        changes = events.programs.get(channel, [])
        told = _usual_program([_program(changes, start) for start, *_ in notes])
        program = told if changes else None
        # A track's name says nothing of its channels where it has several.
        bass = is_bass(names[number] if tracks[number] == 1 else "", told)
        parts.append(Part(names[number], tuple(_played(notes, ticks)), program, bass, number, channel))
    if len(parts) == 1 and parts[0].program is None and not is_other_name(parts[0].name):
        return [replace(parts[0], is_bass=True)]  # nothing says what it is, and there is nothing else
    return parts


def _played(notes: Sequence[tuple[int, int, int, int]], ticks: int) -> Iterator[Played]:
    for start, end, pitch, velocity in notes:
        yield Played(Fraction(start, ticks), Fraction(end, ticks), pitch, velocity)


def _usual_program(programs: Sequence[int]) -> int:
    """The program of most notes; where basses have more than half, the most usual of them."""
    counts = Counter(programs)
    basses = Counter({program: count for program, count in counts.items() if program in BASS_PROGRAMS})
    return (basses if 2 * basses.total() > counts.total() else counts).most_common(1)[0][0]


def _program(changes: Sequence[tuple[int, int]], tick: int) -> int:
    """The program at a tick: the last one chosen by then, 0 before the first."""
    place = bisect_right(changes, tick, key=_tick)
    return changes[place - 1][1] if place else 0
