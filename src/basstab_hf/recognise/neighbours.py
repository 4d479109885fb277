"""What stands directly above and below a block: a string line that could not be read there makes it a piece of more.

Input: the lines of a page and a block. Output: the labels of such lines, "" for one without; none for a block that
stands alone, under words, counts, chords or a line of palm mute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from basstab_hf.recognise.blocks import Block
from basstab_hf.recognise.note_names import LABEL, LONG, NOTE_LABELS

_LABELLED = re.compile(
    rf"[ \t>|]*+[1-7]?+[(\[]?+(?P<label>{LABEL}|{LONG})[)\]]?+(?:[-|:;=\d+(\[]|[ \t]{{1,2}}+[^\w\s])"
)
_EMPTY = re.compile(rf"[ \t>]*+(?P<label>{LABEL}|{LONG})[ \t]*+\|++\s*+")
_FRAMED = re.compile(r"\|(?=[^|]*[A-Za-z]{2})[^|]*-\|")  # words; |-3-| marks a triplet
_MUTE = re.compile(r"\D*\bP\.? ?M\b\D*", re.IGNORECASE)
_FAR = 4  # text lines above or below: a bass of four strings and three more are seven
_FEWEST_DASHES = 3  # of a line that begins with a label and dashes
_LEAST_DASHES = 4
_SHARE = 0.3  # of the columns of the block's first line: what a string line has in dashes, words in it or not
_ABOUT = 2  # columns that such a line may be shorter or longer than the block's lines
_LONGEST = 4000  # columns that such a line may be longer
_WHOLE = 4  # lines of a block that is a system of its own


def strings_around(block: Block, lines: Sequence[str], read: Mapping[int, int]) -> tuple[list[str], list[str]]:
    """Labels of the string lines right above (top first) and right below a block that stand in no system of their own.

    `read`: the lines of the largest block on a text line that stands in one.
    """
    first, last = block.segments[0].line, block.segments[-1].line
    above = list(_labels(range(first - 1, max(first - _FAR, -1), -1), block, lines, read))
    below = list(_labels(range(last + 1, min(last + _FAR, len(lines))), block, lines, read))
    return above[::-1], below


def is_empty_string(line: str) -> bool:
    """Whether a line prints the label of a string and nothing on it: "C|"."""
    return _EMPTY.fullmatch(line) is not None


def may_be_string(line: str) -> bool:
    """Whether a line may be a string's at all: a quick look."""
    return "-" in line or is_empty_string(line)


def _labels(places: range, block: Block, lines: Sequence[str], read: Mapping[int, int]) -> Iterator[str]:
    """Labels as long as the lines still look like string lines."""
    for place in places:
        label = _string_label(lines[place], block)
        size = read.get(place, 0)
        if label is None or size >= _WHOLE or (size and block.labels):
            return
        yield label


def _string_label(line: str, block: Block) -> str | None:
    if len(line) > _LONGEST + len(block.segments[0].body):
        return None  # of thousands of systems side by side
    empty = _EMPTY.fullmatch(line)
    if empty is not None:
        return NOTE_LABELS.get(empty["label"]) if block.labels else None
    body = block.segments[0].body
    dashes = line.count("-")
    bare = line.strip()
    as_long = abs(len(bare.strip("|")) - len(body.strip("|"))) <= _ABOUT
    if not block.labels and (len(line) - len(line.lstrip()) != block.segments[0].start or _MUTE.fullmatch(bare)):
        return None  # a row of annotation begins where it holds
    if not block.labels and as_long and _FRAMED.fullmatch(bare):
        return ""
    if dashes < _FEWEST_DASHES:
        return None
    labelled = _LABELLED.match(line)
    least = max(_LEAST_DASHES, int(_SHARE * len(body)))
    if labelled is not None:
        rest = line[labelled.end() - 1 :].strip()
        told = rest.startswith(("--", "|-")) or abs(len(rest.strip("|")) - len(body.strip("|"))) <= _ABOUT
        if dashes >= least or told:
            return NOTE_LABELS.get(labelled["label"])
    return "" if "--" in line and dashes >= least and as_long and not block.labels else None
