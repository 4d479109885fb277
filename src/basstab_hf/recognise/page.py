"""Plain text lines of what a tab was found in: text, Markdown, HTML, or the JSON of a js-store page.

Input: text. Output: a `Page`: lines with dashes, bar lines and blanks unified, and where each came from.
"""

from __future__ import annotations

import bisect
import html
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from basstab_hf.recognise.dashes import EM, EN
from basstab_hf.recognise.markup import cut_markup, is_markup
from basstab_hf.tab.names import NO_NAMES, Names, stated_names

# One character stands for one character, so that offsets stay true.
_UNIFIED = {
    **{0xFF01 + place: chr(0x21 + place) for place in range(94)},  # full width forms
    **dict.fromkeys(map(ord, "═‐‑‒–—―−─━┄┅┈┉╌╍⎯⸺﹘﹣-\u00ad"), "-"),
    **dict.fromkeys(map(ord, "│┃┆┇┊┋╎╏║¦∣❘｜├┤┼┝┥┿┠┨╂┣┫╋╞╡╪╟╢╫╠╣╬┌┐└┘┬┴┏┓┗┛┳┻╔╗╚╝╦╩╒╕╘╛╤╧╓╖╙╜╥╨"), "|"),
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
_DASHED = {sign: kept for sign, kept in _UNIFIED.items() if chr(sign) not in (EM, EN)}
_LONG_SOUND = re.compile("(?<![\u30a1-\u30fe])ー+")  # a dash but where it lengthens a sound, as in ベース
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")

_MARKUP = re.compile(r"\[/?(?:tab|ch|code|pre)\]", re.IGNORECASE)
#: What a text still has of the page that it was cut out of.
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|#0?39);")
_ESCAPE = "\x1b"
#: What terminals are told: colours and places, titles of windows, single signs.
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\)?|[ -/]?[0-~])?")
_LITERAL = re.compile(r"""(?:\\r)?\\n(?=[ \t]*+(?:[A-Ga-g][#b]?[ \t]*+(?:[^\w\s]|_)|["'`]|$|\\[rn]))""")
# A tag with its attributes.
_TAG = re.compile(r"""<[a-zA-Z][^\s<>"']*+(?>(?:[^<>"']++|"[^"]*+"|'[^']*+')*)>""")
#: Places of the word js-store that are looked at.
_MOST_STORES = 20


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page and where they stand in `text`."""

    text: str  # what lines and offsets count in: the source, or of a js-store page the tab that it stores
    lines: Sequence[str]
    starts: Sequence[int]  # offset in `text` of each line
    numbers: Sequence[int]  # 1-based line of the source of each line
    exact: bool  # a line's characters stand in `text` one by one from its start on
    title: str = ""  # what the page says apart from its text: title, artist, tuning, instrument
    artist: str = ""
    tuning: str = ""
    instrument: str = ""
    dashed: Mapping[int, str] = field(default_factory=dict)  # lines with em and en dashes, which are - in `lines`
    stated: Names = NO_NAMES  # title and artist in its text

    def span(self, index: int, start: int, end: int) -> tuple[int, int]:
        """Offsets in `text` of a part of line `index`; of the whole line where markup stands inside the part."""
        begin = self.starts[index]
        if self.exact:
            return begin + start, begin + end
        stop = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
        place = self.text.find(self.lines[index][start:end], begin + start, stop)  # markup only adds characters
        return (begin, stop) if place < 0 else (place, place + end - start)


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
    if _ESCAPE in text:
        text, exact = _COLOURS.sub("", text), False
    if "&" in text and _ENTITY.search(text):
        text, exact = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text), False
    stated = stated_names(text)
    dashed: Mapping[int, str] = {}
    if not text.isascii():
        exact = exact and _INVISIBLE.search(text) is None
        dashed = _dashed(text)
        text = _unify(text)
    lines = text.split("\n")
    return Page(source, lines, starts, range(1, len(lines) + 1), exact, dashed=dashed, stated=stated, **facts)


def _dashed(text: str) -> dict[int, str]:
    """The lines with em or en dashes in them by number, unified but for these."""
    if EM not in text and EN not in text:
        return {}
    lines = enumerate(_INVISIBLE.sub("", text).split("\n"))
    return {index: line.translate(_DASHED) for index, line in lines if EM in line or EN in line}


def _unify(text: str) -> str:
    text = text.replace("\xa0", " ")  # by far the most frequent; translating takes 20 times as long
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", text).translate(_UNIFIED)
    return _LONG_SOUND.sub(lambda match: "-" * len(match[0]), text) if "ー" in text else text


def _read_store(text: str) -> Page | None:
    """The tab of a page that keeps it as JSON in an attribute: `<div class="js-store" data-content="{...}">`."""
    node = next(filter(None, map(_store_at, _tags_around("js-store", text))), None)
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


def _tags_around(word: str, text: str) -> Iterator[str]:
    """The tags in which a word stands, where it stands first: a parser's time grows with the square of the depth."""
    for found in itertools.islice(re.finditer(word, text), _MOST_STORES):
        tag = _TAG.match(text, max(text.rfind("<", 0, found.start()), 0))
        if tag is not None:
            yield tag[0]


def _store_at(tag: str) -> LexborNode | None:
    return LexborHTMLParser(tag).css_first(".js-store[data-content]")


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
    joined = _MARKUP.sub("", "\n".join(lines))
    stated = stated_names(joined)
    dashed: Mapping[int, str] = {}
    if not joined.isascii():
        dashed = _dashed(joined)
        joined = _unify(joined)
    return Page(text, joined.split("\n"), starts, numbers, exact=False, dashed=dashed, stated=stated)
