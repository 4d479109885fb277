"""Typographic dashes: a word processor makes one — of three typed dashes and one – of two, and the columns move.

Input: the string lines of a system as printed, with — and – in them. Output: the lines with as many `-` for each as
makes them equally long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EM, EN = "\u2014", "\u2013"
# Columns of — and –: as typed first, then what Word and its like replace.
_WIDTHS = ((1, 1), (3, 2), (2, 1), (2, 2), (3, 1), (4, 2), (1, 2))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Lines without typographic dashes, what was done, and whether their columns stand under each other now."""

    lines: tuple[str, ...]
    note: str = ""
    is_sure: bool = True


def draw_out(lines: Sequence[str]) -> Drawn:
    """Lines with each — and – at its width; where no width makes them equal, one column each, and unsure."""
    kinds = {sign for sign in (EM, EN) if any(sign in line for line in lines)}
    for em, en in _WIDTHS:
        drawn = tuple(line.replace(EM, "-" * em).replace(EN, "-" * en) for line in lines)
        if len({*map(len, drawn)}) == 1:
            wide = [f"{sign} as {width}" for sign, width in ((EM, em), (EN, en)) if sign in kinds and width > 1]
            return Drawn(drawn, f"dashes read as more than one column: {', '.join(wide)}" if wide else "")
    drawn = tuple(line.replace(EM, "-").replace(EN, "-") for line in lines)
    if len(kinds) == 1 and not any("-" in line for line in lines):
        return Drawn(drawn)
    return Drawn(drawn, "dashes of unequal width: which notes sound together is not sure", is_sure=False)
