"""A cache of what the song has said so far: the continuous cache of Grave et al. 2017, over longest matches.

A song repeats itself more exactly than a small network remembers. Behind a history x[0..n), each earlier place j has a
match length m(j): that of the longest common end of x[0..j) and x[0..n), 0 where the tokens before differ. What stands
at such places is what the cache expects to come; it is mixed with what the model expects:

    p_cache(w)  is proportional to the sum of exp(decay m(j)) over the places j with x[j] = w and m(j) > 0
    p(w)  =  (1 - weight) p_model(w) + weight p_cache(w),    the weight chosen by the longest m(j)

The weights are fitted on held-out songs. All is a function of the tokens so far and needs numpy alone: evaluation, the
engines here and transformers' `generate` (`processors.MatchCacheProcessor`) use the same class.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError

#: The name of the settings in generation_config.json.
MATCH_CACHE = "match_cache"
#: The name, in config.json, of what else training found out that writing needs: `save_pretrained` of transformers keeps
#: both files as they are, and leaves metrics.json and training.yaml behind.
FACTS = "basstab"
#: Where the classes of longest matches begin, in tokens: 1, 2, ..., 6 and 7, 8 and 9, ... 64 and more.
LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64)
_FIT_ROUNDS = 60
#: Tokens that the usual weights count for beside those that are fitted to.
_PRIOR = 20


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """How the cache is mixed in: `weights` by class of the longest match, as in `LENGTHS`; each in [0, 1).

    They are fitted to what people wrote. What a model writes itself it takes up too eagerly: `share` of them, from 0 to
    1, counts while it writes.
    """

    decay: float
    weights: tuple[float, ...]
    share: float = 1.0

    def __post_init__(self) -> None:
        numbers = [self.decay, *self.weights]
        if len(self.weights) != len(LENGTHS) or not all(map(math.isfinite, numbers)) or self.decay < 0:
            raise InputError(f"{MATCH_CACHE}: a decay from 0 and {len(LENGTHS)} weights are expected")
        if not all(0 <= weight < 1 for weight in self.weights):
            raise InputError(f"{MATCH_CACHE}: weights are chances from 0 to below 1")
        if not 0 <= self.share <= 1:
            raise InputError(f"{MATCH_CACHE}: share is a part from 0 to 1")

    @classmethod
    def of_folder(cls, folder: Path) -> MatchSettings | None:
        """What generation_config.json of a model folder says; None where it says nothing.

        Raises:
            InputError: it says what cannot be used.
        """
        path = folder / "generation_config.json"
        try:
            settings = json.loads(path.read_text(encoding="utf-8")).get(MATCH_CACHE) if path.is_file() else None
        except (ValueError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}: {MATCH_CACHE} cannot be used: {error}") from error
        return cls.of_dict(settings, str(path))

    @classmethod
    def of_dict(cls, settings: Any, where: str) -> MatchSettings | None:
        """What `as_dict` gave; None for nothing.

        Raises:
            InputError: it cannot be used; the message begins with `where`.
        """
        try:
            if not settings:
                return None
            weights = tuple(map(float, settings["weights"]))
            return cls(float(settings["decay"]), weights, float(settings.get("share", 1.0)))
        except (ValueError, TypeError, KeyError, AttributeError, InputError) as error:
            raise InputError(f"{where}: {MATCH_CACHE} cannot be used: {error}") from error

    def as_dict(self) -> dict[str, Any]:
        """For generation_config.json."""
        told = {"decay": self.decay, "weights": [round(weight, 4) for weight in self.weights]}
        return told if self.share == 1 else told | {"share": self.share}

    def for_writing(self) -> MatchSettings:
        """The settings with which a tab is written."""
        return MatchSettings(self.decay, tuple([round(weight * self.share, 4) for weight in self.weights]))


#: Fitted beside a model of preset small on real tabs; a training run fits its own weights.
USUAL = MatchSettings(1.5, (0.25, 0.38, 0.56, 0.73, 0.74, 0.75, 0.88, 0.92, 0.9, 0.9, 0.93, 0.93, 0.93, 0.95, 0.95))


@dataclass(frozen=True, slots=True)
class Expected:
    """What the cache expects next: `tokens` with their `chances`, which sum to 1, and the mixture's `weight`."""

    tokens: NDArray[np.int64]
    chances: NDArray[np.float64]
    weight: float
    longest: int


