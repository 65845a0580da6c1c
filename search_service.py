"""Retrieval over a brand's products: what was asked is read, hard constraints filter in SQL, the rest is ranked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from brand_service import BrandService
from live.base import BrandChanged, CatalogueChanged, Notice, Notices
from models import BrandId, Constraints, Hit, Product, Superlative, Understood, Vocabulary
from storage import products as rows
from storage.engine import Database, Transaction
from understanding.coverage import confidence, matched_reasons
from understanding.reader import read

# The lexical leg hands over this many candidates for ranking: more than anybody pages through, few enough to score.
CANDIDATES = 40

# What a caller of the REST search can ask for at once: every hit of it says why it matches.
MAX_EXPLAINED = 100

# A price may miss its limit by this share and still be worth mentioning, as a near miss.
NEAR_MISS = 0.25

# A superlative ("the cheapest laptop") orders only products that answer the rest about as well as the best one does.
_AS_GOOD = 0.75


class VectorLeg(Protocol):
    """Retrieval by meaning, beside the lexical leg."""

    async def nearest(self, brand_id: BrandId, text: str, limit: int) -> Sequence[tuple[str, float]]:
        """Product ids and their similarities (0..1), best first."""
        ...


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        hits: best first; each satisfies every constraint.
        total: how many there are in all.
        understood: what was read out of the query.
    """

    hits: tuple[Hit, ...]
    total: int
    understood: Understood


class SearchService:
    """Finds products.

    Args:
        database: where the rows are.
        brands: for a brand's currency.
        notices: of catalogues that changed.
        vectors: the leg that finds by meaning; without one search is lexical.
    """

    name = "vocabularies"  # as a step of a brand's purge

    def __init__(
        self, database: Database, brands: BrandService, notices: Notices, vectors: VectorLeg | None = None
    ) -> None:
        self._database = database
        self._brands = brands
        self._vectors = vectors
        self._vocabularies: dict[BrandId, tuple[int, Vocabulary]] = {}
        notices.subscribe(self._on_notice)

    async def vocabulary(self, brand_id: BrandId) -> Vocabulary:
        """The names that the brand's catalogue gives to things, as it is now."""
        known = self._vocabularies.get(brand_id)
        if known is None:

            def query(tx: Transaction) -> tuple[int, Vocabulary]:
                categories, makers = tuple(rows.categories(tx, brand_id)), tuple(rows.makers(tx, brand_id))
                return rows.revision(tx, brand_id), Vocabulary(categories, makers, self._currency(brand_id))

            known = self._vocabularies[brand_id] = await self._database.read(query)
        return known[1]

    async def search(
        self, brand_id: BrandId, query: str, *, filters: Constraints, limit: int, offset: int = 0
    ) -> SearchResult:
        """Read a query and find what it asks for. `filters` win over what the query says."""
        vocabulary = await self.vocabulary(brand_id)
        understood = read(query, vocabulary, has_suggestions=False)
        merged = merge(understood.constraints, _spelled_as_catalogue(filters, vocabulary))
        return await self.find(
            brand_id, understood.model_copy(update={"constraints": merged}), limit=limit, offset=offset
        )

    async def find(
        self, brand_id: BrandId, understood: Understood, *, limit: int, offset: int = 0, explained: int = MAX_EXPLAINED
    ) -> SearchResult:
        """Find the products that fulfil what was understood; so many of the best hits say why they match."""
        currency = self._currency(brand_id)
        terms, constraints = understood.terms, understood.constraints

        def query(tx: Transaction) -> tuple[int, list[Product], int]:
            revision = rows.revision(tx, brand_id)
            if not revision:  # it never had a product, nor a table to search in
                return revision, [], 0
            wanted = max(CANDIDATES, offset + limit)
            found = rows.matching(tx, brand_id, terms=terms, constraints=constraints, currency=currency, limit=wanted)
            if len(found) < wanted:
                return revision, found, len(found)
            total = rows.count_matching(tx, brand_id, terms=terms, constraints=constraints, currency=currency)
            return revision, found, total

        revision, found, total = await self._database.read(query)
        self._check_vocabulary(brand_id, revision)
        ranked = _ranked(understood, found)[offset : offset + limit]
        for product, _ in ranked:
            product.currency = product.currency or currency
        hits = tuple(
            Hit(product, score, matched_reasons(understood, product, currency) if place < explained else ())
            for place, (product, score) in enumerate(ranked)
        )
        return SearchResult(hits, total, understood)

    async def near_misses(self, brand_id: BrandId, understood: Understood, *, limit: int) -> tuple[Hit, ...]:
        """Products that would be hits if their price, or then their maker or stock, were not as asked."""
        for relaxed in _relaxations(understood.constraints):
            result = await self.find(brand_id, understood.model_copy(update={"constraints": relaxed}), limit=limit)
            if result.hits:
                return result.hits
        return ()

    async def purge(self, brand_id: BrandId) -> None:
        """Forget the vocabulary of a brand that is being deleted."""
        self._vocabularies.pop(brand_id, None)

    def _on_notice(self, notice: Notice) -> None:
        if isinstance(notice, CatalogueChanged | BrandChanged):
            self._vocabularies.pop(notice.brand_id, None)

    def _check_vocabulary(self, brand_id: BrandId, revision: int) -> None:
        """Forget a vocabulary of another state: a tool beside this process changes catalogues without notice."""
        known = self._vocabularies.get(brand_id)
        if known is not None and known[0] != revision:
            del self._vocabularies[brand_id]

    def _currency(self, brand_id: BrandId) -> str:
        return self._brands.config(brand_id).settings.currency


