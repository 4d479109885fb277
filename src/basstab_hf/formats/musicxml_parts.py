"""A MusicXML score -> its parts: bars with their sounds, signs and lengths. `musicxml_read` makes tabs of them.

Input: the root element. Output: `Piece`. Onsets are exact fractions of a quarter note. A bar is as long as what the
longest of all parts has in it; where none has anything, as the time signature says. All voices count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.formats.musicxml_signs import chord_name, fretted, number, pitch_of, tempo_of
from basstab_hf.formats.parts import few_enough
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.song_form import SongBar, SongForm
from basstab_hf.formats.track import MAX_BARS, one_line
from basstab_hf.rhythm.tab_time import Tempo

#: Most beats of a time signature, and its shortest unit: others are broken.
_MOST_BEATS, _SHORTEST_UNIT = 128, 128
_ENDINGS = re.compile(r"\d{1,2}")
_MOST_ENDINGS = 32
#: Kick and snare where drummers read them.
_DRUMS = {"F4": 36, "C5": 38}
#: Attributes of <sound> that are jumps.
_JUMPS = ("dacapo", "dalsegno", "tocoda", "segno", "coda", "fine")


@dataclass(frozen=True, slots=True)
class Sound:
    """A note as it stands in the file; `note` is None where it has no string and fret, `pitch` where it has none.

    `drum` is the key of General MIDI of a stroke without a pitch, None where the file tells none.
    """

    onset: Fraction
    length: Fraction
    staff: str
    pitch: int | None
    tied: bool
    note: ScoreNote | None
    drum: int | None = None


@dataclass(slots=True)
class Bar:
    """A bar of one part; `filled` is where the last of its notes and rests ends.

    `idle` is where its rest of a whole bar ends, which says little: some programs write four beats for any.
    """

    beats: int
    unit: int
    implicit: bool = False
    filled: Fraction = Fraction(0)
    idle: Fraction = Fraction(0)
    sounds: list[Sound] = field(default_factory=list)
    chords: list[tuple[Fraction, str]] = field(default_factory=list)
    form: SongBar = field(default_factory=lambda: SongBar("4/4", Fraction(4)))

    @property
    def signature(self) -> Fraction:
        """Quarter notes that the time signature asks for."""
        return Fraction(self.beats * 4, self.unit)


@dataclass(slots=True)
class Part:
    """An instrument; `open_strings` are pitches by staff, then by line, the lowest of which is 1."""

    name: str = ""
    program: int | None = None
    open_strings: dict[str, dict[int, int]] = field(default_factory=dict)
    bars: list[Bar] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)

    def strings(self, staff: str = "") -> tuple[int, ...]:
        """Pitches of the open strings of a staff, or of the only one that has some; the highest string first."""
        found = self.open_strings.get(staff) or next(iter(self.open_strings.values()), {})
        return tuple(pitch for _, pitch in sorted(found.items(), reverse=True))

    @property
    def has_notes(self) -> bool:
        """Whether it has notes with a pitch or a fret."""
        return any(sound.pitch is not None or sound.note is not None for bar in self.bars for sound in bar.sounds)


@dataclass(frozen=True, slots=True)
class Piece:
    """All parts of a score, and the form that they share."""

    parts: tuple[Part, ...]
    form: SongForm


def read_piece(root: Any, name: str) -> Piece:
    """The parts of a score; `name` is what messages call the file.

    Raises:
        InputError: no score has such numbers, pitches or so many parts or bars.
    """
    known = {str(element.get("id")): element for element in root.iterfind("part-list/score-part")}
    elements = root.findall("part")
    few_enough(len(elements), name)
    parts = []
    for element in elements:
        reader = _Reader(known.get(str(element.get("id"))), name)
        for measure in element.iterfind("measure"):
            reader.read(measure)
        parts.append(reader.part)
    tempos = {(tempo.bar, tempo.onset): tempo for part in reversed(parts) for tempo in part.tempos}
    bars = tuple(_shared(list(bars)) for bars in _side_by_side([part.bars for part in parts]))
    return Piece(tuple(parts), SongForm(bars, tuple(tempos[place] for place in sorted(tempos))))


def _side_by_side(parts: Sequence[Sequence[Bar]]) -> Iterator[list[Bar]]:
    for place in range(max(map(len, parts), default=0)):
        yield [bars[place] for bars in parts if place < len(bars)]


def _shared(bars: Sequence[Bar]) -> SongBar:
    """What bars that sound together say of their form."""
    first = bars[0]
    filled = max(bar.filled for bar in bars)
    if not filled:
        idle = max(bar.idle for bar in bars)
        filled = idle if first.implicit and idle else max(first.signature, idle)
    sections = (bar.form.section for bar in bars if bar.form.section is not None)
    endings = 0
    for bar in bars:
        endings |= bar.form.endings
    return SongBar(
        signature=f"{first.beats}/{first.unit}",
        length=filled,
        section=next(sections, None),
        opens=any(bar.form.opens for bar in bars),
        closes=max(bar.form.closes for bar in bars),
        endings=endings,
        swing=any(bar.form.swing for bar in bars),
        uneven=any(bar.form.uneven for bar in bars),
        jumps=any(bar.form.jumps for bar in bars),
    )


class _Reader:
    """Reads the bars of one part; what holds for later bars is kept here."""

    def __init__(self, known: Any, name: str) -> None:
        self.part = Part()
        self._name = name
        self._divisions = Fraction(1)
        self._transpose: dict[str, int] = {}  # semitones by staff, "" for all
        self._kit: dict[str, int] = {}  # keys of General MIDI by instrument
        if known is not None:
            self.part.name = one_line(known.findtext("part-name") or known.findtext("part-abbreviation") or "")
            program = known.findtext("midi-instrument/midi-program")
            self.part.program = round(number(program, name)) - 1 if program and program.strip() else None
            for instrument in known.iterfind("midi-instrument"):
                if key := (instrument.findtext("midi-unpitched") or "").strip():
                    self._kit[str(instrument.get("id"))] = round(number(key, name)) - 1

    def read(self, measure: Any) -> None:
        """The next bar."""
        bars = self.part.bars
        if len(bars) == MAX_BARS:
            raise InputError(f"{self._name} has more than {MAX_BARS:,} bars")
        last = bars[-1] if bars else Bar(4, 4)
        bar = Bar(last.beats, last.unit, implicit=measure.get("implicit") == "yes")
        bar.form = replace(bar.form, swing=last.form.swing, uneven=last.form.uneven)
        bars.append(bar)
        place = onset = Fraction(0)
        for element in measure:
            tag = element.tag
            if tag == "note":
                onset, place = self._note(bar, element, onset, place)
            elif tag == "backup":
                place = max(place - self._duration(element), Fraction(0))
            elif tag == "forward":
                place += self._duration(element)
                bar.filled = max(bar.filled, place)
            else:
                self._sign(bar, element, place)

    def _duration(self, element: Any) -> Fraction:
        return max(number(element.findtext("duration") or "0", self._name), Fraction(0)) / self._divisions

    def _note(self, bar: Bar, element: Any, onset: Fraction, place: Fraction) -> tuple[Fraction, Fraction]:
        """Where this note begins, and where the next one does."""
        if element.find("grace") is not None:
            self.part.passed_over["grace notes"] += element.find("cue") is None
            return onset, place
        length = self._duration(element)
        if element.find("chord") is None:
            onset, place = place, place + length
        rest = element.find("rest")
        if rest is not None and rest.get("measure") == "yes":
            bar.idle = max(bar.idle, place)
        else:
            bar.filled = max(bar.filled, place)
        if rest is None and element.find("cue") is None:
            bar.sounds.append(self._sound(element, onset, length))
        return onset, place

    def _sound(self, element: Any, onset: Fraction, length: Fraction) -> Sound:
        staff = element.findtext("staff") or "1"
        pitch = element.find("pitch")
        moved = self._transpose.get(staff, self._transpose.get("", 0))
        sounding = pitch_of(pitch, "", self._name) + moved if pitch is not None else None
        ties = [*element.iterfind("tie"), *element.iterfind("notations/tied")]
        tied = any(tie.get("type") in ("stop", "continue") for tie in ties)
        note = fretted(element, sounding or 0, self._name)
        fretted_note = replace(note, tied=tied) if note is not None else None
        return Sound(onset, length, staff, sounding, tied, fretted_note, self._drum(element))

    def _drum(self, element: Any) -> int | None:
        """The piece of the kit: as the file says, else by its place on the staff."""
        unpitched = element.find("unpitched")
        if unpitched is None:
            return None
        instrument = element.find("instrument")
        place = f"{unpitched.findtext('display-step')}{unpitched.findtext('display-octave')}".strip()
        return self._kit.get(str(instrument.get("id")) if instrument is not None else "", _DRUMS.get(place))

    def _sign(self, bar: Bar, element: Any, place: Fraction) -> None:
        """What is no note."""
        tag = element.tag
        if tag == "attributes":
            self._attributes(bar, element)
        elif tag == "barline":
            bar.form = self._barline(bar.form, element)
        elif tag == "harmony":
            if chord := chord_name(element, self._name):
                offset = number(element.findtext("offset") or "0", self._name) / self._divisions
                bar.chords.append((max(place + offset, Fraction(0)), chord))
        elif tag in ("direction", "sound"):
            self._direction(bar, element, place)

    def _direction(self, bar: Bar, element: Any, place: Fraction) -> None:
        tempo = tempo_of(element)
        if tempo is not None:
            self.part.tempos.append(Tempo(len(self.part.bars) - 1, place, tempo))
        section = one_line(element.findtext("direction-type/rehearsal") or "")
        sound = element if element.tag == "sound" else element.find("sound")
        jumps = sound is not None and any(sound.get(jump) is not None for jump in _JUMPS)
        bar.form = replace(bar.form, section=section or bar.form.section, jumps=bar.form.jumps or jumps)
        swing = sound.find("swing") if sound is not None else None
        if swing is not None:
            long = swing.find("first") is not None
            eighths = (swing.findtext("swing-type") or "eighth") == "eighth"
            bar.form = replace(bar.form, swing=long and eighths, uneven=long and not eighths)

    def _barline(self, form: SongBar, element: Any) -> SongBar:
        repeat, ending = element.find("repeat"), element.find("ending")
        if repeat is not None and repeat.get("direction") == "forward":
            form = replace(form, opens=True)
        elif repeat is not None:
            form = replace(form, closes=max(round(number(repeat.get("times") or "2", self._name)), 2))
        if ending is not None and ending.get("type") == "start":
            passes = {int(told) for told in _ENDINGS.findall(ending.get("number") or "")}
            form = replace(form, endings=sum(1 << one - 1 for one in passes if 1 <= one <= _MOST_ENDINGS))
        return form

    def _attributes(self, bar: Bar, element: Any) -> None:
        if divisions := element.findtext("divisions"):
            self._divisions = max(number(divisions, self._name), Fraction(0)) or Fraction(1)
        if (time := element.find("time")) is not None:
            self._time(bar, time)
        for transpose in element.iterfind("transpose"):
            steps = number(transpose.findtext("chromatic") or "0", self._name)
            octaves = number(transpose.findtext("octave-change") or "0", self._name)
            double = transpose.find("double")
            octaves += 0 if double is None else 1 if double.get("above") == "yes" else -1
            self._transpose[transpose.get("number") or ""] = round(steps + 12 * octaves)
        for details in element.iterfind("staff-details"):
            staff = details.get("number") or "1"
            for tuning in details.iterfind("staff-tuning"):
                line = round(number(tuning.get("line") or "", self._name))
                self.part.open_strings.setdefault(staff, {})[line] = pitch_of(tuning, "tuning-", self._name)
            if round(number(details.findtext("capo") or "0", self._name)):
                self.part.passed_over["capo"] += 1

    def _time(self, bar: Bar, time: Any) -> None:
        """The time signature: 3/4, 3+2/8, or 2/4 and 3/8 together."""
        total, shortest = Fraction(0), 1
        for beats, unit in zip(time.iterfind("beats"), time.iterfind("beat-type"), strict=False):
            count = sum(number(part or "0", self._name) for part in (beats.text or "").split("+"))
            below = number(unit.text or "0", self._name)
            if 0 < count <= _MOST_BEATS and 0 < below <= _SHORTEST_UNIT and below.denominator == 1:
                total, shortest = total + count / below, max(shortest, int(below))
        if total and (total * shortest).denominator == 1:
            bar.beats, bar.unit = int(total * shortest), shortest
