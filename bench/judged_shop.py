"""The real services over a judged set's products, its legs by themselves, and what a confidence model is shown."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.judged import DEPTH, JudgedSet
from composition import open_services
from config import Settings
from logs import configure_logging
from models import BrandId
from needs import Constraints
from relevance import Candidate, ConfidenceModel, Signals
from retrieval import Query, Retrieved, Retriever
from routes.dependencies import Services
from search_service import SearchService
from speller import Speller
from storage.engine import Database

BRAND = BrandId("judged")
OFF_TOPIC = Path(__file__).with_name("off_topic.txt")
_UPLOAD = 1_000


@asynccontextmanager
async def open_shop(judged: JudgedSet, folder: Path) -> AsyncIterator[Services]:
    """The services with the set's products saved and their vectors made; in a folder used before both are there."""
    configure_logging("WARNING")
    async with open_services(_settings(folder / judged.name)) as services:
        fresh = 0 if await services.products.had_products(BRAND) else len(judged.products)
        if fresh:
            await _upload(judged, services)
        await services.indexing.start()
        await _indexed(services, fresh)
        yield services


def _settings(folder: Path) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    brands = folder / "brands.json"
    if not brands.exists():
        brand = {"id": BRAND, "name": "Judged", "created_at": "2025-01-01T00:00:00Z"}
        brands.write_text(json.dumps({"brands": [brand], "configs": []}), encoding="utf-8")
    values = {
        "data_dir": folder / "data",
        "brands_config_file": brands,
        "chroma_persist_directory": folder / "chroma",
        "openai_api_key": None,
        "openai_base_url": None,
        "embedding_provider": "local",
    }
    return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # pydantic validates them


async def _upload(judged: JudgedSet, services: Services) -> None:
    began = time.perf_counter()
    for start in range(0, len(judged.products), _UPLOAD):
        report = await services.products.save_many(BRAND, judged.products[start : start + _UPLOAD])
        for rejection in report.rejected:
            print(f"rejected: {rejection}")
    took = time.perf_counter() - began
    print(f"saved {len(judged.products)} products in {took:.1f} s, {len(judged.products) / took:.0f} a second")


async def _indexed(services: Services, fresh: int) -> None:
    """Return when every product has its vector; says how fast `fresh` of them got theirs."""
    began = time.perf_counter()
    await services.indexing.settle(BRAND, fresh)
    while (state := await services.indexing.state()).pending and state.fault is None:  # noqa: ASYNC110, it tells nobody
        await asyncio.sleep(0.2)
    if state.fault is not None:
        raise SystemExit(f"No vectors: {state.fault}")
    if fresh:
        took = time.perf_counter() - began
        print(f"made their vectors in {took:.1f} s, {fresh / took:.0f} a second")


# --- Legs by themselves ---


class _ByMeaningAlone(Retriever):
    """The dense leg's candidates, without what the lexical leg says of them."""

    async def retrieve(self, query: Query) -> Retrieved:
        found = await super().retrieve(query)
        candidates = [Candidate(one.row_id, 0.0, one.cosine) for one in found.candidates if one.cosine is not None]
        return replace(found, candidates=candidates, lexical_total=0)


class Witness(ConfidenceModel):
    """Lets every hit pass, and keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Signals] = []

    def probability(self, signals: Signals) -> float:
        """Always 1, so that no hit is held back or moved."""
        self.seen.append(signals)
        return 1.0

    def cosine_for(self, probability: float, coverage: float) -> float:  # noqa: ARG002, the same for all
        """Below every cosine."""
        return -2.0


def both_legs(services: Services, confidence: ConfidenceModel) -> SearchService:
    """Search as main opened it, judged by another model."""
    database, retriever = _parts(services)
    return SearchService(database, services.brands, services.live.notices, retriever, _speller(services), confidence)


def by_words(services: Services, confidence: ConfidenceModel) -> SearchService:
    """The lexical leg alone."""
    database, _ = _parts(services)
    notices = services.live.notices
    return SearchService(
        database, services.brands, notices, Retriever(database, notices), _speller(services), confidence
    )


def by_meaning(services: Services, confidence: ConfidenceModel) -> SearchService:
    """The dense leg alone."""
    database, real = _parts(services)
    notices = services.live.notices
    meaning = real._meaning  # noqa: SLF001, the same parts
    retriever = _ByMeaningAlone(database, notices, meaning._embedder, meaning._vectors)  # noqa: SLF001, likewise
    return SearchService(database, services.brands, notices, retriever, _speller(services), confidence)


def _speller(services: Services) -> Speller:
    return services.search._speller  # noqa: SLF001, what main opened


def _parts(services: Services) -> tuple[Database, Retriever]:
    return services.search._database, services.search._retriever  # noqa: SLF001, what main opened


# --- What a model is shown ---


async def shown(search: SearchService, witness: Witness, query: str) -> list[tuple[str, Signals]]:
    """The first hits of a query, however improbable, with their signals; `witness` must be the model of `search`."""
    witness.seen.clear()
    found = await search.search(BRAND, query, filters=Constraints(), limit=DEPTH)
    if found.understood.superlative is not None:  # these were put into another order
        return []
    return [(hit.product.id, signals) for hit, signals in zip(found.hits, witness.seen, strict=False)]


def off_topic(*, held_out: bool) -> list[str]:
    """Sentences that are not about products: even lines for fitting, odd ones (from 1) to test what was fitted."""
    lines = OFF_TOPIC.read_text(encoding="utf-8").splitlines()
    return lines[0::2] if held_out else lines[1::2]
