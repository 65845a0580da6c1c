"""The real server as a new user would start it, and a customer's socket to talk to it.

    with running_server(tmp_path, OPENAI_BASE_URL=...) as server:
        server.http.get("/brands")
        with server.chat("techpro") as chat:
            reply = chat.ask("Do you sell laptops?")

Every wait ends after PATIENCE_S. A process that is still there at the end of the block is told to end, and one that
has logged a traceback fails the test.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from config import Settings

ROOT = Path(__file__).parents[2]

# How long any one thing may take before the test counts as failed: no measure of speed, but the end of a hang. The
# server itself waits up to 30 s for a model's first token.
PATIENCE_S = 40.0
POLL_S = 0.02

# What websockets tells as the close code of a connection that ended without a close frame.
CUT = 1006

Frame = dict[str, Any]

MAIN = (str(ROOT / "main.py"),)


def environment(folder: Path, **given: object) -> dict[str, str]:
    """The environment of a process whose every file lies in `folder`; no setting of the outside is in it."""
    outside = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in Settings.model_fields and not name.upper().startswith("OPENAI_")
    }
    own = {
        "DATA_DIR": folder / "data",
        "BRANDS_CONFIG_FILE": brands_file(folder),
        "CHROMA_PERSIST_DIRECTORY": folder / "chroma",
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
    return outside | {name: str(value) for name, value in (own | given).items() if value is not None}


def brands_file(folder: Path) -> Path:
    """The folder's brands_config.json; a copy of the repository's when there was none."""
    path = folder / "brands_config.json"
    if not path.exists():
        path.write_bytes((ROOT / "brands_config.json").read_bytes())
    return path


def run_program(folder: Path, *arguments: str, **given: object) -> subprocess.CompletedProcess[str]:
    """Run Python to its end in `folder`, for programs and starts that end by themselves."""
    return subprocess.run(
        [sys.executable, *(arguments or MAIN)],
        cwd=folder,
        env=environment(folder, **given),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_until(what: str, holds: Callable[[], bool]) -> None:
    """Return once this holds, for what can be seen from outside only by looking."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"it did not come to this: {what}"
        time.sleep(POLL_S)


class Server:
    """A server process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.folder = log.parent
        self.url = f"http://127.0.0.1:{port}"
        self.ws_url = f"ws://127.0.0.1:{port}"
        self.port = port
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE_S, trust_env=False)
        self._process = process
        self._log = log
        self.may_fail = False  # whether its log may hold a traceback

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def log_text(self) -> str:
        """All that it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def chat(self, brand: str = "techpro", *, voice: bool = False, **options: Any) -> Iterator["Chat"]:
        """A customer's socket, its welcome read. `options` as for `open_chat`."""
        with self.open_chat(brand, voice=voice, **options) as chat:
            chat.welcome = chat.expect("welcome")
            yield chat

    @contextmanager
    def open_chat(
        self, brand: str = "techpro", *, voice: bool = False, origin: str | None = None, protocols: Sequence[str] = ()
    ) -> Iterator["Chat"]:
        """A customer's socket from which nothing has been read."""
        address = f"{self.ws_url}/ws/{'voice' if voice else 'chat'}/{quote(brand, safe='')}"
        with connect(
            address,
            origin=Origin(origin) if origin is not None else None,
            subprotocols=[Subprotocol(name) for name in protocols] or None,
            proxy=None,
            open_timeout=PATIENCE_S,
            close_timeout=PATIENCE_S,
            max_size=None,
        ) as connection:
            yield Chat(connection)

    def history(self, conversation_id: str, brand: str = "techpro") -> list[tuple[str, str]]:
        """Who said what in a conversation."""
        answer = self.http.get(f"/chat/{brand}/history/{conversation_id}").raise_for_status().json()
        return [(message["role"], message["content"]) for message in answer["messages"]]

    def terminate(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end, and do not wait."""
        self._process.send_signal(by)

    def wait(self) -> int:
        """Its exit status, once it has ended."""
        return self._process.wait(PATIENCE_S)

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        self.terminate()
        return self.wait()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def close(self) -> None:
        """End what is still there."""
        self.http.close()
        if self._process.poll() is not None:
            return
        self.terminate()
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def await_ready(self) -> None:
        """Return once it can serve."""
        await_until("the server is ready", self._is_ready)

    def _is_ready(self) -> bool:
        assert self._process.poll() is None, f"the server ended:\n{self.log_text()}"
        try:
            return self.http.get("/readyz").is_success
        except httpx.TransportError:
            return False


@contextmanager
def running_server(folder: Path, *, program: Sequence[str] = MAIN, **given: object) -> Iterator[Server]:
    """Start a server whose every file lies in `folder`, and wait until it can serve.

    Args:
        folder: its working folder; a server started there later finds what this one has left.
        program: what Python runs; `{port}` in it becomes the port.
        given: environment variables.
    """
    port = free_port()
    log = folder / f"server-{port}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *(part.format(port=port) for part in program)],
            cwd=folder,
            env=environment(folder, **({"PORT": port} | given)),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, log)
    try:
        server.await_ready()
        yield server
    finally:
        server.close()
    assert server.may_fail or "Traceback" not in server.log_text(), server.log_text()


class FakeModel:
    """The fake OpenAI server, a process of its own; fake_openai.py has what it can be told."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self._process = process
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False)

    def behave(self, **behaviour: object) -> None:
        """How every request is answered from now on; with nothing given, as at first."""
        self._http.post("/behaviour", json=behaviour or None).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """The bodies received since `forget`."""
        received: list[dict[str, Any]] = self._http.get("/requests").raise_for_status().json()
        return received

    def forget(self) -> None:
        """Forget the requests received."""
        self._http.delete("/requests").raise_for_status()

    def open_streams(self) -> int:
        """How many replies are being written."""
        return int(self._http.get("/stats").raise_for_status().json()["open_streams"])

    def close(self) -> None:
        """End the process."""
        self._http.close()
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE_S)


