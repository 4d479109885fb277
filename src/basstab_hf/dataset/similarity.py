"""Which pieces are the same music: MinHash signatures of their note n-grams, and an index of them on disk.

Input: the timed notes of a piece. Output: how alike it and the pieces before it are, from 0 to 1: the estimated Jaccard
similarity of their sets of n-grams. An n-gram is a run of intervals from onset to onset, so that neither transposition
nor spacing nor tuning matters, and how often a riff is repeated does not either.

MinHash is Broder's ("On the resemblance and containment of documents", 1997), computed by the package rensa. The index
is the usual banding: pieces that agree on one band of `BAND` values are compared. It lies in an SQLite file, because a
hundred thousand pieces would fill the memory.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from basstab_hf.tab import Note

#: Intervals in an n-gram. With 8 no two different songs of 289 real pages are more alike than 0.38; with 5 they reach
#: 0.51, for punk bass lines share their short runs.
N_INTERVALS = 8
#: A piece with fewer different n-grams (one note all along, say) is like everything and nothing: it is not compared.
MIN_NGRAMS = 16
#: Values in a signature: the standard error of an estimated 0.5 is 0.03. Two pieces alike to 0.5 share a band of four
#: with a probability of 0.98, alike to 0.1 of 0.006.
N_VALUES, BAND = 256, 4
_SEED = 1
_MIX = np.random.default_rng(_SEED).integers(1, 2**63, size=BAND + 1, dtype=np.uint64) | np.uint64(1)


def signature(notes: Iterable[Note]) -> bytes | None:
    """MinHash signature of a piece, `N_VALUES` little-endian 32-bit numbers; None where there is too little to compare.

    Of notes that start together the lowest counts; a dead note has no pitch, and so no interval.
    """
    from rensa import RMinHash

    found = ngrams(notes)
    if len(found) < MIN_NGRAMS:
        return None
    sketch = RMinHash(num_perm=N_VALUES, seed=_SEED)
    sketch.update(sorted(found))
    return np.array(sketch.digest(), dtype="<u4").tobytes()


def ngrams(notes: Iterable[Note]) -> set[bytes]:
    """The different runs of `N_INTERVALS` intervals (semitones) from one onset to the next."""
    line = [min(map(_pitch, together)) for _, together in itertools.groupby(notes, key=lambda note: note.onset)]
    run = bytes(itertools.starmap(_interval, itertools.pairwise(line)))
    return {run[start : start + N_INTERVALS] for start in range(len(run) - N_INTERVALS + 1)}


_DEAD = 1000


def _interval(before: int, after: int) -> int:
    """Semitones upwards as a byte around 128; 0 to or from a dead note."""
    return 0 if _DEAD in (before, after) else min(max(after - before + 128, 1), 255)


def _pitch(note: Note) -> int:
    return _DEAD if "dead note" in note.techniques else note.pitch


def similarity(one: bytes, other: bytes) -> float:
    """Estimated Jaccard similarity of two pieces by their signatures."""
    return float(np.mean(_values(one) == _values(other)))


class PieceIndex:
    """Texts and signatures of numbered pieces in an SQLite file: add a piece, and find those like a new one."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        # The file is scrap: it goes when the build ends, so that nothing needs to survive a crash.
        self._database.executescript(
            """
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            PRAGMA cache_size = -32000;
            CREATE TABLE texts (digest BLOB PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE signatures (piece INTEGER PRIMARY KEY, signature BLOB NOT NULL);
            CREATE TABLE bands (band INTEGER, piece INTEGER, PRIMARY KEY (band, piece)) WITHOUT ROWID;
            """
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add(self, piece: int, text: str, signed: bytes | None) -> None:
        """Remember a piece by its column text and, where it has one, its signature."""
        self._database.execute("INSERT INTO texts VALUES (?)", (_digest(text),))
        if signed is not None:
            self._database.execute("INSERT INTO signatures VALUES (?, ?)", (piece, signed))
            rows = [(band, piece) for band in _bands(signed)]
            self._database.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", rows)

    def has(self, text: str) -> bool:
        """Whether a piece with this column text was added."""
        found = self._database.execute("SELECT 1 FROM texts WHERE digest = ?", (_digest(text),))
        return found.fetchone() is not None

    def alike(self, signed: bytes, least: float) -> dict[int, float]:
        """Pieces at least so similar, with their similarity."""
        places = ",".join("?" * (N_VALUES // BAND))
        candidates = self._database.execute(
            "SELECT piece, signature FROM signatures WHERE piece IN "  # noqa: S608  # only question marks are put in
            f"(SELECT piece FROM bands WHERE band IN ({places}))",
            _bands(signed),
        )
        found = {piece: similarity(signed, other) for piece, other in candidates}
        return {piece: value for piece, value in found.items() if value >= least}


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def _bands(signed: bytes) -> Sequence[int]:
    """One 64-bit number a band; a collision costs a needless comparison, nothing else."""
    rows = _values(signed).reshape(-1, BAND).astype(np.uint64)
    mixed = (rows * _MIX[:BAND]).sum(axis=1, dtype=np.uint64) + np.arange(len(rows), dtype=np.uint64) * _MIX[BAND]
    numbers: list[int] = mixed.view(np.int64).tolist()
    return numbers


def _values(signed: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(signed, dtype="<u4")
