"""Sources -> a dataset folder: rows cleaned and counted by reason, split by song, Parquet, a card and stats.json."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from basstab_hf import files
from basstab_hf.dataset import pieces
from basstab_hf.dataset.card import card
from basstab_hf.dataset.pieces import Page, Refusal
from basstab_hf.dataset.rows import SPLITS, features, row, split_of
from basstab_hf.dataset.tune import Tune
from basstab_hf.errors import InputError, MissingExtraError

#: A piece with less than this is no music to learn from.
MIN_NOTES = 8
MIN_BARS = 2
#: Items that a process takes at a time, and that wait for each process.
_ITEMS_PER_TASK, _ITEMS_AHEAD = 8, 128


@dataclass
class Report:
    """What happened to everything that the sources held."""

    kept: Counter[str] = field(default_factory=Counter)  # rows by split
    dropped: Counter[str] = field(default_factory=Counter)  # pages and tunes by reason
    columns: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For stats.json and `--json`."""
        return {"kept": dict(self.kept), "dropped": dict(self.dropped.most_common()), "columns": self.columns}


def build(
    sources: Iterable[str],
    out: str | os.PathLike[str],
    *,
    limit: int | None = None,
    jobs: int = 1,
    force: bool = False,
    progress: bool = False,
) -> Report:
    """Build a dataset folder: data/*.parquet, README.md (the card) and stats.json.

    Args:
        limit: take only the first so many pages or tunes of each source.
        jobs: processes that recognise and parse.

    Raises:
        InputError: a source that is nothing, or sources without a single usable piece.
        OutputError: `out` is taken or cannot be written.
    """
    _require_datasets()
    files.check_free(out, force=force)
    report = Report()
    rows: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
    found = chain.from_iterable(_rows(source, limit, jobs, progress=progress) for source in sources)
    for kept in _clean(found, report):
        rows[kept.split].append(kept.values)
    if not report.kept:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in report.dropped.most_common(3))
        raise InputError(f"no usable piece in {', '.join(sources)}: {reasons or 'the sources are empty'}")
    with files.writing(out, force=force) as folder:
        _write(folder, rows, report)
    return report


def _require_datasets() -> None:
    try:
        import datasets  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("datasets", "corpus") from error


@dataclass(frozen=True, slots=True)
class _Row:
    """A row and the split that its song belongs to."""

    values: dict[str, Any]
    split: str


def _rows(source: str, limit: int | None, jobs: int, *, progress: bool) -> Iterator[_Row | Refusal]:
    items = pieces.tunes(limit, jobs) if source == pieces.PUBLIC_DOMAIN else islice(pieces.pages(source), limit)
    with tqdm(desc="pieces", unit=" pieces", total=limit, disable=not progress) as bar:
        for found in _map(items, jobs):
            bar.update()
            yield found


def _map(items: Iterable[Page | Tune | Refusal], jobs: int) -> Iterator[_Row | Refusal]:
    """Read items in order, a few batches ahead at most, in processes if more than one is asked for."""
    if jobs <= 1:
        yield from map(_read, items)
        return
    # Spawned, since a fork would copy the locks of other threads (pyarrow's, tqdm's) for ever; and Ctrl-C is for the
    # process that was asked, the others end with it.
    context = multiprocessing.get_context("spawn")
    items = iter(items)
    with ProcessPoolExecutor(
        jobs, context, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    ) as pool:
        while batch := list(islice(items, jobs * _ITEMS_AHEAD)):
            yield from pool.map(_read, batch, chunksize=_ITEMS_PER_TASK)


def _read(item: Page | Tune | Refusal) -> _Row | Refusal:
    piece = pieces.read(item)
    return piece if isinstance(piece, Refusal) else _Row(row(piece), split_of(piece))


def _clean(found: Iterable[_Row | Refusal], report: Report) -> Iterator[_Row]:
    """Drop what is too short or was seen before; count everything."""
    seen: set[str] = set()
    for one in found:
        if isinstance(one, Refusal):
            report.dropped[one.reason] += 1
            continue
        values = one.values
        if values["n_notes"] < MIN_NOTES or values["n_bars"] < MIN_BARS:
            report.dropped[f"shorter than {MIN_BARS} bars or {MIN_NOTES} notes"] += 1
        elif values["columns"] in seen:
            report.dropped["exact duplicate"] += 1
        else:
            seen.add(values["columns"])
            report.kept[one.split] += 1
            report.columns += values["n_columns"]
            yield one


def _fingerprint(rows: dict[str, list[dict[str, Any]]]) -> str:
    digest = hashlib.sha256()
    for split, found in rows.items():
        for values in found:
            digest.update(f"{split}{values}".encode())
    return digest.hexdigest()[:16]


def _write(folder: Path, rows: dict[str, list[dict[str, Any]]], report: Report) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = features().arrow_schema
    (folder / "data").mkdir(parents=True)
    for split in filter(rows.get, rows):  # datasets cannot read a Parquet file without rows
        path = folder / "data" / f"{split}-00000-of-00001.parquet"
        parquet.write_table(pa.Table.from_pylist(rows[split], schema=schema), path)
    # `load_dataset` caches a local folder by its name and card alone: without a fingerprint of the rows in the card, a
    # folder built anew, or another one of the same name, would load the rows of the old one.
    stats = {"fingerprint": _fingerprint(rows), **report.as_dict()}
    (folder / "stats.json").write_text(json.dumps(stats, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card(rows, stats), encoding="utf-8")
