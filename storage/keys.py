"""Keys as rows: their hashes, and what they are for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from models import BrandId
from storage.tables import keys, marks

_FIRST_KEY = "first key"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that is not revoked.

    Attributes:
        key_id: what it is called.
        role: what it is for (auth_service.Role).
        name: what whoever made it calls it.
        digest: the SHA-256 of the key, in hex.
        prefix: its first characters, by which its owner knows it.
        origins: the web pages that may show it; empty for any.
    """

    key_id: str
    brand_id: BrandId
    role: str
    name: str
    digest: str
    prefix: str
    origins: Sequence[str]
    created_at: datetime
    expires_at: datetime | None = None


_COLUMNS = tuple(keys.c[name] for name in KeyRow.__dataclass_fields__)


def add(connection: Connection, key: KeyRow) -> None:
    """Record a key, and for ever that one was made."""
    if not any_made(connection):
        connection.execute(insert(marks).values(name=_FIRST_KEY, at=key.created_at))
    connection.execute(insert(keys), asdict(key))


def any_made(connection: Connection) -> bool:
    """Whether a key was ever made, of whatever brand."""
    return connection.execute(select(marks.c.name).where(marks.c.name == _FIRST_KEY)).first() is not None


def live(connection: Connection) -> list[KeyRow]:
    """The keys of all brands that are not revoked."""
    return [KeyRow(*row) for row in connection.execute(select(*_COLUMNS).where(keys.c.revoked_at.is_(None)))]


def of_brand(connection: Connection, brand_id: BrandId) -> list[KeyRow]:
    """The keys of a brand that are not revoked, the latest first."""
    query = select(*_COLUMNS).where(keys.c.brand_id == brand_id, keys.c.revoked_at.is_(None))
    return [KeyRow(*row) for row in connection.execute(query.order_by(keys.c.row_id.desc()))]


def revoke(connection: Connection, brand_id: BrandId, key_id: str, now: datetime) -> bool:
    """Revoke a key; False when the brand has none of that id, or it was revoked before."""
    which = (keys.c.brand_id == brand_id, keys.c.key_id == key_id, keys.c.revoked_at.is_(None))
    return connection.execute(update(keys).where(*which).values(revoked_at=now)).rowcount > 0


def purge(connection: Connection, brand_id: BrandId) -> None:
    """Forget the keys of a brand."""
    connection.execute(delete(keys).where(keys.c.brand_id == brand_id))
