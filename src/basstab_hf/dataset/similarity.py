"""Which pieces are the same music: MinHash signatures of their note n-grams, and a file that finds those alike.

Input: the timed notes of a piece. Output: how alike it and the pieces before it are, from 0 to 1: the estimated Jaccard
similarity of their sets of n-grams (`intervals`), and how much of the shorter one the longer one has (containment). How
often a riff is repeated does not matter.

MinHash is Broder's ("On the resemblance and containment of documents", 1997), computed by the package rensa. Pieces
that agree on one band of `BAND` values are compared, the usual way to find near duplicates among many. All lies on
disk, a kilobyte and a half a piece, but for one band at a time.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from basstab_hf.tab.intervals import SAME_NOTE, interval_line, ngrams
from basstab_hf.tab.values import Note

#: A piece with fewer different n-grams (one note all along, say) is like everything and nothing: it is not compared.
MIN_NGRAMS = 16
#: Values in a signature: the standard error of an estimated 0.5 is 0.03. Two pieces alike to 0.5 share a band of three
#: with a probability of 1.00, alike to 0.3 of 0.90, to 0.1 of 0.08.
N_VALUES, BAND = 255, 3
#: Intervals of a telling n-gram that are no repeated note, at least: the others are in every punk song. But for pages
#: with several songs, no two of 288 real pages share half of the telling ones of the shorter.
TELLING = 5
_SEED = 1
_VALUE = 4  # bytes
_SIZE = _VALUE * (1 + N_VALUES)
_MIX = np.random.default_rng(_SEED).integers(1, 2**63, size=BAND, dtype=np.uint64) | np.uint64(1)
_N_BANDS = N_VALUES // BAND
#: Pieces in a block of the file of bands.
_BLOCK = 4096
#: Of pieces that agree on a band each is compared with the first so many: a thousand copies need no million pairs.
_MOST_COMPARED = 32
_CODE = 2**31


def signature(notes: Iterable[Note], *, telling: bool = False) -> bytes | None:
    """MinHash signature of a piece; None where too little is to compare.

    Little-endian 32-bit numbers: how many n-grams, all or the telling ones alone, then `N_VALUES` values of them.
    """
    from rensa import RMinHash

    grams = ngrams(interval_line(notes))
    if telling:
        grams = {gram for gram in grams if len(gram) - gram.count(SAME_NOTE) >= TELLING}
    if len(grams) < MIN_NGRAMS:
        return None
    sketch = RMinHash(num_perm=N_VALUES, seed=_SEED)
    sketch.update(sorted(grams))
    return np.array([len(grams), *sketch.digest()], dtype="<u4").tobytes()


def similarity(one: bytes, other: bytes) -> float:
    """Estimated Jaccard similarity of two pieces by their signatures."""
    return float(np.mean(_values(one) == _values(other)))


def containment(one: bytes, other: bytes) -> float:
    """Estimated share of the n-grams of the piece with fewer that the other one has, too (Broder 1997)."""
    sizes = [int.from_bytes(signed[:_VALUE], "little") for signed in (one, other)]
    alike = similarity(one, other)
    return min(alike / (1 + alike) * sum(sizes) / min(sizes), 1.0)


class SignatureFile:
    """Signatures of pieces in the order of their numbers, in a scratch file, and the pairs of them that are alike.

    Band values are stored block by block, a block band by band, so that all values of one band are read at once.
    """

    def __init__(self, scratch: Path) -> None:
        self._signatures = scratch.with_suffix(".signatures").open("w+b", buffering=0)
        self._bands = scratch.with_suffix(".bands").open("w+b", buffering=0)
        self._numbers = array("Q")  # of the pieces that have a signature
        self._block: list[NDArray[np.uint64]] = []

    def close(self) -> None:
        """Close the files."""
        self._signatures.close()
        self._bands.close()

    def add(self, number: int, signed: bytes) -> None:
        """Add the signature of a piece; numbers rise."""
        self._numbers.append(number)
        self._signatures.write(signed)
        self._block.append(_bands(signed))
        if len(self._block) == _BLOCK:
            self._write_block()

    def pairs(
        self, least: float, leave_out: Sequence[int] = (), measure: Callable[[bytes, bytes], float] = similarity
    ) -> list[Pair]:
        """Pairs of pieces at least so similar, by the later one and then the earlier one."""
        if self._block:
            self._write_block()
        places = np.flatnonzero(~np.isin(np.array(self._numbers), np.array(leave_out)))
        candidates = np.unique(np.concatenate([_pairs(self._band(band), places) for band in range(_N_BANDS)]))
        pairs = []
        for code in candidates.tolist():
            later, earlier = divmod(code, _CODE)
            value = measure(self._signature(earlier), self._signature(later))
            if value >= least:
                pairs.append(Pair(self._numbers[earlier], self._numbers[later], value))
        return pairs

    def alike(self, others: Sequence[bytes], least: float) -> set[int]:
        """Numbers of the pieces that are at least so similar to one of others, by their signatures."""
        known = [one for one in others if len(one) == _SIZE]
        return {
            number
            for index, number in enumerate(self._numbers if known else ())
            if any(similarity(self._signature(index), one) >= least for one in known)
        }

    def _write_block(self) -> None:
        block = np.zeros((_N_BANDS, _BLOCK), dtype=np.uint64)
        block[:, : len(self._block)] = np.stack(self._block, axis=1)
        self._bands.write(block.tobytes())
        self._block.clear()

    def _band(self, band: int) -> NDArray[np.uint64]:
        """One value a piece."""
        size, row = _N_BANDS * _BLOCK * 8, _BLOCK * 8
        blocks = range(0, os.fstat(self._bands.fileno()).st_size, size)
        read = b"".join(os.pread(self._bands.fileno(), row, start + band * row) for start in blocks)
        return np.frombuffer(read, dtype=np.uint64)[: len(self._numbers)]

    def _signature(self, index: int) -> bytes:
        return os.pread(self._signatures.fileno(), _SIZE, index * _SIZE)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pieces that are alike, by their numbers."""

    earlier: int
    later: int
    similarity: float


def _pairs(values: NDArray[np.uint64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs among some places that have equal values, as `later * _CODE + earlier`."""
    order = places[np.argsort(values[places], kind="stable")]
    equal = values[order[1:]] == values[order[:-1]]
    codes: list[int] = []
    for start, end in _runs(equal):
        group = order[start : end + 1].tolist()
        for at, later in enumerate(group):
            codes += [later * _CODE + earlier for earlier in group[: min(at, _MOST_COMPARED)]]
    return np.array(codes, dtype=np.int64)


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First place of each run of true flags, and the place after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _bands(signed: bytes) -> NDArray[np.uint64]:
    """One 64-bit number a band; a collision costs a needless comparison, nothing else."""
    rows = _values(signed).reshape(-1, BAND).astype(np.uint64)
    mixed: NDArray[np.uint64] = (rows * _MIX).sum(axis=1, dtype=np.uint64)
    return mixed


def _values(signed: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(signed, dtype="<u4", offset=_VALUE)
