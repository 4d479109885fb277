"""The three pictures of an evaluation: pieces beside baselines, metrics side by side, pitches and onsets.

Input: an `Evaluation` or parts of it. Output: PNG files.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basstab_hf.comparison import Figure as Value
from basstab_hf.errors import MissingExtraError
from basstab_hf.evaluation import HELD_OUT, MODEL, Evaluation
from basstab_hf.metrics.bars import grid_bars
from basstab_hf.metrics.histograms import PITCH_CLASSES, pitch_classes, pitch_counts, pooled
from basstab_hf.tab import Tab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Baselines with which the model is compared piece by piece.
_COMPARED = ("4-gram", "xz")
_NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
#: Places in a bar that onsets are sorted into, whatever its width: sixteenths of a bar in 4/4.
_PLACES = 16
_METRICS_PER_ROW = 4
_COLOURS = {HELD_OUT: "#2f6f9f", MODEL: "#b0413e"}


def plot_bits(evaluation: Evaluation, path: Path) -> None:
    """Bits per column of every piece under the model and under a baseline: below the line the model is better."""
    figure, axes = _figure(1, len(_COMPARED), (4.6, 4.4))
    ours = evaluation.per_piece[MODEL]
    for axis, name in zip(axes, _COMPARED, strict=True):
        theirs = evaluation.per_piece[name]
        most = 1.05 * max(*ours, *theirs)
        better = sum(a < b for a, b in zip(ours, theirs, strict=True))
        axis.plot([0, most], [0, most], color="#999999", linewidth=1)
        axis.scatter(theirs, ours, s=18, alpha=0.7, color=_COLOURS[MODEL], edgecolors="none")
        axis.set(xlim=(0, most), ylim=(0, most), aspect="equal", xlabel=name, ylabel=MODEL)
        axis.set_title(
            f"model {evaluation.bits_per_column:.2f}, {name} {evaluation.bits[name]:.2f};"
            f" better on {better} of {len(ours)}",
            fontsize=10,
        )
    figure.suptitle(f"Bits per column of each piece ({evaluation.split})")
    _save(figure, path)


def plot_metrics(figures: Mapping[str, Mapping[str, Value]], path: Path) -> None:
    """A small panel a metric: the mean of each set of tabs and its 95 % interval."""
    names = list(dict.fromkeys(name for values in figures.values() for name in values))
    rows = math.ceil(len(names) / _METRICS_PER_ROW)
    figure, axes = _figure(rows, _METRICS_PER_ROW, (2.9, 1.25))
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
    _save(figure, path)


def plot_histograms(tabs: Mapping[str, Sequence[str]], path: Path) -> None:
    """Which pitch classes are struck, and where in the bar, over all tabs of each set."""
    figure, axes = _figure(1, 2, (6, 3.4))
    read = {name: [Tab.parse(text) for text in texts] for name, texts in tabs.items()}
    pitches = {name: pooled(pitch_classes(pitch_counts(tab)) for tab in found) for name, found in read.items()}
    onsets = {name: pooled(map(onset_places, found)) for name, found in read.items()}
    _bars(axes[0], pitches, PITCH_CLASSES, "pitch class")
    axes[0].set_xticks(range(PITCH_CLASSES), _NAMES)
    _bars(axes[1], onsets, _PLACES, "place in the bar, in sixteenths of it")
    axes[1].set_xticks(range(_PLACES), [str(place + 1) for place in range(_PLACES)])
    axes[0].set_ylabel("share of notes")
    axes[0].legend()
    figure.suptitle("What is struck, and where in the bar")
    _save(figure, path)


def onset_places(tab: Tab) -> Counter[int]:
    """How often a note starts in each sixteenth of a bar, 0 to 15; bars of any width are stretched to one."""
    return Counter(column * _PLACES // bar.width for bar in grid_bars(tab) for column, _, _ in bar.notes)


def _interval(axis: Any, value: Value, height: int, colour: str) -> None:
    if not math.isnan(value.low):
        axis.plot([value.low, value.high], [height, height], color=colour, linewidth=2)
    axis.plot([value.mean], [height], "o", color=colour)


def _bars(axis: Any, counts: Mapping[str, Mapping[int, int]], bins: int, label: str) -> None:
    width = 0.8 / len(counts)
    for number, (name, found) in enumerate(counts.items()):
        total = sum(found.values()) or 1
        places = [place + (number + 0.5) * width - 0.4 for place in range(bins)]
        shares = [found.get(place, 0) / total for place in range(bins)]
        axis.bar(places, shares, width, label=f"{name} ({sum(found.values()):,} notes)", color=_COLOURS[name])
    axis.set_xlabel(label)


def _figure(rows: int, per_row: int, size: tuple[float, float]) -> tuple[Figure, list[Any]]:
    """A figure and its axes row by row; `size`: width and height of one, in inches."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot") from error
    figure = Figure(figsize=(size[0] * per_row, size[1] * rows + 0.5), layout="constrained")
    return figure, list(figure.subplots(rows, per_row, squeeze=False).flat)


def _save(figure: Figure, path: Path) -> None:
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, metadata={"Software": None})  # the same bytes from the same numbers
