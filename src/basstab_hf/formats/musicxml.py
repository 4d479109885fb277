"""Tabs as MusicXML 4.0 (.musicxml): one part with a TAB staff, and back.

Input: a tab. Output: text that MuseScore, Guitar Pro, music21 and verovio read: strings, frets, sounding pitches, ties,
tuplets, beams, hammer-ons, pull-offs, slides, bends, vibrato, harmonics, taps (a hammer-on from nowhere is one of the
left hand), ghost notes in parentheses, dead notes with an x. https://www.w3.org/2021/06/musicxml40/
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from basstab_hf import files
from basstab_hf.formats.beams import beams
from basstab_hf.formats.musicxml_read import GRID_FIELD, read_content
from basstab_hf.formats.score import Beat, Score, ScoreBar, ScoreNote, to_score
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import Track, one_line
from basstab_hf.tab import Tab

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_TYPES = {1: "whole", 2: "half", 4: "quarter", 8: "eighth", 16: "16th", 32: "32nd", 64: "64th"}
_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_ALTER = {"#": "1", "b": "-1"}
#: Signs that a slide goes into a note from below or above, or out of it up or down.
_INTO, _OUT = {"up": "scoop", "down": "plop"}, {"up": "doit", "down": "falloff"}


def to_musicxml(tab: Tab, settings: WriteSettings) -> str:
    """A tab as MusicXML.

    Raises:
        InputError: `score.to_score` cannot write the tab.
    """
    return print_score(to_score(tab, settings))


def write(tab: Tab, path: str | os.PathLike[str], settings: WriteSettings, *, force: bool) -> tuple[str, ...]:
    """Write a .musicxml file; returns remarks."""
    score = to_score(tab, settings)
    files.write_text(path, print_score(score), force=force)
    return score.remarks


def read(path: str | os.PathLike[str]) -> Track:
    """The bass part of a .musicxml, .xml or .mxl file.

    Raises:
        InputError: the file cannot be read, is no MusicXML, or holds no bass part.
    """
    return read_content(files.read_bytes(path), str(path))


def print_score(score: Score) -> str:
    """A score as MusicXML."""
    root = Element("score-partwise", version="4.0")
    _heading(root, score)
    part = SubElement(root, "part", id="P1")
    spelling = _FLATS if any("b" in label for label in score.tuning.labels) else _SHARPS
    divisions = math.lcm(*(beat.value.length.denominator for bar in score.bars for beat in bar.beats))
    printer = _Printer(divisions, spelling)
    signature = None
    for number, bar in enumerate(score.bars, start=1):
        measure = SubElement(part, "measure", number=str(number))
        changed = signature != (bar.numerator, bar.denominator)
        signature = (bar.numerator, bar.denominator)
        if number == 1 or changed:
            _attributes(measure, score, bar, divisions if number == 1 else None)
        if number == 1:
            _tempo(measure, score.tempo)
        printer.bar(measure, bar, score.bars[number] if number < len(score.bars) else None)
    indent(root, " ")
    return _HEAD + tostring(root, encoding="unicode") + "\n"


def _heading(root: Element, score: Score) -> None:
    if title := one_line(score.title):
        _text(SubElement(root, "work"), "work-title", title)
    identification = SubElement(root, "identification")
    if artist := one_line(score.artist):
        _text(identification, "creator", artist, type="composer")
    _text(SubElement(identification, "encoding"), "software", "basstab_hf")
    if score.told_grid:
        _text(SubElement(identification, "miscellaneous"), "miscellaneous-field", score.told_grid, name=GRID_FIELD)
    part = SubElement(SubElement(root, "part-list"), "score-part", id="P1")
    _text(part, "part-name", "Bass")
    _text(SubElement(part, "score-instrument", id="P1-I1"), "instrument-name", "Bass")
    midi = SubElement(part, "midi-instrument", id="P1-I1")
    _text(midi, "midi-channel", 1)
    _text(midi, "midi-program", score.program + 1)


def _text(parent: Element, tag: str, text: object, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = str(text)


def _attributes(measure: Element, score: Score, bar: ScoreBar, divisions: int | None) -> None:
    """The time signature, and in the first bar the staff."""
    attributes = SubElement(measure, "attributes")
    if divisions is not None:
        _text(attributes, "divisions", divisions)
        _text(SubElement(attributes, "key"), "fifths", 0)
    time = SubElement(attributes, "time")
    _text(time, "beats", bar.numerator)
    _text(time, "beat-type", bar.denominator)
    if divisions is None:
        return
    clef = SubElement(attributes, "clef")
    _text(clef, "sign", "TAB")
    _text(clef, "line", 5)
    details = SubElement(attributes, "staff-details")
    _text(details, "staff-lines", score.tuning.n_strings)
    lowest_first = reversed([*zip(score.tuning.labels, score.tuning.pitches, strict=True)])
    for line, (label, pitch) in enumerate(lowest_first, start=1):
        _pitch(SubElement(details, "staff-tuning", line=str(line)), label, pitch, "tuning-")


def _pitch(parent: Element, name: str, pitch: int, prefix: str = "") -> None:
    """A pitch spelt `name`; its octave counts from C, so that Cb belongs to the one above."""
    _text(parent, f"{prefix}step", name[0])
    alter = int(_ALTER.get(name[1:], "0"))
    if alter:
        _text(parent, f"{prefix}alter", alter)
    _text(parent, f"{prefix}octave", (pitch - alter) // 12 - 1)


def _tempo(measure: Element, tempo: float) -> None:
    direction = SubElement(measure, "direction", placement="above")
    metronome = SubElement(SubElement(direction, "direction-type"), "metronome")
    _text(metronome, "beat-unit", "quarter")
    _text(metronome, "per-minute", f"{tempo:g}")
    SubElement(direction, "sound", tempo=f"{tempo:g}")


class _Printer:
    """Prints bars; knows what all bars share."""

    def __init__(self, divisions: int, spelling: Sequence[str]) -> None:
        self._divisions = divisions
        self._spelling = spelling

    def bar(self, measure: Element, bar: ScoreBar, after: ScoreBar | None) -> None:
        following = [*bar.beats[1:], after.beats[0] if after else None]
        tuplets = _tuplet_edges(bar.beats)
        for beat, next_beat, beam, edge in zip(bar.beats, following, beams(bar), tuplets, strict=True):
            for place, note in enumerate(beat.notes or (None,)):
                element = SubElement(measure, "note")
                if place:
                    SubElement(element, "chord")
                self._sound(element, note, beat, next_beat)
                if place == 0:
                    for number, kind in enumerate(beam, start=1):
                        _text(element, "beam", kind, number=str(number))
                _notations(element, note, next_beat, edge if place == 0 else ())

    def _sound(self, element: Element, note: ScoreNote | None, beat: Beat, next_beat: Beat | None) -> None:
        """What comes before the notations of a note: pitch, duration, ties, type, head."""
        if note is None:
            SubElement(element, "rest")
        else:
            _pitch(SubElement(element, "pitch"), self._spelling[note.pitch % 12], note.pitch)
        _text(element, "duration", int(beat.value.length * self._divisions))
        for kind in _ties(note, next_beat):
            SubElement(element, "tie", type=kind)
        _text(element, "voice", 1)
        _text(element, "type", _TYPES[beat.value.denominator])
        for _ in range(beat.value.dots):
            SubElement(element, "dot")
        if beat.value.tuplet > 1:
            modification = SubElement(element, "time-modification")
            _text(modification, "actual-notes", beat.value.tuplet)
            _text(modification, "normal-notes", beat.value.normal)
        if note is not None and note.dead:
            _text(element, "notehead", "x")
        elif note is not None and note.ghost:
            _text(element, "notehead", "normal", parentheses="yes")


def _ties(note: ScoreNote | None, next_beat: Beat | None) -> Iterator[str]:
    if note is None:
        return
    if note.tied:
        yield "stop"
    if next_beat is not None and any(other.tied and other.string == note.string for other in next_beat.notes):
        yield "start"


def _tuplet_edges(beats: Sequence[Beat]) -> list[tuple[str, ...]]:
    """For each beat whether a tuplet starts or stops there: tuplets fill whole quarter notes."""
    edges: list[tuple[str, ...]] = []
    place = Fraction(0)
    for beat in beats:
        end = place + beat.value.length
        starts = beat.value.tuplet > 1 and place.denominator == 1
        stops = beat.value.tuplet > 1 and end.denominator == 1
        edges.append(("start",) * starts + ("stop",) * stops)
        place = end
    return edges


def _notations(element: Element, note: ScoreNote | None, next_beat: Beat | None, tuplet: Sequence[str]) -> None:
    notations = Element("notations")
    for kind in _ties(note, next_beat):
        SubElement(notations, "tied", type=kind)
    for kind in tuplet:
        SubElement(notations, "tuplet", type=kind)
    if note is not None:
        _slurs(notations, note)
        _technical(SubElement(notations, "technical"), note)
        signs = [sign for sign in (_INTO.get(note.slide_in), _OUT.get(note.slide_out)) if sign]
        if signs:
            articulations = SubElement(notations, "articulations")
            for sign in signs:
                SubElement(articulations, sign)
        if note.vibrato:
            ornaments = SubElement(notations, "ornaments")
            for kind in ("start", "stop"):
                SubElement(ornaments, "wavy-line", type=kind)
    if len(notations):
        element.append(notations)


def _slurs(notations: Element, note: ScoreNote) -> None:
    """Slides, and slurs over hammer-ons and pull-offs; numbers tell apart what happens on several strings at once."""
    number = str(note.string)
    for kind, how in (("stop", note.reached), ("start", note.leads)):
        if how == "slide":
            SubElement(notations, "slide", {"type": kind, "number": number, "line-type": "solid"})
        elif how:
            SubElement(notations, "slur", type=kind, number=number)


def _technical(technical: Element, note: ScoreNote) -> None:
    for kind, how in (("stop", note.reached), ("start", note.leads)):
        if how in ("hammer-on", "pull-off"):
            _text(technical, how, "H" if how == "hammer-on" else "P", type=kind, number=str(note.string))
    if note.left_hand:
        _text(technical, "tap", "T", hand="left")
    if note.tap:
        _text(technical, "tap", "T", hand="right")
    if note.harmonic:
        SubElement(SubElement(technical, "harmonic"), "natural")
    if note.bend:
        _text(SubElement(technical, "bend"), "bend-alter", note.bend)
    _text(technical, "string", note.string)
    _text(technical, "fret", note.fret or 0)
