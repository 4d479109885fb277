"""Frozen values of a song with all its parts, in time as it is written: Song > Part > SongNote; Bar."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from basstab_hf.rhythm.form import Form
from basstab_hf.rhythm.tab_time import Tempo

#: Suffixes of files of songs.
GUITAR_PRO = (".gp3", ".gp4", ".gp5", ".gp", ".gpx")
MIDI = (".mid", ".midi")
MUSICXML = (".musicxml", ".xml", ".mxl")
SUFFIXES = (*GUITAR_PRO, *MIDI, *MUSICXML)


@dataclass(frozen=True, slots=True, order=True)
class SongNote:
    """A note from `onset` to `end`, in quarter notes from the start of the song.

    `pitch` is a MIDI number; of drums the piece of the kit, a key of General MIDI. `velocity` is 1 to 127.
    """

    onset: Fraction
    end: Fraction
    pitch: int
    velocity: int = 96

    @property
    def length(self) -> Fraction:
        return self.end - self.onset


@dataclass(frozen=True, slots=True)
class Part:
    """An instrument, its notes by onset; `program` counts from 0, None where the file tells none.

    `strings` are the pitches of its open strings, the highest first, empty where the file tells none; `number` is its
    place in the file, from 1.
    """

    number: int
    name: str
    notes: tuple[SongNote, ...]
    program: int | None = None
    strings: tuple[int, ...] = ()
    is_drums: bool = False
    is_bass: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar begins and how long it is, in quarter notes; `section` is None where no new one begins."""

    start: Fraction
    length: Fraction
    signature: str
    section: str | None = None

    @property
    def end(self) -> Fraction:
        return self.start + self.length


@dataclass(frozen=True)
class Song:
    """A file with all its parts. Bars that are repeated by signs stand once: `form` says how they are played.

    Attributes:
        tempos: in quarter notes a minute, in order.
        chords: the names that are printed, with their onsets in quarter notes, in order.
        remarks: what was left out, a line each.
    """

    title: str
    artist: str
    bars: tuple[Bar, ...]
    parts: tuple[Part, ...]
    tempos: tuple[Tempo, ...] = ()
    chords: tuple[tuple[Fraction, str], ...] = ()
    form: Form = ()
    remarks: tuple[str, ...] = ()

    @property
    def tempo(self) -> float | None:
        """The first tempo, in quarter notes a minute."""
        return self.tempos[0].tempo if self.tempos else None

    @property
    def basses(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.is_bass)

    @property
    def drums(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.is_drums)

    @property
    def pitched(self) -> tuple[Part, ...]:
        """The parts that are neither drums nor basses."""
        return tuple(part for part in self.parts if not part.is_drums and not part.is_bass)

    def bar_at(self, onset: Fraction) -> int:
        """The number of the bar, from 0, that an onset falls into; the last one for what comes behind it."""
        return max(bisect_right(self._starts, onset) - 1, 0)

    @cached_property
    def _starts(self) -> tuple[Fraction, ...]:
        return tuple(bar.start for bar in self.bars)
