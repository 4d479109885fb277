"""What recognition hands over: systems as found and as repaired, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from basstab_hf.recognise.annotations import NOTHING, Annotations, Chord
from basstab_hf.tab.tuning import Tuning
from basstab_hf.tab.values import System, Tab


@dataclass(frozen=True, slots=True)
class RecognisedSystem:
    """A system and where and how it was printed."""

    system: System  # repaired, top string first
    labels: tuple[str, ...] | None  # as printed, capitalised; of a system side by side with a labelled one: that one's
    lines: tuple[str, ...]  # as found, in the order printed: label, one separator and trailing text cut, not padded
    line_numbers: tuple[int, ...]  # 1-based, one a string line
    offsets: tuple[tuple[int, int], ...]  # where each string line starts, label included, and ends in the source
    confidence: float  # 0 to 1: the chance that `lines` are exactly what stands there
    repairs: tuple[str, ...] = ()
    section: str | None = None
    annotations: Annotations = NOTHING

    @property
    def first_line(self) -> int:
        return self.line_numbers[0]

    @property
    def repaired_lines(self) -> tuple[str, ...]:
        return self.system.lines

    @property
    def tuning(self) -> Tuning:
        return self.system.tuning

    @property
    def span(self) -> tuple[int, int]:
        """Offsets in the source from the first character of the first string line to the end of the last."""
        return self.offsets[0][0], self.offsets[-1][1]

    @property
    def repeats(self) -> int | None:
        return self.annotations.repeats

    @property
    def chords(self) -> tuple[Chord, ...]:
        return self.annotations.chords

    @property
    def counts(self) -> str | None:
        return self.annotations.counts

    def to_json(self) -> dict[str, Any]:
        """The value of one system in `basstab recognise --json`."""
        return {
            "labels": list(self.labels) if self.labels else None,
            "tuning": self.tuning.word,
            "lines": list(self.lines),
            "repaired_lines": list(self.repaired_lines),
            "first_line": self.first_line,
            "line_numbers": list(self.line_numbers),
            "offsets": [list(pair) for pair in self.offsets],
            "confidence": self.confidence,
            "repairs": list(self.repairs),
            "repeats": self.repeats,
            "section": self.section,
            "chords": [{"column": chord.column, "name": chord.name} for chord in self.chords],
            "counts": self.counts,
            "rhythm": self.annotations.rhythm,
            "slaps": self.annotations.slaps,
        }


@dataclass(frozen=True, slots=True)
class Rejection:
    """String lines that are no system of a bass; lines are 1-based."""

    first_line: int
    last_line: int
    reason: str
    nearest: str = ""  # the reading that the lines come nearest to, where there is one

    def to_json(self) -> dict[str, Any]:
        """The value of one refusal in `basstab recognise --json`."""
        told = {"first_line": self.first_line, "last_line": self.last_line, "reason": self.reason}
        return told | {"nearest": self.nearest} if self.nearest else told


@dataclass(frozen=True, slots=True)
class Recognition:
    """All that was found in one source, in reading order; title and artist as the page states them."""

    systems: tuple[RecognisedSystem, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    title: str = ""
    artist: str = ""
    rhythm_lines: tuple[str, ...] = ()  # lines of text that may state tempo, time signature or the like

    @property
    def tab(self) -> Tab:
        return Tab(tuple([found.system for found in self.systems]), title=self.title, artist=self.artist)

    def to_json(self) -> dict[str, Any]:
        """The value that `basstab recognise --json` prints for one file, its path apart."""
        return {
            "title": self.title,
            "artist": self.artist,
            "systems": [found.to_json() for found in self.systems],
            "rejected": [refused.to_json() for refused in self.rejected],
        }
