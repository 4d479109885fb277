"""Raw tab text with reserved words in it <-> column text, as the tokenizer takes and prints it. Standard library only.

    <density:low> <key:Em>
    G|-5-|                     <density:low> <key:Em> GDAE |||| ---- 5--- ---- |||| <END>
    D|---|
    A|---|
    E|---|

Reserved words, and special tokens that a tokenizer was given besides, stand on lines of their own between systems.
Words around the systems are left out by the rule of `pasted`; `columns` does the rest.
"""

from __future__ import annotations

import itertools
import logging
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from basstab_hf.errors import TabError
from basstab_hf.tab.columns import END, MEND, to_columns, to_text, word_spans
from basstab_hf.tab.marks import LABEL
from basstab_hf.tab.pasted import read_pasted
from basstab_hf.tokenizer.control_words import RESERVED

logger = logging.getLogger(__name__)

_RESERVED = frozenset(RESERVED)
# Too long for a column that starts like a label.
_LONE_LINE = re.compile(rf"\s*{LABEL}[ \t]*\|\S{{5,}}")


@dataclass(frozen=True, slots=True)
class Words:
    """Column words, and where each stands in the text that they were read from."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def part(self, start: int, end: int | None) -> Words:
        """The words of a slice."""
        return Words(self.words[start:end], self.spans[start:end])

    def places(self, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Turn places in `self.text` into places in the text that the words were read from; (0, 0) stays."""
        starts = [0, *itertools.accumulate(len(word) + 1 for word in self.words)]
        found = []
        for start, end in offsets:
            # A token takes the blank before its first word along, or is that blank alone.
            first = bisect_right(starts, start + 1) - 1
            last = max(bisect_right(starts, end - 1) - 1, first)
            found.append((self.spans[first][0], self.spans[last][1]) if end > start else (0, 0))
        return found


@lru_cache(maxsize=8)
def reserved_line(added: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Lines of reserved words and of special tokens `added` to them."""
    words = "|".join(map(re.escape, (*RESERVED, *added)))
    return re.compile(rf"^[ \t]*(?:(?:{words})[ \t]*)+\r?$", re.MULTILINE)


def column_text(text: str, added: tuple[str, ...] = (), left_out: list[str] | None = None) -> str:
    """Column text of a raw tab, and column text as it is.

    Args:
        text: what was given.
        added: special tokens of a tokenizer besides the reserved words.
        left_out: takes what is left out of the text; without it, that is told.

    Raises:
        TabError: what looks like a tab and is no clean one, naming the line.
    """
    if not _is_raw(text):
        return " ".join(text.split()) if "  " in text else text
    if not reserved_line(added).search(text):
        with suppress(TabError):
            return " ".join(to_columns(text))
    return read_words(text, added, left_out).text


def read_words(text: str, added: tuple[str, ...] = (), left_out: list[str] | None = None) -> Words:
    """Words of a raw tab or of column text, with their places; those of a tab are as `columns.word_spans` has them.

    Raises:
        TabError: as `column_text`, which tells of the arguments, too.
    """
    if not _is_raw(text):
        return _blank_separated(text, 0)
    line = reserved_line(added)
    try:
        return _systems(text, line)
    except TabError:
        pasted = read_pasted(text, line)
        if not pasted.left_out:
            raise
    words = _systems(pasted.text, line)
    if left_out is None:
        logger.warning("%s", pasted.told)
    else:
        left_out += pasted.left_out
    return words


def _systems(text: str, line: re.Pattern[str]) -> Words:
    """Words of systems, and of lines of reserved words between them."""
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    unclosed = 0
    for start, piece in _pieces(text, line):
        if line.match(piece):
            found = _blank_separated(piece, start)
        else:
            found = _tab(text, start, piece)
            if unclosed:
                words.insert(unclosed, END)
                spans.insert(unclosed, (spans[unclosed - 1][1],) * 2)
            unclosed = 0 if found.words[-1] == END else len(words) + len(found.words)
        words += found.words
        spans += found.spans
    return Words(tuple(words), tuple(spans))


def print_words(words: Iterable[str], added: tuple[str, ...] = ()) -> str:
    """Print column words as a tab with reserved words on lines of their own: the inverse of `column_text`.

    Raises:
        TabError: words that are no tab.
    """
    printed = ""
    for reserved, group in itertools.groupby(words, key=_RESERVED.union(added).__contains__):
        part = tuple(group)
        printed += " ".join(part) + "\n" if reserved else to_text(part) + "\n\n"
    return printed.rstrip("\n")


def _is_raw(text: str) -> bool:
    if len(text.strip().splitlines()) > 1:
        return True
    if _LONE_LINE.match(text):
        raise TabError(f"{text.strip()[:40]!r} is one line of a tab: a system has 4 to 6, below each other: {MEND}")
    return False


def _pieces(text: str, line: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Lines of reserved words, and what stands between them, with the places where they start; nothing blank."""
    cuts = [0, *(place for match in line.finditer(text) for place in match.span()), len(text)]
    for start, end in itertools.pairwise(cuts):
        if not text[start:end].isspace() and start < end:
            yield start, text[start:end]


def _tab(text: str, start: int, piece: str) -> Words:
    """A piece that holds systems; line breaks in front of it let errors name the line in the whole text."""
    lead = text.count("\n", 0, start)
    padded = "\n" * lead + piece
    spans = ((begin - lead + start, end - lead + start) for begin, end in word_spans(padded))
    return Words(to_columns(padded), tuple(spans))


def _blank_separated(text: str, start: int) -> Words:
    found = list(re.finditer(r"\S+", text))
    return Words(
        tuple(match[0] for match in found), tuple((start + match.start(), start + match.end()) for match in found)
    )
