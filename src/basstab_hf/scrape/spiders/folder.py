"""Spider `folder`: local trees of HTML and text, artist/title.html, through the same steps as a site."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response

from basstab_hf.errors import InputError
from basstab_hf.formats.table import Kind, readable
from basstab_hf.recognise import decode
from basstab_hf.scrape import reading
from basstab_hf.scrape.items import Visit
from basstab_hf.scrape.site import root_of
from basstab_hf.scrape.spiders.base import TabSpider

_PATH = "{artist}/{title}"


class FolderSpider(TabSpider):
    """Files below the folders of the site, by name; links between them are not followed."""

    name = "folder"

    async def start(self) -> AsyncIterator[Request]:
        """Every file with a suffix of a tab. Where it really lies is checked when it is read."""
        for url in self.job.site.start_urls:
            for file in _files(root_of(url)):
                yield Request(file.as_uri())

    def parse(self, response: Response, **_: Any) -> Iterator[Request | Visit]:
        """One file."""
        try:
            text = decode(response.body)
        except InputError as error:
            yield Visit(response.meta["row"], reason=str(error).partition(":")[0])
            return
        yield self.visit(response, reading.as_html(response, text), text)

    def title(self, response: Response, page: Any) -> str:
        """The site's selector, else the file's name."""
        select = self.job.site.select
        chosen = reading.selected(page, select.title) if select.title else ""
        return chosen or reading.names_in_path(response.url, select.path or _PATH).get("title", "")

    def artist(self, response: Response, page: Any) -> str:
        """The site's selector, else the folder's name."""
        select = self.job.site.select
        chosen = reading.selected(page, select.artist) if select.artist else ""
        return chosen or reading.names_in_path(response.url, select.path or _PATH).get("artist", "")


def _files(root: Path) -> Iterator[Path]:
    suffixes = readable(Kind.TEXT)
    for folder, below, names in os.walk(root):
        below.sort()
        for name in sorted(names):
            if name.lower().endswith(suffixes):
                yield Path(folder, name)
