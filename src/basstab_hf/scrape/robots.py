"""Downloader middleware that obeys robots.txt as RFC 9309 says, Crawl-delay included."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from basstab_hf.scrape.guard import UNTRUSTED, Refused, Untrusted
from basstab_hf.scrape.settings import USER_AGENT

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_log = logging.getLogger(__name__)
ALLOWED, NONE, IGNORED = "allowed", "no robots.txt", "ignored"
FORBIDDEN, UNREACHABLE = "forbidden by robots.txt", "robots.txt unreachable"
_READ_BYTES = 500 * 1024  # what RFC 9309 asks of a crawler
_LONGEST_DELAY = 60.0  # seconds: a site that asks for more is asked once a minute
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one robots.txt says; no parser where there is no file or no answer."""

    decision: str
    parser: Protego | None = None
    delay: float = 0.0


class Robots:
    """Fetches each host's robots.txt once, and writes the decision into the request's meta as `robots`.

    A host whose robots.txt cannot be had (errors of the server or the way to it) is left alone.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._obey = crawler.settings.getbool("ROBOTSTXT_OBEY")
        if not self._obey:
            _log.warning("robots.txt is ignored: do this only on a site of your own, or with its owner's consent")
        self._rules: dict[str, asyncio.Task[_Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Robots:
        """Called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let a request pass or raise `Refused`."""
        parts = urlsplit(request.url)
        if "robots_txt" in request.meta:
            return
        if parts.scheme == "file" or not self._obey:
            request.meta["robots"] = NONE if parts.scheme == "file" else IGNORED
            return
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._rules:
            self._rules[base] = asyncio.ensure_future(self._fetch(base))
        rules = await self._rules[base]
        if rules.decision == UNTRUSTED:
            raise Untrusted(UNTRUSTED)
        if rules.decision == UNREACHABLE or (rules.parser and not rules.parser.can_fetch(request.url, USER_AGENT)):
            raise Refused(UNREACHABLE if rules.decision == UNREACHABLE else FORBIDDEN)
        request.meta["robots"] = rules.decision
        if rules.delay:
            self._slow_down(request, rules.delay)

    async def _fetch(self, base: str) -> _Rules:
        pause = self._crawler.settings.getfloat("BACKOFF_SECONDS")
        for attempt in range(_TRIES):
            request = Request(
                f"{base}/robots.txt", callback=NO_CALLBACK, meta={"robots_txt": True, "dont_retry": True, "start": True}
            )
            try:
                response = await self._crawler.engine.download_async(request)
            except Untrusted:
                return _Rules(UNTRUSTED)
            except IgnoreRequest as error:
                _log.warning("%s/robots.txt: %s", base, error)
                break
            except Exception as error:  # whatever a network can do; the host is left alone, and counted
                _log.warning("%s/robots.txt: %s", base, error)
            else:
                if response.status < 500 and response.status != 429:
                    return _read(response)
            if attempt + 1 < _TRIES:
                await asyncio.sleep(pause * 2**attempt)
        return _Rules(UNREACHABLE)

    def _slow_down(self, request: Request, delay: float) -> None:
        """Keep the host's own distance between requests, where it is longer than ours."""
        downloader = self._crawler.engine.downloader
        delay = max(delay, self._crawler.settings.getfloat("DOWNLOAD_DELAY"))
        key = downloader.get_slot_key(request)
        downloader.per_slot_settings[key] = {"delay": delay}
        if key in downloader.slots:
            downloader.slots[key].delay = delay
        request.meta["autothrottle_dont_adjust_delay"] = True


def _read(response: Response) -> _Rules:
    if response.status >= 400:
        return _Rules(NONE)
    parser = Protego.parse(response.body[:_READ_BYTES].decode("utf-8", "replace"))
    asked = parser.crawl_delay(USER_AGENT) or 0.0
    return _Rules(ALLOWED, parser, min(float(asked), _LONGEST_DELAY))
