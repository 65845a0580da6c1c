"""Live state of one process: plain objects on its event loop."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from functools import lru_cache

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from errors import InvalidInput
from live.base import FLUSH_INTERVAL_S, REPLY_LOG_TTL_S, Notice, Rate, ReplyPiece
from models import MessageId, TurnOutcome

logger = structlog.get_logger(__name__)

# Counts of rates that are kept, some 300 bytes each.
MOST_COUNTS = 200_000
# Whoever is told to wait waits so long at least.
LEAST_WAIT_S = 0.1


class MemoryReplyLog:
    """A reply's text as it grows. An offset counts code points, so a piece never splits one."""

    def __init__(self, message_id: MessageId, *, on_end: Callable[[], None]) -> None:
        self._message_id = message_id
        self._on_end = on_end
        self._pieces: list[str] = []
        self._length = 0
        self._outcome: TurnOutcome | None = None
        self._growth: asyncio.Future[None] | None = None  # what followers wait for who have read everything
        self._ended = asyncio.Event()

    @property
    def message_id(self) -> MessageId:
        """The reply's id."""
        return self._message_id

    @property
    def length(self) -> int:
        """How many code points there are so far."""
        return self._length

    async def append(self, text: str) -> None:
        """Add text and wake who waits for it."""
        if self._outcome is not None:
            raise RuntimeError("a finished reply cannot grow")
        if text:
            self._pieces.append(text)
            self._length += len(text)
            self._wake()

    async def finish(self, outcome: TurnOutcome) -> None:
        """Close the log."""
        if self._outcome is not None:
            raise RuntimeError("a reply finishes once")
        self._outcome = outcome
        self._wake()
        self._ended.set()
        self._on_end()

    async def follow(self, offset: int = 0) -> AsyncGenerator[ReplyPiece | TurnOutcome]:
        """Yield what there is from `offset` on, then what comes, then the outcome."""
        if not 0 <= offset <= self._length:
            raise InvalidInput("The offset is not one that this reply has given out; resume with the last next_offset.")
        loop = asyncio.get_running_loop()
        while True:
            if offset < self._length:
                text = self._text_from(offset)
                offset = self._length
                next_flush = loop.time() + FLUSH_INTERVAL_S
                yield ReplyPiece(text, offset)
                await self._end_or(next_flush)
            elif self._outcome is not None:
                yield self._outcome
                return
            else:
                # Nobody else can run between the comparisons above and this line, so no growth is missed.
                if self._growth is None:
                    self._growth = loop.create_future()
                await asyncio.shield(self._growth)  # one follower's cancellation must not end the others' wait

    def _wake(self) -> None:
        if self._growth is not None:
            self._growth.set_result(None)
            self._growth = None

    def _text_from(self, offset: int) -> str:
        if len(self._pieces) > 1:  # joined once, so that each follower's slice is cheap
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0][offset:]

    async def _end_or(self, moment: float) -> None:
        """Let text pile up until `moment` (loop time), but not past the end of the reply."""
        if self._ended.is_set():
            return
        try:
            async with asyncio.timeout_at(moment):
                await self._ended.wait()
        except TimeoutError:
            return


class MemoryReplyLogs:
    """Logs by message id, each forgotten `ttl_s` seconds after its end."""

    def __init__(self, *, ttl_s: float = REPLY_LOG_TTL_S) -> None:
        self._ttl_s = ttl_s
        self._logs: dict[MessageId, MemoryReplyLog] = {}

    async def create(self, message_id: MessageId) -> MemoryReplyLog:
        """Start an empty log."""
        log = MemoryReplyLog(message_id, on_end=lambda: self._expire_later(message_id))
        self._logs[message_id] = log
        return log

    async def find(self, message_id: MessageId) -> MemoryReplyLog | None:
        """The log, or None."""
        return self._logs.get(message_id)

    async def forget(self, message_id: MessageId) -> None:
        """Let a log be found no longer."""
        self._logs.pop(message_id, None)

    def _expire_later(self, message_id: MessageId) -> None:
        asyncio.get_running_loop().call_later(self._ttl_s, self._logs.pop, message_id, None)


class MemoryCounters:
    """Counts in a dictionary; one at zero takes no room."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    async def acquire(self, *caps: tuple[str, int]) -> bool:
        """Add one to each, or to none."""
        if any(self._counts[name] >= cap for name, cap in caps):
            return False
        self._counts.update(name for name, _ in caps)
        return True

    async def release(self, *names: str) -> None:
        """Take one off each."""
        for name in names:
            self._counts[name] -= 1
            if self._counts[name] <= 0:
                del self._counts[name]

    async def count(self, name: str) -> int:
        """The present count."""
        return self._counts.get(name, 0)


class MemoryRates:
    """Sliding windows: the share of the last full window that still counts, and the one that runs. A hit takes 8 us.

    Args:
        most: so many counts are kept; beyond it all are forgotten, since what fills them is no crowd of customers.
    """

    def __init__(self, *, most: int = MOST_COUNTS) -> None:
        self._most = most
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    async def hit(self, *counted: tuple[str, Rate]) -> float:
        """Count one for each, or none. Nothing else runs in between: no call of the memory's own waits."""
        if seconds := await self.wait(*counted):
            return seconds
        if len(self._storage.storage) > self._most:
            logger.warning("rates_forgotten", counts=len(self._storage.storage))
            await self._storage.reset()
        for who, rate in counted:
            await self._limiter.hit(_window(rate), who)
        return 0.0

    async def wait(self, *counted: tuple[str, Rate]) -> float:
        """The seconds until all would be counted; 0 for now."""
        seconds = 0.0
        for who, rate in counted:
            window = _window(rate)
            if not await self._limiter.test(window, who):
                stats = await self._limiter.get_window_stats(window, who)
                seconds = max(seconds, stats.reset_time - time.time(), LEAST_WAIT_S)
        return seconds


@lru_cache(maxsize=256)
def _window(rate: Rate) -> RateLimitItem:
    return RateLimitItemPerSecond(rate.limit, rate.seconds, namespace=rate.name)


class MemoryNotices:
    """Calls the listeners at once, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Notice], None]] = []

    async def publish(self, notice: Notice) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            listener(notice)

    def subscribe(self, listener: Callable[[Notice], None]) -> None:
        """Add a listener."""
        self._listeners.append(listener)


class MemoryLiveState:
    """The live state of one process."""

    def __init__(self, *, reply_ttl_s: float = REPLY_LOG_TTL_S) -> None:
        self.replies = MemoryReplyLogs(ttl_s=reply_ttl_s)
        self.counters = MemoryCounters()
        self.rates = MemoryRates()
        self.notices = MemoryNotices()

    async def aclose(self) -> None:
        """Nothing is held outside the process."""
