"""Uploads: files become products or knowledge of a brand, in jobs that survive the process, each with a record.

The bytes are on the disk and the job is a row before anybody is told that it was taken. Two jobs run at a time, and of
each brand one with products and one with knowledge, so that what was sent first is also there first.
"""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import BinaryIO

import structlog

from acting import acting
from audit_service import AuditService
from brand_service import BrandService
from errors import OverCapacity, UploadNotFound
from import_jobs import SHOWN_PROBLEMS, DryRun, ImportJobs
from indexing_service import IndexingService
from models import BrandId, utc_now
from storage import uploads as rows
from storage.engine import Database, Transaction
from storage.uploads import RejectRow, UploadKind, UploadMode, UploadRow, UploadState
from storage.vector_indexes import IndexKind
from sweeping import sweep
from upload_files import UploadFiles

logger = structlog.get_logger(__name__)

MAX_FILENAME_CHARS = 255

# Parsers and jobs at work at a time.
AT_ONCE = 2

# A brand has so many uploads waiting or at work at most.
MAX_UNFINISHED = 50

# A tool beside the server records uploads in the same database; nobody tells the server, so it looks.
POLL_S = 1.0

# How long files are kept where a brand's settings say nothing.
RETENTION_DAYS = 30


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants of a file.

    Attributes:
        kind: what it is read for.
        mode: what becomes of what the brand has already.
        mapping: field by column title, where the caller knows better than the titles say.
    """

    kind: UploadKind = UploadKind.PRODUCTS
    mode: UploadMode = UploadMode.UPSERT
    mapping: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an upload is.

    Attributes:
        rows_read: entries read of the file so far.
        indexed: of what was saved, how much is found by meaning too.
        rate: entries a second, up to the point where they are found by meaning.
        seconds_left: until everything is; None while that cannot be told.
    """

    rows_read: int
    indexed: int
    rate: float
    seconds_left: float | None


