"""A bass part of a MIDI file -> a tab: notes moved to a grid and fingered as the public-domain tunes are.

The grid has 4 columns a beat, or 12 where many notes stand at thirds of a beat; twice that where notes would be lost or
have no room. Of notes struck together the lowest is fingered, the others are kept where they lie under the same hand.
The part is moved by octaves only if it fits no bass where it is.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from basstab_hf import columns
from basstab_hf.fingering import SPAN, Fingering, FingeringError, PitchEvent, finger
from basstab_hf.formats.midi_notes import Part, Played, Score, Signature
from basstab_hf.formats.track import (
    MAX_BARS,
    MAX_BEATS,
    OUT_OF_RANGE,
    TOO_FINE,
    TOO_LONG,
    Beside,
    Heading,
    Track,
    TrackError,
    sounding_range,
    to_track,
)
from basstab_hf.layout import Bar, NoRoomError, Placed, write
from basstab_hf.timing import COLUMNS_PER_BEAT
from basstab_hf.tuning import Tuning

#: Columns in a beat where thirds of a beat are played.
TRIPLETS = 12
#: Share of notes nearer to sixths of a beat than to eighths from which on a part is in triplets.
TRIPLET_SHARE = 0.1
#: Share of notes that may fall into a column that another one has taken, before a finer grid is tried.
MAX_COLLISIONS = 0.05
#: Most notes of a part: a long song has some 3,000, and the search takes 25 microseconds a note, again and again.
MAX_NOTES = 20_000
#: Notes that begin within this time (beats) are struck together.
TOGETHER = Fraction(1, 16)
_OCTAVES = (0, -12, 12, -24, 24)
# The first of four strings that goes down to the lowest note, then more strings.
_FOUR_STRINGS, _MORE_STRINGS = ("GDAE", "GbDbAbEb", "GDAD"), ("GDAEB", "CGDAEB")


@dataclass(frozen=True, slots=True)
class _Chord:
    """Notes struck together: a column of the whole piece, the column where they end, pitches from the lowest."""

    column: int
    end: int
    pitches: tuple[int, ...]


def to_tab_track(score: Score, part: Part) -> Track:
    """Finger a part and lay it out.

    Raises:
        TrackError: it fits no bass, or no grid.
    """
    if len(part.notes) > MAX_NOTES or part.notes[-1].onset > MAX_BEATS:
        raise TrackError(TOO_LONG)
    reason = OUT_OF_RANGE
    for semitones, tuning in _ranges([note.pitch for note in part.notes]):
        for grid in _grids(part.notes):
            try:
                return _arranged(score, part, semitones, tuning, grid)
            except (FingeringError, NoRoomError):
                reason = TOO_FINE
    raise TrackError(reason)


def _ranges(pitches: Sequence[int]) -> Iterator[tuple[int, Tuning]]:
    """Transpositions and tunings in which all notes lie on the neck, the likeliest first."""
    for semitones in _OCTAVES:
        low, high = min(pitches) + semitones, max(pitches) + semitones
        fours = [tuning for tuning in map(Tuning.parse, _FOUR_STRINGS) if tuning.pitches[-1] <= low]
        for tuning in [*fours[:1], *map(Tuning.parse, _MORE_STRINGS)]:
            if tuning.pitches[-1] <= low and high <= tuning.pitches[0] + columns.MAX_FRET:
                yield semitones, tuning


def _grids(notes: Sequence[Played]) -> list[int]:
    """Columns in a beat to try, in this order."""
    thirds = sum(_distance(note.onset, 6) < _distance(note.onset, 8) for note in notes)
    usual = TRIPLETS if thirds >= TRIPLET_SHARE * len(notes) else COLUMNS_PER_BEAT
    kept = sum(len(chord.pitches) for chord in _chords(notes, usual))
    return [usual, 2 * usual] if len(notes) - kept <= MAX_COLLISIONS * len(notes) else [2 * usual, usual]


def _distance(place: Fraction, parts: int) -> Fraction:
    """From a place in beats to the nearest multiple of a fraction of a beat."""
    return abs(place - Fraction(_nearest(place * parts), parts))


def _nearest(place: Fraction) -> int:
    return math.floor(place + Fraction(1, 2))


def _chords(notes: Sequence[Played], grid: int) -> list[_Chord]:
    """Notes by column; of notes in one column that are not struck together, those nearest to it stay."""
    by_column: defaultdict[int, list[Played]] = defaultdict(list)
    for note in notes:
        by_column[_nearest(note.onset * grid)].append(note)
    chords = []
    for column, near in sorted(by_column.items()):
        anchor = min(near, key=lambda note: abs(note.onset * grid - column))
        together = [note for note in near if abs(note.onset - anchor.onset) <= TOGETHER]
        end = max(_nearest(note.end * grid) for note in together)
        chords.append(_Chord(column, end, tuple(sorted({note.pitch for note in together}))))
    return chords


def _arranged(score: Score, part: Part, semitones: int, tuning: Tuning, grid: int) -> Track:
    """Finger and write a part on one grid.

    Raises:
        FingeringError, NoRoomError: it has no room there.
        TrackError: it has too many bars.
    """
    chords = _chords(part.notes, grid)
    edges, signatures = _bar_edges(score.signatures, chords[-1].column, grid)
    bars = _bars(chords, edges, semitones, tuning, grid)
    sounding = sounding_range([len(bar.notes) for bar in bars])
    return to_track(
        Heading(title=score.title, name=part.name, tempo=score.tempo),
        tuning,
        [bars[number] for number in sounding],
        [Beside(signatures[number]) for number in sounding],
        grid,
    )


def _bars(chords: Sequence[_Chord], edges: Sequence[int], semitones: int, tuning: Tuning, grid: int) -> list[Bar]:
    ends = [edges[bisect_right(edges, chord.column)] for chord in chords]
    voice = [
        PitchEvent(chord.column, chord.pitches[0] + semitones, end) for chord, end in zip(chords, ends, strict=True)
    ]
    path = finger(voice, tuning, columns.MAX_FRET, grid)
    following = [*(chord.column for chord in chords[1:]), edges[-1]]
    by_bar: defaultdict[int, list[tuple[Placed, list[Placed]]]] = defaultdict(list)
    for chord, hand, end, after in zip(chords, path, ends, following, strict=True):
        number = bisect_right(edges, chord.column) - 1
        lowest = Placed(chord.column - edges[number], hand.string, hand.fret, tied=chord.end > end and after > end)
        others = _double_stops([pitch + semitones for pitch in chord.pitches[1:]], hand, lowest.column, tuning)
        by_bar[number].append((lowest, others))
    widths = [end - start for start, end in itertools.pairwise(edges)]
    return [_bar(width, by_bar[number], tuning.n_strings) for number, width in enumerate(widths)]


def _bar_edges(signatures: Sequence[Signature], last: int, grid: int) -> tuple[list[int], list[str]]:
    """Columns of all bar lines up to the one behind column `last`, from 0, and the time signature of each bar."""
    edges: list[int] = [0]
    names: list[str] = []
    for signature, until in itertools.zip_longest(signatures, [signature.start for signature in signatures[1:]]):
        for number in itertools.count(1):
            place = signature.start + number * signature.bar
            edge = _nearest(min(place, until if until is not None else place) * grid)
            if edges[-1] > last:
                return edges, names
            if len(edges) > MAX_BARS:
                raise TrackError(TOO_LONG)
            if edge > edges[-1]:
                edges.append(edge)
                names.append(str(signature))
            if until is not None and place >= until:
                break
    return edges, names


def _double_stops(pitches: Sequence[int], hand: Fingering, column: int, tuning: Tuning) -> list[Placed]:
    """The notes of a chord that lie on higher strings under the hand that plays its lowest note."""
    found: list[Placed] = []
    for pitch in pitches:
        for string in range((found[-1].string if found else hand.string) - 1, 0, -1):
            fret = pitch - tuning.pitches[string - 1]
            if fret == 0 or hand.position <= fret < hand.position + SPAN:
                found.append(Placed(column, string, fret))
                break
    return found


def _bar(width: int, chords: Sequence[tuple[Placed, list[Placed]]], n_strings: int) -> Bar:
    """A bar with its chords where they have room, else with their lowest notes alone."""
    lowest = tuple(note for note, _ in chords)
    full = Bar(width, lowest + tuple(other for _, others in chords for other in others))
    try:
        write(full, n_strings)
    except NoRoomError:
        return Bar(width, lowest)
    return full
