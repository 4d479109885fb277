"""Values of a melody as its source writes it, before it becomes a tab: Tune > TuneBar > MelodyNote.

Times are in quarter notes. A tune's bars follow the notation, pickups and incomplete last bars included; repeats are
marked, not written out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from basstab_hf.errors import BasstabError


class TuneError(BasstabError, ValueError):
    """A tune that cannot become a tab; `reason` is the same for all tunes refused on the same ground."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MelodyNote:
    """One note: `onset` from the start of its bar and `duration` in quarter notes, pitch as a MIDI number."""

    onset: float
    duration: float
    pitch: int


@dataclass(frozen=True, slots=True)
class TuneBar:
    """What stands between two bar lines of any kind.

    `strain` is set where a part begins (after a double bar line or repeat sign), `ending` is 1 or 2 in the first or
    second ending of a repeat and 0 elsewhere.
    """

    notes: tuple[MelodyNote, ...]
    length: float
    strain: bool = False
    ending: int = 0


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody in one voice and where it comes from."""

    title: str
    collection: str
    source: str  # file inside music21 and number of the tune in it: "music21/corpus/airdsAirs/book1.abc#12"
    credit: str  # the collection and who transcribed the tune
    licence: str
    key: str  # "D major", "E dorian"
    time_signature: str  # "4/4"; cut time is "2/2"
    tempo: float | None  # quarter notes a minute, where stated
    bars: tuple[TuneBar, ...]

    @property
    def bar_length(self) -> float:
        """Length of a full bar in quarter notes."""
        beats, unit = map(int, self.time_signature.split("/"))
        return beats * 4 / unit

    @property
    def work(self) -> str:
        """A key that other settings of the same tune share: its title in small letters without article and kind.

        A split by `work` keeps "Fisher's Hornpipe" of two collections on one side.
        """
        words = re.sub(r"[^a-z0-9 ]", "", self.title.lower().replace("-", " ")).split()
        return " ".join(word for word in words if word not in _NOT_IN_WORK) or self.title.lower()


_NOT_IN_WORK = frozenset(
    [
        "the",
        "a",
        "an",
        "reel",
        "jig",
        "hornpipe",
        "strathspey",
        "clog",
        "march",
        "waltz",
        "air",
        "quick",
        "step",
        "quickstep",
    ]
)


def bars_to_json(bars: tuple[TuneBar, ...]) -> list[Any]:
    """Bars as nested lists for the cache: [length, strain, ending, [onset, duration, pitch, ...]]."""
    return [
        [bar.length, int(bar.strain), bar.ending, [x for n in bar.notes for x in (n.onset, n.duration, n.pitch)]]
        for bar in bars
    ]


def bars_from_json(bars: list[Any]) -> tuple[TuneBar, ...]:
    """Read what `bars_to_json` gave."""
    return tuple(
        TuneBar(tuple(MelodyNote(*flat[at : at + 3]) for at in range(0, len(flat), 3)), length, bool(strain), ending)
        for length, strain, ending, flat in bars
    )
