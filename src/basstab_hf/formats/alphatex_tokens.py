"""The tokens of AlphaTex: tags, texts, words and signs, each with its line. Blanks and comments are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from basstab_hf.errors import InputError

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<tag>\\{1,2}[^\s.:(){}|*\\"'/]+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<word>[^\s.:(){}|*\\"'/\x00-\x1f]+)
    |(?P<sign>[.:(){}|*])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: tag, text, word or sign; a text has its quotes."""

    kind: str
    text: str
    line: int


def tokens(text: str, name: str) -> Iterator[Token]:
    """Tokens from left to right; `name` is what messages call the text.

    Raises:
        InputError: something that is no AlphaTex, naming the line.
    """
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise InputError(f"{name}, line {line}: {text[place : place + 20]!r} is no AlphaTex")
        if found.lastgroup != "blank":
            yield Token(str(found.lastgroup), found[0], line)
        line += found[0].count("\n")
        place = found.end()


def unescaped(text: str) -> str:
    """The inside of a text with its escapes read."""

    def letter(found: re.Match[str]) -> str:
        escape = found[1]
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        return {"n": " ", "r": " ", "t": " "}.get(escape, escape)

    return _ESCAPE.sub(letter, text)
