"""spending_service.py: what is spent counts for its day in UTC, and survives the process."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from errors import BudgetSpent
from models import BrandId
from spending_service import SpendingService
from storage.engine import Database
from storage.migrations import upgrade
from tests.services import services_in

SHOP, OTHER = BrandId("techpro"), BrandId("stylehub")


class Clock:
    """A day that can end."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 23, 59, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_budget_is_for_a_day_in_utc(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with services_in(tmp_path) as services:
            clock = Clock()
            await services.brands.update_config(SHOP, {"settings": {"budgets": {"tokens_per_day": 100}}})
            database = services.spending._database
            spending = SpendingService(database, services.brands, now=clock)
            await spending.check(SHOP)
            await spending.add(SHOP, 60)
            await spending.check(SHOP)
            await spending.add(SHOP, 60)
            with pytest.raises(BudgetSpent) as spent:
                await spending.check(SHOP)
            assert spent.value.retry_after == 30
            await spending.check(OTHER)
            clock.now = clock.now.astimezone(timezone(timedelta(hours=9)))  # the same moment elsewhere
            with pytest.raises(BudgetSpent):
                await spending.check(SHOP)
            clock.now += timedelta(seconds=31)
            await spending.check(SHOP)
            assert await spending.today(SHOP) == 0

    asyncio.run(scenario())


def test_what_a_deleted_brand_spent_is_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = Database(tmp_path / "some.db")
        try:
            await asyncio.to_thread(upgrade, database.engine)
            spending = SpendingService(database, brands=None)  # type: ignore[arg-type]  # not asked here
            await spending.add(SHOP, 5)
            await spending.add(OTHER, 7)
            await spending.add(OTHER, 0)
            await spending.purge(SHOP)
            assert (await spending.today(SHOP), await spending.today(OTHER)) == (0, 7)
        finally:
            await database.aclose()

    asyncio.run(scenario())
