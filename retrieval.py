"""Finding candidates: by words in SQL, by meaning in the vector store, both within hard constraints.

A vector store's own filter is slow (33 to 134 ms at 40,000 products), so the dense leg is fetched wide and filtered in
SQL. When a selective filter leaves too few of them, the products that it lets through are compared one by one, or the
leg is fetched wider still.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from errors import ModelError, ServiceError, Unavailable, VectorIndexBroken
from live.base import IndexBroken, IndexChanged, Notice, Notices
from models import BrandId
from providers.base import Embedder, Vectors
from relevance import Candidate
from storage import product_search, vector_indexes
from storage import products as rows
from storage.engine import Database, Transaction
from storage.product_search import Within
from vector_store import VectorStore

logger = structlog.get_logger(__name__)

# Each leg hands over so many. On a judged shop of 19,406 products half as many cost .01 of nDCG@10, and more change
# nothing; a vector for each lexical candidate costs 18 us.
LEXICAL, DENSE = 64, 200

# When a filter leaves fewer of the dense leg's than this, it is asked again.
ENOUGH = 50

# A filter that lets no more products through than this: all of them are compared (500 take 9 ms).
ONE_BY_ONE = 500
WIDE = 2_000


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for in one brand.

    Attributes:
        within: whose products, and what every hit must fulfil.
        terms: the words to look for, at least one.
        other_words: words that the shop uses for the same, which find something too.
        limit: so many hits are wanted.
    """

    within: Within
    terms: tuple[str, ...]
    other_words: tuple[str, ...]
    limit: int

    @property
    def brand_id(self) -> BrandId:
        """Whose products."""
        return self.within.brand_id


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What the legs found.

    Attributes:
        candidates: each once, in no order; all fulfil the constraints.
        lexical_total: how many products in all hold one of the words.
        revision: the catalogue's state.
    """

    candidates: list[Candidate]
    lexical_total: int
    revision: int


@dataclass(frozen=True, slots=True)
class _Lexical:
    scores: dict[int, float]
    total: int
    revision: int


class Retriever:
    """Runs both legs.

    Args:
        database: where the rows are.
        notices: of indexes that change; it tells of those that cannot be read.
        embedder: what makes the query's vector; without one there is only the lexical leg.
        vectors: where the products' vectors are.
    """

    def __init__(
        self, database: Database, notices: Notices, embedder: Embedder | None = None, vectors: VectorStore | None = None
    ) -> None:
        self._database = database
        self._notices = notices
        self._embedder = embedder
        self._vectors = vectors
        self._collections: dict[BrandId, str] = {}
        self._lexical_alone = False
        notices.subscribe(self._on_notice)

    async def retrieve(self, query: Query) -> Retrieved:
        """Candidates for a query that has terms."""
        lexical, dense = await asyncio.gather(self._by_words(query), self._by_meaning(query))
        if dense is None:
            candidates = [Candidate(row_id, score, None) for row_id, score in lexical.scores.items()]
        else:
            vector, collection, cosines = dense
            missing = [row_id for row_id in lexical.scores if row_id not in cosines]
            cosines |= await self._compared(query.brand_id, collection, vector, missing)
            found = dict.fromkeys((*lexical.scores, *cosines))
            candidates = [Candidate(one, lexical.scores.get(one, 0.0), cosines.get(one)) for one in found]
        return Retrieved(candidates, lexical.total, lexical.revision)

    def forget(self, brand_id: BrandId) -> None:
        """The brand is being deleted."""
        self._collections.pop(brand_id, None)

    # --- By words ---

    async def _by_words(self, query: Query) -> _Lexical:
        limit = max(LEXICAL, query.limit)

        def find(tx: Transaction) -> _Lexical:
            revision = rows.revision(tx, query.brand_id)
            if not revision:  # it never had a product, nor a table to search in
                return _Lexical({}, 0, revision)
            words = tuple(dict.fromkeys((*query.terms, *query.other_words)))
            scores = product_search.lexical(tx, query.within, words, limit)
            total = len(scores) if len(scores) < limit else product_search.count_lexical(tx, query.within, words)
            return _Lexical(scores, total, revision)

        return await self._database.read(find)

    # --- By meaning ---

    async def _by_meaning(self, query: Query) -> tuple[Vectors, str, dict[int, float]] | None:
        """The query's vector, the collection, and cosines by row; None when search goes by words for now."""
        if self._embedder is None or self._vectors is None:
            return None
        try:
            collection = await self._collection(query.brand_id, self._embedder.name)
            if collection is None:
                return None
            vector = await self._embedder.embed_query(" ".join(query.terms))
            cosines = dict(await self._vectors.nearest(collection, vector, DENSE))
            if not query.within.constraints.is_empty and cosines:
                cosines = await self._filtered(query, collection, vector, cosines)
        except (ModelError, Unavailable) as fault:
            await self._on_fault(query.brand_id, fault)
            return None
        self._lexical_alone = False
        return vector, collection, cosines

    async def _filtered(
        self, query: Query, collection: str, vector: Vectors, cosines: dict[int, float]
    ) -> dict[int, float]:
        """Those that fulfil the constraints, and enough of them where there are enough."""
        kept = await self._fulfilling(query, cosines)
        if len(kept) >= ENOUGH or len(cosines) < DENSE:
            return {row_id: cosines[row_id] for row_id in kept}
        few = await self._fulfilling(query, limit=ONE_BY_ONE + 1)
        if len(few) <= ONE_BY_ONE:
            missing = [row_id for row_id in few if row_id not in cosines]
            return {one: cosines[one] for one in kept} | await self._compared(
                query.brand_id, collection, vector, missing
            )
        if self._vectors is None:
            return {}
        wide = dict(await self._vectors.nearest(collection, vector, WIDE))
        return {row_id: wide[row_id] for row_id in await self._fulfilling(query, wide)}

    async def _fulfilling(self, query: Query, among: Iterable[int] | None = None, limit: int = -1) -> list[int]:
        return await self._database.read(
            lambda tx: product_search.fulfilling(tx, query.within, among=among, limit=limit)
        )

    async def _compared(
        self, brand_id: BrandId, collection: str, vector: Vectors, row_ids: list[int]
    ) -> dict[int, float]:
        """The cosines of these rows; those without a vector, or all while there is a fault, are left out."""
        if self._vectors is None or not row_ids:
            return {}
        try:
            return await self._vectors.similarities(collection, vector, row_ids)
        except Unavailable as fault:
            await self._on_fault(brand_id, fault)
            return {}

    async def _collection(self, brand_id: BrandId, embedder: str) -> str | None:
        """The brand's collection in this embedder's space; None while there is none."""
        known = self._collections.get(brand_id)
        if known is not None:
            return known
        live = await self._database.read(lambda tx: vector_indexes.live(tx, brand_id))
        if live is None or live[1] != embedder:
            return None
        self._collections[brand_id] = live[0]
        return live[0]

    async def _on_fault(self, brand_id: BrandId, fault: ServiceError) -> None:
        """Say once that search goes by words, until it goes by meaning again."""
        if isinstance(fault, VectorIndexBroken):
            await self._notices.publish(IndexBroken(brand_id))
        if not self._lexical_alone:
            logger.warning("search_by_words_alone", reason=fault.message)
        self._lexical_alone = True

    def _on_notice(self, notice: Notice) -> None:
        if isinstance(notice, IndexChanged):
            self._collections.pop(notice.brand_id, None)
