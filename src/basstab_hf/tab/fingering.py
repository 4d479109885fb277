"""Pitches -> strings and frets by shortest path, and the one cost of a hand movement, which playability measures too.

Input: `PitchEvent`s (a pitch at a column). Output: one `Fingering` a note: string, fret and where the hand is.

The hand has a position, the fret its index finger stands over; four fingers cover four frets from there, one finger a
fret. A passage costs the sum of what holding each note and each movement between two notes cost; the unit is letting go
of a position with one beat of time to do it:

    hold  fretted: HEIGHT * (position - 1) + STRETCH where the little finger is used below position WIDE;   open: OPEN
    move  CROSSING * strings crossed
          + (SHIFT + SLIDE * frets shifted) / beats from onset to onset, kept within BEATS, halved after an open string

The cheapest path through all (string, position) states is found exactly by dynamic programming. Framing a fingering as
an optimum path over such states is Sayegh's (Computer Music Journal 13(3), 1989); Radicioni, Anselma, Lombardo (2004)
weigh movement along and across the neck apart, as here; Heijink and Meulenbroek (Journal of Motor Behavior 34(4), 2002)
name the same burdens of the left hand: where it is, how far it moves, how far it spans. Low positions span wide frets:
double-bass method (Simandl) puts three frets, not four, under the hand there.

The numbers were fitted to what people wrote: coordinate search, then rounding, over 120 of the 292 pages of a real
tab site. On the other 172 (3,015 passages in one voice; 41,603 notes that several strings offer) 61 % of these notes
get the transcriber's string; choosing the lowest fret, 30 % do. `taste` gets more of them, and knows no hand.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import BasstabError
from basstab_hf.tab import marks, taste
from basstab_hf.tab.timing import COLUMNS_PER_BEAT
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import Note

Floats = NDArray[np.float64]

#: Frets under the hand, one finger a fret.
SPAN = 4
#: Cost of each string crossed.
CROSSING = 0.5
#: Cost of letting go of a position, and of each fret moved, with one beat of time.
SHIFT, SLIDE = 1.0, 0.5
#: More time than two beats makes a shift no easier, less than a sixteenth no harder (beats).
BEATS = (0.25, 2.0)
#: A hand whose last note was an open string is free to move during it.
FREED = 0.5
#: Cost of a fretted note for each fret that its position lies above the first: between equals, the lower.
HEIGHT = 0.03125
#: Cost of the little finger on the fourth fret of the hand in positions below `WIDE`.
STRETCH, WIDE = 1.0, 4
#: Cost of an open string: it rings on and cannot be shaped, so that people avoid it where a fretted note is at hand.
OPEN = 1.0
#: The highest fret used unless told otherwise.
MAX_FRET = 20


class FingeringError(BasstabError, ValueError):
    """A passage that cannot be played or written on this bass; the message names the pitch.

    `place` is the note's place in the passage where its neighbours are in the way, None for all other reasons.
    """

    def __init__(self, told: str, place: int | None = None) -> None:
        super().__init__(told)
        self.place = place


@dataclass(frozen=True, slots=True)
class PitchEvent:
    """A pitch (MIDI number) that starts at `onset` (grid columns from the start; bar lines take none).

    `bar_end` is the column before which a bar line stands, None where none follows: digits must not cross it.
    """

    onset: int
    pitch: int
    bar_end: int | None = None


@dataclass(frozen=True, slots=True)
class Fingering:
    """Where a note is played: string number (1 = highest-pitched), fret (0 = open), hand position (1 = lowest)."""

    string: int
    fret: int
    position: int


def finger(
    notes: Sequence[PitchEvent],
    tuning: Tuning = STANDARD,
    max_fret: int = MAX_FRET,
    columns_per_beat: float = COLUMNS_PER_BEAT,
    *,
    like_people: bool = False,
) -> tuple[Fingering, ...]:
    """Choose strings and frets for one voice at least cost (`passage_cost`), ties to the higher string.

    With `like_people` the strings are those that people would choose (`taste`), and the hand goes where they are at
    least cost. A fret is only chosen where its digits have room before the next onset and the bar line, and where they
    do not read as another fret together with the digits after them. Takes about 25 microseconds a note, with
    `like_people` 45.

    Raises:
        FingeringError: a pitch outside the range of the bass, a passage that no choice of strings lets be written on
            this grid, or onsets that do not rise.
    """
    frets = _frets(notes, tuning, max_fret)
    usable = _usable(frets, _room(notes), max_fret)
    beats = [note.onset / columns_per_beat for note in notes]
    joins = _joins(notes, frets)
    try:
        if like_people:
            pairs = {number: np.diag(join) for number, join in enumerate(joins, start=1) if join is not None}
            strings = taste.choose(frets, usable, tuning, pairs=pairs)
            usable = np.arange(tuning.n_strings) == strings[:, None]
        return _search(frets, usable, beats, joins, max_fret)
    except taste.NoPathError as stuck:
        note = notes[stuck.place]
        raise FingeringError(
            f"pitch {note.pitch} at column {note.onset} cannot be written in {tuning} up to fret {max_fret} so close "
            "to its neighbours: use a finer grid or transpose",
            stuck.place,
        ) from stuck


def place_hand(notes: Sequence[Note], max_fret: int = marks.MAX_FRET) -> tuple[Fingering, ...]:
    """Find the cheapest hand positions for notes whose strings and frets are given, one voice in order of onset.

    Raises:
        FingeringError: a fret above `max_fret` or below 0.
    """
    for note in notes:
        if not 0 <= note.fret <= max_fret:
            raise FingeringError(f"fret {note.fret} of pitch {note.pitch} is not within 0 to {max_fret}")
    n_strings = max((note.string for note in notes), default=1)
    frets = np.array([[note.fret] * n_strings for note in notes], dtype=np.int64).reshape(-1, n_strings)
    given = np.array([note.string - 1 for note in notes], dtype=np.int64)
    usable = np.arange(n_strings) == given[:, None]
    return _search(frets, usable, [note.onset for note in notes], [None] * len(notes), max_fret)


def passage_cost(path: Sequence[Fingering], onsets: Sequence[float]) -> float:
    """Cost of a passage by the module's formula; `onsets` in beats. 0 for no notes."""
    moves = zip(itertools.pairwise(path), itertools.pairwise(onsets), strict=True)
    return sum(map(holding_cost, path)) + sum(movement_cost(a, b, end - start) for (a, b), (start, end) in moves)


