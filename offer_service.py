"""Which products answer a question: those that it asks for, what goes with a suggestion, what comes instead."""

from collections.abc import Sequence
from dataclasses import replace

from brand_service import BrandService
from conversation_service import Window
from models import Brand, Hit, Product
from needs import NEEDS, Constraints, Intent, Understood
from question_service import LEAST_CONFIDENCE, likeliest, said_last
from search_service import SearchService, merge
from suitability import NEAR_MISSES, Offer, holds_more, suiting_them
from understanding.accessories import anchor_of, is_of_kind, kind_for, mention, needs_for
from understanding.comparing import best_called
from understanding.compatibility import fitting as fitting_model
from understanding.context import BY_PRICE, is_step_below
from understanding.coverage import Coverage, product_stems
from understanding.measures import unit_named
from understanding.orders import figure_and_kind, figure_of, surpasses
from understanding.parts import is_plural, items_of
from understanding.references import read_comparative
from understanding.requirements import fulfils
from understanding.subjects import asks_for_another
from understanding.suiting import FOR_CHILDREN, Suit, fit_of, is_for_children, of_child, suits
from understanding.words import VAGUE, has_digit, occurs, stems, unique, words

# A language model chooses among this many hits; the embedded model shows the first three, and why they match.
HITS = 8
EXPLAINED = 3

# Of a listed thing ("a jar of jam") the product must hold so much.
_HALF = 0.5

# A hit that is so probable is what was asked for, whatever word it lacks.
SURE = 0.9

# A hit that is so far behind the best one is not offered, unless the question names what the shop sells.
LEAST_OF_BEST = 0.4

# Hits below this are shown as a guess; what fulfils the words, and misses a limit narrowly, is shown instead.
UNCONVINCING = 0.3

# Beside a hit that holds every word one that holds none must be so probable: of "wines from France" the French ones.
LEAST_WITHOUT = 0.6

# Of so many finds those that speak of a product are offered as what goes with it.
ACCESSORIES_SEARCHED = 20

# By a figure so many products of a kind are put in order; of more than these the first may not be seen.
MOST_ORDERED = 200

# So many are looked at for those that are for so many people, or for an age.
MOST_SUITED = 60


# A need in so many words is described, rather than named.
_DESCRIBED = 3


