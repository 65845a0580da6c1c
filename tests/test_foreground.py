"""foreground.py: work in the background waits for whoever is waited for, but not for ever."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import foreground
from foreground import LONGEST_PAUSE_S, Foreground


@pytest.mark.anyio
async def test_nobody_is_waited_for_and_nothing_stands_still() -> None:
    started = time.perf_counter()
    await Foreground().give_way()
    Foreground().give_way_on_thread()
    assert time.perf_counter() - started < LONGEST_PAUSE_S / 2


@pytest.mark.anyio
async def test_work_goes_on_when_the_last_has_what_he_waited_for() -> None:
    waits, steps = Foreground(), []

    async def work() -> None:
        await waits.give_way()
        steps.append("work")

    with waits.waited_for():
        with waits.waited_for():
            task = asyncio.create_task(work())
            await asyncio.sleep(0.01)
            steps.append("first")
        await asyncio.sleep(0.01)
        steps.append("second")
    await task
    assert steps == ["first", "second", "work"]


@pytest.mark.anyio
async def test_a_failed_wait_is_over_too() -> None:
    waits = Foreground()
    with pytest.raises(LookupError), waits.waited_for():
        raise LookupError
    started = time.perf_counter()
    await waits.give_way()
    assert time.perf_counter() - started < LONGEST_PAUSE_S / 2


@pytest.mark.anyio
async def test_a_thread_waits_too() -> None:
    waits, steps = Foreground(), []

    def work() -> None:
        waits.give_way_on_thread()
        steps.append("work")

    with ThreadPoolExecutor(1) as threads:
        with waits.waited_for():
            future = threads.submit(work)
            await asyncio.sleep(0.02)
            steps.append("words")
        await asyncio.wrap_future(future)
    assert steps == ["words", "work"]


@pytest.mark.anyio
async def test_where_somebody_always_waits_the_work_goes_on_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreground, "LONGEST_PAUSE_S", 0.01)
    waits = Foreground()
    with waits.waited_for():
        async with asyncio.timeout(5):
            await waits.give_way()
            await asyncio.to_thread(waits.give_way_on_thread)
