"""Whose a card is: ours, or changed by somebody since.

A card that this package writes ends with a comment that holds the hash of all above it. As long as both fit together,
the card may be written anew; nothing but the card itself has to be remembered, wherever it was changed.
"""

from __future__ import annotations

import hashlib
import re

_MARK = re.compile(r"\n*<!-- written by basstab-hf, unchanged while ([0-9a-f]{16}) is its hash -->\s*\Z")


def marked(text: str) -> str:
    """A card with the mark of this package below, in place of one that it may have."""
    body = unmarked(text)
    return f"{body}\n\n<!-- written by basstab-hf, unchanged while {_hash(body)} is its hash -->\n"


def is_ours(text: str) -> bool:
    """Whether nobody changed a card since this package marked it."""
    mark = _MARK.search(text.replace("\r\n", "\n"))
    return mark is not None and mark[1] == _hash(unmarked(text))


def unmarked(text: str) -> str:
    """A card without a mark and without blank lines at its end."""
    return _MARK.sub("", text.replace("\r\n", "\n")).rstrip()


def _hash(body: str) -> str:
    """The hash of the lines without blanks at their ends, which editors add or take away."""
    lines = "\n".join(line.rstrip() for line in body.strip().splitlines())
    return hashlib.sha256(lines.encode()).hexdigest()[:16]
