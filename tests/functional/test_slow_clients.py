"""Clients that send slowly, or nothing, or do not read: each is cut in its time, and nobody else notices."""

import json
import socket
import statistics
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.functional.server import ROOT, FakeModel, Server, running_server, scripted

pytestmark = pytest.mark.functional

# The server with shorter patience, for the tests of what happens when it ends.
IMPATIENT = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
import main, routes.body_limit, slow_clients
slow_clients.HEAD_S = routes.body_limit.PART_S = 1.0
slow_clients.READER_S = 2.0
set_timeouts = main.set_tcp_timeouts
def with_small_buffers(listener):
    with socket.socket(fileno=os.dup(listener.fileno())) as real:  # else the kernel takes megabytes for a reader
        real.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
    set_timeouts(listener)
main.set_tcp_timeouts = with_small_buffers
raise SystemExit(main.main())
"""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory, model_process: FakeModel) -> Iterator[Server]:
    with running_server(
        tmp_path_factory.mktemp("impatient"),
        program=("-c", IMPATIENT, str(ROOT)),
        OPENAI_BASE_URL=model_process.base_url,
        OPENAI_API_KEY="sk-test",
        RATE_LIMIT="off",
    ) as server:
        yield server


def _opened(server: Server, receive_buffer: int | None = None) -> socket.socket:
    raw = socket.socket()
    if receive_buffer is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    raw.settimeout(20)
    raw.connect(("127.0.0.1", server.port))
    return raw


def _rest(raw: socket.socket) -> bytes:
    """Everything until the server closes."""
    found = b""
    try:
        while part := raw.recv(65_536):
            found += part
    except ConnectionResetError:
        pass
    return found


def _is_cut_while(raw: socket.socket, parts: Iterable[bytes], seconds: float) -> bool:
    """Whether the connection ends while these are sent, so many seconds apart."""
    try:
        for part in parts:
            raw.sendall(part)
            time.sleep(seconds)
    except OSError:
        return True
    return False


def _seconds_until_closed(raw: socket.socket) -> float:
    started = time.monotonic()
    _rest(raw)
    return time.monotonic() - started


@pytest.mark.parametrize("beginning", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_a_head_that_does_not_come_is_cut(impatient: Server, beginning: bytes) -> None:
    with closing(_opened(impatient)) as raw:
        raw.sendall(beginning)
        assert 0.8 <= _seconds_until_closed(raw) < 4


def test_a_byte_now_and_then_is_no_head(impatient: Server) -> None:
    with closing(_opened(impatient)) as raw:
        started = time.monotonic()
        head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200
        assert _is_cut_while(raw, [bytes([byte]) for byte in head], 0.1)
        assert time.monotonic() - started < 5


def test_a_second_head_on_the_same_connection_is_awaited_as_long(impatient: Server) -> None:
    with closing(_opened(impatient)) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in raw.recv(65_536)
        raw.sendall(b"GET /healthz HTT")
        assert b"HTTP/1.1 408" in _rest(raw)


def test_a_lone_line_end_after_an_answer_holds_no_connection(impatient: Server) -> None:
    with closing(_opened(impatient)) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in raw.recv(65_536)
        time.sleep(0.2)
        raw.sendall(b"\r\n")
        assert _seconds_until_closed(raw) < 4


def test_a_socket_is_left_alone_by_the_clock_of_heads(impatient: Server) -> None:
    with impatient.chat() as chat:
        for _ in range(8):
            time.sleep(0.4)
            chat.ping()


def test_requests_behind_one_another_are_answered(impatient: Server) -> None:
    many = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3_000
    with closing(_opened(impatient)) as raw:
        raw.sendall(many + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert _rest(raw).count(b"200 OK") == 3_001


def test_the_true_limit_is_ten_seconds(server: Server) -> None:
    with closing(_opened(server)) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
        assert 9 <= _seconds_until_closed(raw) < 15


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET /ws/chat/" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
        (b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", b"431"),
    ],
)
def test_a_head_is_bounded(impatient: Server, head: bytes, status: bytes) -> None:
    with closing(_opened(impatient)) as raw:
        raw.sendall(head)
        assert _rest(raw).startswith(b"HTTP/1.1 " + status)


def test_a_head_without_end_is_refused_while_it_comes(impatient: Server) -> None:
    with closing(_opened(impatient)) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
        assert _is_cut_while(raw, [b"x" * 65_536] * 1_000, 0.001)


def test_a_body_of_which_nothing_comes_is_refused(impatient: Server) -> None:
    with closing(_opened(impatient)) as raw:
        raw.sendall(
            b"POST /chat/techpro HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b'Content-Length: 1000\r\n\r\n{"message": '
        )
        started = time.monotonic()
        answer = _rest(raw)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"did not come" in answer
        assert time.monotonic() - started < 5


def test_a_slow_but_steady_body_is_served(impatient: Server) -> None:
    body = json.dumps({"message": "Hello " + "x" * 30}).encode()
    with closing(_opened(impatient)) as raw:
        raw.sendall(
            b"POST /chat/techpro HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        for byte in body:
            raw.sendall(bytes([byte]))
            time.sleep(0.04)
        assert _rest(raw).startswith(b"HTTP/1.1 200")


def _silent_reader(server: Server) -> socket.socket:
    """A customer who asks for a very long reply and reads nothing of it."""
    raw = _opened(server, receive_buffer=4_096)
    raw.sendall(
        b"GET /ws/chat/techpro HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b"101" in raw.recv(1_024)
    question = scripted(pieces=1_000, piece="word " * 400)
    text = json.dumps({"type": "chat", "data": {"message": question}}).encode()
    raw.sendall(b"\x81\xfe" + len(text).to_bytes(2, "big") + b"\0\0\0\0" + text)  # one masked text frame
    return raw


def _sockets(server: Server) -> int:
    return int(server.http.get("/brands/techpro/stats").raise_for_status().json()["open_connections"])


def test_a_reader_that_does_not_read_is_cut_and_others_do_not_notice(impatient: Server) -> None:
    with closing(_silent_reader(impatient)) as raw, impatient.chat() as other:
        assert _sockets(impatient) == 2
        deadline = time.monotonic() + 15
        took = []
        while _sockets(impatient) == 2:
            assert time.monotonic() < deadline, "the silent reader is still connected"
            started = time.monotonic()
            other.ask("Hello")
            took.append(time.monotonic() - started)
        # Whoever waits for the silent one asks once or twice; on a busy machine a single answer may be slow.
        assert len(took) > 3
        assert statistics.median(took) < 2
        other.ask("Hello")
        assert _is_cut_while(raw, [b"\x89\x80\0\0\0\0"] * 100, 0.05)  # pings: its TCP is gone too


def test_a_reader_that_reads_slowly_is_served(impatient: Server) -> None:
    with closing(_silent_reader(impatient)) as raw:
        read = 0
        started = time.monotonic()
        while time.monotonic() - started < 4 or read <= 100_000:
            some = len(raw.recv(16_384))
            assert some, "the slow reader was cut"
            read += some
            time.sleep(0.05)
        assert _sockets(impatient) == 1


def test_the_kernel_gives_up_a_peer_that_is_gone(impatient: Server) -> None:
    """What the listener is told holds for what it accepts; the value is read back from a connection of its own."""
    with closing(_opened(impatient)):
        found = Path("/proc/net/tcp").read_text(encoding="ascii")
        assert f":{impatient.port:04X} " in found
    import slow_clients  # noqa: PLC0415, not before the constants are looked at

    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        slow_clients.set_tcp_timeouts(listener)
        with closing(socket.create_connection(listener.getsockname())):
            accepted, _ = listener.accept()
            with closing(accepted):
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
                assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


def test_frames_are_not_compressed(server: Server) -> None:
    with closing(_opened(server)) as raw:
        raw.sendall(
            b"GET /ws/chat/techpro HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
        )
        answer = raw.recv(4_096).lower()
        assert b"101" in answer
        assert b"permessage-deflate" not in answer
