"""Reads a file in a process of its own: python -m ingestion.child, a task as JSON on standard input.

The file was sent by somebody. Whatever it does to a parser ends here, within limits on memory, time and disk that the
kernel keeps. What is read goes to a spool file as JSON lines; standard output says how far it is.

Standard output, one line each: `rows N` now and then, and at the end `done` or `refused SENTENCE` (a JSON string).

Spool, one JSON array each: ["mapping", table, shape, {title: field}], ["item", number, {members}],
["rejected", number, reason, id, {members}], and last ["end", how many items and rejected there are].
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import orjson

from durable_files import partial_of, sync
from errors import UnreadableFile
from ingestion.life import listen
from ingestion.records import UNTOLD, Limits, Rejected, shown

# How often it says how far it is, in seconds.
TELL_EVERY_S = 0.25

# No product has more text than this; without a bound a small file that unpacks to much would fill the server's memory.
ENTRY_BYTES = 512 * 1024
_TOO_MUCH = f"more than {ENTRY_BYTES:,} bytes of text"

# A sentence that a file is refused with has so many characters at most.
_SENTENCE_CHARS = 1_000

_NICENESS = 10  # chats come first


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    Attributes:
        path: where it is.
        filename: what whoever sent it calls it.
        url: where it comes from, of a page of the web.
        charset: as the web server said.
        fault: why there is no content; empty when there is.
    """

    path: str
    filename: str
    url: str | None = None
    charset: str | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What a child process is to do.

    Attributes:
        sources: the files.
        spool: where what was read goes.
        kind: "products" or "knowledge".
        home_currency: the brand's.
        today: the day that sale prices are compared with.
        mapping: field by title, from the caller.
        limits: of each file, and of the process.
        spool_bytes: of what is read.
    """

    sources: list[Source]
    spool: str
    kind: str = "products"
    home_currency: str = "USD"
    today: date = date.min
    mapping: dict[str, str | None] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    spool_bytes: int = 4 * 1024 * 1024 * 1024

    def dumped(self) -> bytes:
        """The task as standard input."""
        return orjson.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: bytes) -> "Task":
        """The opposite."""
        members = orjson.loads(text)
        members["sources"] = [Source(**source) for source in members["sources"]]
        members["limits"] = Limits(**members["limits"])
        members["today"] = date.fromisoformat(members["today"])
        return cls(**members)


def confine(task: Task) -> None:
    """Bound what this process may use. Where the system knows no such limits the parent's clock is the only one."""
    try:
        import resource  # noqa: PLC0415, not on every system
    except ImportError:
        return
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    for what, most in (
        (resource.RLIMIT_AS, task.limits.memory_bytes),
        (resource.RLIMIT_CPU, task.limits.seconds),
        (resource.RLIMIT_FSIZE, task.spool_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):  # a lower limit that is there already stays
            _, allowed = resource.getrlimit(what)
            wanted = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
            resource.setrlimit(what, (wanted, wanted))


def read(task: Task) -> Iterator[list[Any]]:
    """The lines of the spool, but the last.

    Raises:
        ServiceError: a file cannot be read; the text says why.
    """
    from ingestion.reading import ReadDocument, ReadProduct, TableMapping, read_documents, read_products  # noqa: PLC0415, within the limits

    mappings: list[TableMapping] = []
    for source in task.sources:
        path = Path(source.path)
        if task.kind == "products":
            found: Iterator[object] = read_products(
                path,
                home_currency=task.home_currency,
                today=task.today,
                given=task.mapping,
                limits=task.limits,
                tell=mappings.append,
            )
        elif source.url is not None:
            found = _page(source)
        else:
            found = read_documents(path, source.filename, task.limits)
        for one in found:
            while mappings:
                told = mappings.pop(0)
                yield ["mapping", told.table, told.shape, dict(told.columns)]
            match one:
                case ReadProduct() | ReadDocument():
                    yield ["item", one.number, one.members]
                case Rejected():
                    yield ["rejected", one.number, one.reason, getattr(one, "id", UNTOLD), shown(one.members or {})]


def _page(source: Source) -> Iterator[object]:
    """A page of the web as documents; what cannot be read of a site does not end the import of the rest."""
    from ingestion.reading import read_page  # noqa: PLC0415, within the limits

    if source.fault:
        yield Rejected(1, source.fault, {"url": source.url})
        return
    try:
        yield from read_page(Path(source.path), source.url or "", source.charset)
    except UnreadableFile as error:
        yield Rejected(1, error.message, {"url": source.url})


def write(task: Task, out: IO[bytes]) -> None:
    """Fill the spool, and say on `out` how far it is."""
    spool_path = Path(task.spool)
    # Of its own: the child of a server that was killed may still be writing.
    partial = partial_of(spool_path.with_name(f"{spool_path.name}.{os.getpid()}"))
    count = 0
    told = time.monotonic()

    def tell() -> None:
        nonlocal told
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            out.write(b"rows %d\n" % count)
            out.flush()

    listen(tell)
    with partial.open("wb") as spool:
        for line in read(task):
            count += line[0] != "mapping"
            text = orjson.dumps(line, default=_plain)
            if len(text) > ENTRY_BYTES:
                text = orjson.dumps(["rejected", line[1], _TOO_MUCH, UNTOLD, shown(line[-1])])
            spool.write(text)
            spool.write(b"\n")
            tell()
        spool.write(orjson.dumps(["end", count]) + b"\n")
        spool.flush()
        os.fsync(spool.fileno())
    partial.replace(spool_path)
    sync(spool_path.parent)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def main() -> int:
    """Carry out one task; the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the server is told to end, and decides what becomes of this process
    out = sys.stdout.buffer
    task = Task.loaded(sys.stdin.buffer.read())
    sys.setrecursionlimit(2_000)
    try:
        confine(task)
        write(task, out)
    except (MemoryError, RecursionError, OSError) as error:
        out.write(b"refused " + orjson.dumps(_sentence(error)) + b"\n")
    except Exception as error:
        from errors import ServiceError  # noqa: PLC0415

        if not isinstance(error, ServiceError):
            raise  # a fault of ours: the parent logs what standard error says
        out.write(b"refused " + orjson.dumps(error.message[:_SENTENCE_CHARS]) + b"\n")
    else:
        out.write(b"done\n")
    with contextlib.suppress(BrokenPipeError):
        out.flush()
    return 0


def _sentence(error: Exception) -> str:
    match error:
        case MemoryError():
            return "Reading the file needs more memory than is allowed; send it in parts, or as CSV."
        case RecursionError():
            return "The file is nested too deeply."
        case _:
            return (
                "The file could not be read or what was read could not be stored; ask the operator to look at the log."
            )


if __name__ == "__main__":
    raise SystemExit(main())
