"""Where lines are broken, whoever prints them."""

from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.formats.text import wrapped
from basstab_hf.tab.columns import is_bar_line
from basstab_hf.tab.lines import bar_ends, broken, flowed, line_starts, room
from basstab_hf.tab.values import System, Tab
from tests.strategies import systems, tabs


@given(st.lists(st.integers(1, 30), min_size=1), st.integers(1, 60), st.none() | st.integers(1, 5))
def test_lines_are_as_full_as_they_can_be(widths: list[int], columns: int, most: int | None) -> None:
    starts = line_starts(widths, columns, most)
    lines = [widths[start:end] for start, end in zip(starts, [*starts[1:], len(widths)], strict=True)]
    assert [width for line in lines for width in line] == widths
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        assert len(line) == 1 or (sum(line) <= columns and (most is None or len(line) <= most))
        assert following is None or sum(line) + following[0] > columns or len(line) == most


@given(systems(), st.integers(2, 90), st.none() | st.integers(1, 5))
def test_a_broken_system_is_the_same_columns(system: System, width: int, most: int | None) -> None:
    parts = broken(system, width, most)
    assert [column for part in parts for column in part.columns] == [*system.columns]
    for part in parts:
        assert len(part.columns) <= room(system.tuning.labels, width) or len(bar_ends(part.columns)) == 1
    for part in parts[1:]:
        assert not is_bar_line(part.columns[0])
    for part in parts[:-1]:
        assert is_bar_line(part.columns[-1])


@given(tabs(), st.integers(10, 90))
def test_a_flowing_tab_keeps_its_bars_and_does_not_flow_twice(tab: Tab, width: int) -> None:
    found = flowed(tab, width)
    assert found.bars == tab.bars
    assert flowed(found, width) == found
    assert wrapped(found, width).systems == found.systems
