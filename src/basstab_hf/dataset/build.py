"""Sources -> a dataset folder: every item read, cleaned and counted by reason, split by song, written with its card.

Two passes, so that memory stays the same however much there is. The first reads the sources in order and puts the
pieces that are fit into one file; the second, when it is known which of them are alike, copies what stays into the
files of the splits.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

from tqdm import tqdm

from basstab_hf import files
from basstab_hf.dataset import removal
from basstab_hf.dataset.cleaning import Cleaner, Found, read
from basstab_hf.dataset.load import read_rows
from basstab_hf.dataset.mapping import mapped, mapped_on_ray
from basstab_hf.dataset.report import Report
from basstab_hf.dataset.rows import split_of
from basstab_hf.dataset.sources import Refusal, items
from basstab_hf.dataset.writer import DatasetWriter, RowFile
from basstab_hf.errors import InputError, MissingExtraError


def build(
    sources: Sequence[str],
    out: str | os.PathLike[str],
    *,
    limit: int | None = None,
    jobs: int = 1,
    ray: str | None = None,
    remove: Iterable[str] = (),
    force: bool = False,
    progress: bool = False,
) -> Report:
    """Build a dataset folder: data/*.parquet, README.md (the card) with its plots, and stats.json.

    Args:
        sources: folders, files, or `public-domain`; see `sources`.
        limit: take only the first so many pages or tunes of each source.
        jobs: processes that recognise and parse.
        ray: address of a Ray cluster that does so instead.
        remove: URLs, sources, SHA-256 sums or ids of what is to stay out. What the dataset that `force` replaces was
            asked to leave out stays out, too.

    Raises:
        InputError: a source that is nothing, or sources without a single usable piece.
        OutputError: `out` is taken or cannot be written.
    """
    _require_packages()
    files.check_free(out, force=force)
    report = Report(removed=removal.requested(out) | dict.fromkeys(remove, 0))
    with files.writing(out, force=force) as folder:
        fit = folder.with_name("fit.parquet")
        with closing(Cleaner(folder.with_name("scratch"), report)) as cleaner:
            with closing(RowFile(fit)) as file:
                for source in sources:
                    for row in cleaner.fit(_read(source, limit, jobs, ray, progress=progress)):
                        file.add(row)
            dropped = cleaner.dropped()
        if not file.n_rows:
            reasons = "; ".join(f"{count} x {reason}" for reason, count in report.dropped.most_common(3))
            raise InputError(f"no usable piece in {', '.join(sources)}: {reasons or 'the sources are empty'}")
        writer = DatasetWriter(folder, report)
        for number, row in enumerate(read_rows(fit)):
            if number not in dropped:
                writer.add(split_of(row["song"]), row)
        writer.close()
    return report


def _require_packages() -> None:
    for package in ("datasets", "rensa", "matplotlib"):
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "corpus")


def _read(source: str, limit: int | None, jobs: int, ray: str | None, *, progress: bool) -> Iterator[Found | Refusal]:
    """What the items of a source hold, in order, read here, in processes, or on a Ray cluster."""
    found = items(source, limit, jobs)
    answers = mapped_on_ray(read, found, ray) if ray else mapped(read, found, jobs)
    for answer in tqdm(answers, desc=source, unit=" pieces", total=limit, disable=not progress):
        yield from answer
