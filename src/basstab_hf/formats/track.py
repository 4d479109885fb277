"""A bass track of a file as a tab, with what stands beside its systems: the values that Guitar Pro and MIDI share.

Input: bars on a grid (`layout.Bar`) and what belongs to each (`Beside`). Output: `Track`.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf.errors import BasstabError, InputError
from basstab_hf.layout import Bar, Layout, lay_out
from basstab_hf.recognise.annotations import Chord
from basstab_hf.tab import Tab
from basstab_hf.tuning import Tuning

#: General MIDI programs of basses, counted from 0.
BASS_PROGRAMS = range(32, 40)
#: Longest track in quarter notes: 100 minutes at 200 beats a minute. More is a broken file.
MAX_BEATS = 20_000
#: Longest track in bars.
MAX_BARS = 5_000
_BASS_NAME = re.compile(r"bass(?!oon|.?drum)|baixo|bajo", re.IGNORECASE)

# Why a bass track is left out.
NO_NOTES = "no notes"
TOO_FINE = "rhythm too fine for a tab"
TOO_LONG = "too long"
OUT_OF_RANGE = "out of the range of a bass"


class TrackError(BasstabError, ValueError):
    """A bass track that gives no tab; `reason` is one of few."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands beside one system: its section, how often it is played before the next, chords over its columns."""

    section: str = ""
    repeats: int = 1
    chords: tuple[Chord, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """A bass track as a tab; `marks` stand beside `tab.systems`, tempo is in beats (quarter notes) a minute.

    Neighbouring systems of one part of the piece have the same repeats: together they are played that often.
    `guess` tells why there are so many columns in a beat, "" where the file says so; `remarks` tell the user what could
    not be kept.
    """

    tab: Tab
    name: str
    tempo: float | None
    time_signature: str  # of most bars
    marks: tuple[Marks, ...]
    columns_per_beat: int
    guess: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracks:
    """The bass tracks of a file, and for each one left out the reason."""

    tracks: tuple[Track, ...]
    refused: tuple[str, ...]

    def first(self, name: str) -> Track:
        """The first bass track of the file called `name`.

        Raises:
            InputError: there is none.
        """
        if not self.tracks:
            why = f" that can be written ({self.refused[0]})" if self.refused else ""
            raise InputError(f"{name} holds no bass track{why}: one says bass in its name or has MIDI program 33 to 40")
        return self.tracks[0]


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to one bar; a system never goes from one `part` into the next."""

    time_signature: str
    part: int = 0
    section: str = ""
    repeats: int = 1
    chords: tuple[tuple[int, str], ...] = ()  # column of the bar's grid, name


@dataclass(frozen=True, slots=True)
class Heading:
    """What the file says of a track; `columns_per_beat` says the grid of the tab that it was written from."""

    title: str = ""
    artist: str = ""
    name: str = ""
    tempo: float | None = None
    columns_per_beat: int | None = None


def is_bass_name(name: str) -> bool:
    """Whether a track's name says bass: "Slap Bass", "baixo", but not "bassoon"."""
    return _BASS_NAME.search(name) is not None


def plain(text: str) -> str:
    """A name that was read byte for byte (Latin-1), in the encoding that it most likely has, on one line."""
    for encoding in ("utf-8", "cp1252"):
        try:
            text = text.encode("latin-1").decode(encoding)
            break
        except UnicodeError:
            continue
    return one_line(text)


def one_line(text: str) -> str:
    """Text without control characters and halves of surrogate pairs, which no file can hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def sounding_range(n_notes: Sequence[int]) -> range:
    """The numbers of the bars from the first with notes to the last, given how many notes each has.

    Raises:
        TrackError: none has notes.
    """
    sounding = [number for number, count in enumerate(n_notes) if count]
    if not sounding:
        raise TrackError(NO_NOTES)
    return range(sounding[0], sounding[-1] + 1)


def to_track(
    heading: Heading, tuning: Tuning, bars: Sequence[Bar], beside: Sequence[Beside], columns_per_beat: int
) -> Track:
    """Lay out the bars of a track.

    Raises:
        NoRoomError: the grid has no room for them.
    """
    breaks = [number for number, (a, b) in enumerate(itertools.pairwise(beside), start=1) if a.part != b.part]
    layout = lay_out(tuning, bars, breaks)
    signatures = Counter(bar.time_signature for bar in beside)
    return Track(
        tab=Tab(layout.systems, title=heading.title, artist=heading.artist),
        name=heading.name,
        tempo=heading.tempo,
        time_signature=signatures.most_common(1)[0][0],
        marks=_marks(layout, beside),
        columns_per_beat=columns_per_beat,
    )


def _marks(layout: Layout, beside: Sequence[Beside]) -> tuple[Marks, ...]:
    chords: list[list[Chord]] = [[] for _ in layout.systems]
    for number, bar in enumerate(beside):
        for column, name in bar.chords:
            system, place = layout.place(number, column)
            chords[system].append(Chord(place, name))
    firsts = [beside[start] for start in layout.starts]
    return tuple(Marks(first.section, first.repeats, tuple(over)) for first, over in zip(firsts, chords, strict=True))
