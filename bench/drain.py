"""Drill: SIGTERM under running turns. They end whole, the one that takes too long ends told and stored."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.customer import Closed, Customer, Reply, open_session
from bench.processes import ChatbotServer, FakeModel, openai_settings
from main import DRAIN_GRACE_S

PIECE = "word "
DELAY_MS = 50
RESTARTING = 1012

# What is left for sockets and services to close, once the turns have ended.
CLOSING_S = 8.0


@dataclass(frozen=True)
class Scale:
    """How much is done.

    Attributes:
        turns: that run when SIGTERM comes, and can end in time.
        left_s: what they have left then, at most.
        long_left_s: what one more has left, which cannot end in time.
    """

    turns: int = 50
    left_s: float = 8.0
    long_left_s: float = 30.0


@dataclass
class Ended:
    """A turn from its customer's side.

    Attributes:
        pieces: that the model would write.
        reply: what arrived.
        close_code: of the socket.
    """

    pieces: int
    reply: Reply = field(default_factory=Reply)
    close_code: int | None = None


@dataclass
class Result:
    """What happened.

    Attributes:
        whole: turns that ended with all their text, on a socket that was then closed with 1012.
        interrupted: the long turn's text in characters, when it ended as it must.
        exit_s: from SIGTERM to the end of the process.
        violations: what must not happen, in words.
    """

    whole: int = 0
    interrupted: int | None = None
    exit_s: float = 0.0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"{self.whole} turns ended whole; the process ended {self.exit_s:.1f} s after SIGTERM"
        if self.interrupted is not None:
            told += f"; the long one was interrupted after {self.interrupted} characters, told and stored"
        return told


async def drill(scale: Scale) -> Result:
    """Start turns, send SIGTERM, look at what the customers saw and at what is there after a restart."""
    result = Result()
    with FakeModel() as fake, tempfile.TemporaryDirectory(prefix="drain-") as folder:
        server = ChatbotServer(Path(folder), openai_settings(fake))
        server.spawn()
        try:
            server.wait_ready()
            turns = await _until_closed(scale, server, result)
            result.violations += [told for turn in turns for told in _wrong(turn)]
            result.violations += _ended_wrong(turns, result)
            server.start()
            result.violations += _stored_wrong(turns, server)
        finally:
            server.process.stop()
    return result


async def _until_closed(scale: Scale, server: ChatbotServer, result: Result) -> list[Ended]:
    """Let the turns run, terminate the server, and read every socket to its end."""
    pieces_per_s = 1_000 / DELAY_MS
    lengths = [random.uniform(0.3, 0.9) * scale.left_s for _ in range(scale.turns)]
    turns = [Ended(int(seconds * pieces_per_s)) for seconds in [*lengths, scale.long_left_s]]
    async with open_session() as session, AsyncExitStack() as stack:
        customers = [await stack.enter_async_context(Customer(session, server.socket_url())) for _ in turns]
        for turn, customer in zip(turns, customers, strict=True):
            script = f'fake:{{"pieces": {turn.pieces}, "piece": "{PIECE}", "delay_ms": {DELAY_MS}}}'
            await customer.ask(f"Please tell me more. {script}", turn.reply)
        for turn, customer in zip(turns, customers, strict=True):
            await customer.read(turn.reply, only_first=True)
        running = sum(turn.reply.finish_reason is None for turn in turns)
        if running < len(turns):
            result.violations.append(f"only {running} turns ran when SIGTERM came: the drill was too short")
        started = time.monotonic()
        server.process.terminate()
        async with asyncio.TaskGroup() as group:
            for turn, customer in zip(turns, customers, strict=True):
                group.create_task(_read_to_end(turn, customer))
            group.create_task(_expect_refusal(session, server, result))
        await asyncio.to_thread(server.process.wait, CLOSING_S)
        result.exit_s = time.monotonic() - started
    if result.exit_s > DRAIN_GRACE_S + CLOSING_S:
        result.violations.append(f"the process took {result.exit_s:.1f} s to end")
    return turns


async def _read_to_end(turn: Ended, customer: Customer) -> None:
    try:
        while True:
            turn.reply.take(await customer.frame())
    except Closed as closed:
        turn.close_code = closed.code


async def _expect_refusal(session: aiohttp.ClientSession, server: ChatbotServer, result: Result) -> None:
    """While turns drain nobody new gets in."""
    await asyncio.sleep(0.5)
    try:
        async with Customer(session, server.socket_url()):
            result.violations.append("a new socket was accepted while the server drained")
    except (aiohttp.ClientError, Closed):
        return


def _wrong(turn: Ended) -> list[str]:
    """What no turn may show."""
    told = []
    if turn.close_code != RESTARTING:
        told.append(f"a socket was closed with {turn.close_code}")
    if turn.reply.finish_reason is None:
        told.append("a turn had no complete")
    if not (PIECE * turn.pieces).startswith(turn.reply.text):
        told.append(f"a turn's text was changed: {turn.reply.text[:60]!r}")
    return told


def _ended_wrong(turns: list[Ended], result: Result) -> list[str]:
    """Count the turns that ended as they must; tell of the others."""
    told = []
    *short, long = turns
    for turn in short:
        if turn.reply.finish_reason == "stop" and turn.reply.text == PIECE * turn.pieces:
            result.whole += 1
        else:
            got = f"{turn.reply.finish_reason} after {len(turn.reply.text)} of {turn.pieces * len(PIECE)} characters"
            told.append(f"a turn that could end in time ended with {got}")
    if long.reply.finish_reason == "interrupted" and long.reply.text:
        result.interrupted = len(long.reply.text)
    else:
        told.append(f"the long turn ended with {long.reply.finish_reason}")
    return told


def _stored_wrong(turns: list[Ended], server: ChatbotServer) -> list[str]:
    """Compare what customers read with the history of the next process."""
    told = []
    for turn in turns:
        if turn.reply.conversation_id is None:
            continue
        stored = [
            message["content"]
            for message in server.history(turn.reply.conversation_id)
            if message["role"] == "assistant"
        ]
        if stored != [turn.reply.text]:
            told.append(
                f"a history holds {[len(text) for text in stored]} characters, {len(turn.reply.text)} were read"
            )
    return told


def main() -> int:
    """The command line; 1 when something happened that must not."""
    parser = argparse.ArgumentParser(description="Drill: SIGTERM under running turns.")
    standard = Scale()
    parser.add_argument("--turns", type=int, default=standard.turns)
    parser.add_argument("--left-s", type=float, default=standard.left_s)
    parser.add_argument("--long-left-s", type=float, default=standard.long_left_s)
    result = asyncio.run(drill(Scale(**vars(parser.parse_args()))))
    print(result)
    for violation in result.violations[:20]:
        print(f"VIOLATION: {violation}")
    return 1 if result.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
