"""Search over a brand's products: what was asked is read, candidates are found within it, put in order and judged."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from brand_service import BrandService
from judged_order import (
    CLEARLY_MORE,
    FIRST,
    LEAST_PROBABLE,
    LEAST_PROBABLE_FURTHER,
    UNCONVINCING,
    Judged,
    apart,
    convincing_first,
    falling,
    holding_all_first,
    in_asked_order,
    is_probable,
    saying_so_first,
)
from live.base import Notices
from models import BrandId, Hit, Product
from needs import Constraints, Understood, Vocabulary
from relevance import ConfidenceModel, Scored, Signals, fuse
from retrieval import Query, Retrieved, Retriever
from speller import Speller
from storage import product_search, product_text
from storage import products as rows
from storage.engine import Database, Transaction
from storage.product_search import Within
from understanding.coverage import Coverage, matched_reasons, product_stems
from understanding.orders import in_order
from understanding.reader import read
from understanding.spelling import respelt
from understanding.words import has_digit, occurs
from vocabularies import Vocabularies

# What a caller of the REST search can ask for at once: every hit of it says why it matches.
MAX_EXPLAINED = 100

# Where products are sought for certain, so much is enough (for the best, and for a further one) of a wish in words that
# are known: "stop the carpet sliding around" is far from how any product is described. "Which planets have rings?" asks
# no shop.
OF_WISHES = (0.09, 0.06)

# Where the best hit in a category that the words of a search name is less probable than this, all others are looked at
# too; and where so few products are in it, others come behind them.
SURE, FEW = 0.5, 8

# A price may miss its limit by this share and still be worth mentioning, as a near miss.
NEAR_MISS = 0.25

# A superlative ("the lightest laptop") orders everything that holds all of the words, up to so many by price or as they
# were saved. Where nothing does, it orders the candidates that answer the question about as well as the best one does.
MAX_ORDERED = 1_000


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        hits: best first; each satisfies every constraint.
        total: how many there are in all.
        understood: what was read out of the query.
        best: the probability of the best of all, on whatever page it is.
    """

    hits: tuple[Hit, ...]
    total: int
    understood: Understood
    best: float = 0.0


@dataclass(frozen=True, slots=True)
class _Page:
    """Which hits are wanted, and how many of them say why they match."""

    offset: int
    limit: int
    explained: int

    @property
    def end(self) -> int:
        """Behind its last hit."""
        return self.offset + self.limit


