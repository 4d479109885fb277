"""Fill-in-the-middle of column text: whole bars moved behind their surroundings, and back.

    GDAE |||| A |||| B |||| C |||| <END>   <->
    <fim_suffix> |||| C |||| <END> <fim_prefix> GDAE |||| A |||| <fim_middle> B

The order is suffix, prefix, middle (SPM of Bavarian et al. 2022): the middle goes on from the prefix as any bar does
from the one before, and the bars behind it begin where a block does, so that they are easily found. `<fim_middle>` is
written once for each bar of the middle: the model knows when to arrive. A middle reaches from the first column of a bar
to the last of the same bar or a later one; the bar lines before and behind it stay where they are, so that its width is
what was cut out. Where it runs over the end of a system, `<END>`, tuning word and bar line there are cut out with it.
A word here is a column word, or a token that is several of them: none reaches over a bar line. Standard library only.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from basstab_hf.errors import InputError, TabError
from basstab_hf.tab.columns import END, STRINGS, is_bar_line
from basstab_hf.tokenizer.control_words import FIM_MIDDLE, FIM_PREFIX, FIM_SUFFIX, RESERVED

#: In the order in which they stand; the last one once for each bar.
MARKS = (FIM_SUFFIX, FIM_PREFIX, FIM_MIDDLE)
#: Bars in a middle at most, and the share of a piece's bars that it takes at most.
MAX_BARS = 8
MAX_SHARE = 0.5
_RESERVED = frozenset(RESERVED)
Word = TypeVar("Word")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a middle stands among words: from `start` up to `end`, where the bar line or `<END>` behind it is.

    `n_bars` of them are between.
    """

    start: int
    end: int
    n_bars: int = 1

    def moved(self, words: int) -> Cut:
        """The same bars, so many words further on."""
        return Cut(self.start + words, self.end + words, self.n_bars)


def bars(words: Sequence[str]) -> list[Cut]:
    """Where each bar stands, up to the bar line or `<END>` that closes it; an open one at the end is none.

    The words of its chord are part of a bar.
    """
    found = []
    start, filled = None, False
    for place, word in enumerate(words):
        if word == END or _is_bar_line(word):
            if start is not None and filled:
                found.append(Cut(start, place))
            start, filled = (None if word == END else place + 1), False
        else:
            filled = filled or word not in _RESERVED
    return found


def cut_bars(words: Sequence[str], first: int, last: int) -> Cut:
    """Where the bars from number `first` to number `last` stand, counted from 1.

    Raises:
        InputError: bars that the tab does not have or that no bar line closes.
    """
    found = bars(words)
    if not 1 <= first <= last <= len(found):
        raise InputError(f"bars {first}-{last}: the tab has bars 1 to {len(found)} between bar lines")
    return Cut(found[first - 1].start, found[last - 1].end, last - first + 1)


def draw_cut(words: Sequence[str], chance: random.Random) -> Cut | None:
    """Bars to cut out: their number drawn first, then where; None where there are fewer than two."""
    found = bars(words)
    most = min(MAX_BARS, int(MAX_SHARE * len(found)))
    if not most:
        return None
    count = chance.randint(1, most)
    first = chance.randint(0, len(found) - count)
    return Cut(found[first].start, found[first + count - 1].end, count)


def split(words: Sequence[Word], cut: Cut, marks: tuple[Word, Word, Word]) -> list[Word]:
    """Words, or their ids, in the order of the module's docstring; `marks` are those of `MARKS`."""
    suffix, prefix, middle = marks
    order = [suffix, *words[cut.end :], prefix, *words[: cut.start]]
    order += [middle] * cut.n_bars
    return order + list(words[cut.start : cut.end])


def join(words: Sequence[str]) -> list[str]:
    """Put the middle back: the inverse of `split`.

    Raises:
        TabError: words that are not the three parts in their order.
    """
    marks = [place for place, word in enumerate(words) if word in MARKS]
    if tuple(words[place] for place in marks) != MARKS[:2] + MARKS[2:] * len(marks[2:]) or marks[0] or not marks[2:]:
        raise TabError(f"no {' ... '.join(MARKS)} ... in this order")
    prefix, first, last = marks[1], marks[2], marks[-1]
    if last - first != len(marks) - 3:
        raise TabError(f"words stand between one {FIM_MIDDLE} and the next")
    return [*words[prefix + 1 : first], *words[last + 1 :], *words[1:prefix]]


def window(words: Sequence[str], cut: Cut, room: int) -> tuple[list[str], Cut]:
    """As many whole bars around a middle as fit into `room` words, about as many before it as behind it.

    A window that begins inside a system gets that system's tuning word and a bar line in front, and so stands as a
    block of training does. Words are counted as they are: pass tokens to count tokens.

    Returns:
        the words of the window and where the middle stands among them.

    Raises:
        InputError: the middle alone does not fit, with its tuning word and bar lines.
    """
    if len(words) <= room:
        return list(words), cut
    found = bars(words)
    starts = [0, *(bar.start for bar in found if 0 < bar.start <= cut.start)]
    ends = [*(_closed(words, bar.end) for bar in found if bar.end >= cut.end), len(words)]
    start, end = starts.pop(), ends.pop(0)
    if _size(words, start, end) > room:
        raise InputError(f"{cut.end - cut.start} words are more than fit into the model's context: choose fewer bars")
    while True:
        before = starts and _size(words, starts[-1], end) <= room
        behind = ends and _size(words, start, ends[0]) <= room
        if before and (not behind or cut.start - start <= end - cut.end):
            start = starts.pop()
        elif behind:
            end = ends.pop(0)
        else:
            break
    head = _head(words, start)
    return [*head, *words[start:end]], cut.moved(len(head) - start)


def _closed(words: Sequence[str], end: int) -> int:
    """Behind the bar line at `end`, and behind the `<END>` after it."""
    return end + 1 + (words[end] != END and words[end + 1 : end + 2] == [END])


def _size(words: Sequence[str], start: int, end: int) -> int:
    return len(_head(words, start)) + end - start


def _head(words: Sequence[str], start: int) -> list[str]:
    """Tuning word and bar line of the system that `start` is in; nothing where the words begin."""
    if start == 0:
        return []
    opening = max((place for place in range(start) if place == 0 or words[place - 1] == END), default=0)
    while not _is_bar_line(words[opening + 1]):  # reserved words may stand in front
        opening += 1
    return list(words[opening : opening + 2])


def _is_bar_line(word: str) -> bool:
    return len(word) in STRINGS and is_bar_line(word)
