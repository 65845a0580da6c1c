"""The database: one writer thread, a few readers, explicit transactions.

SQL runs synchronously and off the event loop. A use case's whole transaction is one function that gets a connection.
One writer thread runs such functions one after the other, so that a read-then-write never loses an update. Those that
wait for the writer at the same moment share one commit: its sync to disk is most of what a small transaction costs.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, bindparam, create_engine, event, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from errors import BrandNotFound
from models import BrandId
from storage.prepared import Prepared, dumps
from storage.tables import tombstones

Result = TypeVar("Result")

# An open transaction, as services see it: something to hand on to the functions of this package.
Transaction = Connection

# Two cores serve reads well with a few threads; each holds one connection.
READERS = 4
BUSY_TIMEOUT_MS = 10_000
OPENING_S = 10.0  # so long the readers wait for each other at the start

# Kibibytes of the file that each connection keeps: the indexes by which a search filters 40,000 products. SQLite's own
# measure is 2,000, with which each page is read again for each search (1.5 ms).
CACHE_KIB = 8_000

# So many transactions share a commit at most: the first of them waits for the last.
SHARED_COMMIT = 32

_IS_DELETED = Prepared(select(tombstones.c.brand_id).where(tombstones.c.brand_id == bindparam("brand")))


@dataclass(slots=True)
class _Write:
    """A transaction that waits for the writer, whoever waits for it, and the context that it runs in."""

    change: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]
    context: Context = field(default_factory=copy_context)
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tell who waits, on its loop, unless it has gone away."""
        if self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


class Database:
    """Runs use cases' transactions. Build it once, hand it down, close it once.

    Args:
        path: the SQLite file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        _begin_log(path)
        self._write_engine = _engine(path, begin="BEGIN IMMEDIATE")
        self._read_engine = _engine(path, begin="BEGIN")
        self._writes: SimpleQueue[_Write | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._run_writes, name="sql-writer", daemon=True)
        self._writer.start()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sql-reader")
        self._of_thread = threading.local()
        self._read_connections: list[Connection] = []

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._write_engine

    async def read(self, query: Callable[[Connection], Result]) -> Result:
        """Run `query` in a read transaction: all that it reads is of one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    async def open_readers(self) -> None:
        """Open every reader's connection, which reads the schema: 0.5 s each with the tables of 1,000 brands.

        Else the first customer of each reader would wait for it.
        """
        together = threading.Barrier(READERS)

        def opened(connection: Connection) -> None:
            connection.exec_driver_sql("SELECT 1 FROM tombstones LIMIT 1")
            with suppress(threading.BrokenBarrierError):
                together.wait(OPENING_S)  # or one thread would open all that it has, its own

        await asyncio.gather(*(self.read(opened) for _ in range(READERS)))

    async def write(self, change: Callable[[Connection], Result]) -> Result:
        """Run `change` in a write transaction of no single brand; it is durable when this returns."""
        loop = asyncio.get_running_loop()
        write = _Write(change, loop, loop.create_future())
        self._writes.put(write)
        result: Result = await write.done
        return result

    async def write_brand(self, brand_id: BrandId, change: Callable[[Connection], Result]) -> Result:
        """Run `change` in a write transaction of one brand; it is durable when this returns.

        Raises:
            BrandNotFound: the brand is being deleted; nothing is written.
        """

        def guarded(connection: Connection) -> Result:
            if _IS_DELETED.first(connection, {"brand": brand_id}):
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

    def empty_log(self) -> None:
        """Write what the log holds into the file, and empty it: until then what was erased can be read there.

        It waits for readers, and takes a moment. Where they go on for BUSY_TIMEOUT_MS the next one empties it.
        """
        with self._read_engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def aclose(self) -> None:
        """Let running transactions finish, then close every connection."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """The same, outside an event loop."""
        if self._writer.is_alive():
            self._writes.put(None)
            self._writer.join()
        self._readers.shutdown(wait=True)
        for connection in self._read_connections:
            connection.close()
        self._read_connections.clear()

    def _read(self, query: Callable[[Connection], Result]) -> Result:
        connection: Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._read_engine.connect()
            self._read_connections.append(connection)
        with connection.begin():
            return query(connection)

    def _run_writes(self) -> None:
        """The writer thread: takes what waits, until it is told to end."""
        with self._write_engine.connect() as connection:
            while (first := self._writes.get()) is not None:
                waiting = [first]
                is_last = False
                while len(waiting) < SHARED_COMMIT and not is_last:
                    try:
                        following = self._writes.get_nowait()
                    except Empty:
                        break
                    if following is None:
                        is_last = True
                    else:
                        waiting.append(following)
                _commit_together(connection, waiting)
                for write in waiting:
                    with suppress(RuntimeError):  # the loop of who asked is closed: nobody waits
                        write.loop.call_soon_threadsafe(write.settle)
                if is_last:
                    return


def _commit_together(connection: Connection, writes: Sequence[_Write]) -> None:
    """Run each in its own savepoint and commit once: one that fails leaves nothing and does not fail the others."""
    savepoints: Any = connection.connection.dbapi_connection
    try:
        with connection.begin():
            for write in writes:
                savepoints.execute("SAVEPOINT one")
                try:
                    write.result = write.context.run(write.change, connection)
                except BaseException as error:  # noqa: BLE001, it goes to whoever asked for the transaction
                    write.error = error
                    savepoints.execute("ROLLBACK TO one")
                savepoints.execute("RELEASE one")
    except BaseException as error:  # noqa: BLE001, as above: what was not committed has not happened
        for write in writes:
            write.error = write.error or error


def _begin_log(path: Path) -> None:
    """Give a new file its write-ahead log, which it keeps; of two first connections, one would find it locked."""
    if not path.is_file() or not path.stat().st_size:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")


def _engine(path: Path, *, begin: str) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,  # each thread keeps its connection
        hide_parameters=True,  # an error's text goes to the log: what customers said does not
        # sqlite3's own transaction handling loses updates and does not roll DDL back: it is off, BEGIN is ours.
        connect_args={"isolation_level": None, "check_same_thread": False},
        json_serializer=dumps,
        json_deserializer=orjson.loads,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute(begin)

    return engine
