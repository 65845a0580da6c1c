"""Products as rows."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId, Constraints, Product
from storage import product_text
from storage.prepared import Prepared
from storage.tables import catalogues, products

# A statement takes a bounded number of parameters (SQLite: 32,766).
_IDS_PER_QUERY = 500


def save(connection: Connection, brand_id: BrandId, items: Sequence[Product], now: datetime) -> None:
    """Insert these products, or replace those whose id is there. Ids must be unique among them."""
    product_text.create(connection, brand_id)
    known = _row_ids(connection, brand_id, [item.id for item in items])
    new = [item for item in items if item.id not in known]
    if new:
        connection.execute(insert(products), [_row(brand_id, item, now) for item in new])
        known |= _row_ids(connection, brand_id, [item.id for item in new])
    if changed := [item for item in items if item not in new]:
        connection.execute(_UPDATE, [_row(brand_id, item, now) | {"at": known[item.id]} for item in changed])
    product_text.put(connection, brand_id, [(known[item.id], item) for item in items])
    _bump(connection, brand_id)


def remove(connection: Connection, brand_id: BrandId, product_id: str) -> bool:
    """Delete one product; False when there is none of that id."""
    row_ids = _row_ids(connection, brand_id, [product_id])
    if not row_ids:
        return False
    product_text.remove(connection, brand_id, list(row_ids.values()))
    connection.execute(delete(products).where(_of(brand_id), products.c.id == product_id))
    _bump(connection, brand_id)
    return True


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Delete everything that the brand's catalogue left."""
    product_text.drop(connection, brand_id)
    connection.execute(delete(products).where(_of(brand_id)))
    connection.execute(delete(catalogues).where(catalogues.c.brand_id == brand_id))


def get(connection: Connection, brand_id: BrandId, product_id: str) -> Product | None:
    """One product."""
    row = connection.execute(_GET_MANY, {"brand": brand_id, "ids": [product_id]}).first()
    return _product(row) if row else None


def get_many(connection: Connection, brand_id: BrandId, ids: Iterable[str]) -> dict[str, Product]:
    """Those of these products that exist, by id."""
    found = {}
    for chunk in _chunks(list(ids)):
        products_ = map(_product, connection.execute(_GET_MANY, {"brand": brand_id, "ids": chunk}))
        found.update({product.id: product for product in products_})
    return found


def page(connection: Connection, brand_id: BrandId, *, category: str | None, limit: int, offset: int) -> list[Product]:
    """Products in the order in which they were first saved."""
    query = select(*_COLUMNS).where(_of(brand_id)).order_by(products.c.row_id).limit(limit).offset(offset)
    if category is not None:
        query = query.where(_in_category(category))
    return [_product(row) for row in connection.execute(query)]


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
    query = (
        select(products.c.category)
        .where(_of(brand_id), products.c.category != "")
        .group_by(products.c.category)
        .order_by(func.count().desc(), products.c.category)
    )
    return list(connection.execute(query).scalars())


def makers(connection: Connection, brand_id: BrandId) -> list[str]:
    """The makers named in specifications."""
    query = select(products.c.maker).where(_of(brand_id), products.c.maker != "").distinct().order_by(products.c.maker)
    return list(connection.execute(query).scalars())


def revision(connection: Connection, brand_id: BrandId) -> int:
    """The catalogue's state as a number that no other state has; 0 means that it never had a product."""
    found = _REVISION.first(connection, {"brand": brand_id})
    return found[0] if found else 0


def matching(
    connection: Connection,
    brand_id: BrandId,
    *,
    terms: Sequence[str],
    constraints: Constraints,
    currency: str,
    limit: int,
) -> list[Product]:
    """Products that fulfil every constraint and hold at least one of the terms, best first.

    Call it only for a brand that ever had a product (see `revision`): others have no full-text table.
    Without terms every product that fulfils the constraints matches, in the order in which they were saved.

    Args:
        connection: an open connection.
        brand_id: whose catalogue.
        terms: words as a customer wrote them.
        constraints: what must hold. A product in another currency than the constraint's satisfies no price constraint.
        currency: the brand's own, for products and constraints that name none.
        limit: at most so many.
    """
    query = _matching(_Shape.of(brand_id, terms, constraints))
    values = _values(brand_id, terms, constraints, currency) | {"most": limit}
    return [_product(row) for row in connection.execute(query, values)]


def count_matching(
    connection: Connection, brand_id: BrandId, *, terms: Sequence[str], constraints: Constraints, currency: str
) -> int:
    """How many `matching` would find without a limit."""
    query = _count_matching(_Shape.of(brand_id, terms, constraints))
    return int(connection.execute(query, _values(brand_id, terms, constraints, currency)).scalar_one())


