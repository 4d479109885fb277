"""Notes as they are played: when a string is struck, how its pitch moves. MIDI, sound and practice page share this.

Input: a `Tab` and `WriteSettings`. Output: `Gesture`s, times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from basstab_hf.formats.settings import WriteSettings
from basstab_hf.tab import Note, Tab
from basstab_hf.timing import Stroke, beats, stroke_bars, timed_notes

#: Loudness beside a plain note's, by how a note is played.
LOUDNESS = {"dead note": 0.5, "ghost note": 0.4, "hammer-on": 0.8, "pull-off": 0.75, "slide": 0.85}
#: Marks that lead to a note by moving the pitch, and by hitting or pulling the string.
GLIDES, HAMMERS = frozenset("/\\b^r"), frozenset("hp")
_SLIDES, _BENDS = frozenset("/\\"), frozenset("b^")
#: A dead note is a click of so many seconds.
DEAD_SECONDS = 0.06
# How long a hand takes, in seconds, at most half of the note that it leaves or reaches.
_GLIDE, _SLIDE_IN, _SLIDE_OUT, _BEND = 0.14, 0.08, 0.16, 0.18
_WHOLE_TONE = 2  # semitones: what a bend goes up where no goal is written
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
    """

    note: Note
    onset: float
    duration: float
    mark: str = ""
    loudness: float = 1.0
    curve: _Corners = ()
    vibrato: bool = False

    @property
    def pitch(self) -> int:
        return self.note.pitch

    @property
    def dead(self) -> bool:
        return "dead note" in self.note.techniques


def gestures(tab: Tab, settings: WriteSettings) -> tuple[Gesture, ...]:
    """The notes of a tab in order of onset, then from the highest string down."""
    found: list[Gesture] = []
    last: dict[int, tuple[int, Stroke]] = {}  # string -> place of its last gesture, and how it was written
    notes = timed_notes(tab, settings.columns_per_beat)
    strokes = (stroke for system in stroke_bars(tab) for bar in system for stroke in bar.strokes)
    for note, stroke in zip(notes, strokes, strict=True):
        place, before = last.get(note.string, (-1, None))
        mark = ""
        if before is not None and not found[place].dead and _gap(found[place].note, note) <= _RINGS_ON:
            mark = _leading_mark(found[place], before, stroke)
        gesture = _gesture(note, stroke, mark, 60 / settings.tempo)
        if gesture.mark:
            ringing = replace(found[place], duration=gesture.onset - found[place].onset)
            found[place] = _led_on(ringing, gesture)
        last[note.string] = len(found), stroke
        found.append(gesture)
    return tuple(found)


def length(tab: Tab, settings: WriteSettings) -> float:
    """Seconds that a tab takes, without the ringing of its last note."""
    return beats(tab, settings.columns_per_beat) * 60 / settings.tempo


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
    if stroke.before in _SLIDES | HAMMERS:
        return stroke.before
    beside = stroke.printed == before.printed + len(str(before.fret)) + 1
    if beside and before.after in _BENDS and stroke.front in _BENDS:
        return stroke.front
    return "r" if beside and stroke.front == "r" and origin.mark in _BENDS else ""


def _gesture(note: Note, stroke: Stroke, mark: str, second: float) -> Gesture:
    """A note by itself, `second` seconds a beat."""
    dead = stroke.fret is None
    duration = note.duration * second
    plain = Gesture(
        note=note,
        onset=note.onset * second,
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
    if stroke.before in _SLIDES and not gesture.mark:
        run_up = min(_RUN_UP, fret) if stroke.before == "/" else -_RUN_UP
        corners += [(0.0, -float(run_up)), (min(_SLIDE_IN, half), 0.0)]
    if stroke.after in _BENDS:
        start = corners[-1][0] if corners else 0.0
        corners += [(start, 0.0), (start + min(_BEND, half), float(_WHOLE_TONE))]
    elif stroke.after in _SLIDES:
        goal = _RUN_OUT if stroke.after == "/" else -min(_RUN_OUT, fret)
        corners += [(gesture.duration - min(_SLIDE_OUT, half), 0.0), (gesture.duration, float(goal))]
    return tuple(corners)


def _led_on(origin: Gesture, goal: Gesture) -> Gesture:
    """A gesture whose pitch reaches that of the next one when that begins; hammers and pulls reach it at once."""
    if goal.mark not in GLIDES:
        return origin
    start = origin.duration - min(_GLIDE, origin.duration / 2)
    own = () if goal.mark in _BENDS else origin.curve
    level = own[-1][1] if own else 0.0
    return replace(origin, curve=(*own, (start, level), (origin.duration, float(goal.pitch - origin.pitch))))
