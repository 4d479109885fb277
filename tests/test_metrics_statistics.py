import math

import pytest
from hypothesis import given

from basstab_hf import Tab
from basstab_hf.metrics.statistics import compare, compare_values, spread, statistics, table
from tests.strategies import tabs

#: A bar of eighths on one note, the same a fourth higher and an octave above that, an empty bar, the first bar again.
TAB = Tab.parse(
    """\
G|----------------|--------------7-|----------------|----------------|
D|----------------|----------------|----------------|----------------|
A|----------------|5-5-5-5-5h7-x---|----------------|----------------|
E|5-5-5-5-5-5-5-5-|----------------|----------------|5-5-5-5-5-5-5-5-|
"""
)


def test_values_are_those_that_one_counts() -> None:
    found = statistics(TAB)
    assert found["onsets a bar"] == 24 / 4
    assert found["empty bars"] == 1 / 4
    assert found["techniques a bar"] == 1 / 4  # the dead note is told apart
    assert found["dead notes"] == 1 / 24
    assert (found["lowest string"], found["second string"], found["fourth string"]) == (16 / 23, 6 / 23, 1 / 23)
    assert (found["frets 5-7"], found["fret 0"]) == (1, 0)
    # 21 steps, the dead note left out: 7 + 4 + 7 unisons, a fourth, a second, a tenth up to G string 7 and back down.
    assert found["unisons"] == 18 / 22
    assert (found["fourths"], found["seconds"], found["octaves"]) == (1 / 22, 1 / 22, 0)
    assert found["in runs of one pitch"] == (8 + 5 + 8) / 23
    assert found["pitch classes a bar"] == (1 + 2 + 1) / 3
    assert found["bars on one class"] == 2 / 3
    assert found["first note changes"] == 1
    assert [found[f"note on {beat}"] for beat in range(1, 5)] == [1, 1, 1, 1]
    assert (found["onsets on beats"], found["onsets elsewhere"]) == (0.5, 0)
    assert (found["bar of 1 before"], found["bar of 2 before"], found["bar heard before"]) == (0, 0, 1 / 3)
    assert found["distinct bars"] == 2 / 3


def test_a_line_without_bar_lines_tells_nothing_of_bars() -> None:
    line = Tab.parse("\n".join(f"{label}|{'--3-' * 16}|" for label in "GDAE"))
    found = statistics(line)
    assert math.isnan(found["onsets a bar"])
    assert math.isnan(found["distinct bars"])
    assert found["frets 1-4"] == 1


@given(tabs())
def test_shares_are_shares_whatever_the_tab(tab: Tab) -> None:
    for name, value in statistics(tab).items():
        assert math.isnan(value) or value >= 0
        assert name in ("onsets a bar", "pitch classes a bar", "techniques a bar") or math.isnan(value) or value <= 1


def test_sets_are_compared_in_standard_deviations() -> None:
    found = {row.name: row for row in compare_values([{"a": 3.0}], [{"a": 1.0}, {"a": 3.0}, {"a": math.nan}])}
    assert (found["a"].mean, found["a"].reference) == (3, 2)
    assert found["a"].distance == pytest.approx(1 / math.sqrt(2))
    assert compare_values([{"a": 1.0}], [{"a": 1.0}, {"a": 1.0}])[0].distance == 0
    assert compare_values([{"a": 2.0}], [{"a": 1.0}, {"a": 1.0}])[0].distance == math.inf
    assert compare_values([], []) == []
    assert math.isnan(spread([1.0]))
    text = table(compare([TAB], [TAB, TAB]), ("ours", "people"))
    assert text.splitlines()[0].split() == ["ours", "people", "spread", "apart"]
    assert len(text.splitlines()) == 1 + len(statistics(TAB))
