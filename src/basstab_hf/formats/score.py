"""A tab as notation: bars of beats with note values, tied where no single one says them. What all notations share.

Input: a `Tab` and `WriteSettings`. Output: `Score`, which AlphaTex, Guitar Pro, MusicXML and the engraved page print.

Which columns are time, `timing` says. A bar of odd width gets the time signature that holds it: 18 columns
of sixteenths are 9/8. Where no signature does (13 columns of triplets) the bar is filled up to the next beat. A bar of
more than `WIDEST` quarter notes has lost its bar lines and is cut every four. One tuning holds for the whole piece:
notes of systems in another one keep their pitch and move to other strings. `Score.remarks` says what was done.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from basstab_hf.errors import InputError
from basstab_hf.formats.bar_marks import NO_MARKS, STRUCK, BarMarks, bar_marks, struck
from basstab_hf.formats.note_values import DOTTED_QUARTER, Span, are_writable, is_writable, spans
from basstab_hf.formats.one_tuning import in_one_tuning
from basstab_hf.formats.score_values import Beat, Score, ScoreBar, ScoreNote
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import MAX_BARS, MAX_BEATS
from basstab_hf.rhythm.form import NO_SIGN, Sign
from basstab_hf.rhythm.tempo_words import signature_length
from basstab_hf.tab import marks
from basstab_hf.tab.timing import Steps, Stroke, StrokeBar
from basstab_hf.tab.values import Tab

_Told = TypeVar("_Told")
#: Longest bar in quarter notes; longer ones are cut into bars of four.
WIDEST = 8
_CUT = 4
#: Parts of a quarter note to which onsets on a grid that notation cannot say are moved.
_FINE = 24
#: A bend whose goal the tab does not print, in semitones.
_BEND = 2
#: How a note goes on to the next one on its string, by the mark before that.
JOINS = {mark: technique for mark, technique in marks.TECHNIQUES.items() if mark in marks.LEADING}
#: Denominators of time signatures.
_UNITS = (4, 8, 16, 32)
#: Quarter notes in a bar of 3/4 or 6/8, and of 9/8.
_IN_TWO, _NINE_EIGHTHS = Fraction(3), 3 * DOTTED_QUARTER


@dataclass(slots=True)
class _Sound:
    """A note from `start` to `end` in quarter notes from the start of the piece."""

    start: Fraction
    end: Fraction
    stroke: Stroke
    note: ScoreNote


@dataclass(frozen=True, slots=True)
class _Frame:
    """A bar from `start` to `end`, and where its strokes and rests begin, in quarter notes from the piece's start."""

    start: Fraction
    end: Fraction
    bar: StrokeBar
    onsets: Mapping[Steps, Fraction]  # by column
    sign: Sign = NO_SIGN
    marks: BarMarks = NO_MARKS
    number: int = 0  # of the bar of the tab


def to_score(tab: Tab, settings: WriteSettings) -> Score:
    """Write a tab as notation.

    Raises:
        InputError: a tab without bars, longer than any piece, or in several tunings of which none can hold all notes.
    """
    if not any(system.bar_spans for system in tab.systems):
        raise InputError("the tab has no bars: nothing to write")
    remarks: list[str] = []
    tuning, written = in_one_tuning(tab, settings, remarks)
    lasting = _lasting(written)
    bars = [written[place] for place in lasting]
    form, over = settings.time.form, bar_marks(tab, settings)
    beats = float(sum(bar.width for bar in bars)) / settings.columns_per_beat
    if len(bars) > MAX_BARS or beats > MAX_BEATS:
        raise InputError(
            f"the tab is too long: {len(bars):,} bars, {beats:,.0f} beats; up to {MAX_BARS:,} and {MAX_BEATS:,} are "
            "written"
        )
    frames = [
        replace(frame, sign=form[place] if form else NO_SIGN, marks=over[place], number=place)
        for place, frame in zip(lasting, _frames(bars, settings.columns_per_beat, remarks), strict=True)
    ]
    frames = _with_tempos_inside(frames)
    opening = [tempo for onset, tempo in frames[0].marks.tempos if onset == 0]
    sounds = _sounds(frames, settings.columns_per_beat)
    _join(sounds, tuning.n_strings)
    return Score(
        title=tab.title,
        artist=tab.artist,
        tempo=opening[0] if opening else settings.tempo,
        program=settings.program,
        tuning=tuning,
        bars=tuple(_score_bars(frames, sounds, _compound(frames, settings.time.time_signature))),
        remarks=tuple(remarks),
        columns_per_beat=int(settings.columns_per_beat) if settings.columns_per_beat % 1 == 0 else None,
        swing=settings.time.swing,
    )


def _lasting(bars: Sequence[StrokeBar]) -> list[int]:
    """The places of bars that last; what is left of a line behind a repeat sign is no bar."""
    return [place for place, bar in enumerate(bars) if bar.width] or [*range(len(bars))]


