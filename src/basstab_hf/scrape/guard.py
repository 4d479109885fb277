"""Downloader middleware in front of everything that is fetched, robots.txt and redirects included: where may it go?"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from w3lib.url import file_uri_to_path

from basstab_hf.scrape.addresses import PublicResolver, is_private_host
from basstab_hf.scrape.site import root_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_log = logging.getLogger(__name__)
_PRIVATE = "a private address (allow_private)"
UNTRUSTED = "certificate not trusted (verify_certificates)"


class Refused(IgnoreRequest):
    """A request that we do not make; the message is the reason that is counted."""


class Untrusted(IgnoreRequest):
    """A server that does not prove to be who it is asked for."""


class Guard:
    """Refuses addresses that are private as written, unless the site allows them, and files outside the folder."""

    def __init__(self, crawler: Crawler) -> None:
        crawler.signals.connect(self._opened, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Guard:
        """Called by Scrapy."""
        return cls(crawler)

    def _opened(self, spider: Any) -> None:
        self._site = spider.job.site
        self._roots = [root_of(url) for url in self._site.start_urls] if self._site.spider == "folder" else []

    def process_request(self, request: Request) -> None:
        """Let a request pass or raise `Refused`."""
        parts = urlsplit(request.url)
        if parts.scheme == "file" and self._roots:
            self._check_file(Path(file_uri_to_path(request.url)))
        elif parts.scheme not in ("http", "https"):
            raise Refused("not http")
        elif not self._site.allow_private and is_private_host(parts.hostname or ""):
            raise Refused(_PRIVATE)

    def _check_file(self, path: Path) -> None:
        file = path.resolve()
        if not any(file.is_relative_to(root) for root in self._roots):
            raise Refused("a link out of the folder")
        if not file.is_file():  # a pipe would be read for ever
            raise Refused("no file")
        if file.stat().st_size > self._site.limits.megabytes * 1e6:
            raise Refused("too large (limits.megabytes)")


class NetworkGuard:
    """Refuses names that resolve to private addresses, and tells certificates that are not trusted.

    Nearer to the network than retries: these would be in vain.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._resolver: PublicResolver | None = None
        crawler.signals.connect(self._opened, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> NetworkGuard:
        """Called by Scrapy."""
        return cls(crawler)

    def _opened(self, spider: Any) -> None:
        from twisted.internet import reactor

        if not spider.job.site.allow_private:
            # Whatever connects asks the reactor, so that nothing gets round this.
            plain: Any = reactor
            self._resolver = PublicResolver(plain.nameResolver)
            plain.installNameResolver(self._resolver)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Tell a name that only has private addresses from one that does not exist, and what a certificate lacks."""
        if lack := _distrust(exception):
            _log.warning("%s: %s", request.url, lack)
            raise Untrusted(UNTRUSTED) from exception
        if isinstance(exception, CannotResolveHostError) and self._resolver is not None:
            host = urlsplit(request.url).hostname
            if host in self._resolver.refused:
                raise Refused(_PRIVATE) from exception


def _distrust(exception: Exception) -> str:
    """What was found wrong with a certificate, or ""."""
    from OpenSSL import SSL
    from service_identity import CertificateError, VerificationError

    for failure in getattr(exception.__cause__, "reasons", ()):
        error = failure.value
        if isinstance(error, VerificationError | CertificateError):
            return f"the certificate is of another host: {error}"
        if isinstance(error, SSL.Error) and "certificate verify failed" in str(error):
            return "the certificate is not signed by anyone whom this machine trusts, or out of date"
    return ""
