"""A seed and a number -> a song: the same on every machine, whatever songs were made before it.

Input: seed, number, and if wanted the name of a style. Output: `Song`: a tab, and what is known of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from basstab_hf.composer import style as styles
from basstab_hf.composer.articulation import PlayedBar, articulated
from basstab_hf.composer.chance import Chance
from basstab_hf.composer.form import Material, Materials
from basstab_hf.composer.fretboard import Fretboard
from basstab_hf.composer.grids import Grid, choose
from basstab_hf.composer.harmony import Chord, Key
from basstab_hf.composer.line import DEAD, LineBar, LineWriter, form_line
from basstab_hf.composer.plan import Plan
from basstab_hf.composer.style import Style
from basstab_hf.composer.writing import NoRoomError, Systems, write
from basstab_hf.errors import BasstabError
from basstab_hf.recognise.annotations import Chord as ChordName
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import Tab

#: What a song is published under, and who made it.
LICENCE = "CC0-1.0: composed by the rules of basstab_hf, from nobody's music"
CREDIT = "basstab_hf.composer"
ARTIST = "The composer of basstab_hf"
#: Chance that lines that come twice or more in a row are written once with how often they are played.
_COUNTED = 0.25
#: Doublings of a grid after which any bar finds room.
_DOUBLINGS = 3

#: Bars of a line from which on silent ones are written out: people do not print eight empty lines of one bar.
_FULL_LINE = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a song: its section, how often it is played, its bars as played and the chords of each."""

    section: str
    repeats: int
    bars: tuple[PlayedBar, ...]
    chords: tuple[tuple[Chord, ...], ...]


@dataclass(frozen=True, slots=True)
class Song:
    """A composed song. `lines` stand beside `tab.systems`, on the grid `grid`; `tempo` is in beats a minute."""

    tab: Tab
    style: str
    key: str
    tempo: int
    time_signature: str
    lines: tuple[Line, ...]
    names: tuple[tuple[ChordName, ...], ...]  # over each system, where a chord begins
    grid: Grid


def compose(seed: int, number: int, style_name: str | None = None) -> Song:
    """Song `number` (from 0) of a seed.

    A grid that has no room for its notes, or in which they would be read as others, gives way to a finer one.

    Raises:
        InputError: no style of that name.
    """
    for doublings in range(_DOUBLINGS + 1):
        try:
            return _composed(seed, number, style_name, doublings)
        except NoRoomError:
            continue
    raise BasstabError(f"song {number} of seed {seed} finds no room on any grid: a fault of its style")


def _composed(seed: int, number: int, style_name: str | None, doublings: int) -> Song:
    """The song, on its grid with the columns doubled so often.

    Raises:
        NoRoomError: it cannot be written so.
    """
    chance = Chance(f"basstab composer {seed} {number} {style_name or ''}")
    style = styles.style(style_name or chance.draw(styles.every()))
    tuning = Tuning.parse(chance.draw(style.tunings))
    key = Key((tuning.pitches[-1] + chance.draw(style.keys)) % 12, chance.draw(style.modes))
    low, high = style.tempo
    grid = choose(chance.draw(style.grids), style.steps, chance)
    for _ in range(doublings):
        grid = grid.finer
    lines = _lines(style, key, tuning, grid, chance)
    systems = write(tuning, [line.bars for line in lines], grid)
    title = f"{style.name.capitalize()} in {key.name}, no. {seed}.{number}"
    return Song(
        tab=Tab(systems.systems, title=title, artist=ARTIST),
        style=style.name,
        key=key.name,
        tempo=low + chance.below(high - low + 1),
        time_signature=style.time_signature,
        lines=tuple(lines),
        names=_names(lines, systems),
        grid=systems.grid,
    )


def _lines(style: Style, key: Key, tuning: Tuning, grid: Grid, chance: Chance) -> list[Line]:
    """The lines of a song."""
    board = Fretboard(tuning, style.highest, style.open_strings)
    lowest, highest = board.range
    plans = chance.draw(style.forms)
    materials = Materials(style, key, lowest, chance)
    writer = LineWriter(style, lowest, highest, chance)
    player = _Player(board, grid, style, chance)
    counted = chance.of(_COUNTED)
    lines: list[Line] = []
    for plan, material, bars in form_line(plans, materials, writer, chance, style.changes["return"]):
        played = [player.bar(bar, material.hand) for bar in bars]
        lines += _cut(plan, material, played, grid.bars, counted=counted or (plan.silent and grid.bars < _FULL_LINE))
    return lines


def _cut(plan: Plan, material: Material, played: Sequence[PlayedBar], size: int, *, counted: bool) -> list[Line]:
    """The lines of a section, `size` bars each; with `counted`, those that come twice in a row are written once.

    No chord stands over bars in which the bass is silent.
    """
    lines: list[Line] = []
    for start in range(0, plan.bars, size):
        bars = tuple(played[start : start + size])
        places = [number % len(material.chords) for number in range(start, start + len(bars))]
        chords = tuple(() if plan.silent else material.chords[place] for place in places)
        if counted and lines and lines[-1].bars == bars and lines[-1].chords == chords:
            lines[-1] = replace(lines[-1], repeats=lines[-1].repeats + 1)
        else:
            lines.append(Line(plan.title, 1, bars, chords))
    return lines


class _Player:
    """Puts the bars of a song on the fretboard; what was played once is played so again."""

    def __init__(self, board: Fretboard, grid: Grid, style: Style, chance: Chance) -> None:
        self._board, self._grid, self._style, self._chance = board, grid, style, chance
        self._known: dict[tuple[LineBar, int], PlayedBar] = {}

    def bar(self, bar: LineBar, hand: int) -> PlayedBar:
        """A bar as it is played with the hand at that fret."""
        found = self._known.get((bar, hand))
        if found is None:
            places = self._board.places([None if pitch == DEAD else pitch for _, pitch in bar], hand)
            found = articulated(bar, places, self._grid, self._style, self._chance)
            self._known[bar, hand] = found
        return found


def _names(lines: Sequence[Line], systems: Systems) -> tuple[tuple[ChordName, ...], ...]:
    """The chord names over each system, where they change and at its beginning; none over silent bars."""
    found = []
    for line, starts in zip(lines, systems.starts, strict=True):
        names: list[ChordName] = []
        for start, bar, chords in zip(starts, line.bars, line.chords, strict=True):
            for number, chord in enumerate(chords):
                if not names or names[-1].name != chord.name:
                    step = number * (systems.grid.steps // len(chords))
                    names.append(
                        ChordName(
                            start + systems.grid.printed(step, [(note.step, note.fret) for note in bar]), chord.name
                        )
                    )
        found.append(tuple(names))
    return tuple(found)
