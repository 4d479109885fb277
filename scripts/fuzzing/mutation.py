"""What is done to inputs that are in order: bytes, documents (JSON, YAML), and command lines."""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any
from xml.etree import ElementTree

#: Bytes of an input, at most.
LONGEST = 60_000
_NUMBER = re.compile(rb"\d{1,9}")
_ODD_NUMBERS = (
    *("0", "-1", "1", "7", "16", "127", "128", "255", "256", "32767", "65535", "65536", "2147483647", "4294967296"),
    *("99999999999999999999", "1e308", "1e999", "nan", "inf", "-0", "0.1", "1/0", "٣", "", "0x10"),
)
_ODD_TEXTS = (
    *_ODD_NUMBERS,
    "x",
    " ",
    "1 2 3",
    "-",
    "G",
    "é",
    "\u202e",
    "yes",
    "start",
    "1e-400",
    "2/0",
    "1,2",
    "9" * 400,
)
_ODD_BYTES = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc3\x28", b"\xef\xbb\xbf", b"\x1b]0;", b"\xe2\x80\xae", b"\r", b"\n\n"),
    *("é".encode(), "ß".encode(), "İ".encode(), "１".encode(), "²".encode(), "𝟙".encode(), "ﬀ".encode()),
)


def mutated(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """A content after one to five changes; `others` are contents to splice with, `tokens` what may be put in."""
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        change = chance.choice(_CHANGES)
        content = change(content, others, tokens, chance)[:LONGEST]
    return content


def _span(content: bytes, chance: random.Random, most: int = 64) -> slice:
    begin = chance.randrange(len(content) + 1)
    return slice(begin, begin + chance.randint(1, most))


def _flip(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    if not content:
        return content
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
    return bytes(changed)


def _cut(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    part = _span(content, chance, chance.choice((1, 8, 64, 1024)))
    return content[: part.start] + content[part.stop :]


def _again(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    part = _span(content, chance, chance.choice((4, 64, 512)))
    times = chance.choice((1, 2, 20, 300))
    return content[: part.stop] + content[part] * times + content[part.stop :]


def _put_in(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    piece = chance.choice((*tokens, *_ODD_BYTES)) * chance.choice((1, 1, 1, 2, 50, 1000))
    return content[:place] + piece + content[place:]


def _number(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    places = list(_NUMBER.finditer(content))
    if not places:
        return content
    found = chance.choice(places)
    return content[: found.start()] + chance.choice(_ODD_NUMBERS).encode() + content[found.end() :]


def _splice(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


def _end(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _move(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    part = _span(content, chance, 256)
    rest = content[: part.start] + content[part.stop :]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + content[part] + rest[place:]


def _token_for_token(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    there = [token for token in tokens if token in content]
    if not there:
        return content
    return content.replace(chance.choice(there), chance.choice(tokens), chance.choice((1, 1, -1)))


_CHANGES: tuple[Callable[[bytes, Sequence[bytes], Sequence[bytes], random.Random], bytes], ...] = (
    *(_flip, _cut, _again, _put_in, _number, _splice, _end, _move, _token_for_token),
)


def flipped(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """A content in which one to four bytes are others, as files keep to their layout by it; or one `mutated`."""
    if chance.random() < 0.25:
        return mutated(content, others, tokens, chance)
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(changed))
        changed[place] = chance.choice(
            (0, 1, 2, 4, 255, 127, changed[place] ^ 1 << chance.randrange(8), chance.randrange(256))
        )
    return bytes(changed)


def odd_xml(content: bytes, others: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """XML of which elements went, came twice, moved, or hold something else; or bytes that are `mutated`."""
    if chance.random() < 0.25:
        return mutated(content, others, tokens, chance)
    root = ElementTree.fromstring(content)  # noqa: S314  # our own
    for _ in range(chance.choice((1, 1, 2, 4))):
        _odd_element(list(root.iter()), chance)
    return ElementTree.tostring(root)[: 4 * LONGEST]


def _odd_element(every: list[ElementTree.Element], chance: random.Random) -> None:
    parents, leaves = [one for one in every if len(one)], [one for one in every if not len(one)]
    if not parents:
        return
    parent, kind = chance.choice(parents), chance.random()
    child = chance.choice(list(parent))
    if kind < 0.15:
        parent.remove(child)
    elif kind < 0.3:
        for _ in range(chance.choice((1, 1, 3, 40))):
            parent.append(deepcopy(child))
    elif kind < 0.4:
        chance.choice(parents).insert(chance.randrange(3), deepcopy(chance.choice(leaves)))
    elif kind < 0.5:
        child.tag = chance.choice(every).tag
    elif kind < 0.7 and child.attrib:
        child.set(chance.choice(list(child.attrib)), chance.choice(_ODD_TEXTS))
    else:
        leaf = chance.choice(leaves)
        leaf.text = chance.choice((*_ODD_TEXTS, f"{leaf.text or ''}{chance.choice(_ODD_TEXTS)}"))


# Documents


def _deep(levels: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


_ODD_VALUES: tuple[Callable[[], Any], ...] = (
    *(lambda: None, lambda: True, lambda: False, lambda: 0, lambda: -1, lambda: 2**31, lambda: 10**30),
    *(lambda: 0.5, lambda: 1e308, lambda: float("nan"), lambda: float("inf"), lambda: -0.0, lambda: ""),
    *(lambda: "x", lambda: "\ud800", lambda: "\x1b[2J\u202e", lambda: "a\nb", lambda: "9" * 5000, lambda: "é" * 300),
    *(list, dict, lambda: [[]], lambda: {"": None}, lambda: {"a": {"b": [1, "x"]}}, lambda: _deep(50)),
    *(lambda: [1, 2], lambda: ["x", None], lambda: list(range(1000)), lambda: "GDAE", lambda: "<style:rock>"),
)
_DATES = (lambda: datetime.date(2026, 1, 1), lambda: datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC))


def odd_document(document: Any, chance: random.Random, *, dates: bool = False) -> Any:
    """A document after one to three changes to its values, names and shape; `dates`: YAML has them."""
    values = (*_ODD_VALUES, *(_DATES * 3 if dates else ()))
    for _ in range(chance.choice((1, 1, 2, 3))):
        document = _changed(document, chance, values)
    return document


def _changed(node: Any, chance: random.Random, values: Sequence[Callable[[], Any]]) -> Any:
    if isinstance(node, dict) and node and chance.random() < 0.85:
        name = chance.choice(list(node))
        changed = dict(node)
        kind = chance.random()
        if kind < 0.08:
            del changed[name]
        elif kind < 0.16:
            changed[chance.choice(("", "x", "\ud800", "__class__", "\x1b[2J"))] = changed.pop(name)
        else:
            changed[name] = _changed(node[name], chance, values)
        return changed
    if isinstance(node, list) and node and chance.random() < 0.85:
        place = chance.randrange(len(node))
        if chance.random() < 0.15:
            return node[:place] + node[place : place + 1] * chance.choice((0, 2, 50)) + node[place + 1 :]
        return [*node[:place], _changed(node[place], chance, values), *node[place + 1 :]]
    return chance.choice(values)()
