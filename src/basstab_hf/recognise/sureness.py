"""How surely a system is exact by how its lines were put together.

Input: a block, and how surely its tuning is right. Output: the lower one of the two chances.
"""

from __future__ import annotations

from basstab_hf.recognise.blocks import NEWLINES_LOST, Block
from basstab_hf.recognise.placing import WORDS_INSIDE
from basstab_hf.recognise.runs import JOINED_APART, JOINED_WRAPPED

#: Chances that a system put together so is exact.
_PUT_TOGETHER = {JOINED_APART: 0.93, JOINED_WRAPPED: 0.92, NEWLINES_LOST: 0.96, WORDS_INSIDE: 0.9}
_UNEQUAL = 0.97
_RAGGED = 0.85  # lines differ by more than a quarter


def as_put_together(block: Block, certainty: float) -> float:
    """The certainty, lower where lines differ in length or stood apart."""
    length = len(block.segments[0].body)
    if any(len(segment.body) != length for segment in block.segments):
        lengths = [len(segment.body) for segment in block.segments]
        certainty = min(certainty, _RAGGED if 4 * min(lengths) < 3 * max(lengths) else _UNEQUAL)
    for note in block.notes:
        certainty = min(certainty, _PUT_TOGETHER[note])
    return certainty
