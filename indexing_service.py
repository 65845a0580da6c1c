"""Keeps vectors in step with rows: at once where possible, else in the background, and anew when asked.

Whoever changes a product or a passage queues it in the same transaction (storage/vector_indexes.py); one worker takes
what is queued, embeds it and saves the vectors. An entry leaves the queue when the vectors are saved, so that a process
may end at any moment: what was half done is done again, and ends the same.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from audit_service import AuditService
from brand_indexes import BrandIndexes
from errors import BrandNotFound, NotSupported, ServiceError, Unavailable, VectorIndexBroken
from live.base import CatalogueChanged, IndexBroken, Notice, Notices
from models import BrandId
from providers.base import Embedder, Vectors
from storage import knowledge, products
from storage import vector_indexes as rows
from storage.engine import Database, Transaction
from storage.product_text import embedded_text
from storage.vector_indexes import Backlog, Batch, IndexKind, IndexState, VectorIndex
from vector_store import VectorStore

logger = structlog.get_logger(__name__)

# Rows in one go. Large enough that embedding sorts them by length to advantage, small enough that another brand's
# single product does not wait behind more than a second of them.
BATCH = 256

# So many batches of one index are worked on before it is another one's turn. While none waits it goes on for longer:
# between two rounds the processor has nothing to do for some 0.1 s.
_ROUND, _LONGEST_ROUND = 4, 16

# A tool beside the server queues in the same database; nobody tells the worker, so it looks.
POLL_S = 1.0

# How long a change waits for its vectors before it is answered without them.
SETTLE_S = 30.0

# After a fault the worker waits, each time twice as long.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0

# How long the deletion of a brand waits for the batch under way.
PURGE_GRACE_S = 10.0

# A backlog as long as this is worth a line in the log, so often.
WORTH_TELLING = 1_000
TELL_EVERY_S = 10.0

# Brands named in /readyz.
MAX_TOLD = 10

NO_EMBEDDER = "There is no embedder, so there are no vectors to make: search goes by words."


def _product_texts(tx: Transaction, brand_id: BrandId, row_ids: Sequence[int]) -> dict[int, str]:
    return {row_id: embedded_text(product) for row_id, product in products.by_row(tx, brand_id, row_ids).items()}


# What an embedder is given of the rows of each kind; rows that are gone are left out.
_TEXTS: Mapping[IndexKind, Callable[[Transaction, BrandId, Sequence[int]], dict[int, str]]] = {
    IndexKind.PRODUCTS: _product_texts,
    IndexKind.PASSAGES: knowledge.embedded_texts,
}


@dataclass(slots=True)
class _Waiter:
    """Somebody who waits until an index holds what was queued up to a place."""

    brand_id: BrandId
    generation: int
    place: int
    settled: asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class IndexingState:
    """How far the vectors are.

    Attributes:
        pending: how many vectors are to follow, over all brands.
        filling: brands whose search by meaning waits until a new index is full, with the share (0..1) that is done.
        fault: why nothing goes on at present; None when it does.
    """

    pending: int = 0
    filling: dict[BrandId, float] = field(default_factory=dict)
    fault: str | None = None


class IndexingService:
    """Fills vector indexes.

    Args:
        database: where the rows, the indexes and the queue are.
        notices: told of indexes that change; it hears of those that cannot be read.
        embedder: what makes vectors; without one nothing is indexed, and search goes by words.
        vectors: where they are kept; None for a tool beside a running server, whose worker does the work.
        audit: the record of changes.
    """

    name = "vectors"  # as a step of a brand's purge

    def __init__(
        self,
        database: Database,
        notices: Notices,
        embedder: Embedder | None,
        vectors: VectorStore | None,
        audit: AuditService,
    ) -> None:
        self._audit = audit
        self._database = database
        self._notices = notices
        self._embedder = embedder
        self._vectors = vectors
        self._indexes = BrandIndexes(database, notices, embedder.name, vectors) if embedder else None
        self._waiters: list[_Waiter] = []
        self._wake = asyncio.Event()
        self._broken: set[BrandId] = set()
        self._fault: str | None = None
        self._to_recover = False
        self._told_at = 0.0
        self._at_work = asyncio.Lock()
        self._round: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[None] | None = None
        notices.subscribe(self._on_notice)

    @property
    def works_here(self) -> bool:
        """Whether this process makes the vectors, rather than a server beside it."""
        return self._vectors is not None

    async def start(self) -> None:
        """Settle what has changed since the last process, and begin to work."""
        if self._indexes is not None and self._vectors is not None:
            try:
                await self._indexes.recover(self._vectors)
                await self._indexes.begin_missing()
            except Unavailable as fault:  # a folder that cannot be used, say: search goes by words meanwhile
                self._on_fault(fault)
                self._to_recover = True
            self._worker = asyncio.create_task(self._work(self._indexes))

    async def aclose(self) -> None:
        """Stop after the batch under way is abandoned; what is queued stays queued."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker

    async def settle(
        self, brand_id: BrandId, changed: int, kind: IndexKind = IndexKind.PRODUCTS, *, within: float = SETTLE_S
    ) -> int:
        """Wait until everything of a kind that was saved so far for a brand is found by meaning too.

        Args:
            brand_id: whose rows were saved.
            changed: how many.
            kind: what they are.
            within: how long to wait, in seconds.

        Returns:
            How many vectors are still to follow: 0, or more after that time, after a fault, while a new embedder's
            index is being filled, and beside a running server, whose worker does the work.
        """
        if self._indexes is None:
            return 0
        index = await self._indexes.kept(brand_id, kind)
        place = await self._database.read(lambda tx: rows.last_place(tx, brand_id, index.generation))
        if self._worker is not None and self._fault is None and index.state is IndexState.LIVE:
            await self._wait_for(brand_id, index.generation, place, within)
        left = await self._database.read(lambda tx: rows.pending(tx, brand_id, index.generation, up_to=place))
        return min(changed, left)

    async def pending(self, brand_id: BrandId, kind: IndexKind) -> int:
        """How many vectors of a brand's rows of a kind are to follow."""
        if self._indexes is None:
            return 0
        index = await self._indexes.kept(brand_id, kind)
        return await self._database.read(lambda tx: rows.pending(tx, brand_id, index.generation))

    async def reindex(self, brand_id: BrandId) -> int:
        """Make a brand's vectors anew beside those in use, which serve until the new ones are complete.

        Returns:
            How many products and passages are to be embedded. Asking again while it is under way changes nothing.

        Raises:
            NotSupported: search goes by words alone here.
        """
        if self._indexes is None:
            raise NotSupported(NO_EMBEDDER)
        await self._database.write_brand(brand_id, lambda tx: self._audit.record(tx, brand_id, "index.rebuild"))
        kinds = [kind for kind in IndexKind if await self._has_rows(brand_id, kind)]
        begun = [await self._indexes.begin(brand_id, kind, IndexState.FILLING) for kind in kinds]
        self._wake.set()
        return await self._database.read(
            lambda tx: sum(rows.pending(tx, brand_id, index.generation) for index in begun)
        )

    async def state(self) -> IndexingState:
        """How far the vectors are."""
        waiting = await self._backlogs()
        pending = {(one.index.brand_id, one.index.generation): one.pending for one in waiting}
        filling: dict[BrandId, float] = {}
        for index in await self._database.read(rows.not_live):
            if index.state is IndexState.FILLING:
                left = pending.get((index.brand_id, index.generation), 0)
                share = 1 - left / max(index.queued, left, 1)
                filling[index.brand_id] = min(share, filling.get(index.brand_id, 1.0))
        return IndexingState(sum(pending.values()), filling, self._fault)

    async def check(self) -> str:
        """How far the vectors are, in words: "ok", what follows, or why search goes by words."""
        if self._embedder is None:
            return "none: search goes by words"
        state = await self.state()
        if state.fault is not None:
            return f"paused, {state.pending} to follow: {state.fault}"
        if state.filling:
            done = ", ".join(f"{brand_id} {share:.0%}" for brand_id, share in sorted(state.filling.items())[:MAX_TOLD])
            return f"{state.pending} to follow; new indexes are being filled: {done}"
        return f"{state.pending} to follow" if state.pending else "ok"

    async def purge(self, brand_id: BrandId) -> None:
        """Erase the vectors of a brand that is being deleted; the batch under way gets PURGE_GRACE_S."""
        try:
            async with asyncio.timeout(PURGE_GRACE_S):
                await self._at_work.acquire()
        except TimeoutError:
            if self._round is not None:
                self._round.cancel()
            await self._at_work.acquire()
        try:
            if self._indexes is not None:
                await self._indexes.purge(brand_id)
            else:
                await self._database.write(lambda tx: rows.purge(tx, brand_id))
        finally:
            self._at_work.release()

    # --- Waiting ---

    def _on_notice(self, notice: Notice) -> None:
        if isinstance(notice, IndexBroken):
            self._broken.add(notice.brand_id)
        if isinstance(notice, IndexBroken | CatalogueChanged):
            self._wake.set()

    async def _wait_for(self, brand_id: BrandId, generation: int, place: int, within: float) -> None:
        waiter = _Waiter(brand_id, generation, place, asyncio.get_running_loop().create_future())
        self._waiters.append(waiter)
        self._wake.set()
        try:
            # It may have been saved between the reading of its place and this line.
            if await self._database.read(lambda tx: rows.pending(tx, brand_id, generation, up_to=place)):
                with suppress(TimeoutError):
                    async with asyncio.timeout(within):
                        await waiter.settled
        finally:
            self._waiters.remove(waiter)

    def _settle_waiters(self, index: VectorIndex, up_to: int) -> None:
        for waiter in self._waiters:
            same = waiter.brand_id == index.brand_id and waiter.generation == index.generation
            if same and waiter.place <= up_to and not waiter.settled.done():
                waiter.settled.set_result(None)

    def _on_fault(self, fault: ServiceError) -> None:
        """Nothing goes on for now: nobody shall wait for it."""
        if self._fault is None:
            logger.warning("indexing_paused", reason=fault.message)
        self._fault = fault.message
        for waiter in self._waiters:
            if not waiter.settled.done():
                waiter.settled.set_result(None)

    # --- The worker ---

    async def _work(self, indexes: BrandIndexes) -> None:
        pause = FIRST_PAUSE_S
        while True:
            self._wake.clear()
            try:
                busy = await self._work_once(indexes)
            except Exception as error:  # whatever it was, the next change must find a worker
                if not isinstance(error, ServiceError):
                    logger.exception("indexing_failed")
                self._on_fault(
                    error if isinstance(error, ServiceError) else Unavailable("Indexing failed; see the log.")
                )
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
                continue
            self._fault, pause = None, FIRST_PAUSE_S
            if not busy:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._wake.wait()

    async def _work_once(self, indexes: BrandIndexes) -> bool:
        """A round for each index that waits; False when there is nothing to do."""
        if self._to_recover and self._vectors is not None:
            await indexes.recover(self._vectors)
            self._to_recover = False
        while self._broken:
            await indexes.replace_live(self._broken.pop())
        await indexes.begin_missing()
        await indexes.finish()
        backlogs = await self._backlogs()
        self._tell(backlogs)
        for backlog in backlogs:
            async with self._at_work:
                try:
                    await self._attend(backlog.index)
                except VectorIndexBroken:
                    await indexes.replace(backlog.index)
        return bool(backlogs)

    async def _attend(self, index: VectorIndex) -> None:
        """A round that `purge` can cut short."""
        self._round = asyncio.create_task(self._run_round(index))
        try:
            await asyncio.wait([self._round])
        finally:
            self._round.cancel()
            await asyncio.wait([self._round])
        if not self._round.cancelled():
            with suppress(BrandNotFound):  # it is being deleted
                self._round.result()

    async def _run_round(self, index: VectorIndex) -> None:
        """Some batches of one index: while one's vectors are saved the next is being embedded, and none waits idly."""
        under_way: list[asyncio.Task[None]] = []
        after = 0
        try:
            for number in range(_LONGEST_ROUND):
                if number >= _ROUND and self._wake.is_set() and await self._others_wait(index):
                    break
                batch, texts = await self._next(index, after)
                if batch is None:
                    break
                after = batch.last
                before = under_way[-1] if under_way else None
                under_way.append(asyncio.create_task(self._index(index, batch, texts, before)))
                if before is not None:
                    await before
            if under_way:
                await under_way[-1]
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _others_wait(self, index: VectorIndex) -> bool:
        """Whether there is work on another index, or one to be begun."""
        this = (index.brand_id, index.generation)
        waiting = await self._backlogs()
        if self._broken or any((one.index.brand_id, one.index.generation) != this for one in waiting):
            return True
        return await self._database.read(lambda tx: any(rows.brands_without(tx, kind) for kind in IndexKind))

    async def _index(
        self, index: VectorIndex, batch: Batch, texts: Mapping[int, str], before: asyncio.Task[None] | None
    ) -> None:
        """Embed a batch, and save it behind the one before it: entries leave the queue in order."""
        vectors = await self._embed(list(texts.values()))
        if before is not None:
            await before
        await self._save(index, batch, list(texts), vectors)

    async def _next(self, index: VectorIndex, after: int) -> tuple[Batch | None, dict[int, str]]:
        """The next entries, and the texts of those rows that are still there."""

        def query(tx: Transaction) -> tuple[Batch | None, dict[int, str]]:
            batch = rows.next_batch(tx, index.brand_id, index.generation, after=after, limit=BATCH)
            return batch, _TEXTS[index.kind](tx, index.brand_id, batch.row_ids) if batch else {}

        return await self._database.read(query)

    async def _embed(self, texts: Sequence[str]) -> Vectors | None:
        return await self._embedder.embed(texts) if texts and self._embedder is not None else None

    async def _save(self, index: VectorIndex, batch: Batch, row_ids: Sequence[int], vectors: Vectors | None) -> None:
        if self._vectors is None:
            return
        if gone := set(batch.row_ids).difference(row_ids):
            await self._vectors.remove(index.collection, sorted(gone))
        if vectors is not None:
            await self._vectors.put(index.collection, row_ids, vectors)
        await self._database.write_brand(
            index.brand_id, lambda tx: rows.done(tx, index.brand_id, index.generation, up_to=batch.last)
        )
        self._settle_waiters(index, batch.last)

    async def _has_rows(self, brand_id: BrandId, kind: IndexKind) -> bool:
        """Whether there is anything to embed, or was: products always count, so that asking is never in vain."""
        count = await self._database.read(lambda tx: rows.count_rows(tx, brand_id, kind))
        return kind is IndexKind.PRODUCTS or count > 0

    async def _backlogs(self) -> list[Backlog]:
        """What waits for this embedder; another's index waits until that one is back."""
        embedder = self._embedder
        waiting = await self._database.read(rows.backlogs)
        return [one for one in waiting if embedder and one.index.embedder == embedder.name]

    def _tell(self, backlogs: Sequence[Backlog]) -> None:
        now = asyncio.get_running_loop().time()
        pending = sum(one.pending for one in backlogs)
        if pending >= WORTH_TELLING and now >= self._told_at + TELL_EVERY_S:
            self._told_at = now
            logger.info("vectors_follow", pending=pending, brands=len({one.index.brand_id for one in backlogs}))
