"""Files of songs -> `Song`: all parts with their notes in quarter notes, bars, tempos, printed chords.

Input: the bytes of a Guitar Pro (3 to 8), MIDI or MusicXML file, through the readers of `formats`. Bars stand as they
are written: repeats are not played out, a form goes with them.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.formats import guitarpro, midi_notes, musicxml_file, musicxml_parts
from basstab_hf.formats import song as guitarpro_song
from basstab_hf.formats.from_score import ReadBar
from basstab_hf.formats.parts import is_bass
from basstab_hf.formats.song_form import SongBar, SongForm
from basstab_hf.formats.track import MAX_BARS, MAX_BEATS, TrackError, one_line
from basstab_hf.listen.values import GUITAR_PRO, MIDI, MUSICXML, SUFFIXES, Bar, Part, Song, SongNote
from basstab_hf.rhythm.tab_time import Tempo
from basstab_hf.rhythm.tempo_words import TEMPOS

#: Most notes of a song: long ones have some 40,000.
MAX_NOTES = 200_000


def read_song(path: str | os.PathLike[str]) -> Song:
    """The song in a file.

    Raises:
        InputError: the file cannot be read, is of no known kind, broken, too long, or without notes.
        MissingExtraError: a package that reads the format is not installed.
    """
    return parse_song(files.read_bytes(path), str(path), Path(path).suffix)


def parse_song(content: bytes, name: str, suffix: str) -> Song:
    """The song in a content as it lies in files of a suffix; `name` is what messages call it. Raises as `read_song`."""
    suffix = suffix.lower()
    if suffix in GUITAR_PRO:
        song = _of_guitar_pro(guitarpro.read_song(content, name), name)
    elif suffix in MIDI:
        song = _of_midi(midi_notes.read_score(content, name), name)
    elif suffix in MUSICXML:
        root = musicxml_file.read_root(content, name)
        heading = [root.findtext("work/work-title") or root.findtext("movement-title") or ""]
        heading.append(root.findtext("identification/creator") or "")
        song = _of_musicxml(musicxml_parts.read_piece(root, name), heading, name)
    else:
        raise InputError(f"{name}: songs can be read from files ending in {' '.join(SUFFIXES)}")
    notes = sum(len(part.notes) for part in song.parts)
    if not notes:
        raise InputError(f"{name} holds no notes: nothing to listen to")
    if notes > MAX_NOTES:
        raise InputError(f"{name} holds {notes:,} notes: songs of up to {MAX_NOTES:,} are read")
    return song


def _bars(bars: Sequence[SongBar], name: str) -> tuple[Bar, ...]:
    if not bars or any(bar.length <= 0 for bar in bars):
        raise InputError(f"{name} has no bars, or bars of no length: save it anew")
    if len(bars) > MAX_BARS or sum(bar.length for bar in bars) > MAX_BEATS:
        raise InputError(f"{name} has {len(bars):,} bars: up to {MAX_BARS:,} bars and {MAX_BEATS:,} beats are read")
    starts = accumulate((bar.length for bar in bars), initial=Fraction(0))
    return tuple(Bar(start, bar.length, bar.signature, bar.section) for start, bar in zip(starts, bars, strict=False))


def _jumps(bars: Sequence[SongBar]) -> Iterator[str]:
    found = [number for number, bar in enumerate(bars, start=1) if bar.jumps]
    if found:
        yield f"jumps (da capo, coda) are not followed: bar {', '.join(map(str, found))}"


def _kept(tempos: Iterable[Tempo]) -> tuple[Tempo, ...]:
    return tuple(tempo for tempo in tempos if TEMPOS[0] <= tempo.tempo <= TEMPOS[1])


# Guitar Pro


def _of_guitar_pro(song: guitarpro_song.Song, name: str) -> Song:
    bars = _bars(song.bars, name)
    parts: list[Part] = []
    chords: dict[Fraction, str] = {}
    remarks = list(_jumps(song.bars))
    for number, part in enumerate(song.parts, start=1):
        try:
            read = part.read().bars
        except TrackError as error:
            read = ()
            remarks.append(f"part {part.listed(number).label} is left out: {error}")
        if not part.is_bass:
            for bar, heard in zip(bars, read, strict=False):
                for onset, chord in heard.chords:
                    chords.setdefault(bar.start + onset, chord)
        parts.append(
            Part(
                number,
                part.name,
                tuple(_joined(bars, read, drums=part.percussion)),
                None if part.percussion else part.program,
                () if part.percussion else part.strings,
                part.percussion,
                part.is_bass,
            )
        )
    return Song(
        song.title,
        song.artist,
        bars,
        tuple(parts),
        _kept(song.tempos),
        tuple(sorted(chords.items())),
        SongForm(song.bars).signs(),
        tuple(remarks),
    )


def _joined(bars: Sequence[Bar], read: Sequence[ReadBar], *, drums: bool) -> list[SongNote]:
    """The notes of a part, tied ones as one; dead notes have no pitch and are left out."""
    found: list[SongNote] = []
    latest: dict[int, int] = {}
    for bar, heard in zip(bars, read, strict=False):
        for one in sorted(heard.notes, key=lambda one: one.onset):
            onset, string = bar.start + one.onset, one.note.string
            if one.note.fret is None:
                continue
            last = latest.get(string)
            if one.note.tied and not drums:
                if last is not None and found[last].end == onset:
                    before = found[last]
                    found[last] = SongNote(before.onset, onset + one.length, before.pitch, before.velocity)
                continue
            pitch = one.note.fret if drums else one.note.pitch
            latest[string] = len(found)
            velocity = 60 if one.note.ghost else 96
            found.append(SongNote(onset, onset + one.length, min(max(pitch, 0), 127), velocity))
    return sorted(found)


# MIDI


def _of_midi(score: midi_notes.Score, name: str) -> Song:
    notes = [note for part in score.parts for note in part.notes] + [*score.drums]
    last = max((note.end for note in notes), default=Fraction(0))
    if last > MAX_BEATS:
        raise InputError(f"{name} is too long: up to {MAX_BEATS:,} beats are read")
    written = _midi_bars(score.signatures, max(last, Fraction(1)), name)
    bars = _bars(written, name)
    bars = _with_sections(bars, score.markers)
    parts = [
        Part(number, part.name, _played(part.notes), part.program, is_bass=part.is_bass)
        for number, part in enumerate(score.parts, start=1)
    ]
    if score.drums:
        parts.append(Part(len(parts) + 1, "Drums", _played(score.drums), is_drums=True))
    song = Song(score.title, "", bars, tuple(parts))
    tempos = []
    for beat, tempo in score.tempos:
        if beat < bars[-1].end:
            number = song.bar_at(beat)
            tempos.append(Tempo(number, beat - bars[number].start, tempo))
    return Song(score.title, "", bars, tuple(parts), _kept(tempos))


def _midi_bars(signatures: Sequence[midi_notes.Signature], last: Fraction, name: str) -> list[SongBar]:
    """Bars up to the one that holds `last`; a signature that comes inside a bar cuts it."""
    bars: list[SongBar] = []
    for signature, following in zip(signatures, [*signatures[1:], None], strict=True):
        now = signature.start
        end = min(following.start, last) if following is not None else last
        while now < end:
            length = min(signature.bar, following.start - now) if following is not None else signature.bar
            bars.append(SongBar(str(signature), length))
            now += length
            if len(bars) > MAX_BARS:
                raise InputError(f"{name} has more than {MAX_BARS:,} bars")
    return bars


def _with_sections(bars: Sequence[Bar], markers: Sequence[tuple[Fraction, str]]) -> tuple[Bar, ...]:
    """Bars with the names of the markers nearest to their starts."""
    names: dict[int, str] = {}
    starts = [bar.start for bar in bars]
    for beat, text in markers:
        if one_line(text):
            after = min(bisect_right(starts, beat), len(bars) - 1)
            number = min(max(after - 1, 0), after, key=lambda number: abs(starts[number] - beat))
            names.setdefault(number, one_line(text))
    return tuple(Bar(bar.start, bar.length, bar.signature, names.get(number)) for number, bar in enumerate(bars))


def _played(notes: Sequence[midi_notes.Played]) -> tuple[SongNote, ...]:
    return tuple(sorted(SongNote(note.onset, note.end, note.pitch, note.velocity) for note in notes))


# MusicXML


def _of_musicxml(piece: musicxml_parts.Piece, heading: Sequence[str], name: str) -> Song:
    bars = _bars(piece.form.bars, name)
    parts: list[Part] = []
    chords: dict[Fraction, str] = {}
    for number, part in enumerate(piece.parts, start=1):
        drums = any(sound.drum is not None for bar in part.bars for sound in bar.sounds)
        for bar, heard in zip(bars, part.bars, strict=False):
            for onset, chord in heard.chords:
                chords.setdefault(bar.start + min(onset, bar.length), chord)
        notes = _strokes(bars, part) if drums else _sounds(bars, part)
        strings = part.strings()
        bass = not drums and is_bass(part.name, part.program, strings)
        parts.append(Part(number, part.name, tuple(sorted(notes)), part.program, strings, drums, bass))
    title, artist = map(one_line, heading)
    return Song(
        title,
        artist,
        bars,
        tuple(parts),
        _kept(piece.form.tempos),
        tuple(sorted(chords.items())),
        piece.form.signs(),
        tuple(_jumps(piece.form.bars)),
    )


def _strokes(bars: Sequence[Bar], part: musicxml_parts.Part) -> Iterator[SongNote]:
    for bar, heard in zip(bars, part.bars, strict=False):
        for sound in heard.sounds:
            if sound.drum is not None and sound.onset < bar.length:
                onset = bar.start + sound.onset
                yield SongNote(onset, onset + sound.length, min(max(sound.drum, 0), 127))


def _sounds(bars: Sequence[Bar], part: musicxml_parts.Part) -> list[SongNote]:
    """The notes of a part, tied ones as one."""
    found: list[SongNote] = []
    latest: dict[int, int] = {}
    for bar, heard in zip(bars, part.bars, strict=False):
        for sound in sorted(heard.sounds, key=lambda sound: sound.onset):
            if sound.pitch is None or not 0 <= sound.pitch <= 127 or sound.onset >= bar.length:
                continue
            onset, last = bar.start + sound.onset, latest.get(sound.pitch)
            if sound.tied and last is not None and found[last].end == onset:
                found[last] = SongNote(found[last].onset, onset + sound.length, sound.pitch)
                continue
            latest[sound.pitch] = len(found)
            found.append(SongNote(onset, onset + sound.length, sound.pitch))
    return found
