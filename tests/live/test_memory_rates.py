"""live/memory.py: rates are windows that slide, and however many names there are they take bounded memory."""

import asyncio

import pytest

from live.base import Rate
from live.memory import MemoryRates

FEW = Rate("few", 3, 1)
MANY = Rate("many", 100, 1)


@pytest.mark.anyio
async def test_what_is_over_the_limit_waits() -> None:
    rates = MemoryRates()
    assert [await rates.hit(("anna", FEW)) for _ in range(3)] == [0.0] * 3
    assert 0.0 < await rates.hit(("anna", FEW)) <= 1.0
    assert await rates.hit(("berta", FEW)) == 0.0
    await asyncio.sleep(2.1)
    assert await rates.hit(("anna", FEW)) == 0.0


@pytest.mark.anyio
async def test_all_admit_or_none_counts() -> None:
    rates = MemoryRates()
    for _ in range(3):
        await rates.hit(("anna", FEW))
    for _ in range(200):
        assert await rates.hit(("shop", MANY), ("anna", FEW)) > 0.0
    assert [await rates.hit(("shop", MANY)) for _ in range(100)] == [0.0] * 100
    assert await rates.hit(("shop", MANY)) > 0.0


@pytest.mark.anyio
async def test_waiting_counts_nothing() -> None:
    rates = MemoryRates()
    assert [await rates.wait(("anna", FEW)) for _ in range(10)] == [0.0] * 10
    assert [await rates.hit(("anna", FEW)) for _ in range(3)] == [0.0] * 3
    assert await rates.wait(("anna", FEW)) > 0.0


@pytest.mark.anyio
async def test_many_names_do_not_fill_the_memory() -> None:
    rates = MemoryRates(most=1_000)
    for number in range(20_000):
        await rates.hit((f"name-{number}", FEW))
    assert len(rates._storage.storage) <= 1_001
