import csv
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from basstab_hf.errors import OutputError
from basstab_hf.search.results import FILES, ranked, results_table, write_results
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, RUNNING, Evaluation, Trial


def trial(number: int, bits: Sequence[float] = (), state: str = FINISHED, **parameters: Any) -> Trial:
    evaluations = tuple(Evaluation(10 * n, cost, cost - 0.5, 900.5, 2.5 * n, 3.0 * n) for n, cost in enumerate(bits, 1))
    return Trial(number, f"id-{number}", state, parameters, evaluations, steps=20)


TRIALS = [
    trial(1, [5.0, 3.0], rate=1e-05, kind="note", n=2),
    trial(2, [4.0], PRUNED, rate=0.003, kind=3, n=7),
    replace(trial(3, state=FAILED, rate=0.5, kind="column"), reason='out of memory, "as told"\nat step 3', restarts=1),
    trial(4, [4.5, 2.5], rate=1, kind="column", n=4),
]


def column(table: pa.Table, name: str) -> list[Any]:
    return table.column(name).to_pylist()


def test_the_best_finished_trial_comes_first_and_those_without_a_figure_last() -> None:
    cheap_but_pruned = trial(5, [1.0], PRUNED)
    waiting = trial(6, state=RUNNING)
    ordered = ranked([waiting, cheap_but_pruned, *TRIALS])
    assert [one.number for one in ordered] == [4, 1, 5, 2, 3, 6]


def test_a_trial_is_worth_its_best_finite_evaluation() -> None:
    table = results_table([trial(1, [math.nan, 3.0, math.inf]), trial(2, [math.nan])])
    assert column(table, "bits_per_column") == [3.0, None]
    assert column(table, "step") == [20, None]


def test_numbers_stay_numbers_and_mixed_choices_become_text(tmp_path: Path) -> None:
    write_results(TRIALS, tmp_path)
    table = parquet.read_table(tmp_path / "results.parquet")
    assert column(table, "number") == [4, 1, 2, 3]
    assert column(table, "parameter.rate") == [1.0, 1e-05, 0.003, 0.5]
    assert column(table, "parameter.kind") == ["column", "note", "3", "column"]
    assert column(table, "parameter.n") == [4, 2, 7, None]
    assert column(table, "cpu_seconds") == [5.0, 5.0, 2.5, None]
    assert column(table, "steps") == [20] * 4
    assert column(table, "reason")[3] == 'out of memory, "as told"\nat step 3'
    types = {field.name: str(field.type) for field in table.schema}
    assert types["parameter.rate"] == "double"
    assert types["parameter.n"] == "int64"
    assert types["parameter.kind"] == "string"
    assert table.schema.metadata[b"basstab_format"] == b"1"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, False], [True, False]),
        ([True, 2], ["true", "2"]),
        ([[64, 128], [32]], ["[64, 128]", "[32]"]),
        ([np.int64(3), np.float64(0.5)], [3.0, 0.5]),
        ([math.nan, 1], [None, 1]),
        ([2**70, 1], [str(2**70), "1"]),
        ([None, None], [None, None]),
    ],
)
def test_parameters_of_any_kind(values: list[Any], expected: list[Any]) -> None:
    table = results_table([trial(number, [2.0], choice=value) for number, value in enumerate(values, 1)])
    assert column(table, "parameter.choice") == expected


def test_names_of_parameters_cannot_hide_those_of_trials() -> None:
    parameters = {"state": "solid", "training.learning_rate": 0.1}
    table = results_table([replace(trial(1, [2.0]), parameters=parameters)])
    assert column(table, "state") == [FINISHED]
    assert column(table, "parameter.state") == ["solid"]
    assert column(table, "parameter.training.learning_rate") == [0.1]


def test_csv_holds_what_parquet_holds(tmp_path: Path) -> None:
    write_results(TRIALS, tmp_path)
    for name in ("results", "curves"):
        table = parquet.read_table(tmp_path / f"{name}.parquet")
        types = arrow_csv.ConvertOptions(
            column_types=table.schema, strings_can_be_null=True, quoted_strings_can_be_null=False
        )
        lines = arrow_csv.ParseOptions(newlines_in_values=True)
        assert arrow_csv.read_csv(tmp_path / f"{name}.csv", parse_options=lines, convert_options=types) == table
        with (tmp_path / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [{key: "" if value is None else value for key, value in row.items()} for row in table.to_pylist()] == [
            {key: _as(table.schema.field(key).type, value) for key, value in row.items()} for row in rows
        ]


def test_curves_have_a_row_an_evaluation_in_the_order_of_trials(tmp_path: Path) -> None:
    write_results([TRIALS[3], trial(1, [5.0, math.nan])], tmp_path)
    table = parquet.read_table(tmp_path / "curves.parquet")
    assert column(table, "number") == [1, 1, 4, 4]
    assert column(table, "step") == [10, 20, 10, 20]
    assert column(table, "bits_per_column") == [5.0, None, 4.5, 2.5]
    assert column(table, "columns_per_second") == [900.5] * 4


def test_no_trials_are_tables_without_rows(tmp_path: Path) -> None:
    write_results([], tmp_path)
    assert parquet.read_table(tmp_path / "results.parquet").num_rows == 0
    assert (tmp_path / "curves.csv").read_text().startswith('"number","id","step","bits_per_column"')


def test_results_are_not_overwritten_unasked(tmp_path: Path) -> None:
    (tmp_path / "curves.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"curves\.csv exists already"):
        write_results(TRIALS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["curves.csv"]
    write_results(TRIALS, tmp_path, force=True)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = scalars | st.lists(st.integers(), max_size=3)


@given(st.lists(st.dictionaries(st.text(max_size=8), values, max_size=3), max_size=6))
def test_any_parameters_make_a_table(parameters: list[dict[str, Any]]) -> None:
    table = results_table([Trial(n, str(n), FINISHED, one) for n, one in enumerate(parameters, 1)])
    for row, one in zip(table.to_pylist(), parameters, strict=True):
        for name, value in one.items():
            told = row[f"parameter.{name}"]
            finite = value if not isinstance(value, float) or math.isfinite(value) else None
            assert told == finite or told == json.dumps(finite) or told == float(finite)


def _as(kind: pa.DataType, text: str) -> Any:
    if text and pa.types.is_integer(kind):
        return int(text)
    return float(text) if text and pa.types.is_floating(kind) else text
