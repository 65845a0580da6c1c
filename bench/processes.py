"""The processes that benches and drills start: our server, the fake model, and their cost. Only on 127.0.0.1."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from config import Settings  # noqa: E402 -- importable only now, when this is a script's neighbour

HOST = "127.0.0.1"
READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
REQUEST_TIMEOUT_S = 30.0

# A process's CPU clock, as clock_getcpuclockid(3) makes it: the id's complement, and "scheduler time of the process".
_CPU_CLOCK_BITS, _CPU_CLOCK_SCHED = 3, 2


class Process:
    """A program that we started. A context manager ends it, and nothing else.

    Args:
        command: what to run.
        env: its environment; none is ours.
        folder: where it runs.
        log: where its standard error goes; without one to ours.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        folder: Path | None = None,
        log: Path | None = None,
    ) -> None:
        pipe = subprocess.PIPE
        with log.open("ab") if log else nullcontext() as errors:
            self.popen = subprocess.Popen(
                command, env=env, cwd=folder, stdin=pipe, stdout=pipe, stderr=errors, text=True
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.popen.poll() is None

    def say(self, message: Any) -> None:  # noqa: ANN401 -- whatever JSON the two have agreed on
        """Write a line of JSON to its standard input."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(json.dumps(message) + "\n")
        self.popen.stdin.flush()

    def hear(self) -> Any:  # noqa: ANN401 -- whatever JSON the two have agreed on
        """Wait for a line of JSON from its standard output."""
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.popen.args!r} ended with status {self.popen.wait()}")
        return json.loads(line)

    def cpu_s(self) -> float:
        """The CPU seconds, user and system, that its threads have used since it began."""
        return time.clock_gettime(~self.popen.pid << _CPU_CLOCK_BITS | _CPU_CLOCK_SCHED)

    def rss_bytes(self) -> int:
        """Its resident memory."""
        return self._memory("VmRSS:")

    def peak_rss_bytes(self) -> int:
        """The most resident memory that it has had."""
        return self._memory("VmHWM:")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.popen.kill()
        self._reap()

    def terminate(self) -> None:
        """Ask it to end (SIGTERM), without waiting."""
        self.popen.send_signal(signal.SIGTERM)

    def wait(self, timeout_s: float = STOP_TIMEOUT_S) -> int:
        """Wait for its end; its exit status.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        status = self.popen.wait(timeout_s)
        self._reap()
        return status

    def stop(self) -> None:
        """End it: politely, then not."""
        if self.running:
            self.terminate()
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.popen.kill()
        self._reap()

    def _memory(self, line: str) -> int:
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        return int(status.partition(line)[2].split()[0]) * 1024

    def _reap(self) -> None:
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                pipe.close()


class FakeModel(Process):
    """The OpenAI-compatible fake of the functional tests, as a process of its own."""

    def __init__(self) -> None:
        super().__init__([sys.executable, ROOT / "tests" / "functional" / "fake_openai.py"])
        self.port = int(self.hear()["port"])
        self.base_url = f"http://{HOST}:{self.port}/v1"

    def behave(self, **members: Any) -> None:  # noqa: ANN401 -- members of its Behaviour
        """How it answers every request from now on."""
        request(self.port, "POST", "/behaviour", members)

    def forget(self) -> None:
        """Let go of the requests so far."""
        request(self.port, "DELETE", "/requests")

    def open_streams(self) -> int:
        """How many replies are under way."""
        return int(request(self.port, "GET", "/stats")["open_streams"])


class ChatbotServer:
    """Our server (`python main.py`) on a data folder of its own, which outlives its kills and restarts.

    Args:
        folder: for everything that it writes.
        env: settings beside the usual ones.
        command: what to run in place of `python main.py`, for profilers.
    """

    def __init__(
        self, folder: Path, env: Mapping[str, str] | None = None, command: Sequence[str | Path] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "server.log"
        self.process: Process
        self._command = command or [sys.executable, ROOT / "main.py"]
        brands_file = folder / "brands_config.json"
        if not brands_file.exists():
            shutil.copy(ROOT / "brands_config.json", brands_file)
        ours = {name.upper() for name in Settings.model_fields}
        self._env = {name: value for name, value in os.environ.items() if name.upper() not in ours} | {
            "HOST": HOST,
            "PORT": str(self.port),
            "DATA_DIR": str(folder / "data"),
            "BRANDS_CONFIG_FILE": str(brands_file),
            "LOG_LEVEL": "WARNING",
            "RATE_LIMIT": "off",
            **(env or {}),
        }

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "data" / "chatbot.db"

    def socket_url(self, brand_id: str = "techpro") -> str:
        """Where customers of a brand connect."""
        return f"ws://{HOST}:{self.port}/ws/chat/{brand_id}"

    def spawn(self) -> None:
        """Start it, without waiting until it serves."""
        self.process = Process(self._command, env=self._env, folder=self.folder, log=self.log)

    def start(self) -> float:
        """Start it and wait until it serves; how many seconds that took."""
        started = time.monotonic()
        self.spawn()
        self.wait_ready()
        return time.monotonic() - started

    def wait_ready(self) -> None:
        """Wait until it serves.

        Raises:
            RuntimeError: it ended, or took too long; the text holds its log.
        """
        try:
            wait_ready(self.process, self.port)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self.log.read_text()}") from error

    def get(self, path: str) -> Any:  # noqa: ANN401 -- whatever JSON the path gives
        """GET, answered 2xx."""
        return request(self.port, "GET", path)

    def history(self, conversation_id: str, brand_id: str = "techpro") -> list[dict[str, Any]]:
        """The messages of a conversation."""
        messages: list[dict[str, Any]] = self.get(f"/chat/{brand_id}/history/{conversation_id}")["messages"]
        return messages


@contextmanager
def chatbot_server(
    env: Mapping[str, str] | None = None, command: Sequence[str | Path] | None = None
) -> Iterator[ChatbotServer]:
    """A running server in a temporary folder; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ChatbotServer(Path(folder), env, command)
        server.spawn()
        try:
            server.wait_ready()
            yield server
        finally:
            server.process.stop()


def openai_settings(fake: FakeModel) -> dict[str, str]:
    """The settings by which our server asks the fake."""
    return {"CHAT_PROVIDER": "openai", "OPENAI_BASE_URL": fake.base_url, "OPENAI_MODEL": "fake"}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_ready(process: Process, port: int) -> None:
    """Wait until a server says that it is ready.

    Raises:
        RuntimeError: it ended, or took longer than READY_TIMEOUT_S.
    """
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and process.running:
        try:
            request(port, "GET", "/readyz")
        except (OSError, HTTPException):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{process.popen.args!r} did not start to serve")


def request(port: int, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 -- JSON both ways
    """One HTTP request; the JSON of its answer.

    Raises:
        HTTPException: it was not answered 2xx.
    """
    connection = HTTPConnection(HOST, port, timeout=REQUEST_TIMEOUT_S)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        if not 200 <= response.status < 300:
            raise HTTPException(f"{method} {path}: {response.status} {text[:500]!r}")
        return json.loads(text) if text else None
    finally:
        connection.close()
