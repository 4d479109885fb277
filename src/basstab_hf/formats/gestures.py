"""Notes as they are played: when a string is struck, how its pitch moves. MIDI, sound and practice page share this.

Input: a `Tab` and `WriteSettings`. Output: `Gesture`s, times in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.formats.bar_marks import STRUCK, bar_marks, struck
from basstab_hf.formats.clock import Clock, played_bars
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.rhythm.form import played
from basstab_hf.tab.marks import BENDS, HAMMERS, SLIDE_UP, SLIDES
from basstab_hf.tab.timing import Stroke, StrokeBar, notes_of
from basstab_hf.tab.values import Note, Tab

#: Loudness beside a plain note's, by how a note is played.
LOUDNESS = {"dead note": 0.5, "ghost note": 0.4, "hammer-on": 0.8, "pull-off": 0.75, "slide": 0.85}
#: Marks that lead to a note by moving the pitch.
GLIDES = SLIDES | BENDS | {"r"}
#: A dead note is a click of so many seconds.
DEAD_SECONDS = 0.06
# How long a hand takes, in seconds, at most half of the note that it leaves or reaches.
_GLIDE, _SLIDE_IN, _SLIDE_OUT, _BEND = 0.14, 0.08, 0.16, 0.18
_WHOLE_TONE = 2  # semitones: what a bend goes up where no goal is written
# Semitones from the open string to the natural harmonic over a fret: the third to the sixth partial.
_HARMONICS = {3: 31, 4: 28, 5: 24, 7: 19, 9: 28, 12: 12, 16: 28, 19: 19, 24: 24}
_RUN_UP, _RUN_OUT = 2, 5  # frets from which a slide comes, and over which it goes away
#: A string that a mark leads on rings until then, though other strings are played in between, for so many beats.
_RINGS_ON = 2.0

_Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Gesture:
    """A note as it is played.

    `curve` has corners (seconds after the onset, semitones from `pitch`) with straight lines between; before the first
    and after the last it is level; no corners: steady. `mark` is what leads to it from the gesture before on its
    string, which then ends where this one begins: h p / \\ b ^, r for the release of a bend, "" for a new stroke.
    `struck` is "slap" or "pop" where a letter says so.
    """

    note: Note
    onset: float
    duration: float
    mark: str = ""
    loudness: float = 1.0
    curve: _Corners = ()
    vibrato: bool = False
    struck: str = ""

    @property
    def pitch(self) -> int:
        """Where it sounds: a harmonic above its fret, all other notes at it."""
        is_harmonic = "harmonic" in self.note.techniques
        return self.note.pitch + is_harmonic * (_HARMONICS.get(self.note.fret, self.note.fret) - self.note.fret)

    @property
    def dead(self) -> bool:
        return "dead note" in self.note.techniques


def gestures(tab: Tab, settings: WriteSettings) -> tuple[Gesture, ...]:
    """The notes of a tab as it is played, repeats and all, in order of onset, then from the highest string down."""
    found: list[Gesture] = []
    last: dict[int, tuple[int, Stroke]] = {}  # string -> place of its last gesture, and how it was written
    bars = played_bars(tab, settings)
    notes = notes_of(bars, settings.columns_per_beat)
    clock = Clock.of(tab, settings)
    if settings.time.swing:
        notes = tuple(map(_swung, notes))
    strokes = (stroke for bar in bars for stroke in bar.strokes)
    for note, stroke, letter in zip(notes, strokes, _letters(tab, bars, settings), strict=True):
        place, before = last.get(note.string, (-1, None))
        mark = ""
        if before is not None and not found[place].dead and _gap(found[place].note, note) <= _RINGS_ON:
            mark = _leading_mark(found[place], before, stroke)
        gesture = replace(_gesture(note, stroke, mark, clock), struck=STRUCK.get(letter, ""))
        if gesture.mark:
            ringing = replace(found[place], duration=gesture.onset - found[place].onset)
            found[place] = _led_on(ringing, gesture)
        last[note.string] = len(found), stroke
        found.append(gesture)
    return tuple(found)


def length(tab: Tab, settings: WriteSettings) -> float:
    """Seconds that a tab takes, without the ringing of its last note."""
    return Clock.of(tab, settings).length


def _letters(tab: Tab, bars: Sequence[StrokeBar], settings: WriteSettings) -> Iterator[str]:
    """The slap letter of each stroke of some bars as they are played, "" for none; in front of a note, or beside it."""
    scale = Fraction(settings.columns_per_beat)
    for bar, marks in zip(bars, played(settings.time.form, bar_marks(tab, settings)), strict=True):
        onsets = {stroke.column / scale for stroke in bar.strokes} if marks.letters else ()
        letters = struck(onsets, marks.letters, scale)
        for stroke in bar.strokes:
            yield letters.get(stroke.column / scale, stroke.front) if letters else stroke.front


def _swung(note: Note) -> Note:
    """A note in swing: the first half of a beat lasts two thirds of it."""
    onset, end = swung(note.onset), swung(note.onset + note.duration)
    return replace(note, onset=onset, duration=end - onset)


def swung(beat: float) -> float:
    """When a beat (quarter notes from the start) is played in swing."""
    whole, part = divmod(beat, 1)
    return whole + (part * 4 / 3 if part <= 0.5 else (part + 0.5) * 2 / 3)


def pitch_at(gesture: Gesture, seconds: float) -> float:
    """Semitones from the gesture's pitch at a time after its onset, vibrato left out."""
    before = (0.0, gesture.curve[0][1]) if gesture.curve else (0.0, 0.0)
    for corner in gesture.curve:
        if seconds < corner[0]:
            share = (seconds - before[0]) / (corner[0] - before[0])
            return before[1] + share * (corner[1] - before[1])
        before = corner
    return before[1]


