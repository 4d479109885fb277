"""Frozen values that the stages hand to each other: Tab > System > Column; Note."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from basstab_hf.errors import TabError
from basstab_hf.tab.columns import BAR, is_bar_line, print_rows, systems, to_columns
from basstab_hf.tab.names import is_stated, stated_names
from basstab_hf.tab.pasted import read_pasted
from basstab_hf.tab.tuning import Tuning

_LOG = logging.getLogger(__name__)
_BAR_LINE = re.compile(re.escape(BAR))
#: One character position over all strings, top string first: "--7-".
Column: TypeAlias = str


@dataclass(frozen=True, slots=True)
class System:
    """A block of stacked string lines: their tuning, and what stands after each label and its bar line.

    Raises:
        TabError: lines of unequal length, not one a string, or with blanks or unprintable characters.
    """

    tuning: Tuning
    lines: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.lines) != self.tuning.n_strings or len({*map(len, self.lines)}) != 1:
            raise TabError(
                f"a system in {self.tuning} needs {self.tuning.n_strings} lines of one length, "
                f"not {[len(line) for line in self.lines]}"
            )
        if not all(line.isprintable() and " " not in line for line in self.lines):
            raise TabError(f"a system in {self.tuning} has blanks or unprintable characters in its lines")

    @classmethod
    def from_columns(cls, tuning: Tuning, body: Iterable[Column]) -> System:
        """Stack columns, the bar line after the labels left out, into lines."""
        lines = tuple("".join(row) for row in zip(*body, strict=True))
        return cls(tuning, lines or ("",) * tuning.n_strings)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns after the bar line that follows the labels."""
        return tuple("".join(column) for column in zip(*self.lines, strict=True))

    @property
    def bar_spans(self) -> tuple[tuple[int, int], ...]:
        """First column of each bar and the column after its last; runs of bar lines make no empty bars."""
        return _bar_spans(self.lines)

    @property
    def bars(self) -> tuple[tuple[Column, ...], ...]:
        """Columns bar by bar, without the bar lines."""
        every = self.columns
        return tuple(every[start:end] for start, end in self.bar_spans)

    @property
    def text(self) -> str:
        return print_rows(self.tuning.labels, self.lines)


@lru_cache(maxsize=64)  # asked for each bar of a system: a line of a thousand bars would take a million steps
def _bar_spans(lines: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    first, *others = lines
    bar_lines = [
        found.start() for found in _BAR_LINE.finditer(first) if all(line[found.start()] == BAR for line in others)
    ]
    ends = itertools.pairwise([-1, *bar_lines, len(first)])
    return tuple((before + 1, after) for before, after in ends if after > before + 1)


@dataclass(frozen=True, slots=True)
class Tab:
    """A piece: systems in order, with what is known about it."""

    systems: tuple[System, ...]
    title: str = ""
    artist: str = ""

    @classmethod
    def parse(cls, text: str) -> Tab:
        """Read a clean tab: labelled lines of equal length, systems separated by blank lines or lines of words.

        Lines such as `Title: NAME` and `Artist: NAME` are read; what else stands around the systems is left out and
        told, by the rule of `pasted`.

        Raises:
            TabError: text that is no clean tab; `basstab_hf.recognise_tabs` finds tabs in what people really write.
        """
        try:
            return cls.from_words(to_columns(text))
        except TabError:
            pasted = read_pasted(text)
            if not pasted.left_out:
                raise
        found = cls.from_words(to_columns(pasted.text))
        names = stated_names("\n".join(pasted.left_out))
        others = tuple(line for line in pasted.left_out if not is_stated(line))
        if others:
            _LOG.warning("%s", replace(pasted, left_out=others).told)
        return replace(found, title=names.title, artist=names.artist)

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Tab:
        """Build a tab from column words: tuning word, bar line, columns, '<END>', system after system."""
        found = []
        for system in systems(words):
            if len(system) < 2 or not is_bar_line(system[1]):
                raise TabError(f"a system must start with its tuning and a bar line, not {' '.join(system[:2])!r}")
            try:
                found.append(System.from_columns(Tuning.parse(system[0]), system[2:]))
            except ValueError as error:
                raise TabError(f"columns of a system in {system[0]}: {error}") from error
        return cls(tuple(found))

    @property
    def words(self) -> tuple[str, ...]:
        """Column words of all systems, as `columns.to_columns` gives them for `text`."""
        return to_columns(self.text)

    @property
    def text(self) -> str:
        """The printed tab: systems separated by a blank line."""
        return "\n\n".join(system.text for system in self.systems)

    @property
    def tuning(self) -> Tuning:
        """Tuning of the first system.

        Raises:
            TabError: a tab without systems.
        """
        if not self.systems:
            raise TabError("a tab without systems has no tuning")
        return self.systems[0].tuning

    @property
    def bars(self) -> tuple[tuple[Column, ...], ...]:
        """All bars of all systems in order."""
        return tuple(bar for system in self.systems for bar in system.bars)


@dataclass(frozen=True, slots=True)
class Note:
    """One sounding note: where it stands on the grid and on the neck."""

    onset: float  # beats from the start of the piece
    duration: float  # beats
    pitch: int  # MIDI number; of a dead note: the open string's
    string: int  # 1 = highest-pitched
    fret: int  # 0 = open; of a dead note: 0
    techniques: tuple[str, ...] = ()  # values of `marks.TECHNIQUES`
