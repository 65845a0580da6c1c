"""Which vector indexes each brand has: begun, filled, taking each other's places, dropped."""

from contextlib import suppress
from functools import partial

import structlog

from errors import BrandNotFound, VectorIndexBroken
from live.base import IndexChanged, Notices
from models import BrandId, utc_now
from storage import vector_indexes as rows
from storage.engine import Database, Transaction
from storage.vector_indexes import IndexKind, IndexState, VectorIndex
from vector_store import COLLECTION_PREFIX, VectorStore, collection_name
from vector_takeover import OLD_PREFIX

logger = structlog.get_logger(__name__)


class BrandIndexes:
    """The vector indexes of all brands, as one embedder needs them.

    Args:
        database: where it is written down which there are.
        notices: told of indexes that change.
        embedder: the name of the embedder's space.
        vectors: where collections are; None for a tool beside a running server.
    """

    def __init__(self, database: Database, notices: Notices, embedder: str, vectors: VectorStore | None) -> None:
        self._database = database
        self._notices = notices
        self._embedder = embedder
        self._vectors = vectors

    async def recover(self, vectors: VectorStore) -> None:
        """Find out what has changed since the last process.

        What another embedder made is replaced by an index that is filled beside it; vectors that are gone are made
        again; collections that belong to no index are dropped.
        """
        present = await self._present(vectors)
        for index in await self._database.read(rows.every):
            if index.collection not in present and await self._had_vectors(index):
                await self.replace(index)
        await self._follow_embedder()
        known = {index.collection for index in await self._database.read(rows.every)}
        for name in present - known:
            if name.startswith(COLLECTION_PREFIX):
                await vectors.drop(name)

    async def kept(self, brand_id: BrandId, kind: IndexKind) -> VectorIndex:
        """The index of a kind that the embedder keeps for a brand; for a brand's first row it is begun here.

        Raises:
            BrandNotFound: the brand is being deleted.
        """
        every = await self._database.read(lambda tx: rows.of_brand(tx, brand_id))
        indexes = [one for one in every if one.kind is kind]
        ours = [one for one in indexes if one.embedder == self._embedder and one.state is not IndexState.RETIRED]
        if ours:
            return ours[0]
        return await self.begin(brand_id, kind, IndexState.FILLING if indexes else IndexState.LIVE)

    async def begin(self, brand_id: BrandId, kind: IndexKind, state: IndexState) -> VectorIndex:
        """Start an index with every row of its kind queued that the brand has, unless one like it is there.

        Raises:
            BrandNotFound: the brand is being deleted.
        """

        def change(tx: Transaction) -> VectorIndex:
            others = [one for one in rows.of_brand(tx, brand_id) if one.kind is kind and one.state is state]
            if same := [one for one in others if one.embedder == self._embedder]:
                return same[0]
            for other in others:
                rows.retire(tx, brand_id, other.generation)
            generation = rows.next_generation(tx, brand_id)
            return rows.begin(
                tx,
                brand_id,
                generation,
                collection=collection_name(brand_id, kind, self._embedder, generation),
                embedder=self._embedder,
                state=state,
                now=utc_now(),
                kind=kind,
            )

        index = await self._database.write_brand(brand_id, change)
        await self._notices.publish(IndexChanged(brand_id))
        return index

    async def begin_missing(self) -> None:
        """Every brand with products, or with documents, has an index of them."""
        for kind in IndexKind:
            for brand_id in await self._database.read(partial(rows.brands_without, kind=kind)):
                with suppress(BrandNotFound):  # it is being deleted
                    await self.begin(brand_id, kind, IndexState.LIVE)

    async def replace(self, index: VectorIndex) -> None:
        """An index whose vectors are gone, or cannot be read, begins again, empty."""
        logger.warning("vectors_lost", brand=index.brand_id, collection=index.collection)
        await self._retire(index)
        if index.embedder == self._embedder:
            with suppress(BrandNotFound):
                await self.begin(index.brand_id, index.kind, index.state)

    async def replace_live(self, brand_id: BrandId) -> None:
        """The same for the indexes that are searched."""
        for index in await self._database.read(lambda tx: rows.of_brand(tx, brand_id)):
            if index.state is IndexState.LIVE:
                await self.replace(index)

    async def finish(self) -> None:
        """Full indexes take their places; what they have replaced goes."""
        for index in await self._database.read(rows.not_live):
            if index.state is IndexState.RETIRED:
                if self._vectors is not None:
                    await self._vectors.drop(index.collection)
                await self._database.write(partial(rows.forget, brand_id=index.brand_id, generation=index.generation))
            elif await self._database.write(
                partial(rows.make_live_if_full, brand_id=index.brand_id, generation=index.generation)
            ):
                logger.info("vectors_complete", brand=index.brand_id, of=index.kind.value, count=index.queued)
                await self._notices.publish(IndexChanged(index.brand_id))

    async def purge(self, brand_id: BrandId) -> None:
        """Erase everything of a brand that is being deleted, what an earlier version kept of it in the folder too."""
        if self._vectors is not None:
            for index in await self._database.read(lambda tx: rows.of_brand(tx, brand_id)):
                await self._vectors.drop(index.collection)
            await self._vectors.drop(f"{OLD_PREFIX}{brand_id}")
        await self._database.write(lambda tx: rows.purge(tx, brand_id))
        await self._notices.publish(IndexChanged(brand_id))

    async def _present(self, vectors: VectorStore) -> set[str]:
        try:
            return set(await vectors.collections())
        except VectorIndexBroken:
            logger.warning("vectors_set_aside", reason="their folder cannot be opened; they are made again")
            await vectors.set_aside()
            return set()

    async def _had_vectors(self, index: VectorIndex) -> bool:
        """Whether some of an index's rows are not queued any more: then their vectors were saved."""

        def compare(tx: Transaction) -> bool:
            return rows.pending(tx, index.brand_id, index.generation) < rows.count_rows(tx, index.brand_id, index.kind)

        return index.state is not IndexState.RETIRED and await self._database.read(compare)

    async def _follow_embedder(self) -> None:
        """Where another embedder made the index in use, one of this embedder's is filled beside it."""
        for index in await self._database.read(rows.every):
            if index.embedder == self._embedder or index.state is IndexState.RETIRED:
                continue
            if index.state is IndexState.FILLING:
                await self._retire(index)
            else:
                with suppress(BrandNotFound):
                    await self.begin(index.brand_id, index.kind, IndexState.FILLING)

    async def _retire(self, index: VectorIndex) -> None:
        await self._database.write(lambda tx: rows.retire(tx, index.brand_id, index.generation))
        await self._notices.publish(IndexChanged(index.brand_id))
