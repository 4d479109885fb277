"""What a run learns from: a dataset, or tabs as they lie on disk, which are built into one on the way.

Input: what stands behind `basstab train`. Output: `Material`: column texts, what is known of them, and what is told.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from basstab_hf.dataset.build import build
from basstab_hf.dataset.load import Facts, count_licences, is_dataset, load_facts, load_rows, load_texts
from basstab_hf.dataset.rows import SPLITS
from basstab_hf.errors import InputError
from basstab_hf.files import scratch
from basstab_hf.printing.words import counted

#: One piece of so many is held out where a dataset has no validation split.
_HELD_OUT = 10
#: The fewest pieces of which one is held out.
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Material:
    """What a run learns from, and is judged by.

    Attributes:
        source: what it was read from.
        train, validation: column texts of pieces.
        facts: of each training piece, what its row tells; empty where nothing is known.
        licences: pieces by the note on their rights.
        told: lines on what was left out or held out.
        judged_apart: whether the validation pieces are none that it learns from.
    """

    source: str
    train: Sequence[str]
    validation: Sequence[str]
    facts: Sequence[Facts]
    licences: dict[str, int]
    told: tuple[str, ...] = ()
    judged_apart: bool = True

    @property
    def texts(self) -> dict[str, list[str]]:
        """Column texts by split."""
        return {"train": list(self.train), "validation": list(self.validation)}


def read_material(sources: Sequence[str], *, facts: bool = True) -> Material:
    """Read a dataset, or files and folders of tabs; without `facts` nothing that stands beside the tabs.

    Raises:
        InputError: nothing there that can be learnt from.
    """
    if len(sources) == 1 and is_dataset(sources[0]):
        return _with_validation(_of_dataset(sources[0], facts=facts))
    return _with_validation(_of_files(sources))


def _of_dataset(source: str, *, facts: bool) -> Material:
    folder = Path(source)
    has_validation = not folder.is_dir() or any((folder / "data").glob("validation-*.parquet"))
    splits = ["train", "validation"] if has_validation else ["train"]
    texts = {split: load_texts(source, split) for split in splits}
    return Material(
        source=source,
        train=texts["train"],
        validation=texts.get("validation", []),
        facts=load_facts(source, "train") if facts else (),
        licences=count_licences(source, splits),
    )


def _of_files(sources: Sequence[str]) -> Material:
    """All pieces of files and folders; those that a dataset would keep for its test split are learnt from, too."""
    named = ", ".join(sources)
    with scratch() as place:
        folder = place / "dataset"
        report = build(sources, folder)
        rows: dict[str, list[dict[str, Any]]] = {split: list(load_rows(folder, split)) for split in SPLITS}
    learnt = [row for split in SPLITS if split != "validation" for row in rows[split]]
    told = [f"{named}: {counted(report.kept.total(), 'piece')}, {counted(report.columns, 'column')}"]
    told += [f"left out {count}: {reason}" for reason, count in report.dropped.most_common()]
    told += [f"in {counted(count, 'piece')} {remark}" for remark, count in report.remarks.most_common()]
    return Material(
        source=named,
        train=[row["columns"] for row in learnt],
        validation=[row["columns"] for row in rows["validation"]],
        facts=[Facts.of_row(row) for row in learnt],
        licences=dict(Counter(row["licence"] for row in [*learnt, *rows["validation"]]).most_common()),
        told=tuple(told),
    )


def _with_validation(found: Material) -> Material:
    """Hold some training pieces out where nothing else is there to judge by.

    Raises:
        InputError: no piece to learn from.
    """
    if found.validation and found.train:
        return found
    pieces = found.train or found.validation
    if not pieces:
        raise InputError(f"{found.source} has no piece to learn from")
    if not found.train or len(pieces) < _FEWEST:
        remark = f"{counted(len(pieces), 'piece')}, too few to hold one out: the run is judged by what it learns from"
        facts = found.facts if found.train else ()  # those of the training split are not these
        told = (*found.told, remark)
        return replace(found, train=pieces, validation=pieces, facts=facts, told=told, judged_apart=False)
    order = sorted(range(len(pieces)), key=lambda index: hashlib.sha256(pieces[index].encode()).digest())
    held_out = set(order[: max(1, round(len(pieces) / _HELD_OUT))])
    kept = [index for index in range(len(pieces)) if index not in held_out]
    remark = f"no validation split: {len(held_out)} of {counted(len(pieces), 'piece')} held out to judge by"
    return replace(
        found,
        train=[pieces[index] for index in kept],
        validation=[pieces[index] for index in sorted(held_out)],
        facts=[found.facts[index] for index in kept] if found.facts else [],
        told=(*found.told, remark),
    )
