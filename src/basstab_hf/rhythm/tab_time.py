"""What a source tells of the time of a tab beyond its columns; it travels from `Track` to `WriteSettings`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from basstab_hf.rhythm.form import Form
from basstab_hf.tab.time_map import TimeMap
from basstab_hf.tab.timing import StrokeBar, stroke_bars
from basstab_hf.tab.values import Tab

#: Of each bar of each system, the places at which silence begins, in quarter notes from its start.
RestMap: TypeAlias = tuple[tuple[tuple[Fraction, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Tempo:
    """Quarter notes a minute from an onset (quarter notes) in a bar (from 0) on."""

    bar: int
    onset: Fraction
    tempo: float


@dataclass(frozen=True, slots=True)
class TabTime:
    """`times` has the bars that are not on the grid of columns, `form` the repeats, empty where there are none.

    `time_signature` is "" where none is stated; `swing` asks for eighths that are played long and short. `grid` is the
    columns in a beat and `tempo` the quarter notes a minute where these are told, not guessed. `tempos` are its changes
    behind the first, in order, their bars counted over all systems. `rests` is empty where notes last until the next,
    as print has it.
    """

    times: TimeMap = ()
    form: Form = ()
    time_signature: str = ""
    swing: bool = False
    grid: int | None = None
    tempo: float | None = None
    tempos: tuple[Tempo, ...] = ()
    rests: RestMap = ()

    def bars(self, tab: Tab, columns_per_beat: float) -> tuple[tuple[StrokeBar, ...], ...]:
        """The bars of each system of a tab as `timing.stroke_bars` reads them, with their rests."""
        timed = stroke_bars(tab, self.times, columns_per_beat)
        if not self.rests:
            return timed
        scale = Fraction(columns_per_beat)
        return tuple(
            tuple(
                replace(bar, rests=tuple(place * scale for place in places if place * scale < bar.width))
                for bar, places in zip(bars, of_system, strict=True)
            )
            for bars, of_system in zip(timed, self.rests, strict=True)
        )

    def on_another_grid(self, columns_per_beat: float) -> TabTime:
        """The same where a beat has so many columns: what is told in beats moves with them, and no rests are known."""
        scale = Fraction(self.grid or columns_per_beat) / Fraction(columns_per_beat)
        return replace(
            self, tempos=tuple(replace(change, onset=change.onset * scale) for change in self.tempos), rests=()
        )

    @property
    def n_rests(self) -> int:
        """How often silence begins before the next note does."""
        return sum(len(places) for of_system in self.rests for places in of_system)


AS_WRITTEN = TabTime()
