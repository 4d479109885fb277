"""Other tabs that a bassist could have written down for the same song: for the training split only.

    along the neck    every fret some frets higher or lower
    across strings    every note on the next string, where the edge is free: the same shapes in another key
    other tunings     the song in a tuning of another piece, fret by fret as it has to be fingered there
    relabelled        strings exchanged and frets renamed, one for one: no music, but every repetition stays one. What a
                      model learns of such pieces is to copy from its context

All keep the columns where they are, so bars and technique marks stay, and so does the rhythm, but in bars that second
digits made wider (see `tab.timing`). Where that is impossible, since a fret gets a second digit and has no room for it,
or would leave the neck, the piece stays as it is.

Input: column text of a piece. Output: column text. Standard library only.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from basstab_hf.tab.columns import END, STRINGS, systems
from basstab_hf.tab.marks import BEHIND, DEAD, HAMMERS, MAX_FRET, Printed, frets_of
from basstab_hf.tab.tuning import Tuning

#: The most frets that a piece moves along the neck.
FARTHEST = 7
_TRIES = 4
_NOTHING = frozenset("-|")
# Marks that belong to the note that they touch; others lead to the next.
_BEHIND = BEHIND - HAMMERS

#: The lines of a system below their labels, top string first, as strings of one length.
Rows: TypeAlias = list[str]


class _NoRoomError(Exception):
    """A change for which a piece has no room."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Draws a change for a piece: a transform as `data.TrainingPieces` takes them.

    `relabelled` is the share of the pieces that are relabelled; `transposed` that of the others that are moved along
    the neck, across strings or into another tuning. `tunings` are the tuning words to choose from, each as often as it
    shall be chosen.
    """

    transposed: float = 0.0
    relabelled: float = 0.0
    tunings: Sequence[str] = ()

    def __call__(self, text: str, chance: random.Random) -> str:
        """The column text of a piece, changed or not."""
        if chance.random() < self.relabelled:
            return _first_found(text, lambda: relabel(text, chance))
        if chance.random() >= self.transposed:
            return text
        if self.tunings and chance.random() < 0.5:
            text = _first_found(text, lambda: change_tuning(text, chance.choice(self.tunings)))
        if chance.random() < 0.5:
            text = _first_found(text, lambda: move_across_strings(text, chance.choice((-1, 1))))
        return _first_found(text, lambda: move_along_neck(text, chance.randint(-FARTHEST, FARTHEST)))


def move_along_neck(text: str, by: int) -> str | None:
    """Every fret `by` frets higher; None where one leaves the neck or finds no room for its second digit.

    Open strings move as well: up they are fretted, down they leave the neck. Where it can be undone, `-by` undoes it.
    """
    return _rewritten(text, lambda rows: _moved(rows, [by] * len(rows)))


def move_across_strings(text: str, by: int) -> str | None:
    """Every note `by` strings lower (higher, below 0) at its fret; None where a note would leave the neck."""

    def move(rows: Rows) -> Rows:
        count = abs(by)
        leaving = rows[-count:] if by > 0 else rows[:count]
        if not all(_NOTHING.issuperset(row) for row in leaving):
            raise _NoRoomError
        # Lines without a note are the same in all systems, but for bar lines: those of the leaving ones stay right.
        return [*leaving, *rows[:-count]] if by > 0 else [*rows[count:], *leaving]

    return _rewritten(text, move) if by else text


def change_tuning(text: str, word: str) -> str | None:
    """The piece in the tuning `word`: what stood at one fret still does where all strings differ by as many semitones.

    Other strings' frets move by what they differ more. None where there is no room, for another number of strings, and
    for a piece in several tunings.
    """
    old = {system[0] for system in systems(text.split())}
    if len(old) != 1:
        return None
    here, there = Tuning.parse(old.pop()), Tuning.parse(word)
    if here.n_strings != there.n_strings:
        return None
    differences = [old - new for old, new in zip(here.pitches, there.pitches, strict=True)]
    usual = statistics.mode(differences)
    moves = [difference - usual for difference in differences]
    return _rewritten(text, lambda rows: _moved(rows, moves), word)


def pitch_shift(before: str, after: str) -> int | None:
    """By how many semitones all notes of a piece were moved; None where not all by as many, as in a relabelled piece.

    Args:
        before: column text.
        after: the same piece, changed by one of the functions here.
    """
    if before == after:
        return 0
    moves: set[int] = set()
    for old, new in zip(systems(before.split()), systems(after.split()), strict=True):
        pairs = zip(_pitches(old), _pitches(new), strict=False)
        moves |= {there - here for here, there in pairs}
        if len(_pitches(old)) != len(_pitches(new)):
            return None
    return moves.pop() if len(moves) == 1 else None


def _pitches(system: Sequence[str]) -> list[int]:
    """The pitches of a system's frets, in order of column, then string."""
    pitches = Tuning.parse(system[0]).pitches
    rows = ["".join(row) for row in zip(*system[1:], strict=True)]
    return [pitches[string - 1] + int(fret) for _, string, fret in _frets(rows)]


