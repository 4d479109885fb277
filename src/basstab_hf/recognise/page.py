"""Plain text lines of what a tab was found in: text, Markdown, HTML, or the JSON of a js-store page.

Input: bytes or text. Output: a `Page`: lines with dashes, bar lines and blanks unified, and where each came from.
"""

from __future__ import annotations

import bisect
import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from basstab_hf.recognise.markup import cut_markup, is_markup

# One character stands for one character, so that offsets stay true.
_UNIFIED = {
    **dict.fromkeys(map(ord, "‐‑‒–—―−─━┄┅┈┉╌╍⎯⸺﹘﹣-\u00ad"), "-"),
    **dict.fromkeys(map(ord, "│┃┆┇┊┋╎╏║¦∣❘｜"), "|"),
    **dict.fromkeys(
        map(
            ord,
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x0b\x0c",
        ),
        " ",
    ),
    ord("♭"): "b",
    ord("♯"): "#",
    ord("∼"): "~",
    ord("˜"): "~",
    ord("×"): "x",
}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")

_MARKUP = re.compile(r"\[/?(?:tab|ch|code|pre)\]", re.IGNORECASE)
_LITERAL = re.compile(r"""(?:\\r)?\\n(?=[ \t]*+(?:[A-Ga-g][#b]?[ \t]*+(?:[^\w\s]|_)|["'`]|$|\\[rn]))""")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page and where they stand in `text`."""

    text: str  # what lines and offsets count in: the source, or of a js-store page the tab that it stores
    lines: Sequence[str]
    starts: Sequence[int]  # offset in `text` of each line
    numbers: Sequence[int]  # 1-based line of the source of each line
    exact: bool  # a line's characters stand in `text` one by one from its start on
    title: str = ""
    artist: str = ""
    tuning: str = ""  # what the page says apart from its text
    instrument: str = ""

    def span(self, index: int, start: int, end: int) -> tuple[int, int]:
        """Offsets in `text` of a part of line `index`; of the whole line where markup stands inside the part."""
        begin = self.starts[index]
        if self.exact:
            return begin + start, begin + end
        stop = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        place = self.text.find(self.lines[index][start:end], begin + start, stop)  # markup only adds characters
        return (begin, stop) if place < 0 else (place, place + end - start)


def decode(data: bytes) -> str:
    """Bytes of unknown encoding as text: byte order mark, UTF-8, declared charset, else Windows-1252. Never fails."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    else:
        wide = _wide(data) if "\x00" in text else ""
        return data.decode(wide, errors="replace") if wide else text
    declared = _CHARSET.search(data[:4096])
    for encoding in ([declared[1].decode("ascii")] if declared else []) + (
        [_wide(data)] if b"\x00" in data[:4096] else []
    ):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
    return data.decode("cp1252", errors="replace")


def _wide(data: bytes) -> str:
    """The UTF-16 that bytes without a mark are in, or ""."""
    even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
    least = min(len(data), 4096) // 5
    return "utf-16-le" if odd > least > even else "utf-16-be" if even > least > odd else ""


def read_page(text: str) -> Page:
    """Cut a source of any kind into lines; the kind is told by its content."""
    if "js-store" in text:
        stored = _read_store(text)
        if stored is not None:
            return stored
    if is_markup(text):
        return _read_html(text)
    return _read_text(text)


def _read_text(text: str, **facts: str) -> Page:
    source = text
    if "\n" not in text:
        text = text.replace("\r", "\n")
    exact = True
    if "\\n" in text:  # a string literal: its line ends become blanks, as where newlines were lost
        text = _LITERAL.sub(lambda match: " " * len(match[0]), text)
    raw = text.split("\n")
    starts = list(itertools.accumulate((len(line) + 1 for line in raw[:-1]), initial=0))
    if "[" in text and _MARKUP.search(text):
        text, exact = _MARKUP.sub("", text), False
    if not text.isascii():
        exact = exact and _INVISIBLE.search(text) is None
        text = _unify(text)
    lines = text.split("\n")
    return Page(source, lines, starts, range(1, len(lines) + 1), exact, **facts)


def _unify(text: str) -> str:
    text = text.replace("\xa0", " ")  # by far the most frequent; translating takes 20 times as long
    return text if text.isascii() else _INVISIBLE.sub("", text).translate(_UNIFIED)


def _read_store(text: str) -> Page | None:
    """The tab of a page that keeps it as JSON in an attribute: `<div class="js-store" data-content="{...}">`."""
    node = LexborHTMLParser(text).css_first(".js-store[data-content]")
    if node is None:
        return None
    try:
        data = json.loads(node.attributes["data-content"] or "")["store"]["page"]["data"]
        view = data["tab_view"]
        content = view["wiki_tab"]["content"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(content, str):
        return None
    tab = data.get("tab")
    return _read_text(
        content,
        title=_text_at(tab, "song_name"),
        artist=_text_at(tab, "artist_name"),
        instrument=_text_at(tab, "type_name") or _text_at(tab, "type"),
        tuning=_text_at(view, "meta", "tuning", "value"),
    )


def _text_at(data: object, *keys: str) -> str:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _read_html(text: str) -> Page:
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines, starts = cut_markup(text)
    newlines = [match.start() for match in re.finditer("\n", text)]
    numbers = [bisect.bisect_left(newlines, start) + 1 for start in starts]
    joined = "\n".join(lines)
    if not joined.isascii():
        joined = _unify(joined)
    joined = _MARKUP.sub("", joined)
    return Page(text, joined.split("\n"), starts, numbers, exact=False)
