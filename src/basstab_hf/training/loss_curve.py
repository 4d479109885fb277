"""The loss-curve picture: training and validation loss over steps, log scale, as the seed draws it.

Beside it stands the same in bits per column, which compares with every other model.

Input: the Trainer's log history. Output: a PNG file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from basstab_hf.printing.pictures import panels, png

_CURVES = {"eval_train": "training", "eval_validation": "validation"}
_PANELS = {"loss": "loss (nats per token)", "bits_per_column": "bits per column"}


def draw_loss_curve(log_history: list[dict[str, Any]], path: Path) -> None:
    """Draw both curves.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    figure, both = panels(1, len(_PANELS), 10, 4.2)
    for axes, (name, label) in zip(both, _PANELS.items(), strict=True):
        for curve, what in _CURVES.items():
            points = [(entry["step"], value) for entry in log_history if (value := entry.get(f"{curve}_{name}"))]
            if points:
                axes.plot(*zip(*points, strict=True), marker=".", label=what)
        axes.set(xlabel="step", ylabel=label, yscale="log")
        axes.yaxis.set_major_formatter("{x:.3g}")
        axes.yaxis.set_minor_formatter("{x:.3g}")
        axes.grid(alpha=0.3, which="both")
        if axes.lines:
            axes.legend()
    figure.suptitle("Loss during training")
    path.write_bytes(png(figure))
