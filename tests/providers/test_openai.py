"""OpenAIChatModel against the fake server over real HTTP, and its parser by itself."""

import asyncio
import gc
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from errors import ModelBroken, ModelError, ModelOverloaded, ModelRejected, ModelTimedOut, ModelUnreachable
from models import FinishReason, Message, Prompt, Role
from needs import Intent, Understood
from providers.base import Answering, Completion
from providers.openai import MAX_ATTEMPTS, OpenAIChatModel, _StallWatch
from providers.openai_client import ERRORS, model_error, retry_after_s
from providers.openai_stream import MAX_LINE_BYTES, ReplyParser
from tests.functional.fake_openai import DEFAULT_TEXT, FakeOpenAI

UNICODE_TEXT = "Grüße! 価格は ¥1,000 です 🎧🏴‍☠️ — naïve"


# --- Harness ---


run = asyncio.run


@pytest.fixture
def nothing_left_open() -> Generator[None, None, None]:
    """What a test leaves unclosed warns when it is collected, and warnings are errors."""
    yield
    gc.collect()


@asynccontextmanager
async def connected(base_url: str, **options: Any) -> AsyncGenerator[OpenAIChatModel, None]:
    model = OpenAIChatModel("test-model", base_url=base_url, **options)
    try:
        yield model
    finally:
        await model.aclose()


@asynccontextmanager
async def served(**options: Any) -> AsyncGenerator[tuple[FakeOpenAI, OpenAIChatModel], None]:
    async with FakeOpenAI() as fake, connected(fake.base_url, **options) as model:
        yield fake, model


def asking(message: str = "Hello", **script: Any) -> Prompt:
    """A prompt whose last message tells the fake how to answer."""
    said = f"{message} fake:{json.dumps(script)}" if script else message
    messages = (Message(Role.SYSTEM, "Be brief."), Message(Role.USER, said))
    return Prompt("Brand", "", messages, said, Understood(intent=Intent.HELP))


class Heard:
    """What came out of a stream, up to where it ended or failed."""

    def __init__(self) -> None:
        self.answering: Answering | None = None
        self.pieces: list[str] = []
        self.completion: Completion | None = None
        self.error: ModelError | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


async def listen(model: OpenAIChatModel, prompt: Prompt) -> Heard:
    heard = Heard()
    try:
        async for event in model.stream(prompt):
            assert heard.completion is None, "nothing follows the completion"
            if isinstance(event, Answering):
                assert heard.answering is None
                assert not heard.pieces
                heard.answering = event
            elif isinstance(event, Completion):
                heard.completion = event
            else:
                assert event, "no empty pieces"
                heard.pieces.append(event)
    except ModelError as error:
        heard.error = error
    return heard


async def until(condition: Any, seconds: float = 2.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 -- the fake has counters, no events
            await asyncio.sleep(0.005)


def hear(prompt: Prompt, *, requests: int = 1, **options: Any) -> Heard:
    """One question to a fresh server, which must then have seen that many requests."""
    result = Heard()

    async def test() -> None:
        nonlocal result
        async with served(**options) as (fake, model):
            result = await listen(model, prompt)
            assert len(fake.requests) == requests
            await until(lambda: fake.open_streams == 0)

    run(test())
    return result


# --- The parser ---


def event(content: Any = None, finish_reason: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish_reason}
    return f"data: {json.dumps({'choices': [choice], **more}, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def parsed(*reads: bytes) -> tuple[str, Completion | str]:
    """The text of these reads, and the completion or the failure's code."""
    parser = ReplyParser()
    text = "".join([parser.feed(read) for read in reads]) + parser.feed_eof()
    try:
        return text, parser.completion()
    except ModelError as error:
        return text, error.code


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """A stream of events with comments between them, in either kind of line end, sometimes broken or cut."""
    kinds = st.one_of(
        st.text(max_size=20).map(event),
        st.sampled_from(
            [
                b": keep-alive\n\n",
                b"event: ping\nid: 7\n\n",
                event(None, "length"),
                b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}\n\n',
                b'data: {"error": {"code": 429}}\n\n',
                b'data: {"choices": [{"del\n\n',
                b"data:\n\n",
                DONE,
            ]
        ),
    )
    stream = b"".join(draw(st.lists(kinds, max_size=8)))
    return stream.replace(b"\n", b"\r\n") if draw(st.booleans()) else stream


