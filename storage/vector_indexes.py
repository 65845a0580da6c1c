"""Vector indexes as rows: which collections a brand has, and which rows' vectors are to follow.

Products and passages have indexes of their own (IndexKind). The queue is an outbox: whoever saves or deletes such a row
adds its id in the same transaction, for every index of its kind that the brand has. An entry goes when the vector index
holds what the row says. So nothing is forgotten when a process dies, and what was done twice ends the same.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, literal, select, update
from sqlalchemy.sql.elements import ColumnElement

from models import BrandId
from storage.prepared import Prepared
from storage.tables import catalogues, documents, passages, products, vector_indexes, vector_queue


class IndexKind(StrEnum):
    """What an index has vectors of; a part of its collection's name."""

    PRODUCTS = "products"
    PASSAGES = "passages"


class IndexState(StrEnum):
    """What an index is for."""

    LIVE = "live"  # searched; what is new goes into it
    FILLING = "filling"  # takes the live one's place when it is full
    RETIRED = "retired"  # its collection is to be dropped


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """One of a brand's vector indexes.

    Attributes:
        brand_id: whose it is.
        generation: tells a brand's indexes apart.
        collection: where its vectors are.
        embedder: in whose space they lie.
        state: what it is for.
        queued: how many rows it began with, for telling progress.
        kind: what its vectors are of.
    """

    brand_id: BrandId
    generation: int
    collection: str
    embedder: str
    state: IndexState
    queued: int
    kind: IndexKind = IndexKind.PRODUCTS


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many entries wait for one index."""

    index: VectorIndex
    pending: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The next entries of an index.

    Attributes:
        last: the place of the last of them.
        row_ids: each once; some of the rows may have been deleted.
    """

    last: int
    row_ids: tuple[int, ...]


_COLUMNS = (
    vector_indexes.c.brand_id,
    vector_indexes.c.generation,
    vector_indexes.c.collection,
    vector_indexes.c.embedder,
    vector_indexes.c.state,
    vector_indexes.c.queued,
    vector_indexes.c.kind,
)
_ROWS = {IndexKind.PRODUCTS: products, IndexKind.PASSAGES: passages}
_LIVE = Prepared(
    select(vector_indexes.c.collection, vector_indexes.c.embedder).where(
        vector_indexes.c.brand_id == bindparam("brand"),
        vector_indexes.c.kind == bindparam("kind"),
        vector_indexes.c.state == literal(IndexState.LIVE.value),
    )
)


def every(connection: Connection) -> list[VectorIndex]:
    """Every brand's indexes."""
    rows = connection.execute(select(*_COLUMNS).order_by(vector_indexes.c.brand_id, vector_indexes.c.generation))
    return [_index(row) for row in rows]


def of_brand(connection: Connection, brand_id: BrandId) -> list[VectorIndex]:
    """A brand's indexes, the oldest first."""
    query = select(*_COLUMNS).where(vector_indexes.c.brand_id == brand_id).order_by(vector_indexes.c.generation)
    return [_index(row) for row in connection.execute(query)]


def live(connection: Connection, brand_id: BrandId, kind: IndexKind = IndexKind.PRODUCTS) -> tuple[str, str] | None:
    """The collection of a kind that is searched for a brand, and the embedder in whose space it lies."""
    found = _LIVE.first(connection, {"brand": brand_id, "kind": kind.value})
    return (found[0], found[1]) if found else None


def begin(  # noqa: PLR0913, each is a column of the row
    connection: Connection,
    brand_id: BrandId,
    generation: int,
    *,
    collection: str,
    embedder: str,
    state: IndexState,
    now: datetime,
    kind: IndexKind = IndexKind.PRODUCTS,
) -> VectorIndex:
    """Start an index, with every row of its kind that the brand has in its queue."""
    rows = _ROWS[kind].c
    every_row = (
        select(rows.brand_id, literal(generation), rows.row_id).where(rows.brand_id == brand_id).order_by(rows.row_id)
    )
    connection.execute(insert(vector_queue).from_select(["brand_id", "generation", "row_id"], every_row))
    queued = pending(connection, brand_id, generation)
    index = VectorIndex(brand_id, generation, collection, embedder, state, queued, kind)
    connection.execute(insert(vector_indexes), {**asdict(index), "created_at": now})
    return index


def next_generation(connection: Connection, brand_id: BrandId) -> int:
    """A number that none of the brand's indexes has, of whatever kind."""
    query = select(func.max(vector_indexes.c.generation)).where(vector_indexes.c.brand_id == brand_id)
    return int(connection.execute(query).scalar() or 0) + 1


def enqueue(
    connection: Connection, brand_id: BrandId, row_ids: Sequence[int], kind: IndexKind = IndexKind.PRODUCTS
) -> None:
    """Rows were saved or deleted: their vectors follow, in every index of the kind that the brand has."""
    if not row_ids:
        return
    for index in of_brand(connection, brand_id):
        if index.kind is kind and index.state is not IndexState.RETIRED:
            # One that waits already goes to the end: it is embedded once, as it is then.
            connection.execute(
                insert(vector_queue).prefix_with("OR REPLACE"),
                [{"brand_id": brand_id, "generation": index.generation, "row_id": row_id} for row_id in row_ids],
            )


