"""What all spiders do: start URLs and links as requests, a response or an error as the end of a visit."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from gzip import BadGzipFile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from scrapy import Request, Spider, signals
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.spidermiddlewares.httperror import HttpError

from basstab_hf.errors import InputError
from basstab_hf.recognise import recognise_tabs
from basstab_hf.scrape import reading
from basstab_hf.scrape.guard import UNTRUSTED
from basstab_hf.scrape.items import End, Page, Visit
from basstab_hf.scrape.job import Job
from basstab_hf.scrape.robots import UNREACHABLE
from basstab_hf.scrape.rules import Rules
from basstab_hf.scrape.settings import USER_AGENT
from basstab_hf.scrape.site import Site

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import HtmlResponse, Response

_log = logging.getLogger(__name__)
_TOO_LARGE = "too large (limits.megabytes)"
#: What a download can end with, and what that is called; anything else goes by its own name.
_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "host not found"),
    (DownloadConnectionRefusedError, "connection refused"),
    (BadGzipFile, "broken compression"),
)


class TabSpider(Spider):
    """A spider for one site and one job.

    `scrapy crawl NAME -a config=SITE.yaml -a out=DIR` makes both from files; `basstab scrape` hands them over.
    """

    job: Job
    rules: Rules

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *args: Any, job: Job | None = None, config: str = "", out: str = "", **named: Any
    ) -> TabSpider:
        """Called by Scrapy; the settings still take what the site says.

        Raises:
            InputError: neither a job nor the names of its files.
        """
        spider = super().from_crawler(crawler, *args, **named)
        if job is None:
            if not config or not out:
                raise InputError("name a site file and a folder: -a config=SITE.yaml -a out=DIR")
            job = _own_job(crawler, Path(out), Site.read(config))
        if job.site.spider != cls.name:
            raise InputError(f"the site is for spider {job.site.spider}, not {cls.name}")
        spider.job = job
        spider.rules = Rules(job.site)
        for name, value in _settings(job.site).items():
            crawler.settings.set(name, value, priority="spider")
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """The start URLs; those that the job knows already are dropped by its scheduler."""
        for request in self.requests(self.job.site.urls(), meta={"start": True}):
            yield request

    def requests(
        self, urls: Iterable[str], response: Response | None = None, meta: dict[str, Any] | None = None
    ) -> Iterator[Request]:
        """Requests for the URLs that belong to the site; the others are counted by reason."""
        depth = response.meta.get("depth", 0) + 1 if response else 0
        for url in urls:
            refusal = self.rules.refusal(url, depth, anywhere=meta is not None)
            if refusal:
                self.job.frontier.count("link", refusal)
            else:
                yield Request(url, meta={"depth": depth, **(meta or {})})

    def parse(self, response: Response, **_: Any) -> Iterator[Request | Visit]:
        """A response: its links, then the end of the visit."""
        raise NotImplementedError

    def visit(self, response: Response, page: HtmlResponse, text: str) -> Visit:
        """Keep a page if a tab is recognised on it."""
        select = self.job.site.select
        content = reading.elements(page, select.text) if select.text else text
        return self.keep(response, content, self.title(response, page), self.artist(response, page))

    def keep(self, response: Response, content: str, title: str, artist: str) -> Visit:
        """The end of a visit: a page if a tab is recognised in `content`."""
        row = response.meta["row"]
        if not recognise_tabs(content).systems:
            return Visit(row, reason="no tab recognised")
        request = response.request
        first = (response.meta.get("redirect_urls") or [request.url if request else response.url])[0]
        page = Page(
            url=first,
            final_url=response.url,
            fetched_at=_when(response.meta.get("cache_timestamp") if "cached" in response.flags else None),
            status=response.status,
            content_type=reading.one_line((response.headers.get("Content-Type") or b"").decode("latin-1")),
            sha256=hashlib.sha256(response.body).hexdigest(),
            title=title,
            artist=artist,
            content=content,
            spider=self.name,
            robots=response.meta["robots"],
            licence=self.job.site.licence,
        )
        return Visit(row, page)

    def title(self, response: Response, page: HtmlResponse) -> str:
        """By the site's selector or path pattern, else what the page calls itself, else the file's name."""
        select = self.job.site.select
        chosen = reading.selected(page, select.title) if select.title else ""
        chosen = chosen or reading.names_in_path(response.url, select.path).get("title", "")
        return chosen or reading.title_of(page) or reading.one_line(Path(unquote(urlsplit(response.url).path)).stem)

    def artist(self, response: Response, page: HtmlResponse) -> str:
        """By the site's selector or path pattern."""
        select = self.job.site.select
        chosen = reading.selected(page, select.artist) if select.artist else ""
        return chosen or reading.names_in_path(response.url, select.path).get("artist", "")

    def failed(self, failure: Any) -> Iterator[Visit]:
        """A request that brought no page: refused for good, or an error."""
        row = failure.request.meta["row"]
        error = failure.value
        if isinstance(error, HttpError):
            yield Visit(row, reason=f"HTTP {error.response.status}", end=End.FAILED)
        elif isinstance(error, IgnoreRequest):
            reason = _TOO_LARGE if "DOWNLOAD_MAXSIZE" in str(error) else str(error)
            yield Visit(row, reason=reason, end=End.FAILED if reason in (UNREACHABLE, UNTRUSTED) else End.REFUSED)
        elif isinstance(error, DownloadCancelledError):
            yield Visit(row, reason=_TOO_LARGE, end=End.REFUSED)
        else:
            name = next((name for kind, name in _ERRORS if isinstance(error, kind)), type(error).__name__)
            yield Visit(row, reason=name, end=End.FAILED)


def _own_job(crawler: Crawler, folder: Path, site: Site) -> Job:
    """A job for `scrapy crawl`, closed with the spider."""
    job = Job.open(folder, site)

    def close(spider: Any, reason: str) -> None:
        if reason == "finished":
            job.end_as_finished()
        job.close()

    crawler.signals.connect(close, signals.spider_closed, weak=False)
    return job


def _when(timestamp: float | None) -> str:
    """Now, or when a cached response was fetched."""
    when = datetime.now(UTC) if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def _settings(site: Site) -> dict[str, Any]:
    """What a site file says, as Scrapy's settings."""
    delay = 0.0 if site.spider == "folder" else site.delay
    return {
        "DOWNLOAD_DELAY": delay,
        "AUTOTHROTTLE_ENABLED": delay > 0,
        "AUTOTHROTTLE_START_DELAY": delay,
        "BACKOFF_SECONDS": max(5 * delay, 0.05),
        "DOWNLOAD_TIMEOUT": site.limits.seconds,
        "DOWNLOAD_MAXSIZE": int(site.limits.megabytes * 1e6),
        "DOWNLOAD_VERIFY_CERTIFICATES": site.verify_certificates,
        "USER_AGENT": f"{USER_AGENT} (+{site.contact})" if site.contact else USER_AGENT,
    }
