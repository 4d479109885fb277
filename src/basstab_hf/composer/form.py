"""What the sections of a song are made of.

Input: a style and a key. Output: for each kind of section a `Material` that all sections of this kind share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from basstab_hf.composer.chance import Chance
from basstab_hf.composer.harmony import Chord, Key, progression
from basstab_hf.composer.style import Style

#: Semitones that the roots of a section lie within.
_COMPASS = 12
#: Bars of a phrase.
_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Material:
    """What sections of one kind are made of.

    `chords` are those of each bar of the progression, `roots` the pitches of their basses, `cells` the figures of its
    bars in turn; `anchor` is the lowest pitch that a root takes, `hand` the fret around which it is played.
    """

    chords: tuple[tuple[Chord, ...], ...]
    roots: tuple[tuple[int, ...], ...]
    cells: tuple[str, ...]
    anchor: int
    hand: int


class Materials:
    """The materials of a song by kind of section; the first kind asked for is the one that others may take after."""

    def __init__(self, style: Style, key: Key, lowest: int, chance: Chance) -> None:
        self._style, self._key, self._lowest, self._chance = style, key, lowest, chance
        self._found: dict[str, Material] = {}

    def of(self, kind: str) -> Material:
        """The material of a kind of section."""
        if kind not in self._found:
            self._found[kind] = self._made()
        return self._found[kind]

    def _made(self) -> Material:
        style, chance = self._style, self._chance
        first = next(iter(self._found.values()), None)

        def shared(what: str) -> Material | None:
            return first if first is not None and chance.of(style.same[what]) else None

        like, played, placed = shared("progression"), shared("cell"), shared("place")
        chords = like.chords if like else self._chords()
        anchor = placed.anchor if placed else self._lowest + chance.draw(style.register)
        return Material(
            chords=chords,
            roots=roots(chords, anchor),
            cells=played.cells if played else figure(style, chance),
            anchor=anchor,
            hand=placed.hand if placed else chance.draw(style.hands),
        )

    def _chords(self) -> tuple[tuple[Chord, ...], ...]:
        """A progression as it is, two of them in turn, or one in which each bar lasts two."""
        style, chance = self._style, self._chance
        lines = style.progressions[self._key.mode]
        found = progression(chance.draw(lines), self._key)
        if len(found) <= _PHRASE and chance.of(style.changes["pair"]):
            found += progression(chance.draw(lines), self._key)
        if len(found) <= 2 * _PHRASE and chance.of(style.changes["stretch"]):
            found = tuple(bar for bar in found for _ in range(2))
        return found


def roots(chords: Sequence[Sequence[Chord]], anchor: int) -> tuple[tuple[int, ...], ...]:
    """The pitches of the basses of chords, from the anchor up: the first as low as it can be, others near the last."""
    found: list[tuple[int, ...]] = []
    last: int | None = None
    for bar in chords:
        places = []
        for chord in bar:
            low = anchor + (chord.bass - anchor) % 12
            high = low + 12
            nearer = last is not None and high < anchor + _COMPASS and abs(high - last) < abs(low - last)
            last = high if nearer else low
            places.append(last)
        found.append(tuple(places))
    return tuple(found)


def figure(style: Style, chance: Chance) -> tuple[str, ...]:
    """The cells of one, two or four bars that a section goes round in; what "?" stands for is still open."""
    n_cells = len(style.cells.things) if style.rhythms else 0
    if style.rhythms and chance.below(2 * n_cells + 2 * len(style.rhythms.things)) >= 2 * n_cells:
        cells = [_rhythmic(chance.draw(style.rhythms), chance)]
        if chance.of(style.changes["vary"]):
            cells.append(_rhythmic(chance.draw(style.rhythms), chance))
        return tuple(cells)
    cell = chance.draw(style.cells)
    return tuple(cell[start : start + style.steps] for start in range(0, len(cell), style.steps))


def _rhythmic(rhythm: str, chance: Chance) -> str:
    """A cell that starts a note at each step with the chance, in tenths, that the rhythm gives; the first is the root.

    A rhythm that leaves nothing keeps its first place.
    """
    on = [mark == "X" or (mark != "." and chance.below(10) < int(mark)) for mark in rhythm]
    first = on.index(True) if any(on) else 0
    return "".join("R" if step == first else "?" if there else "." for step, there in enumerate(on))
