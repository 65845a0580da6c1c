"""catalogue_columns.py, and search by it: a filter on columns in memory is the same filter, of the same moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import catalogue_columns
import retrieval
from catalogue_columns import CatalogueColumns
from models import BrandId, Product, utc_now
from needs import Constraints
from routes.dependencies import Services
from search_service import SearchResult
from storage import products as rows
from storage.engine import Database, Transaction
from storage.migrations import upgrade
from storage.product_columns import Columns
from storage.product_search import Within
from storage.row_ids import RowIds
from tests.services import services_in, settled

SHOP, OTHER = BrandId("techpro"), BrandId("stylehub")
CHEAP = Constraints(price_max=50)


def lamp(number: int, price: float) -> Product:
    return Product(id=f"lamp-{number}", brand_id=SHOP, name=f"Lamp {number}", description="", category="", price=price)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue is at rest as soon as it was met twice."""
    monkeypatch.setattr(catalogue_columns, "AT_REST_S", 0.0)


@asynccontextmanager
async def database_in(folder: Path) -> AsyncIterator[Database]:
    database = Database(folder / "some.db")
    try:
        await asyncio.to_thread(upgrade, database.engine)
        yield database
    finally:
        await database.aclose()


async def saved(database: Database, brand_id: BrandId, products: list[Product]) -> int:
    """Save them; the catalogue's state afterwards."""

    def save(tx: Transaction) -> int:
        rows.save(tx, brand_id, [one.model_copy(update={"brand_id": brand_id}) for one in products], utc_now())
        return rows.revision(tx, brand_id)

    return await database.write(save)


async def read(kept: CatalogueColumns, brand_id: BrandId, revision: int) -> Columns | None:
    """What is kept after the catalogue was met again and again in this state."""
    for _ in range(100):
        kept.met(brand_id, revision)
        await asyncio.sleep(0.01)
        if columns := kept.of(brand_id):
            return columns
    return None


@pytest.mark.anyio
async def test_a_catalogue_that_changes_all_the_time_is_not_read(tmp_path: Path) -> None:
    async with database_in(tmp_path) as database:
        kept = CatalogueColumns(database)
        revision = await saved(database, SHOP, [lamp(1, 10)])
        for _ in range(5):  # met, and not yet for long
            kept.met(SHOP, revision)
            await asyncio.sleep(0.01)
            assert kept.of(SHOP) is None


@pytest.mark.anyio
@pytest.mark.usefixtures("at_once")
async def test_what_is_kept_is_of_one_state_and_of_one_brand(tmp_path: Path) -> None:
    async with database_in(tmp_path) as database:
        kept = CatalogueColumns(database)
        revision = await saved(database, SHOP, [lamp(1, 10), lamp(2, 90)])
        await saved(database, OTHER, [lamp(3, 20)])
        columns = await read(kept, SHOP, revision)
        assert columns is not None
        assert columns.revision == revision
        assert len(columns.rows) == 2
        cheap = columns.fulfilling(Within(SHOP, CHEAP, "USD"))
        assert cheap is not None
        assert len(cheap) == 1
        kept.met(SHOP, await saved(database, SHOP, [lamp(2, 40)]))
        assert kept.of(SHOP) is None  # of another state there is nothing yet


@pytest.mark.anyio
@pytest.mark.usefixtures("at_once")
async def test_the_catalogues_that_were_used_last_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_columns, "MAX_KEPT", 3)
    async with database_in(tmp_path) as database:
        kept = CatalogueColumns(database)
        first = await saved(database, SHOP, [lamp(1, 10), lamp(2, 90)])
        second = await saved(database, OTHER, [lamp(3, 20), lamp(4, 20)])
        assert await read(kept, SHOP, first)
        assert await read(kept, OTHER, second)
        assert kept.of(SHOP) is None
        third = await saved(database, OTHER, [lamp(5, 20), lamp(6, 20)])  # more than are kept in all
        assert await read(kept, OTHER, third) is None


class Filtered:
    """How often a filter went by columns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        in_memory = Columns.fulfilling

        def fulfilling(columns: Columns, within: Within) -> RowIds | None:
            self.times += 1
            return in_memory(columns, within)

        monkeypatch.setattr(Columns, "fulfilling", fulfilling)


@pytest.fixture
def filtered(monkeypatch: pytest.MonkeyPatch) -> Filtered:
    """Every shop is a large one: whatever passes a filter is more than is looked at one by one."""
    monkeypatch.setattr(retrieval, "ONE_BY_ONE", 0)
    return Filtered(monkeypatch)


async def found(services: Services, wanted: Constraints = CHEAP) -> SearchResult:
    return await services.search.search(SHOP, "a lamp for reading", filters=wanted, limit=20)


async def found_by_columns(services: Services, filtered: Filtered) -> SearchResult:
    before = filtered.times
    for _ in range(100):
        result = await found(services)
        if filtered.times > before:
            return result
        await asyncio.sleep(0.01)
    raise AssertionError("the columns were never used")


@pytest.mark.anyio
@pytest.mark.usefixtures("at_once")
async def test_search_finds_the_same_by_columns_and_never_what_a_product_was(
    tmp_path: Path, filtered: Filtered
) -> None:
    async with services_in(tmp_path) as services:
        await services.indexing.start()
        lamps = [{"id": f"l{n}", "name": f"Reading lamp {n}", "price": 10 * n} for n in range(1, 9)]
        await services.products.save_many(SHOP, lamps)
        await settled(services, SHOP)
        in_sql = await found(services)
        assert filtered.times == 0
        assert await found_by_columns(services, filtered) == in_sql
        assert sorted(hit.product.price for hit in in_sql.hits) == [10, 20, 30, 40, 50]

        await services.products.save_many(SHOP, [lamps[0] | {"price": 500}, lamps[7] | {"price": 5}])
        changed = await found(services)
        assert sorted(hit.product.price for hit in changed.hits) == [5, 20, 30, 40, 50]
        await settled(services, SHOP)
        again = await found_by_columns(services, filtered)
        assert {hit.product.id for hit in again.hits} == {hit.product.id for hit in changed.hits}
        assert (await found(services, Constraints(price_max=50, attributes={"colour": "red"}))).hits == ()
