"""Products as rows."""

import secrets
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    Connection,
    Select,
    String,
    UnaryExpression,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.operators import custom_op

from models import BrandId, Product
from storage import product_facts, product_text, vector_indexes
from storage.prepared import Prepared
from storage.product_text import embedded_text
from storage.tables import catalogues, products

Id = TypeVar("Id", str, int)

# A statement takes a bounded number of parameters (SQLite: 32,766).
_IDS_PER_QUERY = 500


def save(connection: Connection, brand_id: BrandId, items: Sequence[Product], now: datetime) -> None:
    """Insert these products, or replace those whose id is there. Ids must be unique among them."""
    product_text.create(connection, brand_id)
    product_facts.create(connection, brand_id)
    present = _rows_of(connection, brand_id, [item.id for item in items])
    known = {product_id: row_id for product_id, (row_id, _) in present.items()}
    new = [item for item in items if item.id not in known]
    if new:
        connection.execute(insert(products), [_row(brand_id, item, now) for item in new])
        known |= _row_ids(connection, brand_id, [item.id for item in new])
    if changed := [item for item in items if item.id in present]:
        connection.execute(_UPDATE, [_row(brand_id, item, now) | {"at": known[item.id]} for item in changed])
        _forget_derived(connection, brand_id, [known[item.id] for item in changed])
    rows = [(known[item.id], item) for item in items]
    product_text.put(connection, brand_id, rows)
    product_facts.put(connection, brand_id, rows)
    # A price list that is sent every night changes no text, and so no vector.
    retold = [item for item in changed if embedded_text(item) != embedded_text(present[item.id][1])]
    vector_indexes.enqueue(connection, brand_id, [known[item.id] for item in (*new, *retold)])
    _bump(connection, brand_id)


def remove(connection: Connection, brand_id: BrandId, product_id: str) -> bool:
    """Delete one product; False when there is none of that id."""
    row_ids = list(_row_ids(connection, brand_id, [product_id]).values())
    if not row_ids:
        return False
    _forget_derived(connection, brand_id, row_ids)
    connection.execute(delete(products).where(_of(brand_id), products.c.id == product_id))
    vector_indexes.enqueue(connection, brand_id, row_ids)
    _bump(connection, brand_id)
    return True


def keep_only(connection: Connection, brand_id: BrandId, ids: AbstractSet[str]) -> int:
    """Delete every product but these; how many went."""
    query = select(products.c.id, products.c.row_id).where(_of(brand_id))
    gone = [row.row_id for row in connection.execute(query) if row.id not in ids]
    for chunk in _chunks(gone):
        _forget_derived(connection, brand_id, chunk)
        connection.execute(delete(products).where(_of(brand_id), products.c.row_id.in_(chunk)))
        vector_indexes.enqueue(connection, brand_id, chunk)
    if gone:
        _bump(connection, brand_id)
    return len(gone)


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Delete everything that the brand's catalogue left."""
    product_text.drop(connection, brand_id)
    product_facts.drop(connection, brand_id)
    connection.execute(delete(products).where(_of(brand_id)))
    connection.execute(delete(catalogues).where(catalogues.c.brand_id == brand_id))


def get(connection: Connection, brand_id: BrandId, product_id: str) -> Product | None:
    """One product."""
    row = connection.execute(_GET_MANY, {"brand": brand_id, "ids": [product_id]}).first()
    return product_of(row) if row else None


def get_many(connection: Connection, brand_id: BrandId, ids: Iterable[str]) -> dict[str, Product]:
    """Those of these products that exist, by id."""
    found = {}
    for chunk in _chunks(list(ids)):
        products_ = map(product_of, connection.execute(_GET_MANY, {"brand": brand_id, "ids": chunk}))
        found.update({product.id: product for product in products_})
    return found


