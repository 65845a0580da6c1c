"""Brands and their configuration, kept in brands_config.json: served from memory, edited atomically, deleted in steps.

Every edit goes the same way: take the lock within this process and the one between processes, read the file again when
it is not what memory holds, commit the audit row as *intended*, replace the file, mark the row *done*, tell the others.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog

from audit_service import AuditService
from brand_document import BrokenFile, Document, brand_members, config_members, ids_of, new_id
from brand_file import BrandFile
from errors import AlreadyExists, BrandFileBroken, BrandNotFound, StaleVersion, Unavailable
from live.base import BrandChanged, Notices
from models import Brand, BrandConfig, BrandId, utc_now
from storage import tombstones
from storage.audit import Intent
from storage.engine import Database, Transaction

logger = structlog.get_logger(__name__)

Result = TypeVar("Result")
Brands = list[Brand]  # within the class `list` is its method


class Action(StrEnum):
    """What an audit row of ours says was done."""

    CREATE = "brand.create"
    UPDATE = "brand.update"
    CONFIGURE = "brand.configure"
    DELETE = "brand.delete"


class PurgeStep(Protocol):
    """One part of what is left of a deleted brand: its rows, its vectors, its files."""

    @property
    def name(self) -> str:
        """What the step takes away, for the log."""
        ...

    async def purge(self, brand_id: BrandId) -> None:
        """Take it away. It may be called again after a failure or a crash, and then goes on."""
        ...


@dataclass(frozen=True, slots=True)
class _Edit:
    """An edit as the audit knows it; `version` is the brand's once it is made."""

    action: Action
    brand_id: BrandId
    version: int


