"""Scrapy's item pipeline: ends every visit in the job, where kept pages go to disk."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from basstab_hf.scrape.items import Visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class JobPipeline:
    """Writes; an error of the disk stops the scrape and is told at the end."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> JobPipeline:
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Visit) -> Visit:
        """End one visit."""
        job = self._crawler.spider.job  # type: ignore[union-attr]
        try:
            job.end(item)
        except (OSError, sqlite3.Error) as error:
            job.broken = error
        return item
