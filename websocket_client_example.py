"""A chat in the terminal, and an example of a client: python websocket_client_example.py --brand techpro.

It needs only the `websockets` package. Ctrl+C stops a running reply; at the prompt it, "exit" or "quit" ends the chat.
"""

import argparse
import asyncio
import json
import signal
import sys
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.frames import CloseCode

DEFAULT_URL = "ws://localhost:8000"

# Pauses before a new attempt, in seconds: together about a minute, which outlasts a server's restart.
RETRY_DELAYS_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0)

# Closes that trying again does not cure.
FATAL_CLOSES = {CloseCode.POLICY_VIOLATION, CloseCode.MESSAGE_TOO_BIG}

Data = dict[str, Any]


class ChatError(Exception):
    """The server refuses, or cannot be reached; the text is a sentence. With `retry_after` it is worth another try."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass
class Turn:
    """A question, and how much of its reply has arrived."""

    message: str
    client_message_id: str = field(default_factory=lambda: str(uuid4()))  # the same id makes no second turn
    message_id: str | None = None  # the reply's id; None until the server has stored the question
    next_offset: int = 0  # where a resumed reply goes on
    shown: int = 0  # characters printed
    to_skip: int = 0  # characters that a reply told from its beginning repeats
    stopped: bool = False


class Chat:
    """A conversation with one brand. It outlives its connections: a reply that was cut off goes on where it was."""

    def __init__(self, url: str, brand: str, *, voice: bool = False) -> None:
        self._url = f"{url.rstrip('/')}/ws/{'voice' if voice else 'chat'}/{quote(brand, safe='')}"
        self._connection: ClientConnection | None = None
        self._conversation_id: str | None = None  # the server makes it; whoever knows it may resume
        self._turn: Turn | None = None

    async def open(self) -> str:
        """Connect; the brand's welcome message."""
        try:
            welcome = await self._receive(await self._connect())
        except (OSError, InvalidHandshake, ConnectionClosed) as error:
            raise ChatError(f"Cannot connect to {self._url}: {error}") from error
        return str(welcome["data"]["message"])

    async def close(self) -> None:
        """Hang up."""
        if self._connection:
            await self._connection.close()
            self._connection = None

    async def ask(self, message: str) -> Data:
        """Ask, print the reply as it arrives, and return how it ended: the data of `complete`."""
        turn = self._turn = Turn(message)
        for delay in RETRY_DELAYS_S:
            pause = delay
            try:
                return await self._exchange(self._connection or await self._connect(), turn)
            except ChatError as error:
                if error.retry_after is None:
                    raise
                pause = max(delay, error.retry_after)
            except (OSError, InvalidHandshake, ConnectionClosed):
                await self.close()
            await asyncio.sleep(pause)
        raise ChatError("The connection was lost and could not be made again.")

    async def stop(self) -> None:
        """End the running reply; its `complete` follows."""
        if self._turn:
            self._turn.stopped = True
            if self._turn.message_id and self._connection:  # else it is sent once there is something to stop
                with suppress(ConnectionClosed):
                    await _send(self._connection, "stop", conversation_id=self._conversation_id)

    async def _connect(self) -> ClientConnection:
        self._connection = await connect(self._url)
        return self._connection

    async def _exchange(self, connection: ClientConnection, turn: Turn) -> Data:
        """Ask, or go on with a reply that a lost connection cut off, and read it to its end."""
        if turn.message_id:
            place = {"message_id": turn.message_id, "offset": turn.next_offset}
            await _send(connection, "resume", conversation_id=self._conversation_id, **place)
        else:
            await self._send_question(connection, turn)
        while True:
            frame = await self._receive(connection)
            data = frame["data"]
            match frame["type"]:
                case "typing" if data["is_typing"]:  # the question is stored
                    turn.message_id, self._conversation_id = data["message_id"], data["conversation_id"]
                    if turn.stopped:
                        await self.stop()
                case "resumed" if not data["recovered"]:  # too late; asking again with the same id tells all of it
                    turn.to_skip = turn.shown
                    await self._send_question(connection, turn)
                case "resumed" if turn.stopped:
                    await self.stop()
                case "chunk" if data["message_id"] == turn.message_id:
                    text = data["content"][turn.to_skip :]
                    turn.to_skip = max(0, turn.to_skip - len(data["content"]))
                    turn.shown += len(text)
                    turn.next_offset = data["next_offset"]
                    print(text, end="", flush=True)
                case "complete" if data["message_id"] == turn.message_id:
                    return dict(data)
                case _:
                    pass  # a client ignores what it does not know

    async def _send_question(self, connection: ClientConnection, turn: Turn) -> None:
        known = {"conversation_id": self._conversation_id} if self._conversation_id else {}
        await _send(connection, "chat", message=turn.message, client_message_id=turn.client_message_id, **known)

    async def _receive(self, connection: ClientConnection) -> Data:
        """The next frame. An error ends the exchange, except one of a reply, whose `complete` still comes."""
        try:
            frame: Data = json.loads(await connection.recv())
        except ConnectionClosed as closed:
            if closed.rcvd and closed.rcvd.code in FATAL_CLOSES:
                await self.close()
                raise ChatError(f"The server closed the connection: {closed.rcvd.reason}") from closed
            raise
        # An error that names a reply is told by that reply's `complete` too.
        if frame["type"] == "error" and not frame["data"].get("message_id"):
            raise ChatError(frame["data"]["message"], frame["data"].get("retry_after"))
        return frame


