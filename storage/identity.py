"""Brands' identity secrets as rows, sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from models import BrandId
from storage.tables import identity_secrets as table


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """A secret by which a brand proves who its customers are.

    Attributes:
        secret_id: what it is called; part of what it was sealed for.
        sealed: the secret, as the vault keeps it.
        expires_at: until when it counts; None for the one in use.
    """

    secret_id: str
    brand_id: BrandId
    sealed: str
    created_at: datetime
    expires_at: datetime | None = None


_COLUMNS = tuple(table.c[name] for name in IdentityRow.__dataclass_fields__)


def everything(connection: Connection) -> list[IdentityRow]:
    """The secrets of all brands, the latest first."""
    return [IdentityRow(*row) for row in connection.execute(select(*_COLUMNS).order_by(table.c.row_id.desc()))]


def of_brand(connection: Connection, brand_id: BrandId) -> list[IdentityRow]:
    """The secrets of a brand, the latest first."""
    query = select(*_COLUMNS).where(table.c.brand_id == brand_id).order_by(table.c.row_id.desc())
    return [IdentityRow(*row) for row in connection.execute(query)]


def add(connection: Connection, brand_id: BrandId, row: IdentityRow) -> None:
    """Keep a secret."""
    values = {name: getattr(row, name) for name in IdentityRow.__dataclass_fields__} | {"brand_id": brand_id}
    connection.execute(insert(table), values)


def expire(connection: Connection, brand_id: BrandId, at: datetime) -> None:
    """Let the secret in use count until then."""
    in_use = (table.c.brand_id == brand_id, table.c.expires_at.is_(None))
    connection.execute(update(table).where(*in_use).values(expires_at=at))


def remove(connection: Connection, brand_id: BrandId, secret_id: str) -> None:
    """Forget one secret."""
    connection.execute(delete(table).where(table.c.brand_id == brand_id, table.c.secret_id == secret_id))


def purge(connection: Connection, brand_id: BrandId) -> int:
    """Forget the secrets of a brand; how many there were."""
    return connection.execute(delete(table).where(table.c.brand_id == brand_id)).rowcount
