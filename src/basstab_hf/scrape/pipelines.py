"""Scrapy's item pipeline: ends every visit in the job, where kept pages go to disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from basstab_hf.scrape.items import Visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class JobPipeline:
    """Hands each visit to the job; one after the other, see CONCURRENT_ITEMS."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> JobPipeline:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Visit) -> Visit:
        """End one visit."""
        self._crawler.spider.job.end(item)  # type: ignore[union-attr]
        return item
