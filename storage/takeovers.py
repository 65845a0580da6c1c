"""What was decided of each of an earlier version's collections. It is decided once, and outlives the brand."""

from typing import Literal

from sqlalchemy import Connection, insert, select, update

from models import BrandId
from storage.tables import takeovers

State = Literal["begun", "done", "skipped"]


def decide(connection: Connection, brand_id: BrandId, collection: str, decision: State) -> None:
    """Begin it, to be finished whatever happens meanwhile, or leave it be for good."""
    connection.execute(insert(takeovers).values(collection=collection, brand_id=brand_id, state=decision))


def finish(connection: Connection, brand_id: BrandId, collection: str) -> None:
    """Its products are rows now."""
    query = update(takeovers).where(takeovers.c.brand_id == brand_id, takeovers.c.collection == collection)
    connection.execute(query.values(state="done"))


def states(connection: Connection) -> dict[str, State]:
    """What was decided so far, by collection."""
    return {row[0]: row[1] for row in connection.execute(select(takeovers.c.collection, takeovers.c.state))}
