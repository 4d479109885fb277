"""Rows -> a dataset folder: Parquet files by split, stats.json, the card and its plots, in constant memory."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from basstab_hf.dataset.card import Statistics, write_card
from basstab_hf.dataset.report import Report
from basstab_hf.dataset.rows import SPLITS, features

#: Rows in a group, the least that a reader who streams must load, and in a file.
GROUP_ROWS = 256
FILE_ROWS = 50_000
FORMAT = 1


class RowFile:
    """Rows written one after the other to a Parquet file, a group at a time in memory."""

    def __init__(self, path: Path) -> None:
        from pyarrow import parquet

        self._path = path
        self._schema = features().arrow_schema
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[dict[str, Any]] = []
        self.n_rows = 0
        self.n_bytes = 0  # in memory

    def add(self, row: dict[str, Any]) -> None:
        """Add a row at the end."""
        self._waiting.append(row)
        self.n_rows += 1
        if len(self._waiting) == GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Write what waits, and the end of the file."""
        if self._waiting:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        table = pa.Table.from_pylist(self._waiting, schema=self._schema)
        self.n_bytes += table.nbytes
        self._writer.write_table(table)
        self._waiting.clear()


class DatasetWriter:
    """Writes rows to the files of their splits and counts what the card tells."""

    def __init__(self, folder: Path, report: Report) -> None:
        self._folder = folder
        self._report = report
        self._files: dict[str, list[RowFile]] = {split: [] for split in SPLITS}
        self._statistics = Statistics()
        (folder / "data").mkdir(parents=True)

    def add(self, split: str, row: dict[str, Any]) -> None:
        """Add a row to a split."""
        opened = self._files[split]
        if not opened or opened[-1].n_rows == FILE_ROWS:
            if opened:
                opened[-1].close()
            opened.append(RowFile(self._path(split, len(opened))))
        opened[-1].add(row)
        self._report.kept[split] += 1
        self._report.columns += row["n_columns"]
        self._report.systems["kept"] += len(row["systems"])
        lines = Counter(tuple(system["lines"]) for system in row["systems"])
        self._report.systems["repeated"] += len(row["systems"]) - len(lines)
        self._statistics.count(split, row)

    def close(self) -> None:
        """Finish the Parquet files and describe them."""
        paths = []
        for split, opened in self._files.items():  # a split without rows has no file: datasets could not read it
            if opened:
                opened[-1].close()
            for number in range(len(opened)):
                path = self._folder / "data" / f"{split}-{number:05}-of-{len(opened):05}.parquet"
                self._path(split, number).rename(path)
                paths.append(path)
        self._report.kept = Counter({split: self._report.kept[split] for split in SPLITS if self._report.kept[split]})
        # `load_dataset` caches a local folder by its name and card alone: without a fingerprint of the rows in the
        # card, a folder built anew, or another one of the same name, would load the rows of the old one.
        stats = {"format": FORMAT, "fingerprint": _fingerprint(paths), **self._report.as_dict()}
        (self._folder / "stats.json").write_text(json.dumps(stats, indent=2, ensure_ascii=False) + "\n", "utf-8")
        n_bytes = {split: sum(file.n_bytes for file in opened) for split, opened in self._files.items()}
        write_card(self._folder, stats, self._statistics, n_bytes)

    def _path(self, split: str, number: int) -> Path:
        return self._folder / "data" / f"{split}-{number:05}.parquet"


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(f"{path.name}\n{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:16]
