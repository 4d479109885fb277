import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf import Tab
from basstab_hf.metrics.histograms import divergence, entropy, pitch_classes, pitch_counts, pooled

histograms = st.dictionaries(st.integers(0, 60), st.integers(1, 50), min_size=1)


def test_pitches_are_counted_and_dead_notes_are_not() -> None:
    tab = Tab.parse("G|-----2--|\nD|--------|\nA|--------|\nE|5-5-x---|")
    assert pitch_counts(tab) == {33: 2, 45: 1}
    assert pitch_classes(pitch_counts(tab)) == {9: 3}
    assert pooled([pitch_counts(tab), {33: 1}]) == {33: 3, 45: 1}
    assert pitch_counts(Tab(())) == {}


@pytest.mark.parametrize(
    ("counts", "bits"),
    [({9: 3}, 0), ({9: 3, 2: 3}, 1), ({9: 3, 2: 1}, 0.8112781), (dict.fromkeys(range(12), 7), math.log2(12))],
)
def test_entropy_in_bits(counts: dict[int, int], bits: float) -> None:
    assert entropy(counts) == pytest.approx(bits)


@pytest.mark.parametrize(
    ("one", "other", "bits"),
    [({0: 3}, {0: 8}, 0), ({0: 3}, {1: 8}, 1), ({0: 1, 1: 1}, {0: 2}, 0.3112781), ({0: 1, 1: 3}, {0: 2, 1: 6}, 0)],
)
def test_divergence_in_bits(one: dict[int, int], other: dict[int, int], bits: float) -> None:
    assert divergence(one, other) == pytest.approx(bits)


def test_nothing_has_no_value() -> None:
    assert math.isnan(entropy({}))
    assert math.isnan(divergence({}, {0: 1}))
    assert math.isnan(divergence({0: 1}, {}))


@given(histograms, histograms)
def test_divergence_is_symmetric_and_between_0_and_1(one: dict[int, int], other: dict[int, int]) -> None:
    assert 0 <= divergence(one, other) <= 1
    assert divergence(one, other) == pytest.approx(divergence(other, one))
    assert divergence(one, one) == pytest.approx(0)


@given(histograms, st.integers(-12, 12))
def test_entropy_is_that_of_any_key(counts: dict[int, int], semitones: int) -> None:
    moved = {pitch + 12 + semitones: count for pitch, count in counts.items()}
    assert entropy(pitch_classes(moved)) == pytest.approx(entropy(pitch_classes(counts)))
    assert 0 <= entropy(pitch_classes(counts)) <= math.log2(12) + 1e-9
