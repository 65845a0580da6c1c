"""The database: one writer thread, a few readers, explicit transactions.

SQL runs synchronously and off the event loop. A use case's whole transaction is one function that gets a connection;
one writer thread runs such functions one after the other, so that a read-then-write never loses an update.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import orjson
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from errors import BrandNotFound
from models import BrandId
from storage.tables import tombstones

Result = TypeVar("Result")

# An open transaction, as services see it: something to hand on to the functions of this package.
Transaction = Connection

# Two cores serve reads well with a few threads; each holds one connection.
READERS = 4
BUSY_TIMEOUT_MS = 10_000


_IS_DELETED = select(tombstones.c.brand_id).where(tombstones.c.brand_id == bindparam("brand_id"))


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


class Database:
    """Runs use cases' transactions. Build it once, hand it down, close it once.

    Args:
        path: the SQLite file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self._write_engine = _engine(path, begin="BEGIN IMMEDIATE", connections=1)
        self._read_engine = _engine(path, begin="BEGIN", connections=READERS)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sql-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sql-reader")

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._write_engine

    async def read(self, query: Callable[[Connection], Result]) -> Result:
        """Run `query` in a read transaction: all that it reads is of one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        """Run `change` in a write transaction of no single brand; it is durable when this returns."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, change)

    async def write_brand(self, brand_id: BrandId, change: Callable[[Connection], Result]) -> Result:
        """Run `change` in a write transaction of one brand; it is durable when this returns.

        Raises:
            BrandNotFound: the brand is being deleted; nothing is written.
        """

        def guarded(connection: Connection) -> Result:
            if connection.execute(_IS_DELETED, {"brand_id": brand_id}).first():
                raise BrandNotFound(f"Brand '{brand_id}' not found or inactive")
            return change(connection)

        return await self.write(guarded)

    async def check(self) -> str:
        """Say "ok" when the database answers, else what is wrong."""
        try:
            await self.read(lambda connection: connection.exec_driver_sql("SELECT 1 FROM tombstones"))
        except SQLAlchemyError as error:
            return f"the database does not answer ({type(error).__name__})"
        return "ok"

    async def aclose(self) -> None:
        """Let running transactions finish, then close every connection."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """The same, outside an event loop."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _read(self, query: Callable[[Connection], Result]) -> Result:
        with self._read_engine.begin() as connection:
            return query(connection)

    def _write(self, change: Callable[[Connection], Result]) -> Result:
        with self._write_engine.begin() as connection:
            return change(connection)


def _engine(path: Path, *, begin: str, connections: int) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        # sqlite3's own transaction handling loses updates and does not roll DDL back: it is off, BEGIN is ours.
        connect_args={"isolation_level": None, "check_same_thread": False},
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
