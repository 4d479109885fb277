"""The baseline: an interpolated n-gram model over column words.

Input: column texts. Output: the nats that a text costs, with the same tokens counted as for a trained model.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

_EOS = "<eos>"
_BOS = "<bos>"
#: Printable ASCII: what an unseen word is spelt with, each character and the end of the word equally likely.
_CHARACTERS = 94


class NgramModel:
    """Witten-Bell interpolation (Witten & Bell 1991): each order trusts its counts as far as it has seen variety.

    P(w | h) = (c(h, w) + t(h) P(w | shorter h)) / (c(h) + t(h)), with t(h) the number of different words after h.
    Below the unigram stands a spelling model, so that no word is impossible.
    """

    def __init__(self, texts: Iterable[str], order: int = 4) -> None:
        """Count the words of column texts in contexts of up to `order` - 1 words."""
        self.order = order
        self._counts: list[defaultdict[tuple[str, ...], Counter[str]]] = [defaultdict(Counter) for _ in range(order)]
        self._totals: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(order)]
        for text in texts:
            words = self._framed(text)
            for index in range(order - 1, len(words)):
                for length in range(order):
                    context = tuple(words[index - length : index])
                    self._counts[length][context][words[index]] += 1
                    self._totals[length][context] += 1

    def nats(self, text: str) -> float:
        """What a text costs, its end included: the sum of -ln P of every word."""
        words = self._framed(text)
        return -sum(
            math.log(self._probability(words[index - self.order + 1 : index], words[index]))
            for index in range(self.order - 1, len(words))
        )

    def _probability(self, context: Sequence[str], word: str) -> float:
        probability = (1 / (_CHARACTERS + 1)) ** (len(word) + 1)
        for length in range(self.order):
            key = tuple(context[len(context) - length :])
            counts = self._counts[length].get(key)
            if counts is None:
                break
            total, kinds = self._totals[length][key], len(counts)
            probability = (counts[word] + kinds * probability) / (total + kinds)
        return probability

    def _framed(self, text: str) -> list[str]:
        return [_BOS] * (self.order - 1) + text.split() + [_EOS]
