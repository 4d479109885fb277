"""Notes as they are played: when a string is struck, how its pitch moves. MIDI, sound and practice page share this.

Input: a `Tab` and `WriteSettings`. Output: `Gesture`s, times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from basstab_hf.formats.settings import WriteSettings
from basstab_hf.tab import Note, Tab
from basstab_hf.timing import beats, timed_notes

#: Loudness beside a plain note's, by how a note is played.
LOUDNESS = {"dead note": 0.5, "ghost note": 0.4, "hammer-on": 0.8, "pull-off": 0.75, "slide": 0.85}
#: A dead note is a click of so many seconds.
DEAD_SECONDS = 0.06
# How long a hand takes, in seconds, at most half of the note that it leaves or reaches.
_GLIDE, _SLIDE_IN, _SLIDE_OUT, _BEND = 0.14, 0.08, 0.16, 0.18
_WHOLE_TONE = 2  # semitones: what a bend goes up where no goal is written
_RUN_UP, _RUN_OUT = 2, 5  # frets from which a slide comes, and over which it goes away
_GLIDES = frozenset("/\\b^r")
#: A string that a mark leads on rings until then, though other strings are played in between, for so many beats.
_RINGS_ON = 2.0


@dataclass(frozen=True, slots=True)
class Gesture:
    """A note as it is played.

    `curve` has corners (seconds after the onset, semitones from `pitch`) with straight lines between; before the first
    and after the last it is level; no corners: steady. `legato`: the string swings on from the gesture before it on the
    same string, which ends where this one begins.
    """

    note: Note
    onset: float
    duration: float
    loudness: float = 1.0
    curve: tuple[tuple[float, float], ...] = ()
    vibrato: bool = False
    legato: bool = False

    @property
    def pitch(self) -> int:
        return self.note.pitch

    @property
    def dead(self) -> bool:
        return "dead note" in self.note.techniques


def gestures(tab: Tab, settings: WriteSettings) -> tuple[Gesture, ...]:
    """The notes of a tab in order of onset, then from the highest string down."""
    found: list[Gesture] = []
    last: dict[int, int] = {}  # string -> place of its last gesture
    for note in timed_notes(tab, settings.columns_per_beat):
        place = last.get(note.string)
        origin = None if place is None else found[place]
        gesture = _gesture(note, origin, 60 / settings.tempo)
        if place is not None and gesture.legato:
            ringing = replace(found[place], duration=gesture.onset - found[place].onset)
            found[place] = _led_on(ringing, gesture)
        last[note.string] = len(found)
        found.append(gesture)
    return tuple(found)


def length(tab: Tab, settings: WriteSettings) -> float:
    """Seconds that a tab takes, without the ringing of its last note."""
    return beats(tab, settings.columns_per_beat) * 60 / settings.tempo


def _gesture(note: Note, origin: Gesture | None, second: float) -> Gesture:
    """A note after the last one on its string, `second` seconds a beat."""
    dead = "dead note" in note.techniques
    duration = note.duration * second
    rings = origin is not None and not origin.dead and _gap(origin.note, note) <= _RINGS_ON
    plain = Gesture(
        note=note,
        onset=note.onset * second,
        duration=min(duration, DEAD_SECONDS) if dead else duration,
        loudness=min((LOUDNESS.get(name, 1.0) for name in note.techniques), default=1.0),
        vibrato="vibrato" in note.techniques and not dead,
        legato=bool(note.before) and rings and not dead,
    )
    return plain if dead else replace(plain, curve=_own_curve(note, duration, legato=plain.legato))


def _gap(before: Note, note: Note) -> float:
    """Beats between the end of a note and another one."""
    return note.onset - before.onset - before.duration


def _own_curve(note: Note, duration: float, *, legato: bool) -> tuple[tuple[float, float], ...]:
    """Slides from nowhere and to nowhere, bends without a written goal."""
    corners: list[tuple[float, float]] = []
    if note.before and note.before in "/\\" and not legato:
        run_up = min(_RUN_UP, note.fret) if note.before == "/" else -_RUN_UP
        corners += [(0.0, -float(run_up)), (min(_SLIDE_IN, duration / 2), 0.0)]
    if note.after and note.after in "b^":
        start = corners[-1][0] if corners else 0.0
        corners += [(start, 0.0), (start + min(_BEND, duration / 2), float(_WHOLE_TONE))]
    elif note.after and note.after in "/\\":
        goal = _RUN_OUT if note.after == "/" else -min(_RUN_OUT, note.fret)
        corners += [(duration - min(_SLIDE_OUT, duration / 2), 0.0), (duration, float(goal))]
    return tuple(corners)


def _led_on(origin: Gesture, goal: Gesture) -> Gesture:
    """A gesture whose pitch reaches that of the next one when that begins; hammers and pulls reach it at once."""
    if goal.note.before not in _GLIDES:
        return origin
    start = origin.duration - min(_GLIDE, origin.duration / 2)
    level = origin.curve[-1][1] if origin.curve else 0.0
    reached = (origin.duration, float(goal.pitch - origin.pitch))
    return replace(origin, curve=(*origin.curve, (start, level), reached))


def pitch_at(gesture: Gesture, seconds: float) -> float:
    """Semitones from the gesture's pitch at a time after its onset, vibrato left out."""
    before = (0.0, gesture.curve[0][1]) if gesture.curve else (0.0, 0.0)
    for corner in gesture.curve:
        if seconds < corner[0]:
            share = (seconds - before[0]) / (corner[0] - before[0])
            return before[1] + share * (corner[1] - before[1])
        before = corner
    return before[1]
