"""Frozen values of a chart: what a musician has on the stand."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from basstab_hf.chart.names import Chord


@dataclass(frozen=True, slots=True)
class PlacedChord:
    """A chord from a place of its bar on, 0 <= place < 1 (1/2: the middle); `chord` None: nothing sounds, "N.C."."""

    place: Fraction
    name: str
    chord: Chord | None


@dataclass(frozen=True, slots=True)
class ChartBar:
    """The chords that begin in a bar, by place; none: what sounded before goes on."""

    chords: tuple[PlacedChord, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Bars under one name, as they are played: repeats and endings are written out.

    Attributes:
        name: as it is printed, "Verse 1"; "" where bars have none.
        style, density: of this section alone; None: as the whole.
    """

    name: str
    bars: tuple[ChartBar, ...]
    style: str | None = None
    density: str | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """The form of a song and its chords.

    Attributes:
        time: beats of a bar and the unit of a beat: (4, 4).
        key: such as "Em"; None: nobody said.
        tempo: beats a minute.
        style: one of the composer's, or None.
        remarks: what was guessed or could not be taken over, a line each.
    """

    sections: tuple[Section, ...]
    title: str = ""
    artist: str = ""
    time: tuple[int, int] = (4, 4)
    key: str | None = None
    tempo: float | None = None
    style: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def bars(self) -> tuple[ChartBar, ...]:
        """All bars as they are played."""
        return tuple(bar for section in self.sections for bar in section.bars)