def by_row(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> dict[int, Product]:
    """Those of these rows that are there, by row id, in the order that was asked for."""
    wanted = {"brand": brand_id, "rows": orjson.dumps(list(row_ids)).decode()}
    found = {row[0]: product_of(row[1:]) for row in _BY_ROW.rows(connection, wanted)}
    return {row_id: found[row_id] for row_id in row_ids if row_id in found}


def page(connection: Connection, brand_id: BrandId, *, category: str | None, limit: int, offset: int) -> list[Product]:
    """Products in the order in which they were first saved."""
    query = select(*COLUMNS).where(_of(brand_id)).order_by(products.c.row_id).limit(limit).offset(offset)
    if category is not None:
        query = query.where(_in_category(category))
    return [product_of(row) for row in connection.execute(query)]


def after(connection: Connection, *, brand_id: BrandId, row_id: int, limit: int) -> list[tuple[int, Product]]:
    """The products behind a row in the order in which they were first saved, each with its row id."""
    query = select(products.c.row_id, *COLUMNS).where(_of(brand_id), products.c.row_id > row_id)
    return [(row[0], product_of(row[1:])) for row in connection.execute(query.order_by(products.c.row_id).limit(limit))]


def count(connection: Connection, brand_id: BrandId, *, category: str | None = None) -> int:
    """How many products there are."""
    query = select(func.count()).where(_of(brand_id))
    if category is not None:
        query = query.where(_in_category(category))
    return _count(connection, query)


def count_available(connection: Connection, brand_id: BrandId) -> int:
    """How many can be had now."""
    return _count(connection, select(func.count()).where(_of(brand_id), products.c.availability))


def categories(connection: Connection, brand_id: BrandId) -> list[str]:
    """The category names, the fullest first."""
    return list(category_sizes(connection, brand_id))


def category_sizes(connection: Connection, brand_id: BrandId) -> dict[str, int]:
    """The category names with the number of products in each, the fullest first."""
    return _sizes(connection, brand_id, products.c.category)


def maker_sizes(connection: Connection, brand_id: BrandId) -> dict[str, int]:
    """The makers named in specifications, likewise."""
    return _sizes(connection, brand_id, products.c.maker)


def _sizes(connection: Connection, brand_id: BrandId, column: ColumnElement[str]) -> dict[str, int]:
    count_ = func.count()
    query = select(column, count_).where(_of(brand_id), column != "").group_by(column).order_by(count_.desc(), column)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def revision(connection: Connection, brand_id: BrandId) -> int:
    """The catalogue's state as a number that no other state has; 0 means that it never had a product."""
    found = _REVISION.first(connection, {"brand": brand_id})
    return found[0] if found else 0


def _count(connection: Connection, query: Select[Any], **parameters: str) -> int:
    return int(connection.execute(query, parameters).scalar_one())


def _in_category(name: str) -> ColumnElement[bool]:
    """In the category of that name, whatever the case of its letters."""
    return func.lower(products.c.category) == func.lower(name)


def _of(brand_id: BrandId) -> ColumnElement[bool]:
    return products.c.brand_id == brand_id


def _chunks(ids: Sequence[Id]) -> Iterable[Sequence[Id]]:
    return (ids[start : start + _IDS_PER_QUERY] for start in range(0, len(ids), _IDS_PER_QUERY))


def _row_ids(connection: Connection, brand_id: BrandId, ids: Sequence[str]) -> dict[str, int]:
    found = {}
    for chunk in _chunks(ids):
        query = select(products.c.id, products.c.row_id).where(_of(brand_id), products.c.id.in_(chunk))
        found.update({row.id: row.row_id for row in connection.execute(query)})
    return found


def _rows_of(connection: Connection, brand_id: BrandId, ids: Sequence[str]) -> dict[str, tuple[int, Product]]:
    """Those of these products that exist, with their row ids, by id."""
    found = {}
    for chunk in _chunks(ids):
        query = select(products.c.row_id, *COLUMNS).where(_of(brand_id), products.c.id.in_(chunk))
        for row in connection.execute(query):
            product = product_of(row[1:])
            found[product.id] = (row[0], product)
    return found


def _forget_derived(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> None:
    product_text.remove(connection, brand_id, row_ids)
    product_facts.remove(connection, brand_id, row_ids)


def _bump(connection: Connection, brand_id: BrandId) -> None:
    # Drawn, not counted: a brand that takes a deleted one's id must not meet what was derived from its catalogue.
    state = {"brand": brand_id, "revision": secrets.randbits(62) + 1}
    if connection.execute(_NEW_REVISION, state).rowcount == 0:
        connection.execute(insert(catalogues).values(brand_id=brand_id, revision=state["revision"]))


COLUMNS = (
    products.c.brand_id,
    products.c.id,
    products.c.name,
    products.c.description,
    products.c.category,
    products.c.price,
    products.c.currency,
    products.c.features,
    products.c.specifications,
    products.c.availability,
    products.c.url,
    products.c.image_url,
    products.c.updated_at,
)
_GET_MANY = select(*COLUMNS).where(
    products.c.brand_id == bindparam("brand"), products.c.id.in_(bindparam("ids", expanding=True))
)


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as an expression, which SQLite's planner, having no statistics, cannot look up in an index."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


# Of rows that are found by their ids. The planner would rather read the brand's whole index, 2.5 ms at 40,000 products.
brand_of_row = unindexed(products.c.brand_id)

_GIVEN_ROWS = func.json_each(bindparam("rows", type_=String)).table_valued("value")
_BY_ROW = Prepared(
    select(products.c.row_id, *COLUMNS).where(
        brand_of_row == bindparam("brand"), products.c.row_id.in_(select(_GIVEN_ROWS.c.value))
    )
)
_REVISION = Prepared(select(catalogues.c.revision).where(catalogues.c.brand_id == bindparam("brand")))
_NEW_REVISION = update(catalogues).where(catalogues.c.brand_id == bindparam("brand"))
_UPDATE = update(products).where(products.c.row_id == bindparam("at"))


def _row(brand_id: BrandId, product: Product, now: datetime) -> dict[str, Any]:
    return {
        "brand_id": brand_id,
        "id": product.id,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "maker": product.maker,
        "price": product.price,
        "currency": product.currency,
        "features": product.features,
        "specifications": product.specifications,
        "availability": product.availability,
        "url": product.url,
        "image_url": product.image_url,
        "updated_at": now,
    }


def product_of(row: Sequence[Any]) -> Product:
    """Build from COLUMNS, without validating again: only validated products are saved."""
    return Product.model_construct(**dict(zip(_MEMBERS, row, strict=True)))


_MEMBERS = tuple(column.key for column in COLUMNS)
