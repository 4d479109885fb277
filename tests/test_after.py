"""Songs after other songs: what comes before, and what it is worth."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from basstab_hf.dataset.load import load_texts
from basstab_hf.evaluation.after import CachedModel, MixedModel, score_after_others, score_online
from basstab_hf.evaluation.evaluation import CACHED, MODEL, model_nats
from basstab_hf.evaluation.ngram import TunedNgram
from basstab_hf.evaluation.scoring import Scorer


class Listener:
    """Pays nothing, and keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[tuple[str, ...], str]] = []

    def score_after(self, before: Sequence[str], piece: str) -> float:
        self.given.append((tuple(before), piece))
        return 0.0


def test_a_song_comes_after_the_others_of_its_artist_or_after_all_before() -> None:
    listener = Listener()
    score_after_others(listener, ["a1", "b1", "a2", "c1", "a3"], ["a", "b", "a", "c", "a"])
    assert listener.given == [(("a2", "a3"), "a1"), ((), "b1"), (("a1", "a3"), "a2"), ((), "c1"), (("a1", "a2"), "a3")]
    listener = Listener()
    score_online(listener, ["a1", "b1", "a2"])
    assert listener.given == [((), "a1"), (("a1",), "b1"), (("a1", "b1"), "a2")]


def test_a_song_heard_before_is_cheap(riff_model: Path, riff_dataset: Path) -> None:
    first, second = load_texts(str(riff_dataset), "test")[:2]
    model = CachedModel(riff_model, [first, second])
    usual = model_nats(Scorer(riff_model), [first])[CACHED]
    assert model.score_after([], first) == pytest.approx(usual[0])
    assert model.score_after([second, first], first) < 0.8 * model.score_after([second], first)
    held_out = load_texts(str(riff_dataset), "validation")
    mixed = MixedModel(riff_model, [first, second], held_out, ["a"] * len(held_out))
    alone = model_nats(Scorer(riff_model), [first])[MODEL]
    assert mixed.score_after([], first) == pytest.approx(alone[0], rel=1e-3)
    assert mixed.score_after([second, first], first) < 0.8 * mixed.score_after([second], first)
    counts = TunedNgram.fit(load_texts(str(riff_dataset), "train"), [second], cached=True)
    assert counts.score_after([], first) == pytest.approx(counts.nats([first])[0])
    assert counts.score_after([first], first) < counts.score_after([], first)