def _gap(before: Note, note: Note) -> float:
    """Beats between the end of a note and another one."""
    return note.onset - before.onset - before.duration


def _leading_mark(origin: Gesture, before: Stroke, stroke: Stroke) -> str:
    """The mark that leads from one stroke to the next on its string; bends and releases have their goal beside them."""
    if stroke.fret is None:
        return ""
    if stroke.before in SLIDES | HAMMERS:
        return stroke.before
    beside = stroke.printed == before.printed + len(str(before.fret)) + 1
    if beside and before.after in BENDS and stroke.front in BENDS:
        return stroke.front
    return "r" if beside and stroke.front == "r" and origin.mark in BENDS else ""


def _gesture(note: Note, stroke: Stroke, mark: str, clock: Clock) -> Gesture:
    """A note by itself."""
    dead = stroke.fret is None
    onset = clock.seconds(note.onset)
    duration = clock.seconds(note.onset + note.duration) - onset
    plain = Gesture(
        note=note,
        onset=onset,
        duration=min(duration, DEAD_SECONDS) if dead else duration,
        mark=mark,
        loudness=min((LOUDNESS.get(name, 1.0) for name in note.techniques), default=1.0),
        vibrato="vibrato" in note.techniques and not dead,
    )
    return plain if dead else replace(plain, curve=_own_curve(plain, stroke))


def _own_curve(gesture: Gesture, stroke: Stroke) -> _Corners:
    """Slides from nowhere and to nowhere, bends without a written goal."""
    corners: list[tuple[float, float]] = []
    fret, half = gesture.note.fret, gesture.duration / 2
    if stroke.before in SLIDES and not gesture.mark:
        run_up = min(_RUN_UP, fret) if stroke.before == SLIDE_UP else -_RUN_UP
        corners += [(0.0, -float(run_up)), (min(_SLIDE_IN, half), 0.0)]
    if stroke.after in BENDS:
        start = corners[-1][0] if corners else 0.0
        corners += [(start, 0.0), (start + min(_BEND, half), float(_WHOLE_TONE))]
    elif stroke.after in SLIDES:
        goal = _RUN_OUT if stroke.after == SLIDE_UP else -min(_RUN_OUT, fret)
        corners += [(gesture.duration - min(_SLIDE_OUT, half), 0.0), (gesture.duration, float(goal))]
    return tuple(corners)


def _led_on(origin: Gesture, goal: Gesture) -> Gesture:
    """A gesture whose pitch reaches that of the next one when that begins; hammers and pulls reach it at once."""
    if goal.mark not in GLIDES:
        return origin
    start = origin.duration - min(_GLIDE, origin.duration / 2)
    own = () if goal.mark in BENDS else origin.curve
    level = own[-1][1] if own else 0.0
    return replace(origin, curve=(*own, (start, level), (origin.duration, float(goal.pitch - origin.pitch))))
