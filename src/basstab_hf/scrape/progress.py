"""Extension: a progress bar on stderr. Only numbers and words of ours reach the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import NotConfigured
from tqdm import tqdm

from basstab_hf.scrape.items import End

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class Progress:
    """URLs done and known, rate and remaining time, tabs found, pages refused and failed."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings.getbool("PROGRESS_ENABLED"):
            raise NotConfigured
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._advanced, signals.item_scraped)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Progress:
        """Called by Scrapy."""
        return cls(crawler)

    def _opened(self, spider: Any) -> None:
        self._job = spider.job
        done = len(self._job.frontier) - self._job.frontier.waiting
        self._bar: tqdm[Any] = tqdm(desc="scrape", unit=" URLs", initial=done, total=None, file=sys.stderr)

    def _advanced(self, item: Any) -> None:
        ended = self._job.ended
        refused = ended[End.SEEN] + ended[End.REFUSED]
        self._bar.total = len(self._job.frontier)
        self._bar.set_postfix(tabs=self._job.kept, refused=refused, errors=ended[End.FAILED], refresh=False)
        self._bar.update()

    def _closed(self, spider: Any) -> None:
        self._bar.close()
