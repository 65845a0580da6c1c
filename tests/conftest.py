"""For all tests: nothing beyond this machine is reached, and hypothesis judges results, never speed."""

import os

import pytest
from hypothesis import settings

# Before a test loads ONNX Runtime by itself: it shall report nothing to its makers.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# Servers that tests start listen here; a test that reaches further depends on somebody else's machine.
LOOPBACK = "127.0.0.0/8,::1"

settings.register_profile("repository", deadline=None, print_blob=True)
settings.load_profile("repository")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set pytest-socket's options before it reads them, as if --allow-hosts had been given."""
    config.option.allow_hosts = LOOPBACK
    config.option.allow_unix_socket = True
