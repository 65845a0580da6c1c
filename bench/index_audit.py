"""Compares the rows that bench/index_kills.py left with their vectors, while no server runs."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from bench.processes import ChatbotServer
from models import BrandId
from providers.local_embedder import LocalEmbedder
from storage import knowledge
from storage import products as rows
from storage.engine import Database, Transaction
from storage.product_text import embedded_text
from storage.tables import own_table
from storage.vector_indexes import IndexKind
from vector_store import VectorStore

SAMPLE = 40  # vectors of each brand that are compared with what the embedder says now
SAME = 0.999  # the cosine of vectors of the same text

# For each product the names that it may have, None when it may be missing.
Expected = Mapping[str, set[str | None]]


class IndexAudit:
    """Looks at what a stopped server has left.

    Args:
        server: whose folder.
        violations: where to tell what must not be.

    Attributes:
        checks: comparisons made.
    """

    def __init__(self, server: ChatbotServer, violations: list[str]) -> None:
        self.checks = 0
        self._server = server
        self._violations = violations
        self._folder = server.folder / "chroma_db"

    async def check(self, expected: Mapping[str, Expected]) -> None:
        """Compare everything; `expected` becomes what was found where it left a choice."""
        present: dict[tuple[str, str], set[int]] = {}
        for brand, names in expected.items():
            present[brand, IndexKind.PRODUCTS] = self._check_rows(brand, names)
            present[brand, IndexKind.PASSAGES] = self._check_passages(brand)
        live = self._check_queue()
        store = VectorStore(self._folder)
        try:
            collections = await store.collections()
            self._expect(
                Counter(collections) == Counter(live.values()),
                f"collections {collections}, wanted {sorted(live.values())}",
            )
            for (brand, kind), row_ids in present.items():
                if row_ids or (brand, kind) in live:
                    await self._check_vectors(store, brand, kind, live.get((brand, kind), ""), row_ids)
        finally:
            await store.aclose()

    def _expect(self, holds: bool, told: str) -> None:  # noqa: FBT001 -- as assert takes it
        self.checks += 1
        if not holds:
            self._violations.append(told)

    def _check_rows(self, brand: str, expected: Expected) -> set[int]:
        """Each product is a row as it was acknowledged, once, and searched by words; the row ids."""
        with closing(_opened(self._server.database)) as database:
            found = database.execute("SELECT id, row_id, name FROM products WHERE brand_id = ?", (brand,)).fetchall()
            row_ids = {row[1] for row in found}
            names = {row[0]: row[2] for row in found}
            self._expect(len(names) == len(found), f"{brand}: a product is there twice")
            self._expect(names.keys() <= expected.keys(), f"{brand}: products that nobody sent")
            for product_id, allowed in expected.items():
                name = names.get(product_id)
                self._expect(name in allowed, f"{brand}: product {product_id} is {name!r}, not one of {allowed}")
                allowed.clear()
                allowed.add(name)
            for table in ("product_text", "product_details", "product_facts") if found else ():
                indexed = database.execute(f'SELECT rowid FROM "{own_table(table, BrandId(brand))}"').fetchall()  # noqa: S608, ours
                self._expect({row[0] for row in indexed} == row_ids, f"{brand}: {table} is not in step")
        return row_ids

    def _check_passages(self, brand: str) -> set[int]:
        """Each passage is searched by words; the row ids."""
        with closing(_opened(self._server.database)) as database:
            found = database.execute("SELECT row_id FROM passages WHERE brand_id = ?", (brand,)).fetchall()
            row_ids = {row[0] for row in found}
            if row_ids:
                table = own_table("passage_text", BrandId(brand))
                indexed = database.execute(f'SELECT rowid FROM "{table}"').fetchall()  # noqa: S608, ours
                self._expect({row[0] for row in indexed} == row_ids, f"{brand}: {table} is not in step")
        return row_ids

    def _check_queue(self) -> dict[tuple[str, str], str]:
        """Nothing waits, and each brand has its one index of each kind; the collections by brand and kind."""
        with closing(_opened(self._server.database)) as database:
            (waiting,) = database.execute("SELECT count(*) FROM vector_queue").fetchone()
            self._expect(waiting == 0, f"{waiting} entries wait")
            indexes = database.execute("SELECT brand_id, kind, collection, state FROM vector_indexes").fetchall()
        counts = Counter(index[:2] for index in indexes)
        self._expect(all(count == 1 for count in counts.values()), f"more than one index of a brand: {indexes}")
        self._expect(all(index[3] == "live" for index in indexes), f"an index that is not live: {indexes}")
        return {(brand, kind): collection for brand, kind, collection, _ in indexes}

    async def _check_vectors(
        self, store: VectorStore, brand: str, kind: str, collection: str, row_ids: set[int]
    ) -> None:
        """A vector for each row, no other, and a sample of them are those of the rows' texts."""
        held, count = await store.ids(collection), await store.count(collection)
        self._expect(
            held == row_ids, f"{brand} {kind}: {len(row_ids - held)} vectors missing, {len(held - row_ids)} too many"
        )
        self._expect(count == len(held), f"{brand} {kind}: {count} vectors for {len(held)} rows")
        step = max(1, len(row_ids) // SAMPLE)
        sample = sorted(row_ids)[::step]
        database = Database(self._server.database)
        try:
            texts = await database.read(lambda tx: _texts(tx, BrandId(brand), kind, sample))
        finally:
            await database.aclose()
        embedder = await LocalEmbedder.open(folder=None, cache=self._server.folder / "data" / "models")
        try:
            vectors = await embedder.embed(list(texts.values()))
        finally:
            await embedder.aclose()
        for row_id, vector in zip(texts, vectors, strict=True):
            cosine = (await store.similarities(collection, vector, [row_id])).get(row_id, 0.0)
            self._expect(cosine > SAME, f"{brand} {kind}: row {row_id} has another text's vector, cosine {cosine:.3f}")


def _texts(tx: Transaction, brand_id: BrandId, kind: str, row_ids: list[int]) -> dict[int, str]:
    """What the embedder was given of these rows."""
    if kind == IndexKind.PASSAGES:
        return knowledge.embedded_texts(tx, brand_id, row_ids)
    return {row_id: embedded_text(product) for row_id, product in rows.by_row(tx, brand_id, row_ids).items()}


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)
