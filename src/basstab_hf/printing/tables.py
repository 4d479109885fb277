"""Tables of text for a terminal. Input: rows of cells. Output: lines."""

from __future__ import annotations

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]], widest: int | None = None) -> str:
    """A line a row, the first one the head: cells one below the other, two blanks between, none at the end of a line.

    All rows have as many cells; of a cell with more than `widest` characters the end is cut off, and `…` says so.
    """
    cells = [[_cut(cell, widest) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def _cut(cell: str, widest: int | None) -> str:
    return cell if widest is None or len(cell) <= widest else f"{cell[: widest - 1]}…"
