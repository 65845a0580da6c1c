"""Live state of one process: plain objects on its event loop."""

import asyncio
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from errors import InvalidInput
from live.base import FLUSH_INTERVAL_S, REPLY_LOG_TTL_S, Notice, Rate, ReplyPiece
from models import MessageId, TurnOutcome

# Counts of one rate that are kept, some 250 bytes each.
MOST_COUNTS = 100_000


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


@dataclass(slots=True)
class _Window:
    """What was counted in a fixed window, and in the one before it.

    Attributes:
        number: which window it is, from the clock's beginning.
    """

    number: int
    count: int = 0
    before: int = 0


class MemoryRates:
    """Windows that slide: of the last full one the share that still counts, and the one that runs.

    docs/decisions/0017 has why this is no library's. A hit takes 3 us, however many counts are kept.

    Args:
        most: so many counts of one rate are kept; those that were hit longest ago are forgotten first.
        clock: seconds.
    """

    def __init__(self, *, most: int = MOST_COUNTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        # Each rate has its own, so that a crowd at one door does not open another.
        self._counts: defaultdict[str, OrderedDict[str, _Window]] = defaultdict(OrderedDict)

    async def hit(self, *counted: tuple[str, Rate]) -> float:
        """Count one for each, or none. Nothing else runs in between."""
        now = self._clock()
        if seconds := self._wait(now, counted):
            return seconds
        for who, rate in counted:
            kept = self._counts[rate.name]
            window = kept[who] = self._window(now, who, rate)
            window.count += 1
            kept.move_to_end(who)
            if len(kept) > self._most:
                kept.popitem(last=False)
        return 0.0

    async def wait(self, *counted: tuple[str, Rate]) -> float:
        """The seconds until all would be counted; 0 for now."""
        return self._wait(self._clock(), counted)

    def _wait(self, now: float, counted: Sequence[tuple[str, Rate]]) -> float:
        return max((_seconds(now, self._window(now, who, rate), rate) for who, rate in counted), default=0.0)

    def _window(self, now: float, who: str, rate: Rate) -> _Window:
        """The window that runs; a new one when the last has ended."""
        number = int(now // rate.seconds)
        kept = self._counts[rate.name].get(who)
        if kept is None or kept.number < number - 1:
            return _Window(number)
        return kept if kept.number == number else _Window(number, before=kept.count)


def _seconds(now: float, window: _Window, rate: Rate) -> float:
    """How long until one more is within the limit."""
    into = now % rate.seconds
    room = rate.limit - 1 - window.count
    if room >= 0:  # enough of the window before must have slid out
        ends = rate.seconds * (1 - room / window.before) if window.before > room else 0.0
        return max(0.0, ends - into)
    return rate.seconds - into + rate.seconds * (1 - (rate.limit - 1) / window.count)


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
