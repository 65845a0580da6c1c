"""Full-text search over products: one FTS5 table per brand, kept in step by storage.products.

One table per brand, because bm25 counts documents: in a shared table one brand's upload shifts another's scores.
"""

import hashlib
import re
from collections.abc import Sequence

from sqlalchemy import Connection, TableClause, bindparam, column, literal_column, table
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId, Product

# Columns in order, with their weights in bm25: what a thing is called says more than how it is described.
_WEIGHTS = {"name": 10.0, "maker": 6.0, "category": 5.0, "features": 3.0, "specifications": 3.0, "description": 1.0}
_PLAIN_ID = re.compile(r"[a-z0-9_-]+")


def table_name(brand_id: BrandId) -> str:
    """The brand's own table. An id outside `[a-z0-9_-]` becomes `x` and 16 hex digits of its SHA-256."""
    slug = brand_id if _PLAIN_ID.fullmatch(brand_id) else "x" + hashlib.sha256(brand_id.encode()).hexdigest()[:16]
    return f"product_text_{slug}"


def create(connection: Connection, brand_id: BrandId) -> None:
    """Make the brand's table, unless it is there."""
    columns = ", ".join(_WEIGHTS)
    connection.exec_driver_sql(
        f'CREATE VIRTUAL TABLE IF NOT EXISTS "{table_name(brand_id)}" '
        f"USING fts5({columns}, tokenize = 'porter unicode61 remove_diacritics 2')"
    )


def drop(connection: Connection, brand_id: BrandId) -> None:
    """Remove the brand's table with everything in it."""
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table_name(brand_id)}"')


def put(connection: Connection, brand_id: BrandId, rows: Sequence[tuple[int, Product]]) -> None:
    """Index these products under their row ids, replacing what stood there."""
    name = table_name(brand_id)
    remove(connection, brand_id, [row_id for row_id, _ in rows])
    places = ", ".join("?" for _ in _WEIGHTS)
    connection.exec_driver_sql(
        f'INSERT INTO "{name}" (rowid, {", ".join(_WEIGHTS)}) VALUES (?, {places})',  # noqa: S608, no user text in it
        [(row_id, *_texts(product)) for row_id, product in rows],
    )


def remove(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> None:
    """Take these rows out of the index."""
    connection.exec_driver_sql(
        f'DELETE FROM "{table_name(brand_id)}" WHERE rowid = ?',  # noqa: S608, no user text in it
        [(row_id,) for row_id in row_ids],
    )


def source(name: str) -> tuple[TableClause, ColumnElement[bool], ColumnElement[float]]:
    """What a query joins: the table, the condition (parameter `match`, an FTS5 expression), the rank (least first)."""
    weights = ", ".join(str(weight) for weight in _WEIGHTS.values())
    return (
        table(name, column("rowid")),
        literal_column(f'"{name}"').op("MATCH", is_comparison=True)(bindparam("match")),
        literal_column(f'bm25("{name}", {weights})'),
    )


def any_of(terms: Sequence[str]) -> str:
    """An FTS5 expression for rows that hold at least one of the terms. Each is quoted: nothing is an operator."""
    return " OR ".join('"' + term.replace('"', '""').replace("\0", "") + '"' for term in terms)


def _texts(product: Product) -> tuple[str, ...]:
    specifications = "\n".join(f"{key} {value}" for key, value in product.specifications.items())
    return (
        product.name,
        product.maker,
        product.category,
        "\n".join(product.features),
        specifications,
        product.description,
    )
