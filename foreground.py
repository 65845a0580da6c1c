"""Who is waited for: a customer's question comes before a catalogue.

Both need this process's processors and its interpreter lock. While somebody waits for the first words of a reply, work
in the background stops between two of its steps, each of which takes up to some 25 ms.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

# Work in the background stands still for so long at a time at most: where somebody always waits, it goes on slowly.
LONGEST_PAUSE_S: Final = 0.2


class Foreground:
    """Counts those who wait, and holds work in the background up meanwhile.

    Those who wait come from the event loop; the work runs on it or on threads.
    """

    def __init__(self) -> None:
        self._waiting = 0
        self._nobody_waits = asyncio.Event()
        self._nobody_waits_on_thread = threading.Event()
        self._change(0)

    @contextmanager
    def waited_for(self) -> Iterator[None]:
        """Somebody waits for what is done in this block."""
        self._change(+1)
        try:
            yield
        finally:
            self._change(-1)

    async def give_way(self) -> None:
        """Return when nobody waits, or after LONGEST_PAUSE_S."""
        if self._waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_PAUSE_S):
                    await self._nobody_waits.wait()

    def give_way_on_thread(self) -> None:
        """The same on a thread of its own, which stands still meanwhile."""
        self._nobody_waits_on_thread.wait(LONGEST_PAUSE_S)

    def _change(self, by: int) -> None:
        self._waiting += by
        for event in (self._nobody_waits, self._nobody_waits_on_thread):
            if self._waiting:
                event.clear()
            else:
                event.set()