def holding_cost(note: Fingering) -> float:
    """Cost of holding one note, by the module's formula."""
    if note.fret == 0:
        return OPEN
    stretched = note.fret - note.position == SPAN - 1 and note.position < WIDE
    return HEIGHT * (note.position - 1) + STRETCH * stretched


def movement_cost(before: Fingering, after: Fingering, beats: float) -> float:
    """Cost of going from one note to the next, `beats` from onset to onset, by the module's formula."""
    crossing = CROSSING * abs(after.string - before.string)
    frets = abs(after.position - before.position)
    if frets == 0:
        return crossing
    freed = FREED if before.fret == 0 else 1.0
    return crossing + (SHIFT + SLIDE * frets) * freed / _time(beats)


def shifts(path: Sequence[Fingering]) -> int:
    """How often the hand changes its position in a passage."""
    return sum(a.position != b.position for a, b in itertools.pairwise(path))


def _time(beats: float) -> float:
    return min(max(beats, BEATS[0]), BEATS[1])


def _frets(notes: Sequence[PitchEvent], tuning: Tuning, max_fret: int) -> NDArray[np.int64]:
    """Fret of every note on every string, in range or not: shape (notes, strings)."""
    low, high = tuning.pitches[-1], tuning.pitches[0] + max_fret
    for note in notes:
        if not low <= note.pitch <= high:
            raise FingeringError(f"pitch {note.pitch} is outside {low} to {high}, the range of {tuning}: transpose")
    pitches = np.array([note.pitch for note in notes], dtype=np.int64)
    return pitches[:, None] - np.array(tuning.pitches, dtype=np.int64)[None, :]


def _room(notes: Sequence[PitchEvent]) -> NDArray[np.int64]:
    """Columns from each onset to the next onset or bar line, at most 2."""
    room = [2] * len(notes)
    for place, (note, following) in enumerate(itertools.zip_longest(notes, notes[1:])):
        ends = (note.bar_end, following.onset if following else None)
        room[place] = min([2, *(end - note.onset for end in ends if end is not None)])
        if room[place] < 1:
            raise FingeringError(f"pitch {note.pitch} at column {note.onset} has no column of its own: one voice only")
    return np.array(room, dtype=np.int64)


