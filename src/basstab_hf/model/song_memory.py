"""A memory of whole songs that a tab is to be like, without training: what came behind similar places there.

As the match cache (`match_cache`) does of the song so far, but over any number of songs: of each place j in them, m(j)
is the length of the longest common end of what stands before j and of what was written, `LONGEST` at most, and

    p_songs(w)  is proportional to the sum of exp(decay m(j)) over the places j with w there and m(j) > 0
    p(w)  =  (1 - weight) p_model(w) + weight p_songs(w),    the weight chosen by the longest m(j)

before the match cache is mixed in. Words that are asked with, such as control words and chords, are no part of songs
and are passed over.

Places are found by an index: prefixes of the songs sorted by their ends, as in the FM-index (Ferragina & Manzini 2000),
where what stands behind a sorted prefix is both what is expected and what leads from the matches of one token to those
of the next. A token takes a few binary searches, whatever has been written. Input: ids of songs. numpy alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.model.match_cache import Expected, MatchSettings, length_class, log_softmax, mix_in

#: The longest end that counts, in tokens: by then one place is left, as a rule.
LONGEST = 16
#: Written tabs have with this share as many bars and turns from the songs of an artist as another song of that artist.
#: Fitted on 50 real pages beside 20 others each, with the model of this package; no match is longer than `LONGEST`.
USUAL = MatchSettings(1.5, (0.1, 0.23, 0.3, 0.5, 0.5, 0.53, 0.53, 0.62, 0.62, *[0.88] * 6), share=0.7)
# Beside the largest share, what is smaller than this is left out: less than the last digit of a float32.
_LEAST = 1e-9
#: Counts of what stands behind one end that are kept: those that are often asked for.
_KEPT = 4096
_NOTHING = -1


class SongMemory:
    """The songs, indexed once; each tab that is written has a `reader` of its own."""

    def __init__(self, songs: Iterable[Sequence[int]], asking: range, settings: MatchSettings = USUAL) -> None:
        """Index songs: 0.3 s for 300.

        Args:
            songs: ids of each, from <bos> to <eos>.
            asking: ids of the words that are asked with.
            settings: how what they expect is mixed in.
        """
        text = np.array([token for song in songs for token in song], np.int64)
        self.settings, self.asking, self.size = settings.for_writing(), asking, len(text)
        order = _sorted_prefixes(text)
        self._behind = np.append(text, _NOTHING)[order]  # what stands behind each sorted prefix
        self._rows = np.argsort(self._behind, kind="stable")
        self._firsts = np.searchsorted(self._behind[self._rows], np.arange(text.max(initial=0) + 2))
        self.counts = lru_cache(maxsize=_KEPT)(self._count)

    def reader(self) -> Reader:
        """For a tab that begins."""
        return Reader(self)

    def longer(self, token: int, begins: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the prefixes begin that end with `token` behind those that begin at `begins`."""
        if token + 1 >= len(self._firsts):
            return np.zeros_like(begins)
        first, behind = self._firsts[token : token + 2]
        found: NDArray[np.int64] = first + np.searchsorted(self._rows[first:behind], begins)
        return found

    def _count(self, begin: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What stands behind sorted prefixes, and how often."""
        tokens, counts = np.unique(self._behind[begin:end], return_counts=True)
        return (tokens[1:], counts[1:]) if len(tokens) and tokens[0] == _NOTHING else (tokens, counts)


class Reader:
    """What the songs expect behind the tab so far."""

    def __init__(self, memory: SongMemory) -> None:
        self._memory = memory
        # Of the last 0, 1, 2, ... tokens: the sorted prefixes that end with them. Each range lies in the one before.
        self._begins, self._ends = np.array([0]), np.array([memory.size + 1])

    def read(self, tokens: Iterable[int]) -> None:
        """Take what the tab goes on with."""
        memory = self._memory
        for token in tokens:
            if token in memory.asking:
                continue
            begins, ends = memory.longer(token, self._begins[:LONGEST]), memory.longer(token, self._ends[:LONGEST])
            found = int((begins < ends).sum())
            self._begins = np.concatenate([[0], begins[:found]])
            self._ends = np.concatenate([[memory.size + 1], ends[:found]])

    def expected(self) -> Expected | None:
        """What comes next by the places that match; None where none does."""
        decay, settings = self._memory.settings.decay, self._memory.settings
        shares: dict[int, float] = {}
        longest = 0
        for length in range(len(self._begins) - 1, 0, -1):
            tokens, counts = self._memory.counts(int(self._begins[length]), int(self._ends[length]))
            if not len(tokens):
                continue  # the end of the last song alone
            longest = longest or length
            # A place of length m is counted once in each shorter range, too: together exp(decay m).
            share = np.exp(decay * (length - longest)) * (1.0 if length == 1 else -np.expm1(-decay))
            if share < _LEAST:
                break
            for token, count in zip(tokens.tolist(), counts.tolist(), strict=True):
                shares[token] = shares.get(token, 0.0) + share * count
        if not shares:
            return None
        chances = np.array(list(shares.values()))
        weight = settings.weights[length_class(longest)]
        return Expected(np.array(list(shares)), chances / chances.sum(), weight, longest)

    def mix(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """Log-probabilities [vocabulary] of the mixture, from the model's logits [vocabulary]."""
        return mix_in(log_softmax(logits), self.expected())


def _sorted_prefixes(text: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lengths of the prefixes of a text, sorted by their last `LONGEST` tokens read backwards, by doubling."""
    ranks, known = np.concatenate([[0], text + 1]), 1
    while known < LONGEST:
        before = np.concatenate([np.zeros(min(known, len(ranks)), np.int64), ranks[:-known]])
        _, ranks = np.unique(ranks * (ranks.max() + 1) + before, return_inverse=True)
        known *= 2
    return np.argsort(ranks, kind="stable")
