"""Spider `jsstore`: listings whose JSON names tab pages, then tab pages whose JSON holds the text. The seed's source.

The JSON lies in an attribute of an element; which one, and where in it, are settings of the site file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

from basstab_hf.scrape import reading
from basstab_hf.scrape.items import Visit
from basstab_hf.scrape.site import Keys
from basstab_hf.scrape.spiders.base import TabSpider


class JsStoreSpider(TabSpider):
    """Sites that keep their pages as JSON; only the URLs that listings name are followed."""

    name = "jsstore"

    def parse(self, response: Response, **_: Any) -> Iterator[Request | Visit]:
        """The URLs of a listing, or the tab of a page."""
        row, keys = response.meta["row"], self.job.site.keys
        text = reading.text_of(response)
        page = reading.as_html(response, text or "")
        values = reading.stored(page, keys)
        if text is None or values is None:
            yield Visit(row, reason="no JSON in the page (keys.element, keys.attribute)")
            return
        urls = [response.urljoin(url) for url in reading.listed(values, keys)]
        yield from self.requests(urls, response)
        content = reading.at(values, keys.text)
        if isinstance(content, str):
            # The recogniser reads pages of the seed's layout itself, their tuning and instrument included.
            whole = (keys.element, keys.attribute, keys.text) == (_SEED.element, _SEED.attribute, _SEED.text)
            title = _text(reading.at(values, keys.title)) or self.title(response, page)
            artist = _text(reading.at(values, keys.artist)) or self.artist(response, page)
            yield self.keep(response, text if whole else content, title, artist)
        else:
            yield Visit(row, reason="a listing" if urls else "no tab at the keys (keys.tabs, keys.text)")


_SEED = Keys()


def _text(value: Any) -> str:
    return reading.one_line(value) if isinstance(value, str) else ""
