"""Stack string lines into blocks: lines that stand under each other, cut where one system ends and the next begins.

Input: the lines of a page. Output: `Block` values in reading order; whether a block is a bass's is told elsewhere.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from basstab_hf.instruments import USUAL, read_labels
from basstab_hf.string_lines import NOTE_LABELS, Segment, find_segments, right_label

_NEAR = 3  # columns that a string line may start off the one above: labels differ in width
_LONGEST_BLOCK = 7  # seven-string guitars; more lines than these are several systems
_ANNOTATION = 0.6  # an unlabelled edge line shorter than this part of its block is an annotation


@dataclass(frozen=True, slots=True)
class Block:
    """String lines that belong together; `labels` are empty where the block prints none."""

    segments: tuple[Segment, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()  # how it was put together where that was not plain

    @property
    def place(self) -> tuple[int, int]:
        return self.segments[0].line, self.segments[0].start


def find_blocks(lines: Sequence[str]) -> list[Block]:
    """All blocks of string lines of a page, single stray string lines included."""
    runs = _rejoin(list(_runs(lines)), lines)
    blocks = [block for run in runs for block in _split(run)]
    return sorted(blocks, key=lambda block: block.place)


def _runs(lines: Sequence[str]) -> Iterator[list[Segment]]:
    """Segments in successive text lines at about the same column."""
    open_runs: list[list[Segment]] = []
    for index, line in enumerate(lines):
        found = find_segments(index, line) if len(line) > 2 else ()
        if len(found) == 1 and len(open_runs) == 1:
            run = open_runs[0]
            if -_NEAR <= found[0].column - run[-1].column <= _NEAR:
                run.append(found[0])
                continue
        if not found:
            yield from open_runs
            open_runs = []
        elif len(found) > 2 and len({segment.label for segment in found}) > 2:
            yield from (*open_runs, *_flattened(found))
            open_runs = []
        else:
            still_open = _continue(open_runs, found)
            yield from (run for run in open_runs if not any(run is other for other in still_open))
            open_runs = still_open
    yield from open_runs


def _continue(open_runs: list[list[Segment]], found: Iterable[Segment]) -> list[list[Segment]]:
    """Put each segment under the run nearest in column, or start a run with it."""
    waiting = list(open_runs)
    result = []
    for segment in found:
        nearest = min(waiting, key=lambda run: abs(run[-1].column - segment.column), default=None)
        if nearest is not None and abs(nearest[-1].column - segment.column) <= _NEAR:
            nearest.append(segment)
            waiting = [run for run in waiting if run is not nearest]
            result.append(nearest)
        else:
            result.append([segment])
    return result


def _flattened(found: Sequence[Segment]) -> Iterator[list[Segment]]:
    """A text line with several labels in turn: the newlines of a system, or of several, were lost."""
    yield list(found)


def _rejoin(runs: list[list[Segment]], lines: Sequence[str]) -> list[list[Segment]]:
    """Join runs across single blank lines where only together they are whole systems, as in double spacing."""
    runs.sort(key=lambda run: (run[0].line, run[0].start))
    result: list[list[Segment]] = []
    place = 0
    while place < len(runs):
        run = runs[place]
        place += 1
        if not _is_whole(run):
            joined = list(run)
            for count, part in enumerate(itertools.takewhile(_follows(joined, lines), runs[place : place + 8]), 1):
                joined += part
                if _is_whole(joined):
                    run, place = joined, place + count
                    break
        result.append(run)
    return result


def _follows(run: list[Segment], lines: Sequence[str]) -> Callable[[list[Segment]], bool]:
    def follows(part: list[Segment]) -> bool:
        first, last = part[0], run[-1]
        near = first.line - last.line == 2 and abs(first.column - last.column) <= _NEAR
        return near and not lines[first.line - 1].strip() and bool(first.label) == bool(last.label)

    return follows


def _is_whole(run: list[Segment]) -> bool:
    """Whether a run may be whole systems: by its labels, without any by its number of lines."""
    labels = tuple(segment.label for segment in run)
    if not all(label in NOTE_LABELS for label in labels):
        return len(run) >= 4 or any(labels)
    return len(run) >= 4 and all(_certainty(part) > 0.95 for part in _cut_labels(labels))


@lru_cache(maxsize=1024)
def _certainty(labels: tuple[str, ...]) -> float:
    """How surely labels are those of one whole instrument: 1 for a tuning, less for one that has to be mended."""
    if len(labels) not in USUAL or not all(label in NOTE_LABELS for label in labels):
        return 0.3
    reading = read_labels(labels, USUAL[len(labels)])
    if reading.tuning is None:
        return 1.0 if reading.guitar and reading.certainty > 0.9 else 0.3
    return 0.7 if reading.repair else reading.certainty


def _cut_labels(labels: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    start = 0
    for size in _sizes(labels):
        yield labels[start : start + size]
        start += size


def _split(run: list[Segment]) -> Iterator[Block]:
    """Cut a run into blocks by its labels, or by the shape of its lines where it has none."""
    labelled = [bool(segment.label) for segment in run]
    if all(labelled):
        yield from _split_labelled(run)
        return
    if not any(labelled):
        yield from _split_unlabelled(run)
        return
    wrapped = _unwrap(run)
    if wrapped is not None:
        for block in _split_labelled(wrapped):
            yield Block(block.segments, block.labels, (*block.notes, "joined string lines that were wrapped"))
        return
    for has_label, part in itertools.groupby(run, key=lambda segment: bool(segment.label)):
        split = _split_labelled if has_label else _split_unlabelled
        yield from split(list(part))


def _unwrap(run: list[Segment]) -> list[Segment] | None:
    """Join each labelled line with the unlabelled ones below it, equally many for all: wrapped by a mail program."""
    groups: list[list[Segment]] = []
    for segment in run:
        if segment.label:
            groups.append([segment])
        elif not groups:
            return None
        else:
            groups[-1].append(segment)
    if len(groups) < 4 or len({*map(len, groups)}) != 1 or not all(part.is_open for part, *_ in groups):
        return None
    return [
        first._replace(body="".join([first.body, *(part.body for part in rest)]), tail=([first, *rest])[-1].tail)
        for first, *rest in groups
    ]


def _split_labelled(run: list[Segment]) -> Iterator[Block]:
    odd = [place for place, segment in enumerate(run) if segment.label not in NOTE_LABELS]
    if len(run) > 4 and odd in ([0], [len(run) - 1]):  # a line of annotation, such as P.M.|-----|
        for edge in (run[:1], run[1:]) if odd == [0] else (run[:-1], run[-1:]):
            yield from _split_labelled(edge)
        return
    start = 0
    for size in _sizes(tuple(segment.label for segment in run)):
        part = tuple(run[start : start + size])
        notes = ("newlines were lost",) if size > 1 and part[0].line == part[-1].line else ()
        yield Block(part, tuple(segment.label for segment in part), notes)
        start += size


def _sizes(labels: tuple[str, ...]) -> tuple[int, ...]:
    """Numbers of lines of the successive systems in a run of labels.

    Up to seven lines are one block. More are cut so that most lines are in blocks whose labels are a tuning.
    """
    if len(labels) <= _LONGEST_BLOCK:
        return (len(labels),)
    best: list[tuple[float, int]] = [(0.0, 0)]  # best score of the first i labels, and the size of the last block
    for end in range(1, len(labels) + 1):
        options = [
            (best[end - size][0] + _worth(labels[end - size : end]), size)
            for size in range(1, min(_LONGEST_BLOCK, end) + 1)
        ]
        best.append(max(options))
    sizes = []
    end = len(labels)
    while end:
        sizes.append(best[end][1])
        end -= sizes[-1]
    return tuple(reversed(sizes))


def _worth(labels: tuple[str, ...]) -> float:
    """How much the lines of a block count: those of a known tuning in full, odd lots little."""
    if len(labels) not in USUAL:
        return 0.1 * len(labels) - 0.5
    return len(labels) * _certainty(labels) - 0.2


def _split_unlabelled(run: list[Segment]) -> Iterator[Block]:
    start = 0
    for size in _even_sizes(run):
        part = tuple(run[start : start + size])
        right = tuple(map(right_label, part))
        yield Block(part, right if all(right) and size > 1 else ())
        start += size


def _even_sizes(run: list[Segment]) -> list[int]:
    """Cut unlabelled lines where the bar lines move; eight and more without such places into fours or sixes."""
    shapes = [_shape(segment) for segment in run]
    cuts = [0, *(i for i in range(1, len(run)) if shapes[i] != shapes[i - 1]), len(run)]
    groups = [after - before for before, after in itertools.pairwise(cuts)]
    if len(run) > _LONGEST_BLOCK and all(size in (1, 2, *USUAL, 7, 8, 12) for size in groups) and max(groups) >= 4:
        return [part for size in groups for part in _parts(size)]
    if len(run) == 5:
        lengths = [len(segment.body) for segment in run]
        if lengths[0] < _ANNOTATION * min(lengths[1:]):
            return [1, 4]
        if lengths[-1] < _ANNOTATION * min(lengths[:-1]):
            return [4, 1]
    return _parts(len(run))


def _parts(size: int) -> list[int]:
    if size <= _LONGEST_BLOCK:
        return [size]
    for lines in (4, 6, 5):
        if size % lines == 0:
            return [lines] * (size // lines)
    return [size]


def _shape(segment: Segment) -> tuple[int, ...]:
    """Where the bar lines stand; without any inner ones, how long the line is."""
    bars = tuple(match.start() for match in itertools.islice(re.finditer(r"\|", segment.body), 64))
    return bars or (len(segment.body),)


def usual_size(blocks: Iterable[Block]) -> int:
    """The number of lines that the labelled blocks of a page mostly have."""
    sizes = Counter(len(block.labels) for block in blocks if len(block.labels) in USUAL)
    return sizes.most_common(1)[0][0] if sizes else 4
