"""What the Hub's client raises -> one line for whoever sits there.

Input: an exception of huggingface_hub, or of the HTTP library below it. Output: a `HubError`, and whether to try again.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from basstab_hf.errors import BasstabError, HubError, InputError

#: Answers that another try may change: time-outs, too many requests, a server in trouble.
PASSING = (408, 429, 500, 502, 503, 504)
AGAIN = "the same command goes on where it was"


def check_repo_id(repo_id: str) -> None:
    """Refuse what the Hub would not take as the id of a repository.

    Raises:
        InputError: it would not.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise InputError(
            f"{repo_id!r} is no repository of the Hub: name one as USER/NAME, of letters, digits, '-', '_' and '.'"
        ) from error


def check_branch(name: str) -> None:
    """Refuse what git would not take as the name of a branch, by the main rules of `git check-ref-format`.

    Raises:
        InputError: it would not.
    """
    parts = name.split("/")
    odd = re.search(r"[\s~^:?*\[\\\x00-\x1f\x7f]|\.\.|@\{", name) or name.startswith("-") or name == "@"
    if odd or not all(parts) or any(part.startswith(".") or part.endswith((".", ".lock")) for part in parts):
        raise InputError(f"{name!r} is no name of a branch: use letters, digits, '-', '_', '.' and '/'")


def check_online() -> None:
    """Refuse to ask the Hub where the user forbids it.

    Raises:
        HubError: HF_HUB_OFFLINE is set.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise HubError("HF_HUB_OFFLINE is set, so the Hub is not asked: unset it and try again")


def status_of(error: BaseException) -> int | None:
    """The HTTP status of the answer that an error came of, if it came of one."""
    for one in _causes(error):
        status = getattr(getattr(one, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    return None


def is_passing(error: BaseException) -> bool:
    """Whether another try may go better: the server is busy or a connection broke, but there is one that answers."""
    status = status_of(error)
    if status is not None:
        return status in PASSING
    return any(_is_of_http(one) for one in _causes(error)) and not _reason(error) and not _is_timeout(error)


def retry_after(error: BaseException) -> float | None:
    """Seconds that the server asks to wait; None where it does not say."""
    waits = (asked_wait(one.response) for one in _causes(error) if getattr(one, "response", None) is not None)
    return next((asked for asked in waits if asked is not None), None)


def asked_wait(response: Any) -> float | None:
    """Seconds that an answer asks to wait: the Hub says when its quota is full again, others say Retry-After."""
    from huggingface_hub.utils._http import parse_ratelimit_headers

    quota = parse_ratelimit_headers(response.headers) if response.status_code == 429 else None
    if quota is not None and quota.remaining == 0:
        return float(quota.reset_in_seconds)
    asked = response.headers.get("Retry-After", "").strip()
    return float(asked) if asked.isdecimal() else None


def hub_error(error: BaseException, repo_id: str, endpoint: str) -> BasstabError | None:
    """The line for an error in talking to the Hub about a repository; None where the error is of another kind."""
    if ours := next((one for one in _causes(error) if isinstance(one, BasstabError)), None):
        return ours
    if gone := next((one for one in _causes(error) if isinstance(one, FileNotFoundError) and one.filename), None):
        return InputError(f"{gone.filename} is not there any more: do not change the folder while it is pushed")
    status = status_of(error)
    if status is not None:
        return HubError(_of_status(status, error, repo_id))
    if reason := _reason(error):
        return HubError(f"cannot reach {endpoint}: {reason}: check the network, and HF_ENDPOINT if you set it")
    if type(error) is ConnectionError or type(error).__module__ == "hf_xet":
        why = re.sub(r"https?://\S+", "", " ".join(str(error).split())).removesuffix(", domain: ")
        return HubError(
            f"{endpoint}: large files go up by Xet, and that failed ({why}): push again, or with HF_HUB_DISABLE_XET=1, "
            "which sends them another way"
        )
    if any(_is_of_http(one) for one in _causes(error)):
        what = "it does not answer in time" if _is_timeout(error) else "the connection broke"
        return HubError(f"{endpoint}: {what}: {AGAIN}")
    return None


def _of_status(status: int, error: BaseException, repo_id: str) -> str:
    said = _said(error)
    if status == 401:
        return "the Hub does not accept the token: log in with `hf auth login`, or put a valid one into HF_TOKEN"
    if status == 403:
        return f"the token has no right to {repo_id}{said}: take one with the right to write, or another name"
    if status == 404:
        return f"{repo_id} is not on the Hub, or the token may not see it{said}: check the name and the revision"
    if status in (409, 412):
        return f"somebody pushed to {repo_id} meanwhile{said}: push again"
    if status == 429:
        wait = retry_after(error)
        when = f"in {wait:.0f} s" if wait else "later"
        return f"the Hub has had too many requests (429): try again {when}; {AGAIN}"
    if status in PASSING:
        return f"the Hub is in trouble ({status}): try again later; {AGAIN}"
    return f"the Hub refuses {repo_id} ({status}){said}"


def _said(error: BaseException) -> str:
    """What the server itself says, in short."""
    message = next((one.server_message for one in _causes(error) if getattr(one, "server_message", None)), None)
    return f" ({' '.join(str(message).split())[:200]})" if message else ""


def _reason(error: BaseException) -> str | None:
    """Why there is no server at all."""
    connect = [one for one in _causes(error) if type(one).__name__ in ("ConnectError", "ConnectTimeout")]
    if not connect:
        return None
    for one in _causes(connect[0], contexts=True):
        if isinstance(one, socket.gaierror):
            return "no such host"
        if isinstance(one, ssl.SSLError):
            return f"its certificate is not trusted ({one.reason})"
        if isinstance(one, OSError) and one.errno:
            return os.strerror(one.errno).lower()
    return "it does not answer" if type(connect[0]).__name__ == "ConnectTimeout" else str(connect[0])


def _is_of_http(error: Any) -> bool:
    """Whether the HTTP library raised it: httpx, or its successor httpx2, by what huggingface_hub uses."""
    return any(kind.__name__ == "TransportError" and kind.__module__.startswith("httpx") for kind in type(error).mro())


def _is_timeout(error: BaseException) -> bool:
    return any(kind.__name__ == "TimeoutException" for one in _causes(error) for kind in type(one).mro())


def _causes(error: BaseException | None, *, contexts: bool = False) -> Iterator[Any]:
    """An error and what it came of, the nearest first: uploads in threads wrap what went wrong.

    Args:
        contexts: with what was being handled when it was raised, too.
    """
    while error is not None:
        yield error
        error = error.__cause__ or (error.__context__ if contexts else None)
