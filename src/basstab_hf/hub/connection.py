"""How the Hub is spoken to: with the user's token, with an end to waiting, and again where another try may help.

Input: a piece of work that asks the Hub. Output: what it gives, or one `HubError`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from basstab_hf.errors import HubError
from basstab_hf.hub_errors import check_online, hub_error, is_passing, retry_after, status_of

_LOG = logging.getLogger(__name__)
_Found = TypeVar("_Found")
#: Seconds in which a connection must be made and an answer begin; huggingface_hub itself would wait for ever.
TIMEOUT = 60.0
#: Seconds before each next try (huggingface_hub tries some requests five times itself), and what a server may ask for.
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
        client.event_hooks = {"request": [*hooks["request"], _limited], "response": [*hooks["response"], _bounded]}
        return client

    check_online()
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


def _limited(request: Any) -> None:
    """Here and not as a setting of the client: huggingface_hub asks for no limit with single requests."""
    request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)


def _bounded(response: Any) -> None:
    """huggingface_hub waits as long as a server asks for: an hour is too long for who sits there."""
    asked = response.headers.get("Retry-After", "")
    if response.status_code in (429, 503) and asked.isdecimal() and float(asked) > LONGEST_WAIT:
        raise HubError(
            f"the Hub asks to wait {int(asked) // 60} minutes ({response.status_code}): the same command goes on then"
        )
