"""Paths of the time before there were several brands: they mean the default brand."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request

from auth_service import Right
from models import Product, ProductDraft
from routes.chat import ChatRequest, ChatResponse, answer
from routes.dependencies import DefaultBrand, PageDep, ServicesDep
from routes.idempotency import IdempotentRoute
from routes.products import (
    PRODUCT_EXAMPLE,
    Categories,
    Recommendations,
    Saved,
    SearchAnswer,
    SearchQuery,
    create,
    products_page,
    recommendations,
    search,
)
from routes.rights import needs

router = APIRouter(tags=["legacy"], route_class=IdempotentRoute)


@router.post("/chat")
@needs(Right.CHAT)
async def chat(services: ServicesDep, brand: DefaultBrand, body: ChatRequest, request: Request) -> ChatResponse:
    """Ask the default brand."""
    return await answer(services, brand, body, request)


@router.get("/products")
@needs(Right.CUSTOMER)
async def list_products(
    services: ServicesDep, brand: DefaultBrand, page: PageDep, category: Annotated[str | None, Query()] = None
) -> list[Product]:
    """The default brand's catalogue."""
    return await products_page(services, brand.id, page, category)


@router.post("/products", response_model_exclude_defaults=True)
@needs(Right.CATALOGUE)
async def create_product(
    services: ServicesDep, brand: DefaultBrand, draft: Annotated[ProductDraft, Body(examples=[PRODUCT_EXAMPLE])]
) -> Saved:
    """Add a product to the default brand."""
    return await create(services, brand.id, draft)


@router.post("/products/search")
@needs(Right.CUSTOMER)
async def search_products(services: ServicesDep, brand: DefaultBrand, query: SearchQuery) -> SearchAnswer:
    """Search the default brand's catalogue."""
    return await search(services, brand.id, query)


@router.get("/categories")
@needs(Right.CUSTOMER)
async def list_categories(services: ServicesDep, brand: DefaultBrand) -> Categories:
    """What the default brand sells."""
    return Categories(categories=await services.products.categories(brand.id), brand_id=brand.id)


@router.post("/recommendations")
@needs(Right.CUSTOMER)
async def recommend(
    services: ServicesDep,
    brand: DefaultBrand,
    query: Annotated[str, Query(min_length=1, max_length=2_000, examples=["a gift for a photographer"])],
    limit: Annotated[int, Query(ge=1, le=100)] = 3,
) -> Recommendations:
    """Products of the default brand for a need."""
    return await recommendations(services, brand.id, query, limit)
