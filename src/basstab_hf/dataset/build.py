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
from functools import partial

from tqdm import tqdm

from basstab_hf import files
from basstab_hf.dataset import removal
from basstab_hf.dataset.cleaning import Cleaner, Found, read
from basstab_hf.dataset.load import read_rows
from basstab_hf.dataset.mapping import mapped, mapped_on_ray
from basstab_hf.dataset.report import Report
from basstab_hf.dataset.rows import split_of
from basstab_hf.dataset.sources import Item, Refusal, items
from basstab_hf.dataset.writer import DatasetWriter, RowFile
from basstab_hf.errors import InputError, MissingExtraError
from basstab_hf.locks import held
from basstab_hf.printing.foreign import visible


def build(
    sources: Sequence[str],
    out: str | os.PathLike[str],
    *,
    limit: int | Sequence[int] | None = None,
    jobs: int = 1,
    ray: str | None = None,
    remove: Iterable[str] = (),
    track: str | None = None,
    force: bool = False,
    progress: bool = False,
    seed: int = 1,
) -> Report:
    """Build a dataset folder: data/*.parquet, README.md (the card) with its plots, and stats.json.

    Args:
        sources: folders, files, `public-domain`, or `composed`; see `sources`.
        limit: take only the first so many pages, tunes or songs of each source; several: of each in turn.
        jobs: processes that recognise and parse.
        ray: address of a Ray cluster that does so instead.
        seed: of the composer: the same songs for the same seed.
        remove: URLs, sources, SHA-256 sums or ids of what is to stay out. What the dataset that `force` replaces was
            asked to leave out stays out, too, and so do copies of it.
        track: of files with several tracks take this one, by its name or number; all basses: None or "all".

    Raises:
        InputError: a source that is nothing, another number of limits, or sources without a single usable piece.
        OutputError: `out` is taken or cannot be written.
    """
    _require_packages()
    files.check_free(out, force=force)
    limits = [limit] * len(sources) if limit is None or isinstance(limit, int) else list(limit)
    if len(limits) != len(sources):
        raise InputError(f"{len(limits)} limits for {len(sources)} sources: give one limit, or one for each source")
    report = removal.requested(out)
    report.removed |= dict.fromkeys(remove, 0)
    with held(out), files.writing(out, force=force) as folder:
        fit = folder.with_name("fit.parquet")
        with closing(Cleaner(folder.with_name("scratch"), report)) as cleaner:
            with closing(RowFile(fit)) as file:
                for source, most in zip(sources, limits, strict=True):
                    found = items(source, most, jobs, seed)
                    for row in cleaner.fit(_read(found, source, most, jobs, ray, track, progress=progress)):
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


def _read(
    found: Iterable[Item],
    source: str,
    limit: int | None,
    jobs: int,
    ray: str | None,
    track: str | None,
    *,
    progress: bool,
) -> Iterator[Found | Refusal]:
    """What the items of a source hold, in order, read here, in processes, or on a Ray cluster."""
    reading = partial(read, track=track)
    answers = mapped_on_ray(reading, found, ray) if ray else mapped(reading, found, jobs)
    for answer in tqdm(answers, desc=visible(source), unit=" pieces", total=limit, disable=not progress):
        yield from answer
