"""The four pictures of a search: parallel coordinates, a slice a parameter, importance, learning curves.

Input: trials, the best first (`results.ranked`), and their scales. Output: PNGs as bytes.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from basstab_hf.printing.pictures import BLUE, GREY, RED, YELLOW, panels, png
from basstab_hf.search.importance import Importance
from basstab_hf.search.scales import ABSENT_PLACE, Scale
from basstab_hf.search.trials import FAILED, FINISHED, PRUNED, Trial, best

_BEST, _GOOD, _BAD, _GREY = RED, BLUE, YELLOW, GREY
_COLOURS = {FINISHED: _GOOD, PRUNED: _GREY, FAILED: _BAD}
_MARKS = {PRUNED: "x", FAILED: "v"}
_SLICES_PER_ROW = 4
_LOG_TICKS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_BITS = "bits per column"


def parallel_coordinates(trials: Sequence[Trial], scales: Sequence[Scale]) -> bytes:
    """A line for each trial, over an axis for each parameter and one for bits per column; the best is drawn last.

    All trials, at least one, have been evaluated; at least one scale is given.
    """
    low, high = _range(trials)
    winner = best(trials)
    figure, (axis,) = panels(1, 1, max(6.0, 1.35 * (len(scales) + 1)), 4.6)
    for trial in reversed(trials):
        height = min(1.0, (_bits(trial) - low) / (high - low))
        places = [*(scale.place(trial) for scale in scales), height]
        axis.plot(range(len(places)), places, solid_capstyle="round", **_line(trial, height, trial is winner))
    for number, scale in enumerate(scales):
        _upright(axis, number, scale.ticks())
    _upright(axis, len(scales), _bits_ticks(low, high, max(map(_bits, trials))))
    axis.set_xticks(range(len(scales) + 1), [*(scale.label for scale in scales), _BITS.replace(" ", "\n", 1)])
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    bottom = ABSENT_PLACE if any(scale.absent for scale in scales) else 0.0
    axis.set(yticks=[], xlim=(-0.3, len(scales) + 0.5), ylim=(bottom - 0.05, 1.05))
    axis.spines[:].set_visible(False)
    return png(figure)


def slices(trials: Sequence[Trial], scales: Sequence[Scale]) -> bytes:
    """A small panel for each parameter: bits per column of each trial over its value.

    All trials, at least one, have been evaluated; at least one scale is given."""
    low, high = _range(trials)
    per_row = min(_SLICES_PER_ROW, len(scales))
    rows = math.ceil(len(scales) / per_row)
    figure, axes = panels(rows, per_row, 3.0 * per_row, 2.6 * rows)
    winner = best(trials)
    for axis, scale in zip(axes, scales, strict=False):
        for trial in reversed(trials):
            at = [scale.place(trial)], [min(high, _bits(trial))]
            if trial is winner:
                axis.plot(*at, "o", color=_BEST, markersize=8)
            elif trial.state == FINISHED:
                axis.plot(*at, "o", color=_GOOD, markersize=5, alpha=0.7, markeredgewidth=0)
            else:
                axis.plot(*at, "x", color=_GREY, markersize=4, alpha=0.7)
        axis.set_xticks(*_ticks_apart(scale))
        axis.set(xlabel=scale.label.replace("\n", " "), xlim=(-0.2 if scale.absent else -0.06, 1.06))
        axis.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    for axis in axes[len(scales) :]:
        axis.set_visible(False)
    for axis in axes[::per_row]:
        axis.set_ylabel(_BITS)
    return png(figure)


def importance_bars(importances: Sequence[Importance]) -> bytes:
    """A bar for each parameter, the most important on top, with a mark at the share that chance alone may give it."""
    shown = list(reversed(importances))
    figure, (axis,) = panels(1, 1, 6.4, 0.8 + 0.38 * len(shown))
    colours = [_GOOD if one.share > one.chance else "#c5d5e0" for one in shown]
    heights = range(len(shown))
    axis.barh(heights, [one.share for one in shown], color=colours, height=0.65)
    axis.plot([one.chance for one in shown], heights, "|", color="#333333", markersize=15, markeredgewidth=2)
    ends = [max(one.share, one.chance) for one in shown]
    for height, end, one in zip(heights, ends, shown, strict=True):
        axis.annotate(f"{one.share:.0%}", (end, height), (6, 0), textcoords="offset points", va="center")
    axis.set_yticks(heights, [one.scale.label.replace("\n", " ") for one in shown])
    axis.set(xlabel="share of importance", xlim=(0, 1.12 * max(ends) or 1))
    axis.set_title("dark mark: what chance stays below, 95 times of 100", fontsize=9, loc="left")
    axis.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    return png(figure)


def learning_curves(trials: Sequence[Trial]) -> bytes:
    """Bits per column of every trial over the CPU seconds that it took; at least one trial has a figure."""
    figure, (axis,) = panels(1, 1, 8.0, 4.6)
    winner = best(trials)
    shown = [trial for trial in trials if trial.evaluations]
    named = set()
    for trial in reversed(shown):
        seconds = [evaluation.cpu_seconds for evaluation in trial.evaluations]
        bits = [evaluation.bits_per_column for evaluation in trial.evaluations]
        label = f"trial {trial.number}, the best" if trial is winner else trial.state
        style = {"color": _COLOURS.get(trial.state, _GREY), "linewidth": 1, "alpha": 0.6, "markersize": 3}
        if trial is winner:
            style = {"color": _BEST, "linewidth": 2.6, "markersize": 6, "zorder": 3}
        axis.plot(seconds, bits, marker=".", label=None if label in named else label, **style)
        if trial.state in _MARKS:
            axis.plot(seconds[-1:], bits[-1:], _MARKS[trial.state], color=_COLOURS[trial.state], markersize=5)
        named.add(label)
    _curve_limits(axis, shown)
    axis.set(xlabel="CPU seconds of the trial", ylabel=_BITS)
    axis.set_xlim(left=0)
    axis.grid(alpha=0.3)
    axis.legend(*(names[::-1] for names in axis.get_legend_handles_labels()), frameon=False)
    return png(figure)


def _bits(trial: Trial) -> float:
    return math.inf if trial.bits_per_column is None else trial.bits_per_column


def _range(trials: Sequence[Trial]) -> tuple[float, float]:
    """The lowest and highest figure to draw, of finished trials if there are some; cut at thrice their median."""
    low = min(map(_bits, trials))
    values = [_bits(trial) for trial in trials if trial.state == FINISHED]
    values = values if len(set(values)) > 1 else [_bits(trial) for trial in trials]
    middle, high = statistics.median(values), max(values)
    high = min(high, low + 3 * (middle - low)) if middle > low else high
    return low, high if high > low else low + 1e-9 + 0.01 * abs(low)


def _line(trial: Trial, height: float, is_best: bool) -> dict[str, Any]:
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    if is_best:
        return {"color": _BEST, "linewidth": 3.2, "zorder": 4}
    colour = to_hex(LinearSegmentedColormap.from_list("bits", [_GOOD, "#b9b28a", _BAD])(height))
    if trial.state == FINISHED:
        return {"color": colour, "linewidth": 1.5, "alpha": 0.85, "zorder": 2}
    return {"color": colour, "linewidth": 0.9, "alpha": 0.35, "zorder": 1}


def _upright(axis: Any, at: int, ticks: list[tuple[float, str]]) -> None:
    """An axis of the parallel coordinates; its labels stand to its right, on white, above the lines."""
    axis.plot([at, at], [0, 1], color="#333333", linewidth=1, zorder=3)
    for height, text in ticks:
        axis.plot([at, at + 0.04], [height, height], color="#333333", linewidth=1, zorder=3)
        box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6}
        axis.text(at + 0.07, height, text, va="center", fontsize=8.5, zorder=5, bbox=box)


def _bits_ticks(low: float, high: float, most: float) -> list[tuple[float, str]]:
    from matplotlib.ticker import MaxNLocator

    inside = [tick for tick in MaxNLocator(5).tick_values(low, high) if low <= tick <= high - 0.08 * (high - low)]
    beyond = [(1.0, f"≥ {high:.3g}")] if most > high else []
    return [((tick - low) / (high - low), f"{tick:.6g}") for tick in inside] + beyond


def _ticks_apart(scale: Scale) -> tuple[list[float], list[str]]:
    """Ticks whose labels do not meet beside each other."""
    places, labels = [], []
    free = -math.inf
    for position, text in scale.ticks():
        width = 0.035 * max(map(len, text.split("\n")))
        if position - width / 2 > free:
            places.append(position)
            labels.append(text)
            free = position + width / 2 + 0.03
    return places, labels


def _curve_limits(axis: Any, trials: Sequence[Trial]) -> None:
    """Logarithmic; a trial that went wild is cut off at half as much again as the median trial began with."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    every = [evaluation.bits_per_column for trial in trials for evaluation in trial.evaluations]
    wild = 1.5 * statistics.median(trial.evaluations[0].bits_per_column for trial in trials)
    low, high = 0.97 * min(every), 1.03 * min(max(every), wild)
    ticks = [tick for tick in LogLocator(subs=_LOG_TICKS).tick_values(low, high) if low <= tick <= high]
    axis.set_yscale("log")
    axis.set_yticks(ticks if len(ticks) > 2 else MaxNLocator(5).tick_values(low, high))
    axis.set_ylim(low, high)
    axis.yaxis.set_major_formatter("{x:.3g}")
    axis.minorticks_off()
