"""Addresses of pages: how they may be written, and which IP addresses are public."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from yarl import URL

from errors import InvalidInput

MAX_URL_CHARS = 2048

PRIVATE = "This address leads into a private network and is not fetched."
_NOT_AN_ADDRESS = "This is no address of a page; give all of it, such as https://shop.example/delivery."
_OTHER_PORT = "Pages are fetched at ports 80, 443 and those from 1024 on; this address names another one."
UPLOAD = "upload the page as a file"

_FIRST_FREE_PORT = 1024
_WEB_PORTS = frozenset({80, 443})

_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# What a resolver takes for a number in any base, and so the whole for an IPv4 address (WHATWG URL section 3.5).
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# --- Which addresses are public ---

# All that IANA has given out for IPv6 in the open: outside are loopback, local and multicast addresses, and those that
# carry an IPv4 address (mapped, compatible, NAT64).
_IPV6_UNICAST = ip_network("2000::/3")

# What `is_global` lets pass, or let pass in some Python since 3.11.
_NOT_PUBLIC = [
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # shared by a provider's customers; metadata of Alibaba's cloud
        "168.63.129.16/32",  # metadata of Azure, which has a public address
        "192.0.0.0/24",  # protocol assignments; metadata of Oracle's cloud
        "192.88.99.0/24",  # relays of 6to4
        "198.18.0.0/15",  # benchmarks
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
# ISATAP: an interface identifier that carries an IPv4 address (RFC 5214 section 6.1).
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})

_OWN_NETWORKS = [
    ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
]
# Where clouds tell their machines secrets, within what an operator may call an own network (Alibaba, AWS, Google).
_METADATA = frozenset(map(ip_address, ("100.100.100.200", "fd00:ec2::254", "fd20:ce::254")))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one host in the open internet, and none that stands for another address.

    Stricter than `is_global`: IPv6 addresses that embed an IPv4 address are refused whatever they embed.
    """
    if any(address in network for network in _NOT_PUBLIC) or not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not address.is_reserved
    return address in _IPV6_UNICAST and not address.scope_id and (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP


def is_own(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is in a network that an operator may call an own one; none that tells secrets is."""
    return any(address in network for network in _OWN_NETWORKS) and address not in _METADATA


# --- Addresses of pages ---


def checked(text: str) -> URL:
    """An address as it is asked for: http or https, without credentials and fragment, at a host and port we may ask.

    Raises:
        InvalidInput: it is none.
    """
    text = text.strip()
    if len(text) > MAX_URL_CHARS or not text.isprintable() or any(map(str.isspace, text)):
        raise InvalidInput(_NOT_AN_ADDRESS)
    try:
        url = URL(text).with_fragment(None)
        host = (url.raw_host or "").removesuffix(".")
        if url.scheme not in {"http", "https"} or not host or not url.host:  # .host fails where Punycode is broken
            raise InvalidInput(_NOT_AN_ADDRESS)
        if "@" in url.raw_authority:
            raise InvalidInput("An address with a user name or a password in it is not fetched; leave them out.")
        if url.port not in _WEB_PORTS and (url.port or 0) < _FIRST_FREE_PORT:
            raise InvalidInput(_OTHER_PORT)
        if literal_address(host) is None and not _HOST.fullmatch(host):
            raise InvalidInput(_NOT_AN_ADDRESS)
        return url.with_host(host)
    except ValueError:
        raise InvalidInput(_NOT_AN_ADDRESS) from None


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is, None for a name.

    Raises:
        ValueError: it is a number, but none written in the one form that all parts of a system read alike.
    """
    if ":" in host:
        if "%" in host:
            raise ValueError(host)
        return IPv6Address(host)
    return IPv4Address(host) if _NUMBER.fullmatch(host.rpartition(".")[2]) else None


def host_of(url: URL) -> str:
    """The host as it is looked up: in Punycode, without brackets."""
    return url.raw_host or ""


def redirected(url: URL, location: str) -> URL:
    """Where a site sends us on to, checked as if it had been asked for."""
    try:
        further = checked(str(url.join(URL(location))))
    except ValueError:
        raise InvalidInput(f"{host_of(url)} leads on to something that is no address; {UPLOAD}.") from None
    if url.scheme == "https" and further.scheme != "https":
        raise InvalidInput(f"{host_of(url)} leads on from https to http, which is not followed; {UPLOAD}.")
    return further
