"""What is kept of a person: for whoever asks what it is, and for whoever wants it gone."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from auth_service import Right
from field_types import Timestamp
from models import BrandId
from routes.dependencies import KnownBrand, Services, ServicesDep
from routes.rights import GuardedRoute, needs

router = APIRouter(tags=["customers"], route_class=GuardedRoute)

UserInPath = Annotated[str, Path(min_length=1, max_length=256)]


class Erasure(BaseModel):
    """A receipt: the audit has the same. The person is told by a keyed hash."""

    receipt_id: str
    person: str
    at: Timestamp
    erased: dict[str, int]


class Kept(BaseModel):
    """What is kept of a person."""

    brand_id: BrandId
    user_id: str
    conversations: list[dict[str, Any]]


_KEPT: dict[str, Any] = {"application/json": {"schema": {"$ref": "#/components/schemas/Kept"}}}


@router.get(
    "/brands/{brand_id}/customers/{user_id:path}",
    response_model=Kept,
    response_class=StreamingResponse,
    responses={200: {"content": _KEPT}},
)
@needs(Right.CONFIGURE)
async def export_customer(services: ServicesDep, brand: KnownBrand, user_id: UserInPath) -> StreamingResponse:
    """Everything that is kept of a person, proved or as a label: empty lists when that is nothing."""
    return StreamingResponse(_told(services, brand.id, user_id), media_type="application/json")


@router.delete("/brands/{brand_id}/customers/{user_id:path}")
@needs(Right.CONFIGURE)
async def erase_customer(services: ServicesDep, brand: KnownBrand, user_id: UserInPath) -> Erasure:
    """Erase a person everywhere."""
    return Erasure.model_validate(await services.privacy.erase(brand.id, user_id), from_attributes=True)


async def _told(services: Services, brand_id: BrandId, user_id: str) -> AsyncIterator[bytes]:
    yield b'{"brand_id":' + orjson.dumps(brand_id) + b',"user_id":' + orjson.dumps(user_id) + b',"conversations":['
    is_first = True
    async for conversation in services.privacy.export(brand_id, user_id):
        yield (b"" if is_first else b",") + orjson.dumps(conversation)
        is_first = False
    yield b"]}"
