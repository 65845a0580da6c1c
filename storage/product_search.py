"""Products by words and by constraints, in SQL. Every function is of one brand, and every constraint holds exactly.

Functions that search by words are called only for a brand that ever had a product (`products.revision`): others have no
full-text tables.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    CTE,
    Connection,
    Integer,
    Select,
    String,
    TableClause,
    bindparam,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId, Product
from needs import Constraints, Superlative
from storage import product_facts, product_text
from storage.prepared import ANY_BRAND, Prepared, dumps, one_of
from storage.product_text import TextIndex
from storage.products import COLUMNS, brand_of_row, product_of, unindexed
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


def lexical(connection: Connection, within: Within, terms: Sequence[str], limit: int) -> tuple[dict[int, float], int]:
    """Scores (more is better) by row id of products that hold at least one of the terms, best first.

    Args:
        connection: an open connection.
        within: what must hold.
        terms: words as a customer wrote them.
        limit: at most so many from what the shop says, and as many from the specifications.

    Returns:
        The scores, and how many such products there are in all.
    """
    shape, values = _prepared(within)
    values |= {"match": product_text.any_of(terms), "most": limit}
    *found, (_, total, _) = orjson.loads(_by_words(shape).rows(connection, values, within.brand_id)[0][0])
    return _added(found, limit), total


def ranked(
    connection: Connection, brand_id: BrandId, terms: Sequence[str], among: Iterable[int], limit: int
) -> dict[int, float]:
    """The same scores, of these rows alone, which fulfil whatever must hold."""
    values = {"match": product_text.any_of(terms), "among": dumps(list(among)), "most": limit}
    return _added(orjson.loads(_among_rows().rows(connection, values, brand_id)[0][0]), limit)


def _added(found: Iterable[tuple[str, int, float]], limit: int) -> dict[int, float]:
    """What the two tables say of each row (source, row, rank), the best `limit` of them."""
    scores: dict[int, float] = {}
    for source, row_id, rank in found:
        weight = product_text.LISTED_WEIGHT if source == _LISTED else 1.0
        scores[row_id] = scores.get(row_id, 0.0) - weight * rank
    best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(best[:limit])


def fulfilling(
    connection: Connection, within: Within, *, among: Iterable[int] | None = None, limit: int | None = None
) -> list[int]:
    """Row ids of products that fulfil the constraints, in the order in which they were saved unless `limit` is given.

    Args:
        connection: an open connection.
        within: what must hold.
        among: only these rows, when given.
        limit: any of them, at most so many. Without an order the search ends when it has found them.
    """
    shape, values = _prepared(within)
    values["most"] = limit
    if among is not None:
        values["among"] = dumps(sorted(set(among)))  # looked up in the order of the index: in half the time
    query = _row_ids(shape, among is not None, limit is not None)
    return sorted(orjson.loads(query.rows(connection, values, within.brand_id)[0][0]))


def count_fulfilling(connection: Connection, within: Within) -> int:
    """How many products fulfil the constraints."""
    shape, values = _prepared(within)
    return int(_counted(shape).rows(connection, values, within.brand_id)[0][0])


def listed(connection: Connection, within: Within, *, order: Superlative | None, limit: int) -> list[Product]:
    """Products that fulfil the constraints, by price where that is the order, else as they were saved."""
    shape, values = _prepared(within)
    query = _listed(shape, order if order in _BY_PRICE else None)
    return [product_of(row) for row in query.rows(connection, values | {"most": limit}, within.brand_id)]


def in_price_order(connection: Connection, within: Within, among: Iterable[int], *, order: Superlative) -> list[int]:
    """Those of these rows that fulfil the constraints, by price where that is the order, else as they were saved."""
    kept = fulfilling(connection, within, among=among)
    if order not in _BY_PRICE:
        return kept
    given = func.json_each(orjson.dumps(kept).decode()).table_valued("value")
    query = select(products.c.row_id).where(
        products.c.brand_id == within.brand_id, products.c.row_id.in_(select(given.c.value))
    )
    return list(connection.execute(query.order_by(_BY_PRICE[order], products.c.row_id)).scalars())


# --- Statements: building one takes longer than running it, so they are kept by what decides how they read ---


_SHAPES = 1_024


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which constraints there are; their values are bound."""

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


# Rows are filtered by the index that holds all that constraints look at; left to itself SQLite reads the rows.
_BY_ROW = "INDEXED BY ix_products_filter_row"

_ANYTHING = _Shape(*(False,) * 9, ranges=())


def _prepared(within: Within) -> tuple[_Shape, dict[str, Any]]:
    constraints = within.constraints
    demands = demands_of(constraints)
    shape = _Shape(
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
        "categories": dumps(constraints.categories),
        "excluded_categories": dumps(constraints.excluded_categories),
        "makers": dumps(constraints.makers),
        "excluded_makers": dumps(constraints.excluded_makers),
        "required": product_facts.required(demands),
        "denied": product_facts.denied(demands),
        **product_facts.range_values(demands.ranges),
    }


_SAID, _LISTED = "said", "listed"


