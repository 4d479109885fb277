import numpy as np
import pytest

from basstab_hf.evaluation.cross_fit import FOLDS, cross_fit, cross_fitted
from basstab_hf.evaluation.scoring import ScoredPiece, fit_cache
from basstab_hf.model.match_cache import USUAL


def test_no_song_pays_by_a_fit_to_itself() -> None:
    seen = cross_fit(list("abcdefg"), "".join, lambda song, others: (song, others), folds=3)  # type: ignore[arg-type, return-value]
    assert seen == [
        ("a", "bcef"),
        ("b", "acdfg"),
        ("c", "abdeg"),
        ("d", "bcef"),
        ("e", "acdfg"),
        ("f", "abdeg"),
        ("g", "bcef"),
    ]
    assert cross_fit([], sum, lambda *_: 0.0) == []


def test_a_cache_is_dearer_where_it_does_not_know_the_song() -> None:
    chance = np.random.default_rng(1)
    pieces = []
    for _ in range(2 * FOLDS):
        riff = chance.integers(2, 30, 6).tolist()
        ids = [0, *riff * chance.integers(1, 8), *chance.integers(2, 30, 20).tolist()]
        pieces.append(ScoredPiece(ids, np.array([0.0, *np.log(chance.uniform(0.02, 0.5, len(ids) - 1))])))
    fitted = fit_cache(pieces)
    assert sum(cross_fitted(pieces)) > sum(piece.nats(fitted) for piece in pieces)
    assert cross_fitted(pieces[:1]) == pytest.approx([pieces[0].nats(USUAL)])
