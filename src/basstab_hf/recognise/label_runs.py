"""Cut a run of labels, one a string line, into the labels of successive systems.

Input: "G D A E G D A E". Output: "G D A E", "G D A E". Up to seven labels are one block; more are cut so that as many
lines as possible stand in blocks whose labels are a tuning.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from basstab_hf.recognise.instruments import USUAL, read_labels
from basstab_hf.recognise.note_names import NOTE_LABELS

_LONGEST_BLOCK = 7
_COST = 0.2  # of a block, in lines, so that fewer and larger blocks win
_UNSURE = 0.3


def cut_labels(labels: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The labels of each block in turn."""
    if len(labels) <= _LONGEST_BLOCK or len(set(labels)) == 1:
        yield labels
        return
    period = next((n for n in USUAL if labels[n:] == labels[:-n] and certainty(labels[:n]) == 1), 0)
    start = 0
    for size in [period] * (len(labels) // period) if period and len(labels) % period == 0 else _best_sizes(labels):
        yield labels[start : start + size]
        start += size


@lru_cache(maxsize=4096)
def is_whole(labels: tuple[str, ...]) -> bool:
    """Whether labels are those of whole instruments one after another; lines with other names are left as they are."""
    if not all(label in NOTE_LABELS for label in labels):
        return True
    return len(labels) >= 4 and all(certainty(part) == 1 for part in cut_labels(labels))


@lru_cache(maxsize=4096)
def certainty(labels: tuple[str, ...]) -> float:
    """How surely labels are those of one whole instrument: 1 for a tuning, less for one that has to be mended."""
    if len(labels) not in USUAL or not all(label in NOTE_LABELS for label in labels):
        return _UNSURE
    reading = read_labels(labels, USUAL[len(labels)])
    if reading.tuning is None:
        return 1.0 if reading.guitar and reading.certainty > 0.9 else _UNSURE
    if reading.certainty < 0.9:
        return _UNSURE
    return 0.7 if reading.repair or reading.certainty < 0.95 else 1.0


def _best_sizes(labels: tuple[str, ...]) -> list[int]:
    """Sizes of the blocks that are worth most together, by dynamic programming over the lines."""
    best: list[tuple[float, int]] = [(0.0, 0)]  # worth of the first i labels, and the size of the last block
    for end in range(1, len(labels) + 1):
        sizes = range(1, min(_LONGEST_BLOCK, end) + 1)
        best.append(max([(best[end - size][0] + _worth(labels[end - size : end]), size) for size in sizes]))
    sizes_found = []
    end = len(labels)
    while end:
        sizes_found.append(best[end][1])
        end -= sizes_found[-1]
    return sizes_found[::-1]


def _worth(labels: tuple[str, ...]) -> float:
    if len(labels) not in USUAL:
        return 0.1 * len(labels) - 0.5
    return len(labels) * certainty(labels) - _COST
