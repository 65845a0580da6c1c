"""Which of an earlier version's collections were taken over."""

from typing import Literal

from sqlalchemy import Connection, delete, insert, select, update

from models import BrandId
from storage.tables import takeovers

State = Literal["begun", "done"]


def state(connection: Connection, brand_id: BrandId, collection: str) -> State | None:
    """How far it is; None when it was not begun."""
    query = select(takeovers.c.state).where(takeovers.c.brand_id == brand_id, takeovers.c.collection == collection)
    found: State | None = connection.execute(query).scalar_one_or_none()
    return found


def begin(connection: Connection, brand_id: BrandId, collection: str) -> None:
    """From now on it is to be finished, whatever happens meanwhile."""
    if state(connection, brand_id, collection) is None:
        connection.execute(insert(takeovers).values(collection=collection, brand_id=brand_id, state="begun"))


def finish(connection: Connection, brand_id: BrandId, collection: str) -> None:
    """Its products are rows now."""
    query = update(takeovers).where(takeovers.c.brand_id == brand_id, takeovers.c.collection == collection)
    connection.execute(query.values(state="done"))


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Forget what was taken over for a brand."""
    connection.execute(delete(takeovers).where(takeovers.c.brand_id == brand_id))
