"""The example client, against a small server of its own that speaks the protocol and can be told to fail."""

import asyncio
import json
import signal
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

import websocket_client_example as example

SCRIPT = Path(example.__file__)
REPLY = "Zwei passen: Größe 42 \N{ATHLETIC SHOE}, and 43."

# Offsets are opaque: these are no counts of characters.
OFFSET_STEP = 7

Frames = list[dict[str, Any]]


class TinyServer:
    """Answers every question with REPLY, three characters a frame.

    Args:
        cuts: after how many characters each connection breaks, in the order of the connections; then none does.
        close_code: how it breaks; without one the TCP connection is reset.
        lose_questions: so many questions are read and their connection broken before they are acknowledged.
        refusals: errors that the next questions get instead of an answer.
        expired: resuming comes too late.
        fails_after: the reply ends with an error after so many characters.
        waits_for_stop: after three characters nothing comes until `stop`.
    """

    def __init__(
        self,
        *,
        cuts: Iterable[int] = (),
        close_code: int | None = None,
        lose_questions: int = 0,
        refusals: Iterable[dict[str, Any]] = (),
        expired: bool = False,
        fails_after: int | None = None,
        waits_for_stop: bool = False,
    ) -> None:
        self.received: Frames = []
        self.paths: list[str] = []
        self.begun = asyncio.Event()
        self._cuts = list(cuts)
        self._close_code = close_code
        self._lose_questions = lose_questions
        self._refusals = list(refusals)
        self._expired = expired
        self._fails_after = fails_after
        self._waits_for_stop = waits_for_stop
        self._stack = AsyncExitStack()
        self._turns: dict[str, str] = {}  # reply ids by client_message_id
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        served = serve(self._talk, "127.0.0.1", 0, process_request=_front_page)
        self._server = await self._stack.enter_async_context(served)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def url(self) -> str:
        assert self._server
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"

    def of_type(self, kind: str) -> Frames:
        return [frame["data"] for frame in self.received if frame["type"] == kind]

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request
        self.paths.append(connection.request.path)
        if connection.request.path.endswith("/nobody"):
            await _send(connection, "error", message="Brand 'nobody' not found or inactive", code="brand_not_found")
            await connection.close(1008, "brand_not_found")
            return
        await _send(connection, "welcome", message="Welcome!", brand_id="techpro", brand_name="TechPro")
        await _send(connection, "a_type_of_tomorrow")
        cut = self._cuts.pop(0) if self._cuts else None
        try:
            async for text in connection:
                await self._answer(connection, json.loads(text), cut)
        except ConnectionClosed:
            return

    async def _answer(self, connection: ServerConnection, frame: dict[str, Any], cut: int | None) -> None:
        self.received.append(frame)
        data = frame["data"]
        match frame["type"]:
            case "chat" if self._lose_questions:
                self._lose_questions -= 1
                await self._break(connection)
            case "chat" if self._refusals:
                await _send(connection, "error", **self._refusals.pop(0))
            case "chat":
                message_id = self._turns.setdefault(data["client_message_id"], f"msg_{len(self._turns)}")
                await _send(connection, "typing", message_id=message_id, conversation_id="conv_1", is_typing=True)
                await self._tell(connection, message_id, 0, cut)
            case "resume":
                told = {"message_id": data["message_id"], "conversation_id": "conv_1"}
                await _send(connection, "resumed", **told, recovered=not self._expired)
                if not self._expired:
                    await self._tell(connection, data["message_id"], data["offset"] // OFFSET_STEP, cut)
            case "stop":
                await self._end(connection, self._turns_latest(), "stopped")

    async def _tell(self, connection: ServerConnection, message_id: str, start: int, cut: int | None) -> None:
        for place in range(start, len(REPLY), 3):
            if place == self._fails_after:
                error = {"message": "The language model broke off.", "code": "model_broken"}
                await self._end(connection, message_id, "error", error)
                return
            if cut is not None and place >= start + cut:
                await self._break(connection)
                return
            piece = REPLY[place : place + 3]
            following = (place + len(piece)) * OFFSET_STEP
            await _send(connection, "chunk", content=piece, message_id=message_id, next_offset=following)
            if self._waits_for_stop:
                self.begun.set()
                return
        await self._end(connection, message_id, "stop")

    async def _end(
        self, connection: ServerConnection, message_id: str, reason: str, error: dict[str, str] | None = None
    ) -> None:
        await _send(
            connection,
            "complete",
            message_id=message_id,
            suggested_products=[{"name": "Runner 42", "price": 1089.5, "currency": "EUR"}],
            confidence_score=0.875,
            finish_reason=reason,
            error=error,
        )

    async def _break(self, connection: ServerConnection) -> None:
        if self._close_code is None:
            connection.transport.abort()
        else:
            await connection.close(self._close_code)

    def _turns_latest(self) -> str:
        return list(self._turns.values())[-1]


async def _send(connection: ServerConnection, kind: str, **data: object) -> None:
    await connection.send(json.dumps({"type": kind, "data": data, "timestamp": "2026-01-01T00:00:00Z"}))


async def _front_page(_connection: ServerConnection, request: Request) -> Response | None:
    if request.path != "/":
        return None
    brands = [{"id": "techpro", "name": "TechPro"}, {"id": "stylehub", "name": "StyleHub"}]
    body = json.dumps({"brands": brands}).encode()
    headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(body))})
    return Response(HTTPStatus.OK, "OK", headers, body)


