"""How long a search takes and what it keeps in memory: one large shop, and a thousand small ones in one process."""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.catalogues import CATEGORIES, Catalogue
from bench.shops import fill, open_shops, run_apart, shop
from errors import ServiceError
from needs import Constraints
from routes.dependencies import Services

SIZES = (1_000, 10_000, 40_000)
SMALL_SHOPS, SMALL_SHOP = 1_000, 50
ZIPF = 1.1

LIMIT = 8  # hits, as a chat asks for
MAX_WORDS = 6
WARM_UP = 30

# Targets, in milliseconds and bytes.
FILTERED_P50, FILTERED_P99, PLAIN_P99 = 8.0, 45.0, 20.0
MOST_MEMORY, MOST_COLD_P99, MOST_TIMES_ONE = 1e9, 150.0, 1.5


@dataclass
class Times:
    """How long searches took, in seconds."""

    seconds: list[float] = field(default_factory=list)

    def ms(self, percentile: float) -> float:
        """A percentile in milliseconds."""
        return float(np.percentile(self.seconds, percentile)) * 1_000

    def __str__(self) -> str:
        figures = "".join(f"{self.ms(percentile):9.1f}" for percentile in (50, 95, 99))
        return f"{figures}{max(self.seconds) * 1_000:9.1f}{len(self.seconds):9,}"


HEADING = f"{'':34}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'most ms':>9}{'searches':>9}"