async def _send(connection: ClientConnection, kind: str, **data: object) -> None:
    await connection.send(json.dumps({"type": kind, "data": data}))


async def show_reply(chat: Chat, question: str) -> None:
    """Ask one question; print its reply, the suggested products and the confidence. Ctrl+C stops the reply."""
    loop = asyncio.get_running_loop()

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, before)  # a second Ctrl+C ends the program
        asyncio.run_coroutine_threadsafe(chat.stop(), loop)

    before = signal.signal(signal.SIGINT, stop)
    try:
        end = await chat.ask(question)
    finally:
        signal.signal(signal.SIGINT, before)
    print("" if end["finish_reason"] == "stop" else f" ({end['finish_reason']})")
    if error := end.get("error"):
        print(error["message"])
    for product in end["suggested_products"]:
        print(f"  - {product['name']}: {product['price']:,.2f} {product.get('currency') or ''}".rstrip())
    if end["confidence_score"] is not None:
        print(f"  Confidence: {end['confidence_score']:.0%}")


async def talk(chat: Chat, question: str | None = None) -> None:
    """Ask one question, or what is typed until the customer leaves."""
    try:
        welcome = await chat.open()
        if question is not None:
            await show_reply(chat, question)
            return
        print(f"Bot: {welcome}")
        with suppress(EOFError):
            while (line := (await asyncio.to_thread(input, "You: ")).strip()).lower() not in {"exit", "quit"}:
                print("Bot: ", end="", flush=True)
                try:
                    await show_reply(chat, line)
                except ChatError as error:
                    print(error)
    finally:
        await chat.close()


async def test_multiple_brands() -> None:
    """Ask every active brand the same question."""
    front_page = await asyncio.to_thread(urllib.request.urlopen, f"http{DEFAULT_URL.removeprefix('ws')}/")
    with front_page:
        brands = json.load(front_page)["brands"]
    for brand in brands:
        print(f"\n--- {brand['name']} ---")
        await talk(Chat(DEFAULT_URL, brand["id"]), "What do you sell?")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Chat with a brand in the terminal.")
    parser.add_argument("--brand", default="techpro", help="the brand's id (techpro)")
    parser.add_argument("--url", default=DEFAULT_URL, help=f"the server ({DEFAULT_URL})")
    parser.add_argument("--voice", action="store_true", help="short replies, made to be spoken")
    parser.add_argument("--message", help="ask this one question, then exit")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # asyncio's own handler would wait for the thread that reads input
    try:
        asyncio.run(talk(Chat(args.url, args.brand, voice=args.voice), args.message))
    except ChatError as refusal:
        sys.exit(str(refusal))
