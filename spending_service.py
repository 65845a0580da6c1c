"""What replies cost each brand, and what it wants to spend in a day: `settings.budgets.tokens_per_day`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from brand_service import BrandService
from errors import BrandNotFound, BudgetSpent
from models import BrandId, utc_now
from storage import spending as rows
from storage.engine import Database

logger = structlog.get_logger(__name__)

# The member of `settings.budgets`: tokens of language models, read and written, in a day of UTC.
TOKENS_PER_DAY: Final = "tokens_per_day"

_SPENT = "Today's budget for answers is used up; please try again tomorrow."


class SpendingService:
    """Counts tokens. The built-in answerer costs none.

    Args:
        database: where they are counted.
        brands: their budgets.
        now: the present moment.
    """

    name = "spending"  # as a step of a brand's purge

    def __init__(self, database: Database, brands: BrandService, *, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._brands = brands
        self._now = now
        self._told: dict[BrandId, object] = {}

    def budget(self, brand_id: BrandId) -> int | None:
        """What the brand wants to spend in a day, in tokens; None without an end."""
        return self._brands.config(brand_id).settings.budgets.get(TOKENS_PER_DAY)

    async def today(self, brand_id: BrandId) -> int:
        """What it has spent today, in tokens."""
        day = self._now().astimezone(UTC).date()
        return await self._database.read(lambda tx: rows.spent(tx, brand_id, day))

    async def check(self, brand_id: BrandId) -> None:
        """Ask whether the brand may spend more today. What is under way is not cut.

        Raises:
            BudgetSpent: it may not, until midnight in UTC.
        """
        budget = self.budget(brand_id)
        if budget is None or await self.today(brand_id) < budget:
            return
        now = self._now().astimezone(UTC)
        if self._told.get(brand_id) != now.date():
            self._told[brand_id] = now.date()
            logger.warning("budget_spent", brand=brand_id, tokens_per_day=budget)
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        raise BudgetSpent(_SPENT, retry_after=max(1, round((midnight - now).total_seconds())))

    async def add(self, brand_id: BrandId, tokens: int) -> None:
        """Count what a reply has cost."""
        if tokens > 0:
            day = self._now().astimezone(UTC).date()
            try:
                await self._database.write_brand(brand_id, lambda tx: rows.add(tx, brand_id, day, tokens))
            except BrandNotFound:
                logger.info("reply of a deleted brand not counted", brand=brand_id)
            except Exception:  # the customer is waiting: whatever the database's trouble, the reply's end must be told
                logger.exception("reply not counted", brand=brand_id, tokens=tokens)

    async def purge(self, brand_id: BrandId) -> None:
        """Forget what a brand that is being deleted has spent."""
        await self._database.write(lambda tx: rows.purge(tx, brand_id))
        self._told.pop(brand_id, None)
