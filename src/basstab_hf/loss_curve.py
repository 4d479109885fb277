"""The loss-curve picture: training and validation loss over steps, log scale, as the seed draws it.

Input: the Trainer's log history. Output: a PNG file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from basstab_hf.errors import MissingExtraError

_CURVES = {"eval_train_loss": "training", "eval_validation_loss": "validation"}


def draw_loss_curve(log_history: list[dict[str, Any]], path: Path) -> None:
    """Draw both curves.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot") from error
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for name, label in _CURVES.items():
        points = [(entry["step"], entry[name]) for entry in log_history if name in entry]
        if points:
            axes.plot(*zip(*points, strict=True), marker=".", label=label)
    axes.set(xlabel="step", ylabel="loss (nats per token)", yscale="log", title="Loss during training")
    axes.yaxis.set_major_formatter("{x:.2g}")
    axes.yaxis.set_minor_formatter("{x:.2g}")
    axes.grid(alpha=0.3, which="both")
    if axes.lines:
        axes.legend()
    figure.savefig(path, dpi=120)
