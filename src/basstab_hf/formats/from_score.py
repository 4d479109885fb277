"""Notes as others' files tell them -> a tab with its grid: the way back from `score.to_score`.

Input: a `Score`, or `ReadBar`s. Output: `Track`. Joins are taken from `leads`, ties from `tied`; how long a note is
matters only for what it touches: a tab cannot say where a note ends early.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.columns import MAX_FRET, split_frets
from basstab_hf.errors import InputError
from basstab_hf.formats.rhythm import TimedBar, TimedNote, to_grid
from basstab_hf.formats.score import Score, ScoreNote
from basstab_hf.formats.track import MAX_BARS, MAX_BEATS, Beside, Heading, Track, TrackError, to_track
from basstab_hf.layout import NoRoomError
from basstab_hf.tuning import Tuning

_TEMPOS = (20, 400)
_UP = {"hammer-on": "h", "pull-off": "h", "slide": "/"}
_DOWN = {"h": "p", "/": "\\"}
_INTO = {"up": "/", "down": "\\"}


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note of a bar, in quarter notes from its start."""

    onset: Fraction
    length: Fraction
    note: ScoreNote


@dataclass(frozen=True, slots=True)
class ReadBar:
    """A bar of `length` quarter notes; of notes that begin together on one string the first counts."""

    signature: str
    length: Fraction
    notes: tuple[ReadNote, ...]


@dataclass(slots=True)
class _Latest:
    """The last note on a string: its place in the list of its bar, and where it ends in the piece."""

    bar: int
    place: int
    start: Fraction
    end: Fraction
    note: ScoreNote


def read_score(score: Score, name: str) -> Track:
    """A score as a track; `name` is what messages call the file it comes from.

    A bar that its beats overfill is as long as they are; so is a first bar that they do not fill, an upbeat.

    Raises:
        InputError: no tab can say it: frets out of range, a rhythm too fine, too long.
    """
    heading = Heading(score.title, score.artist, "", score.tempo, score.columns_per_beat)
    return replace(read_bars(heading, score.tuning, list(_bars(score)), name), remarks=score.remarks)


def read_bars(heading: Heading, tuning: Tuning, bars: Sequence[ReadBar], name: str) -> Track:
    """Bars as a track. Raises what `read_score` raises."""
    if len(bars) > MAX_BARS or sum(bar.length for bar in bars) > MAX_BEATS:
        raise InputError(f"{name} is too long: {len(bars):,} bars; up to {MAX_BARS:,} are read")
    timed = _timed_bars(bars)
    frets = {note.fret for bar in timed for note in bar.notes if note.fret is not None}
    if wrong := sorted(fret for fret in frets if not 0 <= fret <= MAX_FRET or len(split_frets(str(fret))) > 1):
        raise InputError(f"{name} has a note on fret {wrong[0]}, which a tab cannot say: move it to another string")
    tempo = heading.tempo if heading.tempo and _TEMPOS[0] <= heading.tempo <= _TEMPOS[1] else None
    try:
        grid = to_grid(tuning, timed, heading.columns_per_beat)
        beside = [Beside(bar.signature) for bar in bars]
        return to_track(replace(heading, tempo=tempo), tuning, grid.bars, beside, grid.columns_per_beat)
    except (TrackError, NoRoomError) as error:
        raise InputError(f"{name} cannot be written as a tab: {error}") from error


def _bars(score: Score) -> Iterator[ReadBar]:
    for number, bar in enumerate(score.bars):
        place, notes = Fraction(0), []
        for beat in bar.beats:
            notes += [ReadNote(place, beat.value.length, note) for note in beat.notes]
            place += beat.value.length
        upbeat = number == 0 and place > 0
        length = place if upbeat or place > bar.length else bar.length
        yield ReadBar(f"{bar.numerator}/{bar.denominator}", length, tuple(notes))


def _timed_bars(bars: Sequence[ReadBar]) -> list[TimedBar]:
    notes: list[list[TimedNote]] = []
    latest: dict[int, _Latest] = {}
    start = Fraction(0)
    for bar in bars:
        notes.append([])
        for read in sorted(bar.notes, key=lambda read: (read.onset, read.note.string)):
            _add(notes, latest, read, start)
        start += bar.length
    return [TimedBar(bar.length, tuple(found)) for bar, found in zip(bars, notes, strict=True)]


def _add(notes: list[list[TimedNote]], latest: dict[int, _Latest], read: ReadNote, bar_start: Fraction) -> None:
    """Put a note into the last bar, or make the one longer that it is tied to."""
    note, start = read.note, bar_start + read.onset
    number = len(notes) - 1
    before = latest.get(note.string)
    if before is not None and before.start == start:
        return
    touched = before if before is not None and before.end == start else None
    if note.tied and touched is not None:
        known = notes[touched.bar][touched.place]
        known = replace(known, tied=known.tied or touched.bar < number, after=known.after or _after(note))
        notes[touched.bar][touched.place] = known
        touched.start, touched.end = start, start + read.length
        touched.note = replace(touched.note, leads=note.leads)
        return
    if note.tied:  # a tie over a rest: struck again; a tie from nowhere: nothing
        if before is None:
            return
        note = replace(note, fret=before.note.fret)
    latest[note.string] = _Latest(number, len(notes[number]), start, start + read.length, note)
    mark = _before(note, touched.note if touched else None, before)
    notes[number].append(TimedNote(read.onset, note.string, note.fret, mark, _after(note)))


def _before(note: ScoreNote, touched: ScoreNote | None, before: _Latest | None) -> str:
    """The one mark before a note that counts most."""
    marks = (
        "<" if note.harmonic else "",
        _join(touched, note),
        _INTO.get(note.slide_in, ""),
        _from_nowhere(note, before),
        "t" if note.tap else "",
        "(" if note.ghost else "",
    )
    return next(filter(None, marks), "")


def _join(touched: ScoreNote | None, note: ScoreNote) -> str:
    if touched is None or not touched.leads or touched.fret is None or note.fret is None or touched.fret == note.fret:
        return ""
    mark = _UP[touched.leads]
    return mark if touched.fret < note.fret else _DOWN[mark]


def _from_nowhere(note: ScoreNote, before: _Latest | None) -> str:
    if not note.left_hand or note.fret is None:
        return ""
    falls = before is not None and before.note.fret is not None and before.note.fret > note.fret
    return "p" if falls else "h"


def _after(note: ScoreNote) -> str:
    if note.bend:
        return "b"
    return {"up": "/", "down": "\\"}.get(note.slide_out, "~" if note.vibrato else "")
