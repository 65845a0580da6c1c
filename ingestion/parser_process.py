"""Starts the child process that reads a file, watches it, and ends it when it takes too long."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import orjson
import structlog

from errors import UnreadableFile
from ingestion.child import Task

logger = structlog.get_logger(__name__)

# A child that says nothing for so long is stuck in the file: nothing that a shop has takes a parser this long between
# two rows.
SILENCE_S = 8.0

_ROOT = Path(__file__).parents[1]

# A parser of files that anybody may send has no business with keys: it gets these variables alone.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
_PREFIXES = ("PYTHON", "COVERAGE_")

# How long a child that has said its last may take to end.
_LAST_WORDS_S = 0.5

# How Python ends on an exception that nobody handled.
_FAULT = 1
_FAULT_CHARS = 4_000
_TOO_MUCH = "The file takes too long or too much memory to read; send it in parts, or as CSV."


async def parse(task: Task, progress: Callable[[int], None] = lambda _: None) -> None:
    """Read the files of a task into its spool.

    Args:
        task: what to do.
        progress: is told how many rows are read so far.

    Raises:
        UnreadableFile: a file cannot be read, or not within the limits.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ingestion.child",
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=_ROOT,
        env=_environment(),
        start_new_session=True,
    )
    try:
        faults = asyncio.create_task(_faults(process))
        verdict = await _watch(process, task, progress)
        if verdict is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LAST_WORDS_S):  # it has ended by itself, or has to be ended
                    await process.wait()
            if process.returncode is None:
                process.kill()
            said, status = await faults, await process.wait()
            if status == _FAULT:
                raise RuntimeError(said)
            logger.warning("parser_ended", status=status, said=said or None)
            raise UnreadableFile(_TOO_MUCH)
        if verdict:
            raise UnreadableFile(verdict)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _watch(process: Process, task: Task, progress: Callable[[int], None]) -> str | None:
    """What the child says in the end: "" for done, or a sentence. None when it died or had to be ended."""
    assert process.stdin is not None  # noqa: S101, both are pipes
    assert process.stdout is not None  # noqa: S101
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(task.dumped())
        await process.stdin.drain()
        process.stdin.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(task.limits.seconds):
            while True:
                async with asyncio.timeout(SILENCE_S):
                    line = await process.stdout.readline()
                word, _, rest = line.decode().strip().partition(" ")
                match word:
                    case "rows":
                        progress(int(rest))
                    case "done":
                        return ""
                    case "refused":
                        return str(orjson.loads(rest))
                    case _:
                        return None
    return None


async def _faults(process: Process) -> str:
    """The end of what the child says of its faults."""
    assert process.stderr is not None  # noqa: S101, it is a pipe
    said = b""
    while part := await process.stderr.read(_FAULT_CHARS):
        said = (said + part)[-_FAULT_CHARS:]
    return said.decode(errors="replace").strip()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in _ENVIRONMENT or name.startswith(_PREFIXES)}
