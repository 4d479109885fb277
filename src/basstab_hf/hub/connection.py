"""How the Hub is spoken to: with the user's token, with an end to waiting, and again where another try may help.

Input: a piece of work that asks the Hub. Output: what it gives, or one `HubError`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from basstab_hf.errors import HubError
from basstab_hf.hub.errors import (
    AGAIN,
    PASSING,
    asked_wait,
    check_online,
    hub_error,
    is_passing,
    retry_after,
    status_of,
)

_LOG = logging.getLogger(__name__)
_Found = TypeVar("_Found")
#: Seconds in which a connection must be made and an answer begin (huggingface_hub itself would wait for ever), and in
#: which a commit must be answered, for which a server has more to do.
TIMEOUT, COMMIT_TIMEOUT = 30.0, 120.0
#: Seconds of trouble after which one request is not made again, and bytes a second that are sent at the least: a large
#: file may take as long as it does.
PATIENCE, SLOWEST = 60.0, 50_000
#: Seconds before each next try (huggingface_hub tries some requests five times itself), and what a server may ask for,
#: of one request, all in all.
WAITS, LONGEST_WAIT = (1.0, 4.0, 10.0), 300.0
#: Where huggingface_hub looks for a token, in its words.
_HOW_TO_LOG_IN = "run `hf auth login`, or put a token with the right to write into HF_TOKEN"


def hub_token(given: str | None = None) -> str:
    """The token that is given, else the user's, from HF_TOKEN or as stored by `hf auth login`.

    Raises:
        HubError: there is none, or it cannot be one. It is never shown.
    """
    from huggingface_hub import get_token

    token = given or get_token()
    if not token:
        raise HubError(f"you are not logged in to the Hub: {_HOW_TO_LOG_IN}")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise HubError(f"the token has characters that no token has: {_HOW_TO_LOG_IN}")
    return token


@contextmanager
def connected(token: str | None = None) -> Iterator[Any]:
    """An `HfApi` with a token, the user's if none is given, on connections that end.

    The library's own warnings are hushed meanwhile: they show URLs that hold signatures.

    Raises:
        HubError: HF_HUB_OFFLINE is set, or there is no token.
    """
    from huggingface_hub import HfApi, set_client_factory
    from huggingface_hub.utils._http import default_client_factory

    def factory() -> Any:
        client = default_client_factory()
        hooks = client.event_hooks
        client.event_hooks = {
            "request": [*hooks["request"], limits.asking],
            "response": [*hooks["response"], limits.answered],
        }
        return client

    check_online()
    limits = _Limits()
    api = HfApi(token=hub_token(token))
    library = logging.getLogger("huggingface_hub")
    level = library.level
    library.setLevel(logging.ERROR)
    set_client_factory(factory)
    try:
        yield api
    finally:
        set_client_factory(default_client_factory)
        library.setLevel(level)


def patiently(work: Callable[[], _Found], repo_id: str, endpoint: str) -> _Found:
    """What `work` gives, which is begun again where the server is busy or a connection broke.

    Raises:
        HubError: the Hub refuses, or no try helped.
    """
    for wait in (*WAITS, None):
        try:
            return work()
        except Exception as error:
            told = hub_error(error, repo_id, endpoint)
            if told is None or told is error:
                raise
            if wait is None or not is_passing(error):
                raise told from error
            asked = retry_after(error)
            _LOG.warning("the Hub: %s: trying again", status_of(error) or "the connection broke")
            time.sleep(wait if asked is None else asked)
    raise AssertionError("the last try returns or raises")


@dataclass
class _Limits:
    """Hooks of the HTTP client that end what huggingface_hub would try for minutes or hours.

    Attributes:
        ends: until when a request may be made again, by method and URL, as long as no answer settles it.
        asked: seconds that the server asked to wait so far, by the same.
    """

    ends: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)

    def asking(self, request: Any) -> None:
        """Prepare a request. Time-outs are set here, since huggingface_hub sets none for single requests."""
        limit = COMMIT_TIMEOUT if "/commit/" in request.url.path else TIMEOUT
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), limit)
        now, size = time.monotonic(), int(request.headers.get("Content-Length", 0))
        if now > self.ends.setdefault(_name(request), now + PATIENCE + size / SLOWEST):
            raise HubError(f"{request.url.scheme}://{request.url.netloc.decode()}: it does not answer in time: {AGAIN}")

    def answered(self, response: Any) -> None:
        """Look at an answer before anybody else does: if it asks to wait too long, it is the last."""
        name = _name(response.request)
        if response.status_code not in PASSING:
            self.ends.pop(name, None)
            return
        wait = asked_wait(response) or 0.0
        self.asked[name] = self.asked.get(name, 0.0) + wait
        # It may be settled for another file that is sent at the same time.
        self.ends[name] = self.ends.get(name, time.monotonic() + PATIENCE) + wait
        if self.asked[name] > LONGEST_WAIT:
            raise HubError(
                f"the Hub asks to wait {max(wait / 60, 1):.0f} minutes ({response.status_code}): the same command goes "
                "on then"
            )


def _name(request: Any) -> str:
    return f"{request.method} {request.url}"
