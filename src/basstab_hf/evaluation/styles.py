"""In which style a tab sounds: a classifier that learns from composed songs what each style does.

Input: the bars of a tab. Output: the likeliest style. Softmax regression on what a listener goes by: where in the bar
notes begin, where they go, how high, how many, dead notes and techniques; of keys and grids it knows nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from basstab_hf.composer import compose, style_names
from basstab_hf.composer.articulation import PlayedBar
from basstab_hf.composer.line import DEAD
from basstab_hf.composer.style import style as read_style
from basstab_hf.tab.timing import stroke_bars
from basstab_hf.tab.values import Tab

#: Songs of each style that are learnt from, and bars of a piece of them.
SONGS, BARS = 100, 8
#: A note: where in its bar from 0 to 1, its pitch (None: dead), whether a hammer-on, pull-off or slide leads to it.
_Heard: TypeAlias = tuple[float, int | None, bool]
_PLACES = (16, 12)  # steps of a bar that notes are counted on
_INTERVALS = 13  # semitones up or down that are told apart, the last with all further ones
_SEED = 11
_STEPS, _RATE, _DECAY = 400, 0.5, 1e-3

Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class StyleEar:
    """A classifier: weights [features, styles] over features that are centred and scaled."""

    names: tuple[str, ...]
    mean: Numbers
    scale: Numbers
    weights: Numbers
    bias: Numbers

    def likeliest(self, tab: Tab, columns_per_beat: float) -> str:
        """The style that a tab sounds most like."""
        row = (features(bars_of(tab, columns_per_beat)) - self.mean) / self.scale
        return self.names[int(np.argmax(row @ self.weights + self.bias))]

    def share_right(self, rows: Numbers, labels: NDArray[np.int64]) -> float:
        """Share of the rows of features that are taken for the style of their label."""
        found = np.argmax((rows - self.mean) / self.scale @ self.weights + self.bias, axis=1)
        return float((found == labels).mean())


@functools.cache
def trained() -> StyleEar:
    """The classifier, trained on songs of one seed: some seconds."""
    rows, labels = examples(_SEED, SONGS)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-2
    inputs = (rows - mean) / scale
    names = style_names()
    wanted = np.eye(len(names))[labels]
    weights, bias = np.zeros((rows.shape[1], len(names))), np.zeros(len(names))
    for _ in range(_STEPS):
        wrong = _softmax(inputs @ weights + bias) - wanted
        weights -= _RATE * (inputs.T @ wrong / len(inputs) + _DECAY * weights)
        bias -= _RATE * wrong.mean(axis=0)
    return StyleEar(names, mean, scale, weights, bias)


def examples(seed: int, songs: int) -> tuple[Numbers, NDArray[np.int64]]:
    """Rows of features, and the number of their style: a piece of `BARS` bars of each of so many songs a style."""
    rows, labels = [], []
    for label, name in enumerate(style_names()):
        steps = read_style(name).steps
        for number in range(songs):
            song = compose(seed, number, name)
            pitches = song.tab.tuning.pitches
            bars = [_composed(bar, steps, pitches) for line in song.lines for bar in line.bars]
            sounding = [bar for bar in bars if bar]
            start = (7 * number) % max(len(sounding) - BARS, 1)
            rows.append(features(sounding[start : start + BARS]))
            labels.append(label)
    return np.array(rows), np.array(labels)


def _composed(bar: PlayedBar, steps: int, pitches: Sequence[int]) -> list[_Heard]:
    return [
        (note.step / steps, None if note.fret == DEAD else pitches[note.string - 1] + note.fret, bool(note.before))
        for note in bar
    ]


def bars_of(tab: Tab, columns_per_beat: float) -> list[list[_Heard]]:
    """What is heard of each bar of a tab."""
    return [
        [
            (
                float(stroke.column) / float(bar.width),
                None if stroke.fret is None else stroke.pitch,
                bool(stroke.before),
            )
            for stroke in bar.strokes
        ]
        for of_system in stroke_bars(tab, (), columns_per_beat)
        for bar in of_system
    ]


def features(bars: Sequence[Sequence[_Heard]]) -> Numbers:
    """What a listener goes by, as numbers."""
    return np.concatenate([*_rhythm(bars), *_motion(bars)])


def _rhythm(bars: Sequence[Sequence[_Heard]]) -> Iterator[Numbers]:
    """Shares of the bars with a note at each place; notes a bar, dead ones, ones that marks lead to."""
    n_bars = max(len(bars), 1)
    for places in _PLACES:
        counts = np.zeros(places)
        for bar in bars:
            on = {round(place * places) for place, _, _ in bar if abs(place * places - round(place * places)) < 0.05}
            counts[[place for place in on if place < places]] += 1
        yield counts / n_bars
    notes = [note for bar in bars for note in bar]
    n_notes = max(len(notes), 1)
    dead, led = sum(pitch is None for _, pitch, _ in notes), sum(led for _, _, led in notes)
    yield np.array([len(notes) / n_bars, 4 * dead / n_notes, 4 * led / n_notes])


def _motion(bars: Sequence[Sequence[_Heard]]) -> Iterator[Numbers]:
    """Shares of moves between notes, up and down, and of heights over the first note of the bar; how low it all is."""
    line = [pitch for bar in bars for _, pitch, _ in bar if pitch is not None]
    moves = np.diff(np.array(line or [0]))
    n_moves = max(len(moves), 1)
    for direction in (1, -1):
        sizes = np.minimum(moves[moves * direction > 0] * direction, _INTERVALS)
        yield np.bincount(sizes, minlength=_INTERVALS + 1) / n_moves
    over = []
    for bar in bars:
        pitches = [pitch for _, pitch, _ in bar if pitch is not None]
        over += [(pitch - pitches[0]) % 12 for pitch in pitches[1:]]
    yield np.bincount(over, minlength=12) / max(len(over), 1)
    yield np.array([(moves == 0).sum() / n_moves, (np.mean(line) - min(line)) / 12 if line else 0.0])


def _softmax(scores: Numbers) -> Numbers:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return found
