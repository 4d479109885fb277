"""Pictures of figures, through matplotlib: axes to draw on, and a PNG of them. Without pyplot, which keeps state."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from basstab_hf.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Two things beside each other, and what stands out between or behind them.
BLUE, RED, YELLOW, GREY = "#2f6f9f", "#b0413e", "#e0a030", "#999999"
_DPI = 110


def panels(rows: int, per_row: int, width: float, height: float) -> tuple[Figure, list[Any]]:
    """A figure of `width` by `height` inches and its axes, row by row.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot") from error
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(rows, per_row, squeeze=False).flat)


def png(figure: Figure) -> bytes:
    """A figure without frames on top and right; the same bytes from the same numbers."""
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
    return out.getvalue()
