"""Uploads as rows: metadata only."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, or_, select

from models import BrandId
from storage.tables import uploads


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One uploaded file and what came of it."""

    upload_id: str
    brand_id: BrandId
    filename: str
    file_size: int
    upload_time: datetime
    products_added: int
    status: Literal["success", "failed"]


_COLUMNS = (
    uploads.c.upload_id,
    uploads.c.brand_id,
    uploads.c.filename,
    uploads.c.file_size,
    uploads.c.upload_time,
    uploads.c.products_added,
    uploads.c.status,
)


def add(connection: Connection, upload: UploadRow) -> None:
    """Record an upload."""
    connection.execute(insert(uploads), asdict(upload))


def page(connection: Connection, brand_id: BrandId | None, *, limit: int, offset: int) -> list[UploadRow]:
    """Uploads of a brand, or (None) of all brands, the latest first."""
    query = select(*_COLUMNS).order_by(uploads.c.row_id.desc()).limit(limit).offset(offset)
    if brand_id is not None:
        query = query.where(uploads.c.brand_id == brand_id)
    return [UploadRow(*row) for row in connection.execute(query)]


def count(connection: Connection, brand_id: BrandId | None) -> int:
    """How many there are."""
    query = select(func.count()).select_from(uploads)
    if brand_id is not None:
        query = query.where(uploads.c.brand_id == brand_id)
    return int(connection.execute(query).scalar_one())


def find(connection: Connection, name: str) -> UploadRow | None:
    """The latest upload of that file name, or with that upload id."""
    query = select(*_COLUMNS).where(or_(uploads.c.filename == name, uploads.c.upload_id == name))
    row = connection.execute(query.order_by(uploads.c.row_id.desc()).limit(1)).first()
    return UploadRow(*row) if row else None


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Forget the uploads of a brand."""
    connection.execute(delete(uploads).where(uploads.c.brand_id == brand_id))
