"""What a footer says of sizes: the same as pyarrow, which ends the process at some broken ones."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from basstab_hf.dataset.load import load_texts
from basstab_hf.dataset.parquet_sizes import sizes
from basstab_hf.errors import InputError
from tests.conftest import UNMEASURED

READ = """
import sys
from pathlib import Path
from basstab_hf.dataset.load import count_licences, load_facts, load_rows, load_texts
from basstab_hf.errors import InputError
for folder in sys.argv[1:]:
    for read in (load_texts, load_facts, lambda *given: list(load_rows(Path(given[0]), given[1]))):
        try:
            read(folder, "train")
        except InputError as error:
            print(str(error).rpartition("parquet ")[2])
"""


def _by_pyarrow(path: Path) -> tuple[int, int]:
    about = parquet.ParquetFile(path).metadata
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    chunks = [group.column(place) for group in groups for place in range(group.num_columns)]
    return max(chunk.num_values for chunk in chunks), sum(chunk.total_uncompressed_size for chunk in chunks)


def _rows(count: int) -> pa.Table:
    words = [f"GDAE |||| {number % 7}---" for number in range(count)]
    lists = [[number, None, 3] * (number % 5) for number in range(count)]
    structs = [{"a": [word], "b": number / 3} for number, word in enumerate(words)]
    return pa.table({"columns": words, "lists": lists, "structs": structs, "flags": [None, True] * (count // 2)})


@pytest.mark.parametrize("settings", [{}, {"version": "1.0"}, {"compression": "zstd", "write_page_index": True}])
def test_sizes_are_those_that_pyarrow_tells(tmp_path: Path, settings: dict[str, str]) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(_rows(1000), path, row_group_size=64, **settings)
    assert (sizes(path).values, sizes(path).size) == _by_pyarrow(path)


def test_sizes_of_a_dataset_are_those_that_pyarrow_tells(riff_dataset: Path) -> None:
    for path in (riff_dataset / "data").glob("*.parquet"):
        assert (sizes(path).values, sizes(path).size) == _by_pyarrow(path)


def test_histograms_of_levels_that_do_not_fit_are_told_and_the_process_lives(tmp_path: Path) -> None:
    """pyarrow's C++ ends the process where such a column's chunk is asked for: it has nulls, and says it has none."""
    path = tmp_path / "data" / "train-00000-of-00001.parquet"
    path.parent.mkdir()
    parquet.write_table(pa.table({"title": ["a"], "source": ["b"], "columns": ["GDAE |||| 5---"]}), path)
    content = path.read_bytes()
    changed = content.replace(b"\x25\x02\x18\x07columns", b"\x25\x00\x18\x07columns")
    assert changed != content
    path.write_bytes(changed)
    done = subprocess.run(
        [sys.executable, "-c", READ, tmp_path], capture_output=True, text=True, timeout=120, env=UNMEASURED
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout.splitlines()
        == ["cannot be read: Definition level histogram size mismatch, size: 2, expected: 1"] * 3
    )


def test_any_footer_is_read_or_refused_with_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(_rows(20), path)
    content, chance = path.read_bytes(), random.Random(5)
    length = int.from_bytes(content[-8:-4], "little")
    refused = 0
    for _ in range(2000):
        changed = bytearray(content)
        for _ in range(chance.choice((1, 2, 5))):
            changed[chance.randrange(len(content) - 8 - length, len(content))] = chance.randrange(256)
        path.write_bytes(changed if chance.random() < 0.9 else changed[: chance.randrange(len(content))])
        try:
            sizes(path)
        except InputError as error:
            assert "\n" not in str(error)
            refused += 1
    assert 500 < refused < 2000


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"PAR1\xff\xff\xff\xffPAR1")
    with pytest.raises(InputError, match=r"its footer is broken \(no Parquet\)"):
        sizes(tmp_path / "a")
    with pytest.raises(InputError, match="No such file"):
        sizes(tmp_path / "b")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train-0.parquet").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be read"):
        load_texts(str(tmp_path), "train")
