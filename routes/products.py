"""A brand's catalogue, and search in it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from auth_service import Right
from field_types import PLAIN, STORABLE, Text
from models import BrandId, Product, ProductDraft
from needs import Constraints, Understood
from product_service import SaveReport
from routes.brands import Said
from routes.dependencies import ActiveBrand, KnownBrand, PageDep, Services, ServicesDep
from routes.idempotency import IdempotentRoute
from routes.rights import needs

router = APIRouter(tags=["products"], route_class=IdempotentRoute)

MAX_BULK = 10_000

PRODUCT_EXAMPLE = {
    "id": "laptop-aurora-15",
    "name": "Aurora 15 Laptop",
    "description": "A light 15-inch laptop for study and travel.",
    "category": "Laptops",
    "price": 899.0,
    "features": ["15.6 inch display", "12 hours of battery"],
    "specifications": {"brand": "Northwind", "memory": "16GB", "weight": "1.4 kg"},
    "availability": True,
}


_Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SearchQuery(BaseModel):
    """What to look for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"query": "a laptop for video editing", "price_range": [500, 2000], "limit": 5}]
        }
    )

    query: Annotated[str, Field(min_length=1, max_length=2_000), PLAIN]
    category: Text | None = None
    price_range: Annotated[tuple[_Price, _Price] | None, Field(description="in either order")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 5
    offset: Annotated[int, Field(ge=0, le=10_000)] = 0
    availability: bool | None = None
    makers: Annotated[list[Text], Field(max_length=50)] = []
    attributes: Annotated[dict[Text, Text], Field(max_length=20), STORABLE] = {}

    def filters(self) -> Constraints:
        """What every hit must fulfil. `availability` false, like none, asks for nothing."""
        lowest, highest = sorted(self.price_range) if self.price_range else (None, None)
        return Constraints(
            price_min=lowest,
            price_max=highest,
            categories=(self.category,) if self.category else (),
            makers=tuple(self.makers),
            attributes=self.attributes,
            available_only=bool(self.availability),
        )


class Found(BaseModel):
    """A hit."""

    product: Product
    similarity_score: float
    matched: list[str]


class SearchAnswer(BaseModel):
    """What a search found; `understood` is what was read out of the query."""

    query: str
    brand_id: BrandId
    results: list[Found]
    total: int
    understood: Understood


class Saved(BaseModel):
    """A product was saved; `pending`, how many vectors will follow, is there when some will."""

    message: str
    product_id: str
    brand_id: BrandId
    pending: int = 0


class Updated(Said):
    """A product was changed; `pending` likewise."""

    pending: int = 0


class BulkError(BaseModel):
    """A product that was not saved."""

    index: int
    id: str | None
    reason: str


class BulkAnswer(BaseModel):
    """What became of many products; `pending` is how many vectors will follow."""

    message: str
    success_count: int
    total_count: int
    brand_id: BrandId
    errors: list[BulkError]
    pending: int = 0


class Categories(BaseModel):
    """What a brand sells."""

    categories: list[str]
    brand_id: BrandId


class Recommendations(BaseModel):
    """Products for a need."""

    products: list[Product]
    reasoning: str
    match_score: float


@router.get("/brands/{brand_id}/products")
@needs(Right.CUSTOMER)
async def list_products(
    services: ServicesDep, brand: ActiveBrand, page: PageDep, category: Annotated[str | None, Query()] = None
) -> list[Product]:
    """The catalogue, in the order in which it was filled."""
    return await products_page(services, brand.id, page, category)


@router.post("/brands/{brand_id}/products", response_model_exclude_defaults=True)
@needs(Right.CATALOGUE)
async def create_product(
    services: ServicesDep, brand: KnownBrand, draft: Annotated[ProductDraft, Body(examples=[PRODUCT_EXAMPLE])]
) -> Saved:
    """Add a product. Without an id it gets one from its name."""
    return await create(services, brand.id, draft)


@router.post("/brands/{brand_id}/products/search")
@needs(Right.CUSTOMER)
async def search_products(services: ServicesDep, brand: ActiveBrand, query: SearchQuery) -> SearchAnswer:
    """Find products by what they are for, what they are called, and what they must fulfil."""
    return await search(services, brand.id, query)


@router.post("/brands/{brand_id}/products/bulk")
@needs(Right.CATALOGUE)
async def save_products(
    services: ServicesDep,
    brand: KnownBrand,
    products: Annotated[list[Any], Body(max_length=MAX_BULK, examples=[[PRODUCT_EXAMPLE]])],
) -> BulkAnswer:
    """Add or replace many products. Those that are not valid are named in `errors`; the others are saved."""
    report = await services.products.save_many(brand.id, products)
    return bulk_answer(brand.id, report, await services.indexing.settle(brand.id, report.saved))


@router.get("/brands/{brand_id}/products/{product_id:path}")
@needs(Right.CUSTOMER)
async def get_product(services: ServicesDep, brand: ActiveBrand, product_id: str) -> Product:
    """One product."""
    return priced(services, await services.products.get(brand.id, product_id))


@router.put("/brands/{brand_id}/products/{product_id:path}", response_model_exclude_defaults=True)
@needs(Right.CATALOGUE)
async def update_product(
    services: ServicesDep,
    brand: KnownBrand,
    product_id: str,
    changes: Annotated[dict[str, Any], Body(examples=[{"price": 849.0, "availability": False}])],
) -> Updated:
    """Replace each member that is given."""
    await services.products.update(brand.id, product_id, changes)
    pending = await services.indexing.settle(brand.id, 1)
    return Updated(message=f"Product '{product_id}' updated successfully", pending=pending)


@router.delete("/brands/{brand_id}/products/{product_id:path}")
@needs(Right.CATALOGUE)
async def delete_product(services: ServicesDep, brand: KnownBrand, product_id: str) -> Said:
    """Remove a product."""
    await services.products.delete(brand.id, product_id)
    return Said(message=f"Product '{product_id}' deleted successfully")


@router.get("/brands/{brand_id}/categories")
@needs(Right.CUSTOMER)
async def list_categories(services: ServicesDep, brand: ActiveBrand) -> Categories:
    """What the brand sells, the fullest category first."""
    return Categories(categories=await services.products.categories(brand.id), brand_id=brand.id)


@router.post("/brands/{brand_id}/recommendations")
@needs(Right.CUSTOMER)
async def recommend(
    services: ServicesDep,
    brand: ActiveBrand,
    query: Annotated[str, Query(min_length=1, max_length=2_000, examples=["a gift for a photographer"])],
    limit: Annotated[int, Query(ge=1, le=100)] = 3,
) -> Recommendations:
    """Products for a need, and why."""
    return await recommendations(services, brand.id, query, limit)


# What the legacy routes, which name no brand, share with the ones above.


async def products_page(services: Services, brand_id: BrandId, page: PageDep, category: str | None) -> list[Product]:
    """One page of a catalogue."""
    products, total = await services.products.page(brand_id, category=category, limit=page.limit, offset=page.offset)
    page.tell_total(total)
    return [priced(services, product) for product in products]


def priced(services: Services, product: Product) -> Product:
    """The product with its currency: the brand's, where it names none."""
    product.currency = product.currency or services.brands.config(product.brand_id).settings.currency
    return product


async def create(services: Services, brand_id: BrandId, draft: ProductDraft) -> Saved:
    """Add one product."""
    product = await services.products.create(brand_id, draft)
    pending = await services.indexing.settle(brand_id, 1)
    return Saved(message="Product added successfully", product_id=product.id, brand_id=brand_id, pending=pending)


async def search(services: Services, brand_id: BrandId, query: SearchQuery) -> SearchAnswer:
    """Run one search."""
    result = await services.search.search(
        brand_id, query.query, filters=query.filters(), limit=query.limit, offset=query.offset
    )
    found = [Found(product=hit.product, similarity_score=hit.score, matched=list(hit.matched)) for hit in result.hits]
    return SearchAnswer(
        query=query.query, brand_id=brand_id, results=found, total=result.total, understood=result.understood
    )


async def recommendations(services: Services, brand_id: BrandId, query: str, limit: int) -> Recommendations:
    """Find products for a need and say why they fit."""
    result = await services.search.search(brand_id, query, filters=Constraints(), limit=limit)
    reasons = [f"{hit.product.name}: {', '.join(hit.matched)}" for hit in result.hits if hit.matched]
    return Recommendations(
        products=[hit.product for hit in result.hits],
        reasoning="; ".join(reasons) or ("Closest matches." if result.hits else "Nothing in the catalogue matches."),
        match_score=result.hits[0].score if result.hits else 0.0,
    )


def bulk_answer(brand_id: BrandId, report: SaveReport, pending: int) -> BulkAnswer:
    """A report as v2.0's clients read it."""
    return BulkAnswer(
        message=f"{report.saved} of {report.total} products saved",
        success_count=report.saved,
        total_count=report.total,
        brand_id=brand_id,
        errors=[BulkError(index=one.index, id=one.id, reason=one.reason) for one in report.rejected],
        pending=pending,
    )
