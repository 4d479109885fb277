"""Files as readers that are not ours find them: what scripts/check_files compares with.

An oracle takes paths and gives for each its basses, or None where it cannot read the file.
"""

from __future__ import annotations

import io
import itertools
import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from basstab_hf import web_parts
from basstab_hf.formats.parts import BASS_PROGRAMS, is_bass_name

READER = Path(__file__).parent.parent / "tests" / "node" / "read_scores.mjs"
#: Files that Node is given at once.
BATCH = 50
_DRUMS = 9


@dataclass(frozen=True)
class Heard:
    """A note that is struck, in quarter notes from the start of the piece.

    Its place is (string, fret), the fret None for a dead note, or where the file has no strings its pitch.
    """

    onset: float
    place: tuple[int, int | None] | int


@dataclass(frozen=True)
class Staff:
    """A bass as an oracle reads it; `bars` are the starts of bars in quarter notes, `played` whether by hand."""

    bars: tuple[float, ...]
    notes: tuple[Heard, ...]
    first_bar: int
    played: bool = False


Oracle: TypeAlias = Callable[[Sequence[Path]], Iterator[list[Staff] | None]]


def is_bass(program: int | None, name: str) -> bool:
    return program in BASS_PROGRAMS or is_bass_name(name)


# Strings and frets


def alphatab(paths: Sequence[Path]) -> Iterator[list[Staff] | None]:
    for batch in (paths[start : start + BATCH] for start in range(0, len(paths), BATCH)):
        command = ["node", str(READER), str(web_parts.node_modules()), "--staves", *map(str, batch)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        for found in json.loads(done.stdout):
            yield (
                None
                if "error" in found
                else [
                    _staff(found["bars"], stave["notes"])
                    for stave in found["staves"]
                    if not stave["percussion"] and stave["tuning"] and is_bass(stave["program"], stave["name"])
                ]
            )


def pyguitarpro(paths: Sequence[Path]) -> Iterator[list[Staff] | None]:
    import guitarpro as gp

    for path in paths:
        try:
            song = gp.parse(io.BytesIO(path.read_bytes()), encoding="latin-1")
        except Exception:  # the library lets escape whatever goes wrong
            yield None
            continue
        yield [
            _staff([(header.start - 960) / 960 for header in song.measureHeaders], list(_gp_notes(track)))
            for track in song.tracks
            if not track.isPercussionTrack and is_bass(track.channel.instrument, track.name)
        ]


def _gp_notes(track: Any) -> Iterator[tuple[Any, ...]]:
    for number, measure in enumerate(track.measures):
        for beat in (beat for voice in measure.voices for beat in voice.beats):
            for note in beat.notes:
                if note.type.name != "rest":
                    onset, tied = (beat.start - measure.start) / 960, note.type.name == "tie"
                    yield number, onset, note.string, note.value + track.offset, tied, note.type.name == "dead"


def _staff(bars: Sequence[float], notes: Iterable[Sequence[Any]]) -> Staff:
    rows = [row for row in notes if not row[4]]
    heard = {Heard(bars[bar] + onset, (string, None if dead else fret)) for bar, onset, string, fret, _, dead in rows}
    return Staff(tuple(bars), tuple(heard), min((row[0] for row in rows), default=0))


# Pitches


def of_mido(paths: Sequence[Path]) -> Iterator[list[Staff] | None]:
    import mido

    for path in paths:
        try:
            file = mido.MidiFile(str(path), clip=True)
        except Exception:  # as above
            yield None
            continue
        yield list(_midi_basses(file))


def _midi_basses(file: Any) -> Iterator[Staff]:
    programs: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    parts: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    signatures = {0: 4.0}
    for number, track in enumerate(file.tracks):
        now = 0
        for message in track:
            now += message.time
            if message.type == "program_change":
                programs[message.channel].append((now, message.program))
            elif message.type == "note_on" and message.velocity:
                parts[number, message.channel].append((now, message.note))
            elif message.type == "time_signature" and message.numerator:
                signatures[now] = message.numerator * 4 / message.denominator
    alone = Counter(number for number, _ in parts)
    for (number, channel), notes in parts.items():
        changes = sorted(programs[channel])
        heard = Counter(max([(-1, 0), *(one for one in changes if one[0] <= tick)])[1] for tick, _ in notes)
        basses = sum(count for program, count in heard.items() if program in BASS_PROGRAMS)
        named = alone[number] == 1 and is_bass_name(file.tracks[number].name)
        if channel != _DRUMS and (2 * basses > len(notes) or named):
            beats = [(tick / file.ticks_per_beat, pitch) for tick, pitch in notes]
            starts = {tick / file.ticks_per_beat: length for tick, length in sorted(signatures.items())}
            yield _sounding(list(_bar_starts(starts, beats[-1][0])), beats, played=True)


def _bar_starts(signatures: dict[float, float], last: float) -> Iterator[float]:
    """Where bars begin, given from where on a bar has how many quarter notes."""
    for (start, length), until in itertools.zip_longest(signatures.items(), list(signatures)[1:], fillvalue=last + 64):
        place = start
        while place < min(until, last + 64):
            yield place
            place += length


def music21(paths: Sequence[Path]) -> Iterator[list[Staff] | None]:
    from music21 import converter

    for path in paths:
        try:
            score = converter.parse(str(path), format="musicxml", forceSource=True)
        except Exception:  # as above
            yield None
            continue
        yield [staff for part in score.parts for staff in _music21_staves(part)]


def _music21_staves(part: Any) -> Iterator[Staff]:
    instrument = part.getInstrument(returnDefault=True)
    if not is_bass(instrument.midiProgram, instrument.partName or part.partName or ""):
        return
    bars = [float(measure.offset) for measure in part.getElementsByClass("Measure")]
    sounding = part.toSoundingPitch(inPlace=False)
    notes = []
    for note in sounding.flatten().notes:
        if getattr(note, "duration", None) is not None and note.duration.isGrace:
            continue
        onset = float(note.getOffsetInHierarchy(sounding))
        for one in note.notes if note.isChord else [note]:
            if getattr(one, "pitch", None) is not None and (one.tie is None or one.tie.type == "start"):
                notes.append((onset, one.pitch.midi))
    yield _sounding(bars, notes)


def _sounding(bars: Sequence[float], notes: Sequence[tuple[float, int]], *, played: bool = False) -> Staff:
    first = min((onset for onset, _ in notes), default=0.0)
    first_bar = max(sum(bar <= first for bar in bars) - 1, 0)
    return Staff(tuple(bars), tuple({Heard(onset, pitch) for onset, pitch in notes}), first_bar, played)
