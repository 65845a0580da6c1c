"""Vectors: each brand its own, found again after every way of closing, in bounded memory."""

import asyncio
import hashlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vector_cache
import vector_store
from errors import VectorIndexBroken
from models import BrandId
from providers.base import Vectors
from vector_store import VectorStore, collection_name

SHOES = collection_name(BrandId("shoes"), "products", "tiny")
HATS = collection_name(BrandId("hats"), "products", "tiny")
ROOT = Path(__file__).parents[1]
DIMENSION = 16


def unit_vectors(count: int, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def with_store(folder: Path, use: Callable[[VectorStore], Awaitable[Any]], *, hot: int = 8) -> Any:
    """What `use` returns for a store that is opened on the folder and closed afterwards."""

    async def scenario() -> Any:
        store = VectorStore(folder, hot=hot)
        try:
            return await use(store)
        finally:
            await store.aclose()

    return asyncio.run(scenario())


def test_the_nearest_rows_come_best_first_with_their_cosines(tmp_path: Path) -> None:
    vectors = unit_vectors(200)

    async def use(store: VectorStore) -> list[tuple[int, float]]:
        await store.put(SHOES, range(1000, 1200), vectors)
        return await store.nearest(SHOES, vectors[7], 10)

    found = with_store(tmp_path, use)
    exact = vectors @ vectors[7]
    best = np.argsort(-exact)[:10]
    assert [row_id for row_id, _ in found] == [1000 + int(row) for row in best]
    assert [cosine for _, cosine in found] == pytest.approx([float(exact[row]) for row in best], abs=1e-5)


def test_a_brands_rows_are_never_found_in_anothers_collection(tmp_path: Path) -> None:
    vectors = unit_vectors(20)

    async def use(store: VectorStore) -> list[tuple[int, float]]:
        await store.put(SHOES, range(10), vectors[:10])
        await store.put(HATS, range(100, 110), vectors[10:])
        return await store.nearest(SHOES, vectors[10], 50)

    assert {row_id for row_id, _ in with_store(tmp_path, use)} == set(range(10))


def test_a_vector_that_is_put_again_replaces_the_first(tmp_path: Path) -> None:
    vectors = unit_vectors(2)

    async def use(store: VectorStore) -> tuple[int, dict[int, float]]:
        await store.put(SHOES, [1], vectors[:1])
        await store.put(SHOES, [1], vectors[1:])
        return await store.count(SHOES), await store.similarities(SHOES, vectors[1], [1])

    count, similarities = with_store(tmp_path, use)
    assert count == 1
    assert similarities == {1: pytest.approx(1.0)}


def test_similarities_are_exact_and_leave_out_what_is_not_there(tmp_path: Path) -> None:
    vectors = unit_vectors(500)

    async def use(store: VectorStore) -> dict[int, float]:
        await store.put(SHOES, range(500), vectors)
        return await store.similarities(SHOES, vectors[3] * 5, [*range(450), 450, 450, 9999])

    exact = vectors @ vectors[3]
    assert with_store(tmp_path, use) == {row: pytest.approx(float(exact[row]), abs=1e-6) for row in range(451)}


def test_removed_rows_are_gone_and_removing_them_again_is_no_error(tmp_path: Path) -> None:
    async def use(store: VectorStore) -> set[int]:
        await store.put(SHOES, range(5), unit_vectors(5))
        await store.remove(SHOES, [1, 3, 3, 77])
        await store.remove(SHOES, [1])
        return await store.ids(SHOES)

    assert with_store(tmp_path, use) == {0, 2, 4}


def test_a_collection_that_is_missing_is_empty(tmp_path: Path) -> None:
    async def use(store: VectorStore) -> list[Any]:
        query = unit_vectors(1)[0]
        await store.remove(SHOES, [1])
        await store.drop(SHOES)
        return [
            await store.nearest(SHOES, query, 5),
            await store.similarities(SHOES, query, [1]),
            await store.ids(SHOES),
            await store.count(SHOES),
            await store.collections(),
        ]

    assert with_store(tmp_path, use) == [[], {}, set(), 0, []]


def test_a_dropped_collection_can_be_made_again_with_another_dimension(tmp_path: Path) -> None:
    async def use(store: VectorStore) -> list[tuple[int, float]]:
        await store.put(SHOES, range(5), unit_vectors(5))
        await store.drop(SHOES)
        await store.put(SHOES, [9], np.ones((1, 3), dtype=np.float32))
        return await store.nearest(SHOES, np.ones(3, dtype=np.float32), 5)

    assert [row_id for row_id, _ in with_store(tmp_path, use)] == [9]


def test_vectors_of_another_dimension_mean_that_the_index_must_be_made_again(tmp_path: Path) -> None:
    async def use(store: VectorStore) -> None:
        await store.put(SHOES, range(5), unit_vectors(5))
        await store.nearest(SHOES, np.ones(3, dtype=np.float32), 5)

    with pytest.raises(VectorIndexBroken):
        with_store(tmp_path, use)


def test_a_store_that_is_opened_again_finds_everything(tmp_path: Path) -> None:
    vectors = unit_vectors(700)  # more than the files' threshold: some in the files, some in the log

    async def fill(store: VectorStore) -> None:
        assert not store.exists()
        await store.put(SHOES, range(700), vectors)
        assert store.exists()

    async def look(store: VectorStore) -> tuple[set[int], list[int]]:
        first = [(await store.nearest(SHOES, vectors[row], 1))[0][0] for row in (0, 499, 500, 699)]
        return await store.ids(SHOES), first

    with_store(tmp_path, fill)
    assert with_store(tmp_path, look) == (set(range(700)), [0, 499, 500, 699])


def test_files_of_a_dropped_collection_are_swept_away_at_the_next_start(tmp_path: Path) -> None:
    async def fill_and_drop(store: VectorStore) -> None:
        await store.put(SHOES, range(5), unit_vectors(5))
        await store.put(HATS, range(5), unit_vectors(5))
        await store.drop(SHOES)

    with_store(tmp_path, fill_and_drop)
    with_store(tmp_path, lambda store: store.collections())
    assert len([entry for entry in tmp_path.iterdir() if entry.is_dir()]) == 1


def test_more_collections_than_may_be_loaded_serve_concurrent_queries_and_writes(tmp_path: Path) -> None:
    vectors = unit_vectors(20)
    names = [collection_name(BrandId(f"brand-{number}"), "products", "tiny") for number in range(7)]

    async def use(store: VectorStore) -> int:
        for number, name in enumerate(names):
            await store.put(name, [number, 100 + number], vectors[number : number + 2])

        async def ask(turn: int) -> None:
            number = turn * 5 % len(names)
            found = await store.nearest(names[number], vectors[number], 5)
            assert found[0][0] == number
            await store.put(names[number], [1000 + turn], vectors[-1:])

        await asyncio.gather(*(ask(turn) for turn in range(40)))
        return sum([await store.count(name) for name in names])

    assert with_store(tmp_path, use, hot=2) == 2 * 7 + 40


def test_at_most_as_many_collections_are_loaded_as_may_be(tmp_path: Path) -> None:
    names = [collection_name(BrandId(f"brand-{number}"), "products", "tiny") for number in range(12)]

    async def use(store: VectorStore) -> list[int]:
        loaded = []
        for name in names:
            await store.put(name, [1], unit_vectors(1))
            await store.drop(name)  # a dropped collection stays loaded too
            loaded.append(len(store._chroma._loaded))
        return loaded

    assert max(with_store(tmp_path, use, hot=3)) == 3


WRITER = """
import asyncio, sys
from pathlib import Path
from tests.test_vector_store import SHOES, unit_vectors
from vector_store import VectorStore

async def write() -> None:
    store, row_id = VectorStore(Path(sys.argv[1])), 0
    while True:
        await store.put(SHOES, [row_id], unit_vectors(1, row_id))
        row_id += 1
        print(row_id, flush=True)

asyncio.run(write())
"""


def test_what_put_returned_for_survives_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as writer:
        assert writer.stdout is not None
        for _ in range(30):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        saved = 30 + len(writer.stdout.read().splitlines())

    async def look(store: VectorStore) -> set[int]:
        await store.put(SHOES, [saved], unit_vectors(1, saved))  # the one that was cut off is repeated
        return await store.ids(SHOES)

    assert with_store(tmp_path, look) == set(range(saved + 1))


def test_a_collection_whose_files_were_being_written_at_a_kill_is_broken_until_dropped(tmp_path: Path) -> None:
    async def fill(store: VectorStore) -> None:
        await store.put(SHOES, range(5), unit_vectors(5))
        await store.put(HATS, range(5), unit_vectors(5))

    async def look(store: VectorStore) -> set[int]:
        assert await store.count(HATS) == 5
        for _ in range(2):
            with pytest.raises(VectorIndexBroken):
                await store.nearest(SHOES, unit_vectors(1)[0], 5)
        return set()

    async def mend(store: VectorStore) -> set[int]:
        await look(store)
        await store.drop(SHOES)
        await store.put(SHOES, [7], unit_vectors(1))
        return await store.ids(SHOES)

    with_store(tmp_path, fill)
    (tmp_path / "unfinished.json").write_bytes(orjson.dumps({"torn": [], "writing": SHOES}))
    time.sleep(0.02)
    for header in tmp_path.glob("*/header.bin"):
        header.touch()
    with_store(tmp_path, look)
    assert with_store(tmp_path, mend) == {7}
    assert with_store(tmp_path, lambda store: store.ids(SHOES)) == {7}


def test_files_that_cannot_be_read_are_a_broken_index_which_can_be_made_again(tmp_path: Path) -> None:
    async def fill(store: VectorStore) -> None:
        await store.put(SHOES, range(600), unit_vectors(600))

    async def mend(store: VectorStore) -> set[int]:
        with pytest.raises(VectorIndexBroken, match="has to be built again"):
            await store.nearest(SHOES, unit_vectors(1)[0], 5)
        await store.drop(SHOES)
        await store.put(SHOES, [1], unit_vectors(1))
        return await store.ids(SHOES)

    with_store(tmp_path, fill)
    for pickled in tmp_path.glob("*/index_metadata.pickle"):
        pickled.write_bytes(pickled.read_bytes()[:100])
    assert with_store(tmp_path, mend) == {1}


def test_a_folder_that_cannot_be_opened_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database" * 1000)

    async def mend(store: VectorStore) -> list[str]:
        with pytest.raises(VectorIndexBroken):
            await store.collections()
        await store.set_aside()
        await store.put(SHOES, [1], unit_vectors(1))
        return await store.collections()

    assert with_store(tmp_path, mend) == [SHOES]
    assert (tmp_path / "broken" / "chroma.sqlite3").read_bytes().startswith(b"no database")


def test_vectors_that_are_no_numbers_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="finite"):
        with_store(tmp_path, lambda store: store.put(SHOES, [1], np.full((1, 3), np.nan, dtype=np.float32)))


