"""Load the column texts or rows of a dataset: a folder that `basstab build` wrote, or the id of one on the Hub."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.dataset.parquet_sizes import sizes
from basstab_hf.errors import InputError, MissingExtraError

_ROWS_AT_A_TIME, _TEXTS_AT_A_TIME = 256, 4096
#: Most rows of a file or split, values of a column of a file, and bytes or letters, unpacked: a file of ours has 50,000
#: rows, and 50,000 pages of tabs 0.5 GB. All texts of a split are in memory at once.
MAX_ROWS, MAX_VALUES, MAX_BYTES = 2_000_000, 20_000_000, 2 << 30
#: The field with the note on a row's rights.
_LICENCE = "licence"
#: Fields of every row, which are texts.
_NEEDED = ("title", "source", "columns")
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
        """What a row tells, whichever of its fields there are.

        Raises:
            TypeError, KeyError, AttributeError: they hold something else than those of `rows.features`.
        """
        over = [system.get("chords") or () for system in row.get("systems") or ()]
        chords = [tuple([_placed(chord) for chord in some]) for some in over]
        style, tempo = row.get("style") or "", row.get("tempo")
        if not isinstance(style, str) or not isinstance(tempo, float | int | None):
            raise TypeError(f"style {style!r:.40} or tempo {tempo!r:.40}")
        return cls(style, tempo, tuple(chords) if any(chords) else ())


def _placed(chord: Mapping[str, Any]) -> PlacedChord:
    column, name = chord["column"], chord["name"]
    if type(column) is not int or not isinstance(name, str):
        raise TypeError(f"a chord {name!r:.40} at {column!r:.40}")
    return PlacedChord(column, name)


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
        return [fact for path in _parts(folder, split) for fact in _facts_in(path, wanted)]
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
    """Rows of a split of a dataset folder, a few in memory at a time; none where the split has no file.

    Raises:
        InputError: a file that is none of `basstab build`, or of more than is read.
    """
    return chain.from_iterable(map(_whole_rows, _parts(folder, split)))


def read_rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file, or some of their fields, a few in memory at a time.

    Raises:
        InputError: no Parquet, broken, or of more than is read.
    """
    with _opened(path) as file:
        for batch in file.iter_batches(_ROWS_AT_A_TIME, columns=columns):
            yield from batch.to_pylist()


def _whole_rows(path: Path) -> Iterator[dict[str, Any]]:
    with _opened(path) as file:
        schema = file.schema_arrow
    for name in _NEEDED:
        if name not in schema.names:
            raise InputError(f"{path} has no field {name}: build it anew with `basstab build`")
        if not _is_text(kind := schema.field(name).type):
            raise InputError(f"{path}: {name} holds {kind}, no text; build it anew with `basstab build`")
    for number, row in enumerate(read_rows(path), start=1):
        if row["columns"] is None:
            raise InputError(f"{path}, row {number}: columns holds nothing: build it anew with `basstab build`")
        yield row


def check_fields(folder: Path, split: str, expected: Any) -> None:
    """Refuse rows that are not of a schema, a `pyarrow.Schema`.

    Raises:
        InputError: a field is missing, or of another type.
    """
    for path in _parts(folder, split):
        with _opened(path) as file:
            schema = file.schema_arrow
        for field in expected:
            found = schema.field(field.name).type if field.name in schema.names else "nothing"
            if found != field.type:
                raise InputError(f"{path}: {field.name} holds {found}, {field.type} is expected: build it anew")


def _facts_in(path: Path, wanted: list[str]) -> Iterator[Facts]:
    for number, row in enumerate(read_rows(path, wanted), start=1):
        try:
            yield Facts.of_row(row)
        except (TypeError, KeyError, AttributeError) as error:
            raise InputError(f"{path}, row {number}: {error} is nothing that `basstab build` writes") from error


