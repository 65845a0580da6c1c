"""The files of the vectors' folder, beside what Chroma does with them.

Python's copy of SQLite and Chroma's undo each other's locks on a file: nothing here opens the database while a client
has it open.
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson
import structlog

logger = structlog.get_logger(__name__)

DATABASE_FILE = "chroma.sqlite3"
_NOTE_FILE = "unfinished.json"
_SEGMENT_FOLDER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A segment's first file in the order of writing.
_FIRST_FILE = "header.bin"


class Note:
    """What is being written, and what was being written when a process ended: a small file beside Chroma's.

    It holds against the end of the process, not against a power cut, after which Chroma's own files may be torn too.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / _NOTE_FILE
        self.torn: set[str] = set()

    def read(self, segments: dict[str, Path]) -> None:
        """Take up what the last process left: torn is a collection whose files it had begun to write."""
        if not self._file.exists():
            return
        try:
            note = orjson.loads(self._file.read_bytes())
        except orjson.JSONDecodeError:  # a power cut; there is nothing to learn from it
            note = {"torn": [], "writing": None}
        self.torn = set(note["torn"])
        files = segments.get(note["writing"] or "")
        first = files / _FIRST_FILE if files else None
        if first and first.exists() and first.stat().st_mtime_ns >= self._file.stat().st_mtime_ns:
            self.torn.add(note["writing"])
            logger.warning("vectors_torn", collection=note["writing"])
        self._save(None)

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Note that this collection's files may change until the block ends."""
        self._save(name)
        yield
        self._save(None)

    def forget(self, name: str) -> None:
        """The collection is gone."""
        if name in self.torn:
            self.torn.remove(name)
            self._save(None)

    def _save(self, writing: str | None) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps({"torn": sorted(self.torn), "writing": writing}))
        fresh.replace(self._file)


def prepared(folder: Path) -> dict[str, Path]:
    """Ready the database for Chroma, sweep away the files that it leaves of dropped collections; the others' folders.

    No client is open.
    """
    with closing(sqlite3.connect(folder / DATABASE_FILE, isolation_level=None)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            logger.warning("vectors_without_write_ahead_log", mode=mode)
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'segments'").fetchone():
            return {}
        rows = connection.execute(
            "SELECT c.name, s.id FROM segments s JOIN collections c ON c.id = s.collection WHERE s.scope = 'VECTOR'"
        )
        segments = {name: folder / segment for name, segment in rows}
    kept = set(segments.values())
    for entry in folder.iterdir():
        if _SEGMENT_FOLDER.fullmatch(entry.name) and entry not in kept:
            shutil.rmtree(entry)
    return segments
