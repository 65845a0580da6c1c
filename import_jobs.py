"""One import from its file to its end: read it in a child process, save what was read in batches, note how far it is.

Where it stands is written in the transaction of each batch, so that a process may end at any moment: the next one goes
on behind the last batch, with no row twice and none lost.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import structlog
from pydantic import ValidationError

from acting import Actor, acting_as
from audit_service import AuditService
from errors import Conflict, InvalidInput, ServiceError, UnreadableFile
from foreground import Foreground
from ingestion.records import UNTOLD, shown
from knowledge_service import KnowledgeService
from models import DocumentDraft, utc_now
from product_service import ProductService, SaveReport, reason_of
from spools import Spool, Spooled, Spooler
from storage import uploads as rows
from storage.engine import Database, Transaction
from storage.uploads import RejectRow, UploadKind, UploadMode, UploadRow, UploadState

logger = structlog.get_logger(__name__)

# So many entries are saved in one transaction: small, since a chat's own waits behind it.
BATCH = 32

# Of the time, the writer is left to others for this share of what a batch took.
_BREATH = 0.5

_NOTHING = "Nothing of the file could be saved; the rejected rows say why."
_UNTOLD = (
    "Rows were rejected of which it cannot be told what products they are, so nothing was removed. What could be read "
    "is saved; mend the rejected rows and send the file again."
)
OUR_FAULT = "Something went wrong on our side; upload the file again. If it happens again, the log says why."


# Of a dry run so many products and problems are shown; of an upload, so many rejected rows.
SHOWN_PRODUCTS = 20
SHOWN_PROBLEMS = 1_000

_VALIDATED_AT_ONCE = 500


class Ended(Exception):
    """The upload was cancelled while it was being worked on."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an upload of a file would do.

    Attributes:
        columns: what columns were taken for: [{"table", "shape", "columns"}].
        first: the first products or documents, as they would be saved.
        problems: entries that would become nothing, the first of them.
        rows_read: entries in the file.
        valid: how many would be saved.
    """

    columns: list[dict[str, Any]]
    first: list[Mapping[str, Any]]
    problems: list[RejectRow]
    rows_read: int
    valid: int


class ImportJobs:
    """Carries out imports.

    Args:
        database: where uploads are recorded.
        products: where products go.
        knowledge: where documents go.
        spooler: has files read.
        foreground: whom the saving of a batch makes way for.
        audit: the record of changes.
    """

    def __init__(
        self,
        database: Database,
        products: ProductService,
        knowledge: KnowledgeService,
        spooler: Spooler,
        foreground: Foreground,
        audit: AuditService,
    ) -> None:
        self._database = database
        self._products = products
        self._knowledge = knowledge
        self._spooler = spooler
        self._foreground = foreground
        self._audit = audit

    async def run(self, upload: UploadRow, progress: Callable[[int], None]) -> None:
        """Bring an upload to its end: done, or failed with the reason. What is cancelled meanwhile is left as it is.

        Args:
            upload: one that is not at its end.
            progress: is told how many entries are read so far.
        """
        begun = await self._write(upload, lambda tx: rows.begin(tx, upload.brand_id, upload.upload_id, utc_now()))
        if begun is not None:
            with acting_as(Actor(begun.actor)):
                await self._carry_out(begun, progress)

    async def _carry_out(self, upload: UploadRow, progress: Callable[[int], None]) -> None:
        try:
            spool = await self._read(upload, progress)
            await self._save(upload, spool)
        except Ended:
            return
        except ServiceError as error:
            await self._end(upload, UploadState.FAILED, error.message)
        except Exception:
            logger.exception("import_failed", brand=upload.brand_id, upload=upload.upload_id)
            await self._end(upload, UploadState.FAILED, OUR_FAULT)
        await self._spooler.forget(upload)

    async def look(self, upload: UploadRow) -> DryRun:
        """Read a file and say what its import would do; nothing is recorded.

        Raises:
            UnreadableFile: it cannot be read.
        """
        return await asyncio.to_thread(self._look_through, upload, await self._spooler.spool(upload, lambda _: None))

    async def _read(self, upload: UploadRow, progress: Callable[[int], None]) -> Spool:
        spool = await self._spooler.spool(upload, progress)
        size = await self._spooler.file_size(upload)
        told = partial(rows.read, rows_read=spool.count, columns=spool.columns, file_size=size)

        def note(tx: Transaction) -> None:
            if not told(tx, upload.brand_id, upload.upload_id):
                raise Ended

        await self._write(upload, note)
        return spool

    async def _save(self, upload: UploadRow, spool: Spool) -> None:
        save = self._save_products if upload.kind is UploadKind.PRODUCTS else self._save_documents
        entries = spool.entries(upload.position)
        position = upload.position
        loop = asyncio.get_running_loop()
        while batch := await asyncio.to_thread(_next, entries):
            position += len(batch)
            started = loop.time()
            await save(upload, batch, position)
            await asyncio.sleep((loop.time() - started) * _BREATH)
        if upload.mode is UploadMode.REPLACE:
            await self._remove_others(upload, spool)
        await self._finish(upload)

    async def _save_products(self, upload: UploadRow, batch: list[Spooled], position: int) -> None:
        items = [one for one in batch if not one.reason]

        def note(tx: Transaction, report: SaveReport) -> None:
            rejected = [_reject(one) for one in batch if one.reason]
            for one in report.rejected:
                item = items[one.index]
                rejected.append(RejectRow(item.number, one.reason, shown(item.members)))
            rejected.sort(key=lambda one: one.number)
            self._advance(upload, position, report.saved, rejected, tx)

        await self._foreground.give_way()
        await self._products.import_batch(upload.brand_id, [one.members for one in items], note)

    async def _save_documents(self, upload: UploadRow, batch: list[Spooled], position: int) -> None:
        position -= len(batch)
        for one in batch:
            position += 1
            await self._foreground.give_way()
            if reason := one.reason or await self._save_document(upload, one, position):
                rejected = [RejectRow(one.number, reason, shown(one.members))]
                await self._write(upload, partial(self._advance, upload, position, 0, rejected))

    async def _save_document(self, upload: UploadRow, one: Spooled, position: int) -> str:
        """Save a document; why it could not be."""
        try:
            draft = DocumentDraft.model_validate(one.members)
            await self._knowledge.put(upload.brand_id, draft, partial(self._advance, upload, position, 1, []))
        except ValidationError as error:
            return reason_of(error)
        except (InvalidInput, Conflict) as error:
            return error.message
        return ""

    def _advance(self, upload: UploadRow, position: int, saved: int, no: list[RejectRow], tx: Transaction) -> None:
        if not rows.advance(tx, upload.brand_id, upload.upload_id, position=position, saved=saved, rejected=no):
            raise Ended

    async def _remove_others(self, upload: UploadRow, spool: Spool) -> None:
        """Remove what the file does not have, and end the upload, in one step. What was rejected is in the file."""
        ids = await asyncio.to_thread(lambda: {str(one.members.get("id") or one.id) for one in spool.entries()})
        if UNTOLD in ids:
            raise UnreadableFile(_UNTOLD)
        service = self._products if upload.kind is UploadKind.PRODUCTS else self._knowledge

        def note(tx: Transaction) -> None:
            now = rows.get(tx, upload.brand_id, upload.upload_id)
            if now is None or now.state.is_final:
                raise Ended
            if not now.products_added:
                raise UnreadableFile(_NOTHING)  # else a file of nothing but mistakes would empty the shop
            self._over(tx, upload, UploadState.DONE)

        removed = await service.keep_only(upload.brand_id, ids, note)
        logger.info("import_replaced", brand=upload.brand_id, upload=upload.upload_id, removed=removed)

    async def _finish(self, upload: UploadRow) -> None:
        def change(tx: Transaction) -> None:
            now = rows.get(tx, upload.brand_id, upload.upload_id)
            if now is not None and not now.state.is_final:
                state, error = (UploadState.DONE, None) if now.products_added else (UploadState.FAILED, _NOTHING)
                self._over(tx, upload, state, error)

        await self._write(upload, change)

    async def _end(self, upload: UploadRow, state: UploadState, error: str) -> None:
        await self._write(upload, lambda tx: self._over(tx, upload, state, error))

    def _over(self, tx: Transaction, upload: UploadRow, state: UploadState, error: str | None = None) -> None:
        if rows.end(tx, upload.brand_id, upload.upload_id, state=state, now=utc_now(), error=error):
            now = rows.get(tx, upload.brand_id, upload.upload_id) or upload
            came_of_it = {"saved": now.products_added, "rejected": now.rejected, "error": error}
            self._audit.record(tx, upload.brand_id, f"upload.{state.value}", upload.upload_id, after=came_of_it)

    async def _write(self, upload: UploadRow, change: Callable[[Transaction], Any]) -> Any:  # noqa: ANN401, what the change gives
        return await self._database.write_brand(upload.brand_id, change)

    def _look_through(self, upload: UploadRow, spool: Spool) -> DryRun:
        """What a spool file comes to."""
        first: list[Mapping[str, Any]] = []
        problems: list[RejectRow] = []
        invalid = 0
        entries = spool.entries()
        while part := list(islice(entries, _VALIDATED_AT_ONCE)):
            reasons = self._reasons(upload, part)
            invalid += len(reasons)
            for index, one in enumerate(part):
                if index in reasons:
                    if len(problems) < SHOWN_PROBLEMS:
                        problems.append(RejectRow(one.number, reasons[index], shown(one.members)))
                elif len(first) < SHOWN_PRODUCTS:
                    first.append(one.members)
        return DryRun(spool.columns, first, problems, spool.count, spool.count - invalid)

    def _reasons(self, upload: UploadRow, entries: list[Spooled]) -> dict[int, str]:
        """Why entries would not be saved, by their places."""
        reasons = {index: one.reason for index, one in enumerate(entries) if one.reason}
        places = [index for index in range(len(entries)) if index not in reasons]
        if upload.kind is UploadKind.PRODUCTS:
            rejected = self._products.problems(upload.brand_id, [entries[index].members for index in places])
            reasons |= {places[one.index]: one.reason for one in rejected}
        return reasons


def _next(entries: Iterator[Spooled]) -> list[Spooled]:
    return list(islice(entries, BATCH))


def _reject(one: Spooled) -> RejectRow:
    return RejectRow(one.number, one.reason, shown(one.members))