def _count(connection: Connection, query: Select[Any], **parameters: str) -> int:
    return int(connection.execute(query, parameters).scalar_one())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides how a search reads; its values are bound. Building a statement takes longer than running it."""

    table: str | None  # the full-text table, when there are words
    price_min: bool
    price_max: bool
    categories: bool
    makers: bool
    excluded_makers: bool
    available_only: bool
    attributes: int

    @staticmethod
    def of(brand_id: BrandId, terms: Sequence[str], constraints: Constraints) -> "_Shape":
        """The shape of one search."""
        return _Shape(
            product_text.table_name(brand_id) if terms else None,
            constraints.price_min is not None,
            constraints.price_max is not None,
            bool(constraints.categories),
            bool(constraints.makers),
            bool(constraints.excluded_makers),
            constraints.available_only,
            len(constraints.attributes),
        )


def _values(brand_id: BrandId, terms: Sequence[str], constraints: Constraints, currency: str) -> dict[str, Any]:
    values = {
        "brand": brand_id,
        "match": product_text.any_of(terms),
        "price_min": constraints.price_min,
        "price_max": constraints.price_max,
        "own_currency": currency,
        "asked_currency": constraints.currency or currency,
        "categories": constraints.categories,
        "makers": constraints.makers,
        "excluded_makers": constraints.excluded_makers,
    }
    for number, (name, value) in enumerate(constraints.attributes.items()):
        values[f"name_{number}"] = name.lower()
        values[f"value_{number}"] = value.lower().replace(" ", "")
    return values


@lru_cache(maxsize=1_024)
def _matching(shape: _Shape) -> Select[Any]:
    query = _filtered(select(*_COLUMNS), shape)
    if shape.table is None:
        return query.order_by(products.c.row_id).limit(bindparam("most", type_=Integer))
    full_text, condition, rank = product_text.source(shape.table)
    query = query.join(full_text, full_text.c.rowid == products.c.row_id).where(condition)
    return query.order_by(rank, products.c.row_id).limit(bindparam("most", type_=Integer))


@lru_cache(maxsize=1_024)
def _count_matching(shape: _Shape) -> Select[Any]:
    query = _filtered(select(func.count()).select_from(products), shape)
    if shape.table is None:
        return query
    full_text, condition, _ = product_text.source(shape.table)
    return query.join(full_text, full_text.c.rowid == products.c.row_id).where(condition)


def _filtered(query: Select[Any], shape: _Shape) -> Select[Any]:
    query = query.where(products.c.brand_id == bindparam("brand"))
    if shape.price_min or shape.price_max:
        own = func.coalesce(products.c.currency, bindparam("own_currency", type_=String))
        query = query.where(own == bindparam("asked_currency", type_=String))
    if shape.price_min:
        query = query.where(products.c.price >= bindparam("price_min"))
    if shape.price_max:
        query = query.where(products.c.price <= bindparam("price_max"))
    if shape.categories:
        query = query.where(products.c.category.in_(bindparam("categories", expanding=True)))
    if shape.makers:
        query = query.where(products.c.maker.in_(bindparam("makers", expanding=True)))
    if shape.excluded_makers:
        query = query.where(products.c.maker.not_in(bindparam("excluded_makers", expanding=True)))
    if shape.available_only:
        query = query.where(products.c.availability)
    for number in range(shape.attributes):
        query = query.where(_has_specification(number))
    return query


def _has_specification(number: int) -> ColumnElement[bool]:
    """A specification of that name (whatever its case) whose value holds the text asked for, blanks aside."""
    pair = func.json_each(products.c.specifications).table_valued("key", "value", name=f"pair_{number}")
    value = func.replace(func.lower(pair.c.value), " ", "")
    return exists(
        select(1)
        .select_from(pair)
        .where(
            func.lower(pair.c.key) == bindparam(f"name_{number}"),
            func.instr(value, bindparam(f"value_{number}", type_=String)) > 0,
        )
    )


def _in_category(name: str) -> ColumnElement[bool]:
    """In the category of that name, whatever the case of its letters."""
    return func.lower(products.c.category) == func.lower(name)


def _of(brand_id: BrandId) -> ColumnElement[bool]:
    return products.c.brand_id == brand_id


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _IDS_PER_QUERY] for start in range(0, len(ids), _IDS_PER_QUERY))


def _row_ids(connection: Connection, brand_id: BrandId, ids: Sequence[str]) -> dict[str, int]:
    found = {}
    for chunk in _chunks(ids):
        query = select(products.c.id, products.c.row_id).where(_of(brand_id), products.c.id.in_(chunk))
        found.update({row.id: row.row_id for row in connection.execute(query)})
    return found


def _bump(connection: Connection, brand_id: BrandId) -> None:
    # Drawn, not counted: a brand that takes a deleted one's id must not meet what was derived from its catalogue.
    state = {"brand": brand_id, "revision": secrets.randbits(62) + 1}
    if connection.execute(_NEW_REVISION, state).rowcount == 0:
        connection.execute(insert(catalogues).values(brand_id=brand_id, revision=state["revision"]))


_COLUMNS = (
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
_GET_MANY = select(*_COLUMNS).where(
    products.c.brand_id == bindparam("brand"), products.c.id.in_(bindparam("ids", expanding=True))
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


def _product(row: Sequence[Any]) -> Product:
    """Build from _COLUMNS, without validating again: only validated products are saved."""
    return Product.model_construct(**dict(zip(_MEMBERS, row, strict=True)))


_MEMBERS = tuple(column.key for column in _COLUMNS)
