"""Stack string lines into blocks: lines that stand under each other, cut where one system ends and the next begins.

Input: the lines of a page. Output: `Block` values in reading order; whether a block is a bass's is told elsewhere.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from basstab_hf.recognise.label_runs import certainty, cut_labels, is_whole
from basstab_hf.recognise.string_lines import NOTE_LABELS, Segment, cut_tails, find_segments, right_label

JOINED_APART = "joined string lines with other lines between"
JOINED_WRAPPED = "joined string lines that were wrapped"
NEWLINES_LOST = "newlines were lost"

_NEAR = 3  # columns that a string line may start off the one above: labels differ in width
_NEAR_SIDE = 12  # the same for systems side by side, whose left neighbours may be unequal
_BAR = re.compile(r"\|")
_NUMBERS = list("1234567")  # string numbers for labels, the highest string first
_LONGEST_BLOCK = 7  # seven-string guitars; more lines than these are several systems
_MOST_JOINED = 11  # runs: with the first one two systems of six strings
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
    runs = [part for run in _runs(lines) for part in _divide(run)]
    runs.sort(key=lambda run: (run.segments[0].line, run.segments[0].start))
    runs = list(_rejoin(runs, lines))
    usual = _usual_size(runs)
    blocks = [block for run in runs for block in _split(run, usual)]
    if any(not block.labels for block in blocks):
        blocks.sort(key=lambda block: block.place)
        _share_labels(blocks)
    return blocks


class _Run(NamedTuple):
    """Successive string lines, all with a label or all without, and how they came to be successive."""

    segments: list[Segment]
    notes: tuple[str, ...] = ()


def _share_labels(blocks: list[Block]) -> None:
    """Give systems that stand right of a labelled one its labels."""
    for place in range(1, len(blocks)):
        left, right = blocks[place - 1 : place + 1]
        beside = [a.line for a in left.segments] == [b.line for b in right.segments]
        if beside and left.labels and not right.labels:
            blocks[place] = replace(right, labels=left.labels)


def _runs(lines: Sequence[str]) -> Iterator[list[Segment]]:
    """Segments in successive text lines at about the same column."""
    open_runs: list[list[Segment]] = []
    for index, line in enumerate(lines):
        found = find_segments(index, line) if len(line) > 2 else ()
        if not found:
            if open_runs:
                yield from open_runs
                open_runs = []
        elif len(found) == len(open_runs) == 1 and -_NEAR <= found[0].column - open_runs[0][-1].column <= _NEAR:
            open_runs[0].append(found[0])
        elif len(found) > 2 and len({segment.label for segment in found}) > 2:
            yield from (*open_runs, list(found))
            open_runs = []
        else:
            still_open = _continue(open_runs, found)
            yield from (run for run in open_runs if not any(run is other for other in still_open))
            open_runs = still_open
    yield from open_runs


def _continue(open_runs: list[list[Segment]], found: Sequence[Segment]) -> list[list[Segment]]:
    """Put each segment under the run nearest in column, or start a run with it."""
    near = _NEAR_SIDE if len(found) == len(open_runs) > 1 else _NEAR
    result = []
    place = 0  # runs and segments both stand left to right
    for segment in found:
        while place < len(open_runs) and open_runs[place][-1].column < segment.column - near:
            place += 1
        if place < len(open_runs) and open_runs[place][-1].column <= segment.column + near:
            open_runs[place].append(segment)
            result.append(open_runs[place])
            place += 1
        else:
            result.append([segment])
    return result


def _divide(run: list[Segment]) -> Iterator[_Run]:
    """Part lines with a label from those without: annotations, or what a mail program wrapped, which is joined here."""
    labelled = [bool(segment.label) for segment in run]
    if not all(labelled):
        run = _take_right_labels(run)
        labelled = [bool(segment.label) for segment in run]
    if all(labelled):
        yield _Run(run)
        return
    wrapped = _unwrap(run) if any(labelled) else None
    if wrapped is not None:
        yield _Run(wrapped, (JOINED_WRAPPED,))
        return
    for (has_label, _), group in itertools.groupby(run, key=lambda line: (bool(line.label), line.is_annotation)):
        part = list(group)
        if has_label or not all(segment.is_blank for segment in part):
            yield _Run(part)


def _take_right_labels(run: list[Segment]) -> list[Segment]:
    """Lines whose labels stand at their right ends, as if they stood in front; other lines as they are."""
    labels = [segment.label or right_label(segment) for segment in run]
    if sum(map(bool, labels)) < 4:
        return run
    return [
        segment if segment.label or not label else segment._replace(label=label, tail="")
        for segment, label in zip(run, labels, strict=True)
    ]


def _rejoin(runs: list[_Run], lines: Sequence[str]) -> Iterator[_Run]:
    """Join runs across single other lines where only together they are whole systems, as in double spacing."""
    place = 0
    while place < len(runs):
        run = runs[place]
        place += 1
        count = 0 if _is_whole(run.segments) else _joinable(runs[place - 1 : place + _MOST_JOINED], lines)
        if count:
            parts = runs[place - 1 : place - 1 + count]
            yield _Run([segment for part in parts for segment in part.segments], (*run.notes, JOINED_APART))
            place += count - 1
        else:
            yield run


def _joinable(runs: Sequence[_Run], lines: Sequence[str]) -> int:
    """How many of the runs, at most, are whole systems together with the first; 0 if none are."""
    segments = list(runs[0].segments)
    longest = 0
    for count, run in enumerate(runs[1:], start=2):
        first, last = run.segments[0], segments[-1]
        near = first.line - last.line == 2 and abs(first.column - last.column) <= _NEAR
        between = lines[first.line - 1].strip() if near else ""
        if not near or bool(first.label) != bool(last.label) or (between and (not first.label or count > 2)):
            break
        segments += run.segments
        if _is_whole(segments) if first.label else count == 4 and _are_four_alike(segments):
            longest = count
    return longest


def _is_whole(segments: list[Segment]) -> bool:
    if segments[0].label:
        return is_whole(tuple([segment.label for segment in segments]))
    return len(segments) > 1


def _are_four_alike(segments: list[Segment]) -> bool:
    return len(segments) == 4 and len({_shape(segment) for segment in segments}) == 1


def _usual_size(runs: Sequence[_Run]) -> int:
    """The number of lines that the labelled blocks of a page mostly have."""
    sizes = Counter([len(run.segments) for run in runs if 4 <= len(run.segments) <= 6 and run.segments[0].label])
    return sizes.most_common(1)[0][0] if sizes else 4


def _split(run: _Run, usual: int) -> Iterator[Block]:
    """Cut a run into blocks by its labels, or by the shape of its lines where it has none."""
    if run.segments[0].label:
        return _split_labelled(run.segments, run.notes)
    return _split_unlabelled(run.segments, run.notes, usual)


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
        first._replace(body="".join([first.body, *(part.body for part in rest)]), tail=rest[-1].tail)
        for first, *rest in groups
    ]


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
        shapes = [_shape(segment) for segment in run]
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


def _shape(segment: Segment) -> tuple[int, ...]:
    """Where the bar lines stand; without any, how long the line is."""
    bars = tuple([match.start() for match in itertools.islice(_BAR.finditer(segment.body), 64)])
    return bars or (len(segment.body),)