@dataclass(frozen=True, slots=True)
class _Least:
    """How probable a hit must be: the best one for there to be any, and a further one that holds none of the words."""

    best: float = LEAST_PROBABLE
    further: float = LEAST_PROBABLE_FURTHER


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
        self._vocabularies = Vocabularies(database, notices)

    async def vocabulary(self, brand_id: BrandId) -> Vocabulary:
        """The names that the brand's catalogue gives to things."""
        return await self._vocabularies.of(self._brands.get(brand_id), self._currency(brand_id))

    async def understand(
        self, brand_id: BrandId, text: str, *, has_suggestions: bool = False, searching: bool = False
    ) -> Understood:
        """Read what somebody says, misspelt words as they were probably meant; see `understanding.reader.read`."""
        vocabulary = await self.vocabulary(brand_id)
        understood = read(text, vocabulary, has_suggestions=has_suggestions, searching=searching)
        corrections = await self._speller.corrections(brand_id, vocabulary, understood.terms)
        if not corrections:
            return understood
        meant = read(respelt(text, corrections), vocabulary, has_suggestions=has_suggestions, searching=searching)
        return meant.model_copy(update={"corrections": corrections})

    async def search(
        self, brand_id: BrandId, query: str, *, filters: Constraints, limit: int, offset: int = 0
    ) -> SearchResult:
        """Read a query and find what it asks for. `filters` win over what the query says."""
        understood = await self.understand(brand_id, query, searching=True)
        spelled = _spelled_as_catalogue(filters, await self.vocabulary(brand_id))
        merged = understood.model_copy(update={"constraints": merge(understood.constraints, spelled)})
        found = await self.find(brand_id, merged, limit=limit, offset=offset, for_certain=True)
        is_named = merged.constraints.categories and not filters.categories and merged.superlative is None
        if not (is_named and merged.terms) or (found.best >= SURE and found.total >= FEW):
            return found
        return await self._beyond_category(brand_id, merged, found, _Page(offset, limit, MAX_EXPLAINED))

    async def _beyond_category(
        self, brand_id: BrandId, understood: Understood, found: SearchResult, page: _Page
    ) -> SearchResult:
        """What a search finds whose words name a category in which nothing convinces, or little is.

        "Sectional sofa", where sofas and sectionals are two; "lawn care", where one product is called so.
        """
        constraints = understood.constraints.model_copy(update={"categories": ()})
        anywhere = understood.model_copy(update={"constraints": constraints})
        # As many as fill the category up, whatever page is wanted: so what is found in all is the same for each.
        beyond = await self.find(brand_id, anywhere, limit=max(page.end, 2 * FEW), explained=0, for_certain=True)
        hits, total = beyond.hits, beyond.total
        if beyond.best < max(CLEARLY_MORE * found.best, LEAST_PROBABLE):
            if found.total >= FEW or total <= found.total:
                return found
            within = (await self.find(brand_id, understood, limit=FEW, explained=0, for_certain=True)).hits
            known = {hit.product.id for hit in within}
            others = [hit for hit in hits if hit.product.id not in known]
            if Coverage(understood).by_constraints == 1:
                # Who names nothing but the category ("phones under $500") is shown of others what may well be meant.
                others = [hit for hit in others[: FEW - len(within)] if hit.score >= UNCONVINCING]
                total = len(within) + len(others)
            if not others:
                return found
            lowest = min((hit.score for hit in within), default=1.0)
            hits = (*within, *(replace(hit, score=min(hit.score, lowest)) for hit in others))
        judged = [(hit.product, hit.score) for hit in hits]
        return self._result(brand_id, anywhere, judged, total, page)

    async def find(
        self,
        brand_id: BrandId,
        understood: Understood,
        *,
        limit: int,
        offset: int = 0,
        explained: int = MAX_EXPLAINED,
        for_certain: bool = False,
    ) -> SearchResult:
        """Find the products that fulfil what was understood.

        Args:
            brand_id: whose.
            understood: what was asked.
            limit: how many hits are wanted.
            offset: behind so many.
            explained: so many of the best hits say why they match.
            for_certain: products are sought, and nothing else can be meant: what is put as a wish finds them sooner.
        """
        page = _Page(offset, limit, explained)
        least = _Least(*OF_WISHES) if for_certain and not understood.inquires else _Least()
        coverage = Coverage(understood)
        if coverage.asks_nothing_more:
            if _only_denies(understood):
                return SearchResult((), 0, understood)
            return await self._listed(brand_id, understood, page)
        if understood.superlative and (found := await self._in_order(brand_id, understood, coverage)):
            return self._result(brand_id, understood, found, len(found), page)
        query = self._query(brand_id, understood, coverage)
        ordered, retrieved = await self._ordered(query, understood, coverage, least)
        judged = await self._judged(brand_id, coverage, ordered, len(ordered) if understood.superlative else page.end)
        if understood.constraints.excluded_terms:
            judged = saying_so_first(judged, understood.constraints.excluded_terms)
        judged = holding_all_first(judged, coverage)
        if not judged or not await self._is_asked_about(brand_id, understood, coverage, judged[0], least):
            return SearchResult((), 0, understood)
        if understood.superlative:
            fitting, denying = apart(judged, lambda one: not coverage.denied(one[0]))
            fitting, denying = (fitting, denying) if fitting else (judged, [])
            judged = falling([*in_asked_order(fitting, understood.superlative), *denying])
        total = retrieved.lexical_total + sum(not one.candidate.by_words for one in ordered)
        if page.end > len(ordered):
            judged += await self._behind(query, ordered, judged[-1][1], page.end)
        return self._result(brand_id, understood, judged, total, page)

    async def near_misses(self, brand_id: BrandId, understood: Understood, *, limit: int) -> tuple[Hit, ...]:
        """Products that would be hits if their price, or then their maker, attributes or stock, were not as asked."""
        for relaxed in _relaxations(understood.constraints):
            result = await self.find(brand_id, understood.model_copy(update={"constraints": relaxed}), limit=limit)
            if result.hits:
                return result.hits
        return ()

    async def listed(self, brand_id: BrandId, terms: Sequence[str]) -> frozenset[str]:
        """Those of these words that some product of the brand has among its features or specifications."""

        def query(tx: Transaction) -> frozenset[str]:
            return product_text.listed_somewhere(tx, brand_id, terms) if rows.revision(tx, brand_id) else frozenset()

        return await self._database.read(query) if terms else frozenset()

    async def purge(self, brand_id: BrandId) -> None:
        """Forget what is kept in memory of a brand that is being deleted."""
        self._vocabularies.forget(brand_id)
        self._retriever.forget(brand_id)
        self._speller.forget(brand_id)

    # --- Finding ---

    def _query(self, brand_id: BrandId, understood: Understood, coverage: Coverage) -> Query:
        return Query(
            Within(brand_id, understood.constraints, self._currency(brand_id)),
            understood.terms,
            coverage.category_words,
            coverage.implied,
            understood.meaning,
            understood.things,
            coverage.called,
        )

    async def _ordered(
        self, query: Query, understood: Understood, coverage: Coverage, least: _Least
    ) -> tuple[list[Scored], Retrieved]:
        """The candidates in order, the same whatever page is wanted."""
        retrieved = await self._retriever.retrieve(query)
        self._vocabularies.check(query.brand_id, retrieved.revision)
        # A product that holds none of the words is meant only if it is near.
        near = self._confidence.cosine_for(least.further, coverage.by_constraints)
        fused = fuse(retrieved.candidates, len(understood.terms))
        return [one for one in fused if one.candidate.by_words or (one.candidate.cosine or 0.0) >= near], retrieved

    async def _judged(
        self, brand_id: BrandId, coverage: Coverage, ordered: Sequence[Scored], count: int
    ) -> list[Judged]:
        """The first products, at least so many, with the probability of each, which never rises."""
        looked_at = ordered[: math.ceil(max(count, 1) / FIRST) * FIRST]
        row_ids = [one.candidate.row_id for one in looked_at]
        products = await self._database.read(lambda tx: rows.by_row(tx, brand_id, row_ids))
        judged: list[Judged] = []
        # The same number at a time, whatever page is wanted: what denies a word comes behind the others of its group.
        for start in range(0, len(looked_at), FIRST):
            fitting: list[Judged] = []
            denying: list[Judged] = []
            for one in looked_at[start : start + FIRST]:
                product = products.get(one.candidate.row_id)
                if product is None:  # it was deleted meanwhile
                    continue
                held = coverage.held(product)
                signals = Signals(one.lexical, one.candidate.cosine, held.anywhere, held.named, coverage.words)
                group = denying if held.denied else fitting
                group.append((product, self._confidence.probability(signals)))
            fitting = fitting if judged else convincing_first(fitting)
            # What only denies a word is nearer to the question than what has nothing to do with it.
            near, far = apart(fitting, is_probable) if denying else (fitting, [])
            judged += [*near, *denying, *far]
        return falling(judged)

    async def _is_asked_about(
        self, brand_id: BrandId, understood: Understood, coverage: Coverage, best: Judged, least: _Least
    ) -> bool:
        """Whether the question is about this shop's products at all: of that, constraints decide nothing."""
        if self._is_enough(understood, best, least) or _names_products(coverage, best[0]):
            return True
        if understood.constraints.is_empty:
            return False
        free = understood.model_copy(update={"constraints": Constraints()})
        coverage = Coverage(free)
        ordered, _ = await self._ordered(self._query(brand_id, free, coverage), free, coverage, least)
        judged = await self._judged(brand_id, coverage, ordered, 1)
        if not judged:
            return False
        return self._is_enough(free, judged[0], least) or _names_products(coverage, judged[0][0])

    def _is_enough(self, understood: Understood, best: Judged, least: _Least) -> bool:
        """Whether the best hit is probable enough; of what has mostly words that nobody knows it must be more so."""
        product, probability = best
        if probability >= LEAST_PROBABLE or probability < least.best:
            return probability >= LEAST_PROBABLE
        held, terms = product_stems(product), understood.terms
        known = sum(has_digit(term) or self._speller.is_common(term) or occurs(term, held) for term in terms)
        return 2 * known >= len(terms)

    async def _behind(self, query: Query, ordered: Sequence[Scored], probability: float, end: int) -> list[Judged]:
        """What comes behind the candidates, for whoever pages so far: what else holds a word, by words alone."""
        known = {one.candidate.row_id for one in ordered}
        further = [one for one in await self._retriever.further(query, end) if one not in known]
        products = await self._database.read(lambda tx: rows.by_row(tx, query.brand_id, further[: end - len(ordered)]))
        return [(product, probability) for product in products.values()]

    async def _in_order(self, brand_id: BrandId, understood: Understood, coverage: Coverage) -> list[Judged]:
        """Everything that holds all of the words, in the order that was asked for; empty when nothing does."""
        order = understood.superlative
        open_terms = [term for term in understood.terms if term not in coverage.implied]
        within = Within(brand_id, understood.constraints, self._currency(brand_id))

        def query(tx: Transaction) -> list[Product]:
            if order is None or not rows.revision(tx, brand_id):
                return []
            held = product_text.holding_all(tx, brand_id, open_terms)
            kept = product_search.in_price_order(tx, within, held, order=order)
            return list(rows.by_row(tx, brand_id, kept[:MAX_ORDERED]).values())

        judged = []
        held = await self._database.read(query)
        # "The cheapest battery for start-stop" is none of which the shop says "start-stop: no", where there is another.
        for product in [one for one in held if not coverage.denied(one)] or held:
            anywhere, named = coverage.of(product)
            signals = Signals(1.0, None, anywhere, named, coverage.words)
            judged.append((product, self._confidence.probability(signals)))
        return falling(in_order(judged, lambda one: one[0], order)) if order else judged

    async def _listed(self, brand_id: BrandId, understood: Understood, page: _Page) -> SearchResult:
        """Everything that fulfils the constraints, when nothing but them, or an order, was asked for."""
        constraints, superlative = understood.constraints, understood.superlative
        within = Within(brand_id, constraints, self._currency(brand_id))
        looked_at = max(MAX_ORDERED if superlative else 0, page.end)

        def query(tx: Transaction) -> tuple[int, list[Product], int]:
            revision = rows.revision(tx, brand_id)
            if not revision:
                return revision, [], 0
            found = product_search.listed(tx, within, order=superlative, limit=looked_at)
            if len(found) < looked_at:
                return revision, found, len(found)
            return revision, found, product_search.count_fulfilling(tx, within)

        revision, found, total = await self._database.read(query)
        self._vocabularies.check(brand_id, revision)
        if superlative:
            found = in_order(found, lambda product: product, superlative)
        return self._result(brand_id, understood, [(product, 1.0) for product in found], total, page)

    def _result(
        self, brand_id: BrandId, understood: Understood, judged: Sequence[Judged], total: int, page: _Page
    ) -> SearchResult:
        currency = self._currency(brand_id)
        hits = []
        for place, (product, score) in enumerate(judged[page.offset : page.end]):
            product.currency = product.currency or currency
            reasons = matched_reasons(understood, product, currency) if place < page.explained else ()
            hits.append(Hit(product, round(score, 4), reasons))
        return SearchResult(tuple(hits), total, understood, judged[0][1] if judged else 0.0)

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

    They do who name one of its categories or makers, and whose words one product holds, all of them: by accident that
    happens with one word, unless nothing else is typed.
    """
    said = coverage.held(best).said
    return bool(coverage.implied) or (said == 1 and (coverage.typed or coverage.words > 1))


def _only_denies(understood: Understood) -> bool:
    """Whether there is nothing but words that a product must not hold: "I hate Mondays" asks for no products."""
    rest = understood.constraints.model_copy(update={"excluded_terms": ()})
    return rest.is_empty and understood.superlative is None


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
