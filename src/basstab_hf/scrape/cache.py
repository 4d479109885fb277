"""HTTP cache in one SQLite file: what a server allowed to keep is not asked for again, or asked about with its ETag."""

from __future__ import annotations

import json
import math
import sqlite3
import time
import zlib
from typing import Any

from scrapy import Request
from scrapy.extensions.httpcache import RFC2616Policy
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings

from basstab_hf.scrape.frontier import fingerprint
from basstab_hf.scrape.job import CACHE

_SCHEMA = """CREATE TABLE IF NOT EXISTS responses (
    fingerprint BLOB PRIMARY KEY, stored REAL, url TEXT, status INTEGER, headers TEXT, body BLOB) WITHOUT ROWID"""


class Policy(RFC2616Policy):
    """Scrapy's, with the age of a page counted from when it was stored, too: servers' clocks and ours differ.

    Where ours was set back since then, no age is known: the server is asked whether the page changed.
    """

    def _compute_current_age(self, response: Response, request: Request, now: float) -> float:
        stored: float = request.meta["cache_timestamp"]
        if now < stored:
            return math.inf
        return max(float(super()._compute_current_age(response, request, now)), now - stored)


class SqliteCache:
    """Scrapy's cache storage: one row a URL. Safe to lose, and to be killed at: it only saves requests."""

    def __init__(self, settings: BaseSettings) -> None:
        del settings

    def open_spider(self, spider: Any) -> None:
        """Open the file of the spider's job."""
        self._db = sqlite3.connect(spider.job.folder / CACHE, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(_SCHEMA)

    def close_spider(self, spider: Any) -> None:
        """Close the file."""
        self._db.close()

    def retrieve_response(self, spider: Any, request: Request) -> Response | None:
        """The stored response to a request."""
        row = self._db.execute(
            "SELECT stored, url, status, headers, body FROM responses WHERE fingerprint = ?",
            (fingerprint(request.url),),
        ).fetchone()
        if row is None or row[1] != request.url:
            return None
        stored, url, status, headers_text, packed = row
        request.meta["cache_timestamp"] = stored
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(headers_text)]
        headers = Headers()
        for name, value in pairs:
            headers.appendlist(name, value)
        body = zlib.decompress(packed)
        kind = responsetypes.from_args(headers=headers, url=url, body=body)
        return kind(url=url, status=status, headers=headers, body=body)

    def store_response(self, spider: Any, request: Request, response: Response) -> None:
        """Keep a response."""
        pairs = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ]
        self._db.execute(
            "INSERT OR REPLACE INTO responses VALUES (?, ?, ?, ?, ?, ?)",
            (
                fingerprint(request.url),
                time.time(),
                request.url,
                response.status,
                json.dumps(pairs),
                zlib.compress(response.body, 1),
            ),
        )
