"""Tables of text for a terminal, for Markdown and for LaTeX. Input: rows of cells. Output: lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

from basstab_hf.printing.foreign import one_line
from basstab_hf.printing.markdown import plain

Form: TypeAlias = Literal["text", "markdown", "latex"]
FORMS: tuple[Form, ...] = get_args(Form)
#: Cells that are figures: an interval has brackets, which are no link.
_FIGURES = re.compile(r"[-+\d., \[\]%]*", re.ASCII)
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def table(rows: Sequence[Sequence[str]], widest: int | None = None, form: Form = "text") -> str:
    """A line a row, the first one the head: cells one below the other, two blanks between, none at the end of a line.

    All rows have as many cells; of a cell with more than `widest` characters the end is cut off, and `…` says so.
    """
    if form != "text" and rows:
        return markdown(rows) if form == "markdown" else latex(rows)
    cells = [[_cut(cell, widest) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """The same for Markdown, with a line below the head."""
    head, *others = (" | ".join(cell if _FIGURES.fullmatch(cell) else plain(cell) for cell in row) for row in rows)
    return "\n".join(f"| {row} |" for row in [head, " | ".join(["---"] * len(rows[0])), *others])


def latex(rows: Sequence[Sequence[str]]) -> str:
    """The same as a `tabular` of LaTeX, with the lines of the package booktabs."""
    head, *others = (" & ".join(map(_escaped, row)) + r" \\" for row in rows)
    begin, end = rf"\begin{{tabular}}{{{'l' * len(rows[0])}}}", r"\end{tabular}"
    return "\n".join([begin, r"\toprule", head, r"\midrule", *others, r"\bottomrule", end])


def _escaped(cell: str) -> str:
    return re.sub(r"[\\~^&%$#_{}]", lambda sign: _LATEX.get(sign[0], f"\\{sign[0]}"), one_line(cell))


def _cut(cell: str, widest: int | None) -> str:
    return cell if widest is None or len(cell) <= widest else f"{cell[: widest - 1]}…"
