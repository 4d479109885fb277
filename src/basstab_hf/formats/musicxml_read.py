"""MusicXML -> the notes of its bass part, as a tab. Through defusedxml, which expands no entities.

Input: bytes of a .musicxml, .xml or .mxl (zipped) file. Output: `Track`. The bass part has a TAB staff tuned as a bass,
or the MIDI program or the name of one, or is the only part. Strings and frets are taken where every note has them;
otherwise pitches are fingered as those of MIDI files are. Repeats are written once; grace notes and cues are left out.

music21 reads MusicXML too, but weighs 114 MB, takes a second to start, and loses which string a note is on in chords.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from basstab_hf.errors import InputError, TuningError
from basstab_hf.formats.from_score import ReadBar, ReadNote, read_bars
from basstab_hf.formats.midi_bass import to_tab_track
from basstab_hf.formats.midi_notes import Part, Played, Score, Signature
from basstab_hf.formats.score import ScoreNote
from basstab_hf.formats.track import (
    BASS_PROGRAMS,
    MAX_BARS,
    MAX_BEATS,
    Heading,
    Track,
    TrackError,
    is_bass_name,
    one_line,
)
from basstab_hf.tuning import NAMES, Tuning

#: Largest file, unpacked, in bytes: songs have up to five million.
MAX_BYTES = 30_000_000
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_BASS_BELOW = 40  # the lowest open string of a bass is below E2
_USUAL = {4: "standard", 5: "5-string", 6: "6-string"}
_SLIDES_IN, _SLIDES_OUT = {"scoop": "up", "plop": "down"}, {"doit": "up", "falloff": "down"}
#: What zipfile raises over broken, encrypted and unknown archives.
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
)
_MOST = 10**6  # of any number in a file
#: Under this name a file tells the columns in a beat of its tab, where they are not the usual ones.
GRID_FIELD = "columns-per-beat"


@dataclass(frozen=True, slots=True)
class _Sound:
    """A note as it stands in the file; `note` is None where it has no string and fret."""

    onset: Fraction
    length: Fraction
    staff: str
    pitch: int | None
    tied: bool
    note: ScoreNote | None


@dataclass(slots=True)
class _Bar:
    beats: int
    unit: int
    length: Fraction = Fraction(0)
    sounds: list[_Sound] = field(default_factory=list)


@dataclass(slots=True)
class _Part:
    """A part while it is read."""

    name: str = ""
    program: int | None = None
    divisions: int = 1
    transpose: int = 0
    tempo: float | None = None
    open_strings: dict[int, int] = field(default_factory=dict)  # by line of the staff, the lowest is 1
    bars: list[_Bar] = field(default_factory=list)
    repeats: bool = False

    @property
    def is_bass(self) -> bool:
        if self.open_strings:
            return min(self.open_strings.values()) < _BASS_BELOW
        return is_bass_name(self.name) or self.program in BASS_PROGRAMS

    @property
    def has_notes(self) -> bool:
        return any(bar.sounds for bar in self.bars)


def read_content(content: bytes, name: str) -> Track:
    """The bass part of a file; `name` is what messages call it.

    Raises:
        InputError: no MusicXML, a broken one, or one without a bass part that a tab can say.
    """
    root = _root(_unpacked(content, name), name)
    if root.tag != "score-partwise":
        raise InputError(f"{name} is no MusicXML in parts (score-partwise): save it anew as .musicxml")
    parts = [_read_part(element, root, name) for element in root.iterfind("part")]
    sounding = [part for part in parts if part.has_notes]
    if not sounding:
        raise InputError(f"{name} holds no notes")
    part = next((part for part in sounding if part.is_bass), sounding[0] if len(sounding) == 1 else None)
    if part is None:
        raise InputError(
            f"{name} holds no bass part: one has a TAB staff, says bass in its name or has MIDI program 33"
        )
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    heading = Heading(one_line(title), one_line(_artist(root)), part.name, part.tempo, _told_grid(root))
    track = _to_track(heading, part, name)
    return replace(track, remarks=("repeats are written once",)) if part.repeats else track


def _unpacked(content: bytes, name: str) -> bytes:
    """The score in a zipped file; other content as it is."""
    if content[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = _member(archive, _score_path(_root(_member(archive, "META-INF/container.xml"), name)))
        except _BROKEN_ZIP as error:
            raise InputError(f"{name} is a broken .mxl file: save it anew") from error
    if len(content) > MAX_BYTES:
        raise InputError(f"{name} is too large: MusicXML of up to {MAX_BYTES:,} bytes is read")
    return content


def _score_path(container: Any) -> str:
    """Where a zipped file says that its score is; tags may have a namespace."""
    found = (element for element in container.iter() if str(element.tag).endswith("rootfile"))
    return next((str(element.get("full-path", "")) for element in found), "")


def _member(archive: zipfile.ZipFile, path: str) -> bytes:
    with archive.open(path) as file:
        return file.read(MAX_BYTES + 1)


def _root(content: bytes, name: str) -> Any:
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        return fromstring(content)
    except (ParseError, ValueError, LookupError) as error:
        why = " ".join(str(error).split())[:80] or type(error).__name__
        raise InputError(f"{name} is no readable XML ({why}): save it anew as .musicxml") from error


def _told_grid(root: Any) -> int | None:
    fields = root.iterfind("identification/miscellaneous/miscellaneous-field")
    texts = (field.text or "" for field in fields if field.get("name") == GRID_FIELD)
    return next((int(text) for text in texts if re.fullmatch(r"[0-9]{1,2}", text)), None)


def _artist(root: Any) -> str:
    creators = root.findall("identification/creator")
    return next((found.text or "" for found in creators if found.get("type") in ("artist", "composer")), "")


# A part


def _read_part(element: Any, root: Any, name: str) -> _Part:
    part = _Part()
    for known in root.iterfind("part-list/score-part"):
        if known.get("id") == element.get("id"):
            part.name = one_line(known.findtext("part-name") or "")
            program = known.findtext("midi-instrument/midi-program")
            part.program = _number(program, name) - 1 if program else None
    for measure in element.iterfind("measure"):
        if len(part.bars) == MAX_BARS:
            raise InputError(f"{name} has more than {MAX_BARS:,} bars")
        _read_measure(part, measure, name)
    return part


def _read_measure(part: _Part, measure: Any, name: str) -> None:
    last = part.bars[-1] if part.bars else _Bar(4, 4)
    bar = _Bar(last.beats, last.unit)
    place = onset = end = Fraction(0)
    for element in measure:
        tag = element.tag
        duration = Fraction(_number(element.findtext("duration") or "0", name), part.divisions)
        if tag == "attributes":
            _read_attributes(part, bar, element, name)
        elif tag == "backup":
            place = max(place - duration, Fraction(0))
        elif tag == "forward":
            place += duration
        elif tag == "note" and element.find("grace") is None and element.find("cue") is None:
            if element.find("chord") is None:
                onset, place = place, place + duration
            if element.find("rest") is None:
                bar.sounds.append(_sound(part, element, onset, duration, name))
        elif tag == "barline":
            part.repeats = part.repeats or element.find("repeat") is not None
        if part.tempo is None and tag in ("direction", "sound"):
            part.tempo = _tempo(element)
        end = max(end, place)
    signature = Fraction(bar.beats * 4, bar.unit)
    upbeat = end > 0 and (measure.get("implicit") == "yes" or not part.bars)
    bar.length = end if upbeat or end > signature else signature
    part.bars.append(bar)


def _read_attributes(part: _Part, bar: _Bar, element: Any, name: str) -> None:
    if divisions := element.findtext("divisions"):
        part.divisions = max(_number(divisions, name), 1)
    beats, unit = element.findtext("time/beats"), element.findtext("time/beat-type")
    if beats and unit:
        bar.beats = sum(_number(number, name) for number in beats.split("+")) or 4
        bar.unit = _number(unit, name) or 4
    if (transpose := element.find("transpose")) is not None:
        steps, octaves = transpose.findtext("chromatic") or "0", transpose.findtext("octave-change") or "0"
        part.transpose = _number(steps, name) + 12 * _number(octaves, name)
    for tuning in element.iterfind("staff-details/staff-tuning"):
        line = _number(tuning.get("line", ""), name)
        part.open_strings[line] = _pitch(tuning, "tuning-", name)


def _number(text: str, name: str) -> int:
    """A whole number of a file.

    Raises:
        InputError: something else, or one that no score has.
    """
    try:
        number = round(float(text[:20]))
    except (ValueError, OverflowError) as error:
        raise InputError(f"{name} has {text[:20]!r} where MusicXML has a number: save it anew") from error
    if abs(number) > _MOST:
        raise InputError(f"{name} has the number {number:,}, which no score needs: save it anew")
    return number


def _pitch(element: Any, prefix: str, name: str) -> int:
    step = element.findtext(f"{prefix}step") or ""
    if step not in _STEPS:
        raise InputError(f"{name} has the pitch {step[:20]!r}: C to B are read")
    alter = _number(element.findtext(f"{prefix}alter") or "0", name)
    return _STEPS[step] + alter + 12 * (_number(element.findtext(f"{prefix}octave") or "0", name) + 1)


def _tempo(element: Any) -> float | None:
    sound = element if element.tag == "sound" else element.find("sound")
    texts = [sound.get("tempo") if sound is not None else None]
    if element.findtext("direction-type/metronome/beat-unit") == "quarter":
        texts.append(element.findtext("direction-type/metronome/per-minute"))
    for text in filter(None, texts):
        try:
            return float(text[:20])
        except ValueError:
            continue  # "ca. 120"
    return None


def _sound(part: _Part, element: Any, onset: Fraction, length: Fraction, name: str) -> _Sound:
    pitch = element.find("pitch")
    sounding = _pitch(pitch, "", name) + part.transpose if pitch is not None else None
    tied = any(tie.get("type") == "stop" for tie in element.iterfind("tie"))
    note = _fretted(element, sounding or 0, name)
    if note is not None:
        note = replace(note, tied=tied)
    return _Sound(onset, length, element.findtext("staff") or "1", sounding, tied, note)


def _fretted(element: Any, pitch: int, name: str) -> ScoreNote | None:
    """A note with its string, fret and techniques; None where it has no string or fret."""
    technical = {found.tag: found for found in element.iterfind("notations/technical/*")}
    if "string" not in technical or "fret" not in technical:
        return None
    signs = {found.tag for found in element.iterfind("notations/articulations/*")}
    head = element.find("notehead")
    taps = {found.get("hand") for found in element.iterfind("notations/technical/tap")}
    dead = head is not None and head.text in ("x", "cross")
    bend = technical["bend"].findtext("bend-alter") if "bend" in technical else None
    return ScoreNote(
        string=_number(technical["string"].text or "", name),
        fret=None if dead else _number(technical["fret"].text or "", name),
        pitch=pitch,
        leads=_leads(element),
        left_hand="hammer-on" if "left" in taps else "",
        slide_in=next((way for sign, way in _SLIDES_IN.items() if sign in signs), ""),
        slide_out=next((way for sign, way in _SLIDES_OUT.items() if sign in signs), ""),
        bend=max(_number(bend, name), 1) if bend else 0,
        vibrato=element.find("notations/ornaments/wavy-line") is not None,
        harmonic="harmonic" in technical,
        tap=bool(taps - {"left"}),
        ghost=head is not None and head.get("parentheses") == "yes",
    )


def _leads(element: Any) -> str:
    for path, join in (("technical/hammer-on", "hammer-on"), ("technical/pull-off", "pull-off"), ("slide", "slide")):
        if any(found.get("type") == "start" for found in element.iterfind(f"notations/{path}")):
            return join
    return ""


# A tab


def _to_track(heading: Heading, part: _Part, name: str) -> Track:
    staffs = Counter(sound.staff for bar in part.bars for sound in bar.sounds if sound.note is not None)
    if staffs:
        staff = staffs.most_common(1)[0][0]
        sounds = [sound for bar in part.bars for sound in bar.sounds if sound.staff == staff]
        if all(sound.note is not None for sound in sounds):
            return read_bars(heading, _tuning(part, name), [_read_bar(bar, staff) for bar in part.bars], name)
    return _from_pitches(heading, part, name)


def _read_bar(bar: _Bar, staff: str) -> ReadBar:
    notes = (
        ReadNote(sound.onset, sound.length, sound.note)
        for sound in bar.sounds
        if sound.note is not None and sound.staff == staff and sound.onset < bar.length
    )
    return ReadBar(f"{bar.beats}/{bar.unit}", bar.length, tuple(notes))


def _tuning(part: _Part, name: str) -> Tuning:
    strings = {sound.note.string for bar in part.bars for sound in bar.sounds if sound.note is not None}
    pitches = [pitch for _, pitch in sorted(part.open_strings.items(), reverse=True)]
    count = len(pitches) or max(4, *strings)
    if count not in _USUAL or not strings <= {*range(1, count + 1)}:
        raise InputError(f"{name} has notes on string {max(strings)} of {count}: basses of 4 to 6 strings are read")
    try:
        return Tuning.from_pitches(pitches) if pitches else Tuning.parse(NAMES[_USUAL[count]])
    except TuningError as error:
        raise InputError(f"{name}: {error}") from error


def _from_pitches(heading: Heading, part: _Part, name: str) -> Track:
    """Strings and frets as `midi_bass` finds them; techniques are lost."""
    if sum(bar.length for bar in part.bars) > MAX_BEATS:
        raise InputError(f"{name} is too long: up to {MAX_BEATS:,} quarter notes are read")
    staff = Counter(sound.staff for bar in part.bars for sound in bar.sounds).most_common(1)[0][0]
    played: list[Played] = []
    signatures: list[Signature] = []
    start = Fraction(0)
    for bar in part.bars:
        if not signatures or (signatures[-1].beats, signatures[-1].unit) != (bar.beats, bar.unit):
            signatures.append(Signature(start, bar.beats, bar.unit))
        for sound in bar.sounds:
            if sound.pitch is not None and sound.staff == staff:
                _play(played, sound, start)
        start += bar.length
    score = Score(heading.title, heading.tempo, tuple(signatures), ())
    try:
        notes = tuple(sorted(played, key=lambda note: (note.onset, note.pitch)))
        track = to_tab_track(score, Part(heading.name, notes))
    except TrackError as error:
        raise InputError(f"{name} holds no bass part that can be written ({error.reason})") from error
    return replace(track, tab=replace(track.tab, artist=heading.artist))


def _play(played: list[Played], sound: _Sound, start: Fraction) -> None:
    """Add a note, or make the one longer that it is tied to."""
    onset = start + sound.onset
    assert sound.pitch is not None  # noqa: S101
    if sound.tied:
        for place in range(len(played) - 1, max(len(played) - 9, -1), -1):
            if played[place].pitch == sound.pitch and played[place].end == onset:
                played[place] = replace(played[place], end=onset + sound.length)
                return
    played.append(Played(onset, onset + sound.length, sound.pitch))
