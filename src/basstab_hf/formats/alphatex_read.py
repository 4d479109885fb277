r"""AlphaTex as people and alphaTab write it -> its bass tracks, as tabs.

Input: text. Output: `Tracks`. Read are \title \artist \tempo \track \staff \voice \tuning \instrument, bars with \ts
\ro \rc \ae \section \ac \simile, beats with `fret.string.duration` or pitches, chords, rests, `:8` and `{tu 3}` for the
beats that follow, `* 3`, chord names, and the effects that a tab can say. The rest is passed over, and a remark names
what of it stands in the bass. What is said of a bar in one track holds for all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from typing import Any

from basstab_hf.errors import InputError
from basstab_hf.formats.alphatex_grammar import Beat, Effect, Note
from basstab_hf.formats.alphatex_song import Bar, Song, Staff, TimedBeat, read_song
from basstab_hf.formats.from_score import ReadBar, ReadNote, read_bars
from basstab_hf.formats.midi_notes import Played
from basstab_hf.formats.parts import (
    BASS_PROGRAMS,
    Listed,
    is_bass,
    is_bass_name,
    joined_bars,
    sound_together,
    taking_turns,
)
from basstab_hf.formats.pitched import on_strings
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.stringed import Strung, on_bass
from basstab_hf.formats.track import MAX_BEATS, TOO_LONG, Heading, Track, TrackError, one_line
from basstab_hf.formats.tracks import Tracks
from basstab_hf.tab.marks import semitones

#: What is told of a file without a bass track.
NO_BASS = r"holds no bass track: \tuning (G2 D2 A1 E1) makes one"
#: A comment by which `alphatex.print_score` tells the grid of the tab.
_GRID = re.compile(r"^// (\d{1,2}) columns a beat$", re.MULTILINE)
#: The lowest open string of the only track of a file, if it is a bass: G1.
_LOW = 31
_PITCH = re.compile(r"([A-Ga-g])((?:#|b|x|##|bb)?)([0-9])")
_SMALL_NUMBER = re.compile(r"-?[0-9]{1,3}")
#: Effects that are read elsewhere, or only say how a note is drawn.
_NO_MARKS = frozenset({"d", "dd", "tu", "tt", "t", "x", "ch", "tempo", "beam", "acc", "timer", "string", "-"})
_EFFECTS: dict[str, dict[str, Any]] = {
    "h": {"leads": "hammer-on"},
    "sl": {"leads": "slide"},
    "ss": {"leads": "slide"},
    "lht": {"left_hand": "hammer-on"},
    "sib": {"slide_in": "up"},
    "sia": {"slide_in": "down"},
    "sou": {"slide_out": "up"},
    "sod": {"slide_out": "down"},
    **{effect: {"harmonic": True} for effect in ("nh", "ah", "th", "ph", "sh", "fh")},
    **{effect: {"vibrato": True} for effect in ("v", "vw")},
    "g": {"ghost": True},
    "tt": {"tap": True},
    "s": {"struck": "slap"},
    "p": {"struck": "pop"},
    "t": {"tied": True},
    "x": {"fret": None},
}


def read_tracks(content: bytes, name: str) -> Tracks:
    """The bass tracks of AlphaTex; `name` is what messages call it.

    Raises:
        InputError: no AlphaTex.
    """
    text = content.decode("utf-8-sig", "replace")
    song = read_song(text, name)
    grid = _GRID.search(text)
    heading = Heading(
        one_line(song.heading.get("title", "")),
        one_line(song.heading.get("artist", "")),
        columns_per_beat=int(grid[1]) if grid else None,
    )
    staffs = [staff for staff in song.staffs if staff.has_notes]
    listed = [_Reader(song, staff, name).listed(number) for number, staff in enumerate(staffs, start=1)]
    together = sound_together([staff.bars for staff in staffs], _sounds)
    return Tracks.of(
        listed,
        lambda places: _Reader(song, _joined([staffs[place] for place in places]), name).track(heading),
        taking_turns(listed, together),
        NO_BASS if len(listed) < 2 else "",
    )


def _joined(staffs: Sequence[Staff]) -> Staff:
    """One staff of one or more that take turns."""
    passed_over = sum((staff.passed_over for staff in staffs), Counter())
    return replace(staffs[0], bars=joined_bars([staff.bars for staff in staffs], _sounds), passed_over=passed_over)


def _sounds(bar: Bar) -> bool:
    return any(timed.beat.notes for timed in bar.beats)


@dataclass(slots=True)
class _Reader:
    """Reads the notes of one staff."""

    song: Song
    staff: Staff
    name: str

    @property
    def is_bass(self) -> bool:
        """Whether its track is a bass, of which strings or pitches are told."""
        if self.staff.percussion:
            return False
        pitches = _pitches(self.staff.tuning)
        called = is_bass(self.staff.name, _program(self.staff.instrument), pitches)
        return called or (len(self.song.staffs) == 1 and min(pitches, default=_LOW + 1) <= _LOW)

    def listed(self, number: int) -> Listed:
        """The staff as messages name it; `number` is its number in the file, from 1."""
        program = None if self.staff.percussion else _program(self.staff.instrument)
        return Listed(number, self.staff.name, program, _pitches(self.staff.tuning), is_bass=self.is_bass)

    def track(self, heading: Heading) -> Track:
        """The staff as a tab.

        Raises:
            TrackError: no tab can say it.
            InputError: notes that are none.
        """
        form = self.song.form(self.staff)
        lengths = [bar.length for bar in form.bars]
        if sum(lengths) > MAX_BEATS:
            raise TrackError(TOO_LONG, f"is too long: up to {MAX_BEATS:,} quarter notes are read")
        skipped = Counter(self.staff.passed_over)
        found = self._on_strings(lengths, skipped)
        bars = [
            ReadBar(shared.signature, shared.length, notes, chords)
            for shared, notes, chords in zip(form.bars, found.bars, map(_chords, self._bars()), strict=True)
        ]
        skipped["other tracks"] += len(self.song.staffs) > 1
        words = ", ".join(sorted(what for what, count in skipped.items() if count))
        told = [f"passed over: {words}"] if words else []
        track = read_bars(replace(heading, name=self.staff.name, tempo=120.0), found.tuning, bars, form)
        return replace(track, remarks=(*track.remarks, *found.remarks, *told))

    def _bars(self) -> list[Bar]:
        """All bars; one that only says "as before" has the beats of that one."""
        bars: list[Bar] = []
        for number, bar in enumerate(self.staff.bars):
            back = {"simple": 1, "firstofdouble": 2, "secondofdouble": 2}.get(bar.simile, 0)
            same = back and back <= number and not any(beat.beat.notes for beat in bar.beats)
            bars.append(replace(bar, beats=bars[number - back].beats) if same else bar)
        return bars

    def _on_strings(self, lengths: Sequence[Fraction], skipped: Counter[str]) -> Strung:
        notes = [note for bar in self.staff.bars for timed in bar.beats for note in timed.beat.notes]
        if not _pitches(self.staff.tuning) and any(_PITCH.fullmatch(note.value) for note in notes):
            return on_strings(list(self._played(lengths)), lengths)
        bars = [[note for timed in bar.beats for note in self._fretted(timed, skipped)] for bar in self._bars()]
        return on_bass(bars, _pitches(self.staff.tuning))

    # Notes on strings

    def _fretted(self, timed: TimedBeat, skipped: Counter[str]) -> Iterator[ReadNote]:
        beat = timed.beat
        if any(effect.name == "gr" for effect in beat.effects):
            skipped["{gr}"] += 1  # a grace note takes no time
            return
        for effect in beat.effects:
            if not beat.notes and effect.name not in _NO_MARKS:
                skipped[f"{{{effect.name}}}"] += 1
        for note in beat.notes:
            found = _with_effects(self._note(note), (*note.effects, *beat.effects), skipped)
            yield ReadNote(timed.onset, timed.length, found)

    def _note(self, note: Note) -> ScoreNote:
        """A note without its effects.

        Raises:
            InputError: it has no fret, or no string that the staff has.
        """
        if not note.string or (note.value not in ("x", "-") and not _SMALL_NUMBER.fullmatch(note.value)):
            told = f"{note.value[:20]!r} is no fret: notes are read as fret.string"
            raise InputError(f"{self.name}, line {note.line}: {told}")
        pitches = _pitches(self.staff.tuning)
        if not 1 <= note.string <= (len(pitches) or 6):
            told = f"there is no string {note.string} of {len(pitches) or 6}"
            raise InputError(f"{self.name}, line {note.line}: {told}")
        fret = None if note.value == "x" else 0 if note.value == "-" else int(note.value)
        return ScoreNote(note.string, fret, pitch=0, tied=note.value == "-")

    # Notes by pitch

    def _played(self, lengths: Sequence[Fraction]) -> Iterator[Played]:
        """The notes of plain notation, ties joined."""
        sounding: dict[int, Played] = {}
        for bar, start in zip(self._bars(), accumulate(lengths, initial=Fraction(0)), strict=False):
            for timed in sorted(bar.beats, key=lambda timed: timed.onset):
                onset, end = start + timed.onset, start + timed.onset + timed.length
                for note in () if _is_grace(timed.beat) else timed.beat.notes:
                    pitch = _PITCH.fullmatch(note.value)
                    tied = note.value == "-" or any(effect.name == "t" for effect in note.effects)
                    same = [_midi(pitch)] if pitch else [*sounding] if tied else []
                    for one in same:
                        before = sounding.get(one)
                        if tied and before is not None and before.end == onset:
                            sounding[one] = replace(before, end=end)
                        elif pitch:
                            if before is not None:
                                yield before
                            sounding[one] = Played(onset, end, one)
        yield from sounding.values()


def _is_grace(beat: Beat) -> bool:
    return any(effect.name == "gr" for effect in beat.effects)


def _midi(pitch: re.Match[str]) -> int:
    """E1 is MIDI number 28."""
    return semitones(pitch[1] + pitch[2].replace("x", "##")) + 12 * (int(pitch[3]) + 1)


def _pitches(tuning: Sequence[str]) -> tuple[int, ...]:
    return tuple(_midi(found) for found in map(_PITCH.fullmatch, tuning) if found)


def _program(instrument: str) -> int | None:
    """The General MIDI program, counted from 0, of a number or a name such as ElectricBassFinger."""
    if instrument.isascii() and instrument.isdigit() and len(instrument) < 4:
        return int(instrument)
    return BASS_PROGRAMS[1] if is_bass_name(instrument) else None


def _chords(bar: Bar) -> tuple[tuple[Fraction, str], ...]:
    """Names of chords over the beats of a bar."""
    return tuple(
        (timed.onset, one_line(effect.values[0]))
        for timed in bar.beats
        for effect in timed.beat.effects
        if effect.name == "ch" and effect.values and one_line(effect.values[0])
    )


def _with_effects(note: ScoreNote, effects: Sequence[Effect], skipped: Counter[str]) -> ScoreNote:
    """A note with what a tab can say; the names of the other effects are counted."""
    for effect in effects:
        if effect.name in _EFFECTS:
            note = replace(note, **_EFFECTS[effect.name])
        elif effect.name in ("b", "be"):
            quarters = [int(value) for value in effect.values if _SMALL_NUMBER.fullmatch(value)]
            points = quarters if effect.name == "b" else quarters[1::2]
            note = replace(note, bend=max(1, max(points, default=4) // 2))
        elif effect.name not in _NO_MARKS:
            skipped[f"{{{effect.name}}}"] += 1
    return note
