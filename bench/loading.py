"""How fast a catalogue is loaded through the real server, beside how fast the embedder alone could make its vectors."""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.catalogues import Catalogue
from bench.judged import as_uploaded
from bench.processes import HOST, ChatbotServer, Process
from models import Product
from providers.local_embedder import LocalEmbedder
from storage.product_text import embedded_text

BRAND = "techpro"
ARRAY = 1_000  # products in one request

# An array is answered when its vectors are there, which the service waits 30 s for.
REQUEST_TIMEOUT_S = 120.0
INDEXED_TIMEOUT_S = 600.0

LEAST_RATIO, MOST_MEMORY = 0.9, 900e6


@dataclass(frozen=True)
class Spent:
    """What work on some products took.

    Attributes:
        products: how many.
        seconds: from the first request until all were found by meaning.
        cpu_s: of the process that did it.
    """

    products: int
    seconds: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Products a second."""
        return self.products / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a product."""
        return 1_000 * self.cpu_s / self.products


def read_products(folder: Path | None, count: int) -> list[dict[str, Any]]:
    """The first products of a judged set (products.jsonl), or generated ones."""
    if folder is None:
        return list(Catalogue().products(count))
    lines = (folder / "products.jsonl").read_bytes().splitlines()[:count]
    return [as_uploaded(json.loads(line)) for line in lines]


# --- The server ---


def load(server: ChatbotServer, products: Sequence[dict[str, Any]], in_flight: int) -> Spent:
    """Post arrays of products, so many at once, and wait until search finds all of them by meaning."""
    bodies = [orjson.dumps(products[start : start + ARRAY]) for start in range(0, len(products), ARRAY)]
    began, cpu = time.perf_counter(), server.process.cpu_s()
    with ThreadPoolExecutor(in_flight) as clients:
        saved = sum(clients.map(lambda body: _post(server.port, body), bodies))
    assert saved == len(products), f"{saved} of {len(products)} were saved"
    until = time.monotonic() + INDEXED_TIMEOUT_S
    while server.get("/readyz")["checks"]["vectors"] != "ok":
        assert time.monotonic() < until, "the vectors did not follow"
        time.sleep(0.02)
    return Spent(len(products), time.perf_counter() - began, server.process.cpu_s() - cpu)


def _post(port: int, body: bytes) -> int:
    connection = HTTPConnection(HOST, port, timeout=REQUEST_TIMEOUT_S)
    try:
        connection.request("POST", f"/brands/{BRAND}/products/bulk", body, {"Content-Type": "application/json"})
        answer = connection.getresponse().read()
    finally:
        connection.close()
    return int(json.loads(answer)["success_count"])


# --- The embedder alone ---


async def embed_what_is_said(cache: Path) -> None:
    """The other process: lines with arrays of texts come in, the seconds that their vectors took go out."""
    embedder = await LocalEmbedder.open(folder=None, cache=cache)
    await embedder.embed(["warm"])
    print("0", flush=True)
    for line in sys.stdin:
        texts = json.loads(line)
        began = time.perf_counter()
        await embedder.embed(texts)
        print(time.perf_counter() - began, flush=True)
    await embedder.aclose()


def embed(process: Process, products: Sequence[dict[str, Any]]) -> Spent:
    """Have the other process embed what the server embeds of these products."""
    items = [Product.model_validate({**product, "brand_id": BRAND}) for product in products]
    cpu = process.cpu_s()
    process.say([embedded_text(item) for item in items])
    return Spent(len(products), float(process.hear()), process.cpu_s() - cpu)


# --- The command line ---


@dataclass
class Loaded:
    """What all rounds took, in order, and the server's peak of memory in bytes."""

    ours: list[Spent]
    alone: list[Spent]
    peak_rss: int

    @property
    def ratio(self) -> float:
        """Our rate as a share of the embedder's, the median over rounds."""
        return statistics.median(mine.rate / other.rate for mine, other in zip(self.ours, self.alone, strict=True))

    @property
    def cpu_ratio(self) -> float:
        """The share of our CPU that the embedder alone takes, likewise: the ratio when nobody else uses the machine."""
        return statistics.median(other.cpu_ms / mine.cpu_ms for mine, other in zip(self.ours, self.alone, strict=True))


def measure(products: Sequence[dict[str, Any]], rounds: int, in_flight: int) -> Loaded:
    """Load and embed the same products in turns, a part of them in each round."""
    size = len(products) // rounds
    settings = {"LOAD_SAMPLE_DATA": "false", "EMBEDDING_PROVIDER": "local", "CHAT_PROVIDER": "embedded"}
    with tempfile.TemporaryDirectory(prefix="loading-") as name, ExitStack() as stack:
        folder = Path(name)
        server = ChatbotServer(folder, settings)
        server.spawn()
        stack.callback(server.process.stop)
        server.wait_ready()
        command: list[str | Path] = [sys.executable, Path(__file__), "--embed-in", folder / "data" / "models"]
        embedder = stack.enter_context(Process(command))
        embedder.hear()
        result = Loaded([], [], 0)
        for number in range(rounds):
            part = products[number * size : (number + 1) * size]
            result.ours.append(load(server, part, in_flight))
            result.alone.append(embed(embedder, part))
        result.peak_rss = server.process.peak_rss_bytes()
    return result


def tell(result: Loaded, in_flight: int) -> list[str]:
    """Print what was measured; the targets that it misses."""
    total = sum(one.products for one in result.ours)
    print(f"\n{total:,} products, {in_flight} array{'s' * (in_flight > 1)} of {ARRAY:,} at a time")
    print(f"{'round':>6}{'ours /s':>10}{'alone /s':>10}{'ratio':>8}{'ours CPU ms':>13}{'alone CPU ms':>14}")
    for number, (mine, other) in enumerate(zip(result.ours, result.alone, strict=True), 1):
        figures = f"{mine.rate:10.0f}{other.rate:10.0f}{mine.rate / other.rate:8.2f}"
        print(f"{number:6}{figures}{mine.cpu_ms:13.2f}{other.cpu_ms:14.2f}")
    seconds = sum(one.seconds for one in result.ours)
    print(f"ratio {result.ratio:.2f} by the clock, {result.cpu_ratio:.2f} by CPU")
    print(f"all searchable after {seconds:.0f} s, peak memory {result.peak_rss / 1e6:.0f} MB")
    missed = []
    if result.ratio < LEAST_RATIO:
        missed.append(f"{in_flight} at a time: ratio {result.ratio:.2f}, at least {LEAST_RATIO} wanted")
    if result.peak_rss > MOST_MEMORY:
        missed.append(f"{in_flight} at a time: peak memory {result.peak_rss / 1e6:.0f} MB")
    return missed


def main() -> int:
    """The command line; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description="Loading a catalogue, beside the embedder alone.")
    parser.add_argument("judged", type=Path, nargs="?", help="a folder with products.jsonl; without it: generated ones")
    parser.add_argument("--products", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in-flight", type=int, nargs="*", default=[1, 2], help="arrays on the way at the same time")
    parser.add_argument("--embed-in", type=Path, help=argparse.SUPPRESS)  # run as the process that embeds
    given = parser.parse_args()
    if given.embed_in:
        asyncio.run(embed_what_is_said(given.embed_in))
        return 0
    products = read_products(given.judged, given.products)
    missed: list[str] = []
    for in_flight in given.in_flight:
        missed += tell(measure(products, given.rounds, in_flight), in_flight)
    for target in missed:
        print(f"MISSED: {target}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
