"""Search over a brand's products: what was asked is read, candidates are found within it, put in order and judged."""

from collections.abc import Sequence
from dataclasses import dataclass

from brand_service import BrandService
from live.base import BrandChanged, CatalogueChanged, Notice, Notices
from models import BrandId, Constraints, Hit, Product, Superlative, Understood, Vocabulary
from relevance import ConfidenceModel, Scored, Signals, fuse
from retrieval import Query, Retriever
from speller import Speller
from storage import product_search
from storage import products as rows
from storage.engine import Database, Transaction
from storage.product_search import Within
from storage.vocabularies import load_vocabulary
from understanding.coverage import Coverage, matched_reasons
from understanding.orders import in_order
from understanding.reader import read

# What a caller of the REST search can ask for at once: every hit of it says why it matches.
MAX_EXPLAINED = 100

# When the best hit is less probable than this nothing was found: what was said is not about this shop's products. A
# further product that holds none of the words must be at least so probable to be listed behind the others.
# bench/relevance.py measures what they let through: see bench/README.md.
LEAST_PROBABLE = 0.18
LEAST_PROBABLE_FURTHER = 0.08

# A price may miss its limit by this share and still be worth mentioning, as a near miss.
NEAR_MISS = 0.25

# A superlative ("the lightest laptop") orders so many of the best candidates, and of these only products that answer
# the rest about as well as the best one does.
ORDERED = 200
_AS_GOOD = 0.75


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
        retriever: what finds candidates.
        speller: what corrects words that the catalogue does not have.
        confidence: what judges them; the fitted model when None.
    """

    name = "vocabularies"  # as a step of a brand's purge

    def __init__(
        self,
        database: Database,
        brands: BrandService,
        notices: Notices,
        retriever: Retriever,
        speller: Speller,
        confidence: ConfidenceModel | None = None,
    ) -> None:
        self._database = database
        self._brands = brands
        self._retriever = retriever
        self._speller = speller
        self._confidence = confidence or ConfidenceModel()
        self._vocabularies: dict[BrandId, tuple[int, Vocabulary]] = {}
        notices.subscribe(self._on_notice)

    async def vocabulary(self, brand_id: BrandId) -> Vocabulary:
        """The names that the brand's catalogue gives to things, as it is now."""
        known = self._vocabularies.get(brand_id)
        if known is None:
            currency = self._currency(brand_id)
            known = self._vocabularies[brand_id] = await self._database.read(
                lambda tx: (rows.revision(tx, brand_id), load_vocabulary(tx, brand_id, currency))
            )
        return known[1]

    async def search(
        self, brand_id: BrandId, query: str, *, filters: Constraints, limit: int, offset: int = 0
    ) -> SearchResult:
        """Read a query and find what it asks for. `filters` win over what the query says."""
        vocabulary = await self.vocabulary(brand_id)
        understood = read(query, vocabulary, searching=True)
        merged = merge(understood.constraints, _spelled_as_catalogue(filters, vocabulary))
        return await self.find(
            brand_id, understood.model_copy(update={"constraints": merged}), limit=limit, offset=offset
        )

    async def find(
        self, brand_id: BrandId, understood: Understood, *, limit: int, offset: int = 0, explained: int = MAX_EXPLAINED
    ) -> SearchResult:
        """Find the products that fulfil what was understood; so many of the best hits say why they match."""
        understood = await self._speller.corrected(brand_id, understood)
        coverage = Coverage(understood)
        if coverage.asks_nothing_more:
            return await self._listed(brand_id, understood, limit=limit, offset=offset, explained=explained)
        within = Within(brand_id, understood.constraints, self._currency(brand_id))
        query = Query(within, understood.terms, coverage.category_words, coverage.implied, offset + limit)
        retrieved = await self._retriever.retrieve(query)
        self._check_vocabulary(brand_id, retrieved.revision)
        # A product that holds none of the words is meant only if it is near.
        near = self._confidence.cosine_for(LEAST_PROBABLE_FURTHER, coverage.by_constraints)
        ordered = [
            one
            for one in fuse(retrieved.candidates, len(understood.terms))
            if one.candidate.lexical or (one.candidate.cosine or 0.0) >= near
        ]
        looked_at = ORDERED if understood.superlative else offset + limit
        judged = await self._judged(brand_id, coverage, ordered, max(looked_at, 1))
        if not judged or (judged[0][1] < LEAST_PROBABLE and not _names_products(coverage, judged[0][0])):
            return SearchResult((), 0, understood)
        judged = _in_asked_order(judged, understood.superlative)
        by_meaning = sum(1 for one in ordered if not one.candidate.lexical)
        hits = self._hits(brand_id, understood, judged[offset : offset + limit], explained)
        return SearchResult(hits, retrieved.lexical_total + by_meaning, understood)

    async def near_misses(self, brand_id: BrandId, understood: Understood, *, limit: int) -> tuple[Hit, ...]:
        """Products that would be hits if their price, or then their maker, attributes or stock, were not as asked."""
        for relaxed in _relaxations(understood.constraints):
            result = await self.find(brand_id, understood.model_copy(update={"constraints": relaxed}), limit=limit)
            if result.hits:
                return result.hits
        return ()

    async def purge(self, brand_id: BrandId) -> None:
        """Forget what is kept in memory of a brand that is being deleted."""
        self._vocabularies.pop(brand_id, None)
        self._retriever.forget(brand_id)
        self._speller.forget(brand_id)

    async def _listed(
        self, brand_id: BrandId, understood: Understood, *, limit: int, offset: int, explained: int
    ) -> SearchResult:
        """Everything that fulfils the constraints, when nothing but them, or an order, was asked for."""
        constraints, superlative = understood.constraints, understood.superlative
        if constraints.is_empty and superlative is None:
            return SearchResult((), 0, understood)
        within = Within(brand_id, constraints, self._currency(brand_id))
        looked_at = max(ORDERED if superlative else 0, offset + limit)

        def query(tx: Transaction) -> tuple[int, list[Product], int]:
            revision = rows.revision(tx, brand_id)
            if not revision:
                return revision, [], 0
            found = product_search.listed(tx, within, order=superlative, limit=looked_at)
            if len(found) < looked_at:
                return revision, found, len(found)
            return revision, found, product_search.count_fulfilling(tx, within)

        revision, found, total = await self._database.read(query)
        self._check_vocabulary(brand_id, revision)
        judged = _in_asked_order([(product, 1.0) for product in found], superlative)
        hits = self._hits(brand_id, understood, judged[offset : offset + limit], explained)
        return SearchResult(hits, total, understood)

    async def _judged(
        self, brand_id: BrandId, coverage: Coverage, ordered: Sequence[Scored], count: int
    ) -> list[tuple[Product, float]]:
        """The first products with the probability of each, which never rises from one to the next."""
        row_ids = [one.candidate.row_id for one in ordered[:count]]
        products = await self._database.read(lambda tx: rows.by_row(tx, brand_id, row_ids))
        judged: list[tuple[Product, float]] = []
        for one in ordered[:count]:
            product = products.get(one.candidate.row_id)
            if product is None:  # it was deleted meanwhile
                continue
            anywhere, named = coverage.of(product)
            signals = Signals(one.lexical, one.candidate.cosine, anywhere, named, coverage.words)
            probability = self._confidence.probability(signals)
            judged.append((product, min(probability, judged[-1][1]) if judged else probability))
        return judged

    def _hits(
        self, brand_id: BrandId, understood: Understood, judged: Sequence[tuple[Product, float]], explained: int
    ) -> tuple[Hit, ...]:
        currency = self._currency(brand_id)
        hits = []
        for place, (product, score) in enumerate(judged):
            product.currency = product.currency or currency
            reasons = matched_reasons(understood, product, currency) if place < explained else ()
            hits.append(Hit(product, round(score, 4), reasons))
        return tuple(hits)

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


def _names_products(coverage: Coverage, best: Product) -> bool:
    """Whether somebody asks about this shop's products, however improbable each is.

    They do who name one of its categories or makers, and who type nothing but words that one product holds.
    """
    held, _ = coverage.of(best)
    return bool(coverage.implied) or (coverage.typed and held == 1)


def _in_asked_order(
    judged: list[tuple[Product, float]], superlative: Superlative | None
) -> list[tuple[Product, float]]:
    """The same, or where an order was asked for in that order; what answers the rest of the question less well last."""
    if superlative is None or not judged:
        return judged
    enough = judged[0][1] * _AS_GOOD
    good = [one for one in judged if one[1] >= enough]
    return in_order(good, lambda one: one[0], superlative) + judged[len(good) :]


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
    if constraints.makers or constraints.available_only or constraints.attributes:
        relaxed.append(constraints.model_copy(update={"makers": (), "available_only": False, "attributes": {}}))
    return relaxed
