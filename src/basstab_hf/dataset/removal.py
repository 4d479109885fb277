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
from basstab_hf.dataset.load import check_fields, load_rows
from basstab_hf.dataset.report import REMOVED, Report
from basstab_hf.dataset.rows import SPLITS, features
from basstab_hf.dataset.similarity import signature
from basstab_hf.dataset.writer import FORMAT, DatasetWriter
from basstab_hf.errors import InputError
from basstab_hf.locks import held
from basstab_hf.tab.timing import timed_notes
from basstab_hf.tab.values import Tab

#: Bytes of stats.json: some 300 for each piece that was ever to be removed.
_MOST_BYTES = 200_000_000


def requested(dataset: str | os.PathLike[str]) -> Report:
    """A report with nothing but what the dataset in a folder was asked to leave out, if there is one."""
    path = Path(dataset) / "stats.json"
    if not path.is_file():
        return Report()
    before = _report(path)
    return Report(removed=dict.fromkeys(before.removed, 0), removed_content=before.removed_content)


def remove(dataset: str | os.PathLike[str], requests: Sequence[str]) -> Report:
    """Write a dataset anew without the rows that have one of `requests` as URL, source, SHA-256 or id.

    Raises:
        InputError: the folder is no dataset of this version, or a request concerns no row; nothing is changed then.
    """
    path = Path(dataset) / "stats.json"
    if not path.is_file():
        raise InputError(f"{dataset} is no dataset folder: name one that `basstab build` wrote with --out")
    report = _report(path)
    report.removed = dict.fromkeys(requests, 0) | report.removed
    before = dict(report.removed)
    for split in SPLITS:
        check_fields(Path(dataset), split, features().arrow_schema)
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


def _report(path: Path) -> Report:
    """What stats.json of a dataset says.

    Raises:
        InputError: it is of another version, or holds something else than a build writes there.
    """
    try:
        stats: Any = json.loads(files.read_bytes(path, _MOST_BYTES))
        if not isinstance(stats, dict) or stats.get("format") != FORMAT or "fingerprint" not in stats:
            raise ValueError
        report = Report.from_dict(stats)
        report.removed_signatures()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path} is of no dataset of format {FORMAT}: choose another folder, or remove this one yourself"
        ) from error
    return report
