"""What an engine is: token ids -> logits of the next token, one stream, with a key-value cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from basstab_hf.errors import InputError

Logits = NDArray[np.float32]


class Engine(Protocol):
    """What writing needs of a model: at most `context` tokens between one start and the next, `size` to choose from."""

    context: int
    size: int

    def start(self, ids: Sequence[int]) -> Logits:
        """Forget everything, read `ids`, and give the logits of the token after them, [vocabulary]."""

    def step(self, token: int) -> Logits:
        """Read one token more and give the logits of the one after it, [vocabulary]."""


class Cached:
    """Counts what was read, for engines with a key-value cache."""

    context: int
    size: int
    _length = 0

    def start(self, ids: Sequence[int]) -> Logits:
        """Forget everything, read `ids`, and give the logits of the token after them, [vocabulary]."""
        self._length = 0
        return self._advance(ids)

    def step(self, token: int) -> Logits:
        """Read one token more and give the logits of the one after it, [vocabulary]."""
        return self._advance([token])

    def _advance(self, ids: Sequence[int]) -> Logits:
        position, self._length = self._length, self._length + len(ids)
        if self._length > self.context:
            raise InputError(f"{self._length} tokens are more than the model's context of {self.context}")
        return self._read(ids, position)

    def _read(self, ids: Sequence[int], position: int) -> Logits:
        """Logits after `ids`, which stand at `position`; 0 forgets what was read before."""
        raise NotImplementedError