def cut_up(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(streams(), st.lists(st.integers(min_value=0, max_value=10_000), max_size=30))
def test_parser_says_the_same_for_every_split(stream: bytes, places: list[int]) -> None:
    assert parsed(*cut_up(stream, places)) == parsed(stream)


@given(streams())
def test_parser_says_the_same_byte_by_byte(stream: bytes) -> None:
    assert parsed(*(stream[at : at + 1] for at in range(len(stream)))) == parsed(stream)


@given(st.binary(max_size=300), st.lists(st.integers(min_value=0, max_value=10_000), max_size=10))
def test_parser_survives_any_bytes(stream: bytes, places: list[int]) -> None:
    stream = b"data:" + stream.replace(b" ", b"\ndata:")
    assert parsed(*cut_up(stream, places)) == parsed(stream)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["choices", "delta", "content", "usage", "error", "x"]), inner)
        ),
    )
)
def test_parser_survives_any_json(value: Any) -> None:
    parsed(f"data: {json.dumps(value)}\n\n".encode())


def test_parser_reports_usage_and_finish_reason() -> None:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 2}}\n\n'
    stream = event("Good ") + event("day") + event(None, "stop") + usage + DONE
    assert parsed(stream) == ("Good day", Completion(FinishReason.STOP, 12, 2))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("stop", FinishReason.STOP), ("length", FinishReason.LENGTH), ("content_filter", FinishReason.LENGTH)],
)
def test_parser_tells_whole_replies_from_cut_ones(reason: str, expected: FinishReason) -> None:
    assert parsed(event("a", reason)) == ("a", Completion(expected))


def test_parser_takes_done_without_finish_reason_as_the_end() -> None:
    assert parsed(event("a"), DONE) == ("a", Completion(FinishReason.STOP))


def test_parser_reads_a_last_line_without_line_end() -> None:
    assert parsed(event("a"), b"data: [DONE]") == ("a", Completion(FinishReason.STOP))


def test_parser_calls_a_stream_broken_that_just_ends() -> None:
    assert parsed(event("a")) == ("a", "model_broken")


def test_parser_passes_over_what_is_no_text() -> None:
    others = b'data: {"choices": [{"delta": null}]}\n\ndata: {"choices": [{}]}\n\ndata: {"choices": null}\n\n'
    thinking = event([{"type": "thinking", "thinking": "hm"}])
    assert parsed(event(None) + event("") + others + thinking + event("a", "stop")) == ("a", Completion())


def test_parser_ignores_what_follows_done() -> None:
    assert parsed(event("a"), DONE, event("b"), b"data: {broken\n\n") == ("a", Completion())


def test_parser_returns_the_text_before_what_is_broken() -> None:
    assert parsed(event("a") + b"data: {broken\n\n" + event("b")) == ("a", "model_broken")


def test_parser_refuses_a_line_without_end() -> None:
    assert parsed(event("a"), b"x" * (MAX_LINE_BYTES + 1)) == ("a", "model_broken")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 429}, "model_overloaded"),
        ({"code": "502", "type": None}, "model_overloaded"),
        ({"type": "server_error", "code": None}, "model_overloaded"),
        ({"type": "rate_limit_error"}, "model_overloaded"),
        ({"code": 400}, "model_rejected"),
        ({"type": "invalid_request_error", "code": "context_length_exceeded"}, "model_rejected"),
        ({"type": "tokens", "code": "insufficient_quota"}, "model_rejected"),
        ({"message": "?"}, "model_broken"),
        ("?", "model_broken"),
    ],
)
def test_parser_names_an_error_inside_the_stream(error: Any, expected: str) -> None:
    assert parsed(event("a"), f"data: {json.dumps({'error': error})}\n\n".encode()) == ("a", expected)


def test_parser_sees_an_error_beside_choices() -> None:
    assert parsed(event("a", "error", error={"code": 503})) == ("a", "model_overloaded")


# --- The table of errors ---

