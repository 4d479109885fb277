"""The three pictures of an evaluation: pieces beside baselines, metrics side by side, pitches and onsets.

Input: an `Evaluation` or parts of it. Output: PNG files.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from basstab_hf.evaluation.baselines import COMPARED
from basstab_hf.evaluation.evaluation import HELD_OUT, MODEL, Evaluation
from basstab_hf.metrics.bars import grid_bars
from basstab_hf.metrics.comparison import Figure as Value
from basstab_hf.metrics.histograms import PITCH_CLASSES, pitch_classes, pitch_counts, pooled
from basstab_hf.printing.pictures import BLUE, GREY, RED, panels, png
from basstab_hf.tab.marks import KEY_NAMES
from basstab_hf.tab.values import Tab

#: Places in a bar that onsets are sorted into, whatever its width: sixteenths of a bar in 4/4.
_PLACES = 16
_METRICS_PER_ROW = 4
_COLOURS = {HELD_OUT: BLUE, MODEL: RED}


def plot_bits(evaluation: Evaluation, path: Path) -> None:
    """Bits per column of every piece under the model and under a baseline: below the line the model is better."""
    figure, axes = panels(1, len(COMPARED), 4.6 * len(COMPARED), 4.9)
    ours = evaluation.per_piece[MODEL]
    for axis, name in zip(axes, COMPARED, strict=True):
        theirs = evaluation.per_piece[name]
        most = 1.05 * max(*ours, *theirs)
        better = sum(a < b for a, b in zip(ours, theirs, strict=True))
        axis.plot([0, most], [0, most], color=GREY, linewidth=1)
        axis.scatter(theirs, ours, s=18, alpha=0.7, color=_COLOURS[MODEL], edgecolors="none")
        axis.set(xlim=(0, most), ylim=(0, most), aspect="equal", xlabel=name, ylabel=MODEL)
        axis.set_title(
            f"model {evaluation.bits_per_column:.2f}, {name} {evaluation.bits[name]:.2f};"
            f" better on {better} of {len(ours)}",
            fontsize=10,
        )
    figure.suptitle(f"Bits per column of each piece ({evaluation.split})")
    path.write_bytes(png(figure))


def plot_metrics(figures: Mapping[str, Mapping[str, Value]], path: Path) -> None:
    """A small panel for each metric: the mean of each set of tabs and its 95 % interval."""
    names = list(dict.fromkeys(name for values in figures.values() for name in values))
    rows = math.ceil(len(names) / _METRICS_PER_ROW)
    figure, axes = panels(rows, _METRICS_PER_ROW, 2.9 * _METRICS_PER_ROW, 1.25 * rows + 0.5)
    for axis, name in zip(axes, names, strict=False):
        for height, (tabs, values) in enumerate(reversed(list(figures.items()))):
            if name in values:
                _interval(axis, values[name], height, _COLOURS[tabs])
        axis.set_yticks(range(len(figures)), list(figures)[::-1])
        axis.set_ylim(-0.7, len(figures) - 0.3)
        axis.set_title(name.replace("_", " "), fontsize=10)
        axis.margins(x=0.15)
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    figure.suptitle("The model's tabs beside held-out ones: means and 95 % intervals")
    path.write_bytes(png(figure))


def plot_histograms(tabs: Mapping[str, Sequence[str]], path: Path) -> None:
    """Which pitch classes are struck, and where in the bar, over all tabs of each set."""
    figure, axes = panels(1, 2, 12, 3.9)
    read = {name: [Tab.parse(text) for text in texts] for name, texts in tabs.items()}
    pitches = {name: pooled(pitch_classes(pitch_counts(tab)) for tab in one_set) for name, one_set in read.items()}
    onsets = {name: pooled(map(onset_places, one_set)) for name, one_set in read.items()}
    _bars(axes[0], pitches, PITCH_CLASSES, "pitch class")
    axes[0].set_xticks(range(PITCH_CLASSES), KEY_NAMES)
    _bars(axes[1], onsets, _PLACES, "place in the bar, in sixteenths of it")
    axes[1].set_xticks(range(_PLACES), [str(place + 1) for place in range(_PLACES)])
    axes[0].set_ylabel("share of notes")
    axes[0].legend()
    figure.suptitle("What is struck, and where in the bar")
    path.write_bytes(png(figure))


def onset_places(tab: Tab) -> Counter[int]:
    """How often a note starts in each sixteenth of a bar, 0 to 15; bars of any width are stretched to one."""
    return Counter(column * _PLACES // bar.width for bar in grid_bars(tab) for column, _, _ in bar.notes)


def _interval(axis: Any, value: Value, height: int, colour: str) -> None:
    if not math.isnan(value.low):
        axis.plot([value.low, value.high], [height, height], color=colour, linewidth=2)
    axis.plot([value.mean], [height], "o", color=colour)


def _bars(axis: Any, counts: Mapping[str, Mapping[int, int]], bins: int, label: str) -> None:
    width = 0.8 / len(counts)
    for number, (name, counted) in enumerate(counts.items()):
        total = sum(counted.values()) or 1
        places = [place + (number + 0.5) * width - 0.4 for place in range(bins)]
        shares = [counted.get(place, 0) / total for place in range(bins)]
        axis.bar(places, shares, width, label=f"{name} ({sum(counted.values()):,} notes)", color=_COLOURS[name])
    axis.set_xlabel(label)
