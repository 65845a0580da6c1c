"""The bytes of uploads, each in a folder of its own named by the upload's id, until they are no longer kept."""

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

import orjson

from durable_files import sync, write_durably
from ingestion.child import Source

_SOURCES = "sources.json"
_SPOOL = "spool.jsonl"
_COPY_BYTES = 1024 * 1024


class UploadFiles:
    """Keeps what was sent. Every method blocks; run them off the event loop.

    Args:
        folder: where; it is made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, upload_id: str, filename: str, content: BinaryIO) -> int:
        """Keep a file that was sent, durably; its size in bytes."""
        return self.keep_all(upload_id, [(Source("", filename), content)])

    def keep_all(self, upload_id: str, files: Iterable[tuple[Source, BinaryIO]]) -> int:
        """Keep the files of an upload, durably; their size in bytes. What they are called is no name on the disk."""
        folder = self._folder / upload_id
        folder.mkdir(parents=True, exist_ok=True)
        sources: list[Source] = []
        size = 0
        for source, content in files:
            path = folder / str(len(sources))
            with path.open("wb") as file:
                shutil.copyfileobj(content, file, _COPY_BYTES)
                size += file.tell()
                file.flush()
                os.fsync(file.fileno())
            sources.append(replace(source, path=str(path)))
        described = orjson.dumps([asdict(source) | {"path": Path(source.path).name} for source in sources])
        write_durably(folder / _SOURCES, described)
        sync(self._folder)
        return size

    def sources(self, upload_id: str) -> list[Source]:
        """The files of an upload; none before they are complete."""
        folder = self._folder / upload_id
        try:
            described = orjson.loads((folder / _SOURCES).read_bytes())
        except FileNotFoundError:
            return []
        return [Source(**one | {"path": str(folder / one["path"])}) for one in described]

    def size(self, upload_id: str) -> int:
        """The size of an upload's files in bytes."""
        return sum(Path(source.path).stat().st_size for source in self.sources(upload_id))

    def spool(self, upload_id: str) -> Path:
        """Where what was read of an upload lies, once it is there."""
        return self._folder / upload_id / _SPOOL

    def forget_spool(self, upload_id: str) -> None:
        """Remove what was read; the files stay."""
        spool = self.spool(upload_id)
        for path in (spool, *spool.parent.glob(f"{spool.name}.*")):
            path.unlink(missing_ok=True)

    def remove(self, upload_ids: Sequence[str]) -> list[str]:
        """Remove all of these uploads; those that are gone."""
        for upload_id in upload_ids:
            shutil.rmtree(self._folder / upload_id, ignore_errors=True)
        return [upload_id for upload_id in upload_ids if not (self._folder / upload_id).exists()]

    def remove_unknown(self, known: Iterable[str]) -> None:
        """Remove folders that no upload knows: a process ended before it had recorded them."""
        if self._folder.is_dir():
            self.remove(sorted({entry.name for entry in self._folder.iterdir()} - set(known)))