def relabel(text: str, chance: random.Random) -> str | None:
    """Exchange strings, and rename the frets 0 to 9 and 10 to 19 among themselves, the same way in all of the piece."""
    low, high = list(range(10)), list(range(10, 20))
    chance.shuffle(low)
    chance.shuffle(high)
    names = [*low, *high, *range(20, MAX_FRET + 1)]
    orders = {n: chance.sample(range(n), n) for n in STRINGS}

    def rename(rows: Rows) -> Rows:
        renamed = _with_frets(rows, lambda _, fret: names[fret])
        return [renamed[index] for index in orders[len(rows)]]

    return _rewritten(text, rename)


def _first_found(text: str, draw: Callable[[], str | None]) -> str:
    """What one of a few draws gives, else the text as it is."""
    return next((drawn for drawn in (draw() for _ in range(_TRIES)) if drawn is not None), text)


def _rewritten(text: str, change: Callable[[Rows], Rows], tuning: str | None = None) -> str | None:
    """Column text with the rows of each system changed, and its tuning word if one is given."""
    words: list[str] = []
    before = text.split()
    try:
        for label, *columns in systems(before):
            rows = change(["".join(row) for row in zip(*columns, strict=True)]) if columns else []
            words += [tuning or label, *map("".join, zip(*rows, strict=True)), END]
    except _NoRoomError:
        return None
    return " ".join(words[: len(before)])  # the last system may be open


def _moved(rows: Rows, by: Sequence[int]) -> Rows:
    """Every fret so many higher as its string moves."""
    if any(moves and "<" in row for row, moves in zip(rows, by, strict=True)):
        raise _NoRoomError  # a harmonic sounds at its own frets only
    return _with_frets(rows, lambda string, fret: fret + by[string - 1]) if any(by) else rows


def _with_frets(rows: Rows, change: Callable[[int, int], int]) -> Rows:
    """The rows with every fret changed, in its place, by its string (from 1) and itself."""
    changed = [list(row) for row in rows]
    wanted = []
    for column, string, fret in _frets(rows):
        new = change(string, int(fret))
        _change(rows[string - 1], changed[string - 1], column, fret, new)
        wanted.append((column, string, str(new)))
    found = ["".join(row) for row in changed]
    if _frets(found) != wanted:  # neighbouring digits would be read as another fret
        raise _NoRoomError
    return found


def _change(row: str, marks: list[str], column: int, fret: str, new: int) -> None:
    """Write a fret in the place of one of `row` into `marks`."""
    written = str(new)
    if not 0 <= new <= MAX_FRET or (len(written) > len(fret) and row[column + 1 : column + 2] != "-"):
        raise _NoRoomError
    if len(written) != len(fret) and row[column + 2 : column + 3] in _BEHIND:
        raise _NoRoomError  # the mark would come to touch its note, or no longer do so
    marks[column : column + len(fret)] = written.ljust(len(fret), "-")[: len(fret)]
    if len(written) > len(fret):
        marks[column + 1] = written[1]


def _frets(rows: Rows) -> list[Printed]:
    """Column, string and digits of every fret."""
    return [note for note in frets_of(rows) if note[2] != DEAD]
