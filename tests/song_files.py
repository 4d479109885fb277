"""Songs for the tests of `listen`, written here: guitar, drums and bass as Guitar Pro, MIDI and MusicXML files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import guitarpro as gp
import mido

from basstab_hf.formats.track import Track
from basstab_hf.formats.track import Track as BassTrack
from basstab_hf.tab.values import Tab

GUITAR, BASS = (64, 59, 55, 50, 45, 40), (43, 38, 33, 28)
#: Shapes of chords from the lowest of six strings up; None: not struck.
SHAPES = {
    "Em": (0, 2, 2, 0, 0, 0),
    "C": (None, 3, 2, 0, 1, 0),
    "G": (3, 2, 0, 0, 0, 3),
    "D": (None, None, 0, 2, 3, 2),
    "Am": (None, 0, 2, 2, 1, 0),
    "F": (1, 3, 3, 2, 1, 1),
    "E5": (0, 2, 2, None, None, None),
}
#: One bar of 4/4 each: eighths on the open E string.
EIGHTHS = "G|----------------|\nD|----------------|\nA|----------------|\nE|0-0-0-0-0-0-0-0-|"


def pitches(name: str) -> list[int]:
    """The pitches of a chord, the lowest first."""
    strings = zip(reversed(GUITAR), SHAPES[name], strict=True)
    return [open_string + fret for open_string, fret in strings if fret is not None]


def bass_of(n_bars: int, **time: Any) -> Track:
    """A bass in eighths, sixteen columns a bar."""
    one = [line.split("|") for line in EIGHTHS.splitlines()]
    text = "\n".join(f"{label}|" + "|".join([body] * n_bars) + "|" for label, body, _ in one)
    return BassTrack(Tab.parse(text), "Bass", 100.0, "4/4", (), 4, **time)


# Guitar Pro


def beat(voice: Any, value: int, notes: Sequence[tuple[int, int]] = (), chord: str = "") -> Any:
    """A beat of (string, fret)s."""
    made = gp.Beat(voice, duration=gp.Duration(value))
    made.status = gp.BeatStatus.normal if notes else gp.BeatStatus.rest
    made.notes = [gp.Note(made, value=fret, string=string, type=gp.NoteType.normal) for string, fret in notes]
    if chord:
        made.effect.chord = gp.Chord(6, name=chord, firstFret=1, newFormat=True, show=True)
    return made


def guitar_pro(
    chords: Sequence[str],
    *,
    printed: Sequence[str] = (),
    bass: Sequence[int] = (),
    markers: dict[int, str] | None = None,
    repeats: Sequence[int] = (),
    strings: Sequence[int] = GUITAR,
    version: tuple[int, int, int] = (5, 1, 0),
) -> bytes:
    """Guitar in quarter notes, a chord a bar, kick on one and three, snare on two and four.

    Args:
        printed: the names over the bars.
        bass: frets on the lowest string, a bar each, in quarter notes.
        repeats: numbers of the bars that are played twice.
    """
    song = gp.Song(title="A song", artist="Nobody", tempo=96, tracks=[], measureHeaders=[])
    kinds = [("Guitar", tuple(strings), 27, 0), ("Drums", (0,) * 6, 0, 9)]
    kinds += [("Low end", BASS, 33, 4)] if bass else []
    for number, (name, tuning, program, channel) in enumerate(kinds, start=1):
        track = gp.Track(song, number=number, name=name, strings=[], measures=[])
        track.strings = [gp.GuitarString(place, pitch) for place, pitch in enumerate(tuning, start=1)]
        track.channel = gp.MidiChannel(channel=channel, effectChannel=channel, instrument=program)
        track.isPercussionTrack = channel == 9
        song.tracks.append(track)
    start = gp.Duration.quarterTime
    for number, name in enumerate(chords):
        header = gp.MeasureHeader(number=number + 1, start=start)
        if number in repeats:
            header.isRepeatOpen, header.repeatClose = True, 1
        if markers and number in markers:
            header.marker = gp.Marker(title=markers[number])
        song.measureHeaders.append(header)
        start += header.length
        for track in song.tracks:
            measure = gp.Measure(track, header)
            voice = measure.voices[0]
            told = printed[number] if printed and track.name == "Guitar" else ""
            voice.beats = [
                beat(voice, 4, _struck(track.name, name, quarter, bass, number), told * (not quarter))
                for quarter in range(4)
            ]
            track.measures.append(measure)
    written = io.BytesIO()
    gp.write(song, written, version=version, encoding="latin-1")
    return written.getvalue()


def _struck(track: str, name: str, quarter: int, bass: Sequence[int], number: int) -> list[tuple[int, int]]:
    if track == "Drums":
        return [(5, 36)] if quarter % 2 == 0 else [(4, 38)]
    if track == "Low end":
        return [(4, bass[number])]
    return [(6 - place, fret) for place, fret in enumerate(SHAPES[name]) if fret is not None] if name else []


# MIDI


def midi(
    chords: Sequence[str], *, bass: Sequence[int] = (), shift: int = 0, marks: dict[int, str] | None = None
) -> bytes:
    """The same as MIDI, 480 ticks a beat; `shift` ticks late, as people play; `bass` are pitches."""
    file = mido.MidiFile(ticks_per_beat=480)
    head = [(0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(96)))]
    head += [(number * 1920, mido.MetaMessage("marker", text=text)) for number, text in (marks or {}).items()]
    file.tracks.append(_track("A song", head))
    guitar: list[Any] = [(0, mido.Message("program_change", program=27, channel=0))]
    drums: list[Any] = []
    low: list[Any] = [(0, mido.Message("program_change", program=33, channel=1))]
    for number, name in enumerate(chords):
        for quarter in range(4):
            tick = number * 1920 + quarter * 480 + shift
            guitar += _notes(tick, pitches(name) if name else [], 0)
            drums += _notes(tick, [36 if quarter % 2 == 0 else 38], 9)
            low += _notes(tick, bass[number : number + 1], 1)
    file.tracks += [_track("Guitar", guitar), _track("Drums", drums)]
    file.tracks += [_track("Low end", low)] if bass else []
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def _notes(tick: int, struck: Sequence[int], channel: int) -> list[Any]:
    on = [(tick, mido.Message("note_on", note=pitch, velocity=90, channel=channel)) for pitch in struck]
    return on + [(tick + 400, mido.Message("note_off", note=pitch, velocity=0, channel=channel)) for pitch in struck]


def _track(name: str, events: Sequence[Any]) -> Any:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track


# MusicXML


def musicxml(chords: Sequence[str], *, bass: Sequence[str] = (), names: bool = False) -> bytes:
    """The same as MusicXML, a chord a bar in whole notes; `bass` are steps; with `names` chords are printed."""
    parts = [("P1", "Guitar", 28), ("P2", "Drums", 1)] + ([("P3", "Bass guitar", 34)] if bass else [])
    listed = "".join(
        f'<score-part id="{number}"><part-name>{name}</part-name><midi-instrument id="{number}-I1">'
        f"<midi-program>{program}</midi-program></midi-instrument></score-part>"
        for number, name, program in parts
    )
    bars: dict[str, str] = {number: "" for number, _, _ in parts}
    steps = ("C", "C", "D", "E", "E", "F", "F", "G", "A", "A", "B", "B")
    alters = (0, 1, 0, -1, 0, 0, 1, 0, -1, 0, -1, 0)
    for number, name in enumerate(chords, start=1):
        opening = f'<measure number="{number}">'
        if number == 1:
            opening += (
                "<attributes><divisions>2</divisions><key><fifths>1</fifths></key>"
                "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
            )
        struck = "".join(
            f"<note>{'<chord/>' if place else ''}<pitch><step>{steps[pitch % 12]}</step>"
            f"<alter>{alters[pitch % 12]}</alter><octave>{pitch // 12 - 1}</octave></pitch>"
            "<duration>8</duration></note>"
            for place, pitch in enumerate(pitches(name))
        )
        harmony = ""
        if names:
            kind = "minor" if name.endswith("m") else "major"
            harmony = f"<harmony><root><root-step>{name[0]}</root-step></root><kind>{kind}</kind></harmony>"
        bars["P1"] += f"{opening}{harmony}{struck}</measure>"
        stroke = (
            "<note><unpitched><display-step>{}</display-step><display-octave>{}</display-octave></unpitched>"
            "<duration>2</duration></note>"
        )
        bars["P2"] += opening + (stroke.format("F", 4) + stroke.format("C", 5)) * 2 + "</measure>"
        if bass:
            note = (
                f"<note><pitch><step>{bass[number - 1]}</step><octave>2</octave></pitch><duration>8</duration></note>"
            )
            bars["P3"] += f"{opening}{note}</measure>"
    body = "".join(f'<part id="{number}">{measures}</part>' for number, measures in bars.items())
    heading = "<work><work-title>A song</work-title></work>"
    return f'<score-partwise version="4.0">{heading}<part-list>{listed}</part-list>{body}</score-partwise>'.encode()


def onsets(part: Any) -> list[tuple[Fraction, int]]:
    """Onset and pitch of the notes of a part."""
    return [(note.onset, note.pitch) for note in part.notes]
