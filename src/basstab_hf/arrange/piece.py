"""A track as notes in exact time, bar by bar, and back: what arranging changes between the two.

Input: a `Track`. Output: `Piece`, of which `to_track` makes a track again, on the same grid where it has room.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.errors import InputError
from basstab_hf.formats.bar_marks import STRUCK, BarMarks, bar_marks
from basstab_hf.formats.rhythm import column_of, to_grid
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.timed import TimedBar, TimedNote
from basstab_hf.formats.told import remarks
from basstab_hf.formats.track import Beside, Heading, Marks, Track, TrackError, to_track
from basstab_hf.recognise.annotations import slap_letters
from basstab_hf.tab.layout import Bar, NoRoomError
from basstab_hf.tab.marks import AFTER, LEADING
from basstab_hf.tab.timing import Stroke
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab


@dataclass(frozen=True, slots=True)
class PieceNote:
    """A note `onset` quarter notes into its bar.

    Attributes:
        pitch: MIDI number as it sounds; of a dead note that of the open string.
        string: in the tab that it comes from; 1 is the highest-pitched.
        fret: in the tab that it comes from; None for a dead note.
        before: the mark before it, one of `marks.BEFORE`, or "".
        after: the mark behind it, one of `marks.AFTER`, or "".
        tied: it lasts into the next bar.
        letter: how it is struck, one of `bar_marks.STRUCK`, or "".
    """

    onset: Fraction
    pitch: int
    string: int
    fret: int | None
    before: str = ""
    after: str = ""
    tied: bool = False
    letter: str = ""

    @property
    def dead(self) -> bool:
        return self.fret is None


@dataclass(frozen=True, slots=True)
class PieceBar:
    """A bar of `length` quarter notes; notes in order of onset, then from the highest string down.

    `system` is the number of the system that it comes from; `silences` are onsets at which all that sounds ends.
    """

    length: Fraction
    notes: tuple[PieceNote, ...]
    system: int
    over: BarMarks
    silences: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """The bars that last, in one tuning, and the track that they come from; `remarks` tell what changed on the way."""

    tuning: Tuning
    bars: tuple[PieceBar, ...]
    source: Track
    remarks: tuple[str, ...] = ()


def read_piece(track: Track) -> Piece:
    """The notes of a track; `tuning` is that of most bars.

    Raises:
        InputError: a track without bars.
    """
    settings = WriteSettings(columns_per_beat=track.columns_per_beat, time=track.time, marks=track.marks)
    timed = track.time.bars(track.tab, track.columns_per_beat)
    over = iter(bar_marks(track.tab, settings))
    scale = Fraction(track.columns_per_beat)
    bars = [
        PieceBar(
            Fraction(bar.width) / scale,
            tuple(_note(stroke, scale) for stroke in bar.strokes),
            number,
            next(over),
            tuple(Fraction(place) / scale for place in bar.rests),
        )
        for number, (system, of_system) in enumerate(zip(track.tab.systems, timed, strict=True))
        for bar in of_system
    ]
    if not any(bar.length for bar in bars):
        raise InputError("the tab has no bars: nothing to arrange")
    tunings = Counter(track.tab.systems[bar.system].tuning for bar in bars if bar.notes)
    tuning = tunings.most_common(1)[0][0] if tunings else track.tab.tuning
    loose = _loose_marks(track.tab, bars)
    told = (f"marks that belong to no note are left out: {loose}",) if loose > 0 else ()
    return replace(_without_empty(track, bars), tuning=tuning, remarks=told)


def _loose_marks(tab: Tab, bars: Sequence[PieceBar]) -> int:
    """Marks that lead nowhere, such as a slide in front of a bar line."""
    printed = sum(sign in LEADING | AFTER for system in tab.systems for line in system.lines for sign in line)
    read = sum((note.before in LEADING) + (note.after != "") for bar in bars for note in bar.notes)
    return printed - read


def _without_empty(track: Track, bars: Sequence[PieceBar]) -> Piece:
    """What is left of a line behind a repeat sign is no bar."""
    kept = [number for number, bar in enumerate(bars) if bar.length]
    new = {number: place for place, number in enumerate(kept)}
    time = track.time
    form = tuple(time.form[number] for number in kept) if time.form else ()
    tempos = tuple(replace(change, bar=new[change.bar]) for change in time.tempos if change.bar in new)
    source = replace(track, time=replace(time, form=form, tempos=tempos))
    return Piece(track.tab.tuning, tuple(bars[number] for number in kept), source)


def _note(stroke: Stroke, scale: Fraction) -> PieceNote:
    return PieceNote(
        onset=Fraction(stroke.column) / scale,
        pitch=stroke.pitch,
        string=stroke.string,
        fret=stroke.fret,
        before=stroke.before,
        after=stroke.after,
        tied=stroke.tied,
        letter=stroke.front if stroke.front in STRUCK else "",
    )


def write_piece(piece: Piece) -> Track:
    """Lay a piece out; its remarks and what found no room are told in the track's remarks.

    Raises:
        InputError: no grid has room for it.
    """
    source = piece.source
    signature = source.time.time_signature or source.time_signature
    bars = [TimedBar(bar.length, tuple(map(_timed, bar.notes))) for bar in piece.bars]
    try:
        grid = to_grid(piece.tuning, bars, source.columns_per_beat, signature)
        beside = [
            _beside(bar, placed, source, grid.columns_per_beat)
            for bar, placed in zip(piece.bars, grid.bars, strict=True)
        ]
        heading = Heading(source.tab.title, source.tab.artist, source.name, source.tempo)
        made = to_track(
            heading,
            piece.tuning,
            grid.bars,
            beside,
            grid.columns_per_beat,
            source.time.form,
            source.time.tempos,
            swing=source.time.swing,
        )
    except (TrackError, NoRoomError) as error:
        raise InputError(f"the notes have no room in {piece.tuning}: {error}") from error
    known = source.time.grid is not None or made.columns_per_beat != source.columns_per_beat
    told = (*piece.remarks, *remarks(grid.told), *_rows_left_out(piece), *_marks_left_out(piece, made))
    return replace(
        made,
        time_signature=source.time_signature,
        marks=_with_headings(piece, made),
        guess="" if known else source.guess,
        confidence=1.0 if known else source.confidence,
        time=replace(
            made.time,
            grid=made.columns_per_beat if known else None,
            tempo=source.time.tempo,
            time_signature=source.time.time_signature,
        ),
        remarks=told,
        number=source.number,
    )


def _timed(note: PieceNote) -> TimedNote:
    return TimedNote(note.onset, note.string, note.fret, note.before, note.after, note.tied)


def _beside(bar: PieceBar, placed: Bar, source: Track, columns_per_beat: int) -> Beside:
    """What stands beside a bar, over the columns of its new grid; a system of the source begins a new one."""
    marks = source.marks[bar.system] if source.marks else Marks()
    letters = dict(bar.over.letters)
    letters |= {note.onset: note.letter for note in bar.notes if note.letter}
    played = {note.onset for note in bar.notes}
    return Beside(
        source.time_signature,
        bar.system,
        marks.section,
        marks.repeats,
        _over(bar.over.chords, placed, columns_per_beat),
        bar.silences,
        _over(
            sorted((onset, letter) for onset, letter in letters.items() if onset in played), placed, columns_per_beat
        ),
    )


def _over(told: Sequence[tuple[Fraction, str]], placed: Bar, columns_per_beat: int) -> tuple[tuple[int, str], ...]:
    found: dict[int, str] = {}
    for onset, name in told:
        found.setdefault(column_of(onset, placed, columns_per_beat), name)
    return tuple(found.items())


def _with_headings(piece: Piece, made: Track) -> tuple[Marks, ...]:
    """The marks of the new systems; a heading stands above those that begin where a system with one did."""
    starts = itertools.accumulate((len(system.bar_spans) for system in made.tab.systems[:-1]), initial=0)
    found = []
    for start, marks in zip(starts, made.marks, strict=True):
        system = piece.bars[start].system
        first = start == 0 or piece.bars[start - 1].system != system
        heads = first and bool(piece.source.marks) and piece.source.marks[system].heads_section
        found.append(replace(marks, heads_section=heads))
    return tuple(found)


def _rows_left_out(piece: Piece) -> tuple[str, ...]:
    """A remark where rows of rhythm stood beside systems: the new ones have none but counts."""
    if piece.source.time.times:
        return ()
    count = sum(any(not list(slap_letters(row)) for row in marks.rows) for marks in piece.source.marks)
    return (f"rows of rhythm beside systems are left out: {count}",) if count else ()


def _marks_left_out(piece: Piece, made: Track) -> tuple[str, ...]:
    """A remark where marks of techniques found no room."""
    wanted = sum((note.before != "") + (note.after != "") for bar in piece.bars for note in bar.notes)
    kept = sum(
        (stroke.before != "") + (stroke.after != "")
        for bars in made.time.bars(made.tab, made.columns_per_beat)
        for bar in bars
        for stroke in bar.strokes
    )
    return (f"marks of techniques that have no room: {wanted - kept}",) if wanted > kept else ()
