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

from basstab_hf.columns import MAX_FRET
from basstab_hf.errors import InputError
from basstab_hf.formats.note_values import DOTTED_QUARTER, NoteValue, Span, is_writable, spans
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import MAX_BARS, MAX_BEATS
from basstab_hf.tab import Tab
from basstab_hf.timing import COLUMNS_PER_BEAT, Stroke, StrokeBar, stroke_bars
from basstab_hf.tuning import Tuning

#: Longest bar in quarter notes; longer ones are cut into bars of four.
WIDEST = 8
_CUT = 4
#: Parts of a quarter note to which onsets on a grid that notation cannot say are moved.
_FINE = 24
#: A bend whose goal the tab does not print, in semitones.
_BEND = 2
#: How a note goes on to the next one on its string, by the mark before that.
JOINS = {"h": "hammer-on", "p": "pull-off", "/": "slide", "\\": "slide"}
BENDS = frozenset("b^")
#: Denominators of time signatures.
_UNITS = (4, 8, 16, 32)
#: Quarter notes in a bar of 3/4 or 6/8, and of 9/8.
_IN_TWO, _NINE_EIGHTHS = Fraction(3), 3 * DOTTED_QUARTER
_DIRECTIONS = {"/": "up", "\\": "down"}


@dataclass(frozen=True, slots=True)
class ScoreNote:
    """A note of one beat; `tied` continues the one of the beat before on its string, with no marks of a beginning.

    `reached` and `leads` are values of `JOINS` or "": how the string's note before goes on to this one, and this one
    to the next; the last of tied notes has `leads`. `left_hand` is a hammer-on or pull-off with no note before it that
    could lead to it. Slides in and out are "up", "down" or "".
    """

    string: int  # 1 = highest-pitched
    fret: int | None  # None: a dead note
    pitch: int  # MIDI number; of a dead note the open string's
    tied: bool = False
    reached: str = ""
    leads: str = ""
    left_hand: str = ""
    slide_in: str = ""
    slide_out: str = ""
    bend: int = 0  # semitones up
    vibrato: bool = False
    harmonic: bool = False
    tap: bool = False
    ghost: bool = False

    @property
    def dead(self) -> bool:
        return self.fret is None


