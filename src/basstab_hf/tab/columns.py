"""Tab text <-> column words, both ways: the one place. Standard library only: it travels with the tokenizer.

    G|---9h11
    D||-------     ('GDAE', '||||', '----', '--7-', '----', '9---', 'h---', '1---', '1---')
    A|-7-----
    E||-------

A word is one vertical slice of the tab, one character a string, top string first. The first word of a system is its
tuning, the second the bar line that every system starts with, and '<END>' closes it; only a last system that stops
inside a bar stays open, as above: there is more of it to come. Source: the seed, HMels/BassTab_Transformer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from basstab_hf.errors import TabError
from basstab_hf.tab.marks import LABEL

END = "<END>"
BAR = "|"
EMPTY = "-"
STRINGS = range(4, 7)

#: What to do about text that is no clean tab.
MEND = "`basstab recognise FILE` finds and mends tabs"
_BLANKS = " \t"
_LABEL = re.compile(LABEL)
_LINE = re.compile(rf"[ \t]*({LABEL})[ \t]*\|(\S*)[ \t]*$")


def to_columns(text: str) -> tuple[str, ...]:
    """Column words of a clean tab: systems of 4 to 6 labelled lines of equal length, with blank lines between them.

    Raises:
        TabError: anything else, naming the line; `basstab recognise` mends what people really write.
    """
    words: list[str] = []
    for first_line, block in _blocks(text):
        if words:
            words.append(END)
        labels, rows = _rows(block, first_line)
        words += ["".join(labels), BAR * len(rows), *map("".join, zip(*rows, strict=True))]
    if words and is_bar_line(words[-1]):
        words.append(END)
    return tuple(words)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where each word of `to_columns(text)` stands in `text`, as character offsets from and to.

    A column reaches over several lines, so it is pointed to where it crosses its system's top string line; the tuning
    word is that line's label, and '<END>' that line's end, with no width.

    Raises:
        TabError: as `to_columns`.
    """
    starts = [0, *itertools.accumulate(map(len, text.splitlines(keepends=True)))]
    spans: list[tuple[int, int]] = []
    rows, end = [""], 0
    for first_line, block in _blocks(text):
        if spans:
            spans.append((end, end))
        _, rows = _rows(block, first_line)
        start, top = starts[first_line - 1], block[0]
        bar, end = start + top.index(BAR), start + len(top.rstrip(_BLANKS))
        spans.append((start + len(top) - len(top.lstrip(_BLANKS)), start + len(top[: bar - start].rstrip(_BLANKS))))
        spans.append((bar, bar + 1))
        spans += ((place, place + 1) for place in range(end - len(rows[0]), end))
    if spans and not "".join(row[-1:] for row in rows).strip(BAR):
        spans.append((end, end))
    return spans


def to_text(words: Iterable[str]) -> str:
    """Print column words as a tab, systems separated by a blank line: the inverse of `to_columns`.

    Raises:
        TabError: words that are no tab, naming the place.
    """
    return "\n\n".join(_print(system) for system in systems(words))


def systems(words: Iterable[str]) -> Iterator[list[str]]:
    """Cut column words into systems: tuning word first, '<END>' left out."""
    system: list[str] = []
    for word in words:
        if word == END:
            yield system
            system = []
        else:
            system.append(word)
    if system:
        yield system


def split_labels(word: str) -> tuple[str, ...]:
    """The labels of a tuning word: 'GbDbAbEb' -> ('Gb', 'Db', 'Ab', 'Eb').

    Raises:
        TabError: a word that is not 4 to 6 note names.
    """
    labels = tuple(_LABEL.findall(word))
    if "".join(labels) != word or len(labels) not in STRINGS:
        raise TabError(f"{word!r} is no tuning word: 4 to 6 note names, such as GDAE, start a system")
    return labels


def is_bar_line(word: str) -> bool:
    """Whether a column is a bar line across all strings."""
    return word == BAR * len(word)


def is_empty(word: str) -> bool:
    """Whether nothing is written in a column."""
    return word == EMPTY * len(word)


def is_string_line(line: str) -> bool:
    """Whether a line is a label, a bar line, and what is played without blanks."""
    return _LINE.match(line) is not None


def print_rows(labels: Sequence[str], rows: Sequence[str]) -> str:
    """Labelled lines of one system, labels padded to the same width."""
    width = max(map(len, labels))
    return "\n".join(f"{label:<{width}}|{row}" for label, row in zip(labels, rows, strict=True))


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines between blank lines, with the 1-based number of their first line."""
    block: list[str] = []
    start = 1
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if line.strip():
            if not block:
                start = number
            block.append(line)
        elif block:
            yield start, block
            block = []


def _rows(block: Sequence[str], first_line: int) -> tuple[list[str], list[str]]:
    labels, rows = [], []
    for number, line in enumerate(block, start=first_line):
        match = _LINE.match(line)
        if match is None or not match[2].isprintable():
            raise TabError(
                f"line {number}: {line.strip()[:40]!r} is not a labelled string line such as 'G|--5--': {MEND}"
            )
        labels.append(match[1][0].upper() + match[1][1:])
        rows.append(match[2])
    if len(rows) not in STRINGS:
        raise TabError(f"line {first_line}: a system has 4 to 6 string lines, this one {len(rows)}: {MEND}")
    rows = collapse_start(rows)
    for number, row in enumerate(rows, start=first_line):
        if len(row) != len(rows[0]):
            raise TabError(f"line {number}: {len(row)} columns, the line above has {len(rows[0])}: {MEND}")
    if END in map("".join, zip(*rows, strict=True)):
        raise TabError(f"line {first_line}: a column reads {END}, the word that closes a system")
    return labels, rows


def collapse_start(rows: Sequence[str]) -> list[str]:
    """Drop a bar line doubled after the label on some strings only, where that makes the lines equally long."""
    collapsed = [row.removeprefix(BAR) for row in rows]
    if len({*map(len, rows)}) > 1 and len({*map(len, collapsed)}) == 1:
        return collapsed
    return list(rows)


def _print(system: Sequence[str]) -> str:
    if not system:
        raise TabError(f"a system is empty: {END} follows {END} or nothing")
    labels = split_labels(system[0])
    for place, word in enumerate(system[1:], start=1):
        if len(word) != len(labels) or not word.isprintable() or " " in word:
            raise TabError(f"column {place} of a system in {system[0]} is {word!r}: {len(labels)} characters wanted")
    if len(system) < 2 or not is_bar_line(system[1]):
        raise TabError(f"a system in {system[0]} does not start with the bar line {BAR * len(labels)}")
    return print_rows(labels, ["".join(row) for row in zip(*system[2:], strict=True)] or [""] * len(labels))
