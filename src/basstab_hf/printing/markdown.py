"""Markdown with values from outside in it: a reader sees them as they are, and none of them is markup.

Input: any text. Output: `Markup`; and an environment of Jinja whose templates write all else as plain text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from basstab_hf.printing.foreign import visible

if TYPE_CHECKING:
    import jinja2

#: ASCII punctuation that begins or ends something inside of a line, in CommonMark, GitHub's tables, HTML or formulas.
_SIGNS = re.compile(r"([\\`*_\[\]<>|#~$&])")
#: Code between single backticks; no run of several, which would pair otherwise.
_CODE = re.compile(r"((?<!`)`[^`]+`(?!`))")
#: What makes a rule, a list or a heading at the beginning of a line.
_AT_BEGIN = re.compile(r"(\d*)(?=[-+=.)])")


class Markup(str):
    """Text that is Markdown, or stands where nothing is markup: it is written as it is."""

    __slots__ = ()


def plain(text: object) -> Markup:
    """A text in one line, of which nothing is markup, for a table, too."""
    return Markup(_SIGNS.sub(r"\\\1", visible(_line(text))))


def prose(text: object) -> Markup:
    """A paragraph: nothing but code between single backticks is markup."""
    parts = _CODE.split(_line(text).strip())
    told = "".join(visible(part) if number % 2 else plain(part) for number, part in enumerate(parts))
    return Markup(_AT_BEGIN.sub(r"\1\\", told, count=1) if _AT_BEGIN.match(told) else told)


def code(text: object) -> Markup:
    """What stands in a block of code, or between backticks: one line without any."""
    return Markup(visible(_line(text)).replace("`", "'"))


def code_cell(text: object) -> Markup:
    """Code in a cell of a table."""
    return Markup(f"`{code(text)}`".replace("|", r"\|"))


def block(text: str) -> Markup:
    """Lines in a block of code, which none of them ends."""
    return Markup(visible(text).replace("```", "'''"))


def environment(**settings: Any) -> jinja2.Environment:
    """Templates of Markdown: what they print is `plain`, but for numbers and `Markup`."""
    import jinja2

    made = jinja2.Environment(autoescape=False, finalize=_printed, **settings)  # noqa: S701  # Markdown, see `_printed`
    made.filters |= {"code": code, "code_cell": code_cell, "block": block, "prose": prose, "raw": Markup}
    return made


def _printed(value: object) -> object:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _line(text: object) -> str:
    return re.sub(r"\s+", " ", str(text))
