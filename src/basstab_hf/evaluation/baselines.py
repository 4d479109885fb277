"""What models are compared with: word counts, an n-gram, and the compressor `xz`.

Input: the column texts of the training split and of held-out pieces. Output: nats of each held-out piece.
"""

from __future__ import annotations

import lzma
import math
from collections import Counter
from collections.abc import Iterable, Sequence

from basstab_hf.evaluation.ngram import NgramModel

#: Order of the n-gram model that every model must beat.
ORDER = 4
#: With which of them a model is compared piece by piece: those that know more than single words.
COMPARED = (f"{ORDER}-gram", "xz")
#: `xz -9e` without a container, whose 60 bytes would count: the best of 24 settings and of four ways to write a tab.
_FILTERS = [{"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 0, "pb": 0}]
#: The byte before a word that has no byte of its own, and the one behind it.
_SPELT, _SPELT_END = 255, 254
_BITS_TO_NATS = math.log(2)


class XzModel:
    """`xz -9e` of each piece alone, a byte a column word: nothing is learnt but which words are common.

    xz knows copying and little else, so it is the measure of what a model makes of repetition.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Give the commonest words of column texts a byte each."""
        counts = Counter(word for text in texts for word in text.split())
        self._bytes = {word: index for index, (word, _) in enumerate(counts.most_common(_SPELT_END))}

    def nats(self, text: str) -> float:
        """The size of the compressed text in nats, that of an end mark included."""
        packed = b"".join(self._packed(word) for word in text.split())
        return len(lzma.compress(packed, lzma.FORMAT_RAW, filters=_FILTERS)) * 8 * _BITS_TO_NATS

    def _packed(self, word: str) -> bytes:
        if word in self._bytes:
            return bytes([self._bytes[word]])
        return bytes([_SPELT, *word.encode(), _SPELT_END])


def baseline_nats(training: Sequence[str], texts: Sequence[str]) -> dict[str, list[float]]:
    """Nats of each text by the name of the baseline, the weakest first."""
    models: dict[str, NgramModel | XzModel] = {
        "unigram": NgramModel(training, 1),
        f"{ORDER}-gram": NgramModel(training, ORDER),
        "xz": XzModel(training),
    }
    return {name: [model.nats(text) for text in texts] for name, model in models.items()}
