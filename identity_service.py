"""Who a customer is: what brands sign to say so, and the short sessions that their servers ask for.

A brand's identity secret is kept sealed (vault.py), and known in this process: one process serves. A session's token is
signed with a key that is derived for its brand and the moment at which that was made, so that a brand which takes the
id of a deleted one honours none of its sessions.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from audit_service import AuditService
from brand_service import BrandService
from errors import BrandNotFound, IdentitySecretNotFound, InvalidInput, Unauthorized, VaultBroken
from models import Brand, BrandId, utc_now
from signed_tokens import (
    MAX_TOKEN_BYTES,
    check_audience,
    check_public_key,
    check_times,
    read_token,
    sign,
    unproven_claims,
    user_of_claims,
    user_of_hash,
)
from storage import identity as rows
from storage.engine import Database, Transaction
from storage.identity import IdentityRow
from vault import Vault

_PSEUDONYM_CHARS = 24

logger = structlog.get_logger(__name__)

SESSION_PREFIX: Final = "st_"
# How long the previous secret counts beside its successor.
OVERLAP: Final = timedelta(hours=24)
# So many secrets of a brand count at most: a request that is sent twice must not end the one in use.
MAX_SECRETS: Final = 4


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just made: the only time that it is seen.

    Attributes:
        secret: what the brand's server signs with.
        previous_until: how long those before count; None when there are none.
    """

    secret: str
    created_at: datetime
    previous_until: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """What a session's token says.

    Attributes:
        session_id: what it is called.
        brand_id: of which brand it is.
        expires_at: until when it counts.
        origin: the web page that may show it; None for any.
        user: the person that the brand's server vouched for; None for nobody in particular.
    """

    session_id: str
    brand_id: BrandId
    expires_at: datetime
    origin: str | None = None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret that counts."""

    text: str
    expires_at: datetime | None


class IdentityService:
    """Proves who customers are.

    Args:
        database: where the secrets are, sealed.
        audit: told of secrets that are made and removed.
        vault: seals them, and signs sessions.
        brands: know which public key a brand has.
    """

    name = "identity secrets"  # as a step of a brand's purge

    def __init__(self, database: Database, audit: AuditService, vault: Vault, brands: BrandService) -> None:
        self._database = database
        self._audit = audit
        self._vault = vault
        self._brands = brands
        self._secrets: dict[BrandId, list[_Secret]] = {}

    async def start(self) -> None:
        """Read which secrets there are. Those sealed under another SECRET_KEY count as unset, and the log says so."""
        by_brand: dict[BrandId, list[IdentityRow]] = {}
        for row in await self._database.read(rows.everything):
            by_brand.setdefault(row.brand_id, []).append(row)
        self._secrets = {brand_id: self._opened(brand_id, kept) for brand_id, kept in by_brand.items()}

    # --- Secrets ---

    async def create_secret(self, brand_id: BrandId, *, revoke_previous: bool = False) -> NewSecret:
        """Make a brand's identity secret. Those before count for 24 hours more.

        Args:
            brand_id: whose.
            revoke_previous: they count no longer.
        """
        now = utc_now()
        secret = f"is_{secrets.token_urlsafe(32)}"
        secret_id = f"identity_{secrets.token_hex(8)}"
        row = IdentityRow(secret_id, brand_id, self._vault.seal(secret, _purpose(brand_id, secret_id)), now)

        def change(tx: Transaction) -> list[IdentityRow]:
            if revoke_previous:
                rows.purge(tx, brand_id)
            rows.expire(tx, brand_id, now + OVERLAP)
            before = rows.of_brand(tx, brand_id)
            for number, one in enumerate(before, start=1):
                if number >= MAX_SECRETS or (one.expires_at is not None and one.expires_at <= now):
                    rows.remove(tx, brand_id, one.secret_id)
            rows.add(tx, brand_id, row)
            self._audit.record(tx, brand_id, "identity.create", secret_id, after={"revoke_previous": revoke_previous})
            return rows.of_brand(tx, brand_id)

        self._secrets[brand_id] = self._opened(brand_id, await self._database.write_brand(brand_id, change))
        ends = [one.expires_at for one in self._secrets[brand_id] if one.expires_at is not None]
        return NewSecret(secret, now, max(ends, default=None))

    async def remove_secret(self, brand_id: BrandId) -> None:
        """Let no identity secret of the brand count any longer, from this moment on.

        Raises:
            IdentitySecretNotFound: it has none.
        """

        def change(tx: Transaction) -> None:
            if not rows.purge(tx, brand_id):
                raise IdentitySecretNotFound("This brand has no identity secret.")
            self._audit.record(tx, brand_id, "identity.delete")

        await self._database.write_brand(brand_id, change)
        self._secrets.pop(brand_id, None)

    def pseudonym(self, brand_id: BrandId, user_id: str) -> str:
        """What records call a person: a keyed hash, from which nobody without SECRET_KEY can tell who it is."""
        key = self._vault.derive(f"person:{brand_id}")
        return hmac.new(key, user_id.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:_PSEUDONYM_CHARS]

    async def purge(self, brand_id: BrandId) -> None:
        """Forget the secrets of a brand that is being deleted."""
        await self._database.write(lambda tx: rows.purge(tx, brand_id))
        self._secrets.pop(brand_id, None)

    # --- People ---

    def verify(self, brand_id: BrandId, token: str, user_id: str | None = None) -> str:
        """The person whom a `user_token` proves.

        Args:
            brand_id: to which it was shown.
            token: a JSON Web Token, or an HMAC user hash.
            user_id: what was sent beside it; a hash is of this one, and a token may name no other.

        Raises:
            Unauthorized: it proves nobody; the sentence tells the brand's developer why.
        """
        now = utc_now()
        known = [one.text for one in self._secrets.get(brand_id, ()) if one.expires_at is None or one.expires_at > now]
        if (user := user_of_hash(token, user_id, known)) is not None:
            return user
        claims = read_token(token, known, self._public_key(brand_id))
        check_times(claims, time.time())
        check_audience(claims, brand_id)
        user = user_of_claims(claims)
        if user_id is not None and user_id != user:
            raise Unauthorized("The token is about another person than the user_id beside it.")
        return user

    def check_settings(self, changes: Mapping[str, Any]) -> None:
        """Refuse changes of a configuration whose public key could not be used.

        Raises:
            InvalidInput: as said.
        """
        settings = changes.get("settings")
        pem = settings.get("identity_public_key") if isinstance(settings, Mapping) else None
        if isinstance(pem, str):
            check_public_key(pem)

    # --- Sessions ---

    def new_session(
        self, brand: Brand, ttl: timedelta, *, origin: str | None = None, user_id: str | None = None
    ) -> tuple[str, datetime]:
        """The token of a new session, and when it ends.

        Args:
            brand: of which it is.
            ttl: for how long it counts.
            origin: the web page that may show it; None for any.
            user_id: the person that the brand vouches for.

        Raises:
            InvalidInput: what it is to hold is too long for a token.
        """
        now = int(time.time())
        end = now + int(ttl.total_seconds())
        claims = {"brand": brand.id, "iat": now, "exp": end, "jti": secrets.token_hex(8)}
        bound = {name: value for name, value in (("origin", origin), ("sub", user_id)) if value is not None}
        token = sign({**claims, **bound}, self._session_key(brand))
        if len(token) > MAX_TOKEN_BYTES:
            raise InvalidInput("The origin and the user_id are too long for a token.")
        return f"{SESSION_PREFIX}{token}", datetime.fromtimestamp(end, UTC)

    def session(self, credential: str) -> Session:
        """What a session's token says, if it counts.

        Raises:
            Unauthorized: it does not.
        """
        token = credential.removeprefix(SESSION_PREFIX)
        named = unproven_claims(token).get("brand")
        try:
            brand = self._brands.get(BrandId(named)) if isinstance(named, str) else None
        except BrandNotFound:
            brand = None
        if brand is None:
            raise Unauthorized("This session counts no longer.")
        claims = read_token(token, [self._session_key(brand)])
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        if expires_at <= utc_now():
            raise Unauthorized("This session has expired.")
        return Session(claims["jti"], brand.id, expires_at, claims.get("origin"), claims.get("sub"))

    # --- Within ---

    def _session_key(self, brand: Brand) -> bytes:
        return self._vault.derive(f"session:{brand.id}:{brand.created_at.isoformat()}")

    def _public_key(self, brand_id: BrandId) -> str | None:
        try:
            return self._brands.config(brand_id).settings.identity_public_key
        except BrandNotFound:
            return None

    def _opened(self, brand_id: BrandId, kept: Iterable[IdentityRow]) -> list[_Secret]:
        opened = []
        for row in kept:
            try:
                text = self._vault.open(row.sealed, _purpose(brand_id, row.secret_id))
            except VaultBroken:
                logger.warning(
                    "an identity secret was sealed under another SECRET_KEY and counts as unset: restore SECRET_KEY, "
                    "or make a new one (POST /brands/{id}/identity-secret)",
                    brand=brand_id,
                )
                continue
            opened.append(_Secret(text, row.expires_at))
        return opened


def _purpose(brand_id: BrandId, secret_id: str) -> str:
    return f"identity:{brand_id}:{secret_id}"