async def _asked(server: TinyServer, *questions: str) -> None:
    async with server:
        chat = example.Chat(server.url, "techpro")
        await chat.open()
        for question in questions:
            await example.show_reply(chat, question)
        await chat.close()


async def _run_script(server: TinyServer, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    async with server:
        process = await _script(server, *arguments)
        out, err = await process.communicate(typed.encode())
    return process.returncode or 0, out.decode(), err.decode()


async def _script(server: TinyServer, *arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-X", "utf8", str(SCRIPT), "--url", server.url, *arguments)
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "RETRY_DELAYS_S", (0.0,) * 50)


def test_a_reply_is_printed_with_its_products_and_confidence(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_asked(TinyServer(), "shoes?"))
    assert capsys.readouterr().out == f"{REPLY}\n  - Runner 42: 1,089.50 EUR\n  Confidence: 88%\n"


@pytest.mark.parametrize("close_code", [None, 1001, 1011, 1012, 1013])
def test_a_reply_cut_off_again_and_again_is_printed_once(
    close_code: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    server = TinyServer(cuts=[0, 3, 6, 3, 0, 9], close_code=close_code)
    asyncio.run(_asked(server, "shoes?"))
    assert capsys.readouterr().out.startswith(f"{REPLY}\n")
    assert len(server.of_type("chat")) == 1
    assert [frame["offset"] for frame in server.of_type("resume")] == [0, 21, 63, 84, 84, 147]


def test_a_reply_that_can_no_longer_be_resumed_is_asked_for_again_and_printed_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = TinyServer(cuts=[12], expired=True)
    asyncio.run(_asked(server, "shoes?"))
    assert capsys.readouterr().out.startswith(f"{REPLY}\n")
    first, again = server.of_type("chat")
    assert again == first | {"conversation_id": "conv_1"}


def test_a_message_that_was_not_acknowledged_is_sent_again_with_the_same_ids() -> None:
    server = TinyServer(lose_questions=2)
    asyncio.run(_asked(server, "shoes?"))
    first, second, third = server.of_type("chat")
    assert first == second == third
    assert not server.of_type("resume")


def test_a_later_message_continues_the_conversation_under_an_id_of_its_own() -> None:
    server = TinyServer()
    asyncio.run(_asked(server, "shoes?", "in blue?"))
    first, second = server.of_type("chat")
    assert "conversation_id" not in first
    assert second["conversation_id"] == "conv_1"
    assert second["client_message_id"] != first["client_message_id"]


def test_what_is_refused_for_the_moment_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = {"message": "Too many questions.", "code": "over_capacity", "retry_after": 0.01}
    asyncio.run(_asked(TinyServer(refusals=[refusal]), "shoes?"))
    assert capsys.readouterr().out.startswith(f"{REPLY}\n")


def test_what_is_refused_for_good_is_a_sentence() -> None:
    refusal = {"message": "message: must not be empty", "code": "invalid_frame", "retry_after": None}
    with pytest.raises(example.ChatError, match=r"^message: must not be empty$"):
        asyncio.run(_asked(TinyServer(refusals=[refusal]), " "))


def test_a_message_too_large_for_the_server_is_not_sent_again() -> None:
    server = TinyServer(lose_questions=9, close_code=1009)
    with pytest.raises(example.ChatError, match="closed the connection"):
        asyncio.run(_asked(server, "shoes?"))
    assert len(server.of_type("chat")) == 1


def test_it_gives_up_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "RETRY_DELAYS_S", (0.0, 0.0))
    with pytest.raises(example.ChatError, match="could not be made again"):
        asyncio.run(_asked(TinyServer(lose_questions=9), "shoes?"))


def test_a_reply_that_fails_ends_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_asked(TinyServer(fails_after=6), "shoes?"))
    assert capsys.readouterr().out.startswith("Zwei p (error)\nThe language model broke off.\n")


