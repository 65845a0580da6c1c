"""Statements of the hot path: written in SQLAlchemy Core, compiled once, run by the driver.

SQLAlchemy takes 70 us of CPU to execute a statement that it has compiled and cached, sqlite3 takes 4: over the dozen
statements of a turn that is a fifth of what the turn costs. What SQLAlchemy knows is kept: the SQL, the order of the
parameters, and each type's way in and out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Executable, FromClause, String, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement, ColumnElement

from models import BrandId, plain_name

Convert = Callable[[Any], Any] | None


def dumps(value: object) -> str:
    """JSON as the database keeps it."""
    return orjson.dumps(value).decode()


class _Compiler(SQLiteCompiler):
    """SQLite's, with what `with_hint` says of a table ("INDEXED BY ..."), which SQLAlchemy leaves out for it."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        del table
        return text


_DIALECT = sqlite.dialect(paramstyle="qmark", json_serializer=dumps, json_deserializer=orjson.loads)

_DIALECT.statement_compiler = _Compiler

# The name of no brand: a statement over a brand's own tables is written for this one, and its name in the SQL replaced.
ANY_BRAND = BrandId("<any>")


class Prepared:
    """One statement without lists of values (`IN`), whose SQL would depend on their lengths; `one_of` takes a list.

    Args:
        statement: a select, insert, update or delete.
        given: for an insert or update, the columns that the parameters set.
    """

    def __init__(self, statement: Executable, given: Sequence[str] | None = None) -> None:
        assert isinstance(statement, ClauseElement)  # noqa: S101, every Core statement is both
        compiled = statement.compile(dialect=_DIALECT, column_keys=given)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101, what else a statement compiles to
        self._sql = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._ways_in: list[tuple[str, Convert]] = [
            (name, compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT))
            for name in compiled.positiontup or ()
        ]
        columns = getattr(statement, "exported_columns", ())
        self._ways_out: list[Convert] = [
            column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for column in columns
        ]
        self._converts = any(self._ways_out)

    def rows(
        self, connection: Connection, values: Mapping[str, Any], brand_id: BrandId | None = None
    ) -> list[tuple[Any, ...]]:
        """Run a select, or what returns rows; over this brand's own tables when it was written for ANY_BRAND."""
        found = self._execute(connection, values, brand_id)
        if not self._converts:
            return list(found)
        return [
            tuple(value if way is None else way(value) for way, value in zip(self._ways_out, row, strict=True))
            for row in found
        ]

    def first(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Its first row, if there is one."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run a change; how many rows it touched."""
        return int(self._execute(connection, values).rowcount)

    def _execute(self, connection: Connection, values: Mapping[str, Any], brand_id: BrandId | None = None) -> Any:  # noqa: ANN401, a driver's cursor
        given = {**self._constants, **values}
        parameters = [given[name] if way is None else way(given[name]) for name, way in self._ways_in]
        sql = self._sql if brand_id is None else self._sql.replace(plain_name(ANY_BRAND), plain_name(brand_id))
        return fetched(connection, sql, parameters)


def fetched(connection: Connection, sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Run SQL on the driver, for statements written by hand; its cursor, to be read within the transaction."""
    driver: Any = connection.connection.dbapi_connection
    return driver.execute(sql, parameters)


def one_of(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """That a column is among the values of a parameter, which is a list as JSON (`dumps`)."""
    given = func.json_each(bindparam(parameter, type_=String)).table_valued("value")
    return column.in_(select(given.c.value))
