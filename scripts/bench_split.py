"""The split that models are compared on: a dataset's own, or one by artist, all systems or those in GDAE alone.

Input: a dataset folder. Output: `Split`, and a dataset folder of it that `basstab train` reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from basstab_hf.dataset.load import load_rows
from basstab_hf.dataset.rows import SPLITS
from basstab_hf.errors import InputError
from basstab_hf.evaluation.scoring import n_columns
from basstab_hf.tab import columns


@dataclass(frozen=True, slots=True)
class Split:
    """Column texts by split, the artists on each side, and those of test and validation pieces, one by one."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    artists: Mapping[str, frozenset[str]]
    test_artists: tuple[str, ...]
    validation_artists: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """For the report: how much is where, and how many test artists are in training, too."""
        return {
            "pieces": {name: len(getattr(self, name)) for name in SPLITS},
            "artists": {name: len(found) for name, found in self.artists.items()},
            "test_artists_in_train": len(self.artists["test"] & self.artists["train"]),
            "columns": sum(map(n_columns, self.test)),
        }


def read_split(folder: Path, *, gdae_only: bool = False, artists: float | None = None) -> Split:
    """Read a dataset; with `artists`, that share of them is the test split and half as many are for validation.

    Raises:
        InputError: no dataset folder, or a split without pieces.
    """
    texts: dict[str, list[str]] = {name: [] for name in SPLITS}
    names: dict[str, list[str]] = {name: [] for name in SPLITS}
    for own in SPLITS:
        for row in load_rows(folder, own):
            artist = artist_of(row)
            split = own if artists is None else split_of_artist(artist, artists)
            text = in_gdae(row["columns"]) if gdae_only else row["columns"]
            if text:
                texts[split].append(text)
                names[split].append(artist)
    if not all(texts.values()):
        empty = next(name for name, found in texts.items() if not found)
        raise InputError(f"{folder} gives no pieces for {empty}: build it from more songs, or change the share")
    return Split(
        **{name: tuple(found) for name, found in texts.items()},
        artists={name: frozenset(found) for name, found in names.items()},
        test_artists=tuple(names["test"]),
        validation_artists=tuple(names["validation"]),
    )


def write_split(split: Split, folder: Path) -> Path:
    """A dataset folder with nothing but the column texts."""
    import pyarrow as pa
    from pyarrow import parquet

    (folder / "data").mkdir(parents=True)
    for name in SPLITS:
        table = pa.table({"columns": list(getattr(split, name))})
        parquet.write_table(table, folder / "data" / f"{name}-00000-of-00001.parquet")
    return folder


def artist_of(row: Mapping[str, Any]) -> str:
    """The artist of a row, however it is spaced and spelt; its song where it names none."""
    return "".join(filter(str.isalnum, row["artist"].casefold())) or row["song"]


def split_of_artist(artist: str, share: float) -> str:
    """By a hash of the name alone, so that no artist is on two sides."""
    place = int(hashlib.sha256(artist.encode()).hexdigest(), 16) / 2**256
    return "test" if place < share else "validation" if place < 1.5 * share else "train"


def in_gdae(text: str) -> str:
    """Column text without the systems in other tunings; '' if none is left."""
    systems = list(columns.systems(text.split()))
    kept = [[*system, columns.END] for system in systems if system[0] == "GDAE"]
    if kept and systems[-1][0] == "GDAE" and not text.endswith(columns.END):
        kept[-1].pop()
    return " ".join(word for system in kept for word in system)
