"""Text from outside, such that a terminal shows it and does nothing else. Input: any text. Output: text."""

from __future__ import annotations

import re

# Control characters but tab and line feed, marks that turn the direction of writing, invisible tags, halves of pairs.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)

#: Characters of a message, at most: ten lines of a terminal.
_LONGEST = 900


def visible(text: str) -> str:
    r"""The text with what would act unseen spelt out as JSON spells it: `\u001b`, `\u202e`."""
    return _HIDDEN.sub(_spelt, text)


def one_line(text: str) -> str:
    """The text in one visible line; of a long one the beginning and the end, as a value of a file may stand in it."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST * 2 // 3]} ... {line[-_LONGEST // 3 :]}"


def _spelt(sign: re.Match[str]) -> str:
    units = sign[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