class MatchCache:
    """The cache of one song, filled token by token in time linear in the song's length."""

    def __init__(self, settings: MatchSettings) -> None:
        """Start with nothing read."""
        self._settings = settings
        self._size = 0
        self._ids = np.zeros(256, np.int64)
        self._lengths = np.zeros(257, np.int64)  # m(j) by place j

    def read(self, tokens: Iterable[int]) -> None:
        """Take what the song goes on with."""
        for token in tokens:
            size = self._size
            if size == len(self._ids):
                self._ids = np.concatenate([self._ids, np.zeros_like(self._ids)])
                self._lengths = np.concatenate([self._lengths, np.zeros_like(self._ids)[:size]])
            self._ids[size] = token
            self._lengths[1 : size + 1] = np.where(self._ids[:size] == token, self._lengths[:size] + 1, 0)
            self._size += 1

    def expected(self) -> Expected | None:
        """What comes next by the places that match; None where none does."""
        places = np.flatnonzero(self._lengths[: self._size])
        if not len(places):
            return None
        lengths = self._lengths[places]
        longest = int(lengths.max())
        weights = np.exp(self._settings.decay * (lengths - longest))
        tokens, index = np.unique(self._ids[places], return_inverse=True)
        chances = np.bincount(index, weights)
        weight = self._settings.weights[length_class(longest)]
        return Expected(tokens, chances / chances.sum(), weight, longest)

    def mix(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """Log-probabilities [vocabulary] of the mixture, from the model's logits [vocabulary]."""
        return mix_in(log_softmax(logits), self.expected())


def mix_in(log_p: NDArray[np.float64], expected: Expected | None) -> NDArray[np.float64]:
    """Log-probabilities [vocabulary], changed in place to those of the mixture with what is expected."""
    if expected is None:
        return log_p
    log_p += np.log1p(-expected.weight)
    mixed = np.exp(log_p[expected.tokens]) + expected.weight * expected.chances
    log_p[expected.tokens] = np.log(mixed)
    return log_p


def log_softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Log-probabilities of logits, [vocabulary]."""
    log_p = logits.astype(np.float64)
    log_p -= log_p.max()
    log_p -= np.log(np.exp(log_p).sum())
    return log_p


def length_class(longest: int) -> int:
    """The class of a longest match of at least 1 token: a place in `LENGTHS`."""
    return int(np.searchsorted(LENGTHS, longest, side="right")) - 1


@dataclass(frozen=True, slots=True)
class Matches:
    """Of each token of a song, what the cache thought of it: its chance, and the class of the match, -1 for none."""

    chances: NDArray[np.float64]
    classes: NDArray[np.int64]

    @classmethod
    def of(cls, ids: Sequence[int], decay: float, before: Iterable[int] = ()) -> Matches:
        """Read a song through a cache that has read `before`, without which the first token has no match."""
        cache = MatchCache(MatchSettings(decay, USUAL.weights))
        cache.read(before)
        chances, classes = np.zeros(len(ids)), np.full(len(ids), -1)
        for index, token in enumerate(ids):
            if expected := cache.expected():
                chances[index] = expected.chances[expected.tokens == token].sum()
                classes[index] = length_class(expected.longest)
            cache.read([token])
        return cls(chances, classes)

    def nats(self, log_p: NDArray[Any], settings: MatchSettings) -> NDArray[np.float64]:
        """-ln of the mixture's chance of each token, from the model's `log_p` of it."""
        weights = np.array([*settings.weights, 0.0])[self.classes]  # the last place stands for class -1
        result: NDArray[np.float64] = -np.log(weights * self.chances + (1 - weights) * np.exp(log_p))
        return result


def fit(matches: Sequence[Matches], log_p: Sequence[NDArray[Any]], decay: float) -> MatchSettings:
    """The weights under which held-out songs cost least, by expectation-maximisation from the usual ones.

    Args:
        matches: of each song.
        log_p: of each song, the model's log-probability of every token of it.
        decay: that of `matches`.
    """
    classes = np.concatenate([song.classes for song in matches])
    cached = np.concatenate([song.chances for song in matches])[classes >= 0]
    modelled = np.exp(np.concatenate(log_p))[classes >= 0]
    classes = classes[classes >= 0]
    usual = np.array(USUAL.weights)
    counts = np.bincount(classes, minlength=len(usual))
    weights = usual
    for _ in range(_FIT_ROUNDS):
        by_cache = weights[classes] * cached
        share = by_cache / (by_cache + (1 - weights[classes]) * modelled)
        weights = (np.bincount(classes, share, len(usual)) + _PRIOR * usual) / (counts + _PRIOR)
    return MatchSettings(decay, tuple(weights.tolist()))
