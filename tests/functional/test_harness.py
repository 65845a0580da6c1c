"""What the tests themselves may do."""

import socket
import warnings

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1"])
def test_a_test_reaches_nothing_beyond_this_machine(address: str) -> None:
    with warnings.catch_warnings(action="ignore"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection((address, 80), timeout=1)
