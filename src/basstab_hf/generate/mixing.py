"""The mixture of `model.mixture` as this machine computes it: in C++ where that was built, else in Python.

Input: words of a vocabulary, `Weights`, songs to remember. Output: `Mixing`, which scores songs, is fitted to them, and
starts in a tab that is written.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from basstab_hf.model.mixture import RATE, Mixer, fit_plan
from basstab_hf.model.mixture_weights import MIXTURE_FILE, Floats, Weights
from basstab_hf.model.song_contexts import Counts, TokenFacts

try:
    from basstab_hf.generate import _decoder
except ImportError:
    _decoder = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)
#: A song as it is scored: token ids, and the model's log-probabilities of every token at each, [tokens, vocabulary].
ScoredSong = tuple[Sequence[int], NDArray[Any]]


class Song(Protocol):
    """One song: `model.mixture.Mixture`, or the same in C++."""

    def read(self, tokens: Sequence[int]) -> None:
        """Take what the song goes on with."""

    def mix(self, logits: NDArray[Any]) -> Floats:
        """Log-probabilities [vocabulary] of the mixture, from the model's logits [vocabulary]."""


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
        if counts is not None:
            for song in songs:
                counts.learn(list(song))
        native = _decoder.Mixer(facts, [array.ravel() for array in weights.arrays], counts, share)
        return cls(Mixer(facts, weights, Counts() if songs else None, share), native)

    @classmethod
    def of_folder(cls, folder: Path, words: Sequence[str], *, writing: bool = False) -> Mixing | None:
        """That of a model folder, whose tokens are `words` in the order of their ids; None where it has none.

        For `writing`, it counts as much as the folder says.

        Raises:
            InputError: a file that cannot be used.
        """
        path = folder / MIXTURE_FILE
        if not path.is_file():
            return None
        weights = Weights.load(path)
        return cls.of(TokenFacts.of(words), weights, share=weights.writing if writing else 1.0)

    @property
    def weights(self) -> Weights:
        """What was fitted."""
        if self.native is None:
            return self.mixer.weights
        shapes = [array.shape for array in self.mixer.weights.arrays]
        flat = self.native.weights()
        arrays = [np.array(array).reshape(shape) for array, shape in zip(flat, shapes, strict=True)]
        return Weights.from_arrays(arrays, self.mixer.weights.writing)

    def start(self) -> Song:
        """In a tab that is written."""
        return self.mixer.start() if self.native is None else self.native.start()

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
            self.learn(songs[number], rate)
        return self

    def learn(self, song: ScoredSong, rate: float) -> Mixing:
        """Having learnt from a song at a rate; where it is native, in place."""
        ids, log_p = song
        if self.native is None:
            return Mixing(self.mixer.learnt(ids, log_p, rate))
        self.native.fit(list(ids), np.asarray(log_p, np.float32), rate)
        return self
