"""Language models behind any OpenAI-compatible server: OpenAI, vLLM, Ollama, llama.cpp.

The reply's bytes are read here: the SDK's parsed stream costs 10 times the CPU of reading the bytes and parsing them
with orjson.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from types import TracebackType
from typing import Any

import httpx2
import orjson
import stamina
import structlog

from errors import ModelBroken, ModelError, ModelTimedOut, ModelUnreachable
from models import Prompt
from providers.base import Answering, ChatModel, ModelEvent
from providers.openai_client import CONNECT_TIMEOUT_S, SURFACING, OpenAIServer, model_error, pause_before_retry
from providers.openai_stream import ReplyParser

logger = structlog.get_logger(__name__)

# Queueing and reading a long prompt happen before the first token; customers do not wait longer than this.
FIRST_TOKEN_TIMEOUT_S = 30.0
# Models write tens of tokens a second; a pause this long is a server that is stuck.
STALL_TIMEOUT_S = 20.0

MAX_ATTEMPTS = 3
# When a server wants a longer pause than this, the next model of a failover chain is the better answer.
MAX_RETRY_AFTER_S = 5.0
FIRST_BACKOFF_S = 0.2
MAX_BACKOFF_S = 1.0

# After [DONE] the body's end is worth this wait, since the connection can then be used again.
DRAIN_TIMEOUT_S = 0.1


def _pause_before_retry(error: Exception) -> bool | float:
    return pause_before_retry(error, MAX_RETRY_AFTER_S)


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
        reader = self._reader = asyncio.current_task()
        self._already_cancelling = reader.cancelling() if reader is not None else 0

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
        except (*SURFACING, RuntimeError) as error:
            failure = model_error(error)
            # The server had been reached: a connection lost now breaks off the reply.
            raise (ModelBroken() if isinstance(failure, ModelUnreachable) else failure) from error
        return self.parser.feed_eof()

    async def close(self) -> None:
        """End the response: its connection is used again when the reply was read to its end, else it is closed."""
        self._watch.close()
        with suppress(*SURFACING):
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
        self._server = OpenAIServer(base_url, api_key, connect_timeout_s=connect_timeout_s)
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
        await self._server.aclose()

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
        response = await self._server.post("chat/completions", body)
        reply = _Reply(response, self._stall_timeout_s)
        try:
            await reply.begin()
        except BaseException:  # also when cancelled: the response must not outlive the attempt
            await reply.close()
            raise
        return reply
