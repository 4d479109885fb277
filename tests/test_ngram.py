import math

import pytest

from basstab_hf.evaluation.ngram import NgramModel


def test_a_bigram_computed_by_hand() -> None:
    model = NgramModel(["a a b"], order=2)
    # Unigrams of "a a b <eos>": 4 words, 3 kinds; P(a) = (2 + 3 spelt(a)) / 7, spelt = 1 / 95^2: 94 characters, an end.
    unigram_a = (2 + 3 / 95**2) / 7
    # After <bos> only "a" was seen, once: P(a | <bos>) = (1 + 1 x P(a)) / 2.
    first = (1 + unigram_a) / 2
    unigram_eos = (1 + 3 / 95**6) / 7
    # After "a": "a" and "b" once each, two kinds: P(<eos> | a) = (0 + 2 P(<eos>)) / 4.
    end = 2 * unigram_eos / 4
    assert model.nats("a") == pytest.approx(-math.log(first) - math.log(end))


def test_chances_of_all_words_sum_to_less_than_one_and_almost_that() -> None:
    model = NgramModel(["a b a b c", "b b a"], order=3)
    total = sum(model._probability(["a", "b"], word) for word in ["a", "b", "c", "<eos>"])
    assert 0.9 < total < 1


def test_what_was_seen_costs_less_and_nothing_is_impossible() -> None:
    model = NgramModel(["GDAE |||| ---- 5--- ----"] * 3)
    assert model.nats("GDAE |||| ---- 5--- ----") < model.nats("GDAE |||| ---- --7- ----") < math.inf
