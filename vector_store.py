"""Vectors by row id, in ChromaDB embedded in this process: an index, which can always be made again from the rows.

Nobody else imports chromadb. What was measured of its version 1.5.9 made the module what it is:

- Each call into Chroma holds the interpreter's lock until it returns. More than one thread would gain nothing, so there
  is one; whatever is long is cut into slices, because everything else in the process stands still during each.
- What has been read stays in memory as far as there is room (vector_cache.py): comparing with all of 40,000 vectors
  takes 2 ms there, as Chroma takes for the nearest 200, and finds exactly the nearest.
- With SQLite's default journal a write takes 23 ms whatever its size, with the write-ahead log 3 ms.
- A loaded collection takes 2.8 MB whatever its size and four file handles, and is never let go. Chroma's own bound on
  its cache cannot be used: it evicts collections whose latest vectors are not in their files yet, and reading those
  fails then ("Nothing found on disk"). So the client is closed and opened again when too many are loaded.
- A collection's files are written in place. A process that is killed meanwhile leaves them torn, and torn files may be
  read as if they were whole. So what is being written is noted beside them (`vector_files.Note`).
- Two copies of SQLite in one process (Python's, Chroma's) undo each other's locks on a file. So Python's touches the
  database only while no client is open.
"""

import asyncio
import ctypes
import re
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
import orjson
import structlog
from chromadb.api import ClientAPI
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.rust import RustBindingsAPI
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings, System
from chromadb.errors import InternalError, InvalidArgumentError, NotFoundError
from numpy.typing import NDArray

from errors import ServiceError, Unavailable, VectorIndexBroken
from foreground import Foreground
from models import BrandId, plain_name
from providers.base import Vectors
from vector_cache import LARGEST_SMALL, MAX_KEPT, KeptVectors, VectorCache
from vector_files import DATABASE_FILE, Note, prepared

logger = structlog.get_logger(__name__)

Result = TypeVar("Result")

# What the names of our collections begin with.
COLLECTION_PREFIX = "brand."

# So many collections are loaded at most: 2.8 MB and 4 file handles each. 1,000 brands of 50 vectors, asked by Zipf's
# law: warm 1 ms, cold 5 ms (p99 10), with closing and opening again 42 ms (at most 64, once in 100 queries). With 192
# that is 81 ms once in 460, and 768 of the 1,024 file handles that a process has on many machines.
HOT_COLLECTIONS = 64

# Vectors in one call, during which everything stands still: 64 take 12 ms, 0.3 ms each; in 10s it is 0.9 ms each.
PUT_SLICE = 64
# Ids in one call: 200 take 3 ms.
ID_SLICE = 200

# At 40,000 vectors of 384 dimensions: recall of the exact 50 nearest 0.999 among 200, 1.5 ms, 0.3 ms of CPU a vector.
# ef_construction 100 took 0.42 ms for the same recall.
_GRAPH = CreateHNSWConfiguration(space="cosine", ef_construction=60, max_neighbors=16, ef_search=100)

# So many vectors may be in the log alone: then Chroma writes the files, which grows with the collection (40 ms at
# 40,000), and a load puts them into the graph again. 50 vectors load in 29 ms from the log, in 5 ms from files.
_SYNC_SMALL = 20
_SYNC_LARGE = 500
_LARGE = 1_000

_NO_VECTORS: Final[Vectors] = np.empty((0, 0), dtype=np.float32)

_BROKEN_FOLDER = "broken"

# More than are ever loaded: Chroma must not evict (see above). It would take a fifth of the limit on open files.
_NEVER_EVICT = 1_000_000

# SQLite's codes for what passes: busy, locked, an I/O error, a full disk, a file that cannot be opened.
_PASSING = re.compile(r"\(code: (5|6|10|13|14)\)")

# Seconds that closing may take until SQLite has removed its log.
_CLOSING = 2.0
_CLOSING_LOOK = 0.002


def collection_name(brand_id: BrandId, kind: str, embedder: str, generation: int = 1) -> str:
    """The name of a brand's collection of one kind ("products", "passages") in one embedder's space.

    Never `products_...`, which is v2.0's. Ids are kept apart by `models.plain_name`, which leaves no dot in them.

    Args:
        brand_id: whose vectors they are.
        kind: what the rows are.
        embedder: `Embedder.name`.
        generation: counts rebuilds that are made beside the collection in use.
    """
    name = f"{COLLECTION_PREFIX}{plain_name(brand_id)}.{kind}.{plain_name(embedder)}"
    return name if generation == 1 else f"{name}.g{generation}"


