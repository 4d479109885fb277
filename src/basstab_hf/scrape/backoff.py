"""Downloader middleware: what fails for now is tried again later, and its host left alone until then."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware

if TYPE_CHECKING:
    from scrapy.http import Response

#: Seconds. A server may ask for hours; after this long it is asked once more, and then given up.
_LONGEST_PAUSE = 600.0


class Backoff(RetryMiddleware):
    """Scrapy's retries, each with a pause that doubles, or that the server names in Retry-After.

    The pause is kept by the scheduler (`hold` in the request's meta), so that other hosts go on.
    """

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Repeat a request after 429 and errors of the server."""
        result: Request | Response = super().process_response(request, response)
        if isinstance(result, Request):
            after, date = (_text(response, name) for name in ("Retry-After", "Date"))
            asked = _seconds(after, date)
            self._hold(result, asked)
        return result

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> Any:
        """Repeat a request after a timeout, a broken connection and the like."""
        result = super().process_exception(request, exception)
        if isinstance(result, Request):
            self._hold(result, 0.0)
        return result

    def _hold(self, request: Request, asked: float) -> None:
        pause = self.crawler.settings.getfloat("BACKOFF_SECONDS") * 2 ** (request.meta["retry_times"] - 1)
        request.meta["hold"] = min(max(pause, asked), _LONGEST_PAUSE)


def _text(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")


def _seconds(retry_after: str, date: str = "") -> float:
    """Retry-After, seconds or a date, as seconds from now; 0 for what is neither.

    `date` is what the same clock showed when it wrote that: ours may be hours off.
    """
    if retry_after.strip().isdecimal():
        return float(retry_after[:9])
    until = _time(retry_after)
    if until is None:
        return 0.0
    now = _time(date)
    return max(0.0, until - (time.time() if now is None else now))


def _time(date: str) -> float | None:
    """Seconds since 1970 of a date as HTTP has them; None for what is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
