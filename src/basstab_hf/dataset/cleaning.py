"""Which pieces a dataset keeps, with a reason for every other one, and which songs must stay together.

Input: what was found in the items, in order. State: signatures of the pieces so far, on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from basstab_hf.dataset import pieces
from basstab_hf.dataset.report import GAVE_WAY, REMOVED, Report
from basstab_hf.dataset.rows import SPLITS, row, split_of
from basstab_hf.dataset.similarity import SignatureFile, containment, signature
from basstab_hf.dataset.sources import Item, Refusal
from basstab_hf.metrics.validity import has_broken_frets
from basstab_hf.tab.timing import timed_notes

#: A piece with less than this is no music to learn from.
MIN_NOTES = 8
MIN_BARS = 2
#: Pieces so alike are one; pieces so alike are versions of one song, which stay in one split. Public-domain tunes that
#: stand in two books under two names reach 0.7 to 1; different songs stay below 0.4. So are pieces of which the shorter
#: one has so much in common with the other, in telling runs (`similarity.TELLING`).
DUPLICATE = 0.8
SAME_SONG = 0.5
HELD_BY_OTHER = 0.5
#: Bytes that tell texts apart.
_DIGEST = 16


@dataclass(frozen=True, slots=True)
class Found:
    """A row of a piece, and what cleaning wants to know besides."""

    row: dict[str, Any]
    signature: bytes | None
    telling: bytes | None  # the same of its telling runs
    broken: bool
    low_confidence: int  # systems left out
    remarks: tuple[str, ...] = ()  # kinds of what the tab could not keep of its file


def read(item: Item, track: str | None = None) -> list[Found | Refusal]:
    """Everything that can be said about an item alone: the function that processes and Ray map.

    `track` is the one that is taken of files with several.
    """
    return [piece if isinstance(piece, Refusal) else _found(piece) for piece in pieces.read(item, track)]


def _found(piece: pieces.Piece) -> Found:
    notes = timed_notes(piece.tab)
    broken = has_broken_frets(line for system in piece.tab.systems for line in system.lines)
    telling = signature(notes, telling=True)
    return Found(row(piece, notes), signature(notes), telling, broken, piece.left_out, piece.remarks)


class Cleaner:
    """Sorts out pieces in order, and at the end those that are like others; counts by reason in `report`.

    What it must remember of every piece lies in files beside `scratch`, or takes a few bytes.
    """

    def __init__(self, scratch: Path, report: Report) -> None:
        self._report = report
        self._signatures = SignatureFile(scratch)
        self._telling = SignatureFile(scratch.with_name(f"{scratch.name}-telling"))
        self._splits = bytearray()  # of the pieces, as places in SPLITS
        self._texts = bytearray()  # digests of their column texts

    def close(self) -> None:
        """Close the files."""
        self._signatures.close()
        self._telling.close()

    def fit(self, found: Iterable[Found | Refusal]) -> Iterator[dict[str, Any]]:
        """Rows of the pieces that are fit in themselves; their order numbers them."""
        for one in found:
            reason = one.reason if isinstance(one, Refusal) else self._unfit(one)
            if reason:
                self._report.dropped[reason] += 1
            elif isinstance(one, Found):
                self._remember(one)
                yield one.row

    def dropped(self) -> set[int]:
        """Numbers of the pieces that were there before or leak from split to split; to be asked once, at the end.

        Songs keep the split that their own name gives them, whatever else is built. Of songs in different splits that
        are alike, directly or through others, those in the test split stay, else those in the validation split: what a
        model is measured on never shrinks when training data grows.
        """
        reasons = dict.fromkeys(self._removed(), REMOVED)
        reasons |= {copy: "exact duplicate" for copy in self._copies() if copy not in reasons}
        alike = []
        for better, worse, value in self._ranked_pairs(list(reasons)):
            if better in reasons or worse in reasons:
                continue
            if value >= DUPLICATE:
                reasons[worse] = "near duplicate"
            else:
                alike.append((better, worse))
        alike = [pair for pair in alike if not reasons.keys() & pair]
        reasons |= dict.fromkeys(weaker(alike, self._splits), GAVE_WAY)
        self._report.dropped.update(reasons.values())
        return set(reasons)

    def _ranked_pairs(self, copies: list[int]) -> list[tuple[int, int, float]]:
        """Pairs of alike pieces, the better one first, so ordered that whether it stays is settled when it matters."""
        held = self._telling.pairs(HELD_BY_OTHER, copies, containment)
        alike = {(pair.earlier, pair.later): SAME_SONG for pair in held}
        alike |= {(pair.earlier, pair.later): pair.similarity for pair in self._signatures.pairs(SAME_SONG, copies)}
        ranked = []
        for pair, value in alike.items():
            better, worse = sorted(pair, key=self._rank)
            ranked.append((better, worse, value))
        return sorted(ranked, key=lambda pair: (self._rank(pair[1]), self._rank(pair[0])))

    def _rank(self, piece: int) -> tuple[int, int]:
        """The rank of a piece: of two copies the one in the stronger split stays, else the first."""
        return -self._splits[piece], piece

    def _remember(self, found: Found) -> None:
        number = len(self._splits)
        self._report.systems["low confidence"] += found.low_confidence
        self._report.remarks.update(found.remarks)
        self._splits.append(list(SPLITS).index(split_of(found.row["song"])))
        self._texts += hashlib.sha256(found.row["columns"].encode()).digest()[:_DIGEST]
        if found.signature is not None:
            self._signatures.add(number, found.signature)
        if found.telling is not None:
            self._telling.add(number, found.telling)

    def _copies(self) -> list[int]:
        """Numbers of the pieces whose text is that of a better one (see `_rank`)."""
        digests = np.frombuffer(bytes(self._texts), dtype=f"V{_DIGEST}")
        best_first = np.argsort(-np.frombuffer(bytes(self._splits), dtype=np.uint8).astype(int), kind="stable")
        _, first = np.unique(digests[best_first], return_index=True)
        copies: list[int] = np.setdiff1d(best_first, best_first[first]).tolist()
        return copies

    def _removed(self) -> set[int]:
        """Numbers of the pieces that are copies of what was removed, whether they came before or after it."""
        digests = [bytes.fromhex(digest)[:_DIGEST] for digest in self._report.removed_content]
        known = np.frombuffer(b"".join(digests), dtype=f"V{_DIGEST}")
        same = np.isin(np.frombuffer(bytes(self._texts), dtype=known.dtype), known).nonzero()[0].tolist()
        return {*same, *self._signatures.alike(self._report.removed_signatures(), DUPLICATE)}

    def _unfit(self, found: Found) -> str:
        values = found.row
        if self._report.is_removed(values):
            self._report.remember(values["columns"], found.signature)
            return REMOVED
        if values["n_notes"] == 0:
            return "empty"
        if values["n_notes"] < MIN_NOTES or values["n_bars"] < MIN_BARS:
            return f"too short (under {MIN_BARS} bars or {MIN_NOTES} notes)"
        return "broken frets (> 24)" if found.broken else ""


def weaker(alike: Iterable[tuple[int, int]], splits: Sequence[int]) -> set[int]:
    """The pieces that are like others, directly or through more of them, but are not in the strongest split of these.

    Args:
        alike: pairs of pieces.
        splits: the strength of each piece's split.
    """
    roots: dict[int, int] = {}

    def root(piece: int) -> int:
        while (parent := roots.setdefault(piece, piece)) != piece:
            roots[piece] = piece = roots[parent]
        return piece

    for one, other in alike:
        roots[root(one)] = root(other)
    strongest: dict[int, int] = {}
    for piece in list(roots):
        strongest[root(piece)] = max(splits[piece], strongest.get(root(piece), 0))
    return {piece for piece in list(roots) if splits[piece] < strongest[root(piece)]}
