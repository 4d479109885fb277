"""The trials of a search as tables: one of trials, one of their evaluations, each as CSV and as Parquet.

Input: trials. Output: the files of `FILES` in a folder, all of them or none.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf import files
from basstab_hf.search.trials import FINISHED, Evaluation, Trial, plain

if TYPE_CHECKING:
    import pyarrow as pa

#: A row for each trial, the best first; a row for each evaluation, in the order of the trials' numbers.
RESULTS, CURVES = "results", "curves"
FILES = tuple(f"{table}.{suffix}" for table in (RESULTS, CURVES) for suffix in ("csv", "parquet"))
#: In front of a parameter's name, which may be any: a parameter "state" is not a trial's state.
PREFIX = "parameter."
#: Of the tables' columns; in the metadata of the Parquet files as `basstab_format`.
FORMAT = 1
_RESULT_TYPES = {
    "number": "int64",
    "id": "string",
    "state": "string",
    "reason": "string",
    "restarts": "int64",
    "bits_per_column": "float64",
    "step": "int64",
    "steps": "int64",
    "cpu_seconds": "float64",
    "seconds": "float64",
    "node": "string",
}
_CURVE_TYPES = {"number": "int64", "id": "string", "step": "int64"} | dict.fromkeys(
    ("bits_per_column", "train_bits_per_column", "columns_per_second", "cpu_seconds", "seconds"), "float64"
)
_INT64 = range(-(2**63), 2**63)


def write_results(trials: Sequence[Trial], folder: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write all files into `folder`; other files there stay.

    The columns of `results` are those of a trial: `step`, `cpu_seconds` and `seconds` of its last evaluation that gave
    a number, empty without any; `steps` of its whole budget; then `parameter.NAME`, empty where a trial does not have
    it. Numbers and truth values keep their type where all trials have the same; else everything is text, lists as JSON.
    What is no finite number is empty.

    Raises:
        OutputError: one of the files is there, and no `force`; the disk refuses.
    """
    from pyarrow import csv, parquet

    tables = {RESULTS: results_table(trials), CURVES: curves_table(trials)}
    with ExitStack() as stack:  # each file gets its name when the last one is written
        paths = {name: stack.enter_context(files.writing(Path(folder) / name, force=force)) for name in FILES}
        for name, table in tables.items():
            csv.write_csv(table, paths[f"{name}.csv"])
            parquet.write_table(table, paths[f"{name}.parquet"])


def ranked(trials: Iterable[Trial]) -> list[Trial]:
    """Finished trials by bits per column, then the others that have any (of fewer steps), then those without.

    Evaluations whose bits per column are no finite number are left out.
    """
    return sorted(map(_finite, trials), key=_rank)


def parameter_names(trials: Iterable[Trial]) -> list[str]:
    """The parameters of all trials, in the order in which they first appear."""
    ordered = sorted(trials, key=lambda trial: trial.number)
    return list(dict.fromkeys(name for trial in ordered for name in trial.parameters))


def shown(value: Any) -> str:
    """A parameter's value as text: words as they are, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(plain(value), default=str)


def results_table(trials: Sequence[Trial]) -> pa.Table:
    """A row for each trial, as `write_results` says."""
    ordered = ranked(trials)
    columns = {name: [_fact(trial, name) for trial in ordered] for name in _RESULT_TYPES}
    types = dict(_RESULT_TYPES)
    for name in parameter_names(ordered):
        values = [plain(trial.parameters.get(name)) for trial in ordered]
        types[PREFIX + name], columns[PREFIX + name] = _typed(values)
    return _table(columns, types)


def curves_table(trials: Sequence[Trial]) -> pa.Table:
    """A row for each evaluation: its fields, and the number and id of its trial."""
    rows = [
        {"number": trial.number, "id": trial.id, **asdict(evaluation)}
        for trial in sorted(trials, key=lambda trial: trial.number)
        for evaluation in trial.evaluations
    ]
    return _table({name: [plain(row[name]) for row in rows] for name in _CURVE_TYPES}, _CURVE_TYPES)


def _finite(trial: Trial) -> Trial:
    evaluations = tuple(evaluation for evaluation in trial.evaluations if math.isfinite(evaluation.bits_per_column))
    return replace(trial, evaluations=evaluations)


def _rank(trial: Trial) -> tuple[int, float, int]:
    bits = trial.bits_per_column
    if bits is None:
        return 2, 0.0, trial.number
    return int(trial.state != FINISHED), bits, trial.number


def _fact(trial: Trial, name: str) -> Any:
    """What a trial, or else its last evaluation, says of itself."""
    if name in Trial.__dataclass_fields__ or name == "bits_per_column":
        return plain(getattr(trial, name))
    last: Evaluation | None = trial.evaluations[-1] if trial.evaluations else None
    return plain(getattr(last, name, None))


def _typed(values: list[Any]) -> tuple[str, list[Any]]:
    """The narrowest type that holds all values, and them in it; None is in every type."""
    known = [value for value in values if value is not None]
    kinds = {type(value) for value in known}
    if kinds == {bool}:
        return "bool", values
    if kinds and kinds <= {int, float} and all(value in _INT64 for value in known if isinstance(value, int)):
        kind = int if kinds == {int} else float
        return f"{kind.__name__}64", [None if value is None else kind(value) for value in values]
    return "string", [None if value is None else shown(value) for value in values]


def _table(columns: dict[str, list[Any]], types: dict[str, str]) -> pa.Table:
    import pyarrow as pa

    arrays = {name: pa.array(values, pa.type_for_alias(types[name])) for name, values in columns.items()}
    return pa.table(arrays, metadata={"basstab_format": str(FORMAT)})
