import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import BasstabError, Tab
from basstab_hf.metrics.bars import (
    bar_starts,
    density,
    grid_bars,
    groove_consistency,
    notes_in_bars,
    self_similarity,
)
from basstab_hf.tab.tuning import STANDARD, Tuning
from basstab_hf.tab.values import System
from tests.strategies import tabs

FOUR = "5---5---5---5---"
THREE = "5---5---5-------"
HIGH = "7---7---7---7---"
EMPTY = "-" * 16
EIGHT = "5---5---"


def on_e(*bars: str, tuning: Tuning = STANDARD) -> Tab:
    """Bars of one string, the lowest, closed by bar lines."""
    line = "".join(f"{bar}|" for bar in bars)
    blank = "".join("|" if mark == "|" else "-" for mark in line)
    return Tab((System(tuning, (*[blank] * (tuning.n_strings - 1), line)),))


def test_bars_are_cut_on_the_grid_that_timing_reads() -> None:
    padded = on_e(f"-{FOUR}", f"-{THREE}")
    assert bar_starts(padded) == [0, 16, 32]
    assert [bar.width for bar in grid_bars(padded)] == [16, 16]
    assert [bar.onsets for bar in grid_bars(padded)] == [{0, 4, 8, 12}, {0, 4, 8}]
    assert grid_bars(padded) == grid_bars(on_e(FOUR, THREE))
    assert grid_bars(Tab(())) == ()


def test_density_is_notes_a_beat() -> None:
    found = density(on_e(FOUR, EMPTY))
    assert (found.note_density, found.empty_bars) == (4 / 8, 1 / 2)
    assert density(on_e(FOUR, EMPTY), columns_per_beat=2).note_density == 4 / 16
    assert math.isnan(density(Tab(())).note_density)
    assert math.isnan(density(Tab(())).empty_bars)
    with pytest.raises(BasstabError, match="0 columns a beat: it must be above 0"):
        density(on_e(FOUR), columns_per_beat=0)


def test_notes_in_bars_are_counted_bar_by_bar() -> None:
    assert notes_in_bars(on_e(FOUR, THREE, FOUR, EMPTY)) == {4: 2, 3: 1, 0: 1}


@pytest.mark.parametrize(
    ("bars", "value"),
    [
        ((FOUR, FOUR), 1.0),
        ((FOUR, HIGH), 1.0),  # pitch is no matter
        ((FOUR, THREE), 15 / 16),
        ((FOUR, THREE, THREE), (15 / 16 + 1) / 2),
        ((FOUR, EMPTY), 12 / 16),
        ((FOUR, THREE, EIGHT), 15 / 16),  # a bar of two beats has no pair
        ((EMPTY, EMPTY), 1.0),
    ],
)
def test_groove_is_one_less_the_share_of_columns_that_differ(bars: tuple[str, ...], value: float) -> None:
    assert groove_consistency(on_e(*bars)) == pytest.approx(value)


def test_groove_needs_two_neighbours_of_one_width() -> None:
    assert math.isnan(groove_consistency(on_e(FOUR)))
    assert math.isnan(groove_consistency(on_e(FOUR, EIGHT)))


@pytest.mark.parametrize(
    ("bars", "at_best_distance", "repeated"),
    [
        ((FOUR, FOUR, FOUR, FOUR), 1.0, 1.0),
        ((FOUR, HIGH, FOUR, HIGH), 1.0, 1.0),  # two bars apart
        ((FOUR, HIGH), 0.0, 0.0),
        ((FOUR, THREE), 0.75, 0.75),
        ((FOUR, THREE, HIGH), 0.375, 0.5),  # one bar apart: 0.75 and 0
        ((FOUR, EMPTY, EMPTY, FOUR), 0.0, 0.5),  # silence is like nothing; three bars apart is more than half
    ],
)
def test_self_similarity_is_the_likeness_of_bars(
    bars: tuple[str, ...], at_best_distance: float, repeated: float
) -> None:
    found = self_similarity(on_e(*bars))
    assert found.self_similarity == pytest.approx(at_best_distance)
    assert found.repeated_bars == pytest.approx(repeated)


def test_one_bar_has_nothing_to_be_like() -> None:
    for tab in (on_e(FOUR), Tab(())):
        found = self_similarity(tab)
        assert math.isnan(found.self_similarity)
        assert math.isnan(found.repeated_bars)


def test_a_dead_note_is_not_the_open_string() -> None:
    assert self_similarity(on_e("0---", "x---")).self_similarity == 0


bars_of_four = st.lists(st.sampled_from([FOUR, THREE, HIGH, EMPTY, "--5-7---5--x----"]), min_size=1, max_size=12)


@given(bars_of_four)
def test_the_key_does_not_matter(bars: list[str]) -> None:
    high, low = on_e(*bars), on_e(*bars, tuning=Tuning.parse("GbDbAbEb"))
    assert self_similarity(high) == pytest.approx(self_similarity(low), nan_ok=True)
    assert groove_consistency(high) == pytest.approx(groove_consistency(low), nan_ok=True)
    assert density(high) == density(low)


@given(bars_of_four)
def test_spacing_does_not_matter_to_likeness(bars: list[str]) -> None:
    wide = on_e(*("".join(f"{mark}-" for mark in bar) for bar in bars))
    assert self_similarity(wide) == pytest.approx(self_similarity(on_e(*bars)), nan_ok=True)


@given(tabs())
def test_values_keep_their_ranges(tab: Tab) -> None:
    alike, groove, dense = self_similarity(tab), groove_consistency(tab), density(tab)
    for value in (alike.self_similarity, alike.repeated_bars, groove, dense.empty_bars):
        assert math.isnan(value) or 0 <= value <= 1
    assert math.isnan(dense.note_density) or dense.note_density >= 0
    assert sum(notes_in_bars(tab).values()) == len(grid_bars(tab))
