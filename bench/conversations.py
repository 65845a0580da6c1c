"""Holds the dialogues of tests/conversations with whatever model the settings configure, and says what holds.

The chat model, its key and its address are read from the environment and `.env`, as the server reads them. The shops
are opened in a temporary folder.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from composition import open_services
from config import Settings
from logs import configure_logging
from models import BrandId
from tests.conversations.dialogues import Dialogue, Shop, load_dialogues, load_shops
from tests.conversations.judging import Exchange, Kind
from tests.conversations.runner import fill, hold, write_brands
from tests.conversations.transcripts import transcript

Shops = dict[BrandId, Shop]


@dataclass(frozen=True)
class Held:
    """A dialogue as it went, and how long it took, in seconds."""

    dialogue: Dialogue
    exchanges: list[Exchange]
    took: float

    @property
    def passed(self) -> bool:
        """Whether everything held that was expected."""
        return not any(exchange.unmet for exchange in self.exchanges)


async def hold_all(settings: Settings, shops: Shops, dialogues: Iterable[Dialogue], at_once: int) -> list[Held]:
    """Hold every dialogue, so many at a time."""
    places = asyncio.Semaphore(at_once)
    async with open_services(settings) as services:
        await services.indexing.start()
        await fill(services, shops)

        async def one(dialogue: Dialogue) -> Held:
            async with places:
                began = time.perf_counter()
                exchanges = await hold(services, shops, dialogue)
                return Held(dialogue, exchanges, time.perf_counter() - began)

        return await asyncio.gather(*(one(dialogue) for dialogue in dialogues))


def settings_for(folder: Path, default_brand: BrandId) -> Settings:
    """The settings of the environment and `.env`, with every file in a folder of its own."""
    return Settings(
        data_dir=folder / "data",
        brands_config_file=folder / "brands_config.json",
        chroma_persist_directory=folder / "chroma",
        default_brand=default_brand,
    )


def print_rates(held: Sequence[Held]) -> float:
    """Print what holds, by brand and by what is expected; returns the share of dialogues in which everything does."""
    print(f"\n{'brand':<16}{'dialogues':>10}{'passed':>8}{'turns':>8}{'passed':>8}")
    for brand in dict.fromkeys(one.dialogue.brand for one in held):
        _print_brand(brand, [one for one in held if one.dialogue.brand == brand])
    _print_brand("all", held)
    verdicts = [verdict for one in held for exchange in one.exchanges for verdict in exchange.verdicts]
    total = Counter(verdict.kind for verdict in verdicts)
    good = Counter(verdict.kind for verdict in verdicts if verdict.holds)
    print(f"\n{'expectation':<16}{'number':>10}{'holds':>8}")
    for kind in Kind:
        if total[kind]:
            print(f"{kind:<16}{total[kind]:>10}{good[kind] / total[kind]:>8.1%}")
    answered = Counter(exchange.outcome.answered_by for one in held for exchange in one.exchanges)
    print("\nanswered by " + ", ".join(f"{name}: {count}" for name, count in answered.most_common()))
    return sum(one.passed for one in held) / len(held)


def _print_brand(name: str, held: Sequence[Held]) -> None:
    turns = [exchange for one in held for exchange in one.exchanges]
    dialogues = sum(one.passed for one in held) / len(held)
    good = sum(not exchange.unmet for exchange in turns) / len(turns)
    print(f"{name:<16}{len(held):>10}{dialogues:>8.0%}{len(turns):>8}{good:>8.0%}")


def print_failures(held: Iterable[Held], *, verbose: bool) -> None:
    """Print the dialogues in which something does not hold: their names, or whole transcripts."""
    for one in held:
        if one.passed:
            continue
        if verbose:
            print(f"\n{transcript(one.dialogue, one.exchanges)}")
        else:
            unmet = [verdict.kind for exchange in one.exchanges for verdict in exchange.unmet]
            print(f"failed: {one.dialogue.brand}: {one.dialogue.name} ({', '.join(dict.fromkeys(unmet))})")


def main() -> int:
    """Hold the dialogues that were chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brand", help="only this brand's")
    parser.add_argument("--name", default="", help="only those in whose names this stands")
    parser.add_argument("--at-once", type=int, default=4, help="so many dialogues at a time")
    parser.add_argument("--least", type=float, default=0.9, help="the share of dialogues that must pass")
    parser.add_argument("--verbose", action="store_true", help="print failed dialogues as transcripts")
    given = parser.parse_args()
    configure_logging("ERROR")
    shops = load_shops()
    dialogues = [
        one
        for one in load_dialogues(shops)
        if given.brand in {None, one.brand} and given.name.lower() in one.name.lower()
    ]
    if not dialogues:
        parser.error("no dialogue is called so")
    with tempfile.TemporaryDirectory() as folder:
        write_brands(shops, Path(folder) / "brands_config.json")
        settings = settings_for(Path(folder), next(iter(shops)))
        held = asyncio.run(hold_all(settings, shops, dialogues, max(1, given.at_once)))
    print_failures(held, verbose=given.verbose)
    passed = print_rates(held)
    slowest = max(held, key=lambda one: one.took)
    print(f"{passed:.1%} of {len(held)} dialogues passed; the slowest took {slowest.took:.1f} s")
    return 0 if passed >= given.least else 1


if __name__ == "__main__":
    raise SystemExit(main())
