"""Products by words and by constraints, in SQL. Every function is of one brand, and every constraint holds exactly.

Functions that search by words are called only for a brand that ever had a product (`products.revision`): others have no
full-text tables.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Integer, Select, String, bindparam, func, select
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId, Constraints, Product, Superlative
from storage import product_facts, product_text
from storage.product_text import TextIndex
from storage.products import COLUMNS, brand_of_row, product_of
from storage.tables import products
from understanding.requirements import Demands, demands_of

_BY_PRICE = {Superlative.CHEAPEST: products.c.price, Superlative.DEAREST: products.c.price.desc()}


@dataclass(frozen=True, slots=True)
class Within:
    """What every product that is found must fulfil.

    Attributes:
        brand_id: whose catalogue.
        constraints: what must hold. A product in another currency than the constraint's fulfils no price constraint.
        currency: the brand's own, for products and constraints that name none.
    """

    brand_id: BrandId
    constraints: Constraints
    currency: str


def lexical(connection: Connection, within: Within, terms: Sequence[str], limit: int) -> dict[int, float]:
    """Scores (more is better) by row id of products that hold at least one of the terms, best first.

    Args:
        connection: an open connection.
        within: what must hold.
        terms: words as a customer wrote them.
        limit: at most so many from what the shop says, and as many from the specifications.
    """
    shape, values = _prepared(within)
    values |= {"match": product_text.any_of(terms), "most": limit}
    scores = _ranks(connection, product_text.said(within.brand_id), shape, values)
    for row_id, score in _ranks(connection, product_text.listed(within.brand_id), shape, values).items():
        scores[row_id] = scores.get(row_id, 0.0) + product_text.LISTED_WEIGHT * score
    best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(best[:limit])


def count_lexical(connection: Connection, within: Within, terms: Sequence[str]) -> int:
    """How many products hold at least one of the terms."""
    shape, values = _prepared(within)
    query = _counted_by_words(within.brand_id, shape)
    return int(connection.execute(query, values | {"match": product_text.any_of(terms)}).scalar_one())


def fulfilling(
    connection: Connection, within: Within, *, among: Iterable[int] | None = None, limit: int = -1
) -> list[int]:
    """Row ids of products that fulfil the constraints, in the order in which they were saved.

    Args:
        connection: an open connection.
        within: what must hold.
        among: only these rows, when given.
        limit: at most so many; -1 for all.
    """
    shape, values = _prepared(within)
    values["most"] = limit
    if among is not None:
        values["among"] = orjson.dumps(list(among)).decode()
    return list(connection.execute(_row_ids(shape, among is not None), values).scalars())


def count_fulfilling(connection: Connection, within: Within) -> int:
    """How many products fulfil the constraints."""
    shape, values = _prepared(within)
    return int(connection.execute(_counted(shape), values).scalar_one())


def listed(connection: Connection, within: Within, *, order: Superlative | None, limit: int) -> list[Product]:
    """Products that fulfil the constraints, by price where that is the order, else as they were saved."""
    shape, values = _prepared(within)
    query = _listed(shape, order if order in _BY_PRICE else None)
    return [product_of(row) for row in connection.execute(query, values | {"most": limit})]


# --- Statements: building one takes longer than running it, so they are kept by what decides how they read ---


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which constraints there are; their values are bound."""

    brand_id: BrandId | None  # where a table of the brand's own is read
    price_min: bool
    price_max: bool
    categories: bool
    excluded_categories: bool
    makers: bool
    excluded_makers: bool
    available_only: bool
    required: bool
    denied: bool
    ranges: tuple[tuple[bool, bool, bool], ...]  # of each: whether it is open below, above, and strict


_ANYTHING = _Shape(None, *(False,) * 9, ranges=())


def _prepared(within: Within) -> tuple[_Shape, dict[str, Any]]:
    constraints = within.constraints
    demands = demands_of(constraints)
    shape = _Shape(
        within.brand_id if demands.exact or demands.denied else None,
        constraints.price_min is not None,
        constraints.price_max is not None,
        bool(constraints.categories),
        bool(constraints.excluded_categories),
        bool(constraints.makers),
        bool(constraints.excluded_makers),
        constraints.available_only,
        bool(demands.exact),
        bool(demands.denied),
        tuple((one.low is not None, one.high is not None, one.strict) for one in demands.ranges),
    )
    return shape, _values(within, demands)


