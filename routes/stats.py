"""Brands in figures, and the front page that v2.0's clients look at first."""

from fastapi import APIRouter
from pydantic import BaseModel

from auth_service import Right
from field_types import Timestamp
from models import Brand, BrandId, utc_now
from routes.dependencies import KnownBrand, Services, ServicesDep
from routes.rights import GuardedRoute, PrincipalDep, needs

API_VERSION = "2.1.0"

router = APIRouter(tags=["operation"], route_class=GuardedRoute)


class BrandName(BaseModel):
    """A brand by name."""

    id: BrandId
    name: str


class FrontPage(BaseModel):
    """What runs here."""

    message: str
    status: str
    version: str
    timestamp: Timestamp
    active_brands: int
    brands: list[BrandName]


class BrandStats(BaseModel):
    """A brand in figures. Active conversations are those whose history is kept.

    `category_list` is what v2.0 called the names.
    """

    brand_id: BrandId
    brand_name: str
    total_products: int
    available_products: int
    categories: list[str]
    category_list: list[str]
    active_conversations: int
    open_connections: int
    tokens_today: int
    tokens_per_day: int | None


class Stats(BaseModel):
    """All brands in figures."""

    total_brands: int
    active_brands: int
    total_products: int
    total_conversations: int
    brands_stats: list[BrandStats]


@router.get("/")
@needs(Right.PUBLIC)
async def front_page(services: ServicesDep) -> FrontPage:
    """What runs here, and for which brands."""
    active = services.brands.active()
    return FrontPage(
        message="Multi-brand customer-service chatbot",
        status="running",
        version=API_VERSION,
        timestamp=utc_now(),
        active_brands=len(active),
        brands=[BrandName(id=brand.id, name=brand.name) for brand in active],
    )


@router.get("/brands/{brand_id}/stats")
@needs(Right.READ)
async def brand_stats(services: ServicesDep, brand: KnownBrand) -> BrandStats:
    """One brand in figures."""
    return await _stats_of(services, brand)


@router.get("/stats")
@needs(Right.READ)
async def all_stats(services: ServicesDep, who: PrincipalDep) -> Stats:
    """All brands in figures; to a brand's key its own."""
    brands = [brand for brand in services.brands.list() if who.brand_id in {None, brand.id}]
    each = [await _stats_of(services, brand) for brand in brands]
    return Stats(
        total_brands=len(each),
        active_brands=sum(brand.is_active for brand in brands),
        total_products=sum(one.total_products for one in each),
        total_conversations=sum(one.active_conversations for one in each),
        brands_stats=each,
    )


async def _stats_of(services: Services, brand: Brand) -> BrandStats:
    catalogue = await services.products.stats(brand.id)
    return BrandStats(
        brand_id=brand.id,
        brand_name=brand.name,
        total_products=catalogue.total_products,
        available_products=catalogue.available_products,
        categories=catalogue.categories,
        category_list=catalogue.categories,
        active_conversations=await services.conversations.count(brand.id),
        open_connections=await services.connections.count(brand.id),
        tokens_today=await services.spending.today(brand.id),
        tokens_per_day=services.spending.budget(brand.id),
    )
