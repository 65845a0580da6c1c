"""brands_config.json on disk, and the copy of it in memory that serves.

Reading, replacing the file whole or not at all, the lock between processes, and noticing edits by hand.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
from filelock import FileLock, Timeout

from brand_document import EMPTY, BrokenFile, Document, parse
from durable_files import sync
from errors import BrandFileBroken, StartError, Unavailable

logger = structlog.get_logger(__name__)

POLL_INTERVAL_S = 1.0

# An edit holds the lock for two transactions and three syncs: some tens of milliseconds on a slow disk.
LOCK_WAIT_S = 10.0
LOCK_POLL_S = 0.01

Stamp = tuple[int, int, int]


class BrandFile:
    """The file and its last good content. While it is broken on disk, that content stays, and cannot be edited.

    Args:
        path: of the file, or a symlink to it; it need not exist yet.
        on_reload: awaited with the content before and after when somebody else changed the file.

    Attributes:
        document: the last good content.
        lock: held, within this process, by whoever edits or reloads.
    """

    def __init__(self, path: Path, on_reload: Callable[[Document, Document], Awaitable[None]]) -> None:
        self.document = EMPTY
        self.lock = asyncio.Lock()
        self._path = path
        self._on_reload = on_reload
        self._broken: str | None = None
        self._seen: Stamp | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def broken(self) -> str | None:
        """Where and why the file on disk cannot be read at present; None when it can."""
        return self._broken and f"{self._path.name}, {self._broken}"

    async def open(self) -> None:
        """Load the file. One that is missing is empty, and made by the first edit.

        Raises:
            StartError: it is broken; it says where and why, and the file is left alone.
        """
        self._seen = await asyncio.to_thread(_stamp, self._path)
        try:
            self._take(await asyncio.to_thread(_load, self._path, self.document))
        except BrokenFile as broken:
            raise StartError(f"{self._path}, {broken}. Mend the file; it was left as it is.") from None

    def watch(self) -> None:
        """From now on, take in what somebody else writes to the file. `aclose` ends it."""
        self._watcher = asyncio.create_task(self._watch(), name="brand-file-watcher")

    async def aclose(self) -> None:
        """Stop watching."""
        if self._watcher:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Be the only one, in any process, who edits the file; `document` is what it holds.

        Raises:
            BrandFileBroken: the file on disk is broken.
            Unavailable: another process held the lock for LOCK_WAIT_S, or the lock file cannot be made.
        """
        async with self.lock, _locked(self._path):
            await self._reload()
            if self._broken:
                raise BrandFileBroken(f"{self.broken}. Nothing was changed; the file must be mended first.")
            yield

    async def write(self, document: Document) -> None:
        """Make this the content, on disk and then in memory. Call it within `exclusive`.

        Raises:
            Unavailable: the file cannot be written; nothing was changed.
        """
        try:
            await asyncio.to_thread(_write, self._path, document.content)
        except OSError as error:
            logger.exception("brand_file_not_written", file=str(self._path))
            raise Unavailable("The brands file could not be written; nothing was changed.") from error
        self._take(document)

    async def _reload(self) -> None:
        before = self.document
        try:
            after = await asyncio.to_thread(_load, self._path, before)
        except BrokenFile as broken:
            if str(broken) != self._broken:
                where = {"file": str(self._path), "line": broken.line, "column": broken.column}
                logger.error("brand_file_broken", **where, reason=broken.reason)  # noqa: TRY400, the trace says no more
            self._broken = str(broken)
            return
        if self._broken:
            logger.info("brand_file_mended", file=str(self._path))
            self._broken = None
        if after is not before:
            self._take(after)
            await self._on_reload(before, after)

    def _take(self, document: Document) -> None:
        for brand_id in document.orphans.keys() - self.document.orphans.keys():
            logger.warning("brand_config_without_brand", file=str(self._path), brand_id=brand_id)
        self.document = document

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_INTERVAL_S)
            try:
                stamp = await asyncio.to_thread(_stamp, self._path)
                if stamp != self._seen:
                    async with self.lock:
                        await self._reload()
                    self._seen = stamp
            except Exception:  # whatever a disk, database or subscriber does, later edits by hand must be noticed
                logger.exception("brand_file_watch_failed", file=str(self._path))


def _stamp(path: Path) -> Stamp | None:
    """What changes when the file does; None while it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _load(path: Path, known: Document) -> Document:
    """Read the file; `known` itself is returned when that is what it still holds.

    Raises:
        BrokenFile: it cannot be read, or served, or it was there once and is missing now.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if known is EMPTY:
            return known
        raise BrokenFile("the file is missing") from None
    except OSError as error:
        raise BrokenFile(f"the file cannot be read ({error.strerror})") from None
    return known if content and content == known.content else parse(content)


def _write(path: Path, content: bytes) -> None:
    """Replace the content so that every reader sees the old or the new, and a power cut leaves one of them.

    A symlink stays, and its target is replaced.

    Raises:
        OSError: it could not be done; the file is as it was.
    """
    target = _target(path)
    temporary = target.with_name(f"{target.name}.tmp")
    try:
        temporary.unlink(missing_ok=True)  # of a process that died
        with temporary.open("xb") as stream:
            _take_owner(stream.fileno(), target)
            _take_mode(stream.fileno(), target)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    # The new content is in place already: a file system that cannot sync folders does not make the edit undone.
    with suppress(OSError):
        sync(target.parent)


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    target = _target(path)  # all paths to the file share one lock
    lock = FileLock(
        f"{target}.lock",
        timeout=LOCK_WAIT_S,
        poll_interval=LOCK_POLL_S,
        thread_local=False,  # it is taken and let go in whichever threads are free
        on_acquired=lambda descriptor: _take_owner(descriptor, target),  # what root's tool locks the server can, too
    )
    try:
        await asyncio.to_thread(lock.acquire)
    except Timeout:
        raise Unavailable("Another process is editing the brands; nothing was changed. Try again.") from None
    except OSError as error:
        logger.exception("brand_file_not_locked", file=str(path))
        raise Unavailable("The brands file cannot be locked for an edit; nothing was changed.") from error
    try:
        yield
    finally:
        await asyncio.to_thread(lock.release)


def _target(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _take_owner(descriptor: int, target: Path) -> None:
    with suppress(FileNotFoundError, PermissionError):  # only root gives files away
        owner = target.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _take_mode(descriptor: int, target: Path) -> None:
    with suppress(FileNotFoundError):
        os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))
