"""Text and attributes of a page by Python's own parser, where the native one is not.

It builds no tree: elements are told to be dropped by name, and text outside them is what the page says. A head that is
not closed ends where something begins that no head can hold, as browsers have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

_OF_HEAD = frozenset(("base", "link", "meta", "noscript", "script", "style", "template", "title", "head", "html"))
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
#: A line break right behind these is none, as browsers have it.
_BREAK_FIRST = frozenset(("pre", "listing", "textarea"))
_SELECTOR = re.compile(r"\.([\w-]+)\[([\w-]+)\]")


class LexborNode:
    """An element: its attributes, or all of a page: its text."""

    def __init__(self, attributes: dict[str, str | None], text: str = "") -> None:
        self.attributes, self._text = attributes, text

    def text(self, *, deep: bool, separator: str) -> str:
        """The text inside."""
        return self._text


class LexborHTMLParser:
    """A page."""

    def __init__(self, text: str) -> None:
        self._source, self._dropped = text, frozenset[str]()

    def strip_tags(self, names: Sequence[str]) -> None:
        """Take elements away with all that is inside."""
        self._dropped |= frozenset(names)

    @property
    def body(self) -> LexborNode:
        return LexborNode({}, _Reader(self._source, self._dropped).found)

    def css_first(self, selector: str) -> LexborNode | None:
        """The first element of a class that has an attribute: `.NAME[NAME]` alone is known.

        Raises:
            ValueError: another selector.
        """
        match = _SELECTOR.fullmatch(selector)
        if match is None:
            raise ValueError(f"selector {selector}: .NAME[NAME] alone is known here")
        for attributes in _Reader(self._source, frozenset()).elements:
            if match[1] in (attributes.get("class") or "").split() and match[2] in attributes:
                return LexborNode(attributes)
        return None


class _Reader(HTMLParser):
    """Collects text outside of dropped elements, and the attributes of all elements."""

    def __init__(self, text: str, dropped: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._dropped = dropped
        self._inside: list[str] = []
        self._texts: list[str] = []
        self._is_first = False
        self.elements: list[dict[str, str | None]] = []
        self.feed(text)
        self.close()

    @property
    def found(self) -> str:
        return "".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_first = tag in _BREAK_FIRST
        self.elements.append(dict(reversed(attrs)))
        if self._inside == ["head"] and tag not in _OF_HEAD:
            self._inside.clear()
        if tag in self._dropped and tag not in _VOID:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._is_first = False
        if tag in self._inside:
            del self._inside[len(self._inside) - 1 - self._inside[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if self._inside == ["head"] and data.strip():
            self._inside.clear()
        if not self._inside:
            self._texts.append(data.removeprefix("\n") if self._is_first else data)
        self._is_first = False
