"""Who asks, and what they may: keys with roles, and administration from this machine while no key was ever made.

A key is shown once. What is stored is its SHA-256, which is all that is needed to know it again: 256 random bits cannot
be guessed, so nothing slower than a hash is called for.
"""

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from audit_service import AuditService
from errors import KeyNotFound, Unauthorized
from identity_service import SESSION_PREFIX, IdentityService
from models import BrandId, utc_now
from storage import keys as rows
from storage.engine import Database, Transaction
from storage.keys import KeyRow

_PREFIX_CHARS = 10


class Right(StrEnum):
    """What a route asks of whoever calls it."""

    PUBLIC = "public"  # nothing
    CHAT = "chat"  # to say something; who must prove who they are does so with what they say
    CUSTOMER = "customer"  # their own history, search, what a shop's page shows; open to all if the brand's access is
    READ = "read"  # statistics, configuration, prompts, uploads, conversations
    CATALOGUE = "catalogue"  # products, knowledge, uploads
    CONFIGURE = "configure"  # configuration, keys
    OPERATE = "operate"  # brands themselves


class Role(StrEnum):
    """What a key is for."""

    OPERATOR = "operator"  # everything, of every brand
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"
    WIDGET = "widget"  # publishable: what a page of the shop holds


_CUSTOMERS = frozenset({Right.PUBLIC, Right.CHAT, Right.CUSTOMER})
_READING = _CUSTOMERS | {Right.READ}
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OPERATOR: frozenset(Right),
    Role.ADMIN: _READING | {Right.CATALOGUE, Right.CONFIGURE},
    Role.EDITOR: _READING | {Right.CATALOGUE},
    Role.VIEWER: _READING,
    Role.WIDGET: _CUSTOMERS,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks.

    Attributes:
        actor: as the audit calls them.
        role: what they may; None for a customer without a key.
        brand_id: of which brand; None for an operator, and for a customer without a key.
        key_id: of the key that they showed.
        origins: the web pages that may show it; empty for any.
        expires_at: until when what they showed counts; None without an end.
        user: the person who they have proved to be.
    """

    actor: str
    role: Role | None = None
    brand_id: BrandId | None = None
    key_id: str | None = None
    origins: tuple[str, ...] = ()
    expires_at: datetime | None = None
    user: str | None = None

    def may(self, right: Right, brand_id: BrandId | None = None) -> bool:
        """Whether a role allows this, of that brand; whether a brand is open to everybody is another question."""
        if self.role is None:
            return right is Right.PUBLIC
        is_theirs = self.role is Role.OPERATOR or brand_id is None or brand_id == self.brand_id
        return right in RIGHTS[self.role] and (is_theirs or right is Right.PUBLIC)


CUSTOMER = Principal("customer")
LOOPBACK = Principal("loopback", Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: the only time that it is seen."""

    row: KeyRow
    key: str


