"""Which pieces a dataset keeps, with a reason for every other one, and which songs must stay together.

Input: what was found in the items, in order. State: the index of the pieces kept so far, on disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basstab_hf.dataset import pieces
from basstab_hf.dataset.report import REMOVED, Report
from basstab_hf.dataset.rows import SPLITS, row, split_of
from basstab_hf.dataset.similarity import PieceIndex, signature
from basstab_hf.dataset.sources import Item, Refusal
from basstab_hf.tab import Tab
from basstab_hf.timing import timed_notes

#: A piece with less than this is no music to learn from.
MIN_NOTES = 8
MIN_BARS = 2
#: Pieces so alike are one; pieces so alike are versions of one song, which stay in one split. Public-domain tunes that
#: stand in two books under two names reach 0.7 to 1; different songs stay below 0.4.
DUPLICATE = 0.8
SAME_SONG = 0.5
#: Two different digits above 24, such as 37, are two notes in neighbouring columns, or a fret that no bass has. Where
#: more than this share of what stands on the strings is such, it is the latter.
BROKEN_SHARE = 0.5
_DIGITS = re.compile(r"\d+")
_TOO_HIGH = re.compile(r"2[5-9]|([3-9])(?!\1)\d")


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a piece, and what cleaning wants to know besides."""

    row: dict[str, Any]
    signature: bytes | None
    broken: bool
    low_confidence: int  # systems left out


def read(item: Item) -> list[Found | Refusal]:
    """Everything that can be said about an item alone: the function that processes and Ray map."""
    return [piece if isinstance(piece, Refusal) else _found(piece) for piece in pieces.read(item)]


def _found(piece: pieces.Piece) -> Found:
    notes = timed_notes(piece.tab)
    return Found(row(piece, notes), signature(notes), has_broken_frets(piece.tab), piece.left_out)


def has_broken_frets(tab: Tab) -> bool:
    """Whether many of the frets are higher than any bass has (see `BROKEN_SHARE`)."""
    runs = [run for system in tab.systems for line in system.lines for run in _DIGITS.findall(line)]
    return sum(_TOO_HIGH.fullmatch(run) is not None for run in runs) > BROKEN_SHARE * len(runs)


class Cleaner:
    """Decides piece by piece, in order, and counts in `report`; numbers pieces as it keeps them."""

    def __init__(self, scratch: Path, report: Report) -> None:
        self._index = PieceIndex(scratch)
        self._report = report
        self._splits = bytearray()  # of the pieces kept, as places in SPLITS
        self._alike: list[tuple[int, int]] = []

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def kept(self, found: Iterable[Found | Refusal]) -> Iterator[dict[str, Any]]:
        """Rows to keep."""
        for one in found:
            reason = one.reason if isinstance(one, Refusal) else self._why_not(one)
            if reason:
                self._report.dropped[reason] += 1
            elif isinstance(one, Found):
                self._report.systems["low confidence"] += one.low_confidence
                yield one.row

    def giving_way(self) -> set[int]:
        """Numbers of kept pieces that must go after all, since they are like a song in another split.

        Songs keep the split that their own name gives them, whatever else is built: of songs that are alike, directly
        or through others, those in the test split stay, else those in the validation split. So what a model is
        measured on never shrinks when training data grows.
        """
        roots: dict[int, int] = {}

        def root(piece: int) -> int:
            while (parent := roots.setdefault(piece, piece)) != piece:
                roots[piece] = piece = roots[parent]
            return piece

        for one, other in self._alike:
            roots[root(one)] = root(other)
        strongest: dict[int, int] = {}
        for piece in list(roots):
            strongest[root(piece)] = max(self._splits[piece], strongest.get(root(piece), 0))
        return {piece for piece in list(roots) if self._splits[piece] < strongest[root(piece)]}

    def _why_not(self, found: Found) -> str:
        values = found.row
        if reason := self._unfit(found):
            return reason
        if self._index.has(values["columns"]):
            return "exact duplicate"
        alike = self._index.alike(found.signature, SAME_SONG) if found.signature else {}
        if any(value >= DUPLICATE for value in alike.values()):
            return "near duplicate"
        number = len(self._splits)
        self._index.add(number, values["columns"], found.signature)
        self._alike += [(number, other) for other in alike]
        self._splits.append(list(SPLITS).index(split_of(values["song"])))
        return ""

    def _unfit(self, found: Found) -> str:
        values = found.row
        if self._report.is_removed(values):
            return REMOVED
        if values["n_notes"] == 0:
            return "empty"
        if values["n_notes"] < MIN_NOTES or values["n_bars"] < MIN_BARS:
            return f"too short (under {MIN_BARS} bars or {MIN_NOTES} notes)"
        return "broken frets (> 24)" if found.broken else ""
