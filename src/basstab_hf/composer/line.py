"""Chords and cells -> the notes of each bar.

Input: the `Material` of a section. Output: a bar as a tuple of (step, pitch), pitch `DEAD` for a dead note.

Every choice is made in the cell (`LineWriter.settled`), so that a settled cell over the same chords is always the same
bar: bars come back because cells do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from basstab_hf.composer import fills
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.form import Material, Materials
from basstab_hf.composer.harmony import Chord
from basstab_hf.composer.plan import Plan
from basstab_hf.composer.style import Style

DEAD = -1
#: A note: step in its bar, pitch (MIDI number) or `DEAD`.
LineNote: TypeAlias = tuple[int, int]
LineBar: TypeAlias = tuple[LineNote, ...]
#: A chord and the pitch of its bass.
Rooted: TypeAlias = tuple[Chord, int]
#: Bars after which a section goes round again.
_PERIOD = 8
#: A settled ">" by what it does: the ways of `style.APPROACH` as one letter each.
_WAYS = {"below": "l", "above": "h", "scale below": "k", "scale above": "j", "fifth": "f"}
#: The degree of the chord that a mark means, and the octaves above the root that it lies.
_DEGREES = {
    "R": (0, 0),
    "8": (0, 12),
    "2": (1, 0),
    "3": (2, 0),
    "4": (3, 0),
    "5": (4, 0),
    "6": (5, 0),
    "7": (6, 0),
    "9": (1, 12),
    "T": (2, 12),
    "v": (4, -12),
    "s": (5, -12),
    "w": (6, -12),
}


class LineWriter:
    """Writes the bars of a song's sections."""

    def __init__(self, style: Style, lowest: int, highest: int, chance: Chance) -> None:
        """Args.

        style: of the song.
        lowest: pitch of the lowest open string.
        highest: pitch of the highest note that is played.
        chance: that all choices come from.
        """
        self._style, self._lowest, self._highest, self._chance = style, lowest, highest, chance
        self._settled: dict[tuple[str, int], str] = {}  # of each figure's bar, until it is settled anew
        self._bars: dict[tuple[str, tuple[Rooted, ...], Rooted], LineBar] = {}

    def section(self, plan: Plan, material: Material, ahead: Rooted | None) -> list[LineBar]:
        """The bars of a section; `ahead` is the chord behind its end, None at the end of the song."""
        if plan.silent:
            return [()] * plan.bars
        size = len(material.chords)
        chords = [
            tuple(zip(material.chords[number % size], material.roots[number % size], strict=True))
            for number in range(plan.bars)
        ]
        followed = [bar[0] for bar in chords[1:]] + [ahead or chords[0][0]]
        cells: list[str] = []
        for number in range(plan.bars):
            cells.append(self._cell(number, plan.bars, material, cells))
        return [self._bar(cell, bar, following) for cell, bar, following in zip(cells, chords, followed, strict=True)]

    def _cell(self, number: int, n_bars: int, material: Material, before: Sequence[str]) -> str:
        """The settled cell of a bar of a section, given those before it."""
        style, chance = self._style, self._chance
        if number >= _PERIOD and number != n_bars - 1 and chance.of(style.changes["again"]):
            return before[number - _PERIOD]
        cell = self._new(number, n_bars, material)
        if before and before[-1].rstrip(".")[-1:] == "N" and chance.of(style.changes["carry"]):
            cell = "." + cell[1:]
        return cell

    def _new(self, number: int, n_bars: int, material: Material) -> str:
        """A settled cell that is drawn for a bar of a section."""
        style, chance = self._style, self._chance
        open_cell = material.cells[number % len(material.cells)]
        cell = self._usual(open_cell, number % len(material.cells))
        end = 0 if number == n_bars - 1 else 8 if number % 8 == 7 else 4 if number % 4 == 3 else None
        if end is not None and end in style.ends:
            how = chance.draw(style.ends[end])
            if how != "same":
                return self.settled(fills.ending(cell, how, style, chance))
        return self._changed(cell)

    def _usual(self, open_cell: str, place: int) -> str:
        """The cell as this section plays it, or now and then settled afresh."""
        known = self._settled.get((open_cell, place))
        if known is None or self._chance.of(self._style.changes["fresh"]):
            known = self.settled(open_cell)
            self._settled[open_cell, place] = known
        return known

    def _changed(self, cell: str) -> str:
        """A small change of a cell, as chance and the style want it."""
        chance, changes = self._chance, self._style.changes
        if chance.of(changes["lead"]):
            cell = fills.lead(cell)
        elif chance.of(changes["turn"]):
            cell = fills.turn(cell)
        elif chance.of(changes["push"]) and cell[0] != "." and cell[-2] in ".=":
            cell = cell[:-2] + "N" + cell[-1]
        places = fills.onsets(cell)[1:]
        if len(places) > 1 and chance.of(changes["thin"]):
            place = chance.one(places)
            cell = cell[:place] + "." + cell[place + 1 :]
        elif places and chance.of(changes["octave"]):
            place = chance.one(places)
            cell = cell[:place] + "8" + cell[place + 1 :] if cell[place] in "R=?" else cell
        return self.settled(cell)

    def settled(self, cell: str) -> str:
        """A cell without "?" and ">": each is drawn."""
        if "?" not in cell and ">" not in cell:
            return cell
        style, chance, marks = self._style, self._chance, list(cell)
        for step, mark in enumerate(marks):
            if mark == "?":
                marks[step] = chance.draw(style.roles["between" if step % style.beat else "beat"])
            elif mark == ">":
                marks[step] = _WAYS[chance.draw(style.approach)]
        return "".join(marks)

    def _bar(self, cell: str, chords: tuple[Rooted, ...], following: Rooted) -> LineBar:
        key = (cell, chords, following)
        bar = self._bars.get(key)
        if bar is None:
            bar = self._bars[key] = self._realised(cell, chords, following)
        return bar

    def _realised(self, cell: str, chords: tuple[Rooted, ...], following: Rooted) -> LineBar:
        """The notes of a settled cell over the chords of its bar, which share it in equal parts."""
        starts = [number for number, chord in enumerate(chords) if number == 0 or chord != chords[number - 1]]
        edges = [start * len(cell) // len(chords) for start in starts]
        notes: list[LineNote] = []
        for number, (start, end) in enumerate(pairwise([*edges, len(cell)])):
            marks = cell[start:end]
            if number and cell.strip("."):
                marks = _rooted(marks)
            goal = chords[starts[number + 1]] if number + 1 < len(starts) else following
            notes += self._over(marks, start, chords[starts[number]], goal)
        return tuple(notes)

    def _over(self, marks: str, start: int, here: Rooted, goal: Rooted) -> list[LineNote]:
        """The notes over one chord."""
        chord, root = here
        notes: list[LineNote] = []
        last = root
        for step, mark in enumerate(marks):
            if mark == ".":
                continue
            if mark == "x":
                notes.append((start + step, DEAD))
                continue
            last = self._kept(_pitch(mark, root, last, chord, goal))
            notes.append((start + step, last))
        return notes

    def _kept(self, pitch: int) -> int:
        """The pitch in the octave that the bass has."""
        if pitch < self._lowest:
            return pitch + 12
        return pitch - 12 if pitch > self._highest else pitch


def form_line(
    plans: Sequence[Plan], materials: Materials, writer: LineWriter, chance: Chance, returns: float
) -> Iterator[tuple[Plan, Material, list[LineBar]]]:
    """The bars of each section of a form; one that comes back is written anew with the chance `returns`."""
    known: dict[Plan, list[LineBar]] = {}
    for plan, following in itertools.zip_longest(plans, plans[1:]):
        material = materials.of(plan.kind)
        goal = materials.of(following.kind) if following else None
        if plan not in known or chance.of(returns):
            known[plan] = writer.section(plan, material, (goal.chords[0][0], goal.roots[0][0]) if goal else None)
        yield plan, material, known[plan]


def _rooted(marks: str) -> str:
    """The marks over a later chord of a bar, so that it is heard: its first note is its root, on its first step."""
    places = fills.onsets(marks)
    if not places or places[0] >= len(marks) // 2:
        return "R"[: len(marks)] + marks[1:]
    return marks[: places[0]] + "R" + marks[places[0] + 1 :]


def _pitch(mark: str, root: int, last: int, chord: Chord, goal: Rooted) -> int:
    following, target = goal
    if mark in _DEGREES:
        degree, octave = _DEGREES[mark]
        return root + chord.degrees[degree] + octave
    match mark:
        case "=":
            return last
        case "u" | "d":
            return _step(last, root, chord.scale, up=mark == "u")
        case "U" | "D":
            return _step(last, root, chord.tones, up=mark == "U")
        case "#":
            return last + 1
        case "b":
            return last - 1
        case "N":
            return target
        case "l":
            return target - 1
        case "h":
            return target + 1
        case "k":
            return _step(target, target, following.scale, up=False)
        case "j":
            return _step(target, target, following.scale, up=True)
    return target - 5 if last <= target else target + 7  # the fifth of what comes, from its nearer side


def _step(pitch: int, root: int, notes: Sequence[int], *, up: bool) -> int:
    """The next of some notes, given above the root, above or below a pitch."""
    moves = [(note - (pitch - root)) % 12 or 12 for note in notes]
    return pitch + min(moves) if up else pitch - min((-move) % 12 or 12 for move in moves)
