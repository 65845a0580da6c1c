"""acting.py and the database: a transaction knows on whose behalf it runs, though another thread runs it."""

import asyncio
from pathlib import Path

import pytest

from acting import Actor, acting, acting_as
from storage.engine import Database


@pytest.mark.anyio
async def test_a_transaction_is_made_by_who_asked_for_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db")
    try:

        async def change(actor: Actor) -> Actor:
            with acting_as(actor):
                return await database.write(lambda _: acting())

        actors = [Actor(f"key:{number}", "192.0.2.1") for number in range(20)]
        assert await asyncio.gather(*map(change, actors)) == actors
        assert await database.write(lambda _: acting()) == Actor("service")
    finally:
        await database.aclose()