class OfferService:
    """Finds the products of one brand that answer a question.

    Args:
        brands: the brands and their currencies.
        search: where products are found.
    """

    def __init__(self, brands: BrandService, search: SearchService) -> None:
        self._brands = brands
        self._search = search

    async def offered(self, brand: Brand, understood: Understood, window: Window) -> Offer:
        """What answers a question in its conversation."""
        offer = await self.products(brand, understood, window)
        instead = await self._beyond(brand, understood, window, offer.hits)
        kinds_alone = len(understood.constraints.categories) > 1 and Coverage(understood).by_constraints == 1
        several = kinds_alone or most_held(understood, offer.hits) < 1
        if not instead and several and understood.intent in NEEDS:
            instead = await self._items(brand, said_last(window), understood.constraints)
        return Offer(instead) if instead else _without_shown(offer, understood, window)

    async def by_figure(
        self, brand: Brand, understood: Understood, asked: tuple[str, bool], window: Window
    ) -> tuple[str, tuple[Hit, ...]]:
        """A figure, and a kind of products in its order, for "which dog food has the most protein?".

        Where no kind is named it is that of the suggestions: "higher SPF?".
        """
        if understood.intent is not Intent.PRODUCT or understood.superlative:
            return "", ()
        name, most = asked
        for figure_name, of_kind in figure_and_kind(name):
            kind = await self._kind_of(brand, understood.constraints, of_kind, window)
            if not kind.categories:
                continue
            listed = Understood(intent=Intent.PRODUCT, constraints=kind)
            found = await self._search.find(brand.id, listed, limit=MOST_ORDERED, explained=0)
            figures = [(hit, figure) for hit in found.hits if (figure := figure_of(hit.product, figure_name))]
            if found.total <= MOST_ORDERED and len({figure.dimension for _, figure in figures}) == 1:
                figures.sort(key=lambda one: one[1].value, reverse=most)
                told = [(hit, f"{figure_name}: {one.text}") for hit, one in figures[:HITS]]
                return figure_name, tuple(replace(hit, matched=(said,)) for hit, said in told)
        return "", ()

    async def _kind_of(self, brand: Brand, asked: Constraints, called: str, window: Window) -> Constraints:
        """The constraints with the category of what is put in order: named, called so, or the suggestions'."""
        if asked.categories:
            return asked
        if called:
            need = Understood(intent=Intent.PRODUCT, terms=tuple(called.split()))
            hits = (await self._search.find(brand.id, need, limit=1, explained=0)).hits
            of_kind = [hits[0].product] if likeliest(hits) >= LEAST_CONFIDENCE else []
        else:
            of_kind = list(window.last_suggestions[:1])
        categories = tuple(product.category for product in of_kind if product.category)
        return asked.model_copy(update={"categories": categories})

    async def suiting(self, brand: Brand, understood: Understood, suit: Suit) -> Offer | None:
        """Of what answers a need the products for so many people, or for that age; None where none says for whom."""
        if understood.intent not in NEEDS:
            return None
        result = await self._search.find(brand.id, understood, limit=MOST_SUITED, explained=EXPLAINED)
        said = {hit.product.id: fit for hit in result.hits if (fit := fit_of(hit.product, suit.kind))}
        if not said:
            is_special = of_child(suit) and not is_for_children(stems(f"{brand.name} {brand.description}"))
            return await self._for_children(brand, understood) if is_special else None
        told = [
            replace(hit, matched=(said[hit.product.id].said, *hit.matched))
            for hit in result.hits
            if hit.product.id in said
        ]
        enough = LEAST_OF_BEST * result.hits[0].score  # of "magnetic tiles for a 2 year old" a bike is none
        fitting = [hit for hit in told if suits(said[hit.product.id], suit) and hit.score >= enough]
        fitting.sort(key=lambda hit: understood.superlative is None and said[hit.product.id].high - suit.number)
        likely = tuple(hit for hit in result.hits if hit.product.id not in said and hit.score >= enough)
        kinds = {hit.product.category for hit in fitting}
        unsaid = [hit for hit in result.hits if hit.product.id not in said and hit.product.category in kinds]
        if not fitting and likely and (understood.constraints.categories or likely[0].score >= UNCONVINCING):
            return Offer(likely[:HITS])  # what says nothing of it, beside what is for others
        return Offer((*fitting, *unsaid)[:HITS]) if fitting else Offer((), tuple(told[:NEAR_MISSES]))

    async def perhaps(self, brand: Brand, understood: Understood) -> Offer:
        """What might be meant by a need that is described, and that nothing else answers: "keep the sun off us".

        Who names a thing is not offered another in its stead.
        """
        is_described = not understood.keywords and len(understood.terms) >= _DESCRIBED
        if understood.intent is not Intent.PRODUCT or not is_described or not understood.constraints.is_empty:
            return Offer()
        found = await self._search.find(brand.id, understood, limit=HITS, explained=EXPLAINED, for_certain=True)
        return Offer(found.hits)

    async def presents(self, brand: Brand, suit: Suit, unwanted: tuple[str, ...]) -> tuple[Understood, Offer]:
        """Of all that is in stock what is for that age, or for so many: for "a present for my nephew, he's 7"."""
        limits = Constraints(available_only=True, excluded_terms=unwanted)
        need = Understood(intent=Intent.PRODUCT, constraints=limits)
        found = await self.suiting(brand, need, suit) or Offer()
        told = tuple(hit for hit in found.hits if fit_of(hit.product, suit.kind))
        return need, Offer(told or found.hits)

    async def _for_children(self, brand: Brand, understood: Understood) -> Offer | None:
        """Of what answers a need what is for children, as far as the shop says so; None where it does not."""
        need = understood.model_copy(update={"terms": unique((*understood.terms, FOR_CHILDREN))})
        result = await self._search.find(brand.id, need, limit=MOST_SUITED, explained=EXPLAINED)
        found = tuple(hit for hit in result.hits if is_for_children(product_stems(hit.product)))
        return Offer(found[:HITS]) if likeliest(found) >= LEAST_CONFIDENCE else None

    async def unheld(self, brand: Brand, understood: Understood, hits: Sequence[Hit]) -> tuple[str, ...]:
        """The words of a need that none of the hits has, and others of the shop's products have as a feature."""
        if understood.intent not in NEEDS or not hits or likeliest(hits) >= SURE:
            return ()
        held = frozenset().union(*(product_stems(hit.product) for hit in hits))
        telling = (term for term in understood.terms if not has_digit(term) and term not in VAGUE)
        missing = [term for term in telling if not occurs(term, held)]
        listed = await self._search.listed(brand.id, missing)
        return tuple(term for term in missing if term in listed)

    async def _items(self, brand: Brand, question: str, of_all: Constraints) -> tuple[Hit, ...]:
        """The best product for each thing that a message lists, where each finds one of its own; else none.

        Prices and what is unwanted count for each of them.
        """
        limits = of_all.model_copy(update={"categories": (), "makers": (), "attributes": {}})
        found: dict[str, Hit] = {}
        listed = items_of(question)
        for item in listed:
            alone = await self._search.understand(brand.id, item)
            need = alone.model_copy(update={"constraints": merge(alone.constraints, limits)})
            kind_alone = bool(need.constraints.categories) and Coverage(need).by_constraints == 1
            if need.intent is not Intent.PRODUCT or (kind_alone and is_plural(item)):
                return ()  # of "laptops and tablets" there are several each
            hits = called_first((await self._search.find(brand.id, need, limit=HITS, explained=1)).hits, item)
            held = most_held(need, hits)
            if likeliest(hits) < (LEAST_CONFIDENCE if held == 1 else UNCONVINCING) or held < _HALF:
                return ()
            found.setdefault(hits[0].product.id, hits[0])
        return tuple(found.values()) if len(found) == len(listed) else ()

    async def products(self, brand: Brand, understood: Understood, window: Window) -> Offer:
        """What answers one need, whatever was suggested before."""
        if understood.intent not in NEEDS:
            return Offer(await self._beside_suggestions(brand, understood, window))
        more = len(window.last_suggestions) if asks_for_another(said_last(window).lower()) else 0
        result = await self._search.find(brand.id, understood, limit=HITS + more, explained=EXPLAINED + more)
        if result.total > len(result.hits) and all(
            map(Coverage(understood).denied, (one.product for one in result.hits))
        ):
            result = await self._search.find(brand.id, understood, limit=MOST_SUITED, explained=EXPLAINED)
        fitting, named = _by_denial(_of_model(result.hits, said_last(window)), understood, window)
        hits = _worth_offering(fitting, understood)[: HITS + more]
        if most_held(understood, hits) == 1 or named:
            return Offer((), named) if named else Offer(called_first(hits, said_last(window)))
        if called := await self._called_in_full(brand, understood, said_last(window)):
            return await self._of_called(brand, understood, said_last(window), called)
        dearest = understood.constraints.price_max
        stepwise = dearest is not None and any(is_step_below(dearest, one) for one in window.last_suggestions)
        if stepwise and hits:
            return Offer(hits)
        misses = await self._near_misses(brand, understood)
        if stepwise:  # "cheaper": what was suggested is no answer
            misses = tuple(hit for hit in misses if hit.product not in window.last_suggestions)
        # "And with belt drive?" is better answered by what has it, "in red?" by what is red; "in stock?" by what is.
        names_something = not understood.constraints.available_only and any(
            term in understood.terms for term in words(said_last(window).lower())
        )
        closer = names_something and most_held(understood, misses) > most_held(understood, hits)
        if hits and not (closer and hits[0].score < UNCONVINCING):
            return Offer(hits)
        return Offer((), _worth_offering(misses, understood))

    async def _beyond(
        self, brand: Brand, understood: Understood, window: Window, hits: Sequence[Hit]
    ) -> tuple[Hit, ...]:
        """What is wanted in the stead of the suggestions, of their kind: "something lighter", "what else is there?"."""
        text, shown = said_last(window).lower(), window.last_suggestions
        order, _ = read_comparative(text)
        if order is None and not (understood.intent in NEEDS and asks_for_another(text)):
            return ()
        if order in BY_PRICE or (order and understood.intent is not Intent.REFINE):
            return ()

        def wanted(hit: Hit) -> bool:
            is_new = all(hit.product.id != one.id for one in shown)
            return is_new and (surpasses(hit.product, shown, order) if order else hit.score >= UNCONVINCING)

        kept = tuple(filter(wanted, hits))
        if not shown or not shown[0].category or any(hit.product.category == shown[0].category for hit in kept):
            return kept[:HITS]
        of_kind = understood.constraints.model_copy(update={"categories": (shown[0].category,)})
        need = Understood(intent=Intent.PRODUCT, constraints=of_kind, superlative=order)
        result = await self._search.find(brand.id, need, limit=HITS + len(shown), explained=EXPLAINED + len(shown))
        return tuple(filter(wanted, result.hits))[:HITS] or kept[:HITS]

    async def _beside_suggestions(self, brand: Brand, understood: Understood, window: Window) -> tuple[Hit, ...]:
        """What a question about the last suggestions needs beside them."""
        match understood.intent:
            case Intent.ACCESSORY:
                return await self._accessories(brand, understood, window)
            case Intent.COMPARE:
                return await self._called(brand, understood, window.last_suggestions)
            case Intent.TOTAL:  # "the bag and the lights together": of two replies
                return tuple(Hit(product, 1.0) for product in window.suggested_before)
            case _:
                return ()

    async def _near_misses(self, brand: Brand, understood: Understood) -> tuple[Hit, ...]:
        """What misses a wish narrowly; where its limit is in another currency, whatever else fits: no rate is known."""
        asked = understood.constraints
        if asked.currency in (None, self._brands.config(brand.id).settings.currency):
            return await self._search.near_misses(brand.id, understood, limit=NEAR_MISSES)
        priceless = asked.model_copy(update={"price_min": None, "price_max": None, "currency": None})
        wanted = understood.model_copy(update={"constraints": priceless})
        return (await self._search.find(brand.id, wanted, limit=NEAR_MISSES, explained=NEAR_MISSES)).hits

    async def _accessories(self, brand: Brand, understood: Understood, window: Window) -> tuple[Hit, ...]:
        """What goes with the suggestion that is meant: first what speaks of it, then what is of the kind asked for."""
        anchor = anchor_of(understood, window.last_suggestions, window.suggested_before)
        if anchor is None:
            return ()
        found: dict[str, Hit] = {}
        kind = kind_for(anchor, understood)
        categories = tuple(name for name in understood.constraints.categories if name != anchor.category)
        for need in needs_for(anchor, understood):
            result = await self._search.find(brand.id, need, limit=ACCESSORIES_SEARCHED, explained=0)
            for hit in result.hits:
                wanted = (
                    is_of_kind(hit.product, kind, categories) if kind or categories else mention(hit.product, anchor)
                )
                if hit.product.id != anchor.id and wanted:
                    found.setdefault(hit.product.id, hit)

        def strength(hit: Hit) -> int:
            said = mention(hit.product, anchor)
            return said.strength if said else 0

        speaking = [hit for hit in found.values() if strength(hit)]
        return tuple(sorted(speaking or found.values(), key=strength, reverse=True))[:HITS]

    async def _called_in_full(self, brand: Brand, understood: Understood, question: str) -> Hit | None:
        """The product whose whole name the question holds, whatever else was read into its words."""
        said = stems(question)
        need = understood.model_copy(update={"constraints": Constraints(), "superlative": None})
        result = await self._search.find(brand.id, need, limit=NEAR_MISSES, explained=NEAR_MISSES)
        return next((replace(hit, score=1.0) for hit in result.hits if _is_named(hit.product, said)), None)

    async def _of_called(self, brand: Brand, understood: Understood, question: str, called: Hit) -> Offer:
        """A product that is named in full, or what is wanted for it; as a near miss where it is not as it is wanted.

        "The Tarn gloves in L": L is sold out.
        """
        asked = understood.constraints.model_copy(update={"categories": (), "makers": ()})
        if not fulfils(called.product, asked, self._brands.config(brand.id).settings.currency):
            return Offer((), (called,))
        return Offer(await self._for_called(brand, question, called) or (called,))

    async def _for_called(self, brand: Brand, question: str, called: Hit) -> tuple[Hit, ...]:
        """What a question wants for a product that it names: "sleeves for Duel of Thorns"; none where it does not."""
        head, joint, named = question.partition(" for ")
        if not joint or not stems(called.product.name) <= stems(named):
            return ()
        need = await self._search.understand(brand.id, head)
        if need.intent is not Intent.PRODUCT or not need.terms:
            return ()
        found = await self._search.find(brand.id, need, limit=HITS, explained=EXPLAINED)
        return _worth_offering(found.hits, need) if likeliest(found.hits) >= UNCONVINCING else ()

    async def _called(self, brand: Brand, understood: Understood, suggested: Sequence[Product]) -> tuple[Hit, ...]:
        """The products that a comparison names and that were not suggested before."""
        hits = []
        for name in filter(None, understood.compared):
            if best_called(name, suggested):
                continue
            need = await self._search.understand(brand.id, name, searching=True)
            result = await self._search.find(brand.id, need, limit=HITS, explained=0)
            if product := best_called(name, [hit.product for hit in result.hits]):
                hits.append(next(hit for hit in result.hits if hit.product is product))
        return tuple(hits)