@dataclass
class Faults:
    """What must not happen during a search.

    Attributes:
        errors: searches that failed.
        by_words: how often the service said that search goes by words alone.
    """

    errors: int = 0
    by_words: int = 0

    def listen(self) -> None:
        """Count what the service logs, and let nothing else of it through."""

        def counted(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
            self.by_words += event["event"] == "search_by_words_alone"
            raise structlog.DropEvent

        structlog.configure(processors=[counted])


# --- One large shop ---

Item = Mapping[str, Any]
Filter = Callable[[Item], Constraints]


def filters(items: Sequence[Item], chance: random.Random) -> dict[str, Filter]:
    """Kinds of filters that let a given product through, by the share of all that they let through.

    Args:
        items: the products.
        chance: what else they let through.
    """
    prices = sorted(item["price"] for item in items)
    names = [name for name, _ in CATEGORIES]

    def price(item: Item, share: float) -> dict[str, float]:
        place, width = bisect_left(prices, item["price"]), int(share * len(prices))
        first = min(max(0, place - chance.randint(0, width)), len(prices) - 1 - width)
        return {"price_min": prices[first], "price_max": prices[first + width]}

    def category(item: Item, count: int) -> dict[str, tuple[str, ...]]:
        others = chance.sample([name for name in names if name != item["category"]], count - 1)
        return {"categories": (item["category"], *others)}

    def both(item: Item, count: int, share: float) -> Constraints:
        return Constraints(**category(item, count), **price(item, share))

    return {
        "none": lambda _: Constraints(),
        "price, half": lambda item: Constraints(**price(item, 0.5)),
        "category, half": lambda item: Constraints(**category(item, len(names) // 2)),
        "category and price, a quarter": lambda item: both(item, len(names) // 2, 0.5),
        "category, 2 %": lambda item: Constraints(**category(item, 1)),
        "price, 0.5 %": lambda item: Constraints(**price(item, 0.005)),
        "category and price, about 0.2 %": lambda item: both(item, 1, 0.1),
    }


@dataclass
class LargeShop:
    """What a shop of one size took.

    Attributes:
        products: its size.
        times: by kind of filter.
        first_ms: the process's first search.
        rss: resident memory at the end, in bytes.
        faults: what must not be.
    """

    products: int
    times: dict[str, Times]
    first_ms: float = 0.0
    rss: int = 0
    faults: Faults = field(default_factory=Faults)

    @property
    def filtered(self) -> Times:
        """All searches with a filter."""
        return Times([one for name, times in self.times.items() if name != "none" for one in times.seconds])


@dataclass(frozen=True)
class Search:
    """One search.

    Attributes:
        kind: what it is counted under.
        shop: in which.
        query: what is typed.
        filters: what is chosen.
    """

    kind: str
    shop: int
    query: str
    filters: Constraints


def plan_large(products: int, searches: int) -> list[Search]:
    """So many searches of each kind, kinds taking turns; some more at the beginning, to warm up."""
    catalogue, chance = Catalogue(seed=1), random.Random(1)
    items = list(catalogue.products(products))
    planned = []
    kinds = filters(items, chance)
    for _ in range(WARM_UP + searches):
        for name, filter_ in kinds.items():
            item = chance.choice(items)
            planned.append(Search(name, 0, catalogue.query_for(item, chance.randint(1, MAX_WORDS)), filter_(item)))
    return planned


async def measure_large(folder: Path, products: int, planned: Sequence[Search]) -> LargeShop:
    """Search one shop, one search after the other."""
    kinds = list(dict.fromkeys(one.kind for one in planned))
    result = LargeShop(products, {kind: Times() for kind in kinds})
    result.faults.listen()
    async with open_shops(folder) as services:
        result.first_ms = 1_000 * await _timed(services, planned[0], result.faults)
        for one in planned[1 : WARM_UP * len(kinds)]:
            await _timed(services, one, result.faults)
        for one in planned[WARM_UP * len(kinds) :]:
            result.times[one.kind].seconds.append(await _timed(services, one, result.faults))
        result.rss = own_rss()
    return result


async def _timed(services: Services, search: Search, faults: Faults) -> float:
    began = time.perf_counter()
    try:
        await services.search.search(shop(search.shop), search.query, filters=search.filters, limit=LIMIT)
    except ServiceError:
        faults.errors += 1
    return time.perf_counter() - began


# --- Many small shops ---


@dataclass
class SmallShops:
    """What many shops in one process took.

    Attributes:
        one: searches in one and the same of them.
        cold: the first search in each.
        zipf: searches in shops drawn by Zipf's law.
        at_once: the same by several clients at once.
        rss: the most resident memory that was seen, in bytes.
        faults: what must not be.
    """

    one: Times = field(default_factory=Times)
    cold: Times = field(default_factory=Times)
    zipf: Times = field(default_factory=Times)
    at_once: Times = field(default_factory=Times)
    rss: int = 0
    faults: Faults = field(default_factory=Faults)


def plan_small(shops: int, searches: int) -> list[Search]:
    """A search in each shop, and then in shops by Zipf's law, for one client in turns with one and the same shop."""
    chance = random.Random(1)
    numbers = list(range(shops))
    chance.shuffle(numbers)
    weights = [1 / place**ZIPF for place in range(1, shops + 1)]
    wanted = [("warm", numbers[0])] * WARM_UP + [("cold", number) for number in numbers[1:]]
    for number in chance.choices(numbers, weights, k=searches):
        wanted += [("zipf", number), ("one", numbers[0])]
    wanted += [("at once", number) for number in chance.choices(numbers, weights, k=searches)]
    times = Counter(number for _, number in wanted)
    queries = {number: _queries(number, count, chance) for number, count in times.items()}
    return [Search(kind, number, next(queries[number]), Constraints()) for kind, number in wanted]


def _queries(number: int, count: int, chance: random.Random) -> Iterator[str]:
    """So many queries for one of the small shops, made now."""
    catalogue = Catalogue(seed=number + 1)
    items = list(catalogue.products(SMALL_SHOP))
    words = (chance.randint(1, MAX_WORDS) for _ in range(count))
    return iter([catalogue.query_for(chance.choice(items), length) for length in words])


async def measure_small(folder: Path, planned: Sequence[Search], clients: int) -> SmallShops:
    """Search as planned; so many clients do what is to be done at once."""
    result = SmallShops()
    result.faults.listen()
    times = {"warm": Times(), "cold": result.cold, "zipf": result.zipf, "one": result.one, "at once": result.at_once}

    async def work(searches: Iterable[Search]) -> None:
        for one in searches:
            seconds = times[one.kind].seconds
            seconds.append(await _timed(services, one, result.faults))
            if len(seconds) % 50 == 0:
                result.rss = max(result.rss, own_rss())

    async with open_shops(folder) as services:
        await work(one for one in planned if one.kind != "at once")
        left = iter([one for one in planned if one.kind == "at once"])
        await asyncio.gather(*(work(left) for _ in range(clients)))
    return result


def own_rss() -> int:
    """This process's resident memory, in bytes."""
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) * 1_024


# --- The command line ---


def tell_large(result: LargeShop) -> list[str]:
    """Print what one size took; the targets that it misses."""
    print(f"\n{result.products:,} products: first search {result.first_ms:.0f} ms, memory {result.rss / 1e6:.0f} MB")
    print(HEADING)
    for name, times in result.times.items():
        print(f"{name:34}{times}")
    print(f"{'with a filter':34}{result.filtered}")
    missed = _faults(f"{result.products:,} products", result.faults)
    if result.products == max(SIZES):
        for what, measured, wanted in (
            ("p50 with filters", result.filtered.ms(50), FILTERED_P50),
            ("p99 with filters", result.filtered.ms(99), FILTERED_P99),
            ("p99 without", result.times["none"].ms(99), PLAIN_P99),
        ):
            if measured > wanted:
                missed.append(f"{what}: {measured:.1f} ms, at most {wanted:.0f} wanted")
    return missed


def tell_small(result: SmallShops, shops: int, clients: int) -> list[str]:
    """Print what many shops took; the targets that they miss."""
    print(f"\n{shops:,} shops of {SMALL_SHOP} products: memory {result.rss / 1e6:.0f} MB")
    print(HEADING)
    rows = {"one shop": result.one, "each shop's first": result.cold, "by Zipf": result.zipf}
    for name, times in (rows | {f"by Zipf, {clients} at once": result.at_once}).items():
        print(f"{name:34}{times}")
    missed = _faults(f"{shops:,} shops", result.faults)
    times_one = result.zipf.ms(50) / result.one.ms(50)
    print(f"p50 by Zipf is {times_one:.2f} times that of one shop")
    if times_one > MOST_TIMES_ONE:
        missed.append(f"p50 is {times_one:.2f} times that of one shop, at most {MOST_TIMES_ONE} wanted")
    if result.cold.ms(99) > MOST_COLD_P99:
        missed.append(f"p99 of first searches: {result.cold.ms(99):.0f} ms, at most {MOST_COLD_P99:.0f} wanted")
    if result.rss > MOST_MEMORY:
        missed.append(f"memory: {result.rss / 1e6:.0f} MB, at most {MOST_MEMORY / 1e6:.0f} wanted")
    return missed


def _faults(where: str, faults: Faults) -> list[str]:
    found = [f"{where}: {faults.errors} searches failed"] if faults.errors else []
    return [*found, *([f"{where}: {faults.by_words} times by words alone"] if faults.by_words else [])]


def main() -> int:
    """Fill what is not there, measure, print; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description="Latency and memory of search.")
    parser.add_argument("--folder", type=Path, help="keeps filled shops for the next time")
    parser.add_argument("--products", type=int, nargs="*", default=list(SIZES), help="sizes of the one large shop")
    parser.add_argument("--shops", type=int, default=SMALL_SHOPS, help="how many small ones; 0 for none")
    parser.add_argument("--searches", type=int, default=300, help="of each kind; ten times as many over small shops")
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    missed: list[str] = []
    kept: Any = nullcontext(given.folder) if given.folder else tempfile.TemporaryDirectory(prefix="search-")
    with kept as name:
        for products in given.products:
            folder = Path(name) / f"one-{products}"
            fill(folder, 1, products)
            missed += tell_large(run_apart(measure_large, folder, products, plan_large(products, given.searches)))
        if given.shops:
            folder = Path(name) / f"small-{given.shops}"
            fill(folder, given.shops, SMALL_SHOP)
            small = run_apart(measure_small, folder, plan_small(given.shops, 10 * given.searches), given.clients)
            missed += tell_small(small, given.shops, given.clients)
    for target in missed:
        print(f"MISSED: {target}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