@contextmanager
def running_fake() -> Iterator[FakeModel]:
    """Start the fake OpenAI server."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("fake_openai.py"))], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    fake = FakeModel(process, json.loads(process.stdout.readline())["port"])
    try:
        yield fake
    finally:
        fake.close()


def scripted(question: str = "Hello", /, **behaviour: object) -> str:
    """A message that tells the fake model how to answer it."""
    return f"{question} fake:{json.dumps(behaviour)}"


@dataclass(frozen=True, slots=True)
class Reply:
    """The frames of one reply, `complete` the last."""

    frames: list[Frame]

    @property
    def text(self) -> str:
        """What the customer read."""
        return "".join(data["content"] for data in self.chunks)

    @property
    def chunks(self) -> list[Frame]:
        """The data of each chunk."""
        return [frame["data"] for frame in self.frames if frame["type"] == "chunk"]

    @property
    def complete(self) -> Frame:
        """The data of the last frame."""
        data: Frame = self.frames[-1]["data"]
        return data

    @property
    def conversation_id(self) -> str:
        """The conversation that it belongs to."""
        return str(self.complete["conversation_id"])

    @property
    def message_id(self) -> str:
        """Its own id."""
        return str(self.complete["message_id"])

    @property
    def suggested_ids(self) -> list[str]:
        """The products that it suggests."""
        return [product["id"] for product in self.complete["suggested_products"]]


class Chat:
    """A customer's socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: Frame = {}

    def __enter__(self) -> Self:
        return self

    def send(self, kind: str, **data: object) -> None:
        """Send a frame."""
        self.send_raw(json.dumps({"type": kind, "data": data}))

    def send_raw(self, frame: str | bytes) -> None:
        """Send a frame as it is: text, or bytes for a binary one."""
        self.connection.send(frame)

    def receive(self) -> Frame:
        """The next frame."""
        frame: Frame = json.loads(self.connection.recv(PATIENCE_S))
        return frame

    def expect(self, kind: str) -> Frame:
        """The data of the next frame, which must be of this type."""
        frame = self.receive()
        assert frame["type"] == kind, frame
        data: Frame = frame["data"]
        return data

    def frames_until(self, kind: str) -> list[Frame]:
        """The frames up to the first of this type, which is the last of them."""
        frames = [self.receive()]
        while frames[-1]["type"] != kind:
            frames.append(self.receive())
        return frames

    def ask(self, message: str, **data: object) -> Reply:
        """Send a message, and read the whole reply."""
        self.send("chat", message=message, **data)
        return self.read_reply()

    def read_reply(self) -> Reply:
        """Read up to the next `complete`."""
        return Reply(self.frames_until("complete"))

    def ping(self) -> None:
        """See that the socket lives, and that nothing was waiting on it."""
        self.send("ping")
        self.expect("pong")

    def read_to_close(self) -> tuple[list[Frame], int | None]:
        """Everything until the server closes, and the code with which it does."""
        frames = []
        while (frame := self._receive_unless_closed()) is not None:
            frames.append(frame)
        code = self.connection.close_code
        assert code not in {None, CUT}, "the connection was cut, not closed"
        return frames, code

    def _receive_unless_closed(self) -> Frame | None:
        try:
            return self.receive()
        except ConnectionClosed:
            return None

    def cut(self) -> None:
        """Drop the connection as a lost network would: without a word."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)
