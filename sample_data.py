"""Fills the sample brands' catalogues from sample_products.json; also runnable by itself: python sample_data.py."""

from pathlib import Path

import orjson
import structlog

from brand_service import BrandService
from errors import BrandNotFound
from models import BrandId
from product_service import ProductService

SAMPLE_FILE = Path(__file__).with_name("sample_products.json")

logger = structlog.get_logger(__name__)


async def load_sample_data(brands: BrandService, products: ProductService) -> dict[str, int]:
    """Load the samples of each brand that is there and never had a product: samples that were deleted stay deleted.

    Returns:
        How many products each brand got.
    """
    loaded = {}
    for name, items in orjson.loads(SAMPLE_FILE.read_bytes()).items():
        brand_id = BrandId(name)
        try:
            brands.get(brand_id)
        except BrandNotFound:
            continue
        if await products.had_products(brand_id):
            continue
        loaded[name] = (await products.save_many(brand_id, items)).saved
        logger.info("sample products loaded", brand=name, products=loaded[name])
    return loaded


if __name__ == "__main__":
    import asyncio

    from composition import open_services
    from config import load_settings
    from logs import configure_logging

    async def _main() -> None:
        settings, _ = load_settings()
        configure_logging(settings.log_level)
        async with open_services(settings, "tool") as services:
            loaded = await load_sample_data(services.brands, services.products)
        for name, count in loaded.items():
            print(f"{name}: {count} products loaded")
        if not loaded:
            print("Nothing to load: every sample brand has had products before.")

    asyncio.run(_main())
