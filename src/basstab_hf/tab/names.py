"""Title and artist as the lines of a page state them: `Title: NAME`, `Artist: NAME`, ChordPro's `{title: NAME}`.

Input: the text of a page without markup. Output: `Names`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SIGN = re.compile("[:\uff1a]")
_HEAD = re.compile(
    r"[ \t\ufeff]*(?P<brace>\{)?[ \t]*(?:(?P<title>title|t|song(?:[ \t](?:title|name))?)|(?P<artist>artist|band)"
    r"|(?P<subtitle>subtitle|st)|(?P<meta>meta))[ \t]*",
    re.IGNORECASE,
)
#: Longest such head of a line, its line break included.
_LONGEST_HEAD = 24
_NAME = re.compile(r"[^\r\n]{0,300}")
_META = re.compile(r"(?P<kind>title|artist|subtitle)[ \t]+(?P<name>.*)", re.IGNORECASE)
#: Words that are names' heads in braces alone.
_IN_BRACES = frozenset(("t", "st", "subtitle", "meta"))


class Names(NamedTuple):
    """What a page states, "" where it does not."""

    title: str = ""
    artist: str = ""


NO_NAMES = Names()


class _Statement(NamedTuple):
    kind: str
    name: str


def is_stated(line: str) -> bool:
    """Whether a line states a title or an artist."""
    sign = _SIGN.search(line)
    return sign is not None and _statement(line, sign.start()) is not None


def stated_names(text: str) -> Names:
    """The first title and the first artist of a text; ChordPro's subtitle is the artist where none is named."""
    names: dict[str, str] = {}
    for sign in _SIGN.finditer(text):
        found = _statement(text, sign.start())
        if found is not None and found.name:
            names.setdefault(*found)
            if "title" in names and "artist" in names:
                break
    return Names(names.get("title", ""), names.get("artist", names.get("subtitle", "")))


def _statement(text: str, place: int) -> _Statement | None:
    """What stands around the colon at `place`, if that is a statement."""
    start = max(place - _LONGEST_HEAD, 0)
    *breaks, head = re.split("[\r\n]", text[start:place])
    found = _HEAD.fullmatch(head) if breaks or not start else None
    if found is None:
        return None
    kind = next(name for name in ("title", "artist", "subtitle", "meta") if found[name])
    if not found["brace"]:
        return None if found[kind].lower() in _IN_BRACES else _Statement(kind, _rest(text, place))
    name = _rest(text, place).removesuffix("}").strip()
    if kind != "meta":
        return _Statement(kind, name)
    meta = _META.fullmatch(name)
    return _Statement(meta["kind"].lower(), meta["name"]) if meta else None


def _rest(text: str, place: int) -> str:
    found = _NAME.match(text, place + 1)
    return found[0].strip() if found else ""