# Exceptions of the SDK that a streamed chat completion, sent and read the way we do, never raises, and why.
NEVER_RAISED = {
    "SubjectTokenProviderError": "workload identity is not used",
    "LengthFinishReasonError": "only .parse() raises it",
    "ContentFilterFinishReasonError": "only .parse() raises it",
    "WebSocketConnectionClosedError": "no WebSockets",
    "WebSocketQueueFullError": "no WebSockets",
    "InvalidWebhookSignatureError": "no webhooks",
    "MutuallyExclusiveAuthError": "Azure's client is not used",
    "APIRemovedInV1": "no functions of the SDK before 1.0",
    "StreamAlreadyConsumed": "only the SDK's own response class raises it",
    "_AmbiguousModuleClientUsageError": "the module-level client is not used",
}


def sdk_exceptions() -> set[type[BaseException]]:
    found: set[type[BaseException]] = {openai.OpenAIError}
    while more := {sub for kind in found for sub in kind.__subclasses__()} - found:
        found |= more
    exported = [getattr(module, name) for module in (openai, openai._exceptions) for name in dir(module)]
    return found | {kind for kind in exported if isinstance(kind, type) and issubclass(kind, Exception)}


@pytest.mark.parametrize("kind", sorted(sdk_exceptions(), key=str))
def test_every_exception_of_the_sdk_is_named_in_the_table(kind: type[BaseException]) -> None:
    assert (kind in ERRORS) != (kind.__name__ in NEVER_RAISED)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (aiohttp.ServerDisconnectedError(), "model_unreachable"),
        (aiohttp.ClientOSError(104, "reset"), "model_unreachable"),
        (aiohttp.InvalidURL("nonsense"), "model_unreachable"),
        (aiohttp.ConnectionTimeoutError(), "model_timeout"),
        (aiohttp.SocketTimeoutError(), "model_timeout"),
        (aiohttp.ClientPayloadError(), "model_broken"),
        (httpx2.ReadTimeout("?"), "model_timeout"),
        (httpx2.RemoteProtocolError("?"), "model_unreachable"),
        (httpx2.DecodingError("?"), "model_broken"),
        (ConnectionResetError(), "model_unreachable"),
        (TimeoutError(), "model_timeout"),
    ],
)
def test_exceptions_of_the_transport_are_mapped(error: Exception, expected: str) -> None:
    assert model_error(error).code == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers) == expected


def test_retry_after_as_a_date_counts_from_now() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    seconds = retry_after_s({"retry-after": date})
    assert seconds is not None
    assert 27 < seconds <= 30


# --- Replies over HTTP ---


def test_a_reply_arrives_whole_with_its_model_and_usage() -> None:
    heard = hear(asking())
    assert heard.answering == Answering("test-model")
    assert heard.text == DEFAULT_TEXT
    assert heard.completion == Completion(FinishReason.STOP, prompt_tokens=1, completion_tokens=9)
    assert heard.error is None


def test_the_request_holds_the_messages_and_asks_for_usage() -> None:
    async def test() -> None:
        async with served() as (fake, model):
            await listen(model, asking("Grüße"))
            assert fake.requests == [
                {
                    "model": "test-model",
                    "messages": [
                        {"role": "system", "content": "Be brief."},
                        {"role": "user", "content": "Grüße"},
                    ],
                    "stream": True,
                    "stream_options": {"include_usage": True},
                }
            ]

    run(test())


def test_what_arrives_together_is_one_piece() -> None:
    heard = hear(asking(pieces=1_000, piece="word "))
    assert heard.text == "word " * 1_000
    assert len(heard.pieces) < 200


def test_pieces_arrive_as_they_are_written() -> None:
    heard = hear(asking(pieces=5, delay_ms=20))
    assert heard.pieces == ["word "] * 5


@pytest.mark.parametrize("write_bytes", [1, 7])
def test_events_may_be_cut_anywhere_on_the_wire(write_bytes: int) -> None:
    script: dict[str, Any] = {
        "text": UNICODE_TEXT,
        "piece_chars": 3,
        "write_bytes": write_bytes,
        "crlf": True,
        "keepalives": 1,
    }
    heard = hear(asking(**script))
    assert heard.text == UNICODE_TEXT
    assert heard.completion is not None


def test_a_reply_that_reached_its_limit_says_so() -> None:
    heard = hear(asking(finish_reason="length"))
    assert heard.completion is not None
    assert heard.completion.finish_reason is FinishReason.LENGTH


def test_an_empty_reply_is_a_completion_without_text() -> None:
    heard = hear(asking(text=""))
    assert heard.pieces == []
    assert heard.answering is not None
    assert heard.completion is not None


