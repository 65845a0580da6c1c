"""Brands that are being deleted: nothing of theirs may be written, and their ids are taken until the row is gone."""

from sqlalchemy import Connection, delete, insert, select

from models import BrandId, utc_now
from storage.tables import tombstones


def add(connection: Connection, brand_id: BrandId) -> None:
    """Say that the brand's deletion has begun. Saying it twice changes nothing."""
    of_brand = tombstones.c.brand_id == brand_id
    if not connection.execute(select(tombstones.c.brand_id).where(of_brand)).first():
        connection.execute(insert(tombstones).values(brand_id=brand_id, created_at=utc_now()))


def remove(connection: Connection, brand_id: BrandId) -> None:
    """Say that nothing of the brand is left; its id may be taken again."""
    connection.execute(delete(tombstones).where(tombstones.c.brand_id == brand_id))


def all_ids(connection: Connection) -> list[BrandId]:
    """Every brand whose deletion has not ended, the earliest first."""
    rows = connection.execute(select(tombstones.c.brand_id).order_by(tombstones.c.created_at, tombstones.c.brand_id))
    return [BrandId(row.brand_id) for row in rows]
