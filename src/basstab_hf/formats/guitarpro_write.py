"""Tabs as Guitar Pro 5 files (.gp5), through PyGuitarPro: one bass track, the notation of `score.Score`.

Input: a tab. Output: a file that Guitar Pro, TuxGuitar, MuseScore and alphaTab open. The format counts tempo in whole
beats a minute and knows no hammer-on from nowhere. Names are UTF-8, which alphaTab and TuxGuitar read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from basstab_hf import files
from basstab_hf.errors import MissingExtraError
from basstab_hf.formats.note_values import NoteValue
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Beat, Score, ScoreNote
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import one_line
from basstab_hf.tab.values import Tab

#: Names in a file, in bytes.
_LONGEST_NAME, _LONGEST_CHORD = 255, 21
#: Times that an ending can name.
_MOST_ENDINGS = 8


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .gp5 file; returns remarks.

    Raises:
        InputError: `score.to_score` cannot write the tab.
        MissingExtraError: PyGuitarPro is not installed.
    """
    try:
        import guitarpro
    except ImportError as error:
        raise MissingExtraError("PyGuitarPro", "export") from error
    score = to_score(tab, settings)
    with files.writing(path, force=force) as temporary:
        guitarpro.write(to_song(score), str(temporary), version=(5, 1, 0), encoding="utf-8")
    remarks = score.remarks
    tempos = [score.tempo, *(beat.tempo for bar in score.bars for beat in bar.beats if beat.tempo is not None)]
    long = {
        name
        for bar in score.bars
        for beat in bar.beats
        if len((name := one_line(beat.chord)).encode()) > _LONGEST_CHORD
    }
    if long:
        remarks += (f"names of chords are cut after {_LONGEST_CHORD} bytes: {', '.join(sorted(long))}",)
    for tempo in dict.fromkeys(tempo for tempo in tempos if tempo != round(tempo)):
        remarks += (f"tempo {tempo:g} is written as {round(tempo)}: the format knows no parts of a beat",)
    return remarks


def to_song(score: Score) -> Any:
    """A score as PyGuitarPro's Song of one track."""
    import guitarpro as gp

    song = gp.Song(
        title=_name(score.title), artist=_name(score.artist), tempo=round(score.tempo), tracks=[], measureHeaders=[]
    )
    song.notice = [f"{score.told_grid} columns a beat"] if score.told_grid else []
    track = gp.Track(song, name="Bass", fretCount=24, strings=[], measures=[])
    track.strings = [gp.GuitarString(number, pitch) for number, pitch in enumerate(score.tuning.pitches, start=1)]
    track.channel.instrument = score.program
    song.tracks.append(track)
    start = gp.Duration.quarterTime
    for number, bar in enumerate(score.bars, start=1):
        signature = gp.TimeSignature(bar.numerator, gp.Duration(bar.denominator))
        header = gp.MeasureHeader(number=number, start=start, timeSignature=signature)
        header.isRepeatOpen = bar.sign.opens
        header.repeatClose = bar.sign.closes - 1 if bar.sign.closes else -1
        header.tripletFeel = gp.TripletFeel.eighth if score.swing else gp.TripletFeel.none
        header.repeatAlternative = sum(1 << time - 1 for time in bar.sign.endings if time <= _MOST_ENDINGS)
        if name := _name(bar.section):
            header.marker = gp.Marker(title=name)
        start += header.length
        song.measureHeaders.append(header)
        track.measures.append(measure(track, header, bar.beats))
    return song


def _name(text: str) -> str:
    return one_line(text).encode()[:_LONGEST_NAME].decode(errors="ignore")


def measure(track: Any, header: Any, beats: Sequence[Beat]) -> Any:
    """A bar of a track of PyGuitarPro's, filled by its beats."""
    import guitarpro as gp

    made = gp.Measure(track, header)
    made.voices[0].beats = [_beat(made.voices[0], beat) for beat in beats]
    return made


def _beat(voice: Any, beat: Beat) -> Any:
    import guitarpro as gp

    made = gp.Beat(voice, duration=_duration(beat.value))
    made.status = gp.BeatStatus.normal if beat.notes else gp.BeatStatus.rest
    made.notes = [_note(made, note) for note in beat.notes]
    if name := one_line(beat.chord).encode()[:_LONGEST_CHORD].decode(errors="ignore"):
        made.effect.chord = gp.Chord(
            len(voice.measure.track.strings), name=name, firstFret=1, newFormat=True, show=True
        )
    if beat.tempo is not None:
        made.effect.mixTableChange = gp.MixTableChange(tempo=gp.MixTableItem(value=round(beat.tempo)), hideTempo=False)
    struck = {note.struck for note in beat.notes if not note.tied}
    if any(note.tap for note in beat.notes):
        made.effect.slapEffect = gp.SlapEffect.tapping
    elif struck & {"slap", "pop"}:
        made.effect.slapEffect = gp.SlapEffect.slapping if "slap" in struck else gp.SlapEffect.popping
    return made


def _duration(value: NoteValue) -> Any:
    import guitarpro as gp

    tuplet = gp.Tuplet(value.tuplet, value.normal)
    return gp.Duration(value=value.denominator, isDotted=value.dots == 1, tuplet=tuplet)


def _note(beat: Any, note: ScoreNote) -> Any:
    import guitarpro as gp

    made = gp.Note(beat, value=note.fret or 0, string=note.string)
    made.type = gp.NoteType.tie if note.tied else gp.NoteType.dead if note.dead else gp.NoteType.normal
    effect = made.effect
    effect.hammer = note.leads in ("hammer-on", "pull-off")
    effect.ghostNote = note.ghost
    effect.vibrato = note.vibrato
    effect.slides = _slides(note)
    effect.harmonic = gp.NaturalHarmonic() if note.harmonic else None
    effect.bend = _bend(note.bend) if note.bend else None
    return made


def _slides(note: ScoreNote) -> list[Any]:
    from guitarpro import SlideType

    into = {"up": [SlideType.intoFromBelow], "down": [SlideType.intoFromAbove]}
    out = {"up": [SlideType.outUpwards], "down": [SlideType.outDownwards]}
    leads = [SlideType.legatoSlideTo] if note.leads == "slide" else []
    return [*into.get(note.slide_in, []), *leads, *out.get(note.slide_out, [])]


def _bend(semitones: int) -> Any:
    """A bend that reaches its height halfway through the note and stays."""
    import guitarpro as gp

    quarters = semitones * 2
    half, end = gp.BendEffect.maxPosition // 2, gp.BendEffect.maxPosition
    points = [gp.BendPoint(0, 0), gp.BendPoint(half, quarters), gp.BendPoint(end, quarters)]
    return gp.BendEffect(type=gp.BendType.bend, value=semitones * 50, points=points)