def test_a_finish_reason_is_end_enough() -> None:
    heard = hear(asking(no_done=True))
    assert heard.text == DEFAULT_TEXT
    assert heard.error is None


def test_more_streams_than_aiohttp_opens_by_default_run_at_once() -> None:
    async def test() -> None:
        async with served() as (fake, model), asyncio.TaskGroup() as group:
            prompt = asking(first_delay_ms=60_000)
            tasks = [group.create_task(listen(model, prompt)) for _ in range(150)]
            await until(lambda: fake.open_streams == 150, seconds=20)
            for task in tasks:
                task.cancel()

    run(test())


def test_a_connection_is_used_again_after_a_whole_reply() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
                stream = event("a", "stop") + DONE
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                writer.write(b"%x\r\n%s\r\n" % (len(stream), stream))
                await asyncio.sleep(0.02)  # the end of the body comes in a packet of its own
                writer.write(b"0\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()

    async def test() -> None:
        async with raw_server(serve) as base_url, connected(base_url) as model:
            for _ in range(3):
                assert (await listen(model, asking())).text == "a"

    run(test())
    assert connections == 1


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port()}")
    assert hear(asking()).text == DEFAULT_TEXT


# --- Failures before the first token ---


@asynccontextmanager
async def raw_server(serve: Any) -> AsyncGenerator[str, None]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_an_overloaded_server_is_asked_again() -> None:
    heard = hear(asking(status=429, retry_after="0", fail_times=1), requests=2)
    assert heard.text == DEFAULT_TEXT


def test_a_failing_server_is_given_up_after_all_attempts() -> None:
    heard = hear(asking(status=500, retry_after="0"), requests=MAX_ATTEMPTS)
    assert isinstance(heard.error, ModelOverloaded)


def test_without_retry_after_the_pause_is_our_own() -> None:
    assert hear(asking(status=503, fail_times=2), requests=3).text == DEFAULT_TEXT


@pytest.mark.parametrize("header", [{"retry_after_ms": "300"}, {"retry_after": "0.3"}])
def test_retry_after_is_waited_for(header: dict[str, str]) -> None:
    started = time.monotonic()
    assert hear(asking(status=429, fail_times=1, **header), requests=2).text == DEFAULT_TEXT
    assert time.monotonic() - started >= 0.3


def test_a_long_retry_after_is_handed_on_instead() -> None:
    heard = hear(asking(status=429, retry_after="60"))
    assert isinstance(heard.error, ModelOverloaded)
    assert heard.error.retry_after == 60


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_a_refusal_is_not_repeated(status: int) -> None:
    assert isinstance(hear(asking(status=status)).error, ModelRejected)


def test_a_quota_that_is_used_up_is_a_refusal() -> None:
    assert isinstance(hear(asking(status=429, error_code="insufficient_quota")).error, ModelRejected)


def test_a_wrong_key_is_a_refusal() -> None:
    async def test() -> None:
        async with FakeOpenAI(api_key="right") as fake:
            for key, expected in (("right", ""), ("wrong", "model_rejected"), (None, "model_rejected")):
                async with connected(fake.base_url, api_key=key) as model:
                    heard = await listen(model, asking())
                assert (heard.error.code if heard.error else "") == expected

    run(test())


def test_a_refused_connection_is_unreachable_and_not_a_time_out() -> None:
    async def test() -> None:
        async with connected(f"http://127.0.0.1:{closed_port()}/v1") as model:
            heard = await listen(model, asking())
        assert isinstance(heard.error, ModelUnreachable)

    run(test())


