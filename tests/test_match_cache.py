"""The match cache: what it expects, how it mixes, what is fitted, and its forms for engines and transformers."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from basstab_hf.errors import InputError
from basstab_hf.generate import Request, generate_tab
from basstab_hf.generate.processors import MatchCacheProcessor
from basstab_hf.model.match_cache import LENGTHS, USUAL, MatchCache, Matches, MatchSettings, fit, length_class

VOCABULARY = 6
songs = st.lists(st.integers(0, VOCABULARY - 1), max_size=40)


def expected_by_the_formula(ids: list[int], decay: float) -> dict[int, float]:
    """p_cache as the module's docstring says it, place by place."""
    found: dict[int, float] = {}
    for place in range(len(ids)):
        length = 0
        while length < place and ids[place - 1 - length] == ids[len(ids) - 1 - length]:
            length += 1
        if length:
            found[ids[place]] = found.get(ids[place], 0.0) + math.exp(decay * length)
    total = sum(found.values())
    return {token: weight / total for token, weight in found.items()}


@given(songs, st.floats(0, 2))
def test_the_cache_expects_what_followed_the_longest_matches(ids: list[int], decay: float) -> None:
    cache = MatchCache(MatchSettings(decay, USUAL.weights))
    cache.read(ids)
    expected = cache.expected()
    found = dict(zip(expected.tokens.tolist(), expected.chances.tolist(), strict=True)) if expected else {}
    assert found == pytest.approx(expected_by_the_formula(ids, decay))


@given(songs)
def test_a_mixture_is_a_distribution_and_costs_what_scoring_says(ids: list[int]) -> None:
    ids = [0, *ids]
    logits = np.random.default_rng(1).normal(size=(len(ids), VOCABULARY)).astype(np.float32)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    cache, costs = MatchCache(USUAL), []
    for place, token in enumerate(ids):
        mixed = cache.mix(logits[place])
        assert np.exp(mixed).sum() == pytest.approx(1)
        costs.append(-mixed[token])
        cache.read([token])
    nats = Matches.of(ids, USUAL.decay).nats(log_p[range(len(ids)), ids], USUAL)
    assert nats == pytest.approx(costs, rel=1e-4)


def test_a_song_said_twice_costs_little_the_second_time_however_long() -> None:
    song = np.random.default_rng(2).integers(0, 50, 400).tolist()
    nats = Matches.of(song * 2, USUAL.decay).nats(np.full(800, -math.log(50)), USUAL)
    assert nats[410:].mean() < 0.1 < nats[:400].mean()


def test_fitting_trusts_the_cache_as_far_as_it_is_right() -> None:
    chance = np.random.default_rng(3)
    repeating = [chance.integers(0, 20, 30).tolist() * 4 for _ in range(10)]
    random = [chance.integers(0, 4, 120).tolist() for _ in range(10)]

    def fitted(songs: list[list[int]]) -> MatchSettings:
        return fit([Matches.of(song, 1.5) for song in songs], [np.full(120, -math.log(20)) for _ in songs], 1.5)

    place = length_class(7)
    assert fitted(repeating).weights[place] > 0.85
    assert fitted(random).weights[place] < USUAL.weights[place]
    assert fit([Matches.of([1], 1.5)], [np.zeros(1)], 1.5).weights == pytest.approx(USUAL.weights)


def test_classes_begin_where_they_say() -> None:
    assert [length_class(length) for length in LENGTHS] == list(range(len(LENGTHS)))
    assert length_class(7) == length_class(6)
    assert length_class(10_000) == len(LENGTHS) - 1


@pytest.mark.parametrize(
    "settings",
    [
        {"decay": 1.5, "weights": [0.5]},
        {"decay": "x", "weights": []},
        {"weights": []},
        [1],
        {"decay": -1, "weights": [0.5] * 15},
        {"decay": 1, "weights": [1.0] * 15},
        {"decay": float("nan"), "weights": [0.5] * 15},
    ],
)
def test_settings_that_cannot_be_used_are_told(settings: object, tmp_path: Path) -> None:
    (tmp_path / "generation_config.json").write_text(json.dumps({"match_cache": settings}))
    with pytest.raises(InputError, match=r"generation_config\.json: match_cache cannot be used"):
        MatchSettings.of_folder(tmp_path)


def test_a_folder_without_settings_has_no_cache(tmp_path: Path) -> None:
    assert MatchSettings.of_folder(tmp_path) is None
    with pytest.raises(InputError, match="has no match_cache"):
        MatchCacheProcessor.from_pretrained(tmp_path)


def test_a_trained_model_brings_its_cache_and_generates_with_it(riff_model: Path) -> None:
    settings = MatchSettings.of_folder(riff_model)
    assert settings is not None
    metrics = json.loads((riff_model / "metrics.json").read_text())["validation"]
    assert metrics["bits_per_column"] < metrics["bits_per_column_no_cache"]
    request = Request(bars=8, seed=1)
    assert generate_tab(riff_model, request) == generate_tab(riff_model, request)
    assert generate_tab(riff_model, request) != generate_tab(riff_model, Request(bars=8, seed=1, match_cache=False))


@given(st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=6, max_size=6), min_size=2, max_size=3))
def test_the_processor_mixes_each_row_whatever_it_saw_before(rows: list[list[int]]) -> None:
    processor = MatchCacheProcessor(USUAL)
    scores = torch.randn(len(rows), VOCABULARY, generator=torch.Generator().manual_seed(1))
    for ids in (torch.tensor(rows)[:, :3], torch.tensor(rows), torch.tensor(rows[::-1])):
        mixed = processor(ids, scores)
        for row, found, score in zip(ids.tolist(), mixed, scores, strict=True):
            cache = MatchCache(USUAL)
            cache.read(row)
            assert found.tolist() == pytest.approx(cache.mix(score.numpy()).tolist(), abs=1e-4)


def test_transformers_generate_takes_the_processor(riff_model: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(riff_model)
    ids = torch.tensor([[1, 70, 71, 72, 73, 70, 71, 72]])
    options = {"max_new_tokens": 5, "do_sample": False, "attention_mask": torch.ones_like(ids)}
    plain = model.generate(ids, **options)
    mixed = model.generate(ids, logits_processor=[MatchCacheProcessor.from_pretrained(riff_model)], **options)
    assert mixed[0, 8:10].tolist() == [73, 70]
    assert mixed.tolist() != plain.tolist()