class VectorStore:
    """The collections of one folder. It opens with the first call; one process may have a folder open.

    Every method may raise `VectorIndexBroken` (drop the collection and make it again; when it comes from `collections`
    the whole folder is broken, see `set_aside`) and `Unavailable` (a full disk, say: try again later).

    Args:
        folder: where Chroma keeps its files; made when missing.
        foreground: whom the saving of many vectors makes way for.
        hot: how many collections may be loaded at the same time.
    """

    def __init__(self, folder: Path, foreground: Foreground | None = None, *, hot: int = HOT_COLLECTIONS) -> None:
        self._folder = folder
        self._foreground = foreground or Foreground()
        self._chroma = _Chroma(folder, hot)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="vectors")
        self._read_ahead: dict[str, asyncio.Task[None]] = {}

    def exists(self) -> bool:
        """Whether the folder holds a database already, ours or an earlier version's."""
        return (self._folder / DATABASE_FILE).is_file()

    async def put(self, collection: str, ids: Sequence[int], vectors: Vectors) -> None:
        """Save vectors under their rows' ids, replacing those that are there; makes the collection when missing.

        When it returns they survive the end of the process. When it does not, some may be saved: it can be repeated.

        Args:
            collection: its name, from `collection_name`.
            ids: row ids, each once.
            vectors: shape (ids, dimension), finite.
        """
        if len(ids) != len(vectors) or len(set(ids)) != len(ids) or not np.isfinite(vectors).all():
            raise ValueError("put needs one finite vector for each id, and each id once")
        for start in range(0, len(ids), PUT_SLICE):
            part = slice(start, start + PUT_SLICE)
            await self._foreground.give_way()
            await self._run(self._chroma.put, collection, ids[part], vectors[part])

    async def remove(self, collection: str, ids: Sequence[int]) -> None:
        """Take these rows' vectors away; those that are not there are no error."""
        for start in range(0, len(ids), ID_SLICE):
            await self._run(self._chroma.remove, collection, ids[start : start + ID_SLICE])

    async def nearest(self, collection: str, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        """Up to `limit` row ids with their cosines (-1 to 1), best first; none when there is no such collection."""
        if limit <= 0:
            return []
        found = await self._run(self._chroma.nearest, collection, vector, limit)
        if collection not in self._read_ahead:
            self._read_ahead[collection] = asyncio.create_task(self._read_all(collection))
        return found

    async def similarities(self, collection: str, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        """The exact cosines of these rows; those without a vector are left out."""
        return await self._run(self._chroma.similarities, collection, vector, ids) if ids else {}

    async def ids(self, collection: str) -> set[int]:
        """The row ids that have a vector. It loads the collection."""
        return await self._run(self._chroma.ids, collection)

    async def count(self, collection: str) -> int:
        """How many rows have a vector. It loads the collection."""
        return await self._run(self._chroma.count, collection)

    async def drop(self, collection: str) -> None:
        """Remove the collection with everything in it, broken or not; it need not be there."""
        await self._run(self._chroma.drop, collection)
        self._read_ahead.pop(collection, None)

    async def collections(self) -> list[str]:
        """The names of all collections in the folder, earlier versions' among them."""
        return await self._run(self._chroma.collections)

    async def set_aside(self) -> None:
        """Start anew when the folder cannot be opened: what is in it moves to `broken/`, where the last one stays."""
        await self._run(self._chroma.set_aside)

    async def aclose(self) -> None:
        """Close the folder; the store is not used afterwards."""
        for reading in self._read_ahead.values():
            reading.cancel()
        try:
            await self._run(self._chroma.close)
        finally:
            self._thread.shutdown()

    async def _read_all(self, collection: str) -> None:
        """Bring the vectors of a collection that is searched into memory, as far as there is room."""
        with suppress(ServiceError):  # it is in the log, and the next search meets it again
            while await self._run(self._chroma.read_ahead, collection):
                await self._foreground.give_way()

    async def _run(self, call: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _translated, call, *arguments)


def _translated(call: Callable[..., Result], *arguments: object) -> Result:
    """Call; what Chroma raises becomes an error of ours, and its words go to the log alone."""
    try:
        return call(*arguments)
    except ServiceError:
        raise
    except BaseException as error:  # a panic of Chroma's Rust part arrives as a BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        passing = isinstance(error, OSError) or _PASSING.search(str(error)) is not None
        broken = not passing and isinstance(error, InternalError | InvalidArgumentError | sqlite3.DatabaseError)
        panic = not isinstance(error, Exception)
        logger.exception("vectors_failed", call=call.__name__, broken=broken or panic)
        if broken or panic:
            raise VectorIndexBroken("The search index cannot be read and has to be built again.") from error
        raise Unavailable("The search index does not answer now.") from error


class _Chroma:
    """The client and what it has loaded. Everything here runs on the store's one thread."""

    def __init__(self, folder: Path, hot: int) -> None:
        self._folder = folder
        self._hot: Final = hot
        self._note = Note(folder)
        self._client: ClientAPI | None = None
        self._server: RustBindingsAPI | None = None
        self._looked = False
        self._handles: dict[str, Collection] = {}
        # By Chroma's own ids: a dropped collection stays loaded, under a name that may have been given again.
        self._loaded: set[UUID] = set()
        self._cache = VectorCache()

    def put(self, name: str, ids: Sequence[int], vectors: Vectors) -> None:
        handle = self._use(name, create=True)
        if handle is None:
            raise Unavailable("The search index does not answer now.")
        exact = np.asarray(vectors, dtype=np.float32)
        with self._changing(name) as kept, self._note.writing(name):
            handle.upsert(ids=[str(row_id) for row_id in ids], embeddings=exact)
            if kept is not None:
                kept.put(ids, exact)
        if len(ids) == PUT_SLICE:
            self._write_files_less(handle)

    def remove(self, name: str, ids: Sequence[int]) -> None:
        if handle := self._use(name):
            with self._changing(name) as kept, self._note.writing(name):
                handle.delete(ids=[str(row_id) for row_id in dict.fromkeys(ids)])
                if kept is not None:
                    kept.remove(ids)

    def nearest(self, name: str, vector: NDArray[np.float32], limit: int) -> list[tuple[int, float]]:
        kept = self._kept(name)
        if kept is not None and kept.is_whole:
            return kept.nearest(vector, limit)
        handle = self._use(name)
        if handle is None:
            return []
        found = handle.query(
            query_embeddings=np.asarray([vector], dtype=np.float32), n_results=limit, include=["distances"]
        )
        distances = found["distances"] or [[]]
        cosines = (max(-1.0, min(1.0, 1.0 - distance)) for distance in distances[0])
        return [(int(row_id), cosine) for row_id, cosine in zip(found["ids"][0], cosines, strict=True)]

    def similarities(self, name: str, vector: NDArray[np.float32], ids: Sequence[int]) -> dict[int, float]:
        kept = self._kept(name)
        if kept is None:
            return {}
        self._fetch(name, kept, kept.missing(ids))
        return kept.similarities(vector, ids)

    def read_ahead(self, name: str) -> bool:
        """Read some more vectors of a collection; whether there are others to read, and room for them."""
        kept = self._kept(name)
        if kept is None or kept.is_whole:
            return False
        if kept.unread is None:
            if self.count(name) + self._cache.size > MAX_KEPT:
                return False
            kept.unread = kept.missing(self.ids(name))
        self._fetch(name, kept, kept.unread[-ID_SLICE:])
        del kept.unread[-ID_SLICE:]
        return not kept.is_whole

    def ids(self, name: str) -> set[int]:
        handle = self._use(name)
        return {int(row_id) for row_id in handle.get(include=[])["ids"]} if handle else set()

    def count(self, name: str) -> int:
        handle = self._use(name)
        return handle.count() if handle else 0

    def drop(self, name: str) -> None:
        self._cache.forget(name)
        self._handles.pop(name, None)
        with suppress(NotFoundError):
            self._opened().delete_collection(name)
        self._note.forget(name)

    def collections(self) -> list[str]:
        return [collection.name for collection in self._opened().list_collections()]

    def set_aside(self) -> None:
        self.close()
        self._cache = VectorCache()
        aside = self._folder / _BROKEN_FOLDER
        shutil.rmtree(aside, ignore_errors=True)
        entries = [entry for entry in self._folder.iterdir() if entry != aside] if self._folder.is_dir() else []
        aside.mkdir(parents=True, exist_ok=True)
        for entry in entries:
            entry.rename(aside / entry.name)
        self._note = Note(self._folder)
        self._looked = False

    def close(self) -> None:
        """Close the client and wait until SQLite, which Chroma closes in the background, has removed its log."""
        if self._client is None:
            return
        self._let_go()
        until = time.monotonic() + _CLOSING
        while Path(f"{self._folder / DATABASE_FILE}-wal").exists() and time.monotonic() < until:
            time.sleep(_CLOSING_LOOK)

    def _write_files_less(self, handle: Collection) -> None:
        """A collection that has become large has its files written less often, from its next load on."""
        settings = handle.configuration_json.get("hnsw") or {}
        if self._server is None or settings.get("sync_threshold") != _SYNC_SMALL or handle.count() < _LARGE:
            return
        # Not handle.modify, which warns that the collection has no embedding function.
        change = orjson.dumps({"hnsw": {"sync_threshold": _SYNC_LARGE}}).decode()
        self._server.bindings.update_collection(str(handle.id), None, None, change)
        self._let_go()

    @contextmanager
    def _changing(self, name: str) -> Iterator[KeptVectors | None]:
        """What is kept in memory of a collection that is being changed; nothing when the change fails."""
        try:
            yield self._cache.get(name)
        except BaseException:
            self._cache.forget(name)
            raise
        self._cache.shrink()

    def _kept(self, name: str) -> KeptVectors | None:
        """What is in memory of a collection, which is everything when it is small; None when there is none."""
        kept = self._cache.get(name)
        if kept is not None:
            return kept
        handle = self._use(name)
        if handle is None:
            return None
        kept = self._cache.add(name)
        if handle.count() <= LARGEST_SMALL:
            kept.put(*self._vectors(handle))
            kept.unread = []
            self._cache.shrink()
        return kept

    def _fetch(self, name: str, kept: KeptVectors, ids: Sequence[int]) -> None:
        """Bring these rows' vectors into memory, as far as they are there."""
        for start in range(0, len(ids), ID_SLICE):
            if handle := self._use(name):
                kept.put(*self._vectors(handle, ids[start : start + ID_SLICE]))
        self._cache.shrink()

    def _vectors(self, handle: Collection, ids: Sequence[int] | None = None) -> tuple[list[int], Vectors]:
        """The ids and vectors of these rows as far as they are there, or of all."""
        if self._server is None:
            return [], _NO_VECTORS
        # Not handle.get, which takes half as long again to check and copy what it is given.
        wanted = None if ids is None else [str(row_id) for row_id in dict.fromkeys(ids)]
        found = self._server.bindings.get(
            str(handle.id), wanted, None, None, 0, None, ["embeddings"], DEFAULT_TENANT, DEFAULT_DATABASE
        )
        vectors = np.asarray(found.embeddings, dtype=np.float32)
        return [int(row_id) for row_id in found.ids], vectors.reshape(len(found.ids), -1) if found.ids else _NO_VECTORS

    def _use(self, name: str, *, create: bool = False) -> Collection | None:
        """The collection, loaded, while no more than `hot` are; None when it is missing."""
        handle = self._find(name, create=create)
        if handle is None or handle.id in self._loaded:
            return handle
        if len(self._loaded) >= self._hot:
            self._let_go()
            handle = self._find(name, create=create)
        if handle is not None:
            self._loaded.add(handle.id)
            with self._note.writing(name):  # loading writes when there is much in the log
                handle.count()
        return handle

    def _find(self, name: str, *, create: bool) -> Collection | None:
        client = self._opened()
        if name in self._note.torn:
            raise VectorIndexBroken("The search index cannot be read and has to be built again.")
        if name not in self._handles:
            try:
                self._handles[name] = client.get_collection(name, embedding_function=None)
            except NotFoundError:
                if not create:
                    return None
                self._handles[name] = client.create_collection(
                    name,
                    configuration=CreateCollectionConfiguration(hnsw={**_GRAPH, "sync_threshold": _SYNC_SMALL}),
                    embedding_function=None,
                )
        return self._handles[name]

    def _let_go(self) -> None:
        """Close the client, which lets go of everything loaded, and give the memory back to the system."""
        if self._client is not None:
            self._client.close()  # type: ignore[attr-defined]
        self._client = self._server = None
        self._handles.clear()
        self._loaded.clear()
        _trim_memory()

    def _opened(self) -> ClientAPI:
        if self._client is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._looked:
                self._note.read(prepared(self._folder))
                self._looked = True
            self._client, self._server = _open(self._folder)
        return self._client


def _open(folder: Path) -> tuple[ClientAPI, RustBindingsAPI]:
    system = System(Settings(anonymized_telemetry=False, is_persistent=True, persist_directory=str(folder)))
    server = system.instance(RustBindingsAPI)
    server.hnsw_cache_size = _NEVER_EVICT
    system.start()
    return Client.from_system(system), server


def _trim_memory() -> None:
    """Give freed memory back to the system; only glibc keeps it and can be told so."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
