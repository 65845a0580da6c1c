"""What exact filters on attributes test: products as sets of facts, and their attributes as rows.

Facts (understanding/facts.py) are in one FTS5 table per brand, beside `product_text`: an inverted index over sets of
tokens, which answers "has all of these" at once and costs a tenth of what a row for each would. The measures, sizes and
colours are rows as well, to be compared as numbers and to be listed. storage.products keeps both in step.
"""

from collections.abc import Iterable, Sequence
from operator import itemgetter

import numpy as np
import orjson
from sqlalchemy import BindParameter, Connection, bindparam, column, literal_column, select, table
from sqlalchemy.sql.elements import ColumnElement, quoted_name

from models import BrandId, Product
from storage.prepared import dumps, fetched, one_of
from storage.row_ids import RowIds
from storage.tables import own_table, product_attributes, products
from understanding.attributes import attributes_of
from understanding.facts import facts_of, thing
from understanding.requirements import Demands, Range

# Everything but a blank belongs to a token, so that a fact is one.
_TOKENIZE = """tokenize = "ascii tokenchars '=:#._'", detail = none"""

# A name that holds more different values than this is a scale; nobody asks for most of its values exactly.
VALUES_PER_NAME = 500
MAX_VALUES = 5_000
MAX_KINDS = 40
NAMES_PER_KIND = 200

_INSERT = "INSERT INTO product_attributes (brand_id, row_id, kind, name, value, number) VALUES (?, ?, ?, ?, ?, ?)"


def table_name(brand_id: BrandId) -> str:
    """The brand's own table."""
    return own_table("product_facts", brand_id)


def create(connection: Connection, brand_id: BrandId) -> None:
    """Make the brand's table, unless it is there."""
    name = table_name(brand_id)
    connection.exec_driver_sql(f'CREATE VIRTUAL TABLE IF NOT EXISTS "{name}" USING fts5(facts, {_TOKENIZE})')


def drop(connection: Connection, brand_id: BrandId) -> None:
    """Remove everything that is known of the brand's products."""
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table_name(brand_id)}"')
    connection.exec_driver_sql("DELETE FROM product_attributes WHERE brand_id = ?", (brand_id,))


def put(connection: Connection, brand_id: BrandId, rows: Sequence[tuple[int, Product]]) -> None:
    """Write down what new products have, under their row ids."""
    if not rows:
        return
    facts: list[tuple[int, str]] = []
    pairs: list[tuple[str, int, str, str, str, float | None]] = []
    for row_id, product in rows:
        attributes = attributes_of(product.specifications, product.features, product.name)
        facts.append((row_id, " ".join(facts_of(product, attributes))))
        pairs += [(brand_id, row_id, one.kind, one.name, one.value, one.number) for one in attributes]
    name = table_name(brand_id)
    connection.exec_driver_sql(f'INSERT INTO "{name}" (rowid, facts) VALUES (?, ?)', facts)  # noqa: S608, no user text in it
    if pairs:
        connection.exec_driver_sql(_INSERT, sorted(pairs, key=itemgetter(2, 3, 4)))


