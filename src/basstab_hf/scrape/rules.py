"""Which URLs belong to a site: pure checks of a URL and its depth against a `Site`; the answer is a reason, or ""."""

from __future__ import annotations

import posixpath
from collections import Counter
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

from basstab_hf.scrape.site import Site

#: /a/b/a/b/a/b: a relative link that is resolved against a page below itself, again and again.
_MOST_REPEATED = 3


class Rules:
    """The checks for one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._domains = tuple(domain.lower().removeprefix("www.") for domain in site.allowed_domains)
        # http may lead to https and back.
        self._ports = site.ports | ({80, 443} if site.ports & {80, 443} else set())
        self._paths = tuple(posixpath.normpath("/" + path.lstrip("/")) for path in site.allowed_paths)
        self._belongs = lru_cache(1024)(self._is_ours)

    def refusal(self, url: str, depth: int = 0, *, anywhere: bool = False) -> str:
        """Why a URL is not fetched, or ""; `anywhere` allows any path of the site: start URLs and sitemaps."""
        limits = self._site.limits
        if len(url) > limits.url_length:
            return "URL too long (limits.url_length)"
        try:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https"):
                return "not http"
            if not self._belongs(parts.scheme, parts.netloc):
                return "outside the allowed domains"
        except ValueError:
            return "malformed URL"
        if depth > limits.depth:
            return "too deep (limits.depth)"
        return self._path_refusal(parts, anywhere=anywhere)

    def _is_ours(self, scheme: str, netloc: str) -> bool:
        parts = urlsplit(f"{scheme}://{netloc}")
        host = (parts.hostname or "").removeprefix("www.")
        port = parts.port or (443 if scheme == "https" else 80)
        return port in self._ports and any(host == each or host.endswith(f".{each}") for each in self._domains)

    def _path_refusal(self, parts: SplitResult, *, anywhere: bool) -> str:
        segments = unquote(parts.path).split("/")
        if ".." in segments or "." in segments:
            return "dots in the path"
        if max(Counter(filter(None, segments)).values(), default=0) > _MOST_REPEATED:
            return "a path that repeats itself"
        if not anywhere and self._paths and not self._allows("/".join(segments)):
            return "outside the allowed paths"
        return ""

    def _allows(self, path: str) -> bool:
        path = posixpath.normpath("/" + path.lstrip("/"))
        return any(path == each or path.startswith(each.rstrip("/") + "/") for each in self._paths)
