"""Cut runs of string lines into blocks: where one system ends and the next begins.

Input: the lines of a page. Output: `Block` values in reading order; whether a block is a bass's is told elsewhere.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from basstab_hf.recognise.label_runs import certainty, cut_labels
from basstab_hf.recognise.runs import Run, find_runs, shape
from basstab_hf.recognise.string_lines import NOTE_LABELS, Segment, cut_tails

NEWLINES_LOST = "newlines were lost"

_NUMBERS = list("1234567")  # string numbers for labels, the highest string first
_LONGEST_BLOCK = 7  # seven-string guitars; more lines than these are several systems
_ANNOTATION = 0.6  # an unlabelled edge line shorter than this part of its block is an annotation


@dataclass(frozen=True, slots=True)
class Block:
    """String lines that belong together; `labels` are empty where the block prints none."""

    segments: tuple[Segment, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()  # how it was put together where that was not plain
    was_cut: bool = False  # out of a run too long for one system

    @property
    def place(self) -> tuple[int, int]:
        return self.segments[0].line, self.segments[0].start


def find_blocks(lines: Sequence[str]) -> list[Block]:
    """All blocks of string lines of a page, single stray string lines included, rules between paragraphs left out."""
    runs = find_runs(lines)
    usual = _usual_size(runs)
    blocks = [block for run in runs for block in _split(run, usual)]
    if any(not block.labels for block in blocks):
        blocks.sort(key=lambda block: block.place)
        _share_labels(blocks)
    return blocks


def _share_labels(blocks: list[Block]) -> None:
    """Give systems that stand right of a labelled one its labels."""
    for place in range(1, len(blocks)):
        left, right = blocks[place - 1 : place + 1]
        beside = [a.line for a in left.segments] == [b.line for b in right.segments]
        if beside and left.labels and not right.labels:
            blocks[place] = replace(right, labels=left.labels)


def _usual_size(runs: Sequence[Run]) -> int:
    """The number of lines that the labelled blocks of a page mostly have."""
    sizes = Counter([len(run.segments) for run in runs if 4 <= len(run.segments) <= 6 and run.segments[0].label])
    return sizes.most_common(1)[0][0] if sizes else 4


def _split(run: Run, usual: int) -> Iterator[Block]:
    """Cut a run into blocks by its labels, or by the shape of its lines where it has none."""
    if run.segments[0].label:
        return _split_labelled(run.segments, run.notes)
    return _split_unlabelled(run.segments, run.notes, usual)


def _split_labelled(run: list[Segment], notes: tuple[str, ...]) -> Iterator[Block]:
    odd = [place for place, segment in enumerate(run) if segment.label not in NOTE_LABELS]
    if len(run) > 4 and odd in ([0], [len(run) - 1]):  # a line of annotation, such as P.M.|-----|
        for edge in (run[:1], run[1:]) if odd == [0] else (run[:-1], run[-1:]):
            yield from _split_labelled(edge, notes)
        return
    if [segment.label for segment in run] == _NUMBERS[: len(run)]:
        yield Block(cut_tails(tuple(run)), (), notes)
        return
    was_cut = len(run) > _LONGEST_BLOCK
    start = 0
    for labels in cut_labels(tuple([segment.label for segment in run])):
        part = cut_tails(tuple(run[start : start + len(labels)]))
        start += len(labels)
        lost = len(part) > 1 and part[0].line == part[-1].line
        yield Block(part, labels, (*notes, NEWLINES_LOST) if lost else notes, was_cut and certainty(labels) < 1)


def _split_unlabelled(run: list[Segment], notes: tuple[str, ...], usual: int) -> Iterator[Block]:
    start = 0
    for size in _even_sizes(run, usual):
        part = cut_tails(tuple(run[start : start + size]))
        yield Block(part, (), notes)
        start += size


def _even_sizes(run: list[Segment], usual: int) -> list[int]:
    """Cut unlabelled lines where the bar lines move; eight and more without such places into fours or sixes."""
    if len(run) > _LONGEST_BLOCK:
        shapes = [shape(segment) for segment in run]
        cuts = [0, *(i for i in range(1, len(run)) if shapes[i] != shapes[i - 1]), len(run)]
        groups = [after - before for before, after in itertools.pairwise(cuts)]
        if max(groups) >= 4 and all(size in (1, 2, 4, 5, 6, 7, 8, 12) for size in groups):
            return [part for size in groups for part in _parts(size, usual)]
    if 4 < len(run) <= _LONGEST_BLOCK:
        lengths = [len(segment.body) for segment in run]
        if lengths[0] < _ANNOTATION * min(lengths[1:]):
            return [1, len(run) - 1]
        if lengths[-1] < _ANNOTATION * min(lengths[:-1]):
            return [len(run) - 1, 1]
    return _parts(len(run), usual)


def _parts(size: int, usual: int) -> list[int]:
    if size <= _LONGEST_BLOCK:
        return [size]
    return next(([lines] * (size // lines) for lines in (usual, 4, 6, 5) if size % lines == 0), [size])
