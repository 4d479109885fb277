"""Marks on the notes of a bar that a hand can play and that have room on the grid.

Input: a bar of notes with their places, and how many columns lie between steps. Output: the same notes with marks.

A hammer-on goes up and a pull-off down, on one string and within the hand; a slide joins fretted notes of one string.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from basstab_hf.composer.chance import Chance
from basstab_hf.composer.fretboard import SPAN, Place
from basstab_hf.composer.grids import Grid
from basstab_hf.composer.line import DEAD, LineBar
from basstab_hf.composer.style import Style

#: Longest slide in frets, and the columns that may lie between its notes: a hammer-on or pull-off is written in one.
_SLIDE, _SLIDE_ROOM = 7, 3
#: Frets that ring as harmonics.
_HARMONICS = frozenset({5, 7, 12})


class Played(NamedTuple):
    """A note as it is written: step of its bar, string, fret (`DEAD`: a dead note), marks, tie to the end of the bar.

    A named tuple, since bars of them are looked up by what they hold, five times as fast as dataclasses are.
    """

    step: int
    string: int
    fret: int
    before: str = ""
    after: str = ""
    tied: bool = False


PlayedBar: TypeAlias = tuple[Played, ...]


def articulated(bar: LineBar, places: list[Place], grid: Grid, style: Style, chance: Chance) -> PlayedBar:
    """The notes of a bar with marks, by the chances of the style."""
    chances = style.articulation
    played: list[Played] = []
    last: Played | None = None
    ends = [*(step for step, _ in bar[1:]), style.steps][: len(bar)]
    for (step, pitch), (string, fret), following in zip(bar, places, ends, strict=True):
        if pitch == DEAD or (last is not None and chance.of(chances["dead"])):
            last = Played(step, string, DEAD)
        else:
            before = _before(last, step, string, fret, grid, style, chance) if last else ""
            space = grid.room(step, following) - len(str(fret))
            if before or space < 1:
                last = Played(step, string, fret, before)
            else:
                free = grid.room(last.step, step) - _width(last) if last else grid.room(0, step)
                last = _marked(Played(step, string, fret), following, free, space, grid, style, chance)
        played.append(last)
    return tuple(played)


def _before(last: Played, step: int, string: int, fret: int, grid: Grid, style: Style, chance: Chance) -> str:
    """The mark that joins a note to the one before it on its string, "" for none."""
    chances = style.articulation
    if last.string != string or last.fret in (DEAD, fret) or last.before or last.after or step > last.step + style.beat:
        return ""
    space = grid.room(last.step, step) - len(str(last.fret))
    rise = fret - last.fret
    if not 1 <= space <= _SLIDE_ROOM:
        return ""
    if space == 1 and 0 < rise < SPAN and chance.of(chances["hammer"]):
        return "h"
    if space == 1 and -SPAN < rise < 0 and chance.of(chances["pull"]):
        return "p"
    if fret and last.fret and abs(rise) <= _SLIDE and chance.of(chances["slide"]):
        return "/" if rise > 0 else "\\"
    return ""


def _width(note: Played) -> int:
    """Columns from the first digit of a note to the end of what is written behind it."""
    return (1 if note.fret == DEAD else len(str(note.fret))) + len(note.after) + (note.before in ("(", "<"))


def _marked(note: Played, following: int, front: int, space: int, grid: Grid, style: Style, chance: Chance) -> Played:
    """A note that no mark joins, with what is done to it; `front` and `space` columns before and behind are free."""
    chances = style.articulation
    enclosed = space >= 2 and front >= 1
    if enclosed and chance.of(chances["ghost"]):
        return note._replace(before="(")
    if enclosed and note.fret in _HARMONICS and chance.of(chances["harmonic"]):
        return note._replace(before="<")
    if following == style.steps and grid.closed and chance.of(chances["tie"]):
        return note._replace(tied=True)
    if note.fret and space >= 2 and following - note.step >= style.beat:
        if chance.of(chances["vibrato"]):
            return note._replace(after="~")
        if chance.of(chances["bend"]):
            return note._replace(after="b")
    return note
