import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.generate.sampling import Sampling, pick

SCORES = np.log(np.array([0.1, 0.4, 0.2, 0.25, 0.05]))
ALL = np.ones(5, np.bool_)


def _drawn(sampling: Sampling, legal=ALL) -> dict[int, float]:
    """The share of each token over evenly spread chances."""
    tokens = [pick(SCORES, legal, sampling, chance) for chance in (np.arange(1000) + 0.5) / 1000]
    return {token: tokens.count(token) / 1000 for token in sorted(set(tokens))}


def test_without_filters_tokens_come_as_often_as_they_are_likely() -> None:
    assert _drawn(Sampling(top_p=1.0)) == pytest.approx({0: 0.1, 1: 0.4, 2: 0.2, 3: 0.25, 4: 0.05}, abs=0.002)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(temperature=0.0), {1: 1.0}),
        (Sampling(top_k=2, top_p=1.0), {1: 0.615, 3: 0.385}),
        (Sampling(top_p=0.6), {1: 0.615, 3: 0.385}),  # 0.4 is too little, 0.65 enough
        (Sampling(top_p=1.0, min_p=0.6), {1: 0.615, 3: 0.385}),  # from 0.24 up
        (Sampling(top_p=1.0, min_p=1.0), {1: 1.0}),
        (Sampling(temperature=0.5, top_p=1.0, top_k=2), {1: 0.719, 3: 0.281}),
    ],
)
def test_filters_keep_the_likeliest(sampling: Sampling, expected: dict[int, float]) -> None:
    assert _drawn(sampling) == pytest.approx(expected, abs=0.002)


def test_what_is_illegal_never_comes() -> None:
    legal = np.array([True, False, True, False, True])
    assert set(_drawn(Sampling(top_p=1.0), legal)) == {0, 2, 4}
    assert set(_drawn(Sampling(temperature=0.0), legal)) == {2}


@given(
    st.lists(st.floats(-50, 50) | st.just(-np.inf), min_size=1, max_size=30),
    st.builds(Sampling, st.just(0.0) | st.floats(0.001, 10), st.integers(0, 40), st.floats(0.01, 1), st.floats(0, 1)),
    st.floats(0, 1, exclude_max=True),
)
def test_any_scores_give_a_token_that_is_not_forbidden(scores: list[float], sampling: Sampling, chance: float) -> None:
    found = np.array(scores)
    if np.isfinite(found).any():
        assert np.isfinite(found[pick(found, np.ones(len(found), np.bool_), sampling, chance)])
