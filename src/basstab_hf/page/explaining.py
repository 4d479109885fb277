"""A tab -> what is in it, in plain words: strings, metre, key, chords, form, hand, marks, difficulty.

Input: a `Track`, as a reader gives it. Output: lines of text. What is heard or guessed, and not written, is called so.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

from basstab_hf.arrange.difficulty import at_level
from basstab_hf.arrange.piece import Piece, read_piece
from basstab_hf.formats.settings import TEMPO
from basstab_hf.formats.track import Track
from basstab_hf.listen.hear import hear, key_name
from basstab_hf.listen.values import Bar, Part, Song, SongNote
from basstab_hf.metrics.hand import playability
from basstab_hf.tab.fingering import place_hand
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tokenizer.control_table import DENSITY

#: Items of a list; of more the first are told and the rest counted.
_MOST = 16
#: What a difficulty is for whom, in the words of the page.
_LEVELS = {1: "first lessons", 2: "easy", 3: "some practice", 4: "hard", 5: "as hard as a hand can do"}


def explain(track: Track) -> str:
    """What a tab holds, a line for each thing.

    Raises:
        InputError: a tab without bars.
    """
    piece = read_piece(track)
    return "\n".join(
        [
            _heading(track),
            _strings(piece),
            _length(piece),
            *_harmony(piece),
            *_form(piece),
            *_hand(track),
            _marks(track),
            _difficulty(piece, track),
        ]
    ).strip()


def heard_key(track: Track) -> str | None:
    """The key that is heard in a tab's notes alone; None where it has none.

    Raises:
        InputError: a tab without bars.
    """
    song = _song(read_piece(track))
    return key_name(hear(song).key) if song.parts[0].notes else None


def _heading(track: Track) -> str:
    return " by ".join(name for name in (track.tab.title, track.tab.artist) if name)


def _strings(piece: Piece) -> str:
    labels = " ".join(piece.tuning.labels)
    others = {system.tuning for system in piece.source.tab.systems} - {piece.tuning}
    also = f"; some systems in {', '.join(sorted(map(str, others)))}" if others else ""
    return f"Strings: {piece.tuning.n_strings}, {labels} from the highest to the lowest{also}."


def _length(piece: Piece) -> str:
    track = piece.source
    notes = sum(len(bar.notes) for bar in piece.bars)
    rate = notes / len(piece.bars)
    dense = ("few", "some", "many")[sum(rate >= bound for bound in DENSITY)]
    tempo = f"{track.tempo:g} beats a minute" if track.tempo else f"no tempo is told ({TEMPO:g} is assumed)"
    metre = track.time_signature or f"{_signature(piece)}, guessed from the width of the bars"
    return (
        f"Length: {_count(len(piece.bars), 'bar')}, metre {metre}; {tempo}. "
        f"{_count(notes, 'note')}, {rate:.1f} a bar: {dense}."
    )


def _signature(piece: Piece) -> str:
    length = Counter(bar.length for bar in piece.bars).most_common(1)[0][0]
    unit = next((unit for unit in (4, 8, 16) if (length * unit / 4).denominator == 1), None)
    return f"{length * unit / 4}/{unit}" if unit else f"{float(length):.2f} quarter notes a bar"


def _harmony(piece: Piece) -> Iterator[str]:
    """Key and chords: those that are printed, else those that the line outlines."""
    song = _song(piece)
    if not song.parts[0].notes:
        return
    heard = hear(song)
    yield f"Key: {key_name(heard.key)}, heard in the notes of the bass alone."
    printed = [[name for _, name in bar.over.chords] for bar in piece.bars]
    if any(printed):
        names = [" ".join(bar) or "%" for bar in printed]
        yield f"Chords, as printed, bar by bar: {_listed(names, ' | ')}"
        return
    bars = [bar for section in heard.chart.sections for bar in section.bars]
    names = [" ".join(chord.name for chord in bar.chords) or "%" for bar in bars]
    yield f"Chords that the line outlines, bar by bar: {_listed(names, ' | ')}"


def _song(piece: Piece) -> Song:
    """The piece as a song of nothing but this bass."""
    starts = [*itertools.accumulate((bar.length for bar in piece.bars), initial=Fraction(0))]
    bars = tuple(
        Bar(start, bar.length, _signature(piece)) for start, bar in zip(starts, piece.bars, strict=False) if bar.length
    )
    notes = [
        (start + note.onset, note.pitch)
        for start, bar in zip(starts, piece.bars, strict=False)
        for note in bar.notes
        if not note.dead
    ]
    ends = [onset for onset, _ in notes[1:]] + starts[-1:]
    played = tuple(SongNote(onset, max(end, onset), pitch) for (onset, pitch), end in zip(notes, ends, strict=False))
    return Song("", "", bars, (Part(1, "bass", played, is_bass=True),))


def _form(piece: Piece) -> Iterator[str]:
    sections = [bar.over.section for bar in piece.bars if bar.over.section]
    if sections:
        yield f"Sections: {_listed(sections, ', ')}."
    bars = [tuple((note.onset, note.string, note.fret) for note in bar.notes) for bar in piece.bars]
    known = sum(bar in bars[:number] for number, bar in enumerate(bars) if bar)
    if known:
        yield f"Form: {known} of {_count(len(bars), 'bar')} repeat an earlier one to the note."


def _hand(track: Track) -> Iterator[str]:
    """Where the index finger stands, and what no hand can do."""
    notes = timed_notes(track.tab, track.columns_per_beat, track.time.times)
    sounding = [note for note in notes if "dead note" not in note.techniques]
    if not sounding:
        return
    frets = [note.fret for note in sounding]
    opened = sum(fret == 0 for fret in frets)
    yield f"Frets: {min(frets)} to {max(frets)}; {_count(opened, 'open string')} in {_count(len(frets), 'note')}."
    positions = [where.position for where in place_hand(sounding) if where.fret]
    stays = [position for position, _ in itertools.groupby(positions)]
    if stays:
        moves = _listed([str(position) for position in stays], ", ")
        yield f"Hand: the index finger stands at fret {moves}; {_count(len(stays) - 1, 'change')} of position."
    impossible = playability(track.tab, track.tempo or TEMPO, track.columns_per_beat).impossible_moves
    if impossible > 0:
        yield f"{impossible:.0%} of the moves are too far for a hand in their time."


def _marks(track: Track) -> str:
    counts = Counter(technique for note in timed_notes(track.tab) for technique in note.techniques)
    if not counts:
        return "Technique marks: none."
    return f"Technique marks: {', '.join(_count(count, name) for name, count in counts.most_common())}."


def _difficulty(piece: Piece, track: Track) -> str:
    """The lowest level of `basstab arrange --difficulty` that leaves the line as it is."""
    level = next((level for level in _LEVELS if level < 5 and at_level(piece, level).bars == piece.bars), 5)
    tempo = track.tempo or TEMPO
    return f"Difficulty: {level} of 5 ({_LEVELS[level]}) at {tempo:g} beats a minute."


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _listed(names: Sequence[str], between: str) -> str:
    more = len(names) - _MOST
    return between.join(names[:_MOST]) + (f"{between}and {more} more" if more > 0 else "")
