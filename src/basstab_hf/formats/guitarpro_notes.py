"""The notes of a Guitar Pro track as PyGuitarPro reads it -> bars of timed notes with the marks that a tab writes.

Kept: frets and dead notes of both voices, hammer-ons, pull-offs, slides, bends, vibrato, harmonics of every kind, ghost
notes, taps, ties. Of a grace note the mark is kept that leads from it, not its fret. A note has one mark before it and
one after it; of several the first counts: harmonic, hammer-on or slide, tap, ghost; bend, slide out, vibrato.
Left out, because a tab of this project cannot say it: slap and pop, palm mute, let ring, trill, tremolo picking,
accents, whammy bar, and what an overfull bar has beyond its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from basstab_hf.formats.rhythm import TimedBar, TimedNote
from basstab_hf.formats.track import plain

#: Guitar Pro's ticks in a quarter note.
QUARTER = 960
# PyGuitarPro's values: note types, slide types, the tapping of beats, how grace notes lead on.
_NORMAL, _TIE, _DEAD = 1, 2, 3
_SLIDE_ON, _SLIDE_IN, _SLIDE_OUT = (1, 2), {-1: "/", -2: "\\"}, {3: "\\", 4: "/"}
_DOWNWARDS = {"h": "p", "/": "\\"}
_TAPPING = 1
_GRACE_SLIDE, _GRACE_HAMMER = 1, 3


@dataclass(slots=True)
class _Stroke:
    """A note while ties may still make it longer; places in ticks from the start of the piece."""

    bar: int
    start: Fraction
    end: Fraction
    string: int
    fret: int | None
    before: str
    after: str
    leads: str  # how it goes on to the next note on its string: "h" or "/", downwards "p" or "\\"; or ""
    tied: bool = False  # into a later bar


def timed_bars(track: Any) -> list[TimedBar]:
    """The bars of a track; where two voices begin notes on one string together, the first one's stays."""
    notes: list[dict[tuple[Fraction, int], TimedNote]] = [{} for _ in track.measures]
    for voice in range(max((len(measure.voices) for measure in track.measures), default=0)):
        for stroke in _strokes(track, voice):
            onset = (stroke.start - track.measures[stroke.bar].start) / QUARTER
            note = TimedNote(onset, stroke.string, stroke.fret, stroke.before, stroke.after, stroke.tied)
            notes[stroke.bar].setdefault((onset, stroke.string), note)
    return [
        TimedBar(Fraction(measure.length, QUARTER), tuple(found.values()))
        for measure, found in zip(track.measures, notes, strict=True)
    ]


def chord_names(measure: Any) -> Iterator[tuple[Fraction, str]]:
    """Chord names over the beats of a bar that begin inside it, with their onsets in quarter notes."""
    for voice in measure.voices:
        for beat in voice.beats:
            name = plain(beat.effect.chord.name) if beat.effect.chord else ""
            if name and beat.start < measure.end:
                yield Fraction(beat.start - measure.start) / QUARTER, name


def _strokes(track: Any, voice: int) -> list[_Stroke]:
    """The notes of one voice, tied ones joined."""
    found: list[_Stroke] = []
    latest: dict[int, _Stroke] = {}
    capo = max(track.offset, 0)
    for number, measure in enumerate(track.measures):
        for beat in measure.voices[voice].beats:
            if beat.start >= measure.end:
                continue
            for note in beat.notes:
                stroke = _stroke(number, beat, note, capo, latest.get(note.string))
                if stroke is not None:
                    found.append(stroke)
                    latest[note.string] = stroke
    return found


def _stroke(bar: int, beat: Any, note: Any, capo: int, latest: _Stroke | None) -> _Stroke | None:
    """A new note, or None: it prolongs the `latest` on its string, or is nothing that sounds."""
    kind = note.type.value
    start = Fraction(beat.start)
    end = start + beat.duration.time
    touched = latest if latest is not None and latest.end == start else None
    if kind == _TIE and touched is not None:
        touched.end, touched.leads = end, _leads(note)
        touched.after = touched.after or _after(beat, note)
        touched.tied = touched.tied or bar > touched.bar
        return None
    if kind == _TIE and latest is not None:  # a tie over a rest: struck again
        fret = latest.fret
    elif kind in (_NORMAL, _DEAD):
        fret = note.value + capo if kind == _NORMAL else None
    else:
        return None
    if fret is None:
        return _Stroke(bar, start, end, note.string, None, "(" if note.effect.ghostNote else "", "", "")
    before = _before(beat, note, fret - capo, _joined(touched, fret))
    return _Stroke(bar, start, end, note.string, fret, before, _after(beat, note), _leads(note))


def _joined(touched: _Stroke | None, fret: int) -> str:
    """The mark by which the note before goes on to this one."""
    if touched is None or touched.fret is None or not touched.leads or fret == touched.fret:
        return ""
    return touched.leads if fret > touched.fret else _DOWNWARDS[touched.leads]


def _leads(note: Any) -> str:
    if any(slide.value in _SLIDE_ON for slide in note.effect.slides):
        return "/"
    return "h" if note.effect.hammer else ""


def _before(beat: Any, note: Any, value: int, joined: str) -> str:
    effect = note.effect
    slides_in = [_SLIDE_IN[slide.value] for slide in effect.slides if slide.value in _SLIDE_IN]
    marks = [
        "<" if effect.harmonic is not None else "",
        joined,
        *slides_in,
        _from_grace(effect.grace, value) if effect.grace is not None else "",
        "t" if beat.effect.slapEffect.value == _TAPPING else "",
        "(" if effect.ghostNote else "",
    ]
    return next(filter(None, marks), "")


def _from_grace(grace: Any, value: int) -> str:
    mark = {_GRACE_SLIDE: "/", _GRACE_HAMMER: "h"}.get(grace.transition.value, "")
    if not mark or grace.isDead or grace.fret == value:
        return ""
    return mark if grace.fret < value else _DOWNWARDS[mark]


def _after(beat: Any, note: Any) -> str:
    effect = note.effect
    if effect.bend is not None:
        return "b"
    out = [_SLIDE_OUT[slide.value] for slide in effect.slides if slide.value in _SLIDE_OUT]
    return out[0] if out else "~" if effect.vibrato or beat.effect.vibrato else ""