class AuthService:
    """Makes keys and knows them again.

    Args:
        database: where their hashes are.
        audit: told of keys that are made and revoked.
        admin_key: ADMIN_API_KEY, an operator's.
        identity: knows sessions.
    """

    name = "keys"  # as a step of a brand's purge

    def __init__(
        self, database: Database, audit: AuditService, admin_key: str | None, identity: IdentityService
    ) -> None:
        self._database = database
        self._audit = audit
        self._admin = _digest(admin_key) if admin_key else None
        self._identity = identity
        self._keys: dict[str, KeyRow] = {}
        self._any_made = False

    async def start(self) -> None:
        """Read which keys there are: one process serves, so that what it knows is what is."""

        def read(tx: Transaction) -> tuple[list[KeyRow], bool]:
            return rows.live(tx), rows.any_made(tx)

        keys, self._any_made = await self._database.read(read)
        self._keys = {row.digest: row for row in keys}

    @property
    def is_open(self) -> bool:
        """Whether administration needs no key from this machine: none is set, and none was ever made."""
        return self._admin is None and not self._any_made

    def principal(self, credential: str) -> Principal:
        """Whose key, or session, this is.

        Raises:
            Unauthorized: nobody's, or it is revoked or has expired.
        """
        if credential.startswith(SESSION_PREFIX):
            return self._of_session(credential)
        digest = _digest(credential)
        if self._admin is not None and hmac.compare_digest(digest, self._admin):
            return Principal("operator", Role.OPERATOR)
        row = self._keys.get(digest)
        if row is None or not _is_whole(credential):
            raise Unauthorized("This key is unknown or was revoked.")
        if row.expires_at is not None and row.expires_at <= utc_now():
            raise Unauthorized("This key has expired.")
        origins = tuple(row.origins)
        return Principal(f"key:{row.key_id}", Role(row.role), row.brand_id, row.key_id, origins, row.expires_at)

    def holds(self, principal: Principal) -> bool:
        """Whether a key or session that was shown earlier, on a socket that is still open, counts still."""
        if principal.expires_at is not None and principal.expires_at <= utc_now():
            return False
        return principal.key_id is None or any(row.key_id == principal.key_id for row in self._keys.values())

    async def create(
        self,
        brand_id: BrandId,
        role: Role,
        name: str,
        *,
        origins: tuple[str, ...] = (),
        expires_at: datetime | None = None,
    ) -> NewKey:
        """Make a key of a brand."""
        key = _new_key("pk" if role is Role.WIDGET else "sk")
        row = KeyRow(
            key_id=f"key_{secrets.token_hex(8)}",
            brand_id=brand_id,
            role=role.value,
            name=name,
            digest=_digest(key),
            prefix=key[:_PREFIX_CHARS],
            origins=list(origins),
            created_at=utc_now(),
            expires_at=expires_at,
        )

        def change(tx: Transaction) -> None:
            rows.add(tx, row)
            made = {
                "role": row.role,
                "name": name,
                "prefix": row.prefix,
                "origins": row.origins,
                "expires_at": expires_at,
            }
            self._audit.record(tx, brand_id, "key.create", row.key_id, after=made)

        await self._database.write_brand(brand_id, change)
        self._keys[row.digest] = row
        self._any_made = True
        return NewKey(row, key)

    async def list(self, brand_id: BrandId) -> list[KeyRow]:
        """The keys of a brand that are not revoked, the latest first."""
        return await self._database.read(lambda tx: rows.of_brand(tx, brand_id))

    async def revoke(self, brand_id: BrandId, key_id: str) -> None:
        """Let a key count no longer, from this moment on.

        Raises:
            KeyNotFound: the brand has none of that id.
        """

        def change(tx: Transaction) -> None:
            if not rows.revoke(tx, brand_id, key_id, utc_now()):
                raise KeyNotFound(f"Key '{key_id}' not found")
            self._audit.record(tx, brand_id, "key.revoke", key_id)

        await self._database.write_brand(brand_id, change)
        self._forget(lambda row: row.key_id == key_id and row.brand_id == brand_id)

    async def purge(self, brand_id: BrandId) -> None:
        """Forget the keys of a brand that is being deleted; that keys were made is not forgotten."""
        await self._database.write(lambda tx: rows.purge(tx, brand_id))
        self._forget(lambda row: row.brand_id == brand_id)

    def _of_session(self, credential: str) -> Principal:
        session = self._identity.session(credential)
        return Principal(
            f"session:{session.session_id}",
            Role.WIDGET,
            session.brand_id,
            origins=(session.origin,) if session.origin else (),
            expires_at=session.expires_at,
            user=session.user,
        )

    def _forget(self, is_meant: Callable[[KeyRow], bool]) -> None:
        self._keys = {digest: row for digest, row in self._keys.items() if not is_meant(row)}


def _new_key(kind: str) -> str:
    secret = f"{kind}_{secrets.token_urlsafe(32)}"
    return f"{secret}{_checksum(secret)}"


def _is_whole(key: str) -> bool:
    """Whether a key was copied whole: its end is a checksum, which tells a slip from a guess."""
    return hmac.compare_digest(key[-8:].encode(), _checksum(key[:-8]).encode())


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
