"""What each brand has spent in a day, as rows."""

from datetime import date

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from models import BrandId
from storage.tables import spending


def add(connection: Connection, brand_id: BrandId, day: date, tokens: int) -> None:
    """Add to what was spent that day."""
    row = insert(spending).values(brand_id=brand_id, day=day, tokens=tokens)
    key = [spending.c.brand_id, spending.c.day]
    connection.execute(row.on_conflict_do_update(index_elements=key, set_={"tokens": spending.c.tokens + tokens}))


def spent(connection: Connection, brand_id: BrandId, day: date) -> int:
    """The tokens that were spent that day."""
    query = select(spending.c.tokens).where(spending.c.brand_id == brand_id, spending.c.day == day)
    return int(connection.execute(query).scalar_one_or_none() or 0)


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Forget what a brand has spent."""
    connection.execute(delete(spending).where(spending.c.brand_id == brand_id))
