"""A brand's keys."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from auth_service import Right, Role
from errors import InvalidInput
from field_types import PLAIN, Origin, Timestamp
from models import utc_now
from routes.brands import Said
from routes.dependencies import KnownBrand, ServicesDep
from routes.idempotency import IdempotentRoute, keeps_secret
from routes.rights import needs

router = APIRouter(tags=["keys"], route_class=IdempotentRoute)


class KeyDraft(BaseModel):
    """A key to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "editor", "name": "catalogue robot"}]})

    role: Literal["admin", "editor", "viewer", "widget"]
    name: Annotated[str, Field(min_length=1, max_length=200), PLAIN]
    origins: Annotated[list[Origin], Field(max_length=50)] = []
    expires_at: AwareDatetime | None = None


class KeyView(BaseModel):
    """A key as it is listed: never itself."""

    key_id: str
    prefix: str
    role: Role
    name: str
    origins: list[str]
    created_at: Timestamp
    expires_at: datetime | None


class MadeKey(KeyView):
    """A key as it is shown once."""

    key: str


@router.post("/brands/{brand_id}/keys")
@needs(Right.CONFIGURE)
@keeps_secret
async def create_key(services: ServicesDep, brand: KnownBrand, draft: Annotated[KeyDraft, Body()]) -> MadeKey:
    """Make a key. It is shown in this answer and never again. To rotate one, make its successor and revoke it later."""
    if draft.expires_at is not None and draft.expires_at <= utc_now():
        raise InvalidInput("expires_at lies in the past.")
    made = await services.auth.create(
        brand.id,
        Role(draft.role),
        draft.name,
        origins=tuple(origin.lower() for origin in draft.origins),
        expires_at=draft.expires_at,
    )
    return MadeKey(**_view(made.row).model_dump(), key=made.key)


@router.get("/brands/{brand_id}/keys")
@needs(Right.CONFIGURE)
async def list_keys(services: ServicesDep, brand: KnownBrand) -> list[KeyView]:
    """The keys that are not revoked, the latest first."""
    return [_view(row) for row in await services.auth.list(brand.id)]


@router.delete("/brands/{brand_id}/keys/{key_id}")
@needs(Right.CONFIGURE)
async def revoke_key(services: ServicesDep, brand: KnownBrand, key_id: str) -> Said:
    """Revoke a key: from now on, and on open sockets too."""
    await services.auth.revoke(brand.id, key_id)
    await services.connections.close_key(key_id)
    return Said(message=f"Key '{key_id}' revoked successfully")


def _view(row: object) -> KeyView:
    return KeyView.model_validate(row, from_attributes=True)
