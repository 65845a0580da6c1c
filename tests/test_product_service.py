"""The catalogue: what is saved is found, what is invalid is named, and what is not given stays."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from errors import AlreadyExists, InvalidInput, ProductNotFound
from ingestion.records import id_from_name
from models import BrandId, ProductDraft
from needs import Constraints
from product_service import BATCH_ROWS
from routes.dependencies import Services
from sample_data import load_sample_data
from tests.services import services_in

BRAND = BrandId("techpro")
LAMP = {"id": "lamp", "name": "Desk Lamp", "price": 20, "category": "Lamps", "specifications": {"Brand": "Lux"}}


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Callable[[Services], Awaitable[Any]]], Any]:
    def run(scenario: Callable[[Services], Awaitable[Any]]) -> Any:
        async def opened() -> Any:
            async with services_in(tmp_path) as services:
                return await scenario(services)

        return asyncio.run(opened())

    return run


Run = Callable[[Callable[[Services], Awaitable[Any]]], Any]


def test_a_created_product_is_read_back_and_found(run: Run) -> None:
    async def scenario(services: Services) -> None:
        created = await services.products.create(BRAND, ProductDraft.model_validate(LAMP))
        read = await services.products.get(BRAND, "lamp")
        assert (read.name, read.maker, read.price) == (created.name, "Lux", 20.0)
        found = await services.search.search(BRAND, "lamp", filters=Constraints(), limit=5)
        assert [hit.product.id for hit in found.hits] == ["lamp"]

    run(scenario)


def test_a_taken_id_is_refused_and_a_missing_one_made_from_the_name(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await services.products.create(BRAND, ProductDraft.model_validate(LAMP))
        with pytest.raises(AlreadyExists):
            await services.products.create(BRAND, ProductDraft.model_validate(LAMP | {"name": "Other"}))
        assert (await services.products.get(BRAND, "lamp")).name == "Desk Lamp"
        nameless = ProductDraft(name="Desk Lamp", price=1)
        ids = [(await services.products.create(BRAND, nameless)).id for _ in range(3)]
        assert ids == ["desk-lamp", "desk-lamp-2", "desk-lamp-3"]

    run(scenario)


def test_an_update_replaces_what_is_given_and_keeps_the_rest(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await services.products.create(BRAND, ProductDraft.model_validate(LAMP))
        updated = await services.products.update(BRAND, "lamp", {"price": 25, "brand_id": "stylehub", "id": "lamp"})
        assert (updated.price, updated.category, updated.brand_id) == (25.0, "Lamps", BRAND)
        for wrong in ({"price": None}, {"price": -1}, {"price": "NaN"}, {"name": ""}, {"id": "other"}):
            with pytest.raises(InvalidInput):
                await services.products.update(BRAND, "lamp", wrong)
        assert (await services.products.get(BRAND, "lamp")).price == 25.0
        with pytest.raises(ProductNotFound):
            await services.products.update(BRAND, "none", {"price": 1})

    run(scenario)


def test_a_renamed_product_is_no_longer_found_under_its_old_name(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await services.products.create(BRAND, ProductDraft.model_validate(LAMP))
        await services.products.update(BRAND, "lamp", {"name": "Torch", "category": "Torches"})
        old = await services.search.search(BRAND, "lamp", filters=Constraints(), limit=5)
        new = await services.search.search(BRAND, "torch", filters=Constraints(), limit=5)
        assert (len(old.hits), len(new.hits)) == (0, 1)

    run(scenario)


def test_a_deleted_product_is_gone_from_search_too(run: Run) -> None:
    async def scenario(services: Services) -> None:
        await services.products.create(BRAND, ProductDraft.model_validate(LAMP))
        await services.products.delete(BRAND, "lamp")
        assert (await services.search.search(BRAND, "lamp", filters=Constraints(), limit=5)).hits == ()
        with pytest.raises(ProductNotFound):
            await services.products.delete(BRAND, "lamp")

    run(scenario)


def test_many_are_saved_and_each_invalid_one_is_named(run: Run) -> None:
    async def scenario(services: Services) -> None:
        items: list[object] = [{"id": f"p{number}", "name": "x", "price": number} for number in range(BATCH_ROWS + 1)]
        bad: list[object] = [
            {"id": "p0", "name": "again", "price": 1},
            {"name": "no price"},
            {"id": "inf", "name": "x", "price": float("inf")},
            "text",
            {"id": 7, "name": "a number as id", "price": 1},
        ]
        report = await services.products.save_many(BRAND, [*items, *bad])
        assert (report.total, report.saved) == (len(items) + 5, len(items) + 1)
        first = BATCH_ROWS + 1
        assert [(one.index, one.id) for one in report.rejected] == [
            (first, "p0"),
            (first + 1, None),
            (first + 2, "inf"),
            (first + 3, None),
        ]
        assert all(one.reason for one in report.rejected)
        assert (await services.products.get(BRAND, "7")).name == "a number as id"
        again = await services.products.save_many(BRAND, items)
        assert again.saved == len(items)
        assert (await services.products.stats(BRAND)).total_products == len(items) + 1

    run(scenario)


def test_samples_are_loaded_once_and_deleted_ones_stay_deleted(run: Run) -> None:
    async def scenario(services: Services) -> None:
        loaded = await load_sample_data(services.brands, services.products)
        assert loaded["techpro"] >= 48
        assert loaded["stylehub"] >= 24
        assert len((await services.products.stats(BRAND)).categories) >= 8
        products, _ = await services.products.page(BRAND, category=None, limit=100, offset=0)
        for product in products:
            await services.products.delete(BRAND, product.id)
        assert await load_sample_data(services.brands, services.products) == {}

    run(scenario)


@pytest.mark.parametrize(
    ("name", "id_"),
    [("Studio 16 (2025)", "studio-16-2025"), ("  Ä__b ", "ä-b"), ("!!!", "product"), ("x" * 300, "x" * 100)],
)
def test_a_name_always_gives_the_same_id(name: str, id_: str) -> None:
    assert id_from_name(name) == id_


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x"},
        {"name": "x", "price": None},
        {"name": "x", "price": float("nan")},
        {"name": "x", "price": -0.01},
        {"name": "", "price": 1},
        {"name": "\ud800", "price": 1},
        {"name": "a\0b", "price": 1},
        {"name": "x", "price": 1, "currency": "dollars"},
        {"name": "x", "price": 1, "features": "fast"},
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProductDraft.model_validate(wrong)
