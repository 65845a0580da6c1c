"""An OpenAI-compatible server over real HTTP that can be told to fail.

It runs as a process of its own (`python tests/functional/fake_openai.py --port 0` prints `{"port": N}` as its first
line) or inside a test's loop (`async with FakeOpenAI() as fake: ... fake.base_url`).

How it answers is said in the last user message, `fake:{"pieces": 200, "delay_ms": 5}` (or in one of the texts to
embed), so that concurrent tests do not disturb each other, or for all requests by `POST /behaviour` with the same
members (`null` resets); the message wins. `Behaviour` lists the members.

    POST   /v1/chat/completions    streaming and not
    POST   /v1/embeddings          hashed words: texts with common words lie close together
    GET    /requests               bodies received, oldest first; DELETE forgets them
    GET    /stats                  {"requests", "open_streams", "disconnects"}
    POST   /behaviour              members of Behaviour, or null

With `obedient` it has no mind of its own: see obedience.py.
"""

import argparse
import asyncio
import json
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.functional.fake_embeddings import embeddings
from tests.functional.obedience import obeying

DEFAULT_TEXT = "Certainly, I can help you with that."
MAX_REQUEST_BYTES = 64 * 1024 * 1024

# With no delays the whole stream is written in slices of this size: few system calls, and still several reads.
BULK_WRITE_BYTES = 65_536