@dataclass(frozen=True, slots=True)
class Beat:
    """Notes that begin together, from the highest string down; none: a rest."""

    value: NoteValue
    notes: tuple[ScoreNote, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """A bar in `numerator`/`denominator`, filled by its beats."""

    numerator: int
    denominator: int
    beats: tuple[Beat, ...]

    @property
    def length(self) -> Fraction:
        """In quarter notes."""
        return Fraction(self.numerator * 4, self.denominator)


@dataclass(frozen=True, slots=True)
class Score:
    """A piece: tempo in quarter notes a minute, General MIDI program counted from 0; remarks are for the user.

    `columns_per_beat` is the grid of the tab, which files tell where it is not the usual one; None: a file did not.
    """

    title: str
    artist: str
    tempo: float
    program: int
    tuning: Tuning
    bars: tuple[ScoreBar, ...]
    remarks: tuple[str, ...] = ()
    columns_per_beat: int | None = None

    @property
    def told_grid(self) -> int | None:
        """The columns in a beat that a file must tell, so that the tab comes back as it was."""
        return None if self.columns_per_beat == COLUMNS_PER_BEAT else self.columns_per_beat


@dataclass(slots=True)
class _Sound:
    """A note from `start` to `end` in quarter notes from the start of the piece."""

    start: Fraction
    end: Fraction
    stroke: Stroke
    note: ScoreNote


@dataclass(frozen=True, slots=True)
class _Frame:
    """A bar from `start` to `end`, and where its strokes begin, all in quarter notes from the start of the piece."""

    start: Fraction
    end: Fraction
    bar: StrokeBar
    onsets: Mapping[int, Fraction]  # by column


def to_score(tab: Tab, settings: WriteSettings) -> Score:
    """Write a tab as notation.

    Raises:
        InputError: a tab without bars, longer than any piece, or in several tunings of which none can hold all notes.
    """
    if not any(system.bar_spans for system in tab.systems):
        raise InputError("the tab has no bars: nothing to write")
    remarks: list[str] = []
    tuning, bars = _in_one_tuning(tab, remarks)
    beats = sum(bar.width for bar in bars) / settings.columns_per_beat
    if len(bars) > MAX_BARS or beats > MAX_BEATS:
        raise InputError(
            f"the tab is too long: {len(bars):,} bars, {beats:,.0f} beats; up to {MAX_BARS:,} and {MAX_BEATS:,} are "
            "written"
        )
    frames = _frames(bars, settings.columns_per_beat, remarks)
    sounds = _sounds(frames)
    _join(sounds, tuning.n_strings)
    return Score(
        title=tab.title,
        artist=tab.artist,
        tempo=settings.tempo,
        program=settings.program,
        tuning=tuning,
        bars=tuple(_score_bars(frames, sounds, _compound(frames))),
        remarks=tuple(remarks),
        columns_per_beat=int(settings.columns_per_beat) if settings.columns_per_beat % 1 == 0 else None,
    )


def _in_one_tuning(tab: Tab, remarks: list[str]) -> tuple[Tuning, list[StrokeBar]]:
    """All bars in one of the tab's tunings: the one of most notes that can hold all."""
    systems = [(system.tuning, bars) for system, bars in zip(tab.systems, stroke_bars(tab), strict=True)]
    counts: Counter[Tuning] = Counter()
    for tuning, bars in systems:
        counts[tuning] += sum(len(bar.strokes) for bar in bars)
    for tuning, _ in counts.most_common():
        found = [_restrung(bar, own, tuning) for own, bars in systems for bar in bars]
        kept = [bar for bar in found if bar is not None]
        if len(kept) == len(found):
            if len(counts) > 1:
                words = ", ".join(map(str, counts))
                remarks.append(f"the tab is in {words}: all of it is written in {tuning}, at the same pitches")
            return tuning, kept
    raise InputError(f"the tab is in {', '.join(map(str, counts))}, and none of them has all its notes: split the tab")


def _restrung(bar: StrokeBar, own: Tuning, tuning: Tuning) -> StrokeBar | None:
    """A bar in another tuning at the same pitches; None: it has no strings for them."""
    if own.pitches == tuning.pitches:
        return bar
    moved: list[Stroke] = []
    taken: set[tuple[int, int]] = set()
    for stroke in bar.strokes:
        string = next((s for s in _strings(stroke, tuning) if (stroke.column, s) not in taken), None)
        if string is None:
            return None
        taken.add((stroke.column, string))
        open_pitch = tuning.pitches[string - 1]
        dead = stroke.fret is None
        moved.append(
            replace(
                stroke,
                string=string,
                pitch=open_pitch if dead else stroke.pitch,
                fret=None if dead else stroke.pitch - open_pitch,
            )
        )
    return replace(bar, strokes=tuple(sorted(moved, key=lambda stroke: (stroke.column, stroke.string))))


def _strings(stroke: Stroke, tuning: Tuning) -> list[int]:
    """Strings that can play a stroke, the one nearest to its own first."""
    fitting = [
        string
        for string, pitch in enumerate(tuning.pitches, start=1)
        if stroke.fret is None or 0 <= stroke.pitch - pitch <= MAX_FRET
    ]
    return sorted(fitting, key=lambda string: abs(string - stroke.string))


def _frames(bars: Sequence[StrokeBar], columns_per_beat: float, remarks: list[str]) -> list[_Frame]:
    exact = is_writable(columns_per_beat)
    if not exact:
        remarks.append(f"{columns_per_beat:g} columns per beat: notes are moved to the nearest 24th of a beat")
    frames, filled = [], 0
    start = Fraction(0)
    for bar in bars:
        onsets = _onsets(bar, Fraction(columns_per_beat), exact=exact)
        length = onsets.pop(bar.width)
        if not _has_signature(length):
            filled += 1
            length = Fraction(math.ceil(length))
        onsets = {column: start + onset for column, onset in onsets.items()}
        frames.append(_Frame(start, start + length, bar, onsets))
        start += length
    if filled:
        remarks.append(f"bars that no time signature holds, filled up with a rest to the next beat: {filled}")
    return frames


def _onsets(bar: StrokeBar, columns_per_beat: Fraction, *, exact: bool) -> dict[int, Fraction]:
    """Columns of strokes, and the one behind the last, in quarter notes from the start of the bar."""
    found: dict[int, Fraction] = {}
    latest = -1
    for column in sorted({*(stroke.column for stroke in bar.strokes), bar.width}):
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


def _sounds(frames: Sequence[_Frame]) -> list[_Sound]:
    """All notes: each lasts until the next begins, as in `timing.timed_notes`."""
    if not frames:
        return []
    onsets = sorted({onset for frame in frames for onset in frame.onsets.values()} | {frames[-1].end})
    following = dict(itertools.pairwise(onsets))
    found = []
    for frame, after in zip(frames, [*frames[1:], frames[-1]], strict=True):
        for stroke in frame.bar.strokes:
            start = frame.onsets[stroke.column]
            end = min(following[start], after.end if stroke.tied else frame.end)
            found.append(_Sound(start, end, stroke, _plain_note(stroke, frame.bar)))
    return found


def _plain_note(stroke: Stroke, bar: StrokeBar) -> ScoreNote:
    """A note with the marks that need no neighbour."""
    return ScoreNote(
        string=stroke.string,
        fret=stroke.fret,
        pitch=stroke.pitch,
        slide_out=_DIRECTIONS.get(stroke.after, ""),
        bend=_bend(stroke, bar) if stroke.after in BENDS else 0,
        vibrato=stroke.after == "~",
        harmonic=stroke.before == "<",
        tap=stroke.before == "t",
        ghost=stroke.before == "(",
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
            elif mark in _DIRECTIONS:
                sound.note = replace(sound.note, slide_in=_DIRECTIONS[mark])
            elif join:
                sound.note = replace(sound.note, left_hand=join)
            before = sound


def _score_bars(frames: Sequence[_Frame], sounds: Sequence[_Sound], dotted: Collection[Fraction]) -> Iterator[ScoreBar]:
    waiting = sorted(sounds, key=lambda sound: -sound.start)
    sounding: list[_Sound] = []
    for start, end in _cuts(frames):
        sounding = [sound for sound in sounding if sound.end > start]
        while waiting and waiting[-1].start < end:
            sounding.append(waiting.pop())
        compound = end - start in dotted
        numerator, denominator = _signature(end - start, compound=compound)
        edges = {edge - start for sound in sounding for edge in (sound.start, sound.end) if start <= edge < end}
        beats = [_beat(start, span, sounding) for span in spans(edges, end - start, compound=compound)]
        yield ScoreBar(numerator, denominator, tuple(beats))


def _cuts(frames: Sequence[_Frame]) -> Iterator[tuple[Fraction, Fraction]]:
    """Where bars start and end; those too wide to be bars are cut."""
    for frame in frames:
        start = frame.start
        while frame.end - frame.start > WIDEST and frame.end - start > _CUT:
            yield start, start + _CUT
            start += _CUT
        yield start, frame.end


def _compound(frames: Sequence[_Frame]) -> set[Fraction]:
    """Lengths of bars that count in dotted quarters: 6/8 and 9/8."""
    lengths = Counter(frame.end - frame.start for frame in frames)
    found = {_IN_TWO} if _in_two([frame for frame in frames if frame.end - frame.start == _IN_TWO]) else set()
    return found | {_NINE_EIGHTHS} & {length for length, _ in lengths.most_common(1)}


def _in_two(frames: Sequence[_Frame]) -> bool:
    """Whether bars of three quarter notes are 6/8: more of them begin a note on their middle than on both beats."""
    bars = [{onset - frame.start for onset in frame.onsets.values()} for frame in frames]
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
