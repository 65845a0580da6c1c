"""Language models behind any OpenAI-compatible server: OpenAI, vLLM, Ollama, llama.cpp.

The only module that imports openai (about a second), so import it where such a model is wanted, not before.

The SDK gives the connections, the headers and the names of what goes wrong; the request is sent and the reply's bytes
are read here. What is left out of it costs CPU: its parsed stream 10 times what reading the bytes and parsing them with
orjson takes, its `chat.completions.create`, which walks the typed messages, 8 ms for a window of 18, and its way of
building a request from options 1.3 ms.
"""

import asyncio
import ipaddress
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from math import isfinite
from types import TracebackType
from typing import Any, Final

import aiohttp
import httpx2
import openai
import orjson
import stamina
import structlog

from errors import ModelBroken, ModelError, ModelOverloaded, ModelRejected, ModelTimedOut, ModelUnreachable
from models import Prompt
from providers.base import Answering, ChatModel, ModelEvent
from providers.openai_stream import QUOTA_USED_UP, ReplyParser

logger = structlog.get_logger(__name__)

DEFAULT_BASE_URL = "https://api.openai.com/v1"

# A server that listens accepts within one round trip; 5 s leaves room for two lost SYNs (1 s and 3 s).
CONNECT_TIMEOUT_S = 5.0
# Queueing and reading a long prompt happen before the first token; customers do not wait longer than this.
FIRST_TOKEN_TIMEOUT_S = 30.0
# Models write tens of tokens a second; a pause this long is a server that is stuck.
STALL_TIMEOUT_S = 20.0

MAX_ATTEMPTS = 3
# When a server wants a longer pause than this, the next model of a failover chain is the better answer.
MAX_RETRY_AFTER_S = 5.0
FIRST_BACKOFF_S = 0.2
MAX_BACKOFF_S = 1.0

# Above every cap on running turns. It must be a number: None becomes aiohttp's own 100.
MAX_CONNECTIONS = 10_000
KEEPALIVE_S = 30.0
# After [DONE] the body's end is worth this wait, since the connection can then be used again.
DRAIN_TIMEOUT_S = 0.1

_UNUSED_KEY = "unused"  # servers of one's own want none, and the SDK insists on one
# A compressing proxy would hold tokens back until a block is full.
_HEADERS: Final = {"Accept-Encoding": "identity"}


class _ConnectTimedOut(ModelTimedOut):
    """No connection in time: nothing was asked yet, so asking again is harmless."""

    sentence = "The language model's server did not take the connection in time."


# Every exception of the SDK that a chat request can raise, and what surfaces of its transport, which the SDK passes on
# while the body is read, and wraps before that (a refused connection as APITimeoutError, whose cause tells).
ERRORS: Final[Mapping[type[BaseException], type[ModelError]]] = {
    openai.BadRequestError: ModelRejected,
    openai.AuthenticationError: ModelRejected,
    openai.OAuthError: ModelRejected,
    openai.PermissionDeniedError: ModelRejected,
    openai.NotFoundError: ModelRejected,
    openai.UnprocessableEntityError: ModelRejected,
    openai.ConflictError: ModelOverloaded,  # a lock that was not free in time
    openai.RateLimitError: ModelOverloaded,
    openai.InternalServerError: ModelOverloaded,
    openai.APIStatusError: ModelRejected,  # statuses without a class of their own: 3xx, 402, 413, ...
    openai.APITimeoutError: ModelTimedOut,
    openai.APIConnectionError: ModelUnreachable,
    openai.APIResponseValidationError: ModelBroken,
    openai.APIError: ModelBroken,
    openai.OpenAIError: ModelBroken,
    aiohttp.ConnectionTimeoutError: _ConnectTimedOut,
    aiohttp.ServerTimeoutError: ModelTimedOut,
    aiohttp.ClientPayloadError: ModelBroken,  # the body ended early
    aiohttp.ClientResponseError: ModelBroken,  # not HTTP, or broken chunks
    aiohttp.ClientError: ModelUnreachable,
    httpx2.TimeoutException: ModelTimedOut,
    httpx2.DecodingError: ModelBroken,
    httpx2.HTTPError: ModelUnreachable,
    TimeoutError: ModelTimedOut,
    OSError: ModelUnreachable,
    RuntimeError: ModelBroken,  # aiohttp, asked for more of a body whose connection it has closed
}
_SURFACING = (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)

# --- Errors and retries ---


