"""Vector indexes as rows: which collections a brand has, and which products' vectors are to follow.

The queue is an outbox: whoever saves or deletes a product adds its row id in the same transaction, for every index that
the brand has. An entry goes when the vector index holds what the row says. So nothing is forgotten when a process dies,
and what was done twice ends the same.
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
from storage.tables import catalogues, products, vector_indexes, vector_queue


class IndexState(StrEnum):
    """What an index is for."""

    LIVE = "live"  # searched; new products go into it
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
        queued: how many products it began with, for telling progress.
    """

    brand_id: BrandId
    generation: int
    collection: str
    embedder: str
    state: IndexState
    queued: int


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
        row_ids: of the products, each once; some may have been deleted.
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
)
_LIVE = Prepared(
    select(vector_indexes.c.collection, vector_indexes.c.embedder).where(
        vector_indexes.c.brand_id == bindparam("brand"), vector_indexes.c.state == literal(IndexState.LIVE.value)
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


def live(connection: Connection, brand_id: BrandId) -> tuple[str, str] | None:
    """The collection that is searched for a brand, and the embedder in whose space it lies."""
    found = _LIVE.first(connection, {"brand": brand_id})
    return (found[0], found[1]) if found else None


def begin(
    connection: Connection,
    brand_id: BrandId,
    generation: int,
    *,
    collection: str,
    embedder: str,
    state: IndexState,
    now: datetime,
) -> VectorIndex:
    """Start an index, with every product of the brand in its queue."""
    every_product = (
        select(products.c.brand_id, literal(generation), products.c.row_id)
        .where(products.c.brand_id == brand_id)
        .order_by(products.c.row_id)
    )
    connection.execute(insert(vector_queue).from_select(["brand_id", "generation", "product"], every_product))
    index = VectorIndex(brand_id, generation, collection, embedder, state, pending(connection, brand_id, generation))
    connection.execute(insert(vector_indexes), {**asdict(index), "created_at": now})
    return index


def next_generation(connection: Connection, brand_id: BrandId) -> int:
    """A number that none of the brand's indexes has."""
    query = select(func.max(vector_indexes.c.generation)).where(vector_indexes.c.brand_id == brand_id)
    return int(connection.execute(query).scalar() or 0) + 1


def enqueue(connection: Connection, brand_id: BrandId, row_ids: Sequence[int]) -> None:
    """Products were saved or deleted: their vectors follow, in every index that the brand has."""
    if not row_ids:
        return
    for index in of_brand(connection, brand_id):
        if index.state is not IndexState.RETIRED:
            # One that waits already goes to the end: it is embedded once, as it is then.
            connection.execute(
                insert(vector_queue).prefix_with("OR REPLACE"),
                [{"brand_id": brand_id, "generation": index.generation, "product": row_id} for row_id in row_ids],
            )


def last_place(connection: Connection, brand_id: BrandId, generation: int) -> int:
    """The place of the youngest entry; 0 when nothing waits."""
    query = select(func.max(vector_queue.c.place)).where(_waits_for(brand_id, generation))
    return int(connection.execute(query).scalar() or 0)


def next_batch(connection: Connection, brand_id: BrandId, generation: int, *, after: int, limit: int) -> Batch | None:
    """The oldest entries behind a place; None when there are none."""
    query = (
        select(vector_queue.c.place, vector_queue.c.product)
        .where(_waits_for(brand_id, generation), vector_queue.c.place > after)
        .order_by(vector_queue.c.place)
        .limit(limit)
    )
    entries = connection.execute(query).all()
    if not entries:
        return None
    return Batch(int(entries[-1].place), tuple(dict.fromkeys(int(entry.product) for entry in entries)))


def done(connection: Connection, brand_id: BrandId, generation: int, *, up_to: int) -> int:
    """The index holds what the entries up to this place ask for. How many entries are left."""
    connection.execute(delete(vector_queue).where(_waits_for(brand_id, generation), vector_queue.c.place <= up_to))
    return pending(connection, brand_id, generation)


def pending(connection: Connection, brand_id: BrandId, generation: int, *, up_to: int | None = None) -> int:
    """How many products wait, or how many of those up to a place."""
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


def brands_without(connection: Connection) -> list[BrandId]:
    """Brands that ever had a product and have no index."""
    query = select(catalogues.c.brand_id).where(catalogues.c.brand_id.not_in(select(vector_indexes.c.brand_id)))
    return [BrandId(brand_id) for brand_id in connection.execute(query).scalars()]


def not_live(connection: Connection) -> list[VectorIndex]:
    """Indexes that are being filled, or are to go."""
    query = select(*_COLUMNS).where(vector_indexes.c.state != IndexState.LIVE)
    return [_index(row) for row in connection.execute(query)]


def make_live_if_full(connection: Connection, brand_id: BrandId, generation: int) -> bool:
    """Let an index take the place of the one in use, if nothing waits for it any more."""
    if pending(connection, brand_id, generation):
        return False
    of_it = vector_indexes.c.brand_id == brand_id
    retired = connection.execute(
        select(vector_indexes.c.generation).where(of_it, vector_indexes.c.state == IndexState.LIVE)
    ).scalars()
    for other in list(retired):
        retire(connection, brand_id, other)
    connection.execute(
        update(vector_indexes).where(of_it, vector_indexes.c.generation == generation).values(state=IndexState.LIVE)
    )
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
    return VectorIndex(BrandId(row[0]), row[1], row[2], row[3], IndexState(row[4]), row[5])