def test_a_server_that_takes_no_connection_times_out() -> None:
    async def test() -> None:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            address = server.getsockname()
            # Nobody accepts: once the backlog is full, the kernel lets further connections wait.
            waiting = [socket.socket() for _ in range(4)]
            for client in waiting:
                client.settimeout(0)
                client.connect_ex(address)
            async with connected(f"http://127.0.0.1:{address[1]}/v1", connect_timeout_s=0.1) as model:
                heard = await listen(model, asking())
            for client in waiting:
                client.close()
        assert isinstance(heard.error, ModelTimedOut)

    run(test())


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"])
def test_a_server_that_speaks_no_http_is_no_surprise(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def test() -> None:
        async with raw_server(serve) as base_url, connected(base_url) as model:
            heard = await listen(model, asking())
        assert isinstance(heard.error, ModelBroken if answer else ModelUnreachable)

    run(test())


@pytest.mark.parametrize("script", [{"header_delay_ms": 60_000}, {"first_delay_ms": 60_000}, {"hang_after": 0}])
def test_no_first_token_in_time_ends_the_request(script: dict[str, Any]) -> None:
    heard = hear(asking(**script), first_token_timeout_s=0.2)
    assert isinstance(heard.error, ModelTimedOut)
    assert heard.answering is None


def test_the_first_token_may_take_longer_than_later_ones() -> None:
    heard = hear(asking(first_delay_ms=400), stall_timeout_s=0.1)
    assert heard.text == DEFAULT_TEXT


def test_retries_share_the_time_for_the_first_token() -> None:
    heard = hear(asking(status=429, retry_after="2"), first_token_timeout_s=0.2)
    assert isinstance(heard.error, ModelTimedOut)


def test_an_overload_told_inside_the_stream_is_asked_again() -> None:
    heard = hear(asking(error_after=0, error_code=503, fail_times=1), requests=2)
    assert heard.text == DEFAULT_TEXT


# --- Failures after the first token ---


@pytest.mark.parametrize("trouble", ["cut_after", "broken_sse_after"])
@pytest.mark.parametrize("after", [0, 3])
def test_a_reply_that_breaks_off_is_broken_and_not_repeated(trouble: str, after: int) -> None:
    script: dict[str, Any] = {"pieces": 10, "delay_ms": 10, trouble: after}
    heard = hear(asking(**script))
    assert heard.text == "word " * after
    assert isinstance(heard.error, ModelBroken)
    assert (heard.answering is not None) == (after > 0)


@pytest.mark.parametrize("after", [0, 3])
def test_broken_chunks_end_the_reply(after: int) -> None:
    # aiohttp 3.14 closes such a connection without waking who reads the body; then the stall is what ends it.
    heard = hear(asking(pieces=10, delay_ms=10, bad_chunk_after=after), stall_timeout_s=0.3, first_token_timeout_s=0.3)
    assert heard.text == "word " * after
    assert isinstance(heard.error, ModelBroken | ModelTimedOut)


def test_broken_chunks_end_the_reply_of_a_slow_listener_too() -> None:
    async def test() -> None:
        async with served(stall_timeout_s=0.3) as (_, model):
            pieces = []
            with pytest.raises(ModelBroken):  # noqa: PT012 -- the listener's pauses are the point
                async for piece in model.stream(asking(pieces=3, delay_ms=10, bad_chunk_after=3)):
                    pieces.append(piece)
                    await asyncio.sleep(0.1)
            assert "".join(piece for piece in pieces if isinstance(piece, str)) == "word " * 3

    run(test())


def test_a_stream_that_ends_without_saying_so_is_broken() -> None:
    heard = hear(asking(no_done=True, finish_reason=None))
    assert heard.text == DEFAULT_TEXT
    assert isinstance(heard.error, ModelBroken)


def test_a_web_page_is_no_reply() -> None:
    assert isinstance(hear(asking(garbage=True)).error, ModelBroken)


def test_an_error_after_text_ends_the_reply() -> None:
    heard = hear(asking(pieces=10, delay_ms=5, error_after=3))
    assert heard.text == "word " * 3
    assert isinstance(heard.error, ModelOverloaded)


def test_a_stall_ends_the_reply() -> None:
    heard = hear(asking(pieces=10, delay_ms=5, hang_after=3), stall_timeout_s=0.2)
    assert heard.text == "word " * 3
    assert isinstance(heard.error, ModelTimedOut)


def test_a_slow_listener_is_no_stall() -> None:
    async def test() -> None:
        async with served(stall_timeout_s=0.1) as (_, model):
            pieces = []
            async for piece in model.stream(asking(pieces=4, delay_ms=30)):
                await asyncio.sleep(0.25)
                pieces.append(piece)
            assert isinstance(pieces[-1], Completion)

    run(test())


@pytest.mark.parametrize(
    "script",
    [
        {"status": 401},
        {"status": 429, "retry_after": "60"},
        {"status": 500, "retry_after": "0"},
        {"error_after": 2, "delay_ms": 5},
        {"cut_after": 2},
        {"garbage": True},
    ],
)
def test_no_text_of_server_or_library_is_in_our_message(script: dict[str, Any]) -> None:
    requests = MAX_ATTEMPTS if script.get("status") == 500 else 1
    with capture_logs() as logs:
        error = hear(asking(**script), requests=requests).error
    assert error is not None
    assert error.message.startswith("The language model")
    assert "fake" not in error.message
    assert "sk-" not in str(logs)


# --- Ending early ---


@pytest.mark.usefixtures("nothing_left_open")
@pytest.mark.parametrize("script", [{"header_delay_ms": 60_000}, {"first_delay_ms": 60_000}, {"hang_after": 3}])
def test_cancelling_the_reader_ends_the_request(script: dict[str, Any]) -> None:
    async def test() -> None:
        async with served() as (fake, model):
            task = asyncio.create_task(listen(model, asking(**script)))
            await until(lambda: fake.open_streams == 1)
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: fake.stats["disconnects"] == 1)
            assert fake.open_streams == 0

    run(test())