class BrandService:
    """The deployment's brands.

    Reads come from memory and never wait. Edits last some milliseconds and are never half done: one that has begun
    goes on when whoever asked goes away, and `aclose` waits for it.

    Args:
        file: brands_config.json, or a symlink to it; it need not exist yet.
        database: for tombstones and audit rows.
        audit: the record of changes.
        notices: told of every brand that changes, by an edit here, elsewhere or by hand.
    """

    def __init__(self, file: Path, database: Database, audit: AuditService, notices: Notices) -> None:
        self._file = BrandFile(file, self._follow)
        self._database = database
        self._audit = audit
        self._notices = notices
        self._tombstones: frozenset[BrandId] = frozenset()
        self._purge_steps: Sequence[PurgeStep] = ()
        self._purging: set[BrandId] = set()
        self._running: set[asyncio.Task[Any]] = set()

    async def start(self, purge: Sequence[PurgeStep], *, resume: bool = True) -> None:
        """Load the file, settle what a dead process left open, resume unfinished deletions; watch from now on.

        Args:
            purge: what deleting a brand takes away, in this order.
            resume: whether what is unfinished was left by a dead process. False beside a running server: it is at it.

        Raises:
            StartError: the file is broken; it says where and why, and the file is left alone.
        """
        self._purge_steps = tuple(purge)
        await self._file.open()
        unfinished = await self._database.read(tombstones.all_ids)
        self._tombstones = frozenset(unfinished)
        if resume and (unfinished or await self._audit.has_intents()):
            await self._recover(unfinished)
        self._file.watch()

    async def aclose(self) -> None:
        """Stop watching, and let running edits and deletions end."""
        await self._file.aclose()
        await asyncio.gather(*self._running, return_exceptions=True)

    # --- Reading, from memory ---

    @property
    def broken(self) -> str | None:
        """Why the file cannot be read at present (the last good copy serves); None when all is well."""
        return self._file.broken

    def get(self, brand_id: BrandId) -> Brand:
        """The brand, active or not.

        Raises:
            BrandNotFound: it is unknown, or being deleted.
        """
        brand = self._file.document.brands.get(brand_id)
        if brand is None or brand_id in self._tombstones:
            raise _not_found(brand_id)
        return brand

    def get_active(self, brand_id: BrandId) -> Brand:
        """The brand, if customers may talk to it.

        Raises:
            BrandNotFound: it is unknown, inactive, or being deleted.
        """
        brand = self.get(brand_id)
        if not brand.is_active:
            raise _not_found(brand_id)
        return brand

    def config(self, brand_id: BrandId) -> BrandConfig:
        """How the brand speaks; `version` counts its edits, from 0 for a brand never edited by us.

        Raises:
            BrandNotFound: it is unknown, or being deleted.
        """
        return self._file.document.configs[self.get(brand_id).id]

    def active(self) -> Brands:
        """The brands that customers may talk to, in the file's order."""
        return [brand for brand in self.list() if brand.is_active]

    def list(self) -> Brands:
        """Every brand, in the file's order."""
        return [brand for brand_id, brand in self._file.document.brands.items() if brand_id not in self._tombstones]

    # --- Editing ---

    async def create(self, name: str, description: str = "", brand_id: str | None = None) -> Brand:
        """Add a brand. Its id comes from its name when none is given.

        A config that the file holds for the id, without a brand, becomes its config.

        Raises:
            InvalidInput: a name, description or id that cannot be used.
            AlreadyExists: the id is taken, or a deletion under it is not finished.
            Unavailable: the file cannot be written, is broken, or is being edited for too long; nothing was changed.
        """
        words = brand_members(name, description)
        chosen = None if brand_id is None else new_id(brand_id)

        async def edit() -> Brand:
            async with self._exclusive():
                free = self._free_id(name) if chosen is None else self._untaken(chosen)
                now = utc_now()
                brand = Brand(id=free, created_at=now, updated_at=now, **words)
                version = self._file.document.orphans.get(free, 0) + 1
                await self._put(_Edit(Action.CREATE, free, version), brand.model_dump(mode="json"), {})
                return self._file.document.brands[free]

        return await self._to_its_end(edit())

    async def update(
        self,
        brand_id: BrandId,
        *,
        name: str | None = None,
        description: str | None = None,
        is_active: bool | None = None,
        version: int | None = None,
    ) -> Brand:
        """Replace what is given; the rest stays. When nothing is given nothing is written.

        Raises:
            BrandNotFound: the brand is unknown, or being deleted.
            InvalidInput: a name or description that cannot be used.
            StaleVersion: `version` is given and the brand's is another.
            Unavailable: as for `create`.
        """
        changes = brand_members(name, description)
        if is_active is not None:
            changes["is_active"] = is_active
        edit = self._change(Action.UPDATE, brand_id, version, brand=_stamped(changes))
        return (await self._to_its_end(edit)).brands[brand_id]

    async def update_config(
        self, brand_id: BrandId, changes: Mapping[str, Any], *, version: int | None = None
    ) -> BrandConfig:
        """Replace each member that is given, whole; members that a config does not have are ignored.

        Raises:
            BrandNotFound, StaleVersion, Unavailable: as for `update`.
            InvalidInput: a member has the wrong type, or holds what JSON in UTF-8 cannot.
        """
        config = _stamped(config_members(changes))
        edit = self._change(Action.CONFIGURE, brand_id, version, config=config)
        return (await self._to_its_end(edit)).configs[brand_id]

    async def delete(self, brand_id: BrandId) -> None:
        """Take the brand and everything of it away. Asking again goes on with a deletion that failed.

        Raises:
            BrandNotFound: the brand is unknown, or another call is deleting it.
            Unavailable: as for `create`; or a step failed, the brand is gone, and the deletion goes on at the next
                start.
        """

        async def edit() -> None:
            async with self._exclusive():
                if brand_id in self._purging:
                    raise _not_found(brand_id)
                if brand_id in self._tombstones:
                    await self._drop_tombstoned()
                else:
                    after = self.config(brand_id).version + 1
                    await self._commit(_Edit(Action.DELETE, brand_id, after), lambda old: old.without(brand_id))
                self._purging.add(brand_id)
            await self._purge(brand_id)

        await self._to_its_end(edit())

    async def _change(
        self,
        action: Action,
        brand_id: BrandId,
        version: int | None,
        *,
        brand: Mapping[str, Any] = {},
        config: Mapping[str, Any] = {},
    ) -> Document:
        async with self._exclusive():
            current = self.config(brand_id)
            if version is not None and version != current.version:
                raise StaleVersion(
                    f"Brand '{brand_id}' was edited in between: it is at version {current.version}, not {version}. "
                    "Read it again and repeat the edit."
                )
            if brand or config:
                await self._put(_Edit(action, brand_id, current.version + 1), brand, config)
            return self._file.document

    async def _put(self, edit: _Edit, brand: Mapping[str, Any], config: Mapping[str, Any]) -> None:
        config = {**config, "version": edit.version}
        await self._commit(edit, lambda old: old.put(edit.brand_id, brand=brand, config=config))

    async def _commit(self, edit: _Edit, change: Callable[[Document], Document]) -> None:
        """Make one edit, from its audit row to its notices. Call it within `_exclusive`."""
        before = self._file.document
        try:
            after = await asyncio.to_thread(change, before)
        except BrokenFile as broken:  # a config without a brand, which is not checked before, becomes a brand's
            raise BrandFileBroken(f"This edit would break the brands file ({broken.reason}).") from None

        def intend(tx: Transaction) -> int:
            if edit.action is Action.DELETE:
                tombstones.add(tx, edit.brand_id)
            was, will_be = _told(edit, before), _told(edit, after)
            return self._audit.intend(tx, edit.brand_id, edit.action, edit.version, before=was, after=will_be)

        row = await self._database.write(intend)
        try:
            await self._file.write(after)
        except Unavailable:
            if edit.action is Action.DELETE:
                await self._database.write(lambda tx: tombstones.remove(tx, edit.brand_id))
            await self._audit.mark_abandoned(row)
            raise
        if edit.action is Action.DELETE:
            self._tombstones |= {edit.brand_id}
        await self._audit.mark_done(row)
        await self._tell(before, after)

    async def _to_its_end(self, edit: Coroutine[Any, Any, Result]) -> Result:
        task = asyncio.create_task(edit)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[None]:
        """Be the only one, in any process, who edits; the file and the tombstones are as memory has them."""
        async with self._file.exclusive():
            self._tombstones = frozenset(await self._database.read(tombstones.all_ids))
            yield

    async def _follow(self, before: Document, after: Document) -> None:
        """Somebody else changed the file. It may have been another process that ended a deletion."""
        self._tombstones = frozenset(await self._database.read(tombstones.all_ids))
        await self._tell(before, after)

    async def _tell(self, before: Document, after: Document) -> None:
        for brand_id in before.differing(after):
            await self._notices.publish(BrandChanged(brand_id))

    # --- Deleting, and what a dead process left ---

    async def _purge(self, brand_id: BrandId) -> None:
        self._purging.add(brand_id)
        try:
            for step in self._purge_steps:
                await self._purge_one(step, brand_id)
            async with self._file.lock:
                await self._database.write(lambda tx: tombstones.remove(tx, brand_id))
                self._tombstones -= {brand_id}
        finally:
            self._purging.discard(brand_id)

    async def _purge_one(self, step: PurgeStep, brand_id: BrandId) -> None:
        try:
            await step.purge(brand_id)
        except Exception as error:  # whatever went wrong, the tombstone stays and the deletion is unfinished
            logger.exception("brand_purge_failed", brand_id=brand_id, step=step.name)
            raise Unavailable(
                f"Brand '{brand_id}' is gone, but not everything of it could be deleted yet; "
                "the deletion goes on at the next start, or when it is asked for again."
            ) from error

    async def _drop_tombstoned(self) -> None:
        before = self._file.document
        left = self._tombstones & (before.brands.keys() | before.orphans.keys())
        if left:
            await self._file.write(await asyncio.to_thread(before.without, *left))
            await self._tell(before, self._file.document)

    async def _recover(self, unfinished: Sequence[BrandId]) -> None:
        try:
            async with self._exclusive():
                await self._drop_tombstoned()
                await self._audit.settle(self._was_made)
        except Unavailable:
            logger.exception("brand_recovery_postponed")
            return
        for brand_id in unfinished:
            with suppress(Unavailable):  # it is logged, and the tombstone keeps it for the next start
                await self._purge(brand_id)

    def _was_made(self, intent: Intent) -> bool:
        if intent.action == Action.DELETE:
            return intent.brand_id not in self._file.document.brands
        config = self._file.document.configs.get(intent.brand_id)
        return config is not None and config.version >= intent.version

    # --- Ids ---

    def _untaken(self, brand_id: BrandId) -> BrandId:
        if brand_id in self._tombstones:
            raise AlreadyExists(f"The deletion of brand '{brand_id}' is not finished; its id cannot be taken yet.")
        if brand_id in self._file.document.brands:
            raise AlreadyExists(f"Brand '{brand_id}' already exists.")
        return brand_id

    def _free_id(self, name: str) -> BrandId:
        taken = {*self._file.document.brands, *self._file.document.orphans, *self._tombstones}
        return next(brand_id for brand_id in ids_of(name) if brand_id not in taken)


def _told(edit: _Edit, document: Document) -> dict[str, Any] | None:
    """What the audit is shown of a brand: its configuration when that is edited, else the brand itself."""
    if edit.action is Action.CONFIGURE:
        shown: BrandConfig | Brand | None = document.configs.get(edit.brand_id)
    else:
        shown = document.brands.get(edit.brand_id)
    return shown.model_dump(mode="json", exclude={"version", "updated_at", "created_at"}) if shown else None


def _not_found(brand_id: BrandId) -> BrandNotFound:
    return BrandNotFound(f"Brand '{brand_id}' not found or inactive")


def _stamped(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**changes, "updated_at": f"{utc_now():%Y-%m-%dT%H:%M:%S.%fZ}"} if changes else {}
