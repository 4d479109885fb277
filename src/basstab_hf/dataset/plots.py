"""The two pictures of the dataset card: how long pieces are, and in which tunings and techniques."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

#: Tunings and techniques shown at most.
_MOST_BARS = 12
_COLOURS = {"train": "#2f6f9f", "validation": "#e0a030", "test": "#b0413e"}


def plot_lengths(lengths: dict[str, Counter[int]], path: Path) -> None:
    """Histogram of pieces by bars (logarithmic), one colour a split."""
    figure, axes = _figure(1)
    every = [bars for counts in lengths.values() for bars in counts]
    edges = sorted({round(2 ** (step / 2)) for step in range(2, 2 * max(every).bit_length() + 2)})
    shown = {split: counts for split, counts in lengths.items() if counts}
    axes[0].hist(
        [list(counts) for counts in shown.values()],
        bins=edges,
        weights=[list(counts.values()) for counts in shown.values()],
        stacked=True,
        label=[f"{split} ({counts.total():,})" for split, counts in shown.items()],
        color=[_COLOURS[split] for split in shown],
    )
    axes[0].set(xscale="log", xlabel="bars in a piece", ylabel="pieces", title="Length of pieces")
    axes[0].set_xticks(ticks := [2**power for power in range(1, max(every).bit_length() + 1)], map(str, ticks))
    axes[0].minorticks_off()
    axes[0].legend()
    _save(figure, path)


def plot_contents(tunings: Counter[str], techniques: Counter[str], path: Path) -> None:
    """Pieces by tuning, and pieces in which a technique is written."""
    figure, axes = _figure(2)
    for axis, counts, title in zip(axes, (tunings, techniques), ("Tuning", "Techniques written"), strict=True):
        shown = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_BARS][::-1]
        bars = axis.barh([name for name, _ in shown], [count for _, count in shown], color=_COLOURS["train"])
        axis.bar_label(bars, padding=3)
        axis.set(xlabel="pieces", title=title)
        axis.margins(x=0.15)
        if not shown:
            axis.text(0.5, 0.5, "none", ha="center", va="center", transform=axis.transAxes)
            axis.set(xticks=[], yticks=[])
    _save(figure, path)


def _figure(n_axes: int) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * n_axes + 1, 3.5), layout="constrained")
    found = figure.subplots(1, n_axes, squeeze=False)
    return figure, list(found[0])


def _save(figure: Any, path: Path) -> None:
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, metadata={"Software": None})  # the same bytes from the same numbers
