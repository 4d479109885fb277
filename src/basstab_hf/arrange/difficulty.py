"""Five levels of the same line, as a bass teacher would write it out: what begins a bar stays at every level.

Input: a `Piece` and a level. Output: a `Piece`. Levels 4 to 1 leave more and more out, each of what the one above it
leaves; 4 is as written, but playable. 5 is as written with notes between: octaves, approach notes, dead notes,
hammer-ons.

1   a note a beat, at fast tempos a half bar, no techniques, the first five frets
2   no more than eighths, hammer-ons and slides, frets up to 9
3   sixteenths at slow tempos, double stops, dead notes, ghost notes, vibrato, frets up to 17
4   all but tapping and chords of four notes
"""

from __future__ import annotations

import itertools
from bisect import bisect, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from basstab_hf.arrange.piece import Piece, PieceBar, PieceNote
from basstab_hf.formats.settings import TEMPO
from basstab_hf.printing.words import counted
from basstab_hf.tab.marks import AFTER, BEFORE, DEAD, GHOST, HAMMER, LEADING, OCTAVE, PULL, TAP, VIBRATO, can_be_said

#: The highest frets that are used where a pitch lies below, by level.
HIGHEST_FRETS = {1: 5, 2: 9, 3: 17, 4: 24, 5: 24}
_HALF = Fraction(1, 2)
#: Semitones between neighbouring notes that one hand hammers on or pulls off.
_HAMMERED = range(1, 4)
#: The highest fret of an octave that is put between.
_HIGHEST_OCTAVE = 14


@dataclass(frozen=True, slots=True)
class _Level:
    """What is left: parts of a beat at which notes may be dense (none: all; others have half a beat to each side),
    beats between two at least, notes a second at most, notes struck together, marks."""

    parts: tuple[int, ...]
    gap: Fraction
    rate: float
    together: int
    marks: frozenset[str]


_FEW = LEADING | {DEAD, GHOST, VIBRATO}
_LEVELS = {
    1: _Level((1,), Fraction(1), 2.0, 1, frozenset()),
    2: _Level((2, 3), Fraction(1, 3), 5.0, 1, LEADING),
    3: _Level((), Fraction(1, 6), 7.0, 2, _FEW),
    4: _Level((), Fraction(0), 10.0, 3, (BEFORE | AFTER | {DEAD}) - {TAP}),
}
#: Notes a second of level 5: sixteenths at 210 beats a minute.
_FASTEST = 14.0


def at_level(piece: Piece, level: int) -> Piece:
    """The same piece at a level, 1 to 5; what is left out or put in is told."""
    before = _count(piece)
    if level > max(_LEVELS):
        found = _enriched(piece)
        told = f"difficulty {level}: {_count(found) - before} notes are put between {before}"
    else:
        found = piece
        for number in range(max(_LEVELS), level - 1, -1):
            found = _thinned(found, _LEVELS[number])
        told = f"difficulty {level}: {before - _count(found)} of {counted(before, 'note')} left out"
    return replace(found, remarks=(*found.remarks, told))


def _count(piece: Piece) -> int:
    return sum(len(bar.notes) for bar in piece.bars)


def _tempo(piece: Piece) -> float:
    return piece.source.tempo or TEMPO


def _thinned(piece: Piece, level: _Level) -> Piece:
    """The notes that are kept, those first that weigh most in their bar."""
    gap = max(level.gap, Fraction(_tempo(piece) / 60 / level.rate).limit_denominator(48))
    starts = [*itertools.accumulate((bar.length for bar in piece.bars), initial=Fraction(0))]
    bars = [replace(bar, notes=tuple(_plain(bar.notes, level))) for bar in piece.bars]
    ranked = sorted(
        (_weight(onset, bar, level), start + onset)
        for start, bar in zip(starts, bars, strict=False)
        for onset in dict.fromkeys(note.onset for note in bar.notes)
    )
    kept: list[Fraction] = []
    for weight, place in ranked:
        at = bisect(kept, place)
        near = [abs(place - other) for other in kept[max(at - 1, 0) : at + 1]]
        needed = gap if weight <= _OFF else max(gap, _HALF)
        if weight == _DOWNBEAT or min(near, default=needed) >= needed:
            insort(kept, place)
    stays = {*kept}
    last: dict[int, bool] = {}  # whether the last note of a string is kept
    found = []
    for start, bar in zip(starts, bars, strict=False):
        notes = []
        for note in bar.notes:
            if start + note.onset in stays:
                leads = note.before in LEADING and not last.get(note.string, False)
                notes.append(replace(note, before="") if leads else note)
            last[note.string] = start + note.onset in stays
        found.append(replace(bar, notes=tuple(notes)))
    return replace(piece, bars=tuple(found))


_DOWNBEAT, _OFF = 0, 5


