"""Transactions: no update is lost, nothing half done stays, and the migrations make what the tables say."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, text

from errors import BrandNotFound
from models import BrandId, Product, utc_now
from storage import product_text, products, tombstones
from storage.engine import READERS, Database
from storage.migrations import upgrade
from storage.tables import metadata

BRAND = BrandId("techpro")


def nothing(_connection: Connection) -> None:
    """A change that changes nothing."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "test.db")
    upgrade(opened.engine)
    yield opened
    opened.close()


def test_twenty_concurrent_increments_end_at_twenty(database: Database) -> None:
    def increment(connection: Connection) -> None:
        value = connection.execute(text("SELECT value FROM counter")).scalar_one()
        connection.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    def counter(connection: Connection) -> int:
        return int(connection.execute(text("SELECT value FROM counter")).scalar_one())

    async def scenario() -> int:
        await database.write(lambda connection: connection.execute(text("CREATE TABLE counter (value INTEGER)")))
        await database.write(lambda connection: connection.execute(text("INSERT INTO counter VALUES (0)")))
        await asyncio.gather(*(database.write(increment) for _ in range(20)))
        return await database.read(counter)

    assert asyncio.run(scenario()) == 20


def test_two_processes_lose_no_update(tmp_path: Path, database: Database) -> None:
    other = Database(tmp_path / "test.db")  # its own connections and writer, as another process has

    def change(connection: Connection) -> None:
        number = products.count(connection, BRAND)
        products.save(connection, BRAND, [Product(id=f"p{number}", name="x", price=1, brand_id=BRAND)], utc_now())

    async def scenario() -> int:
        await asyncio.gather(*(one.write(change) for one in [database, other] * 10))
        return await database.read(lambda connection: products.count(connection, BRAND))

    assert asyncio.run(scenario()) == 20
    other.close()


def test_every_reader_is_open_before_the_first_customer_reads(database: Database) -> None:
    opened: list[object] = []
    event.listen(Engine, "engine_connect", opened.append)

    async def scenario() -> None:
        await database.open_readers()
        before = len(opened)
        together = threading.Barrier(READERS)
        threads = await asyncio.gather(*(database.read(lambda _: together.wait(5)) for _ in range(READERS)))
        assert len(set(threads)) == READERS
        assert len(opened) == before == READERS

    asyncio.run(scenario())


def test_a_failed_transaction_leaves_nothing_not_even_a_table(database: Database) -> None:
    def change(connection: Connection) -> None:
        products.save(connection, BRAND, [Product(id="p", name="x", price=1, brand_id=BRAND)], utc_now())
        raise RuntimeError("power cut")

    def tables(connection: Connection) -> list[str]:
        return list(connection.execute(text("SELECT name FROM sqlite_master")).scalars())

    async def scenario() -> list[str]:
        with pytest.raises(RuntimeError):
            await database.write(change)
        return await database.read(tables)

    assert product_text.table_name(BRAND) not in asyncio.run(scenario())


def test_transactions_that_share_a_commit_fail_alone(database: Database) -> None:
    def save(name: str) -> Callable[[Connection], None]:
        def change(connection: Connection) -> None:
            products.save(connection, BRAND, [Product(id=name, name=name, price=1, brand_id=BRAND)], utc_now())
            if name.startswith("bad"):
                raise ValueError(name)

        return change

    def slow(_connection: Connection) -> None:
        time.sleep(0.1)  # the others pile up behind it, and share one commit

    async def scenario() -> None:
        names = ["good1", "bad1", "good2", "bad2", "good3"]
        first = asyncio.create_task(database.write(slow))
        await asyncio.sleep(0)
        outcomes = await asyncio.gather(*(database.write(save(name)) for name in names), return_exceptions=True)
        await first
        assert [isinstance(outcome, ValueError) for outcome in outcomes] == [False, True, False, True, False]
        saved = await database.read(
            lambda connection: products.page(connection, BRAND, category=None, limit=9, offset=0)
        )
        assert [product.id for product in saved] == ["good1", "good2", "good3"]

    asyncio.run(scenario())


def test_a_brand_that_is_being_deleted_cannot_be_written(database: Database) -> None:
    async def scenario() -> None:
        await database.write(lambda connection: tombstones.add(connection, BRAND))
        with pytest.raises(BrandNotFound):
            await database.write_brand(BRAND, nothing)
        await database.write(lambda connection: tombstones.remove(connection, BRAND))
        await database.write_brand(BRAND, nothing)

    asyncio.run(scenario())


def test_what_is_acknowledged_is_synced_to_disk(database: Database) -> None:
    def pragmas(connection: Connection) -> tuple[object, object, object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        journal, synchronous, keys = (connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names)
        return journal, synchronous, keys

    assert asyncio.run(database.write(pragmas)) == ("wal", 2, 1)


def test_the_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    upgrade(database.engine)  # a second time nothing happens


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    async def scenario() -> str:
        unmigrated = Database(tmp_path / "empty.db")
        answer = await unmigrated.check()
        await unmigrated.aclose()
        return answer

    assert asyncio.run(scenario()) == "the database does not answer (OperationalError)"


def test_the_first_connections_to_a_new_file_do_not_lock_each_other_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)

    async def begin(number: int) -> None:
        database = Database(tmp_path / f"{number}.db")
        await database.check()
        await database.aclose()

    for number in range(200):
        asyncio.run(begin(number))
    assert not failed


def test_an_odd_brand_id_gets_a_plain_table_name() -> None:
    assert product_text.table_name(BrandId("techpro")) == "product_text_techpro.fts"
    odd = product_text.table_name(BrandId('Café "; DROP TABLE products; --'))
    assert odd.startswith("product_text_x")
    assert odd.removeprefix("product_text_").removesuffix(".fts").isalnum()


@pytest.mark.parametrize("ending", ["_data", "_idx", "_content", "_docsize", "_config", "_row"])
@pytest.mark.parametrize("first", ["the shorter", "the longer"])
def test_a_brand_named_like_a_part_of_anothers_table_shares_nothing_with_it(
    database: Database, ending: str, first: str
) -> None:
    short, longer = BrandId("shop"), BrandId("shop" + ending)

    def save(connection: Connection, brand_id: BrandId) -> None:
        products.save(connection, brand_id, [Product(id="p", name="lamp", price=1, brand_id=brand_id)], utc_now())

    def scenario(connection: Connection) -> dict[str, int]:
        for brand_id in (longer, short) if first == "the longer" else (short, longer):
            save(connection, brand_id)
        products.purge(connection, longer)
        save(connection, short)
        return product_text.named(connection, short, ["lamp"])

    assert asyncio.run(database.write(scenario)) == {"lamp": 1}
