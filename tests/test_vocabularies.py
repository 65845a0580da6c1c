"""vocabularies.py: what is kept of a catalogue is as the rows are, or for a moment as they were."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest

import vocabularies
from live.base import CatalogueChanged
from live.memory import MemoryNotices
from models import Brand, BrandId, Product, utc_now
from storage import products as rows
from storage.engine import Database
from storage.migrations import upgrade
from storage.vocabularies import load_vocabulary
from vocabularies import Vocabularies

SHOP = BrandId("shop")
BRAND = Brand(id=SHOP, name="Bramble Lamps", description="A small lamp shop.", created_at=utc_now())


class Shop:
    """A catalogue, and the vocabulary that is kept of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.notices = MemoryNotices()
        self.kept = Vocabularies(database, self.notices)

    async def add(self, category: str, *, tell: bool = True) -> None:
        product = Product(id=category, brand_id=SHOP, name=category, description="", category=category, price=1.0)
        await self.database.write(lambda tx: rows.save(tx, SHOP, [product], utc_now()))
        if tell:
            await self.notices.publish(CatalogueChanged(SHOP))

    async def categories(self) -> set[str]:
        return set((await self.kept.of(BRAND, "USD")).categories)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Shop]:
    database = Database(folder / "some.db")
    try:
        await asyncio.to_thread(upgrade, database.engine)
        yield Shop(database)
    finally:
        await database.aclose()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Collecting takes no time worth a stale answer, however busy the machine is."""
    monkeypatch.setattr(vocabularies, "serves_until", lambda _: 0.0)


@pytest.mark.anyio
@pytest.mark.usefixtures("quick")
async def test_a_change_counts_from_the_next_question(tmp_path: Path) -> None:
    async with opened(tmp_path) as shop:
        await shop.add("Lamps")
        assert await shop.categories() == {"Lamps"}
        await shop.add("Chairs")
        assert await shop.categories() == {"Lamps", "Chairs"}


@pytest.mark.anyio
async def test_one_that_is_costly_serves_on_and_is_collected_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabularies, "serves_until", lambda _: monotonic() + 0.05)
    async with opened(tmp_path) as shop:
        await shop.add("Lamps")
        assert await shop.categories() == {"Lamps"}
        await shop.add("Chairs")
        assert await shop.categories() == {"Lamps"}
        await asyncio.sleep(0.06)
        assert await shop.categories() == {"Lamps"}  # nobody waits for it
        async with asyncio.timeout(5):
            while await shop.categories() != {"Lamps", "Chairs"}:  # noqa: ASYNC110, nothing tells
                await asyncio.sleep(0.01)


@pytest.mark.anyio
async def test_one_that_is_long_out_of_date_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabularies, "serves_until", lambda _: monotonic())
    monkeypatch.setattr(vocabularies, "MEANWHILE_S", 0.0)
    async with opened(tmp_path) as shop:
        await shop.add("Lamps")
        assert await shop.categories() == {"Lamps"}
        await shop.add("Chairs")
        assert await shop.categories() == {"Lamps", "Chairs"}


@pytest.mark.anyio
@pytest.mark.usefixtures("quick")
async def test_what_nobody_tells_of_is_seen_by_its_revision(tmp_path: Path) -> None:
    async with opened(tmp_path) as shop:
        await shop.add("Lamps")
        assert await shop.categories() == {"Lamps"}
        await shop.add("Chairs", tell=False)
        shop.kept.check(SHOP, await shop.database.read(lambda tx: rows.revision(tx, SHOP)))
        assert await shop.categories() == {"Lamps", "Chairs"}


@pytest.mark.anyio
async def test_nothing_is_kept_of_a_brand_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    async with opened(tmp_path) as shop:
        await shop.add("Lamps")
        assert await shop.categories() == {"Lamps"}
        shop.kept.check(SHOP, -1)
        collecting = asyncio.create_task(shop.categories())
        await asyncio.sleep(0)
        shop.kept.forget(SHOP)
        await collecting
        await shop.database.write(lambda tx: rows.purge(tx, SHOP))
        assert await shop.categories() == set()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("about", "counts", "doubtful"),
    [
        ("Petal Post\nFlowers by post.", {"Bouquets": 8, "Dried flowers": 2}, {"flower"}),
        ("The Cellar\nWine by the case.", {"Red wine": 4, "White wine": 4, "Accessories": 2}, set()),
    ],
)
async def test_what_a_shop_sells_altogether_means_no_small_category(
    tmp_path: Path, about: str, counts: dict[str, int], doubtful: set[str]
) -> None:
    items = [
        Product(id=f"{number}-{place}", brand_id=SHOP, name=f"No. {place}", description="", category=name, price=1.0)
        for number, (name, count) in enumerate(counts.items())
        for place in range(count)
    ]
    async with opened(tmp_path) as shop:
        await shop.database.write(lambda tx: rows.save(tx, SHOP, items, utc_now()))
        vocabulary = await shop.database.read(lambda tx: load_vocabulary(tx, SHOP, "USD", about))
    assert vocabulary.doubtful_words == doubtful
