"""Vectors from any OpenAI-compatible server: OpenAI, vLLM, Ollama, llama.cpp."""

import asyncio
import base64
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import orjson
import stamina
import structlog

from errors import ModelBroken, ModelError, ModelTimedOut, ModelUnreachable
from providers.base import Embedder, Vectors
from providers.openai_client import SURFACING, OpenAIServer, model_error, pause_before_retry

logger = structlog.get_logger(__name__)

# OpenAI takes 2,048 texts and 300,000 tokens a request; a token of English is 4 bytes, of Chinese 3. Fewer texts keep
# the answer small: 128 vectors of 1,536 are 1 MB in base64, and 4 MB as numbers, which take 20 ms to parse.
MAX_REQUEST_TEXTS: Final = 128
MAX_REQUEST_BYTES: Final = 600_000
# OpenAI's models read 8,191 tokens and refuse more. Bytes, not characters, since a Chinese character is a token or two.
MAX_TEXT_BYTES: Final = 20_000

# A request of an import, for each attempt: a small machine needs a second for 10 texts.
BULK_TIMEOUT_S = 60.0
BULK_ATTEMPTS: Final = 5
BULK_FIRST_BACKOFF_S = 0.5
BULK_MAX_BACKOFF_S = 10.0
# OpenAI's limits are per minute, so a pause of this length may be asked for.
BULK_MAX_RETRY_AFTER_S: Final = 60.0

# A query, attempts and pauses together: search by words is ready, and the customer waits.
QUERY_TIMEOUT_S = 2.0
QUERY_ATTEMPTS: Final = 2
QUERY_BACKOFF_S = 0.1
QUERY_MAX_RETRY_AFTER_S: Final = 0.5


class OpenAIEmbedder(Embedder):
    """An embedding model behind an OpenAI-compatible server. How long its vectors are is what the first answer says.

    Args:
        model: its name as the server knows it.
        api_key: None for servers that want none.
        base_url: up to and including `/v1`; None is OpenAI's own.
        bulk_timeout_s: seconds for one request of `embed`.
        query_timeout_s: seconds for `embed_query`, its second attempt included.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        bulk_timeout_s: float = BULK_TIMEOUT_S,
        query_timeout_s: float = QUERY_TIMEOUT_S,
    ) -> None:
        self._model = model
        self._server = OpenAIServer(base_url, api_key)
        self._bulk_timeout_s = bulk_timeout_s
        self._query_timeout_s = query_timeout_s
        self._dimension: int | None = None
        self._patiently = stamina.AsyncRetryingCaller(
            attempts=BULK_ATTEMPTS,
            timeout=None,
            wait_initial=BULK_FIRST_BACKOFF_S,
            wait_max=BULK_MAX_BACKOFF_S,
            wait_jitter=BULK_FIRST_BACKOFF_S,
        ).on(_pause_in_bulk)
        self._quickly = stamina.AsyncRetryingCaller(
            attempts=QUERY_ATTEMPTS, timeout=None, wait_initial=QUERY_BACKOFF_S, wait_jitter=QUERY_BACKOFF_S
        ).on(_pause_of_query)

    @property
    def name(self) -> str:
        """The model's name as the server knows it."""
        return self._model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of many texts; see providers.base.Embedder. Each request is tried up to BULK_ATTEMPTS times."""
        parts = [await self._patiently(self._attempt, request, self._bulk_timeout_s) for request in _requests(texts)]
        return np.concatenate(parts) if parts else np.empty((0, self._dimension or 0), dtype=np.float32)

    async def embed_query(self, text: str) -> Vectors:
        """The vector of one text, within `query_timeout_s`; see providers.base.Embedder."""
        try:
            async with asyncio.timeout(self._query_timeout_s):
                vectors: Vectors = await self._quickly(self._attempt, [_sendable(text)], self._query_timeout_s)
        except TimeoutError as error:
            raise ModelTimedOut from error
        vector: Vectors = vectors[0]
        return vector

    async def aclose(self) -> None:
        """Close the connections."""
        await self._server.aclose()

    async def _attempt(self, texts: Sequence[str], timeout_s: float) -> Vectors:
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._post(texts)
            return self._checked(vectors_of(answer, len(texts)))
        except TimeoutError as error:
            logger.warning("embedding request failed", model=self._model, error=ModelTimedOut.code)
            raise ModelTimedOut from error
        except ModelError as failure:
            status = getattr(failure.__cause__, "status_code", None)
            logger.warning("embedding request failed", model=self._model, error=failure.code, status=status)
            raise

    async def _post(self, texts: Sequence[str]) -> bytes:
        # The SDK asks for base64 as well, so servers know it, or ignore it and send numbers.
        body = orjson.dumps({"model": self._model, "input": texts, "encoding_format": "base64"})
        response = await self._server.post("embeddings", body)
        try:
            return await response.aread()
        except (*SURFACING, RuntimeError) as error:
            failure = model_error(error)
            # The server had been reached: a connection lost now breaks off the answer.
            raise (ModelBroken() if isinstance(failure, ModelUnreachable) else failure) from error
        finally:
            await response.aclose()

    def _checked(self, vectors: Vectors) -> Vectors:
        """The vectors, if they are as long as those before."""
        if self._dimension is None:
            self._dimension = vectors.shape[1]
        if vectors.shape[1] != self._dimension:
            raise ModelBroken
        return vectors


def _pause_in_bulk(error: Exception) -> bool | float:
    return isinstance(error, ModelTimedOut) or pause_before_retry(error, BULK_MAX_RETRY_AFTER_S)


def _pause_of_query(error: Exception) -> bool | float:
    return pause_before_retry(error, QUERY_MAX_RETRY_AFTER_S)


# --- What is sent ---


def _sendable(text: str) -> str:
    """The text as far as models read it, without lone surrogates, and not empty, which OpenAI refuses."""
    return text.encode("utf-8", "replace")[:MAX_TEXT_BYTES].decode("utf-8", "ignore") or " "


def _requests(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in their order, cut into requests within the bounds."""
    request: list[str] = []
    room = MAX_REQUEST_BYTES
    for text in map(_sendable, texts):
        size = len(text.encode())
        if request and (len(request) == MAX_REQUEST_TEXTS or size > room):
            yield request
            request, room = [], MAX_REQUEST_BYTES
        request.append(text)
        room -= size
    if request:
        yield request


# --- What comes back ---


def vectors_of(answer: bytes, count: int) -> Vectors:
    """The vectors in the body of an answer, each to length 1, in the order of the texts.

    Raises:
        ModelBroken: it is no such answer, or not `count` vectors of one length, of finite numbers, none of them zero.
    """
    try:
        # Numbers beyond float32 become infinite, which is looked for.
        with np.errstate(over="ignore"):
            placed = dict(_placed(*each) for each in zip(range(count), orjson.loads(answer)["data"], strict=True))
            vectors = np.stack([placed[index] for index in range(count)])
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelBroken from error
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ModelBroken
    unit: Vectors = vectors / lengths
    return unit


def _placed(position: int, entry: Any) -> tuple[int, Vectors]:  # noqa: ANN401 -- whatever the server sent
    return entry.get("index", position), _vector(entry["embedding"])


def _vector(embedding: Any) -> Vectors:  # noqa: ANN401 -- whatever the server sent
    if isinstance(embedding, str):
        vector = np.frombuffer(base64.b64decode(embedding, validate=True), dtype="<f4").astype(np.float32)
    else:
        vector = np.asarray(embedding, dtype=np.float32)
    if vector.ndim != 1 or not vector.size:
        raise ValueError("no vector")
    return vector