@pytest.mark.usefixtures("nothing_left_open")
def test_closing_the_iterator_ends_the_request() -> None:
    async def test() -> None:
        async with served() as (fake, model):
            events = model.stream(asking(pieces=1_000, delay_ms=5))
            assert isinstance(await anext(events), Answering)
            assert isinstance(await anext(events), str)
            await events.aclose()
            await until(lambda: fake.stats["disconnects"] == 1)

    run(test())


@pytest.mark.usefixtures("nothing_left_open")
def test_an_iterator_that_nobody_closes_ends_with_the_loop() -> None:
    async def test() -> None:
        async with served() as (_, model):
            async for _ in model.stream(asking(pieces=100, delay_ms=5)):
                break

    run(test())


@pytest.mark.usefixtures("nothing_left_open")
def test_a_cancellation_beside_a_stall_is_not_swallowed() -> None:
    async def test() -> None:
        async with served(stall_timeout_s=0.1) as (_, model):
            for wait_s in (0.08, 0.09, 0.1, 0.11, 0.12, 0.13):
                task = asyncio.create_task(listen(model, asking(hang_after=3)))
                await asyncio.sleep(wait_s)
                was_done = task.done()
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled() or was_done or isinstance(task.result().error, ModelTimedOut)
                assert was_done or task.cancelled() or task.cancelling() == 0

    run(test())


@pytest.mark.usefixtures("nothing_left_open")
def test_a_cancellation_just_before_a_stall_is_not_swallowed() -> None:
    async def test() -> None:
        watch = _StallWatch(0.05)

        async def reading() -> None:
            with watch:
                await asyncio.sleep(60)

        task = asyncio.create_task(reading())
        await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251 -- the loop stands still, so that both are due when it goes on
        asyncio.get_running_loop().call_soon(task.cancel)
        await asyncio.wait([task])
        assert task.cancelled()

    run(test())


# --- The fake itself ---


def test_the_fake_runs_as_a_process_and_takes_its_behaviour_over_http() -> None:
    path = Path(__file__).parents[1] / "functional" / "fake_openai.py"

    async def test(port: int) -> None:
        root = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession(root) as http, connected(f"{root}/v1") as model:
            await http.post("/behaviour", json={"text": "Scripted.", "echo_marker": True})
            assert (await listen(model, asking("marker:XYZ"))).text == "XYZ Scripted."
            assert (await listen(model, asking(text="Mine."))).text == "Mine."
            await http.post("/behaviour", json=None)
            assert (await listen(model, asking())).text == DEFAULT_TEXT
            async with http.get("/stats") as response:
                assert await response.json() == {"requests": 3, "open_streams": 0, "disconnects": 0}
            async with http.get("/requests") as response:
                assert [body["model"] for body in await response.json()] == ["test-model"] * 3
            await http.delete("/requests")
            async with http.get("/requests") as response:
                assert await response.json() == []
            body = {"messages": [{"role": "user", "content": 'fake:{"text": "Whole."}'}]}
            async with http.post("/v1/chat/completions", json=body) as response:
                assert (await response.json())["choices"][0]["message"]["content"] == "Whole."

    with subprocess.Popen([sys.executable, path, "--port", "0"], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            run(test(json.loads(process.stdout.readline())["port"]))
        finally:
            process.terminate()
