"""uvicorn's protocols, which do not wait for ever: for a request's head, or for a reader that does not read.

uvicorn alone keeps a connection that sends half a head, or nothing, and one whose reader has stopped, until the peer
goes away. Its application cannot see either.
"""

import asyncio
import os
import socket
import sys
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# A request's head must be there so many seconds after its first byte, the first one after the connection was made.
HEAD_S = 10.0
# An address, and a head as a whole, may have so many bytes. Browsers and proxies stop at 8 KiB and 32 KiB.
MAX_URL_BYTES: Final = 16 * 1024
MAX_HEAD_BYTES: Final = 64 * 1024
# A connection whose reader has taken nothing for so many seconds, while something waits for it, is cut.
READER_S = 10.0
# The kernel gives up a peer that acknowledges nothing, or takes nothing, after so many milliseconds.
TCP_TIMEOUT_MS: Final = 60_000

# Of a header: the colon, the blank and the line's end.
_AROUND = 4

_TOO_LATE: Final = (408, "Request Timeout", "The request did not come within the time allowed.")
_LONG_URL: Final = (414, "URI Too Long", "The address is too long.")
_LARGE_HEAD: Final = (431, "Request Header Fields Too Large", "The request's head is too large.")


if sys.platform == "linux":
    import fcntl
    import termios


class _ReaderWatch:
    """Cuts a connection whose reader has stopped."""

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _stalled: asyncio.TimerHandle | None = None
    _unsent = 0

    def pause_writing(self) -> None:
        """More waits to be sent than a transport holds: from here on the reader has READER_S to take something."""
        super().pause_writing()  # type: ignore[misc]  # a protocol's
        self._watch()

    def resume_writing(self) -> None:
        """The reader has caught up."""
        super().resume_writing()  # type: ignore[misc]  # a protocol's
        self._unwatch()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._unwatch()
        super().connection_lost(exc)  # type: ignore[misc]  # a protocol's

    def _watch(self) -> None:
        self._unsent = _unsent(self.transport)
        self._stalled = self.loop.call_later(READER_S, self._look)

    def _unwatch(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _look(self) -> None:
        if _unsent(self.transport) < self._unsent:  # slow, but it reads
            self._watch()
        else:
            self.transport.abort()


def _unsent(transport: asyncio.Transport) -> int:
    """Bytes that the peer has not taken, here and in the kernel, which tells of room when a third of it is free."""
    here = transport.get_write_buffer_size()
    if sys.platform != "linux" or transport.is_closing():
        return here
    told = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    return here + int.from_bytes(told, sys.byteorder)


class PatientWebSocket(_ReaderWatch, WebSocketsSansIOProtocol):
    """A WebSocket whose reader must read."""


class PatientHttp(_ReaderWatch, HttpToolsProtocol):
    """HTTP whose heads must come in time and in bounds, and whose readers must read."""

    _head_timer: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0
    _messages = 0
    _is_refused = False
    _is_upgraded = False  # another protocol has the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """The first head is awaited from now on."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless the head has too many."""
        if self._is_refused:
            return
        messages = self._messages
        super().data_received(data)
        if self._is_refused or self._is_upgraded or self.transport.is_closing():
            return
        if self._in_head and messages == self._messages:  # else the head began somewhere in these bytes
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(*_LARGE_HEAD)
        elif self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()  # a lone line end, say, which begins no request and has stopped uvicorn's clock

    def on_message_begin(self) -> None:
        """A further request on the same connection begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._messages += 1
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is whole; one that is too large is not answered by the application."""
        self._in_head, self._head_bytes = False, 0
        self._head_came()
        if len(self.url) > MAX_URL_BYTES:
            self._refuse(*_LONG_URL)
        elif sum(len(name) + len(value) + _AROUND for name, value in self.headers) > MAX_HEAD_BYTES:
            self._refuse(*_LARGE_HEAD)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if not self._is_refused:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand over to the socket's protocol, unless the head was refused."""
        if not self._is_refused:
            self._is_upgraded = True
            super().handle_websocket_upgrade()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_S, self._too_late)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_late(self) -> None:
        self._head_timer = None
        if self.cycle is None or self.cycle.response_complete:
            self._refuse(*_TOO_LATE)
        else:  # it would stand in the middle of another answer
            self.transport.abort()

    def _refuse(self, status: int, reason: str, sentence: str) -> None:
        self._is_refused = True
        self._head_came()
        if self.transport.is_closing():
            return
        body = sentence.encode()
        self.transport.write(
            f"HTTP/1.1 {status} {reason}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
            + body
        )
        self.transport.close()


def set_tcp_timeouts(listener: Any) -> None:  # noqa: ANN401, a socket or what uvloop shows of one
    """Let the kernel give up peers that are gone; connections that are accepted inherit it."""
    if not hasattr(socket, "TCP_USER_TIMEOUT") or listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return
    with socket.socket(fileno=os.dup(listener.fileno())) as real:
        real.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TCP_TIMEOUT_MS)
        real.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
