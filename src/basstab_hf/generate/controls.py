"""Controls: what pushes the next token one way or another, on every engine alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from basstab_hf.generate.so_far import SoFar

Bias = NDArray[np.float32]


class Control(Protocol):
    """A pure function of the tab so far. It may remember what it computed; it must not depend on that."""

    def bias(self, so_far: SoFar) -> Bias | None:
        """Added to the log-probabilities of the next token, [vocabulary], -inf forbids; None: nothing to say.

        The array belongs to the control: nobody writes into it.
        """


def total_bias(controls: Sequence[Control], so_far: SoFar) -> Bias | None:
    """The sum of what the controls say; None where none says anything."""
    said = [bias for control in controls if (bias := control.bias(so_far)) is not None]
    if len(said) < 2:
        return said[0] if said else None
    total: Bias = np.sum(said, axis=0, dtype=np.float32)
    return total
