import numpy as np
import pytest

from basstab_hf import Tab
from basstab_hf.generate import Guards, Request
from basstab_hf.generate.candidates import MOST_REDRAWS, Candidate, Candidates
from tests.conftest import riff

TAB = Tab.parse(riff(1))


def _drawn(candidates: Candidates, *matches: int) -> int:
    """Add candidates with these longest matches, as many as are asked for, and say how many are wanted then."""
    left = list(matches)
    while left:
        for seed in candidates.seeds()[: len(left)]:
            candidates.add(Candidate(TAB, float(np.random.default_rng(seed).random()), left.pop(0)))
    return len(candidates.seeds())


def _candidates(best_of: int = 1, max_copy: int | None = 5) -> Candidates:
    return Candidates(np.random.SeedSequence(3), Request(best_of=best_of, guards=Guards(max_copy=max_copy)))


def test_draws_until_enough_are_good() -> None:
    assert _drawn(_candidates(best_of=4), 3, 9, 9, 3) == 2
    assert _drawn(_candidates(best_of=4), 3, 9, 9, 3, 5, 5) == 0
    assert _drawn(_candidates(best_of=4, max_copy=None), 99, 99, 99, 99) == 0


def test_every_draw_has_a_seed_of_its_own_and_the_first_is_the_tab_s() -> None:
    candidates = _candidates(best_of=3, max_copy=2)
    _drawn(candidates, 9, 9, 9, 9, 9)
    found = [candidate.nats_per_column for candidate in candidates._drawn]
    assert len(set(found)) == 5
    assert found[0] == np.random.default_rng(np.random.SeedSequence(3)).random()


def test_the_best_is_the_one_of_highest_rank_that_does_not_copy() -> None:
    candidates = _candidates(best_of=3)
    _drawn(candidates, 3, 9, 4, 5)
    assert candidates.best(lambda candidate: candidate.longest_match or 0).longest_match == 5


def test_gives_up_with_the_least_copied() -> None:
    candidates = _candidates()
    assert _drawn(candidates, *range(50, 50 - MOST_REDRAWS - 1, -1)) == 0
    assert candidates.best(lambda candidate: 0).longest_match == 30
    assert candidates.notes == ("30 notes in a row from the training set, the fewest of 21 drawn",)


@pytest.mark.parametrize(("refused", "times"), [([7], "once"), ([7, 8], "twice"), ([7, 8, 6], "3 times")])
def test_tells_what_was_refused(refused: list[int], times: str) -> None:
    candidates = _candidates()
    assert _drawn(candidates, *refused, 4) == 0
    assert candidates.notes == (f"{max(refused)} notes in a row from the training set, drawn again {times}",)


def test_nothing_refused_nothing_told() -> None:
    candidates = _candidates()
    _drawn(candidates, 5)
    assert candidates.notes == ()


def test_what_is_there_already_is_drawn_again() -> None:
    other = Tab.parse(riff(2))
    candidates = Candidates(np.random.SeedSequence(3), Request(guards=Guards(max_copy=5)), [TAB])
    for tab, match in ((TAB, 3), (TAB, 9), (other, 9)):
        assert len(candidates.seeds()) == 1
        candidates.add(Candidate(tab, 0.5, match))
    assert candidates.refused == 3
    assert candidates.best(lambda candidate: 0).tab == other
    candidates.add(Candidate(other, 0.5, 4))
    assert candidates.seeds() == []
    assert candidates.notes == (
        "bars that are there already, drawn again twice",
        "9 notes in a row from the training set, drawn again twice",
    )


def test_gives_up_where_nothing_else_comes() -> None:
    candidates = Candidates(np.random.SeedSequence(3), Request(), [TAB])
    while candidates.seeds():
        candidates.add(Candidate(TAB, 0.5))
    assert candidates.best(lambda candidate: 0).tab == TAB
    assert candidates.notes == ("bars that are there already, as all of 21 drawn: raise the temperature",)
