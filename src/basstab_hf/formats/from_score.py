"""Notes as others' files tell them -> a tab with its grid: the way back from `score.to_score`.

Input: `ReadBar`s. Output: `Track`. Joins are taken from `leads`, ties from `tied`; where nothing
sounds any more is told beside the tab, which cannot say where a note ends early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

from basstab_hf.formats.bar_marks import STRUCK
from basstab_hf.formats.fitting import fit
from basstab_hf.formats.rhythm import column_of, to_grid
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.song_form import SongBar, SongForm, kept_tempo
from basstab_hf.formats.timed import TimedBar, TimedNote, silences
from basstab_hf.formats.told import remarks
from basstab_hf.formats.track import (
    MAX_BARS,
    MAX_BEATS,
    TOO_FINE,
    TOO_LONG,
    Beside,
    Heading,
    Track,
    TrackError,
    to_track,
    usual_signature,
)
from basstab_hf.tab.layout import Bar, NoRoomError
from basstab_hf.tab.marks import (
    BEND,
    DIRECTIONS,
    DOWNWARDS,
    GHOST,
    HAMMER,
    HARMONIC,
    PULL,
    TAP,
    TECHNIQUES,
    VIBRATO,
)
from basstab_hf.tab.tuning import Tuning

# Marks upwards by what leads, and slides by where they go.
_UP = {TECHNIQUES[mark]: up for up, down in DOWNWARDS.items() for mark in (up, down)}
_SLIDES = {direction: mark for mark, direction in DIRECTIONS.items()}

_LETTERS = {how: letter for letter, how in reversed(STRUCK.items())}


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note of a bar, in quarter notes from its start; `grace` is the mark by which a grace note leads to it."""

    onset: Fraction
    length: Fraction
    note: ScoreNote
    grace: str = ""


@dataclass(frozen=True, slots=True)
class ReadBar:
    """A bar of `length` quarter notes; of notes that begin together on one string the first counts.

    Chords are names with their onsets.
    """

    signature: str
    length: Fraction
    notes: tuple[ReadNote, ...]
    chords: tuple[tuple[Fraction, str], ...] = ()


@dataclass(slots=True)
class _Latest:
    """The last note on a string: its place in the list of its bar, and where it ends in the piece."""

    bar: int
    place: int
    start: Fraction
    end: Fraction
    note: ScoreNote


def read_bars(
    heading: Heading,
    tuning: Tuning,
    bars: Sequence[ReadBar],
    form: SongForm | None = None,
) -> Track:
    """Bars as a track; `form` is what the file says of them besides, of as many or more.

    Raises:
        TrackError: no tab can say the bulk of it, or it is too long.
    """
    if len(bars) > MAX_BARS or sum(bar.length for bar in bars) > MAX_BEATS:
        raise TrackError(TOO_LONG, f"is too long: {len(bars):,} bars; up to {MAX_BARS:,} are read")
    fitted = fit(tuning, timed_bars(bars))
    form = form or SongForm(tuple(SongBar(bar.signature, bar.length) for bar in bars))
    kept = range(len(bars))
    tempo = kept_tempo(form.tempos, kept, [len(bar.notes) for bar in bars])
    try:
        known = form.beside()[: len(bars)]
        grid = to_grid(tuning, fitted.bars, heading.columns_per_beat, usual_signature(known))
        with_chords = [
            replace(beside_bar(one, bar, placed, grid.columns_per_beat), rests=silence)
            for bar, placed, one, silence in zip(bars, grid.bars, known, rests(bars), strict=True)
        ]
        track = to_track(
            replace(heading, tempo=tempo.tempo or heading.tempo),
            tuning,
            grid.bars,
            with_chords,
            grid.columns_per_beat,
            form.signs(kept),
            tempo.changes,
            swing=form.swings(kept),
        )
        told = remarks([*fitted.told, *grid.told])
        return replace(track, remarks=(*told, *form.remarks(kept)))
    except (TrackError, NoRoomError) as error:
        reason = error.reason if isinstance(error, TrackError) else TOO_FINE
        raise TrackError(reason, f"cannot be written as a tab: {error}") from error


def beside_bar(beside: Beside, read: ReadBar, bar: Bar, columns_per_beat: int) -> Beside:
    """What belongs to a bar, with its chords and slap letters over the columns of its grid."""
    letters = {
        column_of(one.onset, bar, columns_per_beat): _LETTERS[one.note.struck]
        for one in sorted(read.notes, key=lambda one: one.onset)
        if one.note.struck and not one.note.tied
    }
    chords = tuple((column_of(onset, bar, columns_per_beat), name) for onset, name in read.chords)
    return replace(beside, chords=chords, letters=tuple(letters.items()))


def timed_bars(bars: Sequence[ReadBar]) -> list[TimedBar]:
    """The bars with the marks that a tab writes; tied notes joined."""
    notes: list[list[TimedNote]] = []
    latest: dict[int, _Latest] = {}
    start = Fraction(0)
    for bar in bars:
        notes.append([])
        for read in sorted(bar.notes, key=lambda read: (read.onset, read.note.string)):
            _add(notes, latest, read, start)
        start += bar.length
    return [TimedBar(bar.length, tuple(found)) for bar, found in zip(bars, notes, strict=True)]


def rests(bars: Sequence[ReadBar]) -> list[tuple[Fraction, ...]]:
    """Where in each bar silence begins, in quarter notes; at a bar line print says so as well."""
    starts = [*accumulate((bar.length for bar in bars), initial=Fraction(0))]
    played = sorted(
        (start + read.onset, start + read.onset + read.length)
        for start, bar in zip(starts, bars, strict=False)
        for read in bar.notes
    )
    return silences(played, starts)


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
    mark = _before(note, touched.note if touched else None, before, read.grace)
    notes[number].append(TimedNote(read.onset, note.string, note.fret, mark, _after(note)))


def _before(note: ScoreNote, touched: ScoreNote | None, before: _Latest | None, grace: str) -> str:
    """The one mark before a note that counts most."""
    marks = (
        HARMONIC if note.harmonic else "",
        _join(touched, note),
        _SLIDES.get(note.slide_in, ""),
        grace or _from_nowhere(note, before),
        TAP if note.tap else "",
        GHOST if note.ghost else "",
    )
    return next(filter(None, marks), "")


def _join(touched: ScoreNote | None, note: ScoreNote) -> str:
    if touched is None or not touched.leads or touched.fret is None or note.fret is None or touched.fret == note.fret:
        return ""
    mark = _UP[touched.leads]
    return mark if touched.fret < note.fret else DOWNWARDS[mark]


def _from_nowhere(note: ScoreNote, before: _Latest | None) -> str:
    if not note.left_hand or note.fret is None:
        return ""
    falls = before is not None and before.note.fret is not None and before.note.fret > note.fret
    return PULL if falls else HAMMER


def _after(note: ScoreNote) -> str:
    if note.bend:
        return BEND
    return _SLIDES.get(note.slide_out, VIBRATO if note.vibrato else "")
