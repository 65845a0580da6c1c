"""Documents as rows: passages go with them, and rows that say the same stay."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from models import BrandId, Document, DocumentKind, Passage, utc_now
from storage import knowledge, passage_text, vector_indexes
from storage.engine import Database
from storage.migrations import HERE, upgrade
from storage.vector_indexes import IndexKind, IndexState

BRAND, OTHER = BrandId("techpro"), BrandId("stylehub")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "test.db")
    upgrade(database.engine)
    yield database
    database.close()


def run(database: Database, change: Callable[[Connection], Any]) -> Any:
    return asyncio.run(database.write(change))


def tell(connection: Connection, *texts: str, brand_id: BrandId = BRAND) -> None:
    document = Document(id="d", kind=DocumentKind.DOCUMENT, title="D", content=" ".join(texts), brand_id=brand_id)
    passages = [Passage(f"d#{number}", "D", text) for number, text in enumerate(texts, start=1)]
    knowledge.save(connection, brand_id, document, passages, "digest", utc_now())


def found(connection: Connection, word: str) -> dict[int, str]:
    rows = knowledge.by_row(connection, BRAND, passage_text.search(connection, BRAND, [word], 9))
    return {row_id: row.passage.id for row_id, row in rows.items()}


def test_a_passage_that_moves_keeps_its_row_and_so_its_vector(database: Database) -> None:
    def scenario(connection: Connection) -> None:
        tell(connection, "lamp one", "lamp two")
        before = found(connection, "lamp")
        live = IndexState.LIVE
        vector_indexes.begin(
            connection,
            BRAND,
            1,
            collection="c",
            embedder="e",
            state=live,
            now=utc_now(),
            kind=IndexKind.PASSAGES,
        )
        vector_indexes.done(connection, BRAND, 1, up_to=99)
        tell(connection, "chair", "lamp two", "lamp one")
        after = found(connection, "lamp")
        assert {before[row_id]: after[row_id] for row_id in before} == {"d#1": "d#3", "d#2": "d#2"}
        (new,) = found(connection, "chair")
        batch = vector_indexes.next_batch(connection, BRAND, 1, after=0, limit=9)
        assert batch is not None
        assert batch.row_ids == (new,)

    run(database, scenario)


def test_the_same_text_twice_is_two_passages(database: Database) -> None:
    def scenario(connection: Connection) -> list[str]:
        tell(connection, "lamp", "lamp")
        tell(connection, "lamp", "lamp", "lamp")
        return sorted(found(connection, "lamp").values())

    assert run(database, scenario) == ["d#1", "d#2", "d#3"]


def test_the_kinds_of_a_brand_have_queues_of_their_own(database: Database) -> None:
    def scenario(connection: Connection) -> list[int]:
        for generation, kind in enumerate(IndexKind, start=1):
            vector_indexes.begin(
                connection,
                BRAND,
                generation,
                collection=kind,
                embedder="e",
                state=IndexState.LIVE,
                now=utc_now(),
                kind=kind,
            )
        tell(connection, "lamp", "chair")
        vector_indexes.enqueue(connection, BRAND, [1, 2, 3])
        return [vector_indexes.pending(connection, BRAND, generation) for generation in (1, 2)]

    assert run(database, scenario) == [3, 2]


def test_a_full_index_replaces_only_that_of_its_kind(database: Database) -> None:
    def scenario(connection: Connection) -> list[tuple[str, str]]:
        for generation, (kind, state) in enumerate(
            [
                (IndexKind.PRODUCTS, IndexState.LIVE),
                (IndexKind.PASSAGES, IndexState.LIVE),
                (IndexKind.PASSAGES, IndexState.FILLING),
            ],
            start=1,
        ):
            vector_indexes.begin(
                connection, BRAND, generation, collection="c", embedder="e", state=state, now=utc_now(), kind=kind
            )
        assert vector_indexes.make_live_if_full(connection, BRAND, 3)
        return [(one.kind, one.state) for one in vector_indexes.of_brand(connection, BRAND)]

    assert run(database, scenario) == [("products", "live"), ("passages", "retired"), ("passages", "live")]


def test_an_index_of_products_is_missing_where_there_are_products_and_likewise_of_passages(database: Database) -> None:
    def scenario(connection: Connection) -> list[list[BrandId]]:
        tell(connection, "lamp")
        tell(connection, "lamp", brand_id=OTHER)
        vector_indexes.begin(
            connection,
            OTHER,
            1,
            collection="c",
            embedder="e",
            state=IndexState.LIVE,
            now=utc_now(),
            kind=IndexKind.PASSAGES,
        )
        return [vector_indexes.brands_without(connection, kind) for kind in IndexKind]

    assert run(database, scenario) == [[], [BRAND]]


def test_words_are_never_operators(database: Database) -> None:
    def scenario(connection: Connection) -> None:
        tell(connection, "lamp")
        for words in (['"'], ["lamp OR"], ["NEAR("], ["title:"], ["*"], ["\0"], ["-"], [], ["^lamp", "{", "+"]):
            passage_text.search(connection, BRAND, words, 9)

    run(database, scenario)


def test_what_waited_in_a_database_of_the_second_revision_keeps_its_place(tmp_path: Path) -> None:
    database = Database(tmp_path / "old.db")

    def upgrade_to(revision: str) -> None:
        with database.engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(HERE))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql(
            "INSERT INTO vector_indexes VALUES ('techpro', 1, 'c', 'e', 'live', 2, '2026-01-01 00:00:00.000000')"
        )
        connection.exec_driver_sql(
            "INSERT INTO vector_queue (place, brand_id, generation, product) "
            "VALUES (5, 'techpro', 1, 70), (9, 'techpro', 1, 30)"
        )

    upgrade_to("0002")
    run(database, fill)
    upgrade_to("0003")

    def scenario(connection: Connection) -> None:
        (index,) = vector_indexes.of_brand(connection, BRAND)
        assert index.kind is IndexKind.PRODUCTS
        assert vector_indexes.live(connection, BRAND) == ("c", "e")
        batch = vector_indexes.next_batch(connection, BRAND, 1, after=0, limit=9)
        assert batch == vector_indexes.Batch(9, (70, 30))
        vector_indexes.enqueue(connection, BRAND, [70])
        assert vector_indexes.last_place(connection, BRAND, 1) == 10
        tell(connection, "lamp")

    run(database, scenario)
    database.close()
