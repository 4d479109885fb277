"""The connection to a Ray cluster: one that runs already, or one started on this machine."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from basstab_hf.errors import InputError, MissingExtraError

_SECONDS_TO_ANSWER = 10


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """The module ray, connected to the cluster at `address` ("auto", HOST:PORT, or "local" for one on this machine).

    A connection made here ends here.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: no cluster answers there.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("ray", "search") from error
    ours = not ray.is_initialized()
    if ours:
        try:
            _knock(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, ValueError, RuntimeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(f"no Ray cluster at {address}: start one with `ray start --head`: {reason}") from error
    try:
        yield ray
    finally:
        if ours:
            ray.shutdown()


def _knock(address: str) -> None:
    """Raise OSError where nobody listens at HOST:PORT: Ray itself would try for ten minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_SECONDS_TO_ANSWER).close()
