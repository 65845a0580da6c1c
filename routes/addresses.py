"""Where a request comes from, seen through the proxies that are trusted."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from fastapi.requests import HTTPConnection

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def client_address(connection: HTTPConnection, trusted: Sequence[Network]) -> str:
    """The address of whoever sent a request or opened a socket.

    It is the peer's, unless the peer is a trusted proxy: then the rightmost hop of X-Forwarded-For that is none. What
    stands left of that one was written by the client, and may be forged.
    """
    peer = connection.client.host if connection.client else ""
    known = _parsed(peer)
    if known is None or not _is_in(known, trusted):
        return peer
    hops = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    for hop in reversed(hops):
        address = _parsed(hop.strip())
        if address is None:
            break
        known = address
        if not _is_in(address, trusted):
            break
    return str(known)


def quota_of(address: str) -> str:
    """Who shares one quota: an IPv4 address, or the 64 bits of an IPv6 network, which one customer has whole."""
    known = _parsed(address)
    if isinstance(known, IPv6Address):
        return str(IPv6Network((known, 64), strict=False))
    return address


def _parsed(text: str) -> Address | None:
    """An address as proxies write it: alone, with a port, or in brackets."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