_HEAD = {"id": "chatcmpl-fake", "created": 1_700_000_000, "model": "fake"}
_SCRIPT_MARK = "fake:"
_MARKER = re.compile(r"marker:(\w+)")
_BREAKS = ("cut_after", "hang_after", "broken_sse_after", "bad_chunk_after", "error_after")
# What a failing status says, in OpenAI's words.
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one request is answered. Counts are in pieces, one SSE event each; times in milliseconds.

    Attributes:
        pieces: how many times `piece` is said; 0 says `text`.
        piece: the text of each of them.
        text: exact text of the reply, cut into pieces of `piece_chars` characters.
        obedient: says whatever any text in its prompt tells it to, and then the whole prompt, instead of `text`.
        piece_chars: see `text`.
        echo_marker: starts the reply with the token that the question holds as `marker:XYZ`.
        finish_reason: of the last event; None leaves it out, and with `no_done` the stream just ends.
        header_delay_ms: wait before the response's headers.
        first_delay_ms: wait between the headers and the first piece.
        delay_ms: wait after each piece; each is then written by itself.
        per_write: 1 writes each piece by itself, other streams taking turns.
        write_bytes: cuts the stream into writes of that many bytes, wherever that falls (0: off).
        keepalives: comment lines before each piece.
        crlf: ends lines with CR LF.
        fail_times: only the first so many requests with this same last message fail; 0 is every request.
        status: answers with this HTTP status and an OpenAI error body.
        error_code: the `code` of that body, or of the error inside the stream (`error_after`).
        retry_after, retry_after_ms: headers of that name, with `status`.
        cut_after: drops the connection after so many pieces (0: after the headers).
        hang_after: sends nothing more after so many pieces, until the client goes away.
        broken_sse_after: sends half a JSON object as an event.
        bad_chunk_after: breaks HTTP's chunked framing.
        error_after: sends `data: {"error": ...}`.
        no_done: leaves out `data: [DONE]`.
        garbage: answers 200 with an HTML page.
        dimension: length of embedding vectors.
        vectors_missing: leaves so many of them out.
        as_numbers: sends lists of numbers, whatever `encoding_format` asks for, as some servers do.
        not_a_number: puts a NaN into each vector.
        backwards: sends the vectors in reverse; each has its `index`.
    """

    pieces: int = 0
    piece: str = "word "
    text: str = DEFAULT_TEXT
    piece_chars: int = 4
    obedient: bool = False
    echo_marker: bool = False
    finish_reason: str | None = "stop"
    header_delay_ms: float = 0
    first_delay_ms: float = 0
    delay_ms: float = 0
    per_write: int = 0
    write_bytes: int = 0
    keepalives: int = 0
    crlf: bool = False
    fail_times: int = 0
    status: int | None = None
    error_code: str | int | None = None
    retry_after: str | None = None
    retry_after_ms: str | None = None
    cut_after: int | None = None
    hang_after: int | None = None
    broken_sse_after: int | None = None
    bad_chunk_after: int | None = None
    error_after: int | None = None
    no_done: bool = False
    garbage: bool = False
    dimension: int = 16
    vectors_missing: int = 0
    as_numbers: bool = False
    not_a_number: bool = False
    backwards: bool = False

    @property
    def stops_after(self) -> int | None:
        """The piece after which something else than pieces follows."""
        places: list[int | None] = [getattr(self, name) for name in _BREAKS]
        return min((place for place in places if place is not None), default=None)

    def succeeding(self) -> "Behaviour":
        """The same reply without its failures."""
        unbroken: dict[str, Any] = dict.fromkeys(_BREAKS)
        return replace(
            self, status=None, no_done=False, garbage=False, vectors_missing=0, not_a_number=False, **unbroken
        )


_MEMBERS = frozenset(field.name for field in fields(Behaviour))


def scripted(message: str, everywhere: dict[str, Any]) -> Behaviour:
    """The behaviour asked for in a message, over the one asked for all messages."""
    members = dict(everywhere)
    if (start := message.find(_SCRIPT_MARK)) >= 0:
        members |= json.JSONDecoder().raw_decode(message, start + len(_SCRIPT_MARK))[0]
    if unknown := members.keys() - _MEMBERS:
        raise web.HTTPBadRequest(text=f"unknown members: {sorted(unknown)}")
    return Behaviour(**members)


def last_user_message(body: dict[str, Any]) -> str:
    """The text of the latest message whose role is user, or the scripted one among texts to embed; empty without."""
    if "input" in body:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        return next((text for text in texts if _SCRIPT_MARK in text), "")
    for message in reversed(body.get("messages", [])):
        if message.get("role") == "user":
            return str(message.get("content", ""))
    return ""


def pieces_of(behaviour: Behaviour, message: str) -> tuple[str, ...]:
    """The reply, piece by piece."""
    if behaviour.pieces:
        pieces = (behaviour.piece,) * behaviour.pieces
    else:
        step = behaviour.piece_chars
        pieces = tuple(behaviour.text[at : at + step] for at in range(0, len(behaviour.text), step))
    if behaviour.echo_marker and (marker := _MARKER.search(message)):
        pieces = (marker.group(1) + " ", *pieces)
    return pieces


# --- The stream as bytes ---


def _event(payload: dict[str, Any], line_end: str = "\n") -> bytes:
    return f"data: {json.dumps(payload, ensure_ascii=False)}{line_end}{line_end}".encode()


def _chunk(delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return _HEAD | {"object": "chat.completion.chunk", "choices": [choice], "usage": None}


def _usage(pieces: int, message: str) -> dict[str, int]:
    read = max(1, len(message) // 4)
    return {"prompt_tokens": read, "completion_tokens": pieces, "total_tokens": read + pieces}


@lru_cache(maxsize=64)
def opening(behaviour: Behaviour) -> bytes:
    """The first event, which names the role and holds no text."""
    return _event(_chunk({"role": "assistant", "content": ""}), "\r\n" if behaviour.crlf else "\n")


@lru_cache(maxsize=64)
def piece_events(behaviour: Behaviour, pieces: tuple[str, ...]) -> tuple[bytes, ...]:
    """One event per piece, up to where the script stops them. Cached: a benchmark asks for the same ones again."""
    line_end = "\r\n" if behaviour.crlf else "\n"
    comments = f": keep-alive{line_end}{line_end}".encode() * behaviour.keepalives
    rendered = {piece: comments + _event(_chunk({"content": piece}), line_end) for piece in set(pieces)}
    return tuple(rendered[piece] for piece in pieces[: behaviour.stops_after])


def closing(behaviour: Behaviour, usage: dict[str, int] | None) -> bytes:
    """What follows the last piece: the finish reason, the usage when asked for, and [DONE]."""
    line_end = "\r\n" if behaviour.crlf else "\n"
    parts = []
    if behaviour.finish_reason is not None:
        parts.append(_event(_chunk({}, behaviour.finish_reason), line_end))
    if usage is not None:
        parts.append(_event(_chunk({}) | {"choices": [], "usage": usage}, line_end))
    if not behaviour.no_done:
        parts.append(f"data: [DONE]{line_end}{line_end}".encode())
    return b"".join(parts)


def _error(code: str | int | None, kind: str) -> dict[str, Any]:
    message = "The fake was told to fail. (sk-secret-of-the-library)"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


# --- The server ---


class FakeOpenAI:
    """The server and what it has seen. An asynchronous context manager serves on a free port of 127.0.0.1.

    Args:
        port: to listen on; 0 takes a free one, which `port` then holds.
        api_key: when given, any other bearer token is answered 401.
    """

    def __init__(self, port: int = 0, api_key: str | None = None) -> None:
        self.port = port
        self.requests: list[dict[str, Any]] = []
        self.open_streams = 0
        self.disconnects = 0
        self._api_key = api_key
        self._everywhere: dict[str, Any] = {}
        self._seen: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.add_routes(
            [
                web.post("/v1/chat/completions", self._complete),
                web.post("/v1/embeddings", self._complete),
                web.get("/requests", self._get_requests),
                web.delete("/requests", self._delete_requests),
                web.get("/stats", self._get_stats),
                web.post("/behaviour", self._set_behaviour),
            ]
        )
        # Cancelled handlers are how a client that goes away is noticed while the fake hangs or waits.
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def stats(self) -> dict[str, int]:
        """Requests received, answers under way, and answers whose client left before their end."""
        return {"requests": len(self.requests), "open_streams": self.open_streams, "disconnects": self.disconnects}

    async def _get_requests(self, _: web.Request) -> web.Response:
        return web.json_response(self.requests)

    async def _delete_requests(self, _: web.Request) -> web.Response:
        self.requests.clear()
        self._seen.clear()
        return web.Response(status=204)

    async def _get_stats(self, _: web.Request) -> web.Response:
        return web.json_response(self.stats)

    async def _set_behaviour(self, request: web.Request) -> web.Response:
        everywhere = json.loads(await request.read() or b"null") or {}
        scripted("", everywhere)
        self._everywhere = everywhere
        self._seen.clear()
        return web.Response(status=204)

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self.open_streams += 1
        try:
            return await self._answer(request)
        except (asyncio.CancelledError, ConnectionError):
            self.disconnects += 1
            raise
        finally:
            self.open_streams -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.requests.append(body)
        if self._api_key is not None and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            return web.json_response(_error("invalid_api_key", _ERROR_TYPES[401]), status=401)
        message = last_user_message(body)
        behaviour = self._due(scripted(message, self._everywhere), message)
        await asyncio.sleep(behaviour.header_delay_ms / 1000)
        if behaviour.status is not None:
            return _failure(behaviour, behaviour.status)
        if behaviour.garbage:
            return web.Response(text="<html><body>It works!</body></html>", content_type="text/html")
        if "input" in body:
            return web.json_response(_embeddings(behaviour, body))
        if behaviour.obedient:
            behaviour = replace(behaviour, pieces=0, text=obeying(body))
        pieces = pieces_of(behaviour, message)
        usage = _usage(len(pieces), message)
        if not body.get("stream"):
            return web.json_response(_whole_reply("".join(pieces), behaviour, usage))
        wants_usage = (body.get("stream_options") or {}).get("include_usage", False)
        return await self._stream(request, behaviour, pieces, usage if wants_usage else None)

    def _due(self, behaviour: Behaviour, message: str) -> Behaviour:
        """The behaviour for this request: without its failures once `fail_times` of them have happened."""
        if not behaviour.fail_times:
            return behaviour
        self._seen[message] += 1
        return behaviour if self._seen[message] <= behaviour.fail_times else behaviour.succeeding()

    async def _stream(
        self, request: web.Request, behaviour: Behaviour, pieces: tuple[str, ...], usage: dict[str, int] | None
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        events = piece_events(behaviour, pieces)
        await response.prepare(request)
        await asyncio.sleep(behaviour.first_delay_ms / 1000)
        if behaviour.delay_ms or behaviour.per_write:
            await _write_each(response, behaviour, events)
        else:
            await _write_bulk(response, b"".join((opening(behaviour), *events)), behaviour.write_bytes)
        if behaviour.stops_after is not None:
            await _break_off(request, response, behaviour)
        else:
            await _write_bulk(response, closing(behaviour, usage), behaviour.write_bytes)
            await response.write_eof()
        return response


def _embeddings(behaviour: Behaviour, body: dict[str, Any]) -> dict[str, Any]:
    return embeddings(
        body,
        dimension=behaviour.dimension,
        missing=behaviour.vectors_missing,
        as_numbers=behaviour.as_numbers,
        not_a_number=behaviour.not_a_number,
        backwards=behaviour.backwards,
    )


def _failure(behaviour: Behaviour, status: int) -> web.Response:
    kind = _ERROR_TYPES.get(status, "server_error")
    headers = {"Retry-After": behaviour.retry_after, "retry-after-ms": behaviour.retry_after_ms}
    given = {name: value for name, value in headers.items() if value is not None}
    return web.json_response(_error(behaviour.error_code, kind), status=status, headers=given)


def _whole_reply(text: str, behaviour: Behaviour, usage: dict[str, int]) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": behaviour.finish_reason}
    return _HEAD | {"object": "chat.completion", "choices": [choice], "usage": usage}


async def _write_each(response: web.StreamResponse, behaviour: Behaviour, events: tuple[bytes, ...]) -> None:
    """One write per piece; the sleep of 0 lets other streams take turns, as the tokens of a real server do."""
    await response.write(opening(behaviour))
    delay = behaviour.delay_ms / 1000
    for event in events:
        await response.write(event)
        await asyncio.sleep(delay)


async def _write_bulk(response: web.StreamResponse, stream: bytes, write_bytes: int) -> None:
    """The bytes in few large writes, or in writes of `write_bytes`."""
    step = write_bytes or BULK_WRITE_BYTES
    for at in range(0, len(stream), step):
        await response.write(stream[at : at + step])
        if write_bytes:
            await asyncio.sleep(0)


async def _break_off(request: web.Request, response: web.StreamResponse, behaviour: Behaviour) -> None:
    """What the script wants instead of the rest."""
    if behaviour.broken_sse_after is not None:
        await response.write(b'data: {"choices": [{"delta": {"con\n\n')
        await response.write_eof()
    elif behaviour.error_after is not None:
        await response.write(_event(_error(behaviour.error_code, "server_error")))
        await response.write_eof()
    elif behaviour.hang_after is not None:
        await asyncio.Event().wait()
    elif request.transport is not None:
        if behaviour.bad_chunk_after is not None:
            request.transport.write(b"this is no chunk size\r\n")
        request.transport.close()


async def serve(port: int, api_key: str | None) -> None:
    """Serve until cancelled, with the port on the first line of standard output."""
    async with FakeOpenAI(port, api_key) as fake:
        print(json.dumps({"port": fake.port}), flush=True)  # noqa: T201 -- whoever started the process reads it
        await asyncio.Event().wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="An OpenAI-compatible server that can be told to fail.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--api-key")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.port, arguments.api_key))


if __name__ == "__main__":
    main()
