"""The connection to a Ray cluster: one that runs already, or one started on this machine.

Whoever reaches a port of Ray runs code on its machine, so a cluster may ask for a token: docs/cluster.md.
"""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from basstab_hf.errors import InputError, MissingExtraError

_SECONDS_TO_ANSWER = 10
#: Of a cluster of our own: what travels through its object store are windows of items, a few tens of MB.
_LOCAL = {"include_dashboard": False, "object_store_memory": 500_000_000}
_QUIET = {"log_to_driver": False, "logging_level": logging.ERROR}
#: Where Ray looks for its token; it writes there itself, too.
_MODE, _TOKEN, _TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
_GET_TOKEN = f"set {_MODE}=token, and {_TOKEN} to what `ray get-auth-token` prints on the head"
#: For how long Ray asks again where it was refused; twenty seconds by itself.
_PATIENCE = {"RAY_gcs_server_port_wait_time_s": "1"}


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """The module ray, connected to the cluster at `address` ("auto", HOST:PORT, or "local" for one on this machine).

    A connection made here ends here.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: no cluster answers there, it refuses our token, or this machine is none of its nodes.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("ray", "search") from error
    if ray.is_initialized():
        yield ray
        return
    with _environment(_own_token() if address == "local" else _PATIENCE):
        _connect(ray, address)
        try:
            yield ray
        finally:
            ray.shutdown()


def _own_token() -> dict[str, str]:
    """For a cluster of our own alone, where the user has said nothing.

    Ray would put one into ~/.ray, for all to read and all later clusters on this machine to ask for.
    """
    said = any(os.environ.get(name) for name in (_MODE, _TOKEN, _TOKEN_PATH))
    return {} if said else {_TOKEN: secrets.token_hex(32)}


@contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    """Set what the user has not set; at the end all is as before, Ray's own changes undone, too."""
    before = {name: os.environ.get(name) for name in (_MODE, _TOKEN, *added)}
    os.environ.update({name: value for name, value in added.items() if not before[name]})
    _read_token_again()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        _read_token_again()


def _read_token_again() -> None:
    """Ray keeps what it has read from the environment. Its versions before 2.52 know no tokens."""
    raylet: Any = importlib.import_module("ray._raylet")
    with suppress(AttributeError):
        raylet.AuthenticationTokenLoader.instance().reset_cache()
        raylet.Config.initialize("")


def _connect(ray: Any, address: str) -> None:
    if "://" in address:
        raise InputError(f"{address}: give HOST:PORT or auto, on a machine that is a node of the cluster")
    try:
        if address == "local":
            ray.init(address=address, **_QUIET, **_LOCAL)
        else:
            _knock(address)
            with _stderr_closed():
                ray.init(address=address, **_QUIET)
    except Exception as error:  # Ray raises the bare class, too, where a node does not start in time
        raise InputError(_why(address, error)) from error


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would try for minutes."""
    from ray._private.services import canonicalize_bootstrap_address

    host, _, port = str(canonicalize_bootstrap_address(address)).rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS_TO_ANSWER).close()


@contextmanager
def _stderr_closed() -> Iterator[None]:
    """Without what Ray's part in C++ writes while it connects: Python hears it as an exception."""
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _why(address: str, error: BaseException) -> str:
    """One line for the user."""
    reason = " ".join(str(error).split()).split(". ")[0] or type(error).__name__
    if address == "local":
        return f"no Ray cluster could be started on this machine: {reason}"
    told = f"{type(error).__name__} {error.__cause__}"
    if "InvalidAuthToken" in told:
        does = "refuses the token found here" if os.environ.get(_MODE) == "token" else "asks for a token"
        return f"the Ray cluster at {address} {does}: {_GET_TOKEN}"
    if "AuthenticationError" in told:
        return f"no token for the Ray cluster at {address}: {reason}: {_GET_TOKEN}"
    if "No node info found" in told:
        return f"this machine is no node of the Ray cluster at {address}: run this on one, or `ray start` it as one"
    if "Version mismatch" in reason:
        return f"the Ray cluster at {address} needs the same Python and Ray everywhere: {reason}"
    return f"no Ray cluster at {address}: start one with `ray start --head`: {reason}"
