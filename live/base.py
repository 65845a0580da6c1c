"""The seam of live state: what running turns, sockets and processes tell each other."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from models import BrandId, MessageId, TurnOutcome

# A reply's first piece goes out at once; after that what has piled up goes out as one frame, at most this often.
# 25 ms is 40 frames a second: smooth to the eye, and a twentieth of the frames of one per token.
FLUSH_INTERVAL_S = 0.025

# How long a log may still be followed after its end, for a client that reconnects.
REPLY_LOG_TTL_S = 120.0


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """Text of a reply, and the offset at which what follows it begins (opaque to clients)."""

    text: str
    next_offset: int


class Reply(Protocol):
    """A reply that can be read from any place, while it grows or after."""

    @property
    def message_id(self) -> MessageId:
        """The reply's id."""
        ...

    @property
    def length(self) -> int:
        """The largest offset that can be followed from now."""
        ...

    def follow(self, offset: int = 0) -> AsyncGenerator[ReplyPiece | TurnOutcome]:
        """Yield the text from `offset` on, batched by FLUSH_INTERVAL_S, each character once, then the outcome.

        Raises:
            InvalidInput: the offset lies beyond the text so far, or is negative.
        """
        ...


class ReplyLog(Reply, Protocol):
    """An append-only text with an outcome: one turn appends, any number of sockets follow."""

    async def append(self, text: str) -> None:
        """Add text at the end; followers are woken."""
        ...

    async def finish(self, outcome: TurnOutcome) -> None:
        """Close the log. Nothing can be appended afterwards."""
        ...


class ReplyLogs(Protocol):
    """The logs of running and just-ended turns."""

    async def create(self, message_id: MessageId) -> ReplyLog:
        """Start an empty log. It can be found until REPLY_LOG_TTL_S after its end."""
        ...

    async def forget(self, message_id: MessageId) -> None:
        """Let a log be found no longer, if there is one."""
        ...

    async def find(self, message_id: MessageId) -> ReplyLog | None:
        """The log of that reply, or None when it has expired or never was."""
        ...


class Counters(Protocol):
    """Counts with caps, for connections and running turns."""

    async def acquire(self, *caps: tuple[str, int]) -> bool:
        """Add one to each named count, unless any is at its cap: then to none, and False is returned."""
        ...

    async def release(self, *names: str) -> None:
        """Take one off each named count."""
        ...

    async def count(self, name: str) -> int:
        """The present count."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something may be done.

    Attributes:
        name: what, "chat.address".
        limit: so often in `seconds`.
        seconds: the window, which slides.
    """

    name: str
    limit: int
    seconds: int = 60


class Rates(Protocol):
    """Counts how often things are done, each by somebody: ("203.0.113.9", CHAT_PER_ADDRESS)."""

    async def hit(self, *counted: tuple[str, Rate]) -> float:
        """Count one for each, unless any is at its limit: then none is counted.

        Returns:
            0 when it was counted, else the seconds after which it would be.
        """
        ...

    async def wait(self, *counted: tuple[str, Rate]) -> float:
        """The same without counting."""
        ...


@dataclass(frozen=True, slots=True)
class BrandChanged:
    """A brand's configuration was edited, by us or by hand."""

    brand_id: BrandId
    kind: Literal["brand_changed"] = "brand_changed"


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """A brand's products were edited."""

    brand_id: BrandId
    kind: Literal["catalogue_changed"] = "catalogue_changed"


@dataclass(frozen=True, slots=True)
class IndexChanged:
    """A brand has another vector index than before, or none."""

    brand_id: BrandId
    kind: Literal["index_changed"] = "index_changed"


@dataclass(frozen=True, slots=True)
class IndexBroken:
    """A brand's vectors could not be read: they are to be made again."""

    brand_id: BrandId
    kind: Literal["index_broken"] = "index_broken"


@dataclass(frozen=True, slots=True)
class StopTurn:
    """Somebody who may has asked that this reply end here."""

    message_id: MessageId
    kind: Literal["stop_turn"] = "stop_turn"


Notice = BrandChanged | CatalogueChanged | IndexChanged | IndexBroken | StopTurn


class Notices(Protocol):
    """The one way up: lower layers publish, upper layers have subscribed."""

    async def publish(self, notice: Notice) -> None:
        """Tell every subscriber, in this process and in others."""
        ...

    def subscribe(self, listener: Callable[[Notice], None]) -> None:
        """Call `listener` with every notice; it must return at once and must not raise."""
        ...


class LiveState(Protocol):
    """The whole of it, as main hands it around."""

    @property
    def replies(self) -> ReplyLogs:
        """Reply logs."""
        ...

    @property
    def counters(self) -> Counters:
        """Capped counts."""
        ...

    @property
    def rates(self) -> Rates:
        """How often things were done lately."""
        ...

    @property
    def notices(self) -> Notices:
        """Notices."""
        ...

    async def aclose(self) -> None:
        """Release what is held."""
        ...
