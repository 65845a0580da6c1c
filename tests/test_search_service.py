"""Search: a hard constraint is never broken, and no product that satisfies it is lost."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import BrandId, Constraints, ProductFields
from routes.dependencies import Services
from sample_data import load_sample_data
from tests.services import services_in

BRAND = BrandId("techpro")
OTHER = BrandId("stylehub")

CATALOGUE = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["red widget", "Widgets", "oak chair", "WIDGET shade"]),
            "price": st.floats(0, 100, allow_nan=False).map(lambda price: round(price, 2)),
            "category": st.sampled_from(["Lamps", "Chairs", ""]),
            "availability": st.booleans(),
            "currency": st.sampled_from([None, "USD", "EUR"]),
            "specifications": st.sampled_from([{}, {"brand": "Lux"}, {"Brand": "Oakly", "colour": "Dark Red"}]),
        }
    ),
    max_size=12,
)
FILTERS = st.builds(
    Constraints,
    price_min=st.none() | st.floats(0, 60),
    price_max=st.none() | st.floats(40, 100),
    categories=st.sampled_from([(), ("lamps",), ("Chairs", "Lamps")]),
    makers=st.sampled_from([(), ("lux",), ("Lux", "Oakly")]),
    available_only=st.booleans(),
    attributes=st.sampled_from([{}, {"Colour": "darkred"}]),
)


def satisfies(product: ProductFields, maker: str, wanted: Constraints) -> bool:
    has_price = wanted.price_min is not None or wanted.price_max is not None
    return (
        (not has_price or (product.currency or "USD") == "USD")
        and (wanted.price_min is None or product.price >= wanted.price_min)
        and (wanted.price_max is None or product.price <= wanted.price_max)
        and (not wanted.categories or product.category.lower() in {name.lower() for name in wanted.categories})
        and (not wanted.makers or maker.lower() in {name.lower() for name in wanted.makers})
        and (product.availability or not wanted.available_only)
        and (not wanted.attributes or product.specifications.get("colour") == "Dark Red")
    )


@given(CATALOGUE, FILTERS)
@settings(deadline=None, max_examples=40)
def test_hits_are_exactly_what_satisfies_the_filters_and_holds_a_word(
    items: list[dict[str, object]], wanted: Constraints
) -> None:
    async def scenario(services: Services) -> None:
        await services.products.save_many(BRAND, [item | {"id": str(number)} for number, item in enumerate(items)])
        await services.products.save_many(OTHER, [item | {"id": str(number)} for number, item in enumerate(items)])
        catalogue, _ = await services.products.page(BRAND, category=None, limit=100, offset=0)
        result = await services.search.search(BRAND, "widget", filters=wanted, limit=100)
        expected = {
            product.id
            for product in catalogue
            if satisfies(product, product.maker, wanted) and "widget" in product.name.lower()
        }
        assert {hit.product.id for hit in result.hits} == expected
        assert result.total == len(expected)
        assert all(hit.product.brand_id == BRAND for hit in result.hits)

    with tempfile.TemporaryDirectory() as folder:

        async def opened() -> None:
            async with services_in(Path(folder)) as services:
                await scenario(services)

        asyncio.run(opened())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")

    async def fill() -> None:
        async with services_in(folder) as services:
            await load_sample_data(services.brands, services.products)

    asyncio.run(fill())
    return folder


def search(folder: Path, query: str, brand: BrandId = BRAND, **filters: object) -> list[tuple[str, float]]:
    async def opened() -> list[tuple[str, float]]:
        async with services_in(folder) as services:
            result = await services.search.search(brand, query, filters=Constraints.model_validate(filters), limit=100)
            return [(hit.product.id, hit.score) for hit in result.hits]

    return asyncio.run(opened())


@pytest.mark.parametrize(
    "query",
    [
        '" OR 1=1 --',
        "NEAR(laptop",
        "laptop*",
        "^name",
        "a AND",
        "name:laptop",
        "'; DROP TABLE products",
        '""',
        "-",
        "()",
    ],
)
def test_operators_and_quotes_are_only_words(folder: Path, query: str) -> None:
    for id_, score in search(folder, query):
        assert id_
        assert 0 <= score <= 1


def test_scores_fall_and_lie_between_nought_and_one(folder: Path) -> None:
    scores = [score for _, score in search(folder, "a light laptop for video editing")]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_another_brands_products_are_never_found(folder: Path) -> None:
    assert all(not id_.startswith("sh-") for id_, _ in search(folder, "linen dress organic cotton shoes"))


def test_the_cheapest_is_the_cheapest(folder: Path) -> None:
    ids = search(folder, "the cheapest laptop")
    laptops = search(folder, "laptop", categories=("laptops",))

    async def prices() -> dict[str, float]:
        async with services_in(folder) as services:
            products, _ = await services.products.page(BRAND, category="Laptops", limit=100, offset=0)
            return {product.id: product.price for product in products}

    by_price = asyncio.run(prices())
    assert by_price[ids[0][0]] == min(by_price[id_] for id_, _ in laptops)
