"""Spider `pages`: follows links and sitemaps inside the allowed paths, keeps pages on which a tab is recognised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml.etree import LxmlError
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap

from basstab_hf.scrape import reading
from basstab_hf.scrape.items import Visit
from basstab_hf.scrape.spiders.base import TabSpider

_GZIP = b"\x1f\x8b"


class PagesSpider(TabSpider):
    """Any site of linked pages; a sitemap is known by its content, packed or not."""

    name = "pages"

    def parse(self, response: Response, **_: Any) -> Iterator[Request | Visit]:
        """Links first, the page last."""
        sitemap = self._sitemap(response)
        if sitemap is not None:
            yield from self._follow(response, sitemap)
            yield Visit(response.meta["row"], reason="a sitemap")
            return
        text = reading.text_of(response)
        if text is None:
            yield Visit(response.meta["row"], reason="no text")
            return
        page = reading.as_html(response, text)
        yield from self.requests(reading.links(page), response)
        yield self.visit(response, page, text)

    def _sitemap(self, response: Response) -> Sitemap | None:
        body = response.body
        if body.startswith(_GZIP):
            try:
                body = gunzip(body, max_size=int(self.job.site.limits.megabytes * 1e6))
            except (OSError, EOFError, ValueError):
                return None
        if b"<urlset" not in body[:4096] and b"<sitemapindex" not in body[:4096]:
            return None
        try:
            sitemap = Sitemap(body)
        except (LxmlError, StopIteration):
            return None
        return sitemap if sitemap.type in ("urlset", "sitemapindex") else None

    def _follow(self, response: Response, sitemap: Sitemap) -> Iterator[Request]:
        """Pages of a sitemap; sitemaps of an index may lie anywhere on the site, as a rule beside it at the top."""
        urls = (response.urljoin(entry["loc"]) for entry in sitemap)
        yield from self.requests(urls, response, {"sitemap": True} if sitemap.type == "sitemapindex" else None)