def test_a_stop_before_the_acknowledgement_is_sent_after_it() -> None:
    async def stop_at_once(server: TinyServer) -> dict[str, Any]:
        async with server:
            chat = example.Chat(server.url, "techpro")
            asking = asyncio.create_task(chat.ask("shoes?"))
            await asyncio.sleep(0)
            await chat.stop()
            end = await asking
            await chat.close()
        return end

    server = TinyServer(waits_for_stop=True)
    assert asyncio.run(stop_at_once(server))["finish_reason"] == "stopped"
    assert server.of_type("stop") == [{"conversation_id": "conv_1"}]


def test_a_stop_that_a_lost_connection_swallowed_is_sent_again() -> None:
    async def stop_between(server: TinyServer) -> dict[str, Any]:
        async with server:
            chat = example.Chat(server.url, "techpro")
            await chat.open()
            asking = asyncio.create_task(chat.ask("shoes?"))
            await server.begun.wait()
            await chat.close()  # as if the network had done it
            await chat.stop()
            end = await asking
            await chat.close()
        return end

    server = TinyServer(waits_for_stop=True)
    assert asyncio.run(stop_between(server))["finish_reason"] == "stopped"
    assert len(server.of_type("resume")) == 1


def test_every_active_brand_is_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def ask_all(server: TinyServer) -> None:
        async with server:
            monkeypatch.setattr(example, "DEFAULT_URL", server.url)
            await example.test_multiple_brands()

    server = TinyServer()
    asyncio.run(ask_all(server))
    assert server.paths == ["/ws/chat/techpro", "/ws/chat/stylehub"]
    assert capsys.readouterr().out.count(REPLY) == 2


# --- As a program ---


def test_the_program_asks_one_question_and_exits() -> None:
    server = TinyServer()
    code, out, err = asyncio.run(_run_script(server, "--message", "shoes?", "--brand", "a b/c", "--voice"))
    assert (code, err) == (0, "")
    assert out.startswith(f"{REPLY}\n")
    assert server.paths == ["/ws/voice/a%20b%2Fc"]


@pytest.mark.parametrize("leave", ["exit\n", "QUIT\n", ""])
def test_the_program_asks_what_is_typed_until_the_customer_leaves(leave: str) -> None:
    server = TinyServer()
    code, out, err = asyncio.run(_run_script(server, typed=f"shoes?\n{leave}"))
    assert (code, err) == (0, "")
    assert out.startswith(f"Bot: Welcome!\nYou: Bot: {REPLY}\n")
    assert [frame["message"] for frame in server.of_type("chat")] == ["shoes?"]


def test_the_program_goes_on_after_a_refused_message() -> None:
    refusal = {"message": "message: must not be empty", "code": "invalid_frame", "retry_after": None}
    _, out, err = asyncio.run(_run_script(TinyServer(refusals=[refusal]), typed="\nshoes?\n"))
    assert err == ""
    assert f"Bot: message: must not be empty\nYou: Bot: {REPLY}\n" in out


def test_the_program_says_in_a_sentence_that_there_is_no_such_brand() -> None:
    code, out, err = asyncio.run(_run_script(TinyServer(), "--brand", "nobody", "--message", "shoes?"))
    assert (code, out, err) == (1, "", "Brand 'nobody' not found or inactive\n")


def test_the_program_says_in_a_sentence_that_nobody_listens() -> None:
    async def run() -> tuple[int | None, str]:
        server = TinyServer()
        async with server:
            url = server.url
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, str(SCRIPT), "--url", url, "--message", "shoes?")
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
        _, err = await process.communicate()
        return process.returncode, err.decode()

    code, err = asyncio.run(run())
    assert code == 1
    assert err.startswith("Cannot connect to ws://127.0.0.1:")
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process")
def test_ctrl_c_stops_the_reply_and_the_chat_goes_on() -> None:
    async def run(server: TinyServer) -> tuple[int | None, str]:
        async with server:
            process = await _script(server)
            assert process.stdin
            process.stdin.write(b"shoes?\n")
            await process.stdin.drain()
            await server.begun.wait()
            process.send_signal(signal.SIGINT)
            out, _ = await process.communicate(b"exit\n")
        return process.returncode, out.decode()

    server = TinyServer(waits_for_stop=True)
    code, out = asyncio.run(run(server))
    assert code == 0
    assert server.of_type("stop") == [{"conversation_id": "conv_1"}]
    assert out.startswith("Bot: Welcome!\nYou: Bot: Zwe (stopped)\n")
    assert out.endswith("You: ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl+C to one process")
def test_ctrl_c_at_the_prompt_ends_the_program_at_once() -> None:
    async def run(server: TinyServer) -> int | None:
        async with server:
            process = await _script(server)
            assert process.stdout
            await process.stdout.readuntil(b"You: ")
            process.send_signal(signal.SIGINT)
            await process.wait()
            await process.communicate()
        return process.returncode

    assert asyncio.run(run(TinyServer())) == -signal.SIGINT
