"""routes/addresses.py: which address a request counts for."""

from ipaddress import ip_network

import pytest
from fastapi.requests import HTTPConnection

from routes.addresses import client_address, quota_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def _connection(peer: str, *forwarded: str) -> HTTPConnection:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return HTTPConnection({"type": "http", "client": (peer, 1234), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),  # nobody trusts this peer
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),  # what the client wrote itself stands left
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),  # two proxies
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),  # in two headers
        ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.1", ['"[2001:db8::1]:4711"'], "10.0.0.1"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["1.1.1.1, \x1b[31m, 10.2.2.2"], "10.2.2.2"),
        ("10.0.0.1", ["10.3.3.3"], "10.3.3.3"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("fd00::1", ["203.0.113.9"], "203.0.113.9"),
    ],
)
def test_the_rightmost_hop_that_is_not_trusted_counts(peer: str, forwarded: list[str], address: str) -> None:
    assert client_address(_connection(peer, *forwarded), PROXIES) == address


def test_without_trusted_proxies_nothing_is_believed() -> None:
    assert client_address(_connection("10.0.0.1", "203.0.113.9"), ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "quota"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.9"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_customer_has_one_quota(address: str, quota: str) -> None:
    assert quota_of(address) == quota
