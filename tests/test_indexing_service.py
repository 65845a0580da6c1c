"""Vectors follow rows: queued with the change, made by one worker, the same after any interruption."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import indexing_service
from audit_service import AuditService
from errors import ModelUnreachable
from indexing_service import IndexingService
from live.memory import MemoryNotices
from models import BrandId
from product_service import ProductService
from providers.base import Vectors
from storage import tombstones, vector_indexes
from storage.engine import Database
from storage.migrations import upgrade
from storage.vector_indexes import IndexKind, IndexState
from vector_store import VectorStore

BRAND, OTHER = BrandId("techpro"), BrandId("stylehub")


class LetterEmbedder:
    """Counts letters: deterministic, quick, and can be made to fail or to wait."""

    def __init__(self, name: str = "letters") -> None:
        self.name = name
        self.texts: list[str] = []
        self.failing = False
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        await self.may_go_on.wait()
        if self.failing:
            raise ModelUnreachable("The embedder cannot be reached.")
        self.texts += texts
        counts = np.array([[text.lower().count(chr(97 + place)) + 0.01 for place in range(26)] for text in texts])
        vectors: Vectors = (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        vectors = await self.embed([text])
        return np.asarray(vectors[0], dtype=np.float32)

    async def aclose(self) -> None:
        """Nothing is held."""


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110, what is waited for is seen only by looking
            await asyncio.sleep(0.02)


class Shop:
    """The parts that keep a catalogue and its vectors."""

    def __init__(self, folder: Path, embedder: LetterEmbedder) -> None:
        self.database = Database(folder / "test.db")
        upgrade(self.database.engine)
        notices = MemoryNotices()
        self.embedder = embedder
        self.vectors = VectorStore(folder / "chroma")
        audit = AuditService(self.database)
        self.products = ProductService(self.database, notices, audit)
        self.indexing = IndexingService(self.database, notices, embedder, self.vectors, audit)

    async def save(self, *names: str, brand_id: BrandId = BRAND, price: float = 1.0) -> int:
        items = [{"id": name.split()[0], "name": name, "price": price} for name in names]
        await self.products.save_many(brand_id, items)
        return await self.indexing.settle(brand_id, len(items))

    async def live(self, brand_id: BrandId = BRAND) -> str:
        indexes = await self.database.read(lambda tx: vector_indexes.of_brand(tx, brand_id))
        return next(index.collection for index in indexes if index.state is IndexState.LIVE)

    async def in_step(self, brand_id: BrandId = BRAND) -> bool:
        """Whether the live collection holds exactly the brand's rows, each with its present text's vector."""
        collection = await self.live(brand_id)
        products, _ = await self.products.page(brand_id, category=None, limit=100, offset=0)
        ids = await self.vectors.ids(collection)
        if len(ids) != len(products):
            return False
        for product in products:
            nearest = await self.vectors.nearest(collection, await self.embedder.embed_query(product.name), 1)
            if not nearest or nearest[0][1] < 0.999:
                return False
        return True

    async def complete(self) -> None:
        """Return when nothing is to follow, and new indexes have taken over."""

        async def holds() -> bool:
            unfinished = await self.database.read(vector_indexes.not_live)
            return await self.indexing.check() == "ok" and not [one for one in unfinished if one.state == "filling"]

        await eventually(holds)

    async def lacks(self, collection: str) -> bool:
        return collection not in await self.vectors.collections()

    async def aclose(self) -> None:
        await self.indexing.aclose()
        await self.vectors.aclose()
        await self.database.aclose()


Scenario = Callable[[Shop], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., None]:
    """Run a scenario in a process that has just started on this folder; a later one finds what it left."""

    def start(scenario: Scenario, name: str = "letters") -> None:
        async def opened() -> None:
            shop = Shop(tmp_path, LetterEmbedder(name))
            await shop.indexing.start()
            try:
                await scenario(shop)
            finally:
                await shop.aclose()

        asyncio.run(opened())

    return start


def test_what_was_saved_changed_or_deleted_is_in_step_when_it_settles(run: Callable[..., None]) -> None:
    async def scenario(shop: Shop) -> None:
        assert await shop.save("alpha", "beta", "gamma") == 0
        assert await shop.in_step()
        await shop.products.update(BRAND, "beta", {"name": "zzz"})
        await shop.products.delete(BRAND, "gamma")
        assert await shop.indexing.settle(BRAND, 2) == 0
        assert await shop.in_step()

    run(scenario)


def test_a_price_list_embeds_nothing_again(run: Callable[..., None]) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.save("alpha", "beta")
        before = len(shop.embedder.texts)
        assert await shop.save("alpha", "beta", price=2.0) == 0
        assert len(shop.embedder.texts) == before

    run(scenario)


def test_what_a_process_left_undone_the_next_one_does(run: Callable[..., None]) -> None:
    async def killed(shop: Shop) -> None:
        await shop.save("alpha", "beta")
        shop.embedder.may_go_on.clear()
        await shop.products.save_many(BRAND, [{"id": "gamma", "name": "gamma", "price": 1}])
        await shop.products.delete(BRAND, "alpha")

    async def next_one(shop: Shop) -> None:
        assert await shop.indexing.settle(BRAND, 2) == 0
        assert await shop.in_step()

    run(killed)
    run(next_one)


def test_a_single_product_waits_for_a_few_batches_of_a_long_backlog_alone(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing_service, "BATCH", 2)

    async def scenario(shop: Shop) -> None:
        await shop.save("first")
        await shop.save("other", brand_id=OTHER)
        shop.embedder.may_go_on.clear()
        many = [{"id": f"p{number}", "name": f"many {number}", "price": 1} for number in range(60)]
        await shop.products.save_many(BRAND, many)
        await shop.products.save_many(OTHER, [{"id": "single", "name": "single", "price": 1}])
        shop.embedder.may_go_on.set()
        assert await shop.indexing.settle(OTHER, 1) == 0
        assert await shop.indexing.pending(BRAND, IndexKind.PRODUCTS) > len(many) / 2
        assert await shop.indexing.settle(BRAND, len(many)) == 0

    run(scenario)


def test_a_fault_is_told_at_once_and_made_good_later(run: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexing_service.FIRST_PAUSE_S", 0.05)

    async def scenario(shop: Shop) -> None:
        shop.embedder.failing = True
        assert await shop.save("alpha", "beta") == 2
        assert (await shop.indexing.check()).startswith("paused, 2 to follow")
        shop.embedder.failing = False
        await shop.complete()
        assert await shop.in_step()
        assert await shop.save("gamma") == 0

    run(scenario)


def test_a_new_index_takes_over_only_when_it_is_full(run: Callable[..., None]) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.save("alpha", "beta")
        before = await shop.live()
        shop.embedder.may_go_on.clear()
        assert await shop.indexing.reindex(BRAND) == 2
        assert await shop.indexing.reindex(BRAND) == 2  # it is under way already
        await asyncio.sleep(0.1)
        assert await shop.live() == before
        assert (await shop.indexing.state()).filling == {BRAND: 0.0}
        # What is saved meanwhile goes into both.
        shop.embedder.may_go_on.set()
        assert await shop.save("gamma") == 0
        await shop.complete()
        assert await shop.live() != before
        assert await shop.in_step()
        await eventually(lambda: shop.lacks(before))

    run(scenario)


def test_another_embedder_fills_its_own_index_and_the_first_can_come_back(run: Callable[..., None]) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.save("alpha", "beta")

    async def other(shop: Shop) -> None:
        await shop.complete()
        assert ".numerals" in await shop.live()
        assert await shop.save("gamma") == 0
        assert await shop.in_step()

    async def back(shop: Shop) -> None:
        await shop.complete()
        assert ".letters" in await shop.live()
        assert await shop.in_step()

    run(scenario)
    run(other, "numerals")
    run(back)


def test_collections_of_no_index_go_and_those_of_others_stay(run: Callable[..., None]) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.save("alpha")
        for name in ("brand.ghost.products.letters", "products_techpro"):
            await shop.vectors.put(name, [1], np.ones((1, 26), dtype=np.float32))

    async def next_one(shop: Shop) -> None:
        assert set(await shop.vectors.collections()) == {await shop.live(), "products_techpro"}

    run(scenario)
    run(next_one)


def test_a_lost_collection_is_made_again(run: Callable[..., None]) -> None:
    async def scenario(shop: Shop) -> None:
        await shop.save("alpha", "beta")
        await shop.vectors.drop(await shop.live())

    async def next_one(shop: Shop) -> None:
        await shop.complete()
        assert await shop.in_step()

    run(scenario)
    run(next_one)


def test_purging_a_brand_waits_for_nothing_and_leaves_the_others(
    run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexing_service.PURGE_GRACE_S", 0.1)

    async def scenario(shop: Shop) -> None:
        await shop.save("alpha")
        await shop.save("beta", brand_id=OTHER)
        collection = await shop.live()
        shop.embedder.may_go_on.clear()
        await shop.products.save_many(BRAND, [{"id": "gamma", "name": "gamma", "price": 1}])
        await asyncio.sleep(0.05)  # the worker is at it
        await shop.database.write(lambda tx: tombstones.add(tx, BRAND))
        await shop.indexing.purge(BRAND)
        await shop.products.purge(BRAND)
        await shop.database.write(lambda tx: tombstones.remove(tx, BRAND))
        shop.embedder.may_go_on.set()
        assert await shop.save("delta", brand_id=OTHER) == 0
        assert collection not in await shop.vectors.collections()
        assert await shop.in_step(OTHER)
        assert await shop.database.read(lambda tx: vector_indexes.of_brand(tx, BRAND)) == []
        # The id is free again, and begins empty.
        assert await shop.save("epsilon") == 0
        assert await shop.in_step()

    run(scenario)


def test_without_an_embedder_nothing_is_queued(tmp_path: Path) -> None:
    async def scenario() -> Any:
        database = Database(tmp_path / "test.db")
        upgrade(database.engine)
        notices = MemoryNotices()
        audit = AuditService(database)
        products = ProductService(database, notices, audit)
        indexing = IndexingService(database, notices, None, None, audit)
        await indexing.start()
        await products.save_many(BRAND, [{"name": "alpha", "price": 1}])
        told = await indexing.settle(BRAND, 1), await indexing.check()
        backlogs = await database.read(vector_indexes.backlogs)
        await indexing.aclose()
        await database.aclose()
        return *told, backlogs

    assert asyncio.run(scenario()) == (0, "none: search goes by words", [])