def _frames(bars: Sequence[StrokeBar], columns_per_beat: float, remarks: list[str]) -> list[_Frame]:
    exact = is_writable(columns_per_beat)
    if not exact:
        remarks.append(f"{columns_per_beat:g} columns per beat: notes are moved to the nearest 24th of a beat")
    frames, filled, moved = [], 0, 0
    start = Fraction(0)
    for bar in bars:
        onsets = _onsets(bar, Fraction(columns_per_beat), exact=exact)
        moved += exact and any(onset * Fraction(columns_per_beat) != column for column, onset in onsets.items())
        length = onsets.pop(bar.width)
        if not _has_signature(length):
            filled += 1
            length = Fraction(math.ceil(length))
        onsets = {column: start + onset for column, onset in onsets.items()}
        frames.append(_Frame(start, start + length, bar, onsets))
        start += length
    if moved:
        remarks.append(f"bars whose notes begin where no note value does, moved to the nearest 24th of a beat: {moved}")
    if filled:
        remarks.append(f"bars that no time signature holds, filled up with a rest to the next beat: {filled}")
    return frames


def _onsets(bar: StrokeBar, columns_per_beat: Fraction, *, exact: bool) -> dict[Steps, Fraction]:
    """Columns of strokes and rests, and the one behind the last, in quarter notes from the start of the bar."""
    found: dict[Steps, Fraction] = {}
    latest = -1
    columns = sorted({*(stroke.column for stroke in bar.strokes), bar.width})
    exact = exact and are_writable(column / columns_per_beat for column in columns)
    with_rests = sorted({*columns, *bar.rests})
    if exact and are_writable(column / columns_per_beat for column in with_rests):
        columns = with_rests
    for column in columns:
        if exact:
            found[column] = column / columns_per_beat
        else:
            latest = max(latest + 1, round(column / columns_per_beat * _FINE))
            found[column] = Fraction(latest, _FINE)
    return found


def _has_signature(length: Fraction) -> bool:
    return any((length * unit / 4).denominator == 1 for unit in _UNITS)


def _signature(length: Fraction, *, compound: bool) -> tuple[int, int]:
    units = _UNITS[1:] if compound else _UNITS
    unit = next(unit for unit in units if (length * unit / 4).denominator == 1)
    return int(length * unit / 4), unit


def _sounds(frames: Sequence[_Frame], columns_per_beat: float) -> list[_Sound]:
    """All notes: each lasts until the next begins, as in `timing.timed_notes`."""
    if not frames:
        return []
    onsets = sorted({onset for frame in frames for onset in frame.onsets.values()} | {frames[-1].end})
    following = dict(itertools.pairwise(onsets))
    found = []
    for frame, after in zip(frames, [*frames[1:], frames[-1]], strict=True):
        begun = {frame.onsets[stroke.column] - frame.start for stroke in frame.bar.strokes}
        letters = struck(begun, frame.marks.letters, Fraction(columns_per_beat))
        for stroke in frame.bar.strokes:
            start = frame.onsets[stroke.column]
            end = min(following[start], after.end if stroke.tied else frame.end)
            note = _plain_note(stroke, frame.bar)
            letter = letters.get(start - frame.start, stroke.front)
            found.append(_Sound(start, end, stroke, replace(note, struck=STRUCK.get(letter, ""))))
    return found


def _plain_note(stroke: Stroke, bar: StrokeBar) -> ScoreNote:
    """A note with the marks that need no neighbour."""
    return ScoreNote(
        string=stroke.string,
        fret=stroke.fret,
        pitch=stroke.pitch,
        slide_out=marks.DIRECTIONS.get(stroke.after, ""),
        bend=_bend(stroke, bar) if stroke.after in marks.BENDS else 0,
        vibrato=stroke.after == marks.VIBRATO,
        harmonic=stroke.before == marks.HARMONIC,
        tap=stroke.before == marks.TAP,
        ghost=stroke.before == marks.GHOST,
    )


def _bend(stroke: Stroke, bar: StrokeBar) -> int:
    """Semitones up to the fret printed right behind the mark, or the usual two."""
    place = stroke.printed + len(str(stroke.fret)) + 1
    goals = (other for other in bar.strokes if (other.printed, other.string) == (place, stroke.string))
    goal = next((other.fret for other in goals if other.fret is not None), None)
    steps = goal - stroke.fret if goal is not None and stroke.fret is not None else 0
    return steps if 1 <= steps <= 2 * _BEND else _BEND


def _join(sounds: Sequence[_Sound], n_strings: int) -> None:
    """Tell notes how they are reached from the one before on their string, and that one how it goes on."""
    for string in range(1, n_strings + 1):
        before: _Sound | None = None
        for sound in (sound for sound in sounds if sound.stroke.string == string):
            mark = sound.stroke.before
            join = JOINS.get(mark, "")
            touched = before is not None and before.end == sound.start
            frets = (before.note.fret if before else None, sound.note.fret)
            if join and before and touched and None not in frets and frets[0] != frets[1]:
                sound.note = replace(sound.note, reached=join)
                before.note = replace(before.note, leads=join)
            elif mark in marks.DIRECTIONS:
                sound.note = replace(sound.note, slide_in=marks.DIRECTIONS[mark])
            elif join:
                sound.note = replace(sound.note, left_hand=join)
            before = sound


