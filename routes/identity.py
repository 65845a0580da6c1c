"""How a brand says who its customers are: its identity secret, and sessions for its pages."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from auth_service import Right
from field_types import PLAIN, Origin, Timestamp
from routes.brands import Said
from routes.dependencies import KnownBrand, ServicesDep
from routes.idempotency import IdempotentRoute, keeps_secret
from routes.rights import needs

router = APIRouter(tags=["identity"], route_class=IdempotentRoute)


class MadeSecret(BaseModel):
    """An identity secret as it is shown once."""

    secret: str
    created_at: Timestamp
    algorithms: list[Literal["HS256"]] = ["HS256"]
    previous_until: Timestamp | None


class SessionDraft(BaseModel):
    """A session to begin."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"origin": "https://shop.example", "user_id": "customer-42"}]}
    )

    origin: Origin | None = None
    user_id: Annotated[str, Field(min_length=1, max_length=256), PLAIN] | None = None
    ttl_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3_600


class SessionView(BaseModel):
    """A session as it is shown once."""

    token: str
    expires_at: Timestamp


@router.post("/brands/{brand_id}/identity-secret")
@needs(Right.CONFIGURE)
@keeps_secret
async def create_identity_secret(
    services: ServicesDep,
    brand: KnownBrand,
    *,
    revoke_previous: Annotated[bool, Query()] = False,
) -> MadeSecret:
    """Make the secret with which the brand's server signs who a customer is.

    It is shown in this answer and never again. Those before count for 24 hours more, unless `revoke_previous` is true.
    """
    made = await services.identity.create_secret(brand.id, revoke_previous=revoke_previous)
    return MadeSecret(secret=made.secret, created_at=made.created_at, previous_until=made.previous_until)


@router.delete("/brands/{brand_id}/identity-secret")
@needs(Right.CONFIGURE)
async def delete_identity_secret(services: ServicesDep, brand: KnownBrand) -> Said:
    """Remove the brand's identity secrets: what was signed with them counts no longer."""
    await services.identity.remove_secret(brand.id)
    return Said(message="Identity secret removed successfully")


@router.post("/brands/{brand_id}/sessions")
@needs(Right.CONFIGURE)
@keeps_secret
async def create_session(
    services: ServicesDep, brand: KnownBrand, draft: Annotated[SessionDraft, Body()]
) -> SessionView:
    """Begin a session for a page of the brand: its token is shown like a key, by that page, until it expires."""
    token, expires_at = services.identity.new_session(
        brand,
        timedelta(seconds=draft.ttl_seconds),
        origin=draft.origin.lower() if draft.origin else None,
        user_id=draft.user_id,
    )
    return SessionView(token=token, expires_at=expires_at)