def remove(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> None:
    """Forget these products."""
    if not row_ids:
        return
    ids = [(row_id,) for row_id in row_ids]
    name = table_name(brand_id)
    connection.exec_driver_sql(f'DELETE FROM "{name}" WHERE rowid = ?', ids)  # noqa: S608, no user text in it
    connection.exec_driver_sql("DELETE FROM product_attributes WHERE row_id = ?", ids)


def rows_of(connection: Connection, brand_id: BrandId, things: Iterable[str]) -> RowIds:
    """The rows that are one of these things, by what their names say (`understanding.heads`)."""
    name = table_name(brand_id)
    sql = f'SELECT json_group_array(rowid) FROM (SELECT rowid FROM "{name}" WHERE "{name}" MATCH ?)'  # noqa: S608, no user text in it
    match = " OR ".join(_quoted(thing(word)) for word in things)
    rows = orjson.loads(fetched(connection, sql, (match,)).fetchone()[0]) if match else []
    return np.unique(np.array(rows, dtype=np.int64))


def values(connection: Connection, brand_id: BrandId) -> dict[str, tuple[str, ...]]:
    """The measures, sizes and colours that the brand's products have, and the names that hold them."""
    found: dict[str, list[str]] = {}
    count = 0
    for kind in _distinct(connection, (brand_id,), MAX_KINDS):
        for name in _distinct(connection, (brand_id, kind), NAMES_PER_KIND):
            listed = _distinct(connection, (brand_id, kind, name), min(VALUES_PER_NAME, MAX_VALUES - count))
            count += len(listed)
            for value in listed:
                found.setdefault(value, []).append(name)
    return {value: tuple(names) for value, names in found.items()}


_KEY = ("brand_id", "kind", "name", "value")


def _distinct(connection: Connection, prefix: tuple[str, ...], most: int) -> list[str]:
    """What stands behind a prefix of the key, each once, in order.

    It jumps in the index from one value to the next, so that 240,000 rows take no longer than their few values.
    """
    column_, known = _KEY[len(prefix)], " AND ".join(f"{name} = :{name}" for name in _KEY[: len(prefix)])
    rows = fetched(
        connection,
        f"""
        WITH RECURSIVE seen(value) AS (
            SELECT min({column_}) FROM product_attributes WHERE {known}
            UNION ALL
            SELECT (SELECT min({column_}) FROM product_attributes WHERE {known} AND {column_} > seen.value)
            FROM seen WHERE seen.value IS NOT NULL
        )
        SELECT value FROM seen WHERE value IS NOT NULL LIMIT :most
        """,  # noqa: S608, no user text in it
        dict(zip(_KEY, prefix, strict=False)) | {"most": most},
    )
    return [row[0] for row in rows]


# --- Conditions of a query over products ---


def has_facts(brand_id: BrandId, parameter: str) -> ColumnElement[bool]:
    """That the product is among those that an expression (`required`, `denied`) finds."""
    name = table_name(brand_id)
    facts = table(quoted_name(name, quote=True), column("rowid"))
    matches = literal_column(f'"{name}"').op("MATCH", is_comparison=True)(bindparam(parameter))
    return products.c.row_id.in_(select(facts.c.rowid).where(matches))


def in_range(number: int, *, low: bool, high: bool, strict: bool) -> ColumnElement[bool]:
    """That the product has a measure within limits, whose values are those of `range_values` of the same number."""
    rows = product_attributes.alias(f"range_{number}")
    where = [
        rows.c.brand_id == bindparam("brand"),  # not the outer row's: it is asked once, not for each product
        rows.c.kind == bindparam(f"kind_{number}"),
        one_of(rows.c.name, f"names_{number}"),
    ]
    if low:
        least: BindParameter[float] = bindparam(f"low_{number}")
        where.append(rows.c.number > least if strict else rows.c.number >= least)
    if high:
        most: BindParameter[float] = bindparam(f"high_{number}")
        where.append(rows.c.number < most if strict else rows.c.number <= most)
    return products.c.row_id.in_(select(rows.c.row_id).where(*where))


def range_values(ranges: Iterable[Range]) -> dict[str, object]:
    """The parameters of the conditions `in_range`."""
    given: dict[str, object] = {}
    for number, limits in enumerate(ranges):
        given |= {
            f"kind_{number}": limits.kind,
            f"names_{number}": dumps(limits.names),
            f"low_{number}": limits.low,
            f"high_{number}": limits.high,
        }
    return given


def required(demands: Demands) -> str:
    """An expression for products that have every fact demanded; empty when none is."""
    return " AND ".join(f"({_any_of(exact.any_of)})" for exact in demands.exact)


def denied(demands: Demands) -> str:
    """An expression for products that have what is denied; empty when nothing is."""
    return _any_of(demands.denied)


def _any_of(sets: Iterable[Sequence[str]]) -> str:
    return " OR ".join(f"({' AND '.join(_quoted(fact) for fact in facts)})" for facts in sets)


def _quoted(fact: str) -> str:
    return '"' + fact.replace('"', "") + '"'