def _usable(frets: NDArray[np.int64], room: NDArray[np.int64], max_fret: int) -> NDArray[np.bool_]:
    """Frets in range whose digits have room and read back as one fret (22 does not: it stands for two notes)."""
    single = [_reads_as(fret) for fret in range(max_fret + 1)]
    inside = (frets >= 0) & (frets <= max_fret)
    fits = np.where(frets >= 10, 2, 1) <= room[:, None]
    return np.asarray(inside & fits & np.array(single)[np.where(inside, frets, 0)])


def _joins(notes: Sequence[PitchEvent], frets: NDArray[np.int64]) -> list[NDArray[np.float64] | None]:
    """For each pair of notes the strings (0 or inf) on which the digits of the second would run into the first's."""
    joins: list[NDArray[np.float64] | None] = []
    for place, (a, b) in enumerate(itertools.pairwise(notes)):
        distance = b.onset - a.onset
        if distance > 2 or (a.bar_end is not None and b.onset >= a.bar_end):
            joins.append(None)
            continue
        pairs = zip(frets[place].tolist(), frets[place + 1].tolist(), strict=True)
        misread = [len(str(first)) == distance and not _read_apart(first, second) for first, second in pairs]
        joins.append(np.where(misread, np.inf, 0.0) if any(misread) else None)
    return joins


@cache
def _read_apart(first: int, second: int) -> bool:
    """Whether two frets with no column between them read as these two, and so after the first repeated.

    Three equal digits read as three notes, so that 2, 2, 20 would be taken for 2, 2, 2, 0.
    """
    return _reads_as(first, second) and (not _reads_as(first, first) or _reads_as(first, first, second))


def _reads_as(*frets: int) -> bool:
    digits = [str(fret) for fret in frets]
    return [fret for _, fret in marks.split_frets("".join(digits))] == digits


def _search(
    frets: NDArray[np.int64],
    usable: NDArray[np.bool_],
    beats: Sequence[float],
    joins: Sequence[NDArray[np.float64] | None],
    max_fret: int,
) -> tuple[Fingering, ...]:
    """Run the shortest path over states (string, position).

    Raises:
        NoPathError: there is none.
    """
    if len(beats) == 0:
        return ()
    holding, shift = _holding_table(max_fret), _shift_table(max_fret)
    crossing = CROSSING * np.abs(np.subtract.outer(np.arange(frets.shape[1]), np.arange(frets.shape[1])))
    local = np.where(usable[:, :, None], holding[np.where(usable, frets, 0)], np.inf)
    total, back = local[0], []
    if not np.isfinite(total).any():
        raise taste.NoPathError(0)
    for note in range(1, len(beats)):
        weight = np.where(frets[note - 1] == 0, FREED, 1.0) / _time(beats[note] - beats[note - 1])
        moved = total[:, :, None] + weight[:, None, None] * shift
        from_position = moved.argmin(axis=1)
        join = joins[note - 1]
        crossed = moved.min(axis=1)[:, None, :] + (crossing if join is None else crossing + np.diag(join))[:, :, None]
        from_string = crossed.argmin(axis=0)
        back.append((from_string, from_position))
        total = crossed.min(axis=0) + local[note]
        if not np.isfinite(total).any():
            raise taste.NoPathError(note)
    return _backtrack(total, back, frets)


def _backtrack(
    total: Floats, back: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]], frets: NDArray[np.int64]
) -> tuple[Fingering, ...]:
    string, place = divmod(int(total.argmin()), total.shape[1])
    path = [Fingering(string + 1, int(frets[-1, string]), place + 1)]
    for note, (from_string, from_position) in zip(range(len(back) - 1, -1, -1), reversed(back), strict=True):
        string = int(from_string[string, place])
        place = int(from_position[string, place])
        path.append(Fingering(string + 1, int(frets[note, string]), place + 1))
    return tuple(reversed(path))


@cache
def _holding_table(max_fret: int) -> Floats:
    """`holding_cost` for every fret and position, infinite out of the hand's reach: shape (max_fret + 1, max_fret)."""
    table = np.full((max_fret + 1, max(max_fret, 1)), np.inf)
    for fret, place in np.ndindex(table.shape):
        if fret == 0 or 0 <= fret - (place + 1) < SPAN:
            table[fret, place] = holding_cost(Fingering(1, fret, place + 1))
    return table


@cache
def _shift_table(max_fret: int) -> Floats:
    """Cost of a shift between two positions with one beat of time, from a fretted note: shape (max_fret, max_fret)."""
    places = np.arange(max(max_fret, 1))
    frets = np.abs(np.subtract.outer(places, places))
    return np.where(frets > 0, SHIFT + SLIDE * frets, 0.0)
