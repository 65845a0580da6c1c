"""Drill: many chats at once on one process. All complete, none mixed up, and memory does not grow."""

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.customer import Closed, Customer, Refused, Reply, open_session
from bench.processes import ChatbotServer, FakeModel, chatbot_server, openai_settings
from live.base import REPLY_LOG_TTL_S

PIECE = "word "
MOST_GROWTH = 1.10

# Reply logs are forgotten so long after their end; a little more, for what the last timers leave to do.
EXPIRY_S = REPLY_LOG_TTL_S + 5.0


@dataclass(frozen=True)
class Scale:
    """How much is done.

    Attributes:
        chats: at the same time.
        rounds: each chat asks once in each.
        pieces: of a reply.
        delay_ms: between pieces; long enough that all replies run at the same time.
        waits: whether memory is read after the reply logs have expired, and judged.
    """

    chats: int = 300
    rounds: int = 3
    pieces: int = 200
    delay_ms: float = 20.0
    waits: bool = True


@dataclass
class Result:
    """What happened.

    Attributes:
        complete: replies that arrived whole and were the asker's own.
        most_at_once: the most replies that the model was writing at the same time.
        rss_bytes: memory of the server after the first and after the last round.
        violations: what must not happen, in words.
    """

    complete: int = 0
    most_at_once: int = 0
    rss_bytes: list[int] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        memory = " -> ".join(f"{rss / 2**20:.0f} MiB" for rss in self.rss_bytes)
        return f"{self.complete} replies whole and the asker's own, {self.most_at_once} at once; memory {memory}"


async def drill(scale: Scale) -> Result:
    """Run the rounds against a server of their own."""
    result = Result()
    with FakeModel() as fake, chatbot_server(openai_settings(fake)) as server:
        fake.behave(pieces=scale.pieces, piece=PIECE, delay_ms=scale.delay_ms, echo_marker=True)
        for number in range(scale.rounds):
            async with open_session() as session, AsyncExitStack() as stack:
                customers = [
                    await stack.enter_async_context(Customer(session, server.socket_url())) for _ in range(scale.chats)
                ]
                await _round(scale, number, customers, fake, result)
            fake.forget()
            if number in {0, scale.rounds - 1}:
                await _read_memory(scale, server, result)
    first, last = result.rss_bytes[0], result.rss_bytes[-1]
    if scale.waits and last > first * MOST_GROWTH:
        result.violations.append(f"memory grew from {first:,} to {last:,} bytes")
    return result


async def _round(scale: Scale, number: int, customers: list[Customer], fake: FakeModel, result: Result) -> None:
    watch = asyncio.create_task(_watch(fake, result))
    async with asyncio.TaskGroup() as group:
        for place, customer in enumerate(customers):
            group.create_task(_chat(scale, f"round{number}chat{place}", customer, result))
    watch.cancel()


async def _chat(scale: Scale, marker: str, customer: Customer, result: Result) -> None:
    reply = Reply()
    try:
        await customer.ask(f"What about marker:{marker} please?", reply)
        await customer.read(reply)
    except (Closed, Refused) as error:
        result.violations.append(f"{marker}: {error}")
        return
    expected = f"{marker} " + PIECE * scale.pieces
    if reply.text == expected and reply.finish_reason == "stop":
        result.complete += 1
    else:
        result.violations.append(f"{marker}: {reply.finish_reason}, {len(reply.text)} characters: {reply.text[:60]!r}")


async def _watch(fake: FakeModel, result: Result) -> None:
    while True:
        result.most_at_once = max(result.most_at_once, await asyncio.to_thread(fake.open_streams))
        await asyncio.sleep(0.2)


async def _read_memory(scale: Scale, server: ChatbotServer, result: Result) -> None:
    if scale.waits:
        await asyncio.sleep(EXPIRY_S)
    result.rss_bytes.append(server.process.rss_bytes())


def main() -> int:
    """The command line; 1 when something happened that must not."""
    parser = argparse.ArgumentParser(description="Drill: many chats at once.")
    standard = Scale()
    parser.add_argument("--chats", type=int, default=standard.chats)
    parser.add_argument("--rounds", type=int, default=standard.rounds)
    parser.add_argument("--no-wait", dest="waits", action="store_false", help="do not wait for reply logs to expire")
    result = asyncio.run(drill(Scale(**vars(parser.parse_args()))))
    print(result)
    for violation in result.violations[:20]:
        print(f"VIOLATION: {violation}")
    return 1 if result.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
