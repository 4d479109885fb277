"""A score of Guitar Pro 6 to 8 (score.gpif) -> a `song.Song`: the same as `guitarpro` gives of versions 3 to 5.

Of a grace note the mark is kept that leads from it, not its fret. Bars that repeat the ones before by a sign are
written out. A capo counts as frets. A tie to nothing is a new note, for the file tells its fret.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from basstab_hf.formats import gpif
from basstab_hf.formats.from_score import ReadBar, ReadNote
from basstab_hf.formats.gpif_notes import Beat, Note, Reader
from basstab_hf.formats.guitarpro_notes import BEYOND, GRACES, grace_mark
from basstab_hf.formats.score_values import ScoreNote
from basstab_hf.formats.song import Content, Part, Song
from basstab_hf.formats.song_form import SongBar
from basstab_hf.formats.track import TOO_LONG, TrackError
from basstab_hf.tab.marks import HAMMER, SLIDE_UP

#: Most beats of one part: long songs have some 3,000. One beat of a file may stand in any number of places.
MAX_BEATS_A_PART = 100_000
#: Most notes of one beat: no instrument that is read has more strings.
_MAX_STRINGS = 12
#: How many bars back the one stands that a sign repeats.
_BACK = {"Simple": 1, "FirstOfDouble": 2, "SecondOfDouble": 2}
_GRACE_LEADS = {"slide": SLIDE_UP, "hammer-on": HAMMER}
_PARTIAL_CAPO = "partial capo"

# Why a bass track is left out, besides the reasons of `song`.
BROKEN_NOTES = "broken notes"


def to_song(xml: bytes, name: str) -> Song:
    """The score in the XML of a file; `name` is what messages call that.

    Raises:
        InputError: no XML, no score, or a broken one.
    """
    score = gpif.read(xml, name)
    reader, drums = Reader(score.tables), Reader(score.tables, drums=True)
    bars = _with_upbeat(score, reader)
    parts = [
        Part(
            name=staff.name,
            program=staff.program,
            strings=staff.strings,
            read=partial(
                _read_part,
                drums if staff.percussion else reader,
                bars,
                staff,
                [_bar_id(ids, place, score) for ids in score.bar_ids],
            ),
            percussion=staff.percussion,
            kind=staff.kind,
        )
        for place, staff in _places(score)
    ]
    return Song(score.title, score.artist, bars, score.tempos, tuple(parts))


_Place = tuple[int, int]  # of a staff: number of the instrument, number of its staff


def _places(score: gpif.Gpif) -> Iterator[tuple[_Place, gpif.Staff]]:
    for number, staffs in enumerate(score.instruments):
        yield from (((number, inside), staff) for inside, staff in enumerate(staffs))


def _bar_id(ids: Sequence[str], place: _Place, score: gpif.Gpif) -> str:
    """The id of the bar of a staff; an instrument without a bar has one id for all its staffs."""
    number, inside = 0, 0
    for name in ids:
        if (number, inside) == place:
            return name
        inside += 1
        if name == gpif.NO_BAR or (number < len(score.instruments) and inside == len(score.instruments[number])):
            number, inside = number + 1, 0
    return gpif.NO_BAR


def _with_upbeat(score: gpif.Gpif, reader: Reader) -> tuple[SongBar, ...]:
    """The bars; the first one is as long as the fullest part of it where the file says that it is an upbeat."""
    if not score.upbeat:
        return score.bars
    try:
        voices = [beats for name in score.bar_ids[0] if name != gpif.NO_BAR for beats in reader.voices(name)]
        filled = max((sum(reader.beat(beat).length for beat in beats) for beats in voices), default=0)
    except (ValueError, LookupError):  # a part with broken notes tells no length
        filled = 0
    first, *others = score.bars
    return (replace(first, length=Fraction(filled)) if 0 < filled < first.length else first, *others)


def _read_part(reader: Reader, bars: Sequence[SongBar], staff: gpif.Staff, ids: Sequence[str]) -> Content:
    """The bars of one staff.

    Raises:
        TrackError: they are broken, or no song has so many beats.
    """
    try:
        return _Staff(reader, staff).read(bars, ids)
    except TrackError:  # which is a ValueError, too
        raise
    except (ValueError, LookupError) as error:
        raise TrackError(BROKEN_NOTES) from error


class _Staff:
    """A staff while it is read."""

    def __init__(self, reader: Reader, staff: gpif.Staff) -> None:
        self._reader, self._staff = reader, staff
        self._left_out: list[tuple[int, str]] = [(0, _PARTIAL_CAPO)] if staff.partial_capo else []
        self._sounded: set[int] = set()
        self._n_beats = 0

    def read(self, bars: Sequence[SongBar], ids: Sequence[str]) -> Content:
        played: list[str] = []
        for number, name in enumerate(ids):
            back = _BACK.get(self._reader.simile(name), 0) if name != gpif.NO_BAR else 0
            played.append(played[number - back] if 0 < back <= number else name)
        read = tuple(self._bar(number, bar, name) for number, (bar, name) in enumerate(zip(bars, played, strict=True)))
        return Content(read, tuple(self._left_out))

    def _bar(self, number: int, bar: SongBar, name: str) -> ReadBar:
        notes: list[ReadNote] = []
        chords: list[tuple[Fraction, str]] = []
        for voice in self._reader.voices(name) if name != gpif.NO_BAR else ():
            onset = Fraction(0)
            graces: dict[int, ScoreNote] = {}
            for beat in self._beats(voice):
                self._left_out += [(number, name) for name in self._losses(beat, onset < bar.length)]
                if beat.is_grace:
                    graces |= {note.from_lowest: note.note for note in beat.notes}
                elif onset < bar.length:
                    notes += self._notes(beat, onset, graces)
                    chord = self._staff.chords.get(beat.chord or "", "")
                    chords += [(onset, chord)] if chord else []
                    graces = {}
                onset += beat.length
        return ReadBar(bar.signature, bar.length, tuple(notes), tuple(chords))

    def _beats(self, voice: Sequence[str]) -> Iterator[Beat]:
        self._n_beats += len(voice)
        if self._n_beats > MAX_BEATS_A_PART:
            raise TrackError(TOO_LONG)
        for name in voice:
            beat = self._reader.beat(name)
            if len(beat.notes) > _MAX_STRINGS:
                raise ValueError(f"a beat has {len(beat.notes)} notes")
            yield beat

    def _losses(self, beat: Beat, inside: bool) -> Iterator[str]:
        """What is left out of a beat, which begins inside its bar or beyond."""
        if beat.is_grace:
            yield from [GRACES] * len(beat.notes)
        elif not inside:
            yield from [BEYOND] * len(beat.notes)
        else:
            yield from beat.left_out
            for note in beat.notes:
                yield from note.left_out

    def _notes(self, beat: Beat, onset: Fraction, graces: dict[int, ScoreNote]) -> Iterator[ReadNote]:
        for note in beat.notes:
            placed = self._placed(note)
            grace = graces.get(note.from_lowest)
            yield ReadNote(onset, beat.length, placed, _grace(grace, note.note) if grace is not None else "")
            self._sounded.add(note.from_lowest)

    def _placed(self, note: Note) -> ScoreNote:
        if self._staff.percussion:
            return note.note
        strings = self._staff.strings
        if not 0 <= note.from_lowest < len(strings):
            raise ValueError(f"string {note.from_lowest} of {len(strings)}")
        string = len(strings) - note.from_lowest
        fret = None if note.note.fret is None else note.note.fret + self._staff.capo
        tied = note.note.tied and note.from_lowest in self._sounded
        return replace(note.note, string=string, fret=fret, pitch=strings[string - 1] + (fret or 0), tied=tied)


def _grace(grace: ScoreNote, note: ScoreNote) -> str:
    if grace.fret is None or note.fret is None:
        return ""
    return grace_mark(_GRACE_LEADS.get(grace.leads, ""), grace.fret, note.fret)
