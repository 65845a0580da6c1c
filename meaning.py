"""Questions as vectors, and what lies near to them in a brand's live collection of one kind.

It says nothing while there is no embedder, no collection in its space, or a fault: then whoever asks goes on by words.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from errors import ModelError, ServiceError, Unavailable, VectorIndexBroken
from live.base import IndexBroken, IndexChanged, Notice, Notices
from models import BrandId
from providers.base import Embedder, Vectors
from providers.cosine_scale import CosineScale, measure_scale
from storage import vector_indexes
from storage.engine import Database
from storage.vector_indexes import IndexKind
from vector_store import VectorStore

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, as it is compared with vectors.

    Attributes:
        collection: where the rows' vectors are.
        vector: the question's.
        scale: from the embedder's cosines to the reference's.
        vectors: the store of the collection.
    """

    collection: str
    vector: Vectors
    scale: CosineScale
    vectors: VectorStore


@dataclass(frozen=True, slots=True)
class Nearest:
    """What lies nearest to a question.

    Attributes:
        brand_id: whose rows they are.
        question: what was asked.
        cosines: by row id, on the reference's scale.
    """

    brand_id: BrandId
    question: Question
    cosines: dict[int, float]


class Meaning:
    """Compares questions with the vectors of one kind of rows.

    Args:
        database: where it is written down which collection is live.
        notices: of indexes that change; it tells of those that cannot be read.
        kind: what the rows are.
        embedder: what makes a question's vector; None when everything goes by words.
        vectors: where the rows' vectors are; None likewise.
    """

    def __init__(
        self,
        database: Database,
        notices: Notices,
        kind: IndexKind,
        embedder: Embedder | None = None,
        vectors: VectorStore | None = None,
    ) -> None:
        self._database = database
        self._notices = notices
        self._kind = kind
        self._embedder = embedder
        self._vectors = vectors
        self._collections: dict[BrandId, str] = {}
        self._scale: CosineScale | None = None
        self._is_silent = False
        notices.subscribe(self._on_notice)

    @property
    def is_known(self) -> bool:
        """Whether there is an embedder, and a store of vectors, at all."""
        return self._embedder is not None and self._vectors is not None

    async def ask(self, brand_id: BrandId, question: str) -> Question | None:
        """What a question is compared by; None while a brand has no collection in the embedder's space.

        Raises:
            ModelError: the embedder fails; hand it to `on_fault`.
        """
        if self._embedder is None or self._vectors is None:
            return None
        collection = await self._collection(brand_id, self._embedder.name)
        if collection is None:
            return None
        if self._scale is None:
            self._scale = await measure_scale(self._embedder)
        return Question(collection, await self._embedder.embed_query(question), self._scale, self._vectors)

    async def nearest(self, brand_id: BrandId, question: str, limit: int) -> Nearest | None:
        """The rows nearest to a question; None when there is no saying, whatever the reason."""
        try:
            asked = await self.ask(brand_id, question)
            if asked is None:
                return None
            found = await asked.vectors.nearest(asked.collection, asked.vector, limit)
        except (ModelError, Unavailable) as fault:
            await self.on_fault(brand_id, fault)
            return None
        self.is_back()
        return Nearest(brand_id, asked, {row_id: asked.scale.of(cosine) for row_id, cosine in found})

    async def compared(self, nearest: Nearest, row_ids: Iterable[int]) -> dict[int, float]:
        """The cosines of these rows, too; those that have no vector yet are left out, or all while there is a fault."""
        asked, cosines = nearest.question, nearest.cosines
        missing = [row_id for row_id in row_ids if row_id not in cosines]
        if not missing:
            return cosines
        try:
            found = await asked.vectors.similarities(asked.collection, asked.vector, missing)
        except Unavailable as fault:
            await self.on_fault(nearest.brand_id, fault)
            return cosines
        return cosines | {row_id: asked.scale.of(cosine) for row_id, cosine in found.items()}

    async def on_fault(self, brand_id: BrandId, fault: ServiceError) -> None:
        """Say once that search goes by words, until it goes by meaning again; have broken vectors made anew."""
        if isinstance(fault, VectorIndexBroken):
            await self._notices.publish(IndexBroken(brand_id))
        if not self._is_silent:
            logger.warning("search_by_words_alone", of=self._kind.value, reason=fault.message)
        self._is_silent = True

    def is_back(self) -> None:
        """It goes by meaning again."""
        self._is_silent = False

    def forget(self, brand_id: BrandId) -> None:
        """The brand is being deleted."""
        self._collections.pop(brand_id, None)

    async def _collection(self, brand_id: BrandId, embedder: str) -> str | None:
        """The brand's collection in this embedder's space; None while there is none."""
        known = self._collections.get(brand_id)
        if known is not None:
            return known
        live = await self._database.read(lambda tx: vector_indexes.live(tx, brand_id, self._kind))
        if live is None or live[1] != embedder:
            return None
        self._collections[brand_id] = live[0]
        return live[0]

    def _on_notice(self, notice: Notice) -> None:
        if isinstance(notice, IndexChanged):
            self._collections.pop(notice.brand_id, None)