def _values(within: Within, demands: Demands) -> dict[str, Any]:
    constraints = within.constraints
    return {
        "brand": within.brand_id,
        "price_min": constraints.price_min,
        "price_max": constraints.price_max,
        "own_currency": within.currency,
        "asked_currency": constraints.currency or within.currency,
        "categories": constraints.categories,
        "excluded_categories": constraints.excluded_categories,
        "makers": constraints.makers,
        "excluded_makers": constraints.excluded_makers,
        "required": product_facts.required(demands),
        "denied": product_facts.denied(demands),
        **product_facts.range_values(demands.ranges),
    }


def _ranks(connection: Connection, index: TextIndex, shape: _Shape, values: dict[str, Any]) -> dict[int, float]:
    query = _ranked(index.name, tuple(index.columns.items()), shape)
    return {int(row[0]): -float(row[1]) for row in connection.execute(query, values)}


@lru_cache(maxsize=2_048)
def _ranked(name: str, columns: tuple[tuple[str, float], ...], shape: _Shape) -> Select[Any]:
    full_text, condition, rank = TextIndex(name, dict(columns)).source()
    query = select(full_text.c.rowid, rank).select_from(full_text).where(condition)
    if shape != _ANYTHING:
        query = _filtered(query.join(products, full_text.c.rowid == products.c.row_id), shape, brand_of_row)
    return query.order_by(rank, full_text.c.rowid).limit(bindparam("most", type_=Integer))


@lru_cache(maxsize=2_048)
def _counted_by_words(brand_id: BrandId, shape: _Shape) -> Select[Any]:
    sources = [product_text.said(brand_id).source(), product_text.listed(brand_id).source()]
    found = [select(full_text.c.rowid).where(condition) for full_text, condition, _ in sources]
    either = found[0].union(found[1]).subquery()
    if shape == _ANYTHING:
        return select(func.count()).select_from(either)
    return _filtered(
        select(func.count()).select_from(either.join(products, products.c.row_id == either.c.rowid)),
        shape,
        brand_of_row,
    )


@lru_cache(maxsize=1_024)
def _counted(shape: _Shape) -> Select[Any]:
    return _filtered(select(func.count()).select_from(products), shape)


@lru_cache(maxsize=1_024)
def _row_ids(shape: _Shape, among: bool) -> Select[Any]:  # noqa: FBT001, it is a part of the key
    query = _filtered(select(products.c.row_id), shape, brand_of_row if among else products.c.brand_id)
    if among:
        given = func.json_each(bindparam("among", type_=String)).table_valued("value")
        query = query.where(products.c.row_id.in_(select(given.c.value)))
    return query.order_by(products.c.row_id).limit(bindparam("most", type_=Integer))


@lru_cache(maxsize=1_024)
def _listed(shape: _Shape, order: Superlative | None) -> Select[Any]:
    query = _filtered(select(*COLUMNS), shape)
    if order is not None:
        query = query.order_by(_BY_PRICE[order])
    return query.order_by(products.c.row_id).limit(bindparam("most", type_=Integer))


def _filtered(query: Select[Any], shape: _Shape, brand_of: ColumnElement[str] = products.c.brand_id) -> Select[Any]:
    """Add the constraints. `brand_of` is brand_of_row where rows are found by their ids."""
    query = query.where(brand_of == bindparam("brand"))
    if shape.price_min or shape.price_max:
        own = func.coalesce(products.c.currency, bindparam("own_currency", type_=String))
        query = query.where(own == bindparam("asked_currency", type_=String))
    if shape.price_min:
        query = query.where(products.c.price >= bindparam("price_min"))
    if shape.price_max:
        query = query.where(products.c.price <= bindparam("price_max"))
    if shape.available_only:
        query = query.where(products.c.availability)
    for condition in _by_name(shape):
        query = query.where(condition)
    if shape.brand_id is not None and shape.required:
        query = query.where(product_facts.has_facts(shape.brand_id, "required"))
    if shape.brand_id is not None and shape.denied:
        query = query.where(~product_facts.has_facts(shape.brand_id, "denied"))
    for number, (low, high, strict) in enumerate(shape.ranges):
        query = query.where(product_facts.in_range(number, low=low, high=high, strict=strict))
    return query


def _by_name(shape: _Shape) -> Iterable[ColumnElement[bool]]:
    if shape.categories:
        yield products.c.category.in_(bindparam("categories", expanding=True))
    if shape.excluded_categories:
        yield products.c.category.not_in(bindparam("excluded_categories", expanding=True))
    if shape.makers:
        yield products.c.maker.in_(bindparam("makers", expanding=True))
    if shape.excluded_makers:
        yield products.c.maker.not_in(bindparam("excluded_makers", expanding=True))
