"""A site to scrape, described without Python: a YAML file, or the URLs of a command line -> a checked `Site`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from basstab_hf.errors import InputError
from basstab_hf.modules import SPIDERS
from basstab_hf.scrape.addresses import is_private_host
from basstab_hf.settings import read_yaml

#: Seconds between two requests to one domain, below which only hosts of one's own may be asked.
POLITE_DELAY = 1.0
_RANGE = re.compile(r"\{(\d{1,7})\.\.(\d{1,7})\}")
_CONTACT = re.compile(r"[!-'*-~]{3,200}")  # printable ASCII without blanks and brackets: it goes into a header


@dataclass(frozen=True, slots=True)
class Select:
    """Where a page keeps what: CSS selectors, and a pattern that the end of its path follows."""

    title: str = ""  # else h1, title, og:title
    artist: str = ""
    text: str = ""  # the elements to keep; else the page as it is
    path: str = ""  # such as {artist}/{title}: folders and the file's name without its suffix


@dataclass(frozen=True, slots=True)
class Keys:
    """Where a js-store page keeps its JSON, and dotted keys into it; by default the layout that the seed reads."""

    element: str = ".js-store"
    attribute: str = "data-content"
    tabs: str = "store.page.data.data.tabs"  # of a listing: a list of objects
    url: str = "tab_url"  # in each of these
    text: str = "store.page.data.tab_view.wiki_tab.content"
    title: str = "store.page.data.tab.song_name"
    artist: str = "store.page.data.tab.artist_name"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a scrape stops. A site that has more says so in its file."""

    pages: int = 10_000  # kept
    urls: int = 100_000  # known, fetched or not
    depth: int = 20  # links from a start URL: what ends calendars
    per_folder: int = 5_000  # URLs directly in one folder of the site
    per_path: int = 200  # URLs that differ in their query alone
    url_length: int = 2_000  # characters; browsers and servers stop near this
    seconds: float = 30.0  # for one response
    megabytes: float = 5.0  # of one response, unpacked; a tab has 0.02


