"""A chart as it is written, with its signs, and what reading it knows: the step between notations and `Chart`.

Input: what a notation says. Output: `WrittenBar`s, which `unrolling` turns into bars as they are played.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from basstab_hf.chart.values import PlacedChord
from basstab_hf.errors import InputError

#: Most bars of a chart as it is played; a song of ten minutes at 200 beats a minute has 500.
MOST_BARS = 2000
#: Most beats of a bar.
MOST_BEATS = 32


_CODA = re.compile(r"coda\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A name or a sign, and where it stands: "song.txt, line 3, column 5"."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Head:
    """The name of a section, and what is told of it alone."""

    name: str
    style: str | None = None
    density: str | None = None


@dataclass(frozen=True, slots=True)
class Jump:
    """D.C. or D.S. behind a bar.

    Attributes:
        sign: go back to the segno instead of the beginning.
        until: go on to the coda, end at Fine, end behind an ending with this number; None: to Fine if there is one.
    """

    sign: bool
    until: Literal["coda", "fine"] | int | None = None


@dataclass(frozen=True, slots=True)
class WrittenBar:
    """A bar with the signs at it.

    Attributes:
        head: of the section that begins here.
        opens: a repeat begins.
        times: how often what is repeated up to here is played in all; 0: no repeat ends.
        endings: numbers of the ending that begins here.
        closes: a double bar line behind it, where an ending can end.
    """

    chords: tuple[PlacedChord, ...]
    where: str
    head: Head | None = None
    opens: bool = False
    times: int = 0
    endings: tuple[int, ...] = ()
    closes: bool = False
    segno: bool = False
    to_coda: bool = False
    coda: bool = False
    fine: bool = False
    jump: Jump | None = None


@dataclass(slots=True)
class Reading:
    """What is known while a chart is read.

    Attributes:
        name: of the file, for messages.
        time: beats of a bar and their unit.
        german: what notes are called that a chart with H in it spells in German: H is B, and B is Bb.
        told: remarks, and how often each came up.
        bars: written ones so far.
    """

    name: str
    time: tuple[int, int] = (4, 4)
    german: Mapping[str, str] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    bars: list[WrittenBar] = field(default_factory=list)
    _head: Head | None = None
    _sounding: list[PlacedChord | None] = field(default_factory=list)

    def at(self, line: int, column: int | None = None) -> str:
        """Where something stands, both counted from 1."""
        return f"{self.name}, line {line}" + (f", column {column}" if column else "")

    def spell_german(self, notes: Mapping[str, str]) -> None:
        """Take notes by their German names, and tell."""
        self.german = notes
        if notes:
            self.told[" and ".join(f"{note} is read as {ours}" for note, ours in notes.items())] += 1

    def begin(self, head: Head | None) -> None:
        """Let a section begin with the next bar."""
        self._head = head

    def add(self, bar: WrittenBar) -> None:
        """Take a bar.

        Raises:
            InputError: there are too many.
        """
        if len(self.bars) >= MOST_BARS:
            raise InputError(f"{bar.where}: a chart has at most {MOST_BARS:,} bars; split it")
        head = bar.head or self._head
        self._sounding.append(self.last)
        self.bars.append(replace(bar, head=head, coda=bar.coda or bool(head and _CODA.match(head.name))))
        self._head = None

    def mark(self, where: str, **signs: Any) -> None:
        """Put signs at the last bar.

        Raises:
            InputError: there is none.
        """
        if not self.bars:
            raise InputError(f"{where}: there is no bar before this sign: write its chords in front of it")
        self.bars[-1] = replace(self.bars[-1], **signs)

    def close(self) -> None:
        """A double bar line behind the last bar, if there is one."""
        if self.bars:
            self.bars[-1] = replace(self.bars[-1], closes=True)

    def set_time(self, time: tuple[int, int], where: str) -> None:
        """Take the time of the bars that follow.

        Raises:
            InputError: no time, or another one than that of bars before.
        """
        if not (1 <= time[0] <= MOST_BEATS and time[1] in (1, 2, 4, 8, 16)):
            raise InputError(f"{where}: {time[0]}/{time[1]} is no time of a bar: write one such as 4/4, 3/4, 6/8")
        if self.bars and time != self.time:
            told = f"the time changes from {self.time[0]}/{self.time[1]} to {time[0]}/{time[1]}"
            raise InputError(f"{where}: {told}: a chart has one time; write a chart for each")
        self.time = time

    @property
    def last(self) -> PlacedChord | None:
        """The chord that sounds where the next bar begins."""
        if not self.bars:
            return None
        return self.bars[-1].chords[-1] if self.bars[-1].chords else self._sounding[-1]

    def again(self, back: int, where: str) -> tuple[PlacedChord, ...]:
        """The chords of the bar before (1) or of the one before that (2), from its first beat on.

        Raises:
            InputError: there is none.
        """
        if len(self.bars) < back:
            raise InputError(f"{where}: there is no bar before that could come again: write its chords")
        chords, before = self.bars[-back].chords, self._sounding[-back]
        if before and not (chords and chords[0].place == 0):
            return (replace(before, place=before.place * 0), *chords)
        return chords

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is told, a line each."""
        return tuple(text if count == 1 else f"{text} ({count} times)" for text, count in self.told.items())


def clean(text: str) -> str:
    """A title or a name of a section as it can be written in one line: no brackets, bar lines and line breaks."""
    return re.sub(r"\s+", " ", "".join(_AS_TEXT.get(sign, sign) for sign in text)).strip()


_AS_TEXT = {"[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "=": "-"} | {chr(code): " " for code in range(32)}
