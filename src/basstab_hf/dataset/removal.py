"""Removal by request: rows of a built dataset go, and the dataset remembers never to take them in again.

The requests stand in stats.json under "removed", what copies are known by under "removed_content"; a rebuild over the
same folder obeys them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from basstab_hf import files
from basstab_hf.dataset.load import load_rows
from basstab_hf.dataset.report import REMOVED, Report
from basstab_hf.dataset.rows import SPLITS
from basstab_hf.dataset.similarity import signature
from basstab_hf.dataset.writer import FORMAT, DatasetWriter
from basstab_hf.errors import InputError
from basstab_hf.locks import held
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Tab


def requested(dataset: str | os.PathLike[str]) -> Report:
    """A report with nothing but what the dataset in a folder was asked to leave out, if there is one."""
    path = Path(dataset) / "stats.json"
    if not path.is_file():
        return Report()
    stats = _stats(path)
    return Report(removed=dict.fromkeys(stats["removed"], 0), removed_content=dict(stats.get("removed_content", {})))


def remove(dataset: str | os.PathLike[str], requests: Sequence[str]) -> Report:
    """Write a dataset anew without the rows that have one of `requests` as URL, source, SHA-256 or id.

    Raises:
        InputError: the folder is no dataset of this version, or a request concerns no row; nothing is changed then.
    """
    path = Path(dataset) / "stats.json"
    if not path.is_file():
        raise InputError(f"{dataset} is no dataset folder: name one that `basstab build` wrote with --out")
    report = Report.from_dict(_stats(path))
    report.removed = dict.fromkeys(requests, 0) | report.removed
    before = dict(report.removed)
    with held(dataset), files.writing(dataset, force=True) as folder:
        writer = DatasetWriter(folder, report)
        for split in SPLITS:
            for row in load_rows(Path(dataset), split):
                if report.is_removed(row):
                    report.dropped[REMOVED] += 1
                    report.remember(row["columns"], signature(timed_notes(Tab.from_words(row["columns"].split()))))
                else:
                    writer.add(split, row)
        for request in requests:
            if report.removed[request] == before[request]:
                raise InputError(f"no piece of {dataset} has {request!r} as url, source, sha256 or id")
        if not report.kept:
            raise InputError(f"nothing would be left of {dataset}: delete the folder instead")
        writer.close()
    return report


def _stats(path: Path) -> dict[str, Any]:
    try:
        stats = json.loads(files.read_bytes(path))
    except ValueError:
        stats = None
    if not isinstance(stats, dict) or stats.get("format") != FORMAT or "fingerprint" not in stats:
        raise InputError(
            f"{path} is of no dataset of format {FORMAT}: choose another folder, or remove this one yourself"
        )
    return stats