def last_place(connection: Connection, brand_id: BrandId, generation: int) -> int:
    """The place of the youngest entry; 0 when nothing waits."""
    query = select(func.max(vector_queue.c.place)).where(_waits_for(brand_id, generation))
    return int(connection.execute(query).scalar() or 0)


def next_batch(connection: Connection, brand_id: BrandId, generation: int, *, after: int, limit: int) -> Batch | None:
    """The oldest entries behind a place; None when there are none."""
    query = (
        select(vector_queue.c.place, vector_queue.c.row_id)
        .where(_waits_for(brand_id, generation), vector_queue.c.place > after)
        .order_by(vector_queue.c.place)
        .limit(limit)
    )
    entries = connection.execute(query).all()
    if not entries:
        return None
    return Batch(int(entries[-1].place), tuple(dict.fromkeys(int(entry.row_id) for entry in entries)))


def done(connection: Connection, brand_id: BrandId, generation: int, *, up_to: int) -> int:
    """The index holds what the entries up to this place ask for. How many entries are left."""
    connection.execute(delete(vector_queue).where(_waits_for(brand_id, generation), vector_queue.c.place <= up_to))
    return pending(connection, brand_id, generation)


def pending(connection: Connection, brand_id: BrandId, generation: int, *, up_to: int | None = None) -> int:
    """How many rows wait, or how many of those up to a place."""
    query = select(func.count()).select_from(vector_queue).where(_waits_for(brand_id, generation))
    if up_to is not None:
        query = query.where(vector_queue.c.place <= up_to)
    return int(connection.execute(query).scalar_one())


def backlogs(connection: Connection) -> list[Backlog]:
    """Every index for which something waits."""
    counted = (
        select(vector_queue.c.brand_id, vector_queue.c.generation, func.count().label("pending"))
        .group_by(vector_queue.c.brand_id, vector_queue.c.generation)
        .subquery()
    )
    query = select(*_COLUMNS, counted.c.pending).join(
        counted,
        (counted.c.brand_id == vector_indexes.c.brand_id) & (counted.c.generation == vector_indexes.c.generation),
    )
    return [Backlog(_index(row[:-1]), int(row[-1])) for row in connection.execute(query)]


def brands_without(connection: Connection, kind: IndexKind) -> list[BrandId]:
    """Brands that ever had a product, or have a document, and no index of that kind."""
    brand = catalogues.c.brand_id if kind is IndexKind.PRODUCTS else documents.c.brand_id
    indexed = select(vector_indexes.c.brand_id).where(vector_indexes.c.kind == kind.value)
    query = select(brand).where(brand.not_in(indexed)).distinct()
    return [BrandId(brand_id) for brand_id in connection.execute(query).scalars()]


def count_rows(connection: Connection, brand_id: BrandId, kind: IndexKind) -> int:
    """How many rows of a kind a brand has."""
    query = select(func.count()).select_from(_ROWS[kind]).where(_ROWS[kind].c.brand_id == brand_id)
    return int(connection.execute(query).scalar_one())


def not_live(connection: Connection) -> list[VectorIndex]:
    """Indexes that are being filled, or are to go."""
    query = select(*_COLUMNS).where(vector_indexes.c.state != IndexState.LIVE)
    return [_index(row) for row in connection.execute(query)]


def make_live_if_full(connection: Connection, brand_id: BrandId, generation: int) -> bool:
    """Let an index take the place of the one of its kind in use, if nothing waits for it any more."""
    if pending(connection, brand_id, generation):
        return False
    indexes = of_brand(connection, brand_id)
    kinds = {index.kind for index in indexes if index.generation == generation}
    for index in indexes:
        if index.kind in kinds and index.state is IndexState.LIVE:
            retire(connection, brand_id, index.generation)
    of_it = and_(vector_indexes.c.brand_id == brand_id, vector_indexes.c.generation == generation)
    connection.execute(update(vector_indexes).where(of_it).values(state=IndexState.LIVE))
    return True


def retire(connection: Connection, brand_id: BrandId, generation: int) -> None:
    """An index is no longer wanted: its collection is to be dropped."""
    connection.execute(
        update(vector_indexes)
        .where(vector_indexes.c.brand_id == brand_id, vector_indexes.c.generation == generation)
        .values(state=IndexState.RETIRED)
    )
    connection.execute(delete(vector_queue).where(_waits_for(brand_id, generation)))


def forget(connection: Connection, brand_id: BrandId, generation: int) -> None:
    """Its collection is dropped."""
    connection.execute(delete(vector_queue).where(_waits_for(brand_id, generation)))
    connection.execute(
        delete(vector_indexes).where(vector_indexes.c.brand_id == brand_id, vector_indexes.c.generation == generation)
    )


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Delete everything of a brand."""
    connection.execute(delete(vector_queue).where(vector_queue.c.brand_id == brand_id))
    connection.execute(delete(vector_indexes).where(vector_indexes.c.brand_id == brand_id))


def _waits_for(brand_id: BrandId, generation: int) -> ColumnElement[bool]:
    return and_(vector_queue.c.brand_id == brand_id, vector_queue.c.generation == generation)


def _index(row: Sequence[Any]) -> VectorIndex:
    return VectorIndex(BrandId(row[0]), row[1], row[2], row[3], IndexState(row[4]), row[5], IndexKind(row[6]))
