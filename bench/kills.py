"""Drill: kill -9 while customers chat and managers edit. What was acknowledged is there afterwards, once."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.actors import PIECE, PIECES, Actor, Tally
from bench.customer import open_session
from bench.ledger import Audit
from bench.processes import ChatbotServer, FakeModel, openai_settings

SETTLE_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Scale:
    """How much is done.

    Attributes:
        kills: how often the server is killed.
        actors: who chat and edit, each one thing at a time.
        seed: of all that is random, timing aside.
        longest_life_s: the server is killed at a random moment before it has served so long.
    """

    kills: int = 50
    actors: int = 10
    seed: int = 1
    longest_life_s: float = 2.0


@dataclass
class Result:
    """What happened.

    Attributes:
        kills: how often the server was killed.
        tally: what was acknowledged to all actors together.
        cut: questions whose reply a kill cut off, by what a repeat of them was answered.
        checks: comparisons of what was acknowledged with what was there.
        violations: what must not happen, in words.
    """

    kills: int = 0
    tally: Tally = field(default_factory=Tally)
    cut: dict[str, int] = field(default_factory=dict)
    checks: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        cut = ", ".join(f"{count} {answer}" for answer, count in sorted(self.cut.items()))
        return (
            f"{self.kills} kills. Acknowledged: {self.tally.messages} messages ({self.tally.replies} replies read to"
            f" the end), {self.tally.product_edits} product and {self.tally.brand_edits} brand edits."
            f" Repeated after a kill: {cut or 'none'}. {self.checks} checks"
        )


async def drill(scale: Scale) -> Result:
    """Kill, restart, check, repeat; at the end everything is checked again."""
    result = Result()
    chance = random.Random(scale.seed)
    with FakeModel() as fake, tempfile.TemporaryDirectory(prefix="kills-") as folder:
        server = ChatbotServer(Path(folder), openai_settings(fake))
        actors = [Actor(number, random.Random(scale.seed * 1_000 + number), server) for number in range(scale.actors)]
        audit = Audit(server, result.violations)
        server.spawn()
        try:
            server.wait_ready()
            fake.behave(pieces=PIECES, piece=PIECE, delay_ms=10, echo_marker=True)
            async with open_session() as session:
                for _ in range(scale.kills):
                    await _live_and_die(server, actors, session, chance.uniform(0.02, scale.longest_life_s))
                    _restart(server, chance)
                    result.kills += 1
                    audit.check(actors)
                    await _settle(actors, session, result)
                audit.check(actors, everything=True)
        finally:
            server.process.stop()
    for actor in actors:
        result.tally += actor.tally
        result.violations += actor.violations
    result.checks = audit.checks
    return result


async def _live_and_die(
    server: ChatbotServer, actors: list[Actor], session: aiohttp.ClientSession, life_s: float
) -> None:
    """Let all actors be busy until the server is killed under them."""
    async with asyncio.TaskGroup() as group:
        for actor in actors:
            group.create_task(actor.live(session))
        await asyncio.sleep(life_s)
        server.process.kill()


def _restart(server: ChatbotServer, chance: random.Random) -> None:
    """Start the server on what the dead one left; now and then it dies once more while it starts."""
    server.spawn()
    if chance.random() < 0.1:
        time.sleep(chance.uniform(0.1, 2.0))
        server.process.kill()
        server.spawn()
    server.wait_ready()


async def _settle(actors: list[Actor], session: aiohttp.ClientSession, result: Result) -> None:
    """Every actor repeats the question that was cut off, and hears how it ended."""
    async with asyncio.timeout(SETTLE_TIMEOUT_S):
        for answer in await asyncio.gather(*(actor.settle(session) for actor in actors)):
            if answer is not None:
                result.cut[answer] = result.cut.get(answer, 0) + 1


def main() -> int:
    """The command line; 1 when something happened that must not."""
    parser = argparse.ArgumentParser(description="Drill: kill -9 at random moments.")
    standard = Scale()
    parser.add_argument("--kills", type=int, default=standard.kills)
    parser.add_argument("--actors", type=int, default=standard.actors)
    parser.add_argument("--seed", type=int, default=standard.seed)
    result = asyncio.run(drill(Scale(**vars(parser.parse_args()))))
    print(result)
    for violation in result.violations[:20]:
        print(f"VIOLATION: {violation}")
    return 1 if result.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
