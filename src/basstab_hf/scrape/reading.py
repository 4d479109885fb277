"""A response -> its text, title and artist. What a page says is data: it is cut, cleaned of controls, never run."""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from cssselect import SelectorError
from parsel import Selector
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.linkextractors import LinkExtractor
from w3lib.encoding import http_content_type_encoding

from basstab_hf.errors import InputError
from basstab_hf.recognise import decode
from basstab_hf.scrape.site import Keys

_LONGEST_NAME = 300
_TITLES = ("h1", 'meta[property="og:title"]::attr(content)', "title")
#: Codecs of Python that no page is in; some take time that grows with the square of the length.
_NO_CHARSETS = ("idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf-7")
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PARTS = re.compile(r"(\{artist\}|\{title\}|\*)")
_PART = {"{artist}": "(?P<artist>[^/]+)", "{title}": r"(?P<title>[^/]+?)(?:\.\w{1,5})?", "*": "[^/]*"}


def text_of(response: Response) -> str | None:
    """The text of a page: by the charset of its HTTP header where that fits, else as `recognise.decode` reads bytes.

    None if the page is no text at all: a picture, say.
    """
    if not isinstance(response, TextResponse):
        return None
    header = (response.headers.get("Content-Type") or b"").decode("latin-1")
    declared = http_content_type_encoding(header)
    body = response.body
    if declared and declared not in _NO_CHARSETS and not body.startswith(_MARKS) and not _is_utf8(body):
        try:
            return body.decode(declared)
        except (LookupError, UnicodeError):  # a charset that does not exist, or is not the page's
            pass
    try:
        return decode(body)
    except InputError:  # an archive, say, that calls itself text
        return None


def _is_utf8(body: bytes) -> bool:
    """Bytes beyond ASCII that form UTF-8: hardly ever by chance, whatever the header says."""
    if body.isascii():
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def as_html(response: Response, text: str) -> HtmlResponse:
    """The page as decoded by `text_of`, for selectors and links."""
    return HtmlResponse(response.url, body=text.encode("utf-8", "replace"), encoding="utf-8")


def links(page: HtmlResponse) -> list[str]:
    """URLs that a page links to, each once; what is a picture, an archive and so on by its suffix is left out."""
    return [link.url for link in _LINKS.extract_links(page)]


_LINKS = LinkExtractor(tags=("a", "area"), attrs=("href",))


def one_line(text: str) -> str:
    """A title as one line without control characters, at most 300 long."""
    words = " ".join(text.split())
    return "".join(char for char in words if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))[:_LONGEST_NAME]


def selected(page: HtmlResponse, css: str) -> str:
    """The text of the first element that a selector finds and that has any, as one line.

    Raises:
        InputError: the selector cannot be read.
    """
    for element in _css(page, css):
        text = one_line(element.root if isinstance(element.root, str) else element.xpath("string()").get(""))
        if text:
            return text
    return ""


def title_of(page: HtmlResponse) -> str:
    """What a page calls itself."""
    return next(filter(None, (selected(page, css) for css in _TITLES)), "")


def elements(page: HtmlResponse, css: str) -> str:
    """The markup of all elements that a selector finds, one after the other."""
    return "\n".join(element.get() for element in _css(page, css))


def check_selector(css: str) -> None:
    """Refuse what is no CSS selector before anything is fetched."""
    _css(HtmlResponse("http://localhost", body=b"<p>", encoding="utf-8"), css)


def _css(page: HtmlResponse, css: str) -> list[Selector]:
    try:
        return list(page.css(css))
    except (SelectorError, ValueError) as error:
        raise InputError(f"{css!r} is no CSS selector: {' '.join(str(error).split())}") from error


def names_in_path(url: str, pattern: str) -> dict[str, str]:
    """Artist and title from the end of a path: `{artist}/{title}` and /tabs/a-ha/take-on-me.html."""
    wanted = "".join(_PART.get(part) or re.escape(part) for part in _PARTS.split(pattern.strip("/")))
    match = re.search(f"(?:^|/){wanted}$", urlsplit(url).path.rstrip("/"))
    return {name: one_line(unquote(value)) for name, value in match.groupdict().items()} if match else {}


def stored(page: HtmlResponse, keys: Keys) -> Any:
    """The JSON that a js-store page keeps in an attribute, or None."""
    for element in _css(page, keys.element):
        try:
            return json.loads(element.attrib[keys.attribute])
        except (KeyError, ValueError, RecursionError):
            continue
    return None


def at(values: Any, dotted: str) -> Any:
    """The value at a dotted key such as `store.page.data`, or None; numbers count in lists."""
    for key in dotted.split("."):
        if isinstance(values, dict):
            values = values.get(key)
        elif isinstance(values, list) and key.isdecimal() and int(key) < len(values):
            values = values[int(key)]
        else:
            return None
    return values


def listed(values: Any, keys: Keys) -> Iterator[str]:
    """The tab URLs of a listing."""
    tabs = at(values, keys.tabs)
    for tab in tabs if isinstance(tabs, list) else ():
        url = at(tab, keys.url)
        if isinstance(url, str):
            yield url
