"""The open sockets of this process, counted per brand and per address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from errors import CloseCode, OverCapacity
from live.base import Counters
from models import BrandId
from routes.addresses import quota_of

SOCKETS_PER_BRAND = 1_000
SOCKETS_PER_ADDRESS = 400
_UNLIMITED = 2**31

# How long a socket may take to send what it holds when the process ends, in seconds.
CLOSE_TIMEOUT_S = 2.0


class Closable(Protocol):
    """A socket that can be told to end."""

    @property
    def key_id(self) -> str | None:
        """Of the key that opened it."""
        ...

    async def end(self, code: CloseCode, reason: str) -> None:
        """Send what is still to be sent, then close."""
        ...


class Connections:
    """Knows who is connected.

    Args:
        counters: where the counts are kept.
        capped: whether the caps hold.
    """

    def __init__(self, counters: Counters, *, capped: bool) -> None:
        self._counters = counters
        self._capped = capped
        self._open: set[Closable] = set()

    @asynccontextmanager
    async def admit(self, brand_id: BrandId, address: str, socket: Closable) -> AsyncIterator[None]:
        """Count a socket while the block runs.

        Raises:
            OverCapacity: the brand or the address has too many.
        """
        names = (f"sockets.brand.{brand_id}", f"sockets.address.{quota_of(address)}")
        caps = (SOCKETS_PER_BRAND, SOCKETS_PER_ADDRESS) if self._capped else (_UNLIMITED, _UNLIMITED)
        if not await self._counters.acquire(*zip(names, caps, strict=True)):
            raise OverCapacity(
                "There are too many connections right now; please try again in a minute.", retry_after=60
            )
        self._open.add(socket)
        try:
            yield
        finally:
            self._open.discard(socket)
            await self._counters.release(*names)

    async def count(self, brand_id: BrandId) -> int:
        """How many sockets the brand has."""
        return await self._counters.count(f"sockets.brand.{brand_id}")

    async def close_key(self, key_id: str) -> None:
        """A key was revoked: close what it has opened."""
        closings = [one.end(CloseCode.POLICY, "the key was revoked") for one in self._open if one.key_id == key_id]
        await asyncio.gather(*closings)

    async def close_all(self) -> None:
        """The process ends: tell every socket to come back to the next one."""
        closings = [
            asyncio.create_task(socket.end(CloseCode.RESTARTING, "restarting; reconnect and resume"))
            for socket in self._open
        ]
        if closings:
            _, late = await asyncio.wait(closings, timeout=CLOSE_TIMEOUT_S)
            for closing in late:
                closing.cancel()
