"""The baseline: an interpolated n-gram model over column words, alone or mixed with a cache of the song.

Input: column texts. Output: the nats that a text costs, with the same tokens counted as for a trained model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.model.match_cache import USUAL, Matches, MatchSettings, fit

#: The highest order that is tried where one is to be found.
MOST = 16
_BOS, _EOS = "<bos>", "<eos>"
#: Printable ASCII: what an unseen word is spelt with, each character and the end of the word equally likely.
_CHARACTERS = 94
_SEED = 1

_Hashes: TypeAlias = NDArray[np.uint64]
_Chances: TypeAlias = NDArray[np.float64]


class NgramModel:
    """Witten-Bell interpolation (Witten & Bell 1991): each order trusts its counts as far as it has seen variety.

    P(w | h) = (c(h, w) + t(h) P(w | shorter h)) / (c(h) + t(h)), with t(h) the number of different words after h.
    Below the unigram stands a spelling model, so that no word is impossible.

    A context is the sum of random 64-bit numbers, one for each word and place (Zobrist 1970): contexts of an order are
    counted by sorting. Two different ones among ten million are one with a chance of 1 in 400,000.
    """

    def __init__(self, texts: Sequence[str], order: int = 4) -> None:
        """Take the words of column texts, to be counted in contexts of up to `order` - 1 words."""
        self.order = order
        kinds = dict.fromkeys(word for text in texts for word in text.split())
        self._numbers = {word: number for number, word in enumerate([_BOS, _EOS, *kinds])}
        size = (order, len(self._numbers) + 1)  # the last one stands for all words that were never seen
        self._random = np.random.default_rng(_SEED).integers(2**64, size=size, dtype=np.uint64)
        self._ids, self._starts = self._framed(texts)

    def nats(self, texts: Sequence[str]) -> list[float]:
        """What each text costs, its end included: the sum of -ln P of every word."""
        return [-float(chances[-1].sum()) for chances in self.log_p(texts)]

    def log_p(self, texts: Sequence[str]) -> list[_Chances]:
        """ln P of every word of each text, its end included, by all orders up to that of the model: [order, words]."""
        ids, places = self._framed(texts)
        chances = np.concatenate([self._spelt(text) for text in texts]) if texts else np.zeros(0)
        found = []
        learnt, asked = (np.zeros(len(some), np.uint64) for some in (self._starts, places))
        for length in range(self.order):
            if length:  # the context reaches one word further back
                learnt += self._random[length][self._ids[self._starts - length]]
                asked += self._random[length][ids[places - length]]
            chances = self._next_order(learnt, asked, ids[places], chances)
            found.append(np.log(chances))
        ends = np.cumsum([len(text.split()) + 1 for text in texts])[:-1]
        return np.split(np.array(found), ends, axis=1) if texts else []

    def _next_order(self, learnt: _Hashes, asked: _Hashes, words: NDArray[np.int64], shorter: _Chances) -> _Chances:
        """P of words behind contexts, from P behind the shorter ones."""
        if not len(learnt):
            return shorter
        contexts, place, totals = np.unique(learnt, return_inverse=True, return_counts=True)
        both, first, counts = np.unique(
            learnt ^ self._random[0][self._ids[self._starts]], return_index=True, return_counts=True
        )
        kinds = np.bincount(place[first], minlength=len(contexts))
        at, seen = _found(contexts, asked)
        total, kind = np.where(seen, totals[at], 0), np.where(seen, kinds[at], 1)
        at, seen = _found(both, asked ^ self._random[0][words])
        count = np.where(seen, counts[at], 0)
        chances: _Chances = (count + kind * shorter) / (total + kind)
        return chances

    def _framed(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of all words, each text in its frame, and the places of those that are predicted."""
        unseen = len(self._numbers)
        before = [_BOS] * (self.order - 1)
        words = [word for text in texts for word in [*before, *text.split(), _EOS]]
        ids = np.array([self._numbers.get(word, unseen) for word in words], dtype=np.int64)
        return ids, np.flatnonzero(ids != self._numbers[_BOS])

    def _spelt(self, text: str) -> _Chances:
        lengths = np.array([len(word) + 1 for word in [*text.split(), _EOS]])
        return (1 / (_CHARACTERS + 1)) ** lengths


@dataclass(frozen=True, slots=True)
class TunedNgram:
    """The n-gram of the order, and the cache of a song beside it, under which held-out songs cost least."""

    training: Sequence[str]
    model: NgramModel
    cache: MatchSettings | None

    @classmethod
    def fit(cls, training: Sequence[str], held_out: Sequence[str], *, cached: bool) -> TunedNgram:
        """Learn from a training split; order and weights of the cache are chosen by another split, not the scored one.

        Without a held-out text: order 4, and no cache.
        """
        if not held_out:
            return cls(training, NgramModel(training), None)
        by_order = NgramModel(training, MOST).log_p(held_out)
        songs = [_matches(text) for text in held_out] if cached else []
        found = []
        for order in range(1, MOST + 1):
            log_p = [chances[order - 1] for chances in by_order]
            settings = fit(songs, log_p, USUAL.decay) if cached else None
            costs = map(_mixed, songs, log_p, [settings] * len(log_p)) if settings else (-one.sum() for one in log_p)
            found.append((float(sum(costs)), order, settings))
        _, order, settings = min(found, key=lambda one: one[0])
        return cls(training, NgramModel(training, order), settings)

    def nats(self, texts: Sequence[str]) -> list[float]:
        """What each text costs."""
        if self.cache is None:
            return self.model.nats(texts)
        log_p = [chances[-1] for chances in self.model.log_p(texts)]
        return [_mixed(_matches(text), chances, self.cache) for text, chances in zip(texts, log_p, strict=True)]

    def score_after(self, before: Sequence[str], piece: str) -> float:
        """Nats of a piece where other songs were counted, too."""
        songs = [*self.training, *before]
        (cost,) = TunedNgram(songs, NgramModel(songs, self.model.order), self.cache).nats([piece])
        return cost


def _matches(text: str) -> Matches:
    """What a cache of the song thinks of its words, the end included."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys([_BOS, _EOS, *text.split()]))}
    found = Matches.of([numbers[word] for word in [_BOS, *text.split(), _EOS]], USUAL.decay)
    return Matches(found.chances[1:], found.classes[1:])


def _mixed(matches: Matches, log_p: _Chances, cache: MatchSettings) -> float:
    return float(matches.nats(log_p, cache).sum())


def _found(known: _Hashes, asked: _Hashes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each number stands among sorted ones, and whether it does."""
    at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return at, known[at] == asked
