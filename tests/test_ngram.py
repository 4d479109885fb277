import math
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basstab_hf.evaluation.ngram import MOST, NgramModel, TunedNgram

SONGS = st.lists(st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join), min_size=1, max_size=4)


def test_a_bigram_computed_by_hand() -> None:
    model = NgramModel(["a a b"], order=2)
    # Unigrams of "a a b <eos>": 4 words, 3 kinds; P(a) = (2 + 3 spelt(a)) / 7, spelt = 1 / 95^2: 94 characters, an end.
    unigram_a = (2 + 3 / 95**2) / 7
    # After <bos> only "a" was seen, once: P(a | <bos>) = (1 + 1 x P(a)) / 2.
    first = (1 + unigram_a) / 2
    unigram_eos = (1 + 3 / 95**6) / 7
    # After "a": "a" and "b" once each, two kinds: P(<eos> | a) = (0 + 2 P(<eos>)) / 4.
    end = 2 * unigram_eos / 4
    assert model.nats(["a"]) == pytest.approx([-math.log(first) - math.log(end)])


@settings(max_examples=50)
@given(SONGS, SONGS, st.integers(1, 6))
def test_sorting_counts_what_counting_counts(training: list[str], texts: list[str], order: int) -> None:
    """Against the definition, word by word."""
    counts: list[defaultdict[tuple[str, ...], Counter[str]]] = [defaultdict(Counter) for _ in range(order)]
    for text in training:
        words = ["<bos>"] * (order - 1) + text.split() + ["<eos>"]
        for place in range(order - 1, len(words)):
            for length in range(order):
                counts[length][tuple(words[place - length : place])][words[place]] += 1
    expected = []
    for text in texts:
        words = ["<bos>"] * (order - 1) + text.split() + ["<eos>"]
        for place in range(order - 1, len(words)):
            chance = (1 / 95) ** (len(words[place]) + 1)
            for length in range(order):
                after = counts[length].get(tuple(words[place - length : place]))
                if after:
                    chance = (after[words[place]] + len(after) * chance) / (after.total() + len(after))
            expected.append(math.log(chance))
    found = NgramModel(training, order).log_p(texts)
    assert [value for song in found for value in song[-1]] == pytest.approx(expected)
    assert [song.shape for song in found] == [(order, len(text.split()) + 1) for text in texts]


def test_chances_of_all_words_sum_to_less_than_one_and_almost_that() -> None:
    model = NgramModel(["a b a b c", "b b a"], order=3)
    total = sum(math.exp(model.log_p([f"a b {word}"])[0][-1][2]) for word in "abc")
    assert 0.9 < total + math.exp(model.log_p(["a b"])[0][-1][2]) < 1


def test_what_was_seen_costs_less_and_nothing_is_impossible() -> None:
    model = NgramModel(["GDAE |||| ---- 5--- ----"] * 3)
    seen, other = model.nats(["GDAE |||| ---- 5--- ----", "GDAE |||| ---- --7- ----"])
    assert seen < other < math.inf
    assert NgramModel([]).nats(["a"]) == pytest.approx([(2 + 6) * math.log(95)])
    assert model.nats([]) == []


def test_the_order_is_the_best_on_other_songs_and_a_song_is_remembered() -> None:
    training = ["a b c a b d " * 6, "c c d a " * 8]
    held_out = ["a b c a b d " * 3]
    tuned = TunedNgram.fit(training, held_out, cached=False)
    costs = [NgramModel(training, order).nats(held_out)[0] for order in range(1, MOST + 1)]
    assert tuned.model.order == 1 + costs.index(min(costs))
    cached = TunedNgram.fit(training, held_out, cached=True)
    riff = "d d b a c " * 10  # no song has it, but it has itself
    assert cached.nats([riff])[0] < 0.7 * tuned.nats([riff])[0]
    assert TunedNgram.fit(training, [], cached=True).model.order == 4