def model_error(error: BaseException) -> ModelError:
    """Our error for one of the SDK or its transport, in words of our own.

    What aiohttp raised decides where there is such a cause: above it the SDK says APITimeoutError even for connections
    that were refused.
    """
    if isinstance(error, openai.RateLimitError) and error.code == QUOTA_USED_UP:
        return ModelRejected()
    retry_after = retry_after_s(error.response.headers) if isinstance(error, openai.APIStatusError) else None
    kind: type[ModelError] = ModelBroken
    cause: BaseException | None = error
    while cause is not None:
        kind = next((ERRORS[base] for base in type(cause).__mro__ if base in ERRORS), kind)
        cause = None if isinstance(cause, aiohttp.ClientError | OSError) else cause.__cause__
    return kind(retry_after=retry_after)


_STATUS_ERRORS: Final[Mapping[int, type[openai.APIStatusError]]] = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
}


async def _status_error(response: httpx2.Response) -> openai.APIStatusError:
    """The SDK's exception for a response that is no reply."""
    try:
        content = await response.aread()
    finally:
        await response.aclose()
    try:
        body = orjson.loads(content)
    except ValueError:
        body = None
    said = body.get("error", body) if isinstance(body, dict) else body
    other = openai.InternalServerError if response.is_server_error else openai.APIStatusError
    kind = _STATUS_ERRORS.get(response.status_code, other)
    return kind(f"status {response.status_code}", response=response, body=said)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The pause in seconds that a server asks for (RFC 9110 section 10.2.3, and OpenAI's `retry-after-ms`)."""
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        with suppress(ValueError):
            seconds = float(headers.get(name, "")) * unit
            if isfinite(seconds):
                return max(0.0, seconds)
    with suppress(ValueError):
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    return None


def _pause_before_retry(error: Exception) -> bool | float:
    """Stamina's question: whether to try again, and after how many seconds (True: its own backoff)."""
    if isinstance(error, ModelOverloaded) and error.retry_after is not None:
        return error.retry_after if error.retry_after <= MAX_RETRY_AFTER_S else False
    return isinstance(error, ModelUnreachable | ModelOverloaded | _ConnectTimedOut)


# --- Reading ---


class _StallWatch:
    """Ends waits that take too long: `with watch:` around each wait for the model raises ModelTimedOut.

    One timer per reply, set again only when it goes off. With `asyncio.timeout`, which sets and cancels one per wait,
    tokens that arrive one by one cost a third more CPU (12,000 instead of 16,000 a CPU second).
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()
        self._reader: asyncio.Task[Any] | None = None
        self._already_cancelling = 0
        self._expired = False
        self._timer = self._loop.call_later(limit_s, self._look)

    def __enter__(self) -> None:
        self._since = self._loop.time()
        self._reader = asyncio.current_task()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reader, self._reader = self._reader, None
        if self._expired and reader is not None:
            self._expired = False
            # As asyncio.timeout does: a cancellation that somebody else asked for meanwhile goes on.
            if reader.uncancel() <= self._already_cancelling and kind is asyncio.CancelledError:
                raise ModelTimedOut from error

    def close(self) -> None:
        """Stop watching."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        due = now + self._limit_s if self._reader is None else self._since + self._limit_s
        if self._reader is not None and due <= now:
            self._expired = True
            self._already_cancelling = self._reader.cancelling()
            self._reader.cancel()
        else:
            self._timer = self._loop.call_at(due, self._look)


class _Reply:
    """A response whose headers are in: its text as it arrives. Whoever holds it closes it."""

    def __init__(self, response: httpx2.Response, stall_timeout_s: float) -> None:
        self._response = response
        self._body = response.aiter_bytes()
        self.parser = ReplyParser()
        self._watch = _StallWatch(stall_timeout_s)
        self.first_text = ""

    async def begin(self) -> None:
        """Read up to the first text, without the watch: the caller bounds this wait."""
        self.first_text = await self._read()
        if not self.first_text:
            self.parser.completion()

    async def next_text(self) -> str:
        """What has arrived since, as soon as there is something; empty at the end."""
        if self.parser.ended:
            return ""
        try:
            with self._watch:
                return await self._read()
        except ModelError:
            # Once the model has said that it ended, how the connection ends does not matter.
            if self.parser.finish_reason is None:
                raise
            return ""

    async def _read(self) -> str:
        try:
            async for data in self._body:
                text = self.parser.feed(data)
                if text or self.parser.ended:
                    return text
        except (*_SURFACING, RuntimeError) as error:
            failure = model_error(error)
            # The server had been reached: a connection lost now breaks off the reply.
            raise (ModelBroken() if isinstance(failure, ModelUnreachable) else failure) from error
        return self.parser.feed_eof()

    async def close(self) -> None:
        """End the response: its connection is used again when the reply was read to its end, else it is closed."""
        self._watch.close()
        with suppress(*_SURFACING):
            try:
                if self.parser.done:
                    async with asyncio.timeout(DRAIN_TIMEOUT_S):
                        async for _ in self._body:
                            pass
            finally:
                await self._body.aclose()
                await self._response.aclose()


class OpenAIChatModel(ChatModel):
    """A model behind an OpenAI-compatible server.

    Before the first piece of text it tries up to MAX_ATTEMPTS times when the server cannot be reached or is overloaded,
    honouring Retry-After up to MAX_RETRY_AFTER_S; afterwards never, since the customer has read what came.

    Args:
        model: its name as the server knows it.
        api_key: None for servers that want none.
        base_url: up to and including `/v1`; None is OpenAI's own.
        connect_timeout_s: seconds for a connection, TLS included, for each attempt.
        first_token_timeout_s: seconds from the question to the first piece of text, retries included.
        stall_timeout_s: seconds between two reads of the reply.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        first_token_timeout_s: float = FIRST_TOKEN_TIMEOUT_S,
        stall_timeout_s: float = STALL_TIMEOUT_S,
    ) -> None:
        self._model = model
        self._first_token_timeout_s = first_token_timeout_s
        self._stall_timeout_s = stall_timeout_s
        base_url = base_url or DEFAULT_BASE_URL
        self._http = openai.DefaultAioHttpClient(
            # Reading has no time-out here: the first token and stalls have their own, see `stream`.
            timeout=httpx2.Timeout(None, connect=connect_timeout_s),
            limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_S),
            mounts=_without_proxy(base_url),
        )
        self._client = openai.AsyncOpenAI(
            api_key=api_key or _UNUSED_KEY, base_url=base_url, max_retries=0, http_client=self._http
        )
        self._url = self._client.base_url.join("chat/completions")
        given = {**self._client.default_headers, **self._client.auth_headers, **_HEADERS}
        self._headers = httpx2.Headers({name: value for name, value in given.items() if isinstance(value, str)})
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=MAX_ATTEMPTS,
            timeout=None,
            wait_initial=FIRST_BACKOFF_S,
            wait_max=MAX_BACKOFF_S,
            wait_jitter=FIRST_BACKOFF_S,
        ).on(_pause_before_retry)

    @property
    def name(self) -> str:
        """The model's name as the server knows it."""
        return self._model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent, None]:
        """Yield `Answering`, the text as it arrives (one piece per network read), and `Completion`.

        Raises:
            ModelError: see providers.base.ChatModel.
        """
        reply = await self._ask(self._request_body(prompt))
        try:
            yield Answering(self._model)
            text = reply.first_text
            while text:
                yield text
                text = await reply.next_text()
            yield reply.parser.completion()
        finally:
            await reply.close()

    async def aclose(self) -> None:
        """Close the connections; replies still being read break off, at the latest by their stall time-out."""
        await self._client.close()

    def _request_body(self, prompt: Prompt) -> bytes:
        messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
        options = {"include_usage": True}
        return orjson.dumps({"model": self._model, "messages": messages, "stream": True, "stream_options": options})

    async def _ask(self, body: bytes) -> _Reply:
        """A reply that has begun, after as many attempts as are due."""
        try:
            async with asyncio.timeout(self._first_token_timeout_s):
                return await self._retrying(self._attempt, body)
        except TimeoutError as error:
            raise ModelTimedOut from error

    async def _attempt(self, body: bytes) -> _Reply:
        try:
            return await self._begin(body)
        except ModelError as failure:
            status = getattr(failure.__cause__, "status_code", None)
            logger.warning("model request failed", model=self._model, error=failure.code, status=status)
            raise

    async def _begin(self, body: bytes) -> _Reply:
        try:
            request = self._http.build_request("POST", self._url, headers=self._headers, content=body)
            response = await self._http.send(request, stream=True)
            if response.is_error or response.is_redirect:
                raise await _status_error(response)
        except _SURFACING as error:
            raise model_error(error) from error
        reply = _Reply(response, self._stall_timeout_s)
        try:
            await reply.begin()
        except BaseException:  # also when cancelled: the response must not outlive the attempt
            await reply.close()
            raise
        return reply


def _without_proxy(base_url: str) -> dict[str, None] | None:
    """The transport map that lets a server on this machine be reached directly, whatever HTTP_PROXY says."""
    host = httpx2.URL(base_url).host
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return None
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None} if is_loopback else None
