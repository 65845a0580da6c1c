"""What authentication and limits add to a request.

    python bench/guards.py

Two servers, one with them and one without (bench/unguarded.py), are asked in turns, one request at a time over one
connection each, with a key. What is printed is the median of each, and of the differences of neighbours.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.processes import HOST, ChatbotServer, chatbot_server

MOST_MS = 0.3
WARM_UP = 200
KEY = "a-key-of-an-operator-for-this-bench"
PATH = "/brands/techpro/categories"


def asking(server: ChatbotServer) -> Callable[[], float]:
    """What asks a server once, and says how long that took in seconds."""
    connection = HTTPConnection(HOST, server.port, timeout=30)
    headers = {"Authorization": f"Bearer {KEY}"}

    def ask() -> float:
        began = time.perf_counter()
        connection.request("GET", PATH, headers=headers)
        answer = connection.getresponse()
        answer.read()
        took = time.perf_counter() - began
        assert answer.status == 200, answer.status
        return took

    return ask


def main() -> int:
    """Measure, print; 1 when they add more than MOST_MS."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=3_000, help="to each server")
    parser.add_argument("--per-second", type=float, default=80.0, help="below what the limits allow")
    given = parser.parse_args()
    with (
        chatbot_server({"ADMIN_API_KEY": KEY, "RATE_LIMIT": "on"}) as guarded,
        chatbot_server(
            {"ADMIN_API_KEY": KEY, "RATE_LIMIT": "off"}, [sys.executable, Path(__file__).with_name("unguarded.py")]
        ) as bare,
    ):
        with_them, without = asking(guarded), asking(bare)
        pairs = []
        for number in range(WARM_UP + given.requests):
            first = number % 2 == 0  # whoever comes second finds warmer caches
            pair = (with_them(), without()) if first else (without(), with_them())[::-1]
            if number >= WARM_UP:
                pairs.append(pair)
            time.sleep(max(0.0, 1 / given.per_second - sum(pair)))
    on, off = (1e3 * statistics.median(times) for times in zip(*pairs, strict=True))
    added = 1e3 * statistics.median(one - other for one, other in pairs)
    print(f"{len(pairs)} pairs: with {on:.2f} ms, without {off:.2f} ms, added {added:.3f} ms (at most {MOST_MS})")
    return 1 if added > MOST_MS else 0


if __name__ == "__main__":
    raise SystemExit(main())
