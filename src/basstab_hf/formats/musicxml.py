"""Tabs as MusicXML 4.0 (.musicxml): one part with a TAB staff. `musicxml_read` is the way back.

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
from basstab_hf.formats.bar_marks import chords_left_out
from basstab_hf.formats.beams import beams
from basstab_hf.formats.musicxml_read import GRID_FIELD
from basstab_hf.formats.musicxml_signs import chord_letters
from basstab_hf.formats.score import to_score
from basstab_hf.formats.score_values import Beat, Score, ScoreBar, ScoreNote
from basstab_hf.formats.settings import WriteSettings
from basstab_hf.formats.track import one_line
from basstab_hf.rhythm.form import NO_SIGN, Sign
from basstab_hf.tab.marks import ACCIDENTALS, FLATS, SHARPS
from basstab_hf.tab.values import Tab

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_TYPES = {1: "whole", 2: "half", 4: "quarter", 8: "eighth", 16: "16th", 32: "32nd", 64: "64th"}
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
    chords = (beat.chord for bar in score.bars for beat in bar.beats if beat.chord)
    return (*score.remarks, *chords_left_out(sum(chord_letters(chord) is None for chord in chords)))


def print_score(score: Score) -> str:
    """A score as MusicXML."""
    root = Element("score-partwise", version="4.0")
    _heading(root, score)
    part = SubElement(root, "part", id="P1")
    spelling = FLATS if any("b" in label for label in score.tuning.labels) else SHARPS
    divisions = math.lcm(*(beat.value.length.denominator for bar in score.bars for beat in bar.beats))
    printer = _Printer(divisions, spelling)
    signature = None
    for number, bar in enumerate(score.bars, start=1):
        measure = SubElement(part, "measure", number=str(number))
        before = score.bars[number - 2].sign if number > 1 else NO_SIGN
        after = score.bars[number].sign if number < len(score.bars) else NO_SIGN
        _left_sign(measure, bar.sign, before)
        changed = signature != (bar.numerator, bar.denominator)
        signature = (bar.numerator, bar.denominator)
        if number == 1 or changed:
            _attributes(measure, score, bar, divisions if number == 1 else None)
        if number == 1:
            _tempo(measure, score.tempo, swing=score.swing)
        if section := one_line(bar.section):
            direction = SubElement(measure, "direction", placement="above")
            _text(SubElement(direction, "direction-type"), "rehearsal", section)
        printer.bar(measure, bar, score.bars[number] if number < len(score.bars) else None)
        _right_sign(measure, bar.sign, after)
    indent(root, " ")
    return _HEAD + tostring(root, encoding="unicode") + "\n"


def _left_sign(measure: Element, sign: Sign, before: Sign) -> None:
    """The start of a repeat or of an ending."""
    begins = sign.endings and (sign.endings != before.endings or before.closes)
    if not sign.opens and not begins:
        return
    line = SubElement(measure, "barline", location="left")
    if sign.opens:
        _text(line, "bar-style", "heavy-light")
    if begins:
        SubElement(line, "ending", number=",".join(map(str, sign.endings)), type="start")
    if sign.opens:
        SubElement(line, "repeat", direction="forward")


def _right_sign(measure: Element, sign: Sign, after: Sign) -> None:
    """The end of a repeat or of an ending; the last ending is left open below."""
    ends = sign.endings and (sign.closes or after.endings != sign.endings)
    if not sign.closes and not ends:
        return
    line = SubElement(measure, "barline", location="right")
    if sign.closes:
        _text(line, "bar-style", "light-heavy")
    if ends:
        kind = "stop" if sign.closes else "discontinue"
        SubElement(line, "ending", number=",".join(map(str, sign.endings)), type=kind)
    if sign.closes:
        SubElement(line, "repeat", direction="backward", times=str(sign.closes))


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


def _harmony(measure: Element, chord: str) -> None:
    """A chord over the note that comes next; `chord_letters` says which names are chords."""
    letters = chord_letters(chord)
    if letters is None:
        return
    harmony = SubElement(measure, "harmony")
    _chord_tone(harmony, "root", letters.root)
    kind = SubElement(harmony, "kind", {"text": letters.ending} if letters.ending else {})
    kind.text = letters.kind
    if letters.bass:
        _chord_tone(harmony, "bass", letters.bass)


def _chord_tone(harmony: Element, which: str, name: str) -> None:
    tone = SubElement(harmony, which)
    _text(tone, f"{which}-step", name[0])
    if name[1:]:
        _text(tone, f"{which}-alter", ACCIDENTALS[name[1:]])


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
    alter = ACCIDENTALS.get(name[1:], 0)
    if alter:
        _text(parent, f"{prefix}alter", alter)
    _text(parent, f"{prefix}octave", (pitch - alter) // 12 - 1)


def _tempo(measure: Element, tempo: float, *, swing: bool = False) -> None:
    direction = SubElement(measure, "direction", placement="above")
    metronome = SubElement(SubElement(direction, "direction-type"), "metronome")
    _text(metronome, "beat-unit", "quarter")
    _text(metronome, "per-minute", f"{tempo:g}")
    sound = SubElement(direction, "sound", tempo=f"{tempo:g}")
    if swing:
        ratio = SubElement(sound, "swing")
        for tag, text in (("first", 2), ("second", 1), ("swing-type", "eighth")):
            _text(ratio, tag, text)


class _Printer:
    """Prints bars; knows what all bars share."""

    def __init__(self, divisions: int, spelling: Sequence[str]) -> None:
        self._divisions = divisions
        self._spelling = spelling

    def bar(self, measure: Element, bar: ScoreBar, after: ScoreBar | None) -> None:
        following = [*bar.beats[1:], after.beats[0] if after else None]
        tuplets = _tuplet_edges(bar.beats)
        for beat, next_beat, beam, edge in zip(bar.beats, following, beams(bar), tuplets, strict=True):
            _harmony(measure, beat.chord)
            if beat.tempo is not None:
                _tempo(measure, beat.tempo)
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
    if note.struck and not note.tied:
        _text(technical, "other-technical", note.struck)
    if note.harmonic:
        SubElement(SubElement(technical, "harmonic"), "natural")
    if note.bend:
        _text(SubElement(technical, "bend"), "bend-alter", note.bend)
    _text(technical, "string", note.string)
    _text(technical, "fret", note.fret or 0)
