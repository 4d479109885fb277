"""The grids that people write bars in: how many columns a bar has, whether one is blank, how many bars stand on a line.

Input: a grid as styles name it: "17" is a bar of 17 columns, a blank one and sixteen; "16" one without a blank; "line"
a line of bars with no bar lines between them. Output: `Grid`.

How often each: of 288 real pages 61 % have bars of 17 columns, 35 % lines without bar lines, 4 % 13 and 25 columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from basstab_hf.composer.chance import Chance, Weighted
from basstab_hf.errors import InputError

LINE = "line"
#: Columns of a line that people stay below, label and bar lines included.
_LINE_WIDTH = 84
#: Blank columns behind a line without bar lines, and how often: real ones have 65 to 85 columns for four bars.
_PADS = Weighted.of({0: 4, 2: 2, 4: 1, 6: 3, 8: 3, 10: 1, 14: 1})
#: Bars of such a line.
_BARS_OF_A_LINE = Weighted.of({4: 12, 2: 1, 3: 1, 5: 1})
#: How often a line of bars holds as many as fit, half of that, one.
_FILLING = Weighted.of({"full": 16, "half": 2, "one": 1})
#: How often a fret of two digits gets one more column.
_WIDENED = 0.6


@dataclass(frozen=True, slots=True)
class Grid:
    """How bars of `steps` are written.

    `body` columns a bar behind `lead` blank ones; `together` bars between two bar lines, `pad` blank columns behind
    them; `bars` on a line. With `widened`, a fret of two digits takes one more column, which takes no time.
    """

    steps: int
    body: int
    lead: int
    bars: int
    together: int = 1
    pad: int = 0
    widened: bool = False

    @property
    def columns(self) -> tuple[int, ...]:
        """The column of the body at which each step begins; -1: it has none of its own."""
        return _columns(self.steps, self.body)

    def column(self, step: int) -> int:
        """The column of the body at which a step begins, or in which it would."""
        return step * self.body // self.steps

    def room(self, step: int, following: int) -> int:
        """Columns from one step to another."""
        return self.column(following) - self.column(step)

    def printed(self, step: int, frets: Iterable[tuple[int, int]]) -> int:
        """The column of a step in its bar, given (step, fret) of the notes of that bar."""
        return self.column(step) + self.widened * sum(fret > 9 for before, fret in frets if before < step)

    @property
    def closed(self) -> bool:
        """Whether every bar ends at a bar line."""
        return self.together == 1 and not self.pad

    @property
    def finer(self) -> Grid:
        """The grid with twice the columns and as many bars a line as fit; its frets keep to their columns."""
        body = 2 * self.body
        bars = max(min(self.bars, _LINE_WIDTH // (body + self.lead + 1)), 1)
        together = min(self.together, bars)
        return replace(self, body=body, bars=bars, together=together, pad=self.pad * (together > 1), widened=False)

    @property
    def plain(self) -> Grid:
        """The grid without columns for second digits."""
        return replace(self, widened=False)


@cache
def _columns(steps: int, body: int) -> tuple[int, ...]:
    return tuple(-1 if step * body % steps else step * body // steps for step in range(steps))


def choose(name: str, steps: int, chance: Chance) -> Grid:
    """A grid of that name, its bars a line and its padding drawn.

    Raises:
        InputError: no name of a grid, or one that a bar of so many steps does not go into.
    """
    widened = chance.of(_WIDENED)
    if name == LINE:
        together = chance.draw(_BARS_OF_A_LINE)
        return Grid(steps, steps, chance.below(2), together, together, chance.draw(_PADS), widened)
    width = int(name) if name.isdecimal() else 0
    body, lead = width - width % 2, width % 2
    if not 8 <= body <= 48:
        raise InputError(f"grid {name!r}: write the columns of a bar, 8 to 49, or {LINE!r}")
    most = max(_LINE_WIDTH // (width + 1), 1)
    filling = chance.draw(_FILLING)
    bars = most if filling == "full" else max(most // 2, 1) if filling == "half" else 1
    return Grid(steps, body, lead, bars if bars < 4 else bars - bars % 2, widened=widened)
