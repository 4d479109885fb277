"""The notes of a Guitar Pro track as PyGuitarPro reads it -> bars of notes as all readers give them.

Kept: frets and dead notes of all voices, hammer-ons, pull-offs, slides, bends, vibrato, harmonics of every kind, ghost
notes, taps, ties, chord names. Of a grace note the mark is kept that leads from it, not its fret. Left out and counted,
because a tab of this project cannot say it: what `_BEAT_EFFECTS` and `_NOTE_EFFECTS` name, and what an overfull bar has
beyond its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from basstab_hf.formats.from_score import ReadBar, ReadNote
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.song import Content
from basstab_hf.formats.song_form import SongBar
from basstab_hf.formats.track import plain
from basstab_hf.tab.marks import DOWNWARDS, HAMMER, SLIDE_UP

#: Guitar Pro's ticks in a quarter note.
QUARTER = 960
#: Notes that begin behind the end of their bar.
BEYOND = "notes beyond the end of their bar"
#: The frets of grace notes, which are left out.
GRACES = "frets of grace notes"
# PyGuitarPro's values: note types, slide types, what beats are struck with, how grace notes lead on.
_NORMAL, _TIE, _DEAD = 1, 2, 3
_SLIDE_ON, _SLIDE_IN, _SLIDE_OUT = (1, 2), {-1: "up", -2: "down"}, {3: "down", 4: "up"}
_TAPPING, _STRUCK = 1, {2: "slap", 3: "pop"}
_GRACE_LEADS = {1: SLIDE_UP, 3: HAMMER}
# Attributes of effects -> names for the user.
_BEAT_EFFECTS = {"tremoloBar": "whammy bar", "fadeIn": "fade in"}
_NOTE_EFFECTS = {
    "palmMute": "palm mute",
    "letRing": "let ring",
    "staccato": "staccato",
    "accentuatedNote": "accents",
    "heavyAccentuatedNote": "accents",
    "trill": "trills",
    "tremoloPicking": "tremolo picking",
    "grace": GRACES,
}


def grace_mark(leads: str, fret: int, goal: int) -> str:
    """The mark by which a grace note on a fret leads (`HAMMER` or `SLIDE_UP`) to a note on another."""
    if not leads or fret == goal:
        return ""
    return leads if fret < goal else DOWNWARDS[leads]


def read_part(track: Any, headers: tuple[SongBar, ...]) -> Content:
    """The bars of a track; of notes that begin together on one string the first voice's counts."""
    left_out: list[tuple[int, str]] = []
    bars = []
    for number, (measure, header) in enumerate(zip(track.measures, headers, strict=True)):
        notes: list[ReadNote] = []
        for voice in measure.voices:
            for beat in voice.beats:
                if beat.start >= measure.end:
                    left_out += [(number, BEYOND)] * len(beat.notes)
                    continue
                notes += _notes(track, measure, beat)
                left_out += [(number, name) for name in _left_out(beat)]
        bars.append(ReadBar(header.signature, header.length, tuple(notes), tuple(_chords(measure))))
    return Content(tuple(bars), tuple(left_out))


def _chords(measure: Any) -> Iterator[tuple[Fraction, str]]:
    """Chord names over the beats of a bar that begin inside it, with their onsets in quarter notes."""
    for voice in measure.voices:
        for beat in voice.beats:
            name = plain(beat.effect.chord.name) if beat.effect.chord else ""
            if name and beat.start < measure.end:
                yield Fraction(beat.start - measure.start) / QUARTER, name


def _notes(track: Any, measure: Any, beat: Any) -> Iterator[ReadNote]:
    onset = Fraction(beat.start - measure.start) / QUARTER
    length = Fraction(beat.duration.time) / QUARTER
    for note in beat.notes:
        if note.type.value in (_NORMAL, _TIE, _DEAD):
            yield ReadNote(onset, length, _note(track, beat, note), _grace(note))


def _grace(note: Any) -> str:
    grace = note.effect.grace
    if grace is None or grace.isDead or note.type.value != _NORMAL:
        return ""
    return grace_mark(_GRACE_LEADS.get(grace.transition.value, ""), grace.fret, note.value)


def _note(track: Any, beat: Any, note: Any) -> ScoreNote:
    effect = note.effect
    open_string = track.strings[note.string - 1].value
    if note.type.value == _DEAD:
        struck = _STRUCK.get(beat.effect.slapEffect.value, "")
        return ScoreNote(note.string, None, open_string, ghost=effect.ghostNote, struck=struck)
    fret = note.value + max(track.offset, 0)
    slides = [slide.value for slide in effect.slides]
    return ScoreNote(
        string=note.string,
        fret=fret,
        pitch=open_string + fret,
        tied=note.type.value == _TIE,
        leads="slide" if any(slide in _SLIDE_ON for slide in slides) else "hammer-on" if effect.hammer else "",
        slide_in=next((_SLIDE_IN[slide] for slide in slides if slide in _SLIDE_IN), ""),
        slide_out=next((_SLIDE_OUT[slide] for slide in slides if slide in _SLIDE_OUT), ""),
        bend=max(round(effect.bend.value / 50), 1) if effect.bend is not None else 0,
        vibrato=bool(effect.vibrato or beat.effect.vibrato),
        harmonic=effect.harmonic is not None,
        tap=beat.effect.slapEffect.value == _TAPPING,
        struck=_STRUCK.get(beat.effect.slapEffect.value, ""),
        ghost=effect.ghostNote,
    )


def _left_out(beat: Any) -> Iterator[str]:
    yield from (name for effect, name in _BEAT_EFFECTS.items() if getattr(beat.effect, effect))
    for note in beat.notes:
        yield from (name for effect, name in _NOTE_EFFECTS.items() if getattr(note.effect, effect))
