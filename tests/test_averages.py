import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.metrics.averages import FLIPS, Interval, interval, mean, paired_p, share_interval, spread


def test_means_leave_out_what_has_no_value() -> None:
    assert mean([1.0, math.nan, 2.0]) == 1.5
    assert math.isnan(mean([math.nan]))
    assert math.isnan(mean([]))


def test_an_interval_is_where_the_mean_may_be() -> None:
    values = [float(number) for number in range(100)]
    found = interval([*values, math.nan])
    assert found.low == pytest.approx(49.5 - 1.96 * 2.887, abs=0.6)  # the standard error of the mean is 2.887
    assert found.high == pytest.approx(49.5 + 1.96 * 2.887, abs=0.6)
    assert interval(values) == interval(values)
    narrow = interval(values, confidence=0.5)
    assert found.low < narrow.low < narrow.high < found.high
    alone = interval([3.0])
    assert (alone.low, alone.high) == (3.0, 3.0)
    assert math.isnan(interval([]).low)
    assert math.isnan(interval([math.nan]).high)


def test_p_is_the_share_of_signs_that_reach_as_far() -> None:
    assert paired_p([1.0, 2.0, 3.0, math.nan]) == pytest.approx(2 / 8, abs=0.02)  # all signs alike
    assert paired_p([1.0, -1.0]) == 1
    assert paired_p([0.0, 0.0]) == paired_p([]) == 1
    assert paired_p([0.1] * 40) == 1 / (1 + FLIPS)


@given(st.lists(st.floats(-100, 100), max_size=12))
def test_p_does_not_care_which_of_a_pair_comes_first(differences: list[float]) -> None:
    p = paired_p(differences)
    assert 0 < p <= 1
    assert paired_p([-difference for difference in differences]) == p


def test_weights_are_those_of_the_whole() -> None:
    bits, columns = [1.0, 3.0, math.nan], [300, 100, 50]
    assert mean(bits, columns) == 1.5
    assert math.isnan(mean([math.nan], [1]))
    assert math.isnan(interval([], []).low)
    songs = [float(number % 7) for number in range(70)]
    assert interval(songs, [3.0] * 70) == interval(songs)
    found = interval([0.0] * 50 + [1.0] * 50, [1.0] * 50 + [9.0] * 50)
    assert found.low < 0.9 < found.high
    assert found.high - found.low < 0.2


def test_a_long_piece_counts_more_in_a_paired_test() -> None:
    differences = [1.0] * 12 + [-1.0]
    assert paired_p(differences) < 0.01
    assert paired_p(differences, [1.0] * 12 + [12.0]) == 1


def test_the_interval_of_a_share_is_wilsons() -> None:
    # p = 8/10, z² = 3.8415: centre (0.8 + 0.19207) / 1.38415, half 1.95996 sqrt(0.016 + 0.0096037) / 1.38415
    found = share_interval(8, 10)
    assert (found.low, found.high) == pytest.approx((0.49016, 0.94332), abs=1e-4)
    assert share_interval(0, 0) == Interval(0, 1)
    assert share_interval(0, 10).low == 0
    assert share_interval(10, 10).high == pytest.approx(1)


def test_spread_is_that_of_a_sample() -> None:
    assert spread([1.0, 3.0, math.nan]) == pytest.approx(math.sqrt(2))
    assert math.isnan(spread([1.0]))
