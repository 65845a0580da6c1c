"""Forgetting in time: what a brand keeps no longer is removed, brand by brand, every hour."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from brand_service import BrandService
from models import BrandId

logger = structlog.get_logger(__name__)

SWEEP_EVERY_S = 3_600.0


async def sweep(brands: BrandService, what: str, forget_old: Callable[[BrandId], Awaitable[None]]) -> None:
    """Run until it is cancelled: now and every hour remove of each brand what it keeps no longer.

    Args:
        brands: whose.
        what: is removed, as the log calls it.
        forget_old: removes it of one brand.
    """
    while True:
        for brand in brands.list():
            try:
                await forget_old(brand.id)
            except Exception:  # one brand's trouble is no other's
                logger.exception("not_swept", what=what, brand=brand.id)
        await asyncio.sleep(SWEEP_EVERY_S)
