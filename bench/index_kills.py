"""Drill: kill -9 while a catalogue is loaded and embedded anew. Afterwards rows and vectors are in step, each once."""

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.catalogues import Catalogue
from bench.index_audit import IndexAudit
from bench.processes import ChatbotServer, request

BRANDS = ("techpro", "stylehub")
SETTINGS = {"LOAD_SAMPLE_DATA": "false", "EMBEDDING_PROVIDER": "local", "CHAT_PROVIDER": "embedded"}

INDEXED_TIMEOUT_S = 180.0
LARGEST_ARRAY = 400

# What the other end's death looks like.
CUT_OFF = (HTTPException, OSError)


@dataclass(frozen=True)
class Scale:
    """How much is done.

    Attributes:
        kills: how often the server is killed.
        seed: of all that is random, timing aside.
        products: of each brand at most; then those that are there are replaced.
        longest_life_s: the server is killed at a random moment before it has been busy so long.
    """

    kills: int = 30
    seed: int = 1
    products: int = 1_500
    longest_life_s: float = 5.0


@dataclass
class Result:
    """What happened.

    Attributes:
        kills: how often the server was killed.
        saved: products that were acknowledged, deletions included.
        reindexed: how often embedding anew was acknowledged.
        unfinished: kills that left vectors to follow.
        checks: comparisons made.
        violations: what must not happen, in words.
    """

    kills: int = 0
    saved: int = 0
    reindexed: int = 0
    unfinished: int = 0
    checks: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.unfinished} of them with vectors to follow. Acknowledged: {self.saved:,}"
            f" products saved or deleted, {self.reindexed} times embedding anew. {self.checks:,} checks"
        )


class Loader:
    """Fills one brand, one request after the other, until the server dies; now and then all is embedded anew.

    Args:
        brand: whose catalogue; nobody else changes it.
        server: whom it talks to.
        chance: what it does.
        expected: the names that each product may have (None: it is not there), by id; kept up to date.
        products: so many ids at most.
    """

    def __init__(
        self,
        brand: str,
        server: ChatbotServer,
        chance: random.Random,
        expected: dict[str, set[str | None]],
        products: int,
    ) -> None:
        self.saved = 0
        self.reindexed = 0
        self.failure: str | None = None
        self._brand = brand
        self._port = server.port
        self._chance = chance
        self._expected = expected
        self._catalogue = Catalogue(seed=chance.randrange(1_000_000))
        self._products = products

    def run(self) -> None:
        """Work until nobody answers."""
        try:
            while True:
                self._do_something()
        except CUT_OFF as error:
            # An answer that is no 2xx is an HTTPException too; a dead server gives none.
            self.failure = str(error) if str(error).startswith(("POST", "DELETE")) else None

    def _do_something(self) -> None:
        draw = self._chance.random()
        if draw < 0.7 or not self._expected:
            self._save()
        elif draw < 0.85:
            self._delete_one()
        else:
            request(self._port, "POST", f"/brands/{self._brand}/reindex")
            self.reindexed += 1

    def _save(self) -> None:
        count = self._chance.randint(1, min(LARGEST_ARRAY, self._products))
        items = list(self._catalogue.products(count))
        names: dict[str, str | None] = {}
        for item, number in zip(items, self._chance.sample(range(self._products), count), strict=True):
            item["id"] = f"p{number}"
            item["description"] = item["description"][:80]
            names[item["id"]] = item["name"]
        self._change(names, "POST", f"/brands/{self._brand}/products/bulk", items)

    def _delete_one(self) -> None:
        product_id = self._chance.choice(sorted(self._expected))
        if self._expected[product_id] != {None}:
            self._change({product_id: None}, "DELETE", f"/brands/{self._brand}/products/{product_id}", None)

    def _change(self, names: Mapping[str, str | None], method: str, path: str, body: Any) -> None:  # noqa: ANN401, JSON
        """Send a change; until it is acknowledged what it changes may be either way."""
        for product_id, name in names.items():
            self._expected.setdefault(product_id, {None}).add(name)
        request(self._port, method, path, body)
        for product_id, name in names.items():
            self._expected[product_id] = {name}
        self.saved += len(names)


def drill(scale: Scale) -> Result:
    """Fill, kill, restart, wait, stop, compare; repeat."""
    result = Result()
    chance = random.Random(scale.seed)
    expected: dict[str, dict[str, set[str | None]]] = {brand: {} for brand in BRANDS}
    with tempfile.TemporaryDirectory(prefix="index-kills-") as folder:
        server = ChatbotServer(Path(folder), SETTINGS)
        audit = IndexAudit(server, result.violations)
        server.spawn()
        try:
            server.wait_ready()
            for _ in range(scale.kills):
                _live_and_die(server, scale, chance, expected, result)
                _recover(server, chance, result)
                server.process.stop()
                asyncio.run(audit.check(expected))
                server.start()
        finally:
            server.process.stop()
    result.checks = audit.checks
    return result


def _live_and_die(
    server: ChatbotServer,
    scale: Scale,
    chance: random.Random,
    expected: dict[str, dict[str, set[str | None]]],
    result: Result,
) -> None:
    """Let the brands be filled until the server is killed."""
    loaders = [
        Loader(brand, server, random.Random(chance.random()), expected[brand], scale.products) for brand in BRANDS
    ]
    with ThreadPoolExecutor(len(loaders)) as threads:
        working = [threads.submit(loader.run) for loader in loaders]
        time.sleep(chance.uniform(0.05, scale.longest_life_s))
        server.process.kill()
        for one in working:
            one.result()
    for loader in loaders:
        result.saved += loader.saved
        result.reindexed += loader.reindexed
        if loader.failure:
            result.violations.append(loader.failure)
    result.kills += 1


def _recover(server: ChatbotServer, chance: random.Random, result: Result) -> None:
    """Start the server on what the dead one left, and wait until all vectors are there; now and then it dies again."""
    server.start()
    result.unfinished += _vectors(server) != "ok"
    if chance.random() < 0.3:
        time.sleep(chance.uniform(0, 1.5))
        server.process.kill()
        server.start()
    until = time.monotonic() + INDEXED_TIMEOUT_S
    # What an index has replaced is dropped in the worker's next round.
    while (vectors := _vectors(server)) != "ok" or _not_live(server):
        if time.monotonic() > until:
            result.violations.append(
                f"after {INDEXED_TIMEOUT_S:.0f} s: {vectors}, {_not_live(server)} indexes not live"
            )
            return
        time.sleep(0.05)


def _vectors(server: ChatbotServer) -> str:
    return str(server.get("/readyz")["checks"]["vectors"])


def _not_live(server: ChatbotServer) -> int:
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as database:
        (count,) = database.execute("SELECT count(*) FROM vector_indexes WHERE state <> 'live'").fetchone()
        return int(count)


def main() -> int:
    """The command line; 1 when something happened that must not."""
    parser = argparse.ArgumentParser(description="Drill: kill -9 while products are indexed.")
    standard = Scale()
    parser.add_argument("--kills", type=int, default=standard.kills)
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument("--products", type=int, default=standard.products)
    result = drill(Scale(**vars(parser.parse_args())))
    print(result)
    for violation in result.violations[:20]:
        print(f"VIOLATION: {violation}")
    return 1 if result.violations else 0


if __name__ == "__main__":
    raise SystemExit(main())
