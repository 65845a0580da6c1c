"""A customer as the drills play one: a socket that asks, reads the reply, and knows how far it got when cut off."""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

FRAME_TIMEOUT_S = 60.0


class Closed(Exception):
    """The socket was closed; `code` is the close code, 1006 when there was none."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Refused(Exception):
    """The server answered a question with an `error` frame instead of a reply."""


@dataclass
class Reply:
    """A reply as far as it was received.

    Attributes:
        conversation_id: once the server has said it.
        message_id: likewise; the question is acknowledged then.
        text: the chunks so far, joined.
        finish_reason: of `complete`; None before it.
    """

    conversation_id: str | None = None
    message_id: str | None = None
    text: str = ""
    finish_reason: str | None = None

    @property
    def acknowledged(self) -> bool:
        """`typing` or a chunk has arrived."""
        return self.message_id is not None

    def take(self, frame: dict[str, Any]) -> None:
        """Note what a frame says.

        Raises:
            Refused: it is an error in place of a reply.
        """
        data = frame["data"]
        match frame["type"]:
            case "typing" | "chunk" | "complete":
                self.conversation_id, self.message_id = data["conversation_id"], data["message_id"]
                self.text += data.get("content", "")
                self.finish_reason = data.get("finish_reason", self.finish_reason)
            case "error" if data["message_id"] is None:
                raise Refused(f"{data['code']}: {data['message']}")


class Customer:
    """One connection. An asynchronous context manager.

    Args:
        session: makes the connection.
        url: of the brand's chat.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._socket: aiohttp.ClientWebSocketResponse

    async def __aenter__(self) -> Self:
        self._socket = await self._session.ws_connect(self._url, max_msg_size=0)
        await self.frame()  # welcome
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def ask(self, message: str, reply: Reply, *, client_message_id: str | None = None) -> None:
        """Send a message in the conversation that `reply` names; its answer goes there, see `read`."""
        data = {"message": message, "conversation_id": reply.conversation_id, "client_message_id": client_message_id}
        await self._socket.send_str(orjson.dumps({"type": "chat", "data": data}).decode())

    async def read(self, reply: Reply, *, only_first: bool = False) -> None:
        """Read until `complete`, or the first text.

        Raises:
            Closed: the socket was closed before.
            Refused: there will be no reply.
        """
        while reply.finish_reason is None and not (only_first and reply.text):
            reply.take(await self.frame())

    async def frame(self) -> dict[str, Any]:
        """The next frame.

        Raises:
            Closed: there is none.
        """
        async with asyncio.timeout(FRAME_TIMEOUT_S):
            message = await self._socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise Closed(self._socket.close_code or 1006)
        frame: dict[str, Any] = orjson.loads(message.data)
        return frame


def open_session() -> aiohttp.ClientSession:
    """A session that may hold any number of connections."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
