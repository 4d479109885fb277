"""What models are compared with: word counts, n-grams, and compressors, alone or given the same songs as the model.

Input: the column texts of the training split and of held-out pieces. Output: nats of each held-out piece.

A compressor is *primed*: a piece costs what the compressed training songs grow by when it is put behind them. Each
piece is put behind the training songs alone, so that nothing is learnt of the others.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import lzma
import math
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from basstab_hf.errors import InputError
from basstab_hf.evaluation import ppmd_sizes
from basstab_hf.evaluation.ngram import NgramModel, TunedNgram
from basstab_hf.files import scratch

#: Order of the n-gram model that every model must beat.
ORDER = 4
#: With which of them a model is drawn piece by piece: those that know more than single words, and always are there.
COMPARED = (f"{ORDER}-gram", "xz")
NGRAM, NGRAM_CACHE, PPMD, ZPAQ = "n-gram", "n-gram, cache", "PPMd, primed", "ZPAQ, primed"
#: Orders of PPMd that are tried; 64 is the highest there is.
_PPMD_ORDERS = (4, 6, 8, 12, 16, 24, 32, 48, 64)
_PPMD_MEMORY = 64 << 20  # bytes; full, PPMd would forget all
#: What ZPAQ reads in an evaluation where nobody says: it needs some 2.5 CPU seconds for a megabyte.
ZPAQ_BYTES = 24_000_000
#: Blocks of 64 MB, the most that its models take; one fragment, so that none is stored with a hash of its own.
_ZPAQ_FLAGS = ("-method", "56", "-fragment", "14", "-noattributes", "-threads", "1", "-summary", "0")
#: `xz -9e` without a container, whose 60 bytes would count: the best of 24 settings and of four ways to write a tab.
_FILTERS = [{"id": lzma.FILTER_LZMA1, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 0, "pb": 0}]
#: The byte before a word that has no byte of its own, and the one behind it.
_SPELT, _SPELT_END = 255, 254
_BITS_TO_NATS = math.log(2)


class Baseline(Protocol):
    """Something that has learnt from training songs and says what others cost."""

    def nats(self, texts: Sequence[str]) -> list[float]:
        """What each text costs, its end included."""
        ...


class WordBytes:
    """A byte for each of the commonest words of column texts; the others are spelt between two bytes."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = Counter(word for text in texts for word in text.split())
        self._bytes = {word: index for index, (word, _) in enumerate(counts.most_common(_SPELT_END))}

    def packed(self, text: str) -> bytes:
        """The words of a text as bytes, from which they can be read again."""
        return b"".join(map(self._word, text.split()))

    def _word(self, word: str) -> bytes:
        if word in self._bytes:
            return bytes([self._bytes[word]])
        return bytes([_SPELT, *word.encode(), _SPELT_END])


class XzModel:
    """`xz -9e` of each piece alone, a byte a column word: nothing is learnt but which words are common.

    xz knows copying and little else, so it is the measure of what a model makes of repetition.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Give the commonest words of column texts a byte each."""
        self._words = WordBytes(texts)

    def nats(self, texts: Sequence[str]) -> list[float]:
        """The sizes of the compressed texts in nats, those of end marks included."""
        packed = map(self._words.packed, texts)
        return [len(lzma.compress(one, lzma.FORMAT_RAW, filters=_FILTERS)) * 8 * _BITS_TO_NATS for one in packed]


class PrimedModel(ABC):
    """A compressor that is given songs, and then a piece: a byte a column word, as in `XzModel`."""

    def __init__(self, training: Sequence[str]) -> None:
        """Take the songs that are given before every piece."""
        self._words = WordBytes(training)
        self._training = self._packed(training)
        self._sizes: dict[bytes, int] = {}  # by the SHA-256 of what was compressed

    @abstractmethod
    def size(self, data: bytes) -> int:
        """Bytes that the compressor makes of bytes."""

    def nats(self, texts: Sequence[str]) -> list[float]:
        """What each text adds to the size of the training songs."""
        start = self.size(self._training)
        with ThreadPoolExecutor(2) as threads:  # both compressors work outside of Python's lock
            sizes = threads.map(lambda text: self.size(self._training + self._words.packed(text)), texts)
            return [(size - start) * 8 * _BITS_TO_NATS for size in sizes]

    def score_after(self, before: Sequence[str], piece: str) -> float:
        """Nats of a piece where other songs come between the training songs and it."""
        given = self._training + self._packed(before)
        return (self._size_once(given + self._words.packed(piece)) - self._size_once(given)) * 8 * _BITS_TO_NATS

    def _size_once(self, data: bytes) -> int:
        """The size, computed once: songs one after another ask for each size twice."""
        key = hashlib.sha256(data).digest()
        if key not in self._sizes:
            self._sizes[key] = self.size(data)
        return self._sizes[key]

    def _packed(self, texts: Iterable[str]) -> bytes:
        return b"".join(map(self._words.packed, texts))