def _score_bars(frames: Sequence[_Frame], sounds: Sequence[_Sound], dotted: Collection[Fraction]) -> Iterator[ScoreBar]:
    waiting = sorted(sounds, key=lambda sound: -sound.start)
    sounding: list[_Sound] = []
    for start, end, frame, sign in _cuts(frames):
        sounding = [sound for sound in sounding if sound.end > start]
        while waiting and waiting[-1].start < end:
            sounding.append(waiting.pop())
        compound = end - start in dotted
        numerator, denominator = _signature(end - start, compound=compound)
        edges = {edge - start for sound in sounding for edge in (sound.start, sound.end) if start <= edge < end}
        chords = _over(frame, frame.marks.chords, start, end, edges)
        tempos = _over(frame, frame.marks.tempos, start, end, edges, exact=True)
        beats = [
            replace(_beat(start, span, sounding), chord=chords.get(span.start, ""), tempo=tempos.get(span.start))
            for span in spans(edges | {*chords, *tempos}, end - start, compound=compound)
        ]
        section = frame.marks.section if start == frame.start else ""
        yield ScoreBar(numerator, denominator, tuple(beats), sign, section, frame.number)


def _with_tempos_inside(frames: Sequence[_Frame]) -> list[_Frame]:
    """Bars whose tempos change inside them, on 24ths of a beat; what changes at the end of one belongs to the next."""
    found: list[_Frame] = []
    waiting: list[tuple[Fraction, float]] = []
    for frame in frames:
        length = frame.end - frame.start
        places = [(Fraction(round(onset * _FINE), _FINE), tempo) for onset, tempo in frame.marks.tempos]
        inside = [(onset, tempo) for onset, tempo in places if onset < length]
        at_start = waiting if not inside or inside[0][0] > 0 else []
        found.append(replace(frame, marks=replace(frame.marks, tempos=(*at_start, *inside))))
        waiting = [(Fraction(0), tempo) for onset, tempo in places if onset >= length][-1:]
    return found


def _over(
    frame: _Frame,
    told: Sequence[tuple[Fraction, _Told]],
    start: Fraction,
    end: Fraction,
    edges: Collection[Fraction],
    *,
    exact: bool = False,
) -> dict[Fraction, _Told]:
    """What stands between two places by onset from the first: where notes begin, else on whole quarter notes.

    Of two that come together the first is kept. With `exact` all keep their places where note values can begin there.
    """
    found: dict[Fraction, _Told] = {}
    for onset, name in told:
        place = frame.start + onset - start
        if 0 <= place < end - start:
            stays = place in edges or (exact and are_writable([*edges, *found, place]))
            found.setdefault(place if stays else Fraction(math.floor(place)), name)
    return found


def _cuts(frames: Sequence[_Frame]) -> Iterator[tuple[Fraction, Fraction, _Frame, Sign]]:
    """Where bars start and end, and their signs; those too wide to be bars are cut."""
    for frame in frames:
        start, sign = frame.start, frame.sign
        while frame.end - frame.start > WIDEST and frame.end - start > _CUT:
            yield start, start + _CUT, frame, replace(sign, closes=0)
            start, sign = start + _CUT, replace(sign, opens=False)
        yield start, frame.end, frame, sign


def _compound(frames: Sequence[_Frame], stated: str) -> set[Fraction]:
    """Lengths of bars that count in dotted quarters: 6/8 and 9/8, 12/8 where that is stated."""
    lengths = Counter(frame.end - frame.start for frame in frames)
    length = signature_length(stated)
    if length is not None and stated.endswith("/8") and (length / DOTTED_QUARTER).denominator == 1:
        return {length}
    if stated == "3/4":
        return set()
    found = {_IN_TWO} if _in_two([frame for frame in frames if frame.end - frame.start == _IN_TWO]) else set()
    return found | {_NINE_EIGHTHS} & {length for length, _ in lengths.most_common(1)}


def _in_two(frames: Sequence[_Frame]) -> bool:
    """Whether bars of three quarter notes are 6/8: more of them begin a note on their middle than on both beats."""
    bars = [{frame.onsets[stroke.column] - frame.start for stroke in frame.bar.strokes} for frame in frames]
    middle = sum(DOTTED_QUARTER in onsets for onsets in bars)
    beats = sum((1 in onsets) + (2 in onsets) for onsets in bars)
    return middle * 2 > beats


def _beat(start: Fraction, span: Span, sounding: Sequence[_Sound]) -> Beat:
    begin, end = start + span.start, start + span.end
    notes = [
        _part(sound, first=begin == sound.start, last=end == sound.end)
        for sound in sounding
        if sound.start <= begin < sound.end and not (sound.note.dead and begin > sound.start)
    ]
    return Beat(span.value, tuple(sorted(notes, key=lambda note: note.string)))


def _part(sound: _Sound, *, first: bool, last: bool) -> ScoreNote:
    """One of the tied notes that a sound is written as."""
    note = sound.note
    if not last and not note.dead:
        note = replace(note, leads="", slide_out="")
    if not first:
        note = replace(
            note, tied=True, reached="", left_hand="", slide_in="", bend=0, harmonic=False, tap=False, ghost=False
        )
    return note
