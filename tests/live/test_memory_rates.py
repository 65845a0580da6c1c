"""live/memory.py: rates are windows that slide, and however many names there are they take bounded memory and time."""

import random
import time

import pytest

from live.base import Rate
from live.memory import MemoryRates

FEW = Rate("few", 3)
MANY = Rate("many", 100)


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.anyio
async def test_what_is_over_the_limit_waits() -> None:
    clock = Clock()
    rates = MemoryRates(clock=clock)
    assert [await rates.hit(("anna", FEW)) for _ in range(3)] == [0.0] * 3
    seconds = await rates.hit(("anna", FEW))
    assert 0.0 < seconds <= 60.0 + 20.0
    assert await rates.hit(("berta", FEW)) == 0.0
    clock.now += seconds - 0.01
    assert await rates.hit(("anna", FEW)) > 0.0
    clock.now += 0.02
    assert await rates.hit(("anna", FEW)) == 0.0
    clock.now += 1_000
    assert [await rates.hit(("anna", FEW)) for _ in range(3)] == [0.0] * 3


@pytest.mark.anyio
async def test_over_time_there_is_no_more_than_the_limit_and_in_no_minute_twice_as_much() -> None:
    clock, chance = Clock(), random.Random(1)
    rates = MemoryRates(clock=clock)
    admitted: list[float] = []
    for _ in range(5_000):
        clock.now += chance.expovariate(5)
        if await rates.hit(("anna", MANY)) == 0.0:
            admitted.append(clock.now)
    most = max(sum(start <= moment < start + 60 for moment in admitted) for start in admitted)
    assert most <= 2 * MANY.limit  # the window before counts as if it had been filled evenly
    minutes = (clock.now - 1_000) / 60
    assert 0.9 * MANY.limit * minutes <= len(admitted) <= MANY.limit * (minutes + 1)


@pytest.mark.anyio
async def test_all_admit_or_none_counts() -> None:
    rates = MemoryRates(clock=Clock())
    for _ in range(3):
        await rates.hit(("anna", FEW))
    for _ in range(200):
        assert await rates.hit(("shop", MANY), ("anna", FEW)) > 0.0
    assert [await rates.hit(("shop", MANY)) for _ in range(100)] == [0.0] * 100
    assert await rates.hit(("shop", MANY)) > 0.0


@pytest.mark.anyio
async def test_waiting_counts_nothing() -> None:
    rates = MemoryRates(clock=Clock())
    assert [await rates.wait(("anna", FEW)) for _ in range(10)] == [0.0] * 10
    assert [await rates.hit(("anna", FEW)) for _ in range(3)] == [0.0] * 3
    assert await rates.wait(("anna", FEW)) > 0.0


@pytest.mark.anyio
async def test_a_crowd_of_names_fills_no_memory_and_opens_no_other_door() -> None:
    rates = MemoryRates(most=1_000, clock=Clock())
    for _ in range(3):
        await rates.hit(("anna", FEW))
    for number in range(20_000):
        await rates.hit((f"name-{number}", MANY))
    assert len(rates._counts["many"]) == 1_000
    assert await rates.hit(("anna", FEW)) > 0.0


@pytest.mark.anyio
async def test_a_hit_costs_the_same_however_many_names_are_kept() -> None:
    rates = MemoryRates()

    async def seconds_of_1000() -> float:
        began = time.perf_counter()
        for _ in range(1_000):
            await rates.hit(("anna", Rate("big", 10**9)))
        return time.perf_counter() - began

    few = min([await seconds_of_1000() for _ in range(5)])
    for number in range(50_000):
        await rates.hit((f"name-{number}", Rate("big", 10**9)))
    assert min([await seconds_of_1000() for _ in range(5)]) < 4 * few
