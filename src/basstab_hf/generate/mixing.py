"""The mixture of `model.mixture` as this machine computes it: in C++ where that was built, else in Python.

Input: words of a vocabulary, `Weights`, songs to remember. Output: `Mixing`, which scores songs, is fitted to them, and
starts in a tab that is written.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from basstab_hf.model.mixture import (
    MIXTURE_FILE,
    RATE,
    Counts,
    Floats,
    Mixer,
    Mixture,
    TokenFacts,
    Weights,
    fit_plan,
)

try:
    from basstab_hf.generate import _decoder
except ImportError:
    _decoder = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)
#: A song as it is scored: token ids, and the model's log-probabilities of every token at each, [tokens, vocabulary].
ScoredSong = tuple[Sequence[int], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Mixing:
    """A mixture ready for use.

    Attributes:
        mixer: the reference.
        native: the same in C++; None where it was not built.
    """

    mixer: Mixer
    native: Any = None

    @classmethod
    def of(
        cls,
        facts: TokenFacts,
        weights: Weights,
        songs: Sequence[Sequence[int]] = (),
        share: float = 1.0,
        *,
        fast: bool = True,
    ) -> Mixing:
        """Make one ready, with a memory of songs (token ids) if there are any; not `fast` is in Python in any case."""
        weights = weights.with_memory() if songs else weights
        if _decoder is None or not fast:
            memory = Counts() if songs else None
            if memory is not None:
                memory.learn(facts, songs)
            return cls(Mixer(facts, weights, memory, share))
        counts = _decoder.Counts(facts) if songs else None
        for song in songs:
            counts.learn(list(song))
        native = _decoder.Mixer(facts, [array.ravel() for array in weights.arrays], counts, share)
        return cls(Mixer(facts, weights, Counts() if songs else None, share), native)

    @classmethod
    def of_folder(cls, folder: Path, words: Sequence[str], share: float = 1.0) -> Mixing | None:
        """That of a model folder, whose tokens are `words` in the order of their ids; None where it has none.

        Raises:
            InputError: a file that cannot be used.
        """
        path = folder / MIXTURE_FILE
        return cls.of(TokenFacts.of(words), Weights.load(path), share=share) if path.is_file() else None

    @property
    def weights(self) -> Weights:
        """What was fitted."""
        if self.native is None:
            return self.mixer.weights
        shapes = [array.shape for array in self.mixer.weights.arrays]
        flat = self.native.weights()
        return Weights.from_arrays([np.array(array).reshape(shape) for array, shape in zip(flat, shapes, strict=True)])

    def start(self) -> Mixture:
        """In a tab that is written."""
        return self.mixer.start()

    def score(self, ids: Sequence[int], log_p: NDArray[Any], rate: float = RATE) -> Floats:
        """As `Mixer.score`."""
        if self.native is None:
            return self.mixer.score(ids, log_p, rate)
        return np.array(self.native.score(list(ids), np.asarray(log_p, np.float32), rate))

    def fit(self, songs: Sequence[ScoredSong], seed: int = 0) -> Mixing:
        """Fitted to songs, from the weights it has; where it is native, in place."""
        if self.native is None:
            logger.warning("the mixture is fitted in Python, since the C++ engine was not built: this takes minutes")
            return Mixing(self.mixer.fitted(songs, seed))
        for number, rate in fit_plan(len(songs), seed):
            ids, log_p = songs[number]
            self.native.fit(list(ids), np.asarray(log_p, np.float32), rate)
        return self
