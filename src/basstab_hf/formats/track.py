"""A bass track of a file as a tab, with what stands beside its systems: the values that all readers give.

Input: bars on a grid (`layout.Bar`) and what belongs to each (`Beside`). Output: `Track`.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.errors import BasstabError
from basstab_hf.recognise.annotations import Chord, RhythmRow
from basstab_hf.rhythm.form import Form
from basstab_hf.rhythm.tab_time import AS_WRITTEN, RestMap, TabTime, Tempo
from basstab_hf.tab.layout import Bar, Layout, lay_out
from basstab_hf.tab.marks import MAX_FRET
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab

#: Longest track in quarter notes: 100 minutes at 200 beats a minute. More is a broken file.
MAX_BEATS = 20_000
#: Longest track in bars.
MAX_BARS = 5_000
#: Empty bars before the first note that are kept; a part that enters later begins there, which is told.
MOST_RESTS = 16
# Why a bass track is left out.
NO_NOTES = "no notes"
TOO_FINE = "rhythm too fine for a tab"
TOO_LONG = "too long"
OUT_OF_RANGE = "out of the range of a bass"
BROKEN_FRETS = f"broken frets (> {MAX_FRET})"
WRONG_STRINGS = "not 4 to 6 strings"
WRONG_TUNING = "a tuning that no bass has"


class TrackError(BasstabError, ValueError):
    """A bass track that gives no tab; `reason` is one of few, `told` what a user reads behind the file's name."""

    def __init__(self, reason: str, told: str = "") -> None:
        super().__init__(told or reason)
        self.reason = reason
        self.told = told


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands beside one system: its section, how often it is played before the next, chords over its columns.

    Of text also the other rows around it, from the highest to the lowest, and whether a heading stands directly above.
    """

    section: str = ""
    repeats: int = 1
    chords: tuple[Chord, ...] = ()
    rows: tuple[RhythmRow, ...] = ()
    heads_section: bool = False


@dataclass(frozen=True, slots=True)
class Track:
    """A bass track as a tab; `marks` stand beside `tab.systems`, tempo is in beats (quarter notes) a minute.

    Neighbouring systems of one part of the piece have the same repeats: together they are played that often.
    `guess` tells why there are so many columns in a beat, "" where the file says so, `confidence` how sure it is, 0 to
    1; `remarks` tell the user what could not be kept, each "KIND: WHERE", so that kinds can be counted. `number` is the
    part's number in its file, from 1.
    """

    tab: Tab
    name: str
    tempo: float | None
    time_signature: str  # of most bars
    marks: tuple[Marks, ...]
    columns_per_beat: int
    guess: str = ""
    remarks: tuple[str, ...] = ()
    time: TabTime = AS_WRITTEN
    confidence: float = 1.0
    number: int = 1


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to one bar; a system never goes from one `part` into the next."""

    time_signature: str
    part: int = 0
    section: str = ""
    repeats: int = 1
    chords: tuple[tuple[int, str], ...] = ()  # column of the bar's grid, name
    rests: tuple[Fraction, ...] = ()  # where silence begins inside it, in quarter notes
    letters: tuple[tuple[int, str], ...] = ()  # column of the bar's grid, S or P: slapped or popped


@dataclass(frozen=True, slots=True)
class Heading:
    """What the file says of a track; `columns_per_beat` says the grid of the tab that it was written from."""

    title: str = ""
    artist: str = ""
    name: str = ""
    tempo: float | None = None
    columns_per_beat: int | None = None


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
    """The numbers of the bars that a part is written in, up to the last with notes, given how many notes each has.

    They begin with the first bar, unless more than `MOST_RESTS` are empty before the first note.

    Raises:
        TrackError: none has notes.
    """
    sounding = [number for number, count in enumerate(n_notes) if count]
    if not sounding:
        raise TrackError(NO_NOTES)
    return range(0 if sounding[0] <= MOST_RESTS else sounding[0], sounding[-1] + 1)


def bars_left_out(kept: range, n_bars: int) -> Iterator[str]:
    """Remarks where a part of `n_bars` begins behind empty bars that are not kept, or ends before some."""
    if kept.start:
        yield f"empty bars before the first note are left out: {kept.start}, bar {kept.start + 1} comes first"
    if kept.stop < n_bars:
        yield f"empty bars behind the last note are left out: {n_bars - kept.stop}"


def to_track(
    heading: Heading,
    tuning: Tuning,
    bars: Sequence[Bar],
    beside: Sequence[Beside],
    columns_per_beat: int,
    form: Form = (),
    tempos: Sequence[Tempo] = (),
    *,
    swing: bool = False,
) -> Track:
    """Lay out the bars of a track, which are repeated as its form says; `tempos` are the changes behind the first.

    Raises:
        NoRoomError: the grid has no room for them.
    """
    breaks = [number for number, (a, b) in enumerate(itertools.pairwise(beside), start=1) if a.part != b.part]
    layout = lay_out(tuning, bars, breaks)
    signature = usual_signature(beside)
    return Track(
        tab=Tab(layout.systems, title=heading.title, artist=heading.artist),
        name=heading.name,
        tempo=heading.tempo,
        time_signature=signature,
        marks=_marks(layout, beside),
        columns_per_beat=columns_per_beat,
        time=TabTime(
            layout.times,
            form,
            time_signature=signature,
            swing=swing,
            grid=columns_per_beat,
            tempo=heading.tempo,
            tempos=tuple(tempos),
            rests=_rests(layout, beside),
        ),
    )


def usual_signature(beside: Sequence[Beside]) -> str:
    """The time signature of most bars, the first of equals."""
    signatures = Counter(bar.time_signature for bar in beside)
    return signatures.most_common(1)[0][0] if signatures else ""


def _rests(layout: Layout, beside: Sequence[Beside]) -> RestMap:
    if not any(bar.rests for bar in beside):
        return ()
    spans = itertools.pairwise([*layout.starts, len(beside)])
    return tuple(tuple(bar.rests for bar in beside[start:end]) for start, end in spans)


def _marks(layout: Layout, beside: Sequence[Beside]) -> tuple[Marks, ...]:
    chords: list[list[Chord]] = [[] for _ in layout.systems]
    for number, bar in enumerate(beside):
        for column, name in bar.chords:
            system, place = layout.place(number, column)
            chords[system].append(Chord(place, name))
    firsts = [beside[start] for start in layout.starts]
    rows = zip(_count_rows(layout), _letter_rows(layout, beside), strict=True)
    return tuple(
        Marks(first.section, first.repeats, tuple(over), (*counts, *letters))
        for first, over, (counts, letters) in zip(firsts, chords, rows, strict=True)
    )


def _letter_rows(layout: Layout, beside: Sequence[Beside]) -> list[tuple[RhythmRow, ...]]:
    """The row of slap letters below each system that has some."""
    rows = [""] * len(layout.systems)
    for number, bar in enumerate(beside):
        for column, letter in bar.letters:
            system, place = layout.place(number, column)
            rows[system] = rows[system].ljust(place) + letter
    return [(RhythmRow(row, 0, 1),) if row else () for row in rows]


def _count_rows(layout: Layout) -> list[tuple[RhythmRow, ...]]:
    """The row of counts above each system that has bars off the grid."""
    rows = [""] * len(layout.systems)
    for number, bar in enumerate(layout.bars):
        for column, name in bar.counted.counts if bar.counted else ():
            system, place = layout.place(number, column)
            rows[system] = rows[system].ljust(place) + name
    return [(RhythmRow(row, 0, -1),) if row else () for row in rows]
