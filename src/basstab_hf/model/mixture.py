"""What a song and the songs before it let expect, mixed with what the model expects: context mixing over tokens.

A song says again what it has said: the same bar, the same rhythm with other notes, what stood at this place of the bar
before. The history of a song is seen through `CONTEXTS`: each looks at a part of it (the last six tokens; the column in
the bar and what stood there a bar ago; the rhythm of the bar so far) and remembers what came next, as a token, as its
rhythm alone or as its notes alone. All they have seen is mixed in the log domain, as compressors of the PAQ family do
(Mahoney 2005; with more than two symbols, Mattern 2012):

    log P(w)  =  a log P_model(w)  +  sum over contexts c in which w was seen of weight(c, class of its count)  -  log Z

The class of a count is how often w was seen there, how often others were, and whether w was the last. A weight is a
sum of three: of context and class; of these and how long the longest match is; of these and how well the bar repeats
the one before. `a` goes by the longest match and by how sure the model is. All are learnt on held-out songs by gradient
descent on the cost (`Mixer.fitted`), and may go on learning while a song is scored, from what came before each token.
Contexts and counts are in `song_contexts`, weights and their file in `mixture_weights`. Other songs' counts can stand
beside the song's own: a memory of the training songs, or of an artist's.

This module is the reference, in Python; `mixture.hpp` is the same in C++, seven times as fast, used where it was built
(`generate.mixing`). The order of all sums and tables is part of what they share.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError
from basstab_hf.model.mixture_weights import Floats, Weights
from basstab_hf.model.song_contexts import CONTEXTS, ORDERS, Counts, History, Key, Symbol, TokenFacts, class_of

# Of the orders of tokens, the class of each as the longest match.
_LENGTH_CLASS = (0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5)
# Where the classes of how sure the model is begin, in nats.
_ENTROPIES = (0.25, 0.7, 1.3, 2.1)
_FIT_ROUNDS, _FIT_RATE, _SPECIFIC = 3, 0.05, 0.5
#: The rate with which weights go on learning while songs are scored.
RATE = 0.2
#: Tokens that weights are fitted on at most: their rows of chances lie in memory.
MOST_FITTED = 60_000


@dataclass(frozen=True)
class Mixer:
    """All that mixing in a song begins with.

    Attributes:
        facts: of the vocabulary.
        weights: what was fitted.
        memory: counts of other songs; with it, `weights` have two sources.
        share: how much of it counts, from 0, the model alone, to 1.
    """

    facts: TokenFacts
    weights: Weights
    memory: Counts | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.weights.sources != 1 + (self.memory is not None):
            raise InputError("a mixture with a memory has weights for two sources, one without for one")
        if not 0 <= self.share <= 1:
            raise InputError("share is a part from 0 to 1")

    def start(self, rate: float = 0.0) -> Mixture:
        """A song that begins; with a `rate` it goes on learning, in a copy of the weights."""
        return Mixture(self, self.weights.copy() if rate else self.weights, rate)

    def score(self, ids: Sequence[int], log_p: NDArray[Any], rate: float = RATE) -> Floats:
        """What a song costs, in nats of each token.

        Args:
            ids: tokens of the song, [tokens].
            log_p: of each of them, the model's log-probability of every token that could stand there, [tokens,
                vocabulary].
            rate: with which weights go on learning, in this song alone.
        """
        return _score(self.start(rate), ids, log_p)

    def fitted(self, songs: Sequence[tuple[Sequence[int], NDArray[Any]]], seed: int = 0) -> Mixer:
        """The mixer whose weights went on learning on these songs, each ids and log_p as `score` takes them."""
        mixer = self
        for number, rate in fit_plan(len(songs), seed):
            mixer = mixer.learnt(*songs[number], rate)
        return mixer

    def learnt(self, ids: Sequence[int], log_p: NDArray[Any], rate: float) -> Mixer:
        """The mixer whose weights learnt from one song at a rate."""
        weights = self.weights.copy()
        _score(Mixture(self, weights, rate), ids, log_p)
        return Mixer(self.facts, weights, self.memory, self.share)


def fit_plan(n_songs: int, seed: int) -> list[tuple[int, float]]:
    """Numbers of songs in the order in which weights are fitted to them, and the rate with which they are."""
    chance = np.random.default_rng(seed)
    rates = [_FIT_RATE * (1 - 0.8 * done / _FIT_ROUNDS) for done in range(_FIT_ROUNDS)]
    return [(int(number), rate) for rate in rates for number in chance.permutation(n_songs)]


def _score(mixture: Mixture, ids: Sequence[int], log_p: NDArray[Any]) -> Floats:
    nats = np.zeros(len(ids))
    for place, token in enumerate(ids):
        nats[place] = -mixture.mix(log_p[place].astype(np.float64))[token]
        mixture.read([token])
    return nats


@dataclass(frozen=True, slots=True)
class _Mixed:
    """What the last mixing was made of: to learn from."""

    keys: list[Key]
    features: list[tuple[int, int, int, int, int]]  # source, context, class, symbol, class of the longest match
    log_p: Floats
    mixed: Floats
    model_class: tuple[int, int]
    bar_class: int


class Mixture:
    """One song, read token by token."""

    def __init__(self, mixer: Mixer, weights: Weights, rate: float) -> None:
        """Begin; weights are changed where `rate` is above 0."""
        self._facts, self._memory, self._share = mixer.facts, mixer.memory, mixer.share
        self._weights, self._rate = weights, rate
        self._counts, self._history = Counts(), History(mixer.facts)
        self._rhythms, self._heads = np.array(mixer.facts.rhythms), np.array(mixer.facts.heads)
        self._last: _Mixed | None = None

    def read(self, tokens: Iterable[int]) -> None:
        """Take what the song goes on with."""
        for token in tokens:
            if self._last is not None and self._rate:
                self._learn(self._last, token)
            if not self._facts.ignored[token]:
                keys = self._last.keys if self._last is not None else self._history.keys()
                self._counts.add(keys, self._facts.symbols(token))
                self._history.read(token)
            self._last = None

    def mix(self, logits: NDArray[Any]) -> Floats:
        """Log-probabilities [vocabulary] of the mixture, from the model's logits [vocabulary]."""
        log_p = logits - logits.max()
        log_p = log_p - math.log(np.exp(log_p).sum())
        keys, bar_class = self._history.keys(), self._history.bar_class()
        features = []
        longest = 0
        for source, counts in enumerate((self._counts, self._memory)):
            if counts is None:
                continue
            found = counts.found(keys)
            length = max((_LENGTH_CLASS[place] for place in range(len(ORDERS)) if found[place]), default=0)
            longest = longest if source else length
            features += [
                (source, context, count_class, symbol, length)
                for context, seen in enumerate(found)
                if seen
                for symbol, count_class in seen.classes()
            ]
        chances = np.exp(log_p)
        entropy = -float((chances * np.where(chances > 0, log_p, 0)).sum())
        model_class = longest, class_of(entropy, (0.0, *_ENTROPIES))
        exponent = self._weights.model[model_class]
        scores: Floats = (1 + self._share * (exponent - 1)) * log_p
        by_symbol = np.zeros((len(Symbol), len(scores) + 1))
        for source, context, count_class, symbol, length in features:
            place = source, context, count_class
            weight = self._weights.shared[place] + self._weights.by_length[(*place, length)]
            by_symbol[CONTEXTS[context], symbol] += weight + self._weights.by_bar[(*place, bar_class)]
        scores += self._share * (by_symbol[0, :-1] + by_symbol[1, self._rhythms] + by_symbol[2, self._heads])
        scores -= scores.max()
        scores -= math.log(np.exp(scores).sum())
        self._last = _Mixed(keys, features, log_p, scores, model_class, bar_class)
        return scores

    def _learn(self, last: _Mixed, token: int) -> None:
        """One step of gradient descent on -ln of the token's chance."""
        chances = np.exp(last.mixed)
        expected = np.zeros((len(Symbol), len(chances) + 1))
        expected[0, :-1] = chances
        expected[1, :-1] = np.bincount(self._rhythms, chances, len(chances))
        expected[2] = np.bincount(np.where(self._heads < 0, len(chances), self._heads), chances, len(chances) + 1)
        symbols = self._facts.symbols(token)
        weights, rate = self._weights, self._rate
        slope = float(last.log_p[token] - np.dot(chances, last.log_p))
        _step(weights.model, weights.squares[0], last.model_class, slope, rate)
        for source, context, count_class, symbol, length in last.features:
            kind = CONTEXTS[context]
            slope = float(symbols[kind] == symbol) - expected[kind, symbol]
            if abs(slope) < 1e-4:
                continue
            place = source, context, count_class
            _step(weights.shared, weights.squares[1], place, slope, rate)
            _step(weights.by_length, weights.squares[2], (*place, length), slope, rate * _SPECIFIC)
            _step(weights.by_bar, weights.squares[3], (*place, last.bar_class), slope, rate * _SPECIFIC)


def _step(weights: Floats, squares: Floats, place: tuple[int, ...], slope: float, rate: float) -> None:
    squares[place] += slope * slope
    weights[place] += rate * slope / math.sqrt(squares[place])