@dataclass(frozen=True, slots=True)
class Site:
    """What to fetch and how.

    `allow_private` permits loopback and private addresses; `licence` goes into every kept page. Certificates are
    verified by what the platform trusts; `verify_certificates: false` reads a site of one's own that has made its own.
    """

    start_urls: tuple[str, ...]
    spider: str = "pages"
    allowed_domains: tuple[str, ...] = ()  # subdomains included; the hosts of the start URLs if left out
    allowed_paths: tuple[str, ...] = ()  # folders; anywhere if left out
    licence: str = ""
    contact: str = ""
    delay: float = POLITE_DELAY
    allow_private: bool = False
    verify_certificates: bool = True
    about: str = ""
    select: Select = field(default_factory=Select)
    keys: Keys = field(default_factory=Keys)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not self.start_urls:
            raise InputError("a site without start_urls: name at least one")
        if self.spider not in SPIDERS:
            raise InputError(f"spider {self.spider!r}: choose one of {', '.join(SPIDERS)}")
        for url in self.start_urls:
            self._check_start(url)
        if not self.allowed_domains and self.spider != "folder":
            hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in self.start_urls)
            object.__setattr__(self, "allowed_domains", tuple(hosts))
        self._check_numbers()
        if self.contact and not _CONTACT.fullmatch(self.contact):
            raise InputError(f"contact {self.contact!r}: give one e-mail address or URL without blanks")

    def _check_start(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fits = False
        if self.spider == "folder":
            fits = parts.scheme in ("", "file")
        if not fits:
            wanted = "a folder" if self.spider == "folder" else "a URL such as https://example.org/tabs/"
            raise InputError(f"start URL {url!r}: spider {self.spider} takes {wanted}")

    def _check_numbers(self) -> None:
        for name, value in asdict(self.limits).items():
            if not 0 < value < float("inf"):
                raise InputError(f"limits.{name} {value}: choose more than 0")
        if not 0 <= self.delay <= 3600:
            raise InputError(f"delay {self.delay}: choose 0 to 3600 seconds")
        own = self.allow_private and all(map(is_private_host, self.allowed_domains))
        if self.delay < POLITE_DELAY and not own and self.spider != "folder":
            raise InputError(
                f"delay {self.delay}: choose {POLITE_DELAY:g} second or more; less is for sites on your own machine or "
                "network (allow_private: true, and their addresses as allowed_domains)"
            )

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Site:
        """Read a site file.

        Raises:
            InputError: not readable, no YAML, an unknown key, or a value that does not fit.
        """
        values = read_yaml(path)
        try:
            site: Site = _fill(cls, values)
            return site
        except InputError as error:
            raise InputError(f"{path}: {error}") from error

    @classmethod
    def of_urls(cls, urls: Sequence[str]) -> Site:
        """The site that URLs on a command line mean: their hosts, below their folders; a path is a folder to read.

        Whoever types the address of a machine of their own means it, so that such addresses are allowed.
        """
        if all("://" not in url or url.startswith("file:") for url in urls):
            return cls(tuple(urls), spider="folder")
        site = cls(tuple(urls))
        private = all(map(is_private_host, site.allowed_domains))
        return replace(site, allowed_paths=tuple(map(_folder, urls)), allow_private=private)

    def changed(self, *, pages: int | None = None, delay: float | None = None, contact: str | None = None) -> Site:
        """The site with what a command line says instead of its file."""
        limits = self.limits if pages is None else replace(self.limits, pages=pages)
        contact = self.contact if contact is None else contact
        return replace(self, limits=limits, contact=contact, delay=self.delay if delay is None else delay)

    @property
    def ports(self) -> frozenset[int]:
        """Ports of the start URLs: a redirect to another service of the same machine leaves the site."""
        return frozenset(map(port_of, self.start_urls))

    def urls(self) -> Iterator[str]:
        """The start URLs, with ranges such as `page={0..99}` written out."""
        for url in self.start_urls:
            yield from _expand(url)

    def identity(self) -> str:
        """What may not change while a scrape goes on: all that decides which URLs are fetched and what is kept."""
        values = asdict(self)
        for name in ("about", "contact", "delay", "licence", "limits", "verify_certificates"):
            del values[name]
        return json.dumps(values, sort_keys=True)


def port_of(url: str) -> int:
    """The port of a URL, that of its scheme if it names none."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _folder(url: str) -> str:
    """`/tabs/a.html` -> `/tabs/`; a last part without a suffix may be a folder, and stays."""
    path = urlsplit(url).path
    return path if "." not in path.rpartition("/")[2] else path.rpartition("/")[0] + "/"


def _expand(url: str) -> Iterator[str]:
    match = _RANGE.search(url)
    if not match:
        yield url
        return
    for number in range(int(match[1]), int(match[2]) + 1):
        yield from _expand(f"{url[: match.start()]}{number}{url[match.end() :]}")


def _fill(kind: type[Any], values: Any, where: str = "") -> Any:
    """A dataclass from what YAML gave, every key and type checked."""
    names = [each.name for each in fields(kind)]
    if not isinstance(values, dict):
        raise InputError(f"{where.rstrip('.') or 'the file'} is no mapping: write {names[0]}: ... and so on")
    for name in values:
        if name not in names:
            raise InputError(f"unknown key {where}{name}: choose among {', '.join(names)}")
    types = get_type_hints(kind)
    if "start_urls" in names and "start_urls" not in values:
        raise InputError("start_urls is missing")
    return kind(**{name: _value(types[name], value, where + name) for name, value in values.items()})


def _value(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        return _fill(kind, value, f"{where}.")  # type: ignore[arg-type]
    if kind == tuple[str, ...]:
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list) and all(isinstance(text, str) for text in texts):
            return tuple(texts)
        raise InputError(f"{where}: {value!r} is no list of texts")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        name = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}[kind.__name__]
        raise InputError(
            f"{where}: {value!r} is no {name}" if kind is not bool else f"{where}: {value!r} is not {name}"
        )
    return value


def root_of(url: str) -> Path:
    """The folder that a start URL of the folder spider names.

    Raises:
        InputError: there is no such folder.
    """
    from w3lib.url import file_uri_to_path

    path = Path(file_uri_to_path(url) if url.startswith("file:") else url)
    if not path.is_dir():
        raise InputError(f"{url} is no folder; a URL starts with http:// or https://")
    return path.resolve()
