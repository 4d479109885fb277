"""The two pictures of the dataset card: how long pieces are, and in which tunings and techniques."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from basstab_hf.printing.pictures import BLUE, RED, YELLOW, panels, png

#: Tunings and techniques shown at most.
_MOST_BARS = 12
_COLOURS = {"train": BLUE, "validation": YELLOW, "test": RED}


def plot_lengths(lengths: dict[str, Counter[int]], path: Path) -> None:
    """Histogram of pieces by bars (logarithmic), one colour a split."""
    figure, axes = panels(1, 1, 6, 3.5)
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
    path.write_bytes(png(figure))


def plot_contents(tunings: Counter[str], techniques: Counter[str], path: Path) -> None:
    """Pieces by tuning, and pieces in which a technique is written."""
    figure, axes = panels(1, 2, 11, 3.5)
    for axis, counts, title in zip(axes, (tunings, techniques), ("Tuning", "Techniques written"), strict=True):
        shown = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_BARS][::-1]
        bars = axis.barh([name for name, _ in shown], [count for _, count in shown], color=_COLOURS["train"])
        axis.bar_label(bars, padding=3)
        axis.set(xlabel="pieces", title=title)
        axis.margins(x=0.15)
        if not shown:
            axis.text(0.5, 0.5, "none", ha="center", va="center", transform=axis.transAxes)
            axis.set(xticks=[], yticks=[])
    path.write_bytes(png(figure))
