"""Load the column texts of a dataset: a folder that `basstab build` wrote, or the id of such a dataset on the Hub."""

from __future__ import annotations

from pathlib import Path

from basstab_hf.errors import InputError, MissingExtraError


def load_texts(dataset: str, split: str) -> list[str]:
    """The column text of every piece of a split.

    Raises:
        InputError: no such dataset or split, or one without columns.
    """
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise MissingExtraError("datasets", "train") from error
    path = Path(dataset)
    if path.exists() and not (path / "data").is_dir():
        raise InputError(f"{dataset} is no dataset folder: make one with `basstab build SOURCE --out {dataset}`")
    if not path.exists() and dataset.count("/") != 1:
        raise InputError(f"{dataset} is no folder: make one with `basstab build SOURCE --out {dataset}`")
    try:
        loaded = load_dataset(dataset, split=split)
    except (OSError, ValueError) as error:  # datasets raises both for what is not there
        raise InputError(f"{dataset} has no split {split!r} that can be loaded: {_first_line(error)}") from error
    if "columns" not in loaded.column_names:
        raise InputError(f"{dataset} has no field `columns`: build it with `basstab build`")
    return list(loaded["columns"])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
