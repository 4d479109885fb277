"""Scrapy's scheduler over a `Job`: requests come from and go to its rows, so that none is lost or fetched twice."""

from __future__ import annotations

import logging
import sqlite3
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.core.scheduler import BaseScheduler

from basstab_hf.scrape.frontier import fingerprint
from basstab_hf.scrape.items import End, Visit
from basstab_hf.scrape.rules import Rules

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from basstab_hf.scrape.job import Job
    from basstab_hf.scrape.spiders.base import TabSpider

_log = logging.getLogger(__name__)
#: What of a request's meta is kept with its row; all of it JSON.
_KEPT_META = (
    *("depth", "start", "sitemap", "retry_times"),
    *("redirect_times", "redirect_ttl", "redirect_urls", "redirect_reasons"),
)


class JobScheduler(BaseScheduler):
    """Hands out requests host by host; a host that asked for a pause is left alone until it is over."""

    spider: TabSpider
    job: Job

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._held: dict[str, float] = {}  # host -> when it may be asked again

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> JobScheduler:
        """Called by Scrapy."""
        return cls(crawler)

    def open(self, spider: Any) -> None:
        """Begin with the spider's job."""
        self.spider = spider
        self.job = spider.job
        self._rules = Rules(self.job.site)
        self._crawler.signals.connect(self._callback_failed, signals.spider_error)
        self._crawler.signals.connect(self._received, signals.response_received)
        # Where every host is held back, Scrapy asks again at this interval (5 s if the name should ever change).
        self._crawler.engine._SLOT_HEARTBEAT_INTERVAL = 0.25

    def has_pending_requests(self) -> bool:
        """Whether anything is left to fetch."""
        return not self._stopped and self.job.frontier.waiting > 0

    def next_request(self) -> Request | None:
        """A request whose host may be asked now."""
        if self._stopped:
            return None
        now = time.monotonic()
        self._held = {host: until for host, until in self._held.items() if until > now}
        host = next((host for host in self.job.frontier.free_hosts() if host not in self._held), None)
        try:
            row = self.job.frontier.take(host) if host is not None else None
        except sqlite3.Error as error:
            self.job.broken = error
            return None
        return self._request(row.request, row.id) if row else None

    def enqueue_request(self, request: Request) -> bool:
        """Add a link or start URL; or go on with a row whose request is to be repeated or was redirected."""
        try:
            return self._enqueue(request)
        except sqlite3.Error as error:
            self.job.broken = error
            return False

    @property
    def _stopped(self) -> bool:
        return self.job.full or self.job.broken is not None

    def _enqueue(self, request: Request) -> bool:
        row = request.meta.pop("row", None)
        key = fingerprint(request.url)
        if row is None:
            return not self.job.frontier.knows(key) and self._add(key, request)
        if hold := request.meta.pop("hold", 0):
            host, until = _host(request.url), time.monotonic() + hold
            self._held[host] = max(until, self._held.get(host, 0.0))
        if key == self.job.frontier.key_of(row):
            self.job.frontier.put_back(row, _values(request))
            return True
        return self._redirect(row, key, request)

    def _redirect(self, row: int, key: bytes, request: Request) -> bool:
        """End a row with where it leads to."""
        refusal = self._rules.refusal(request.url, anywhere=bool({"start", "sitemap"} & request.meta.keys()))
        known = not refusal and self.job.frontier.knows(key)
        added = not refusal and not known and self._add(key, request)
        reason = "redirect to a known page" if known else f"redirect: {refusal or 'past the limits'}"
        self.job.end(Visit(row, end=End.MOVED) if added else Visit(row, reason=reason, end=End.REFUSED))
        return added

    def _add(self, key: bytes, request: Request) -> bool:
        """A new row, if the limits allow it."""
        limit = self._limit(request)
        if limit:
            self.job.frontier.count("link", limit)
            return False
        self.job.frontier.add(key, _host(request.url), _values(request), request.priority)
        return True

    def _limit(self, request: Request) -> str:
        """The limit that a new URL would break, or "". Endless calendars and queries end here."""
        limits, frontier = self.job.site.limits, self.job.frontier
        if len(frontier) >= limits.urls:
            return "more URLs than allowed (limits.urls)"
        parts = urlsplit(request.url)
        if parts.scheme == "file":
            return ""
        if parts.query and frontier.count("path", f"{parts.netloc}{parts.path}") > limits.per_path:
            return "too many queries of one path (limits.per_path)"
        folder = parts.path.rpartition("/")[0]
        if not parts.query and frontier.count("folder", f"{parts.netloc}{folder}") > limits.per_folder:
            return "too many URLs in one folder (limits.per_folder)"
        return ""

    def _request(self, values: dict[str, Any], row: int) -> Request:
        return Request(
            values["url"],
            callback=self.spider.parse,
            errback=self.spider.failed,
            meta={**values["meta"], "row": row},
            dont_filter=True,
        )

    def _received(self, request: Request) -> None:
        """A page is fetched while the one before it is read; but not before we know that it brought no pause."""
        self.job.frontier.received(request.meta.get("row", 0))

    def _callback_failed(self, failure: Any, response: Any) -> None:
        """Reading a page raised: our mistake, not the page's, but no reason to stop."""
        _log.error("reading a page failed", exc_info=failure.value)
        row = response.request.meta["row"]
        self.job.end(Visit(row, reason=f"internal error: {type(failure.value).__name__}", end=End.FAILED))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _values(request: Request) -> dict[str, Any]:
    meta = {name: request.meta[name] for name in _KEPT_META if name in request.meta}
    return {"url": request.url, "meta": meta}
