"""Making a brand's vectors anew."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel

from auth_service import Right
from models import BrandId
from routes.dependencies import KnownBrand, ServicesDep
from routes.rights import GuardedRoute, needs

router = APIRouter(tags=["products"], route_class=GuardedRoute)


class Reindexing(BaseModel):
    """It has begun; `pending` is how many products and passages are to be embedded, and /readyz says how far it is."""

    message: str
    brand_id: BrandId
    pending: int


@router.post("/brands/{brand_id}/reindex", status_code=HTTPStatus.ACCEPTED)
@needs(Right.CATALOGUE)
async def reindex(services: ServicesDep, brand: KnownBrand) -> Reindexing:
    """Make the vectors of a brand's products and passages anew, while those in use go on serving."""
    pending = await services.indexing.reindex(brand.id)
    return Reindexing(message=f"{pending} products and passages are embedded anew", brand_id=brand.id, pending=pending)