@contextmanager
def _opened(path: Path, texts: Sequence[str] = ()) -> Iterator[Any]:
    """A Parquet file within limits; what is wrong with it while it is read is an InputError, too.

    The columns `texts` are read as dictionaries, where they are stored as such: equal texts take place once.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        # pre_buffer: else the whole file would be in memory
        with parquet.ParquetFile(path, pre_buffer=False, read_dictionary=list(texts)) as file:
            _check_size(path, file.metadata)
            yield file
    except (pa.ArrowException, OSError, KeyError, UnicodeError, OverflowError) as error:
        raise InputError(f"{path} cannot be read: {_first_line(error)}") from error


def _check_size(path: Path, about: Any) -> None:
    """Refuse, before rows are read, a file of more rows or values than any builder writes.

    Some kilobytes of Parquet hold a million equal rows, or a row with a million equal values.
    """
    if about.num_rows > MAX_ROWS:
        raise InputError(f"{path} has {about.num_rows:,} rows: up to {MAX_ROWS:,} are read; build smaller datasets")
    told = sizes(path)
    if told.values > MAX_VALUES:
        raise InputError(f"{path} has {told.values:,} values in one column: up to {MAX_VALUES:,} are read")
    if told.size > MAX_BYTES:
        raise InputError(f"{path} unpacks to {told.size:,} bytes: up to {MAX_BYTES:,} are read; build smaller datasets")


def _parts(folder: Path, split: str) -> list[Path]:
    return sorted((folder / "data").glob(f"{split}-*.parquet"))


def _column_names(folder: Path, split: str) -> list[str]:
    """What rows of a split have; nothing where it has no file."""
    for path in _parts(folder, split)[:1]:
        with _opened(path) as file:
            return list(file.schema_arrow.names)
    return []


def _read_folder(folder: Path, split: str, column: str) -> list[str]:
    """Straight from Parquet: `load_dataset` takes seconds, and might give what another folder of this name held."""
    paths = _parts(folder, split)
    if not paths:
        raise InputError(f"{folder} has no {split} split: build it from more songs (a tenth of them goes there)")
    found: list[str] = []
    room = MAX_BYTES
    for path in paths:
        for some in _texts_in(path, column):
            room -= sum(map(len, some))
            found += some
            if room < 0 or len(found) > MAX_ROWS:
                raise InputError(
                    f"{folder}: the {split} split has more than {MAX_ROWS:,} pieces or {MAX_BYTES:,} letters, which is "
                    "the limit: build smaller datasets"
                )
    return found


def _texts_in(path: Path, column: str) -> Iterator[list[str]]:
    """The texts of a column, some at a time; equal ones are one object."""
    import pyarrow as pa

    with _opened(path, [column]) as file:
        kind = file.schema_arrow.field(column).type
        if not _is_text(kind):
            raise InputError(f"{path} cannot be read: {column} holds {kind}, no text; build it anew")
        for batch in file.iter_batches(_TEXTS_AT_A_TIME, columns=[column]):
            values = batch.column(0)
            if pa.types.is_dictionary(values.type):
                texts = [*values.dictionary.to_pylist(), None]
                yield [texts[-1 if place is None else place] or "" for place in values.indices.to_pylist()]
            else:
                yield [text or "" for text in values.to_pylist()]


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(is_kind(plain) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null))


def _load_from_hub(dataset: str, split: str, column: str) -> list[Any]:
    """A column of a split; empty where the dataset has none of that name.

    What its card says of rows is looked at before it is fetched, what lies in the cache of `datasets` then before it
    is in memory.
    """
    try:
        from datasets import load_dataset, load_dataset_builder
        from datasets.exceptions import DatasetsError
    except ImportError as error:
        raise MissingExtraError("datasets", "train") from error
    try:
        told = (load_dataset_builder(dataset).info.splits or {}).get(split)
        _check_rows(dataset, split, told.num_examples if told else 0)
        loaded = load_dataset(dataset, split=split)
    except (OSError, ValueError, DatasetsError) as error:  # datasets raises any of them for what is not there
        raise InputError(f"{dataset} has no {split} split that can be loaded: {_first_line(error)}") from error
    _check_rows(dataset, split, loaded.num_rows)
    if column not in loaded.column_names:
        return []
    chosen = loaded.select_columns(column)
    if chosen.data.nbytes > MAX_BYTES:
        raise InputError(
            f"{dataset}: {column} of the {split} split has {chosen.data.nbytes:,} bytes: up to {MAX_BYTES:,} are read"
        )
    return list(chosen[column])


def _check_rows(dataset: str, split: str, rows: int) -> None:
    if rows > MAX_ROWS:
        raise InputError(f"the {split} split of {dataset} has {rows:,} rows: up to {MAX_ROWS:,} are read")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
