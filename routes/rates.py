"""How often anybody may do something: requests, messages, frames, connections, and tries with a wrong key.

`RATE_LIMIT=off` lifts all of it. What is counted is in live/: addresses, an IPv6 network of 64 bits as one
(`routes.addresses.quota_of`), keys, persons by the hash of their id, and brands.
"""

import math
from typing import Final

from auth_service import Principal
from conversation_service import owner_of
from errors import RateLimited
from live.base import Rate, Rates
from models import BrandId
from routes.addresses import quota_of

# A person writes a message in some seconds; a script that talks to a model for free writes faster.
CHAT_PER_CONNECTION: Final = Rate("chat.connection", 20)
CHAT_PER_PERSON: Final = Rate("chat.person", 60)
# An office, or a carrier's network, has many customers behind one address.
CHAT_PER_ADDRESS: Final = Rate("chat.address", 600)
CHAT_PER_BRAND: Final = Rate("chat.brand", 6_000)
# A page of a shop asks a few times for each customer; a catalogue robot, all day long.
REQUESTS_PER_ADDRESS: Final = Rate("requests.address", 1_200)
REQUESTS_PER_KEY: Final = Rate("requests.key", 6_000)
SOCKETS_PER_ADDRESS: Final = Rate("sockets.address", 600)
# Nobody mistypes a key a hundred times in a minute.
FAILURES_PER_ADDRESS: Final = Rate("failures.address", 100)
# Frames of any kind on one socket; what is more is a flood, and the socket is closed.
FRAMES_PER_CONNECTION: Final = Rate("frames.connection", 600)


class RateGuard:
    """Refuses what comes too often.

    Args:
        rates: counts.
        is_on: whether it refuses anything.
    """

    def __init__(self, rates: Rates, *, is_on: bool) -> None:
        self._rates = rates
        self._is_on = is_on

    async def on_request(self, principal: Principal, address: str) -> None:
        """Count a request, by its key when one was shown.

        Raises:
            RateLimited: there were too many in the last minute.
        """
        if principal.key_id is not None:
            await self._hit("requests", (principal.key_id, REQUESTS_PER_KEY))
        elif principal.role is None:
            await self._hit("requests", (quota_of(address), REQUESTS_PER_ADDRESS))

    async def before_key(self, address: str) -> None:
        """Ask whether a key is looked at at all.

        Raises:
            RateLimited: too many from this address were wrong.
        """
        if self._is_on and (seconds := await self._rates.wait((quota_of(address), FAILURES_PER_ADDRESS))):
            raise _limited("tries with a wrong key", seconds)

    async def on_wrong_key(self, address: str) -> None:
        """Count a key, session or token that proves nothing."""
        if self._is_on:
            await self._rates.hit((quota_of(address), FAILURES_PER_ADDRESS))

    async def on_message(
        self, brand_id: BrandId, principal: Principal, address: str, *, connection: str | None = None
    ) -> None:
        """Count what a customer says.

        Args:
            brand_id: to whom.
            principal: who says it.
            address: from where.
            connection: over which socket; None for REST.

        Raises:
            RateLimited: they have said too much in the last minute; the sentence is for a customer.
        """
        counted = [(quota_of(address), CHAT_PER_ADDRESS), (brand_id, CHAT_PER_BRAND)]
        if connection is not None:
            counted.append((connection, CHAT_PER_CONNECTION))
        if principal.user is not None:
            counted.append((f"{brand_id}/{owner_of(principal.user)}", CHAT_PER_PERSON))
        await self._hit("messages", *counted)

    async def on_frame(self, connection: str) -> None:
        """Count a frame of any kind.

        Raises:
            RateLimited: it is a flood.
        """
        await self._hit("frames", (connection, FRAMES_PER_CONNECTION))

    async def on_socket(self, address: str) -> None:
        """Count a socket that is being opened.

        Raises:
            RateLimited: the address opens too many.
        """
        await self._hit("connections", (quota_of(address), SOCKETS_PER_ADDRESS))

    async def _hit(self, what: str, *counted: tuple[str, Rate]) -> None:
        if self._is_on and (seconds := await self._rates.hit(*counted)):
            raise _limited(what, seconds)


def _limited(what: str, seconds: float) -> RateLimited:
    wait = max(1, math.ceil(seconds))
    return RateLimited(f"Too many {what} in a short time; please wait {wait} seconds.", retry_after=wait)
