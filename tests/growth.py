"""How the work grows with what it is given: asked of the machine itself, so that a busy or slow one changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

#: CPU seconds below which clocks say nothing of growth.
SHORTEST = 0.03


def in_proportion(work: Callable[[int], object], size: int, margin: float = 2.25) -> bool:
    """Whether 4 x `size` costs less than 4 x `margin` what `size` does in CPU time; one quadratic step costs 16 x.

    The first of three tries that says so is believed: what disturbs a measurement makes it longer, not shorter.
    `work` takes a size and should prepare nothing that takes long beside what is measured.
    """
    return any(_seconds(work, size * 4) < 4 * margin * max(_seconds(work, size), SHORTEST) for _ in range(3))


def _seconds(work: Callable[[int], object], size: int) -> float:
    start = time.process_time()
    work(size)
    return time.process_time() - start