class ImportService:
    """Takes files and sees them through.

    Args:
        database: where uploads are recorded.
        indexing: says how many vectors are to follow.
        brands: how long each keeps its files.
        files: the bytes.
        jobs: what carries an import out.
        audit: the record of changes.
        works_here: whether this process does the work, rather than a server beside it.
    """

    name = "uploads"  # as a step of a brand's purge

    def __init__(
        self,
        database: Database,
        indexing: IndexingService,
        brands: BrandService,
        files: UploadFiles,
        jobs: ImportJobs,
        audit: AuditService,
        *,
        works_here: bool,
    ) -> None:
        self._database = database
        self._indexing = indexing
        self._brands = brands
        self._files = files
        self._jobs = jobs
        self._audit = audit
        self.works_here = works_here
        self._running: dict[str, tuple[UploadRow, asyncio.Task[None]]] = {}
        self._read: dict[str, int] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._looking = asyncio.Semaphore(AT_ONCE)
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Go on with what the last process left, and begin to work."""
        if self.works_here:
            known = await self._database.read(lambda tx: rows.ids(tx, None))
            await asyncio.to_thread(self._files.remove_unknown, known)
            self._tasks = [
                asyncio.create_task(self._work()),
                asyncio.create_task(sweep(self._brands, "uploads", self._forget_old)),
            ]

    async def aclose(self) -> None:
        """Leave the jobs where they are; the next process goes on with them."""
        tasks = [*self._tasks, *(task for _, task in self._running.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- Taking files ---

    async def submit(self, brand_id: BrandId, filename: str, content: BinaryIO, request: Request) -> UploadRow:
        """Keep a file and record that it is to be imported.

        Raises:
            OverCapacity: the brand has too many uploads under way.
        """
        upload = _new(brand_id, filename, request)
        try:
            size = await asyncio.to_thread(self._files.keep, upload.upload_id, upload.filename, content)
        except OSError:
            await asyncio.to_thread(self._files.remove, [upload.upload_id])
            raise
        return await self._record(upload, size)

    async def submit_address(self, brand_id: BrandId, url: str) -> UploadRow:
        """Record that a page of the web, or the pages of a sitemap, are to become knowledge.

        Raises:
            OverCapacity: the brand has too many uploads under way.
        """
        upload = _new(brand_id, url, Request(UploadKind.KNOWLEDGE), source=url)
        return await self._record(upload, 0)

    async def finished(self, upload: UploadRow, within: float) -> UploadRow:
        """The upload at its end, or as it is after so many seconds."""
        event = self._ended.setdefault(upload.upload_id, asyncio.Event())
        now = upload
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not (now := await self.get(upload.brand_id, upload.upload_id)).state.is_final:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):  # where another process does the work, nobody tells
                            await event.wait()
                            event.clear()
        self._ended.pop(upload.upload_id, None)
        return now

    async def dry_run(self, brand_id: BrandId, filename: str, content: BinaryIO, request: Request) -> DryRun:
        """Say what an upload would do, and do nothing.

        Raises:
            UnreadableFile: the file cannot be read.
        """
        upload = _new(brand_id, filename, request)
        try:
            async with self._looking:
                await asyncio.to_thread(self._files.keep, upload.upload_id, upload.filename, content)
                return await self._jobs.look(upload)
        finally:
            await asyncio.to_thread(self._files.remove, [upload.upload_id])

    # --- What is there ---

    async def page(self, brand_id: BrandId | None, *, limit: int, offset: int) -> tuple[list[UploadRow], int]:
        """Uploads of a brand, or of all, the latest first; and how many there are."""
        return await self._database.read(
            lambda tx: (rows.page(tx, brand_id, limit=limit, offset=offset), rows.count(tx, brand_id))
        )

    async def find(self, brand_id: BrandId | None, filename: str) -> UploadRow:
        """The latest upload of that file name, or with that upload id, of a brand or (None) of all.

        Raises:
            UploadNotFound: there was none.
        """
        upload = await self._database.read(lambda tx: rows.find(tx, brand_id, filename))
        if upload is None:
            raise UploadNotFound(f"Upload '{filename}' not found")
        return upload

    async def get(self, brand_id: BrandId, upload_id: str) -> UploadRow:
        """One upload of a brand.

        Raises:
            UploadNotFound: the brand has none of that id.
        """
        upload = await self._database.read(lambda tx: rows.get(tx, brand_id, upload_id))
        if upload is None:
            raise UploadNotFound(f"Upload '{upload_id}' not found")
        return upload

    async def rejects(self, upload: UploadRow, *, limit: int = SHOWN_PROBLEMS, offset: int = 0) -> list[RejectRow]:
        """The entries of an upload that became nothing, in the order of its file."""
        return await self._database.read(
            lambda tx: rows.rejects(tx, upload.brand_id, upload.upload_id, limit=limit, offset=offset)
        )

    async def progress(self, upload: UploadRow) -> Progress:
        """How far an upload is."""
        kind = IndexKind.PRODUCTS if upload.kind is UploadKind.PRODUCTS else IndexKind.PASSAGES
        indexed = max(0, upload.products_added - await self._indexing.pending(upload.brand_id, kind))
        read = max(upload.rows_read, self._read.get(upload.upload_id, 0))
        if upload.started_at is None:
            return Progress(read, indexed, 0.0, None)
        over = upload.state.is_final and indexed >= upload.products_added
        until = upload.ended_at if over and upload.ended_at else utc_now()
        seconds = max((until - upload.started_at).total_seconds(), 0.001)
        done = max(0, upload.position - (upload.products_added - indexed))
        rate = done / seconds
        if over or upload.state in {UploadState.FAILED, UploadState.CANCELLED}:
            return Progress(read, indexed, rate, 0.0)
        left = (read - done) / rate if rate and upload.rows_read else None
        return Progress(read, indexed, rate, left)

    # --- Ending ---

    async def cancel(self, brand_id: BrandId, upload_id: str) -> UploadRow:
        """End an upload; what was saved of it stays. One that is at its end is left as it is.

        Raises:
            UploadNotFound: the brand has none of that id.
        """
        await self.get(brand_id, upload_id)

        def change(tx: Transaction) -> None:
            if rows.end(tx, brand_id, upload_id, state=UploadState.CANCELLED, now=utc_now()):
                self._audit.record(tx, brand_id, "upload.cancelled", upload_id)

        await self._database.write_brand(brand_id, change)
        if running := self._running.get(upload_id):
            running[1].cancel()
            await asyncio.wait([running[1]])
        await asyncio.to_thread(self._files.forget_spool, upload_id)
        return await self.get(brand_id, upload_id)

    async def purge(self, brand_id: BrandId) -> None:
        """Forget the uploads of a brand that is being deleted: end its jobs, remove rows and files."""
        tasks = [task for upload, task in self._running.values() if upload.brand_id == brand_id]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        ids = await self._database.read(lambda tx: rows.ids(tx, brand_id))
        await asyncio.to_thread(self._files.remove, ids)
        await self._database.write(lambda tx: rows.purge(tx, brand_id))

    # --- The worker ---

    async def _record(self, upload: UploadRow, size: int) -> UploadRow:
        recorded = replace(upload, file_size=size)

        def change(tx: Transaction) -> None:
            if rows.count_unfinished(tx, upload.brand_id) >= MAX_UNFINISHED:
                raise OverCapacity(
                    f"{MAX_UNFINISHED} uploads of this brand are under way; wait until one has ended.", retry_after=10
                )
            rows.add(tx, recorded)
            name = upload.filename.partition("?")[0]  # an address may have a secret in its query
            sent = {"filename": name, "kind": upload.kind, "mode": upload.mode, "bytes": size}
            self._audit.record(tx, upload.brand_id, "upload.submit", upload.upload_id, after=sent)

        try:
            await self._database.write_brand(upload.brand_id, change)
        except BaseException:
            await asyncio.to_thread(self._files.remove, [upload.upload_id])
            raise
        self._wake.set()
        return recorded

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                known = {brand.id for brand in self._brands.list()}  # one that is being deleted is not among them
                for upload in await self._database.read(rows.unfinished):
                    if upload.brand_id in known:
                        self._begin(upload)
            except Exception:  # whatever it was, the next upload must find a worker
                logger.exception("imports_not_begun")
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()

    def _begin(self, upload: UploadRow) -> None:
        busy = any(one.brand_id == upload.brand_id and one.kind is upload.kind for one, _ in self._running.values())
        if busy or upload.upload_id in self._running or len(self._running) >= AT_ONCE:
            return
        progress = partial(self._read.__setitem__, upload.upload_id)
        task = asyncio.create_task(self._jobs.run(upload, progress))
        self._running[upload.upload_id] = (upload, task)
        task.add_done_callback(lambda done: self._over(upload.upload_id, done))

    def _over(self, upload_id: str, task: asyncio.Task[None]) -> None:
        del self._running[upload_id]
        self._read.pop(upload_id, None)
        if event := self._ended.get(upload_id):
            event.set()
        if not task.cancelled() and (error := task.exception()):
            logger.error("import_broke_off", upload=upload_id, exc_info=error)
            return  # looked at again in a moment
        self._wake.set()

    async def _forget_old(self, brand_id: BrandId) -> None:
        days = self._brands.config(brand_id).settings.retention_days or RETENTION_DAYS
        before = utc_now() - timedelta(days=days)
        old = await self._database.read(lambda tx: rows.kept_until(tx, brand_id, before))
        if old:
            gone = await asyncio.to_thread(self._files.remove, old)  # the others are tried again in an hour
            await self._database.write_brand(brand_id, lambda tx: rows.forget_content(tx, brand_id, gone))
            logger.info("uploads_removed", brand=brand_id, count=len(gone), failed=len(old) - len(gone), days=days)


def _new(brand_id: BrandId, filename: str, request: Request, source: str | None = None) -> UploadRow:
    return UploadRow(
        upload_id=f"up_{secrets.token_hex(12)}",
        brand_id=brand_id,
        filename=_harmless(filename) if source is None else filename[:MAX_FILENAME_CHARS],
        file_size=0,
        upload_time=utc_now(),
        kind=request.kind,
        mode=request.mode,
        mapping=dict(request.mapping),
        source=source,
        actor=acting().name,
    )


def _harmless(filename: str) -> str:
    """The last part of a name, without control characters: it is shown, never opened."""
    base = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in base if char.isprintable())[:MAX_FILENAME_CHARS] or "upload"