class PpmdModel(PrimedModel):
    """PPMd, variant H (Shkarin 2001): prediction by partial matching, the compressor of text in 7-Zip."""

    def __init__(self, training: Sequence[str], held_out: Sequence[str] = ()) -> None:
        """Take the songs, and the order under which held-out ones cost least, put behind them all at once."""
        super().__init__(training)
        given = self._training + self._packed(held_out)
        self.order = min(_PPMD_ORDERS, key=lambda order: _ppmd_size(given, order))

    def size(self, data: bytes) -> int:
        """Bytes of the compressed data."""
        return _ppmd_size(data, self.order)

    def nats(self, texts: Sequence[str]) -> list[float]:
        """What each text adds to the size of the training songs, which are read once where processes can be split."""
        if not hasattr(os, "fork"):
            return super().nats(texts)
        pieces = [self._words.packed(text).decode("latin-1") for text in texts]
        asked = json.dumps([self.order, _PPMD_MEMORY, self._training.decode("latin-1"), pieces])
        call = [sys.executable, "-m", ppmd_sizes.__name__]
        done = subprocess.run(call, input=asked, capture_output=True, text=True, check=True)  # noqa: S603  # ours
        return [size * 8 * _BITS_TO_NATS for size in json.loads(done.stdout)]


class ZpaqModel(PrimedModel):
    """ZPAQ -m5 (Mahoney 2009): predictions of many contexts, mixed by a small network that learns as it goes."""

    def size(self, data: bytes) -> int:
        """Bytes of an archive of the data.

        Raises:
            InputError: zpaq fails.
        """
        with scratch() as folder:
            path = folder / "data"
            path.write_bytes(data)
            call = ["zpaq", "add", "archive.zpaq", "data", *_ZPAQ_FLAGS]
            done = subprocess.run(call, cwd=folder, capture_output=True, text=True)  # noqa: S603  # nothing of a user's
            if done.returncode:
                raise InputError(f"zpaq failed: {done.stderr.strip()[-200:]}")
            return path.with_name("archive.zpaq").stat().st_size


@dataclass(frozen=True, slots=True)
class Scores:
    """Nats of each text by the name of the baseline, the weakest first; and what is to be told about them.

    NaN: what was not measured.
    """

    nats: dict[str, list[float]]
    remarks: tuple[str, ...]


def baseline_nats(
    training: Sequence[str], held_out: Sequence[str], texts: Sequence[str], most_zpaq: int | None = None
) -> Scores:
    """What each text costs each baseline.

    Args:
        training: what they learn from.
        held_out: what orders and weights are chosen by: another split than that of `texts`.
        most_zpaq: of how many texts, evenly chosen, ZPAQ is asked; None: of as many as are `ZPAQ_BYTES` together.
    """
    tuned = {
        NGRAM: TunedNgram.fit(training, held_out, cached=False),
        NGRAM_CACHE: TunedNgram.fit(training, held_out, cached=True),
    }
    models: dict[str, Baseline] = {
        "unigram": NgramModel(training, 1),
        f"{ORDER}-gram": NgramModel(training, ORDER),
        **tuned,
        "xz": XzModel(training),
    }
    orders = [f"{name}: order {model.model.order}" for name, model in tuned.items()]
    remarks = [f"{'; '.join(orders)}, chosen on other songs" if held_out else "n-grams: no songs to choose an order by"]
    nats = {name: model.nats(texts) for name, model in models.items()}
    if ppmd_is_here():
        ppmd = PpmdModel(training, held_out)
        nats[PPMD] = ppmd.nats(texts)
        remarks.append(f"{PPMD}: order {ppmd.order}; primed: given the training songs, each piece behind them alone")
    else:
        remarks.append(f"{PPMD}: left out, pyppmd is not here: pip install pyppmd")
    if most_zpaq != 0:
        nats |= _zpaq(training, texts, most_zpaq, remarks)
    return Scores(nats, tuple(remarks))


def ppmd_is_here() -> bool:
    """Whether the package is installed; it is optional, and under the LGPL."""
    return importlib.util.find_spec("pyppmd") is not None


def zpaq_is_here() -> bool:
    """Whether the program is installed."""
    return shutil.which("zpaq") is not None


def _zpaq(
    training: Sequence[str], texts: Sequence[str], most: int | None, remarks: list[str]
) -> dict[str, list[float]]:
    """Of some texts; nothing where the program is not installed."""
    if not zpaq_is_here():
        remarks.append(f"{ZPAQ}: left out, zpaq is not here: apt-get install zpaq")
        return {}
    model = ZpaqModel(training)
    if most is None:
        most = max(ZPAQ_BYTES // (sum(len(text.split()) for text in training) + 1), 1)
    count = min(most, len(texts))
    chosen = [(2 * number + 1) * len(texts) // (2 * count) for number in range(count)]
    if count < len(texts):
        remarks.append(f"{ZPAQ}: {count} of the pieces, evenly chosen")
    costs = dict(zip(chosen, model.nats([texts[place] for place in chosen]), strict=True))
    return {ZPAQ: [costs.get(place, math.nan) for place in range(len(texts))]}


def _ppmd_size(data: bytes, order: int) -> int:
    import pyppmd

    encoder = pyppmd.Ppmd7Encoder(order, _PPMD_MEMORY)
    return len(encoder.encode(data)) + len(encoder.flush())
