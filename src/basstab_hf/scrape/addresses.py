"""Which machines may be asked: no loopback, private or otherwise special address, however it is spelt or reached.

Server-side request forgery: a public page or name that leads a scraper to services of its own machine or network.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_private_host(host: str) -> bool:
    """Whether a host *as written* is this machine or an address that is not public; other names must be resolved."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _literal(host)
    return address is not None and not is_public(address)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, those that carry another address inside included."""
    if isinstance(address, ipaddress.IPv6Address):
        # 64:ff9b::/96 carries an IPv4 address in its last 32 bits (RFC 6052).
        nat64 = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if int(address) >> 32 == 0x64FF9B << 64 else None
        inside = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or nat64
        if inside is not None:
            return is_public(inside)
    return address.is_global and not address.is_multicast


def _literal(host: str) -> Address | None:
    """The address that a host spells; of IPv4 also the short, octal and hexadecimal spellings that systems accept."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)) if host[:1].isdigit() else None
    except (OSError, UnicodeEncodeError):
        return None


class PublicResolver:
    """A Twisted name resolver that hides private addresses; `refused` holds the names that had no other.

    The check is made on the very addresses that the connection then uses, so that a name cannot change in between.
    """

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver
        self.refused: set[str] = set()

    def resolveHostName(self, receiver: Any, hostName: str, *more: Any, **named: Any) -> Any:  # noqa: N802, N803
        """Resolve as the resolver inside does, and pass public addresses on."""
        filtered = _PublicAddresses(receiver, lambda: self.refused.add(hostName))
        return self._resolver.resolveHostName(filtered, hostName, *more, **named)


class _PublicAddresses:
    """Passes addresses on to a receiver of Twisted, private ones excepted."""

    def __init__(self, receiver: Any, refuse: Callable[[], None]) -> None:
        self._receiver = receiver
        self._refuse = refuse

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        literal = _literal(address.host)
        if literal is not None and is_public(literal):
            self._receiver.addressResolved(address)
        else:
            self._refuse()

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()
