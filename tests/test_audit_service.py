"""Audit rows: written before the change, settled after it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import Executable

import audit_service
from acting import Actor, acting_as
from audit_service import AuditService
from models import BrandId
from storage import tombstones
from storage.audit import AuditFilter
from storage.engine import Database, Transaction
from storage.migrations import upgrade
from storage.tables import audit

SHOP = BrandId("shop")
OPS = Actor("key:ops", "192.0.2.7")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "rows.sqlite")
    upgrade(database.engine)
    yield database
    database.close()


def intend(database: Database, version: int) -> int:
    service = AuditService(database)
    with acting_as(OPS):
        return asyncio.run(database.write(lambda tx: service.intend(tx, SHOP, "brand.update", version)))


def states(database: Database) -> list[tuple[int, str]]:
    query = select(audit.c.version, audit.c.state).order_by(audit.c.row_id)
    rows = asyncio.run(database.read(lambda tx: tx.execute(query).all()))
    return [(version, state) for version, state in rows]


def test_an_intent_names_the_brand_the_action_the_version_and_the_actor(database: Database) -> None:
    row_id = intend(database, 4)
    [row] = asyncio.run(database.read(lambda tx: tx.execute(select(audit)).all()))
    assert (row.row_id, row.brand_id, row.action, row.version, row.actor, row.address, row.state) == (
        row_id,
        "shop",
        "brand.update",
        4,
        "key:ops",
        "192.0.2.7",
        "intended",
    )


def test_an_intent_is_gone_when_the_callers_transaction_fails(database: Database) -> None:
    service = AuditService(database)

    def fail(tx: Transaction) -> None:
        service.intend(tx, SHOP, "brand.update", 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(database.write(fail))
    assert states(database) == []


def test_a_change_that_was_made_is_done(database: Database) -> None:
    asyncio.run(AuditService(database).mark_done(intend(database, 1)))
    assert states(database) == [(1, "done")]


def test_a_change_that_was_not_made_is_abandoned(database: Database) -> None:
    asyncio.run(AuditService(database).mark_abandoned(intend(database, 1)))
    assert states(database) == [(1, "abandoned")]


def test_settling_asks_of_each_intent_whether_it_was_made(database: Database) -> None:
    service = AuditService(database)
    for version in (1, 2, 3):
        intend(database, version)
    asyncio.run(service.settle(lambda intent: intent.version < 3))
    assert states(database) == [(1, "done"), (2, "done"), (3, "abandoned")]


def test_settling_leaves_alone_what_is_settled(database: Database) -> None:
    service = AuditService(database)
    asyncio.run(service.mark_done(intend(database, 1)))
    asyncio.run(service.settle(lambda _intent: False))
    assert states(database) == [(1, "done")]


def test_only_unsettled_changes_count_as_intents(database: Database) -> None:
    service = AuditService(database)
    row_id = intend(database, 1)
    assert asyncio.run(service.has_intents())
    asyncio.run(service.mark_abandoned(row_id))
    assert not asyncio.run(service.has_intents())


def record(database: Database, action: str, **what: object) -> None:
    service = AuditService(database)
    asyncio.run(database.write(lambda tx: service.record(tx, SHOP, action, **what)))  # type: ignore[arg-type]  # the test's own


@pytest.mark.parametrize(
    "statement",
    [
        delete(audit),
        update(audit).values(actor="somebody else"),
        update(audit).values(action="nothing"),
        update(audit).values(after={"price": 1}),
        update(audit).values(subject="another"),
        update(audit).values(state="intended"),
        update(audit).values(subject="", before=None, after={"price": 2}),
        update(audit).values(subject="", before=None, after=None, actor="somebody else"),
    ],
)
def test_what_was_recorded_stays(database: Database, statement: Executable) -> None:
    record(database, "product.update", subject="lamp", before={"price": 1}, after={"price": 2})
    before = asyncio.run(database.read(lambda tx: tx.execute(select(audit)).all()))
    with pytest.raises(IntegrityError, match="only grows"):
        asyncio.run(database.write(lambda tx: tx.execute(statement)))
    assert asyncio.run(database.read(lambda tx: tx.execute(select(audit)).all())) == before


def test_of_a_deleted_brand_who_when_and_what_stays(database: Database) -> None:
    with acting_as(OPS):
        record(database, "product.update", subject="lamp", before={"price": 1}, after={"price": 2})
    asyncio.run(database.write(lambda tx: tombstones.add(tx, SHOP)))
    asyncio.run(AuditService(database).purge(SHOP))
    ([row], total) = asyncio.run(AuditService(database).page(AuditFilter(SHOP), limit=10, offset=0))
    assert (total, row.actor, row.action, row.subject, row.before, row.after) == (
        1, "key:ops", "product.update", "", None, None,
    )  # fmt: skip


def test_changes_are_found_by_actor_action_and_time(database: Database) -> None:
    service = AuditService(database)
    record(database, "product.update", subject="a")
    with acting_as(OPS):
        record(database, "product.delete", subject="b")
    record(database, "products.save")

    def found(**wanted: object) -> list[str]:
        rows, _ = asyncio.run(service.page(AuditFilter(**wanted), limit=10, offset=0))  # type: ignore[arg-type]
        return [row.action for row in rows]

    assert found() == ["products.save", "product.delete", "product.update"]
    assert found(action="product") == ["product.delete", "product.update"]
    assert found(action="product.delete") == ["product.delete"]
    assert found(action="product%") == []
    assert found(actor="key:ops") == ["product.delete"]
    assert found(brand_id=BrandId("other")) == []
    middle = asyncio.run(service.page(AuditFilter(action="product.delete"), limit=1, offset=0))[0][0].at
    assert found(since=middle) == ["products.save", "product.delete"]
    assert found(until=middle) == ["product.update"]


def test_an_export_has_every_row_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_service, "_EXPORT_ROWS", 3)
    for number in range(8):
        record(database, "product.update", subject=str(number))

    async def exported() -> list[str]:
        return [row.subject async for row in AuditService(database).export(AuditFilter(SHOP))]

    assert asyncio.run(exported()) == [str(number) for number in range(7, -1, -1)]
