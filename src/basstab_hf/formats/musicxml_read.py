"""MusicXML -> its bass parts, as tabs.

Input: bytes of a .musicxml, .xml or .mxl (zipped) file. Output: `Tracks`. A bass part has the name, the MIDI program or
the open strings of one, or is the only part. Strings and frets are taken where most notes of a staff have them;
otherwise pitches are fingered. Bars are as long as the file says, whatever the time signature. Repeats are written
once; grace notes and cues are left out.

music21 reads MusicXML too, but weighs 114 MB, takes a second to start, and loses which string a note is on in chords.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from typing import Any

from basstab_hf.formats.from_score import ReadBar, ReadNote, read_bars
from basstab_hf.formats.midi_notes import Played
from basstab_hf.formats.musicxml_file import read_root
from basstab_hf.formats.musicxml_parts import Bar, Part, Piece, Sound, read_piece
from basstab_hf.formats.parts import Listed, is_bass, joined_bars, sound_together, taking_turns
from basstab_hf.formats.pitched import on_strings
from basstab_hf.formats.stringed import Strung, on_bass
from basstab_hf.formats.track import MAX_BEATS, TOO_LONG, Heading, Track, TrackError, one_line
from basstab_hf.formats.tracks import Tracks

#: Under this name a file tells the columns in a beat of its tab, where they are not the usual ones.
GRID_FIELD = "columns-per-beat"
#: A tie looks for its note among so many.
_TIED_NEAR = 8


def read_tracks(content: bytes, name: str) -> Tracks:
    """The bass parts of a file; `name` is what messages call it.

    Raises:
        InputError: no MusicXML, or a broken one.
    """
    root = read_root(content, name)
    piece = read_piece(root, name)
    alone = sum(part.has_notes for part in piece.parts) == 1
    listed = [_listed(number, part, alone=alone) for number, part in enumerate(piece.parts, start=1)]
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    heading = Heading(one_line(title), one_line(_artist(root)), columns_per_beat=_told_grid(root))
    none = "" if any(part.has_notes for part in piece.parts) else "holds no notes with a pitch"
    together = sound_together([part.bars for part in piece.parts], _sounds)
    return Tracks.of(
        listed,
        lambda places: _to_track(heading, piece, _joined([piece.parts[place] for place in places])),
        taking_turns(listed, together),
        none,
    )


def _listed(number: int, part: Part, *, alone: bool) -> Listed:
    """A part as messages name it; the only one that sounds counts as a bass."""
    pitches = [sound.pitch for bar in part.bars for sound in bar.sounds if sound.pitch is not None]
    span = (min(pitches), max(pitches)) if pitches else None
    bass = part.has_notes and (alone or is_bass(part.name, part.program, part.strings()))
    return Listed(number, part.name, part.program, part.strings(), span, is_bass=bass)


def _joined(parts: Sequence[Part]) -> Part:
    """One part of one or more that take turns."""
    passed_over = sum((part.passed_over for part in parts), Counter())
    return replace(parts[0], bars=joined_bars([part.bars for part in parts], _sounds), passed_over=passed_over)


def _sounds(bar: Bar) -> bool:
    return bool(bar.sounds)


def _told_grid(root: Any) -> int | None:
    fields = root.iterfind("identification/miscellaneous/miscellaneous-field")
    texts = (field.text or "" for field in fields if field.get("name") == GRID_FIELD)
    return next((int(text) for text in texts if re.fullmatch(r"[0-9]{1,2}", text)), None)


def _artist(root: Any) -> str:
    creators = root.findall("identification/creator")
    return next((found.text or "" for found in creators if found.get("type") in ("artist", "composer")), "")


def _to_track(heading: Heading, piece: Piece, part: Part) -> Track:
    """One bass part; `heading` is what the file says of all.

    Raises:
        TrackError: no tab can say it.
    """
    lengths = [bar.length for bar in piece.form.bars[: len(part.bars)]]
    if sum(lengths) > MAX_BEATS:
        raise TrackError(TOO_LONG, f"is too long: up to {MAX_BEATS:,} quarter notes are read")
    found = _on_strings(part, lengths)
    bars = [
        ReadBar(shared.signature, shared.length, tuple(note for note in notes if note.onset < shared.length), chords)
        for shared, notes, chords in zip(piece.form.bars, found.bars, _chords(part), strict=False)
    ]
    track = read_bars(replace(heading, name=part.name), found.tuning, bars, piece.form)
    told = [f"{what} left out: {count}" for what, count in sorted(part.passed_over.items()) if count]
    return replace(track, remarks=(*track.remarks, *found.remarks, *told))


def _chords(part: Part) -> list[tuple[tuple[Fraction, str], ...]]:
    return [tuple(sorted(bar.chords)) for bar in part.bars]


def _on_strings(part: Part, lengths: Sequence[Fraction]) -> Strung:
    """The notes of the staff that has most, those with strings and frets first; in bars of `lengths`.

    Raises:
        TrackError: they fit no bass.
    """
    with_fret = Counter(sound.staff for bar in part.bars for sound in bar.sounds if sound.note is not None)
    with_pitch = Counter(sound.staff for bar in part.bars for sound in bar.sounds if sound.pitch is not None)
    staff = (with_fret or with_pitch).most_common(1)[0][0]
    bars = [[sound for sound in bar.sounds if sound.staff == staff] for bar in part.bars]
    if 2 * with_fret[staff] <= with_pitch[staff]:
        return _from_pitches(bars, lengths)
    notes = [
        [ReadNote(sound.onset, sound.length, sound.note) for sound in sounds if sound.note is not None]
        for sounds in bars
    ]
    found = on_bass(notes, part.strings(staff))
    lost = sum(sound.note is None and sound.pitch is not None for sounds in bars for sound in sounds)
    told = (f"notes without a string and fret left out: {lost}",) if lost else ()
    return replace(found, remarks=(*found.remarks, *told))


def _from_pitches(bars: Sequence[Sequence[Sound]], lengths: Sequence[Fraction]) -> Strung:
    """Strings and frets by `pitched`; techniques are lost."""
    played: list[Played] = []
    for sounds, start in zip(bars, accumulate(lengths, initial=Fraction(0)), strict=False):
        for sound in sorted(sounds, key=lambda sound: sound.onset):
            if sound.pitch is not None:
                _play(played, sound, sound.pitch, start)
    try:
        return on_strings(played, lengths)
    except TrackError as error:
        raise TrackError(error.reason, f"holds no bass part that can be written ({error.reason})") from error


def _play(played: list[Played], sound: Sound, pitch: int, start: Fraction) -> None:
    """Add a note, or make the one longer that it is tied to."""
    onset = start + sound.onset
    if sound.tied:
        for place in range(len(played) - 1, max(len(played) - 1 - _TIED_NEAR, -1), -1):
            if played[place].pitch == pitch and played[place].end == onset:
                played[place] = replace(played[place], end=onset + sound.length)
                return
    played.append(Played(onset, onset + sound.length, pitch))