def _without_shown(offer: Offer, understood: Understood, window: Window) -> Offer:
    """Where others are asked for, those that were not shown; all again where there are no others of the kind."""
    if understood.intent not in NEEDS or not asks_for_another(said_last(window).lower()):
        return offer
    shown = {one.id for one in window.last_suggestions}
    new = tuple(hit for hit in offer.hits if hit.product.id not in shown)
    if new or understood.constraints.attributes:  # "something else in pink": what is pink was shown
        return Offer(new, offer.near_misses)
    return offer


def called_first(hits: Sequence[Hit], question: str) -> tuple[Hit, ...]:
    """The hits, that first whose whole name the question holds: "Slate 14" is not "Slate 14 Plus"."""
    said = stems(question)
    return tuple(sorted(hits, key=lambda hit: not _is_named(hit.product, said)))


def _of_model(hits: Sequence[Hit], question: str) -> tuple[Hit, ...]:
    """The hits without those that fit other models alone than the one that a question names."""
    kept = {product.id for product in fitting_model([hit.product for hit in hits], question)}
    return tuple(hit for hit in hits if hit.product.id in kept)


def _is_named(product: Product, said: frozenset[str]) -> bool:
    """Whether these stems hold a product's whole name, of more than one word."""
    named = " ".join(word for word in words(product.name) if not (has_digit(word) or unit_named(word)))
    named = named if len(named.split()) > 1 else product.name  # "hazelnut syrup", of "Hazelnut Syrup 0.5 l"
    return len(words(named)) > 1 and stems(named) <= said


