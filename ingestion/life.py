"""Signs of life: a reader that works for long between two records says that it goes on.

One process reads one task, so there is one listener.
"""

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def listen(heard: Callable[[], None]) -> None:
    """Call this at every sign."""
    _listeners.append(heard)


def sign() -> None:
    """A page, or some megabyte, further."""
    for heard in _listeners:
        heard()
