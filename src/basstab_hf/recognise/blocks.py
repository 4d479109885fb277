"""Cut runs of string lines into blocks: where one system ends and the next begins.

Input: the lines of a page. Output: `Block` values in reading order; whether a block is a bass's is told elsewhere.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from basstab_hf.recognise.label_runs import certainty, cut_labels, is_whole
from basstab_hf.recognise.note_names import NOTE_LABELS
from basstab_hf.recognise.placing import WORDS_INSIDE, are_interrupted, placed
from basstab_hf.recognise.runs import Run, find_runs, shape
from basstab_hf.recognise.string_lines import Segment, cut_tails

NEWLINES_LOST = "newlines were lost"

_NUMBERS = list("1234567")  # string numbers for labels, the highest string first
_STRING_NUMBER = re.compile(r"(?:(?=([1-7])(?:[-|= )]))|(?=\(([1-7])\)))(?:\d\)?\|?|\(\d\)\|?)")
_IN_ORDER = "1234567 7654321"
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
    blocks = _place([block for run in runs for block in _split(run, usual)], lines)
    if any(not block.labels for block in blocks):
        blocks.sort(key=lambda block: block.place)
        _share_labels(blocks)
    return blocks


def _place(blocks: list[Block], lines: Sequence[str]) -> list[Block]:
    """Give interrupted lines their full length, and drop the pieces that stood behind the interruption."""
    spans: dict[int, int] = {}  # text line -> end of the string line that was drawn out there
    found = []
    for block in blocks:
        segments = block.segments
        alike = len({len(segment.body) for segment in segments}) == 1  # 97 % of the systems of the 292 pages
        if alike and segments[0].body.endswith(("|", "-")) and not any(segment.is_weak for segment in segments):
            found.append(block)
            continue
        whole = placed(segments, lines)
        if whole is not None:
            spans |= {segment.line: segment.end for segment in whole}
            notes = (*block.notes, WORDS_INSIDE) if are_interrupted(whole) else block.notes
            block = replace(block, segments=whole, notes=notes)
        cut = cut_tails(block.segments)
        found.append(block if cut is block.segments else replace(block, segments=cut))
    if not spans:
        return found
    return [block for block in found if not _is_swallowed(block, spans)]


def _is_swallowed(block: Block, spans: dict[int, int]) -> bool:
    """Whether a lone piece stands inside a line that was drawn out over it."""
    first = block.segments[0]
    return len(block.segments) == 1 and not block.labels and first.start < spans.get(first.line, 0)


def _share_labels(blocks: list[Block]) -> None:
    """Give systems that stand right of a labelled one its labels."""
    for place in range(1, len(blocks)):
        left, right = blocks[place - 1 : place + 1]
        beside = [a.line for a in left.segments] == [b.line for b in right.segments]
        if beside and left.labels and not right.labels:
            blocks[place] = replace(right, labels=left.labels)


def _usual_size(runs: Sequence[Run]) -> int:
    """The number of lines that the labelled blocks of a page mostly have, or else the unlabelled ones."""
    whole = [run for run in runs if 4 <= len(run.segments) <= 6]
    sizes = Counter([len(run.segments) for run in whole if run.segments[0].label])
    sizes = sizes or Counter([len(run.segments) for run in whole])
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
        yield Block(tuple(run), (), notes)
        return
    was_cut = len(run) > _LONGEST_BLOCK
    printed = tuple([segment.label for segment in run])
    whole = not was_cut or is_whole(printed)
    start = 0
    for labels in cut_labels(printed):
        part = tuple(run[start : start + len(labels)])
        start += len(labels)
        lost = len(part) > 1 and part[0].line == part[-1].line
        doubtful = certainty(labels) < 1 and (was_cut or (lost and not whole))
        yield Block(part, labels, (*notes, NEWLINES_LOST) if lost else notes, doubtful)


def _split_unlabelled(run: list[Segment], notes: tuple[str, ...], usual: int) -> Iterator[Block]:
    start = 0
    for size in _even_sizes(run, usual):
        yield _numbered(tuple(run[start : start + size]), notes)
        start += size


def _numbered(part: tuple[Segment, ...], notes: tuple[str, ...]) -> Block:
    """A block without labels; where its lines begin with the numbers of strings in order, these are no frets."""
    if len(part) < 3 or part[0].body[:1] not in "(1234567":
        return Block(part, (), notes)
    matches = [_STRING_NUMBER.match(segment.body) for segment in part]
    numbers = [match[1] or match[2] for match in matches if match is not None]
    if len(numbers) < len(part) or "".join(numbers) not in _IN_ORDER:
        return Block(part, (), notes)
    bare = tuple(
        segment._replace(body=segment.body[match.end() :], label=number)
        for segment, match, number in zip(part, filter(None, matches), numbers, strict=True)
    )
    return Block(bare, () if numbers == _NUMBERS[: len(part)] else tuple(numbers), notes)


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
