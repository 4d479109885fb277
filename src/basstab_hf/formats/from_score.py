"""A score as others' files tell it -> a tab with its grid: the way back from `score.to_score`.

Input: a `Score`. Output: `Track`. Joins are taken from `leads`, ties from `tied`; values of notes matter only as the
time up to the next: a tab cannot say where a note ends early. A bar that its beats overfill is as long as they are;
so is a first bar that they do not fill, an upbeat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.columns import MAX_FRET, split_frets
from basstab_hf.errors import InputError
from basstab_hf.formats.rhythm import TimedBar, TimedNote, to_grid
from basstab_hf.formats.score import Score, ScoreBar, ScoreNote
from basstab_hf.formats.track import MAX_BARS, MAX_BEATS, Beside, Heading, Track, TrackError, to_track

_TEMPOS = (20, 400)
_UP = {"hammer-on": "h", "pull-off": "h", "slide": "/"}
_DOWN = {"h": "p", "/": "\\"}
_INTO = {"up": "/", "down": "\\"}


@dataclass(slots=True)
class _Latest:
    """The last note on a string: its place in the list of its bar, and where it ends in the piece."""

    bar: int
    place: int
    end: Fraction
    note: ScoreNote


def read_score(score: Score, name: str) -> Track:
    """A score as a track; `name` is what messages call the file it comes from.

    Raises:
        InputError: no tab can say it: frets out of range, a rhythm too fine, too long.
    """
    bars = _timed_bars(score)
    frets = {note.fret for bar in bars for note in bar.notes if note.fret is not None}
    if wrong := sorted(fret for fret in frets if not 0 <= fret <= MAX_FRET or len(split_frets(str(fret))) > 1):
        raise InputError(f"{name} has a note on fret {wrong[0]}, which a tab cannot say: move it to another string")
    if len(bars) > MAX_BARS or sum(bar.length for bar in bars) > MAX_BEATS:
        raise InputError(f"{name} is too long: {len(bars):,} bars; up to {MAX_BARS:,} are read")
    try:
        grid = to_grid(score.tuning, bars)
    except TrackError as error:
        raise InputError(f"{name} cannot be written as a tab: {error.reason}") from error
    tempo = score.tempo if _TEMPOS[0] <= score.tempo <= _TEMPOS[1] else None
    beside = [Beside(f"{bar.numerator}/{bar.denominator}") for bar in score.bars]
    heading = Heading(score.title, score.artist, "", tempo)
    track = to_track(heading, score.tuning, grid.bars, beside, grid.columns_per_beat)
    return replace(track, remarks=score.remarks)


def _timed_bars(score: Score) -> list[TimedBar]:
    notes: list[list[TimedNote]] = []
    lengths: list[Fraction] = []
    latest: dict[int, _Latest] = {}
    start = Fraction(0)
    for number, bar in enumerate(score.bars):
        notes.append([])
        place = Fraction(0)
        for beat in bar.beats:
            end = start + place + beat.value.length
            for note in beat.notes:
                _add(notes, latest, number, note, (start + place, end), place)
            place += beat.value.length
        lengths.append(_length(bar, place, first=number == 0))
        start += lengths[-1]
    return [TimedBar(length, tuple(found)) for length, found in zip(lengths, notes, strict=True)]


def _length(bar: ScoreBar, filled: Fraction, *, first: bool) -> Fraction:
    upbeat = first and filled > 0
    return filled if upbeat or filled > bar.length else bar.length


def _add(
    notes: list[list[TimedNote]],
    latest: dict[int, _Latest],
    number: int,
    note: ScoreNote,
    times: tuple[Fraction, Fraction],
    onset: Fraction,
) -> None:
    """Put a note into its bar, or make the one longer that it is tied to."""
    start, end = times
    before = latest.get(note.string)
    touched = before if before is not None and before.end == start else None
    if note.tied and touched is not None:
        if touched.bar < number:
            notes[touched.bar][touched.place] = replace(notes[touched.bar][touched.place], tied=True)
        after = notes[touched.bar][touched.place].after or _after(note)
        notes[touched.bar][touched.place] = replace(notes[touched.bar][touched.place], after=after)
        touched.end = end
        touched.note = replace(touched.note, leads=note.leads)
        return
    if note.tied and before is None:
        return
    if note.tied and before is not None:  # a tie over a rest: struck again
        note = replace(note, fret=before.note.fret)
    latest[note.string] = _Latest(number, len(notes[number]), end, note)
    notes[number].append(
        TimedNote(onset, note.string, note.fret, _before(note, touched.note if touched else None, before), _after(note))
    )


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
