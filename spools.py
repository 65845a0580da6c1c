"""What was read of a file, in a spool file: a child process wrote it, and the server saves from it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from brand_service import BrandService
from errors import UnreadableFile
from ingestion.child import Task
from ingestion.parser_process import parse
from ingestion.records import Limits
from storage.uploads import UploadRow
from upload_files import UploadFiles
from web_import import WebImport


@dataclass(frozen=True, slots=True)
class Spooled:
    """An entry as the child process wrote it.

    Attributes:
        number: where it is in the file.
        members: of a product or document, or of what was rejected.
        reason: why it was rejected; empty when it was not.
        id: what a rejected product is called, if that could be told.
    """

    number: int
    members: Mapping[str, Any]
    reason: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Spool:
    """What was read of a file.

    Attributes:
        path: of the spool file.
        count: how many entries there are.
        columns: what columns were taken for: [{"table", "shape", "columns"}].
    """

    path: Path
    count: int
    columns: list[dict[str, Any]]

    @classmethod
    def open(cls, path: Path) -> "Spool":
        """Look through a complete spool file."""
        columns = []
        line = b"[]"
        with path.open("rb") as file:
            for line in file:
                if line.startswith(b'["mapping"'):
                    _, table, shape, mapping = orjson.loads(line)
                    columns.append({"table": table, "shape": shape, "columns": mapping})
        return cls(path, orjson.loads(line)[1], columns)

    def entries(self, position: int = 0) -> Iterator[Spooled]:
        """The entries behind a position."""
        with self.path.open("rb") as file:
            lines = (line for line in file if not line.startswith((b'["mapping"', b'["end"')))
            for line in islice(lines, position, None):
                kind, number, *rest = orjson.loads(line)
                yield Spooled(number, rest[0]) if kind == "item" else Spooled(number, rest[2], rest[0], rest[1])


class Spooler:
    """Has files read by a child process.

    Args:
        files: the bytes.
        web: fetches pages.
        brands: their currencies.
        limits: how much of a file is read.
    """

    def __init__(self, files: UploadFiles, web: WebImport, brands: BrandService, limits: Limits) -> None:
        self._files = files
        self._web = web
        self._brands = brands
        self._limits = limits

    async def spool(self, upload: UploadRow, progress: Callable[[int], None]) -> Spool:
        """Read an upload's file, unless a process that died has; pages of the web are fetched first.

        Args:
            upload: whose file.
            progress: is told how many entries are read so far.

        Raises:
            UnreadableFile: it cannot be read, or is gone.
        """
        sources = await asyncio.to_thread(self._files.sources, upload.upload_id)
        if not sources and upload.source is not None:
            pages = await self._web.fetch(upload.source)
            await asyncio.to_thread(self._files.keep_all, upload.upload_id, pages)
            sources = await asyncio.to_thread(self._files.sources, upload.upload_id)
        if not sources:
            raise UnreadableFile("The file is no longer there; upload it again.")
        path = self._files.spool(upload.upload_id)
        if not path.exists():
            task = Task(
                sources=sources,
                spool=str(path),
                kind=upload.kind.value,
                home_currency=self._brands.config(upload.brand_id).settings.currency,
                today=datetime.now(UTC).date(),
                mapping=dict(upload.mapping),
                limits=self._limits,
            )
            await parse(task, progress)
        return await asyncio.to_thread(Spool.open, path)

    async def file_size(self, upload: UploadRow) -> int:
        """Bytes that were uploaded or fetched."""
        return await asyncio.to_thread(self._files.size, upload.upload_id)

    async def forget(self, upload: UploadRow) -> None:
        """Remove what was read; the file stays."""
        await asyncio.to_thread(self._files.forget_spool, upload.upload_id)
