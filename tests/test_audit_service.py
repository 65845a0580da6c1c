"""Audit rows: written before the change, settled after it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from audit_service import AuditService
from models import BrandId
from storage.engine import Database, Transaction
from storage.migrations import upgrade
from storage.tables import audit

SHOP = BrandId("shop")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "rows.sqlite")
    upgrade(database.engine)
    yield database
    database.close()


def intend(database: Database, version: int) -> int:
    service = AuditService(database)
    return asyncio.run(database.write(lambda tx: service.intend(tx, SHOP, "brand.update", version, "key:ops")))


def states(database: Database) -> list[tuple[int, str]]:
    query = select(audit.c.version, audit.c.state).order_by(audit.c.row_id)
    rows = asyncio.run(database.read(lambda tx: tx.execute(query).all()))
    return [(version, state) for version, state in rows]


def test_an_intent_names_the_brand_the_action_the_version_and_the_actor(database: Database) -> None:
    row_id = intend(database, 4)
    [row] = asyncio.run(database.read(lambda tx: tx.execute(select(audit)).all()))
    assert (row.row_id, row.brand_id, row.action, row.version, row.actor, row.state) == (
        row_id,
        "shop",
        "brand.update",
        4,
        "key:ops",
        "intended",
    )


def test_an_intent_is_gone_when_the_callers_transaction_fails(database: Database) -> None:
    service = AuditService(database)

    def fail(tx: Transaction) -> None:
        service.intend(tx, SHOP, "brand.update", 1, "key:ops")
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