def _weight(onset: Fraction, bar: PieceBar, level: _Level) -> int:
    """How early an onset is kept: the downbeat, the middle of the bar, beats, halves, other parts, what is off."""
    if onset == 0:
        return _DOWNBEAT
    if level.parts and all((onset * parts).denominator > 1 for parts in level.parts):
        return _OFF + 1
    if 2 * onset == bar.length:
        return 1
    return next((rank for rank, parts in ((2, 1), (3, 2), (4, 4)) if (onset * parts).denominator == 1), _OFF)


def _plain(notes: Sequence[PieceNote], level: _Level) -> Iterator[PieceNote]:
    """The notes of a bar without what a level does not have: dead and ghost notes, upper notes of chords, marks."""
    for _, struck in itertools.groupby(notes, key=lambda note: note.onset):
        together = sorted(struck, key=lambda note: (note.dead, note.pitch))
        sounding = [
            note for note in together if (DEAD if note.dead else note.before) in level.marks or not _quiet(note)
        ]
        kept = sounding[: level.together]
        yield from (
            replace(
                note,
                before=note.before if note.before in level.marks else "",
                after=note.after if note.after in level.marks else "",
            )
            for note in sorted(kept, key=lambda note: note.string)
        )


def _quiet(note: PieceNote) -> bool:
    """Whether a note is no pitch of the line, but colour; on the first beat it is the line."""
    return note.dead or (note.before == GHOST and note.onset > 0)


def _enriched(piece: Piece) -> Piece:
    """Notes in the gaps, a mark on every other step that has none."""
    shortest = max(Fraction(1, 4), Fraction(_tempo(piece) / 60 / _FASTEST).limit_denominator(48))
    ahead = {number: bar.notes[0] for number, bar in enumerate(piece.bars) if bar.notes and bar.notes[0].onset == 0}
    bars = []
    for number, bar in enumerate(piece.bars):
        ends = [*(note.onset for note in bar.notes), *bar.silences, bar.length]
        added: list[PieceNote] = []
        groups = [[*group] for _, group in itertools.groupby(bar.notes, key=lambda note: note.onset)]
        for place, (struck, after) in enumerate(itertools.zip_longest(groups, groups[1:])):
            note = max(struck, key=lambda one: (not one.dead, one.string))
            end = min(end for end in ends if end > note.onset)
            goal = after[-1] if after else ahead.get(number + 1)
            added += _between(note, goal, end, piece, shortest, odd=place % 2 == 1)
        notes = sorted([*_hammered(bar.notes), *added], key=lambda note: (note.onset, note.string))
        bars.append(replace(bar, notes=tuple(notes)))
    return replace(piece, bars=tuple(bars))


def _between(
    note: PieceNote, goal: PieceNote | None, end: Fraction, piece: Piece, shortest: Fraction, *, odd: bool
) -> Iterator[PieceNote]:
    """At most one note between a note and the next: a step to it, an octave, or a dead note in less room."""
    gap = end - note.onset
    on_grid = 1 / Fraction(piece.source.columns_per_beat)
    if note.dead or note.after or note.tied or (goal is not None and goal.before in LEADING):
        return
    plain = replace(note, before="", after="", letter="")
    if gap >= 1 and shortest <= _HALF and (_HALF / on_grid).denominator == 1:
        yield replace(_colour(plain, goal, piece), onset=end - _HALF)
    elif gap == _HALF and odd and shortest <= _HALF / 2 and (_HALF / 2 / on_grid).denominator == 1:
        low = note.pitch - (note.fret or 0)
        yield replace(plain, onset=note.onset + _HALF / 2, fret=None, pitch=low)


def _colour(note: PieceNote, goal: PieceNote | None, piece: Piece) -> PieceNote:
    """A semitone from the next note's side where another pitch follows on a downbeat, else the octave, else again."""
    if goal is not None and not goal.dead and goal.onset == 0 and goal.pitch != note.pitch and goal.fret is not None:
        step = -1 if note.pitch < goal.pitch and goal.fret > 0 else 1
        if can_be_said(goal.fret + step):
            return replace(
                goal, fret=goal.fret + step, pitch=goal.pitch + step, before="", after="", tied=False, letter=""
            )
    for string, low in enumerate(piece.tuning.pitches, start=1):
        fret = note.pitch + OCTAVE - low
        if string < note.string and 0 <= fret <= _HIGHEST_OCTAVE and can_be_said(fret):
            return replace(note, string=string, fret=fret, pitch=note.pitch + OCTAVE)
    return note


def _hammered(notes: Sequence[PieceNote]) -> Iterator[PieceNote]:
    """Every other step on a string is hammered on or pulled off."""
    marked = True
    for before, note in zip([None, *notes[:-1]] if notes else [], notes, strict=True):
        step = (note.fret or 0) - (before.fret or 0) if before is not None else 0
        alone = sum(other.onset == note.onset for other in notes) == 1
        fits = (
            before is not None
            and not (before.dead or note.dead or before.after or note.before)
            and before.string == note.string
            and alone
            and note.onset - before.onset <= _HALF
            and abs(step) in _HAMMERED
        )
        marked = fits and not marked
        yield replace(note, before=HAMMER if step > 0 else PULL) if marked else note