def most_held(understood: Understood, hits: Sequence[Hit]) -> float:
    """The largest share, 0..1, of the words that were asked for which one of these holds."""
    coverage = Coverage(understood)
    return max((coverage.of(hit.product)[0] for hit in hits), default=0.0)


def _by_denial(hits: Sequence[Hit], understood: Understood, window: Window) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
    """The hits without those that say that they are not what is asked for: "pans for induction", "not for induction".

    And one that says so where it alone is called by what is asked for: the mascara that is not waterproof, where the
    only other thing that says "waterproof mascara" removes it.
    """
    coverage = Coverage(understood)
    fitting = tuple(hit for hit in suiting_them(hits, window) if not coverage.denied(hit.product))
    denying = sorted((hit for hit in hits if hit not in fitting), key=lambda hit: -coverage.of(hit.product)[1])[:1]
    # What somebody's condition rules out may say more of what they asked for: "no retinol when pregnant".
    is_apart = any(holds_more(hit, fitting, coverage, in_name=not coverage.denied(hit.product)) for hit in denying)
    return fitting, tuple(denying) if is_apart else ()


def _worth_offering(hits: Sequence[Hit], understood: Understood) -> tuple[Hit, ...]:
    """Those of these hits that are probable enough, beside the best of them and the words that they hold."""
    least = LEAST_OF_BEST * hits[0].score if hits else 0.0
    coverage = Coverage(understood)
    # A maker's name alone may stand there by accident: the Kelvin Forge laptop, where Forge makes boots.
    of_kind = understood.constraints.categories or most_held(understood, hits) > coverage.by_constraints
    if not (coverage.implied and (of_kind or not hits)):
        least = max(LEAST_CONFIDENCE, least)
    # One word may stand there by accident; not where it stands in what convinces, as "vegan" in "vegan products".
    several = coverage.words > 1 or (bool(hits) and hits[0].score >= max(least, UNCONVINCING))
    best_held = most_held(understood, hits[:1])
    if best_held > coverage.by_constraints:  # beside it what holds none of the words is a guess
        enough = LEAST_WITHOUT if best_held == 1 else UNCONVINCING
        hits = [hit for hit in hits if hit.score >= enough or coverage.of(hit.product)[0] > coverage.by_constraints]
    return tuple(hit for hit in hits if hit.score >= least or (several and coverage.of(hit.product)[0] == 1))
