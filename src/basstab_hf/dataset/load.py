"""Load the column texts or rows of a dataset: a folder that `basstab build` wrote, or the id of one on the Hub."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.errors import InputError, MissingExtraError

_ROWS_AT_A_TIME = 256
#: The field with the note on a row's rights.
_LICENCE = "licence"
#: The fields that `Facts` are read from.
_TELLING = ("style", "tempo", "systems")


@dataclass(frozen=True, slots=True)
class PlacedChord:
    """A chord name over a column of a system, counted from 0 behind the bar line that opens it."""

    column: int
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a row tells of its piece beside the tab: nothing where the dataset does not have it.

    Attributes:
        style: such as "rock"; "" where none is told.
        tempo: beats a minute.
        chords: those over each system of the piece; empty where there are none at all.
    """

    style: str = ""
    tempo: float | None = None
    chords: tuple[tuple[PlacedChord, ...], ...] = ()

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Facts:
        """What a row tells, whichever of its fields there are."""
        over = [system.get("chords") or () for system in row.get("systems") or ()]
        chords = [tuple([PlacedChord(chord["column"], chord["name"]) for chord in some]) for some in over]
        return cls(row.get("style") or "", row.get("tempo"), tuple(chords) if any(chords) else ())


def is_dataset(dataset: str) -> bool:
    """Whether this is a dataset folder, or may be the id of one on the Hub; else it holds tabs, if anything."""
    folder = Path(dataset)
    return (folder / "data").is_dir() or not folder.exists()


def load_texts(dataset: str, split: str) -> list[str]:
    """The column text of every piece of a split.

    Raises:
        InputError: no such dataset or split, or one without columns.
    """
    folder = Path(dataset)
    if (folder / "data").is_dir():
        return _read_folder(folder, split, "columns")
    if folder.exists() or dataset.count("/") != 1:
        if meant := files.near_path(dataset):
            raise InputError(f"there is no dataset {dataset}{meant}")
        raise InputError(f"{dataset} is no dataset folder: make one with `basstab build SOURCE --out DIR`")
    texts = _load_from_hub(dataset, split, "columns")
    if not texts:
        raise InputError(f"{dataset} has no field `columns`: build it with `basstab build`")
    return texts


def load_facts(dataset: str, split: str) -> list[Facts]:
    """What the rows of a split tell beside their tabs, in the order of `load_texts`; a dataset may be older than that.

    Raises:
        InputError: no such dataset or split, or one that cannot be read.
    """
    folder = Path(dataset)
    if (folder / "data").is_dir():
        there = _column_names(folder, split)
        wanted = ["columns", *(name for name in _TELLING if name in there)]
        return [Facts.of_row(row) for path in _parts(folder, split) for row in read_rows(path, wanted)]
    columns = {name: _load_from_hub(dataset, split, name) for name in ("columns", *_TELLING)}
    told = {name: values for name, values in columns.items() if values}
    return [Facts.of_row(dict(zip(told, row, strict=True))) for row in zip(*told.values(), strict=True)]


def count_licences(dataset: str, splits: Sequence[str]) -> dict[str, int]:
    """Pieces of splits by the note on their rights, the most frequent first; none where the dataset has no such notes.

    Raises:
        InputError: no such dataset, or one that cannot be read.
    """
    folder, licences = Path(dataset), Counter[str]()
    for split in splits:
        if not (folder / "data").is_dir():
            licences.update(_load_from_hub(dataset, split, _LICENCE))
        elif _LICENCE in _column_names(folder, split):
            licences.update(licence or "" for licence in _read_folder(folder, split, _LICENCE))
    return dict(licences.most_common())


def fingerprint(texts: Mapping[str, Sequence[str]]) -> str:
    """SHA-256 over the column texts of splits, in their order: what was learnt from, whatever file it lay in."""
    digest = hashlib.sha256()
    for split, pieces in texts.items():
        digest.update("\n".join([f"{split} {len(pieces)}", *pieces, ""]).encode())
    return digest.hexdigest()


def load_rows(folder: Path, split: str) -> Iterator[dict[str, Any]]:
    """Rows of a split of a dataset folder, a few in memory at a time; none where the split has no file."""
    return chain.from_iterable(map(read_rows, _parts(folder, split)))


def read_rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file, or some of their fields, a few in memory at a time."""
    from pyarrow import parquet

    with parquet.ParquetFile(path, pre_buffer=False) as file:  # else the whole file would be in memory
        for batch in file.iter_batches(_ROWS_AT_A_TIME, columns=columns):
            yield from batch.to_pylist()


def _parts(folder: Path, split: str) -> list[Path]:
    return sorted((folder / "data").glob(f"{split}-*.parquet"))


def _column_names(folder: Path, split: str) -> list[str]:
    """What rows of a split have; nothing where it has no file that can be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return [name for path in _parts(folder, split)[:1] for name in parquet.read_schema(path).names]
    except (pa.ArrowException, OSError):
        return []


def _read_folder(folder: Path, split: str, column: str) -> list[str]:
    """Straight from Parquet: `load_dataset` takes seconds, and might give what another folder of this name held."""
    import pyarrow as pa
    from pyarrow import parquet

    paths = _parts(folder, split)
    if not paths:
        raise InputError(f"{folder} has no {split} split: build it from more songs (a tenth of them goes there)")
    try:
        tables = [parquet.read_table(path, columns=[column]) for path in paths]
        found = pa.concat_tables(tables)[column]
    except (pa.ArrowException, OSError, KeyError) as error:
        raise InputError(f"{folder}: the {split} split cannot be read: {_first_line(error)}") from error
    if not any(kind(found.type) for kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)):
        raise InputError(
            f"{folder}: the {split} split cannot be read: {column} holds {found.type}, no text; build it anew"
        )
    texts: list[str] = found.to_pylist()
    return texts


def _load_from_hub(dataset: str, split: str, column: str) -> list[str]:
    """A column of a split; empty where the dataset has none of that name."""
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise MissingExtraError("datasets", "train") from error
    try:
        loaded = load_dataset(dataset, split=split)
    except (OSError, ValueError) as error:  # datasets raises both for what is not there
        raise InputError(f"{dataset} has no {split} split that can be loaded: {_first_line(error)}") from error
    return list(loaded[column]) if column in loaded.column_names else []


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
