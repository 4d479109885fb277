"""Sources -> a dataset folder: rows cleaned and counted by reason, split by song, Parquet, a card and stats.json."""

from __future__ import annotations

import hashlib
import json
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
from basstab_hf.dataset.pieces import Page, Piece, Refusal
from basstab_hf.dataset.rows import SPLITS, features, row, split_of
from basstab_hf.errors import InputError, MissingExtraError

#: A piece with less than this is no music to learn from.
MIN_NOTES = 8
MIN_BARS = 2
_PAGES_PER_TASK = 8


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
    found = chain.from_iterable(_pieces(source, limit, jobs, progress=progress) for source in sources)
    for split, kept in _clean(found, report):
        rows[split].append(kept)
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


def _pieces(source: str, limit: int | None, jobs: int, *, progress: bool) -> Iterator[Piece | Refusal]:
    if source == pieces.PUBLIC_DOMAIN:
        yield from pieces.public_domain(limit, jobs, progress=progress)
        return
    found: Iterable[Page] = islice(pieces.pages(source), limit)
    with tqdm(desc="pages", unit="page", disable=not progress) as bar:
        for one in _map(found, jobs):
            bar.update()
            yield one


def _map(pages: Iterable[Page], jobs: int) -> Iterator[Piece | Refusal]:
    if jobs <= 1:
        yield from map(pieces.read_page, pages)
        return
    # Ctrl-C is for the process that was asked; the others end with it.
    with ProcessPoolExecutor(jobs, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)) as pool:
        yield from pool.map(pieces.read_page, pages, chunksize=_PAGES_PER_TASK)


def _clean(found: Iterable[Piece | Refusal], report: Report) -> Iterator[tuple[str, dict[str, Any]]]:
    """Drop what is too short or was seen before; count everything."""
    seen: set[str] = set()
    for piece in found:
        if isinstance(piece, Refusal):
            report.dropped[piece.reason] += 1
            continue
        values = row(piece)
        if values["n_notes"] < MIN_NOTES or values["n_bars"] < MIN_BARS:
            report.dropped[f"shorter than {MIN_BARS} bars or {MIN_NOTES} notes"] += 1
        elif values["columns"] in seen:
            report.dropped["exact duplicate"] += 1
        else:
            seen.add(values["columns"])
            split = split_of(piece)
            report.kept[split] += 1
            report.columns += values["n_columns"]
            yield split, values


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
