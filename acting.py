"""On whose behalf something is done: what the audit calls whoever asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever makes a change.

    Attributes:
        name: "operator", "loopback", "key:<id>", "customer", or "service" for what the service does by itself.
        address: where the request came from; empty when there was none.
    """

    name: str = "service"
    address: str = ""


_SERVICE = Actor()
_ACTING: ContextVar[Actor] = ContextVar("acting", default=_SERVICE)


def acting() -> Actor:
    """Who makes the change that is being made. Inside a transaction too, whichever thread runs it."""
    return _ACTING.get()


def act_as(actor: Actor) -> None:
    """From here on, in this task and what it starts, changes are made on behalf of this actor."""
    _ACTING.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """The same, within a block."""
    token = _ACTING.set(actor)
    try:
        yield
    finally:
        _ACTING.reset(token)