def test_a_collection_is_named_after_brand_kind_embedder_and_generation() -> None:
    assert collection_name(BrandId("techpro"), "products", "minilm-l6") == "brand.techpro.products.minilm-l6"
    assert collection_name(BrandId("techpro"), "products", "minilm-l6", 3) == "brand.techpro.products.minilm-l6.g3"


def test_no_brand_can_choose_an_id_whose_collection_is_anothers() -> None:
    odd = "Café; DROP TABLE"
    chosen = "x" + hashlib.sha256(odd.encode()).hexdigest()[:16]
    names = {collection_name(BrandId(brand), "products", "tiny") for brand in (odd, chosen, "a.products", "a", "a_")}
    assert len(names) == 5
    assert all(name.count(".") == 3 for name in names)


def test_a_name_of_any_ids_is_one_that_chroma_takes(tmp_path: Path) -> None:
    names = [collection_name(BrandId("ü" * 900), "products", "text:large_"), collection_name(BrandId("-"), "p", "_")]

    async def use(store: VectorStore) -> list[str]:
        for name in names:
            await store.put(name, [1], unit_vectors(1))
        return await store.collections()

    assert sorted(with_store(tmp_path, use)) == sorted(names)


@settings(max_examples=25)
@given(st.data())
def test_what_is_kept_in_memory_is_what_the_store_holds(data: st.DataObject) -> None:
    """Any changes and questions in any order, with room for few: the answers are those of a plain dictionary."""
    vectors = unit_vectors(60)
    some_ids = st.lists(st.integers(0, 19), min_size=1, max_size=8, unique=True)

    async def use(store: VectorStore) -> None:
        held: dict[str, dict[int, Vectors]] = {SHOES: {}, HATS: {}}
        for step in range(data.draw(st.integers(1, 15))):
            name = data.draw(st.sampled_from([SHOES, HATS]))
            ids, exact = data.draw(some_ids), held[name]
            match data.draw(st.sampled_from(["put", "remove", "nearest", "similarities", "drop"])):
                case "put":
                    rows = vectors[step : step + len(ids)] * 3
                    await store.put(name, ids, rows)
                    exact.update(zip(ids, rows / 3, strict=True))
                case "remove":
                    await store.remove(name, ids)
                    held[name] = {row_id: row for row_id, row in exact.items() if row_id not in ids}
                case "nearest":
                    # More than there are: which come first among equally near ones is left to Chroma.
                    found = await store.nearest(name, vectors[-1], 50)
                    assert dict(found) == {
                        row_id: pytest.approx(float(row @ vectors[-1]), abs=1e-5) for row_id, row in exact.items()
                    }
                    assert [cosine for _, cosine in found] == sorted(dict(found).values(), reverse=True)
                case "similarities":
                    assert await store.similarities(name, vectors[-1], ids) == {
                        row_id: pytest.approx(float(exact[row_id] @ vectors[-1]), abs=1e-5)
                        for row_id in ids
                        if row_id in exact
                    }
                case _:
                    await store.drop(name)
                    held[name] = {}

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(vector_store, "LARGEST_SMALL", 4),
        mock.patch.object(vector_cache, "LARGEST_SMALL", 4),
        mock.patch.object(vector_cache, "MAX_KEPT", 24),
        mock.patch.object(vector_store, "MAX_KEPT", 24),
        mock.patch.object(vector_store, "ID_SLICE", 3),
    ):
        with_store(Path(folder), use)
