import math

import pytest
from hypothesis import given

from basstab_hf import BasstabError, Tab
from basstab_hf.metrics.hand import Playability, move_seconds, playability
from tests.strategies import tabs
from tests.test_metrics_bars import on_e


def test_a_shift_over_eight_frets() -> None:
    """Fret 1 in the first position, fret 12 half a beat later in the ninth; a bar of four beats lasts two seconds."""
    found = playability(on_e("1-12------------"))
    assert found.cost_per_note == pytest.approx(((1 + 0.5 * 8) / 0.5 + 8 / 32) / 2)
    assert found.shifts_per_second == 1 / 2
    assert found.position_span == 8
    assert found.impossible_moves == 1


def test_the_hand_needs_its_time() -> None:
    assert move_seconds(8) == pytest.approx(0.4)
    assert move_seconds(1) == pytest.approx(0.1)
    assert move_seconds(0) == 0
    bar = "1-12------------"  # half a beat: 0.4 s at 75
    assert playability(on_e(bar), tempo=74).impossible_moves == 0
    assert playability(on_e(bar), tempo=76).impossible_moves == 1


def test_an_open_string_gives_the_hand_time() -> None:
    assert playability(on_e("1-0-12----------")).impossible_moves == 0
    assert playability(on_e("1-1-12----------")).impossible_moves == 1 / 2


def test_notes_together_need_one_position() -> None:
    near = Tab.parse("G|----|\nD|----|\nA|3---|\nE|1---|")
    far = Tab.parse("G|----|\nD|----|\nA|9---|\nE|1---|")
    for tempo in (20, 200):
        assert playability(near, tempo).impossible_moves == 0
        assert playability(far, tempo).impossible_moves == 1


def test_staying_is_easy() -> None:
    assert playability(on_e("5---7---8---5---")) == Playability(4 / 32, 0, 0, 0)


def test_position_span_is_that_of_bars() -> None:
    assert playability(on_e("1---------------", "12--------------", "5---5---5---8---")).position_span == 0
    assert playability(on_e("1-------12------", "----------------", "5---5---5---8---")).position_span == 4


def test_what_has_no_notes_has_no_values() -> None:
    for tab in (Tab(()), on_e("--------"), on_e("x---x---")):
        found = playability(tab)
        assert math.isnan(found.cost_per_note)
        assert math.isnan(found.shifts_per_second)
        assert math.isnan(found.position_span)
        assert math.isnan(found.impossible_moves)
    only_open = playability(on_e("0---0---"))
    assert only_open.cost_per_note == 1
    assert only_open.shifts_per_second == 0
    assert math.isnan(only_open.impossible_moves)


@pytest.mark.parametrize(("tempo", "grid"), [(0, 4), (-3, 4), (math.nan, 4), (120, 0)])
def test_tempo_and_grid_must_be_positive(tempo: float, grid: float) -> None:
    with pytest.raises(BasstabError, match="must be above 0"):
        playability(on_e("5---"), tempo, grid)


def test_twice_the_tempo_is_twice_the_shifts() -> None:
    tab = on_e("1-------12------")
    assert playability(tab, 200).shifts_per_second == 2 * playability(tab, 100).shifts_per_second
    assert playability(tab, 200).cost_per_note == playability(tab, 100).cost_per_note


@given(tabs())
def test_values_keep_their_ranges(tab: Tab) -> None:
    found = playability(tab)
    for value in (found.cost_per_note, found.shifts_per_second, found.position_span):
        assert math.isnan(value) or value >= 0
    assert math.isnan(found.impossible_moves) or 0 <= found.impossible_moves <= 1
