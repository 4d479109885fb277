"""What stands inside string lines and is no fret: a time signature drawn over the strings, words with numbers in them.

Input: the lines of a system, top string first or last. Output: the lines with dashes in its place, and what it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_NUMBER = re.compile(r"-{0,2}(\d{1,2})-{0,2}")
_BEATS, _UNITS = frozenset(range(2, 13)), frozenset((2, 4, 8, 16))
_WIDEST = 4  # columns of a cell that holds a time signature
_REMARK = re.compile(
    r"\((?=[^()]*\d)(?=[^()]*[A-Za-z])[^()\d]*(?:[A-Za-z]{3}|\b[xX]\s?\d|\d\s?[xX]\b)[^()]*\)"
    r"|(?<![^-|\s])\d{1,2} times(?![^-|\s])"
)
_FRETS_BEHIND = re.compile(r"-\d{1,2}-|--\d")


class Cleared(NamedTuple):
    """Lines without asides and what was taken out."""

    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


def clear(lines: Sequence[str]) -> Cleared:
    """Put dashes where a time signature or a remark with a number stands."""
    cleared, notes = tuple(lines), []
    text = "".join(lines)
    if "|" in lines[0][1 : _WIDEST + 2]:
        timed = _without_time_signature(cleared)
        if timed != cleared:
            notes.append("a time signature drawn over the strings became -")
            cleared = timed
    if "(" in text or "times" in text:
        told = tuple([_REMARK.sub(_dashes, line) for line in cleared])
        if told != cleared:
            notes.append("a remark with a number in it became -")
            cleared = told
    return Cleared(cleared, tuple(notes))


def frets_left_out(tails: Sequence[str]) -> str:
    """What trails a line and looks like frets of it, "" where nothing does."""
    return next((tail for tail in tails if tail and _FRETS_BEHIND.search(tail)), "")


def _dashes(match: re.Match[str]) -> str:
    return "-" * len(match[0])


def _without_time_signature(lines: tuple[str, ...]) -> tuple[str, ...]:
    """A first cell narrower than the next, with a number on each of two middle strings and nothing else."""
    width = lines[0].find("|", 1)
    cells = [line[:width] for line in lines]
    if any(line[width : width + 1] != "|" or "|" in cell.strip("|") for line, cell in zip(lines, cells, strict=True)):
        return lines
    following = lines[0].find("|", width + 1)
    if (following if following >= 0 else len(lines[0])) - width <= width + 1:
        return lines
    numbers = [(place, _NUMBER.fullmatch(cell)) for place, cell in enumerate(cells) if cell.strip("-|")]
    values = [int(match[1]) for _, match in numbers if match is not None]
    places = [place for place, _ in numbers]
    middle = places in ([len(lines) // 2 - 1, len(lines) // 2], [1, 2])
    if len(values) != 2 or not middle or values[0] not in _BEATS or values[1] not in _UNITS:
        return lines
    return tuple("-" * width + line[width:] if place in places else line for place, line in enumerate(lines))
