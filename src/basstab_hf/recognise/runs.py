"""Stack string lines that stand under each other into runs, and join what blank lines or mail programs took apart.

Input: the lines of a page. Output: `Run`s in reading order; where a system ends and the next begins is told elsewhere.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from basstab_hf.recognise.encodings import check_string_lines
from basstab_hf.recognise.label_runs import is_whole
from basstab_hf.recognise.placing import without_stray
from basstab_hf.recognise.string_lines import Segment, find_segments, right_label

JOINED_APART = "joined string lines with other lines between"
JOINED_WRAPPED = "joined string lines that were wrapped"

_NEAR = 3  # columns that a string line may start off the one above: labels differ in width
_NEAR_SIDE = 12  # the same for systems side by side, whose left neighbours may be unequal
_FEWEST = 4  # lines of a system
_MOST_JOINED = 11  # runs: with the first one two systems of six strings
_BAR = re.compile(r"\|")


class Run(NamedTuple):
    """Successive string lines, all with a label or all without, and how they came to be successive."""

    segments: list[Segment]
    notes: tuple[str, ...] = ()


def find_runs(lines: Sequence[str]) -> list[Run]:
    """All runs of string lines of a page; rules between paragraphs are left out."""
    stacked = [part for run in _stack(lines) for part in without_stray(run)]
    runs = [part for run in stacked for part in _divide(run)]
    runs.sort(key=lambda run: (run.segments[0].line, run.segments[0].start))
    return list(_rejoin(runs, lines))


def _stack(lines: Sequence[str]) -> Iterator[list[Segment]]:
    """Segments in successive text lines at about the same column."""
    open_runs: list[list[Segment]] = []
    count = 0
    for index, line in enumerate(lines):
        found = find_segments(index, line) if len(line) > 2 else ()
        count += len(found)
        check_string_lines(count)
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
            kept = {id(run) for run in still_open}
            yield from (run for run in open_runs if id(run) not in kept)
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


def _divide(run: list[Segment]) -> Iterator[Run]:
    """Part lines with a label from those without: annotations, or what a mail program wrapped, which is joined here."""
    labelled = [bool(segment.label) for segment in run]
    if not all(labelled):
        run = _take_right_labels(run)
        labelled = [bool(segment.label) for segment in run]
    if all(labelled):
        yield Run(run)
        return
    wrapped = _unwrap(run) if any(labelled) else None
    if wrapped is not None:
        yield Run(wrapped, (JOINED_WRAPPED,))
        return
    for part in _parts_of_a_kind(run):
        if part[0].label or not all(segment.is_blank for segment in part):
            yield Run(part)


def _parts_of_a_kind(run: list[Segment]) -> list[list[Segment]]:
    """Successive lines that all have a label, or none, or are annotations; a word in a string line parts nothing."""
    kinds = itertools.groupby(run, key=lambda line: (bool(line.label), line.is_annotation))
    parts = [list(group) for _, group in kinds]
    for place in range(len(parts) - 2, 0, -1):
        if place == len(parts) - 1:  # what stood below has just been joined
            continue
        above, between, below = parts[place - 1 : place + 2]
        alike = len(between) == 1 and shape(above[-1]) == shape(between[0]) == shape(below[0])
        if alike and not above[0].label and not below[0].label and min(len(above), len(below)) < _FEWEST:
            parts[place - 1 : place + 2] = [above + between + below]
    return parts


def _take_right_labels(run: list[Segment]) -> list[Segment]:
    """Lines whose labels stand at their right ends, as if they stood in front; other lines as they are."""
    labels = [segment.label or right_label(segment) for segment in run]
    if sum(map(bool, labels)) < 4:
        return run
    return [
        segment if segment.label or not label else segment._replace(label=label, tail="")
        for segment, label in zip(run, labels, strict=True)
    ]


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


def _rejoin(runs: list[Run], lines: Sequence[str]) -> Iterator[Run]:
    """Join runs across single other lines where only together they are whole systems, as in double spacing."""
    place = 0
    while place < len(runs):
        run = runs[place]
        place += 1
        count = 0 if _is_whole(run.segments) else _joinable(runs[place - 1 : place + _MOST_JOINED], lines)
        if count:
            parts = runs[place - 1 : place - 1 + count]
            yield Run([segment for part in parts for segment in part.segments], (*run.notes, JOINED_APART))
            place += count - 1
        else:
            yield run


def _joinable(runs: Sequence[Run], lines: Sequence[str]) -> int:
    """How many of the runs, at most, are whole systems together with the first; 0 if none are.

    Of lines without labels that are alike five and six are one system, more of them systems of four.
    """
    segments = list(runs[0].segments)
    longest, alike = 0, 1
    for count, run in enumerate(runs[1:], start=2):
        first, last = run.segments[0], segments[-1]
        near = first.line - last.line == 2 and abs(first.column - last.column) <= _NEAR
        between = lines[first.line - 1].strip() if near else ""
        if not near or bool(first.label) != bool(last.label) or (between and (not first.label or count > 2)):
            break
        segments += run.segments
        if first.label:
            longest = count if _is_whole(segments) else longest
        elif alike < count and len(segments) == count and shape(segments[0]) == shape(segments[-1]):
            alike = count
    return longest or (alike if alike in (5, 6) else 4 if alike >= 4 else 0)


def _is_whole(segments: list[Segment]) -> bool:
    if segments[0].label:
        return is_whole(tuple([segment.label for segment in segments]))
    return len(segments) > 1


def shape(segment: Segment) -> tuple[int, ...]:
    """Where the bar lines stand; without any, how long the line is."""
    bars = tuple([match.start() for match in itertools.islice(_BAR.finditer(segment.body), 64)])
    return bars or (len(segment.body),)
