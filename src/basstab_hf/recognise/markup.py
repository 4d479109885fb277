"""Lines of an HTML source, and where in the source each begins.

Pages of formatting alone, as most tabs are, are cut at their breaks; any other page goes through a parser.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

_TAG_NAMES = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*|!)")
_MARKUP = re.compile(
    r"<(?:!doctype|html|head|body|br|pre|div|p|span|table|td|font|code|li|h[1-6]|textarea|section|article|main)\b[^<>]*+>"
    r"|&nbsp;",
    re.IGNORECASE,
)
_INLINE = "a|b|big|code|em|font|i|s|small|span|strong|tt|u"
_LISTS = "blockquote|center|div|h[1-6]|hr|li|ol|p|pre|table|tbody|thead|tr|ul"
_BLOCK = f"{_LISTS}|section|article|main|header|footer|dd|dt|dl"
# Tags that only format text: a page with no others is cut at its breaks, which takes a tenth of a parser's time.
_FORMATTING = re.compile(rf"/?(?:{_INLINE}|{_LISTS}|br|iframe|img|kbd|samp|sub|sup|td|th)")
_VOID = re.compile(r"!|area|base|br|col|embed|hr|img|input|li|link|meta|p|source|td|tr|wbr")  # or often left open
_DEEPEST = 500  # the parser's time grows with the square of the depth: 20 s for 80,000 open tags

_EMPTY = r"(?:[ \t]*+\r?\n)"
# One break however many block tags meet, with the formatting tags and line ends between them; every <br> is a break.
_BLOCKS = rf"/?(?:{_BLOCK})\b[^<>]*+>(?>{_EMPTY}*)(?>(?:</?(?:{_BLOCK}|{_INLINE})\b[^<>]*+>(?>{_EMPTY}*))*)"
_TAGS = rf"(?:br\b[^<>]*+>(?>{_EMPTY}?)|{_BLOCKS})"
_BREAK = re.compile(rf"\n(?>(?:[ \t]*+<{_TAGS})?)|<{_TAGS}", re.IGNORECASE)  # starts with a sign: a scan, no trials
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*+>")
_SCRIPT = re.compile(
    r"<(?:!--(?>(?:[^-]|-(?!->))*)(?:-->)?|(script|style|title)\b(?>(?:[^<]|<(?!/\1))*))", re.IGNORECASE
)
_MARK = re.compile("\ue000([0-9]+)\ue001")
_DROPPED = ["script", "style", "template", "noscript", "select", "svg", "title", "iframe", "head"]


class Cut(NamedTuple):
    """Plain lines, entities read, and the offset in the source at which each begins."""

    lines: list[str]
    starts: list[int]


def is_markup(text: str) -> bool:
    """Whether a source has tags that pages with tabs have; `<12>` and `<CHORUS>` are none."""
    return _MARKUP.search(text) is not None


def cut_markup(text: str) -> Cut:
    """The lines that a browser would show, one for each break."""
    tags = [name.lower() for name in _TAG_NAMES.findall(text)]
    if all(map(_FORMATTING.fullmatch, set(tags))):
        return _cut(text)
    if _is_deep(tags):
        return _cut(_SCRIPT.sub(lambda match: f"<i{' ' * (len(match[0]) - 3)}>", text))
    return _parse(text)


def _is_deep(tags: Iterable[str]) -> bool:
    """Whether tags nest deeper than a parser should be given; an end closes what is open, but nothing around a table.

    As browsers have it: an end tag of something that is not open closes nothing.
    """
    opened: list[str] = []
    for name in tags:
        if name[0] != "/":
            if not _VOID.fullmatch(name):
                opened.append(name)
            if len(opened) > _DEEPEST:
                return True
        elif name[1:] in opened:
            last = len(opened) - 1 - opened[::-1].index(name[1:])
            if name == "/table" or "table" not in opened[last:]:
                del opened[last:]
    return False


def _cut(text: str) -> Cut:
    """Lines of a page that holds formatting alone."""
    breaks = [(0, 0), *(match.span() for match in _BREAK.finditer(text)), (len(text), len(text))]
    starts = [end for _, end in breaks[:-1]]
    lines = [text[start:end] for start, (end, _) in zip(starts, breaks[1:], strict=True)]
    return Cut([_plain(line) if "<" in line or "&" in line else line.rstrip("\r") for line in lines], starts)


def _plain(line: str) -> str:
    return html.unescape(_TAG.sub("", line)).replace("\n", " ").rstrip("\r")


def _parse(text: str) -> Cut:
    """Lines of any page: breaks are marked with their offset, then a parser takes away all that is no text."""
    clean = text.replace("\ue000", " ").replace("\ue001", " ")
    marked = _BREAK.sub(lambda match: f"{match[0] if '<' in match[0] else ''}\n\ue000{match.end()}\ue001", clean)
    tree = LexborHTMLParser("\ue0000\ue001" + marked)
    tree.strip_tags(_DROPPED)
    body = tree.body
    found = body.text(deep=True, separator="") if body is not None else ""
    pieces = _MARK.split(found)  # text before the first mark, then offset and text in turn
    starts = [int(offset) for offset in pieces[1::2]]
    return Cut([piece.replace("\n", " ") for piece in pieces[2::2]], starts)