def merge(first: Constraints, wins: Constraints) -> Constraints:
    """Both together; where both say something of the same thing, the second counts."""
    given = wins.model_dump(exclude_defaults=True)
    if {"price_min", "price_max"} & given.keys():
        first = first.model_copy(update={"price_min": None, "price_max": None, "currency": None})
    return first.model_copy(update=given)


def _spelled_as_catalogue(filters: Constraints, vocabulary: Vocabulary) -> Constraints:
    """Callers write "laptops" for the catalogue's "Laptops"; a name that it does not have stays, and finds nothing."""
    return filters.model_copy(
        update={
            "categories": _spelled(filters.categories, vocabulary.categories),
            "makers": _spelled(filters.makers, vocabulary.makers),
        }
    )


def _spelled(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    wanted = {name.strip().casefold() for name in names}
    found = tuple(name for name in known if name.strip().casefold() in wanted)
    return found or tuple(names)


def _ranked(understood: Understood, found: Sequence[Product]) -> list[tuple[Product, float]]:
    """Best first; what scores the same stays in the order of the lexical leg."""
    scored = [(product, confidence(understood, product)) for product in found]
    scored.sort(key=lambda pair: -pair[1])
    if understood.superlative in {Superlative.CHEAPEST, Superlative.DEAREST} and scored:
        sign = 1 if understood.superlative is Superlative.CHEAPEST else -1
        enough = scored[0][1] * _AS_GOOD
        scored.sort(key=lambda pair: (pair[1] < enough, sign * pair[0].price))
    return scored


def _relaxations(constraints: Constraints) -> list[Constraints]:
    """The same constraints with one thing loosened, the least first."""
    relaxed = []
    if constraints.price_max is not None or constraints.price_min is not None:
        relaxed.append(
            constraints.model_copy(
                update={
                    "price_max": constraints.price_max and constraints.price_max * (1 + NEAR_MISS),
                    "price_min": constraints.price_min and constraints.price_min * (1 - NEAR_MISS),
                }
            )
        )
    if constraints.makers or constraints.available_only:
        relaxed.append(constraints.model_copy(update={"makers": (), "available_only": False}))
    return relaxed
