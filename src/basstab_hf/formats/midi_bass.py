"""A bass part of a MIDI file -> a tab: notes moved to parts of a beat and fingered as the public-domain tunes are.

Notes go to quarters of a beat, or twelfths where many stand at thirds of one; in a beat where these lose notes, and in
parts that a program wrote, to the parts where they are. Of notes struck together the lowest is fingered, the others are
kept where they lie under the same hand. `bass_range` finds tuning and octave. Remarks name the notes that are not where
they were in the file.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.formats.bass_range import TOGETHER, Change, range_of, within
from basstab_hf.formats.double_stops import pitch_of, voicings
from basstab_hf.formats.midi_notes import MAX_NOTES, Part, Played, Score, Signature
from basstab_hf.formats.parts import pitch_name
from basstab_hf.formats.rhythm import MANY_LOST, to_grid
from basstab_hf.formats.song_form import kept_tempo
from basstab_hf.formats.timed import TimedBar, TimedNote, silences
from basstab_hf.formats.told import Told, remarks
from basstab_hf.formats.track import (
    MAX_BARS,
    MAX_BEATS,
    TOO_FINE,
    TOO_LONG,
    Beside,
    Heading,
    Track,
    TrackError,
    bars_left_out,
    sounding_range,
    to_track,
    usual_signature,
)
from basstab_hf.rhythm.tab_time import Tempo
from basstab_hf.tab.fingering import Fingering, FingeringError, PitchEvent, finger
from basstab_hf.tab.layout import Bar, NoRoomError, Placed, write
from basstab_hf.tab.marks import MAX_FRET
from basstab_hf.tab.timing import COLUMNS_PER_BEAT
from basstab_hf.tab.tuning import Tuning

#: Columns in a beat where thirds of a beat are played.
TRIPLETS = 12
#: Share of notes nearer to sixths of a beat than to eighths from which on a part is in triplets.
TRIPLET_SHARE = 0.1
#: Columns in a beat on which a part is fingered: all parts of a beat below are whole numbers of them.
GRID = 48
#: Parts of a beat that are tried where the usual ones do not do.
_FINER = (8, 12, 16)
#: Beats from where a program means a note to be, and the share of the notes of a part that are so exact.
_EXACT, _EXACT_SHARE = Fraction(1, 96), 0.7
#: Notes that are fingered in all while those without room are taken out, one after the other: some five seconds.
_MOST_WORK = 100_000
#: Chords of one bar beyond which nobody looks which of them have room.
_MOST_CHORDS = 100
#: Columns of silence that are a rest; people and programs end notes a little before the next.
_SHORTEST_REST = GRID // 2
# Why a note is left out.
_COLUMN, _CLOSE, _REACH = "in the column of another", "too close to others", "out of the hand's reach"
_BESIDE = "no room beside others"
# What tells nothing of the rhythm.
_ANY_GRID = (_REACH, _BESIDE)


@dataclass(frozen=True, slots=True)
class _Chord:
    """Notes struck together: a column of the whole piece, the column where they end, from the lowest pitch up."""

    column: int
    end: int
    notes: tuple[Played, ...]


@dataclass(frozen=True, slots=True)
class _Voiced:
    """A chord in its bar: its lowest note as fingered, its notes, and where all or some of them can be played."""

    lowest: Placed
    notes: tuple[Played, ...]
    voicings: tuple[tuple[Placed, ...], ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """A grid with the columns of all bar lines, from 0, and the time signature of each bar."""

    grid: int
    edges: tuple[int, ...]
    signatures: tuple[str, ...]

    def bar(self, column: int) -> int:
        """The number of the bar that a column lies in, from 0."""
        return bisect_right(self.edges, column) - 1

    def told(self, change: Change) -> Told:
        """Where a note stood in the file, and what became of it."""
        column = _nearest(change.note.onset * self.grid)
        bar = min(self.bar(column), len(self.signatures) - 1)
        what = pitch_name(change.note.pitch) + (f", {change.why}" if change.why else "")
        goal = pitch_name(change.goal) if change.goal is not None else ""
        return Told(bar + 1, Fraction(column - self.edges[bar], self.grid), what, goal)


@dataclass(frozen=True, slots=True)
class _Arranged:
    """A part as a track, what is lost of it, and what had no room when it was laid out."""

    track: Track
    frame: _Frame
    lost: tuple[Change, ...]
    told: tuple[Told, ...]


def to_tab_track(score: Score, part: Part) -> Track:
    """Finger a part and lay it out.

    Raises:
        TrackError: most of it fits no bass, or no grid.
    """
    if len(part.notes) > MAX_NOTES or part.notes[-1].onset > MAX_BEATS:
        raise TrackError(TOO_LONG)
    found = range_of([note.pitch for note in part.notes])
    moved = within(found, part.notes)
    try:
        made = _arranged(score, replace(part, notes=moved.notes), found.tuning)
    except FingeringError as error:
        raise TrackError(TOO_FINE) from error
    changes = map(made.frame.told, sorted([*moved.changes, *made.lost], key=lambda change: change.note))
    return replace(made.track, remarks=(*found.told, *remarks([*changes, *made.told]), *made.track.remarks))


def _usual_parts(notes: Sequence[Played]) -> int:
    """Parts of a beat where notes are put that say nothing else."""
    thirds = sum(_distance(note.onset, 6) < _distance(note.onset, 8) for note in notes)
    return TRIPLETS if thirds >= TRIPLET_SHARE * len(notes) else COLUMNS_PER_BEAT


def _distance(place: Fraction, parts: int) -> Fraction:
    """From a place in beats to the nearest multiple of a fraction of a beat."""
    return abs(place - Fraction(_nearest(place * parts), parts))


def _nearest(place: Fraction) -> int:
    return math.floor(place + Fraction(1, 2))


def _struck(notes: Sequence[Played]) -> list[list[Played]]:
    """Notes, by onset, in groups that are struck together; a pitch that comes again is struck again."""
    groups: list[list[Played]] = []
    first: dict[int, Fraction] = {}  # onset by pitch, of the last group
    for note in notes:
        again = note.onset > first.get(note.pitch, note.onset)
        if groups and not again and note.onset - groups[-1][0].onset <= TOGETHER:
            groups[-1].append(note)
        else:
            groups.append([note])
            first = {}
        first.setdefault(note.pitch, note.onset)
    return groups


def _chords(notes: Sequence[Played], usual: int, lost: list[Change]) -> list[_Chord]:
    """What is struck, by column; of several in one column the nearest to it stays."""
    struck = _struck(notes)
    parts = _parts([group[0].onset for group in struck], usual)
    by_column: defaultdict[int, list[list[Played]]] = defaultdict(list)
    for group in struck:
        onset = group[0].onset
        by_column[_column(onset, parts[int(onset)])].append(group)
    chords = []
    for column, near in sorted(by_column.items()):
        nearest = min(near, key=lambda group: abs(group[0].onset * GRID - column))
        lost += [Change(note, None, _COLUMN) for group in near if group is not nearest for note in group]
        together = {note.pitch: note for note in nearest}
        end = max(_column(note.end, usual) for note in nearest)
        chords.append(_Chord(column, end, tuple(together[pitch] for pitch in sorted(together))))
    return chords


def _column(place: Fraction, parts: int) -> int:
    """The column of the nearest of so many parts of a beat."""
    return _nearest(place * parts) * (GRID // parts)


def _parts(onsets: Sequence[Fraction], usual: int) -> dict[int, int]:
    """Into how many parts each beat is divided: the usual ones, more where notes would fall together.

    Where most of a part is as exact as programs write, other parts of a beat are meant where notes are exactly there.
    """
    exact = sum(_distance(onset, usual) <= _EXACT for onset in onsets) >= _EXACT_SHARE * len(onsets)
    by_beat: defaultdict[int, list[Fraction]] = defaultdict(list)
    for onset in onsets:
        by_beat[int(onset)].append(onset)
    found: dict[int, int] = {}
    for beat, inside in by_beat.items():
        places = [*inside, *by_beat.get(beat + 1, [])[:1]]
        kept = {parts: len({_column(place, parts) for place in places}) for parts in (usual, *_FINER)}
        most = max(kept.values())
        off = exact and any(_distance(place, usual) > _EXACT for place in inside)
        meant = [parts for parts in kept if all(_distance(place, parts) <= _EXACT for place in inside)] if off else []
        found[beat] = next(parts for parts in [*meant, *kept] if kept[parts] == most)
    return found


def _arranged(score: Score, part: Part, tuning: Tuning) -> _Arranged:
    """Finger and write a part.

    Raises:
        FingeringError: it has no room.
        TrackError: it has too many bars, or its rhythm is too fine.
    """
    lost: list[Change] = []
    chords = _chords(part.notes, _usual_parts(part.notes), lost)
    frame = _frame(score.signatures, chords[-1].column, GRID)
    bars = _bars(chords, frame, tuning, lost)
    if sum(change.why not in _ANY_GRID for change in lost) >= MANY_LOST * len(part.notes):
        raise TrackError(TOO_FINE)
    n_notes = [len(bar.notes) for bar in bars]
    sounding = sounding_range(n_notes)
    silent = _rests(chords, frame)
    beside = [replace(one, rests=silent[n]) for n, one in zip(sounding, _beside(score, frame, sounding), strict=True)]
    tempo = kept_tempo(list(_tempos(score, frame)), sounding, n_notes)
    gridded = to_grid(tuning, [_timed(bars[number]) for number in sounding], signature=usual_signature(beside))
    heading = Heading(title=score.title, name=part.name, tempo=tempo.tempo)
    track = to_track(heading, tuning, gridded.bars, beside, gridded.columns_per_beat, tempos=tempo.changes)
    told = [replace(one, bar=one.bar + sounding.start) for one in gridded.told]
    return _Arranged(replace(track, remarks=tuple(bars_left_out(sounding, len(bars)))), frame, tuple(lost), tuple(told))


def _rests(chords: Sequence[_Chord], frame: _Frame) -> list[tuple[Fraction, ...]]:
    """Where in each bar silence begins that is no mere gap between strokes."""
    following = [*(chord.column for chord in chords[1:]), frame.edges[-1]]
    played = [
        (chord.column, max(chord.end, chord.column + 1) if after - chord.end >= _SHORTEST_REST else after)
        for chord, after in zip(chords, following, strict=True)
    ]
    exact = [(Fraction(onset, frame.grid), Fraction(end, frame.grid)) for onset, end in played]
    return silences(exact, [Fraction(edge, frame.grid) for edge in frame.edges])


def _tempos(score: Score, frame: _Frame) -> Iterator[Tempo]:
    """The tempos that come within the bars of a part."""
    for place, tempo in score.tempos:
        column = _nearest(place * frame.grid)
        if column < frame.edges[-1]:
            bar = frame.bar(column)
            yield Tempo(bar, Fraction(column - frame.edges[bar], frame.grid), tempo)


def _beside(score: Score, frame: _Frame, kept: range) -> list[Beside]:
    """Time signature and section of some bars: a marker names the section that begins with the bar nearest to it."""
    names: dict[int, str] = {}
    for place, name in score.markers:
        column = _nearest(place * frame.grid)
        if name and column < frame.edges[-1]:
            bar = frame.bar(column)
            later = 2 * (column - frame.edges[bar]) > frame.edges[bar + 1] - frame.edges[bar]
            names[bar + later] = name
    found, part, section = [], 0, ""
    for number in range(kept.stop):
        part += number in names
        section = names.get(number, section)
        found.append(Beside(frame.signatures[number], part, section))
    return found[kept.start :]


def _timed(bar: Bar) -> TimedBar:
    """A bar on the finest grid in note values."""
    notes = [
        TimedNote(Fraction(note.column, GRID), note.string, note.fret, note.before, note.after, note.tied)
        for note in bar.notes
    ]
    return TimedBar(Fraction(bar.width, GRID), tuple(notes))


def _bars(chords: list[_Chord], frame: _Frame, tuning: Tuning, lost: list[Change]) -> list[Bar]:
    """All bars; chords that have no room are taken out of `chords`."""
    path = _fingered(chords, frame, tuning, lost)
    following = [*(chord.column for chord in chords[1:]), frame.edges[-1]]
    by_bar: defaultdict[int, list[_Voiced]] = defaultdict(list)
    for chord, hand, after in zip(chords, path, following, strict=True):
        number = frame.bar(chord.column)
        end = frame.edges[number + 1]
        column = chord.column - frame.edges[number]
        lowest = Placed(column, hand.string, hand.fret, tied=chord.end > end and after > end)
        by_bar[number].append(_Voiced(lowest, chord.notes, tuple(voicings(lowest, hand, chord.notes, tuning))))
    widths = [end - start for start, end in itertools.pairwise(frame.edges)]
    return [_bar(width, by_bar[number], tuning, lost) for number, width in enumerate(widths)]


def _fingered(chords: list[_Chord], frame: _Frame, tuning: Tuning, lost: list[Change]) -> Sequence[Fingering]:
    """Strings and frets of the lowest notes; a chord that no choice leaves room is taken out.

    Raises:
        FingeringError: too many of them.
    """
    work = 0
    while True:
        voice = [
            PitchEvent(chord.column, chord.notes[0].pitch, frame.edges[frame.bar(chord.column) + 1]) for chord in chords
        ]
        try:
            return finger(voice, tuning, MAX_FRET, frame.grid, like_people=True)
        except FingeringError as error:
            work += len(chords)
            if error.place is None or work > _MOST_WORK or len(chords) == 1:
                raise
            lost += [Change(note, None, _CLOSE) for note in chords.pop(error.place).notes]


def _frame(signatures: Sequence[Signature], last: int, grid: int) -> _Frame:
    """The bars up to the one that holds column `last`."""
    edges: list[int] = [0]
    names: list[str] = []
    for signature, until in itertools.zip_longest(signatures, [signature.start for signature in signatures[1:]]):
        for number in itertools.count(1):
            place = signature.start + number * signature.bar
            edge = _nearest(min(place, until if until is not None else place) * grid)
            if edges[-1] > last:
                return _Frame(grid, tuple(edges), tuple(names))
            if len(edges) > MAX_BARS:
                raise TrackError(TOO_LONG)
            if edge > edges[-1]:
                edges.append(edge)
                names.append(str(signature))
            if until is not None and place >= until:
                break
    return _Frame(grid, tuple(edges), tuple(names))


def _bar(width: int, voiced: Sequence[_Voiced], tuning: Tuning, lost: list[Change]) -> Bar:
    """A bar with the lowest notes of its chords, and of each chord the fullest voicing that has room beside them."""
    bar = Bar(width, tuple(chord.lowest for chord in voiced))
    for number, chord in enumerate(voiced):
        if len(chord.notes) == 1:
            continue
        others = tuple(note for note in bar.notes if note is not chord.lowest)
        tried = chord.voicings if number < _MOST_CHORDS else ()
        played = next(
            (notes for notes in tried if _has_room(Bar(width, (*others, *notes)), tuning.n_strings)), (chord.lowest,)
        )
        full = max(map(len, chord.voicings), default=1)
        for note, placed in itertools.zip_longest(chord.notes, played):
            goal = pitch_of(placed, tuning) if placed is not None else None
            if goal != note.pitch:
                lost.append(Change(note, goal, _BESIDE if goal is None and full > len(played) else _REACH))
        bar = Bar(width, (*others, *played))
    return bar


def _has_room(bar: Bar, n_strings: int) -> bool:
    try:
        write(bar, n_strings)
    except NoRoomError:
        return False
    return True