@lru_cache(maxsize=_SHAPES)
def _by_words(shape: _Shape) -> Prepared:
    """The best of each table, and behind them the number of all: each word is looked up and filtered once."""
    said, listed = _in_both(lambda index: _filtered_by_words(index, shape))
    in_said = select(func.count()).select_from(said).scalar_subquery()
    in_listed_alone = (
        select(func.count()).select_from(listed).where(listed.c.id.not_in(select(said.c.id))).scalar_subquery()
    )
    return _as_json([*map(_best, (said, listed)), select(literal("all"), in_said + in_listed_alone, literal(0.0))])


@lru_cache(maxsize=1)
def _among_rows() -> Prepared:
    """The best of each table among given rows."""

    def query(index: TextIndex) -> Select[Any]:
        found, full_text = _ranked(index)
        return found.where(one_of(unindexed(full_text.c.rowid), "among"))

    return _as_json(map(_best, _in_both(query)))


def _in_both(query: Callable[[TextIndex], Select[Any]]) -> tuple[CTE, CTE]:
    return query(product_text.said(ANY_BRAND)).cte(_SAID), query(product_text.listed(ANY_BRAND)).cte(_LISTED)


def _best(found: CTE) -> Select[Any]:
    most = bindparam("most", type_=Integer)
    best = select(literal(found.name).label("source"), found.c.id, found.c.rank).order_by(found.c.rank, found.c.id)
    return select(best.limit(most).subquery())


def _as_json(parts: Iterable[Select[Any]]) -> Prepared:
    """One row of JSON comes back: for each row the driver would take Python's lock once more."""
    found = union_all(*parts).subquery()
    return Prepared(select(func.json_group_array(func.json_array(*found.c))))


def _filtered_by_words(index: TextIndex, shape: _Shape) -> Select[Any]:
    query, full_text = _ranked(index)
    if shape != _ANYTHING:
        query = _filtered(query.join(products, full_text.c.rowid == products.c.row_id), shape, brand_of_row)
        query = query.with_hint(products, _BY_ROW)
    return query


def _ranked(index: TextIndex) -> tuple[Select[Any], TableClause]:
    full_text, condition, rank = index.source()
    query = select(full_text.c.rowid.label("id"), rank.label("rank")).select_from(full_text).where(condition)
    return query, full_text


@lru_cache(maxsize=_SHAPES)
def _counted(shape: _Shape) -> Prepared:
    return Prepared(_filtered(select(func.count()).select_from(products), shape))


@lru_cache(maxsize=_SHAPES)
def _row_ids(shape: _Shape, among: bool, limited: bool) -> Prepared:  # noqa: FBT001, they are parts of the key
    query = _filtered(select(products.c.row_id), shape, brand_of_row if among else products.c.brand_id)
    if among:
        given = func.json_each(bindparam("among", type_=String)).table_valued("value")
        query = query.where(products.c.row_id == given.c.value).with_hint(products, _BY_ROW)
    if limited:
        query = query.limit(bindparam("most", type_=Integer))
    # One row of JSON comes back: for each row the driver would take Python's lock once more.
    return Prepared(select(func.json_group_array(query.subquery().c.row_id)))


@lru_cache(maxsize=_SHAPES)
def _listed(shape: _Shape, order: Superlative | None) -> Prepared:
    query = _filtered(select(*COLUMNS), shape)
    if order is not None:
        query = query.order_by(_BY_PRICE[order])
    return Prepared(query.order_by(products.c.row_id).limit(bindparam("most", type_=Integer)))


def _filtered(query: Select[Any], shape: _Shape, brand_of: ColumnElement[str] = products.c.brand_id) -> Select[Any]:
    """Add the constraints. `brand_of` is brand_of_row where rows are found by their ids."""
    query = query.where(brand_of == bindparam("brand"))
    if shape.price_min or shape.price_max:
        own = func.coalesce(products.c.currency, bindparam("own_currency", type_=String))
        query = query.where(own == bindparam("asked_currency", type_=String))
    # A category or maker is the better way in: it holds few products, and a range of prices may hold half of them.
    price = unindexed(products.c.price) if shape.categories or shape.makers else products.c.price
    if shape.price_min:
        query = query.where(price >= bindparam("price_min"))
    if shape.price_max:
        query = query.where(price <= bindparam("price_max"))
    if shape.available_only:
        query = query.where(products.c.availability)
    for condition in _by_name(shape):
        query = query.where(condition)
    if shape.required:
        query = query.where(product_facts.has_facts(ANY_BRAND, "required"))
    if shape.denied:
        query = query.where(~product_facts.has_facts(ANY_BRAND, "denied"))
    for number, (low, high, strict) in enumerate(shape.ranges):
        query = query.where(product_facts.in_range(number, low=low, high=high, strict=strict))
    return query


def _by_name(shape: _Shape) -> Iterable[ColumnElement[bool]]:
    if shape.categories:
        yield one_of(products.c.category, "categories")
    if shape.excluded_categories:
        yield ~one_of(products.c.category, "excluded_categories")
    if shape.makers:
        yield one_of(products.c.maker, "makers")
    if shape.excluded_makers:
        yield ~one_of(products.c.maker, "excluded_makers")
