import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import MissingExtraError
from basstab_hf.printing.pictures import panels, png
from basstab_hf.printing.tables import table

_CELL = st.text(st.characters(blacklist_categories=["C", "Z"]), max_size=12)


def test_cells_stand_one_below_the_other() -> None:
    rows = [("run", "steps", ""), ("3f2a", "20,000", "x"), ("90c1", "", "")]
    assert table(rows) == "run   steps\n3f2a  20,000  x\n90c1"
    assert table([("name", "value"), ("a long cell", "b")], widest=6) == "name    value\na lon…  b"


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=6), st.integers(1, 12))
def test_every_cell_is_where_its_column_is(rows: list[tuple[str, str, str]], widest: int) -> None:
    lines = table(rows, widest).split("\n")
    widths = [max(min(len(row[place]), widest) for row in rows) for place in range(3)]
    starts = [0, widths[0] + 2, widths[0] + widths[1] + 4]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line == line.rstrip()
        for start, width, cell in zip(starts, widths, row, strict=True):
            shown = cell if len(cell) <= widest else f"{cell[: widest - 1]}…"
            assert line.ljust(sum(widths) + 4)[start : start + width] == shown.ljust(width)


def test_pictures_of_the_same_figures_are_the_same_bytes() -> None:
    def draw(value: float) -> bytes:
        figure, axes = panels(2, 3, 9, 4)
        assert len(axes) == 6
        axes[4].plot([1, 2], [value, 3])
        return png(figure)

    assert draw(1) == draw(1) != draw(2)
    assert draw(1).startswith(b"\x89PNG")


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"basstab-hf\[plot\]"):
        panels(1, 1, 4, 3)
