"""What a question may be answered from: products, and the brand's own passages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from brand_service import BrandService
from conversation_service import Window
from knowledge_service import KnowledgeService
from models import Brand, Hit, Passage, Product
from needs import Constraints, Intent, Understood
from question_service import (
    LEAST_BESIDE_NEED,
    LEAST_CONFIDENCE,
    NEEDS,
    QuestionService,
    asked_before,
    likeliest,
    said_last,
)
from search_service import SearchService, merge
from understanding.accessories import anchor_of, is_of_kind, kind_for, mention, needs_for
from understanding.comparing import best_called
from understanding.context import BY_PRICE, is_step_below
from understanding.coverage import Coverage, product_stems
from understanding.orders import figure_asked, figure_of, surpasses
from understanding.parts import is_plural, items_of
from understanding.references import read_comparative
from understanding.subjects import (
    asks,
    asks_for_another,
    asks_for_goods,
    asks_how,
    asks_on,
    asks_to_return,
    joins,
    names_of_service,
)
from understanding.words import VAGUE, content_words, has_digit, occurs, stems, words

# A language model chooses among this many hits; the embedded model shows the first three, and why they match.
HITS = 8
EXPLAINED = 3
NEAR_MISSES = 3

# From here on they are what was asked for, where no product convinces.
LEAST_INSTEAD = 0.9

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


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found for the last message of a conversation.

    Attributes:
        understood: how it is meant.
        hits: products that answer it, best first.
        near_misses: products that miss a constraint narrowly, when there are no hits.
        passages: the brand's own sentences that bear on it, best first.
        unheld: words that none of the hits has, and other products have as a feature.
    """

    understood: Understood
    hits: tuple[Hit, ...]
    near_misses: tuple[Hit, ...]
    passages: tuple[Passage, ...]
    unheld: tuple[str, ...]


class EvidenceService:
    """Finds what a question may be answered from, in one brand's data alone.

    Args:
        brands: the brands and their words.
        search: where products are found.
        knowledge: where passages are found.
    """

    def __init__(self, brands: BrandService, search: SearchService, knowledge: KnowledgeService) -> None:
        self._brands = brands
        self._search = search
        self._knowledge = knowledge
        self._questions = QuestionService(search, knowledge)

    async def gather(self, brand: Brand, window: Window) -> Gathered:
        """The evidence for the message that stands last in the window."""
        question = said_last(window)
        understood, topic = await self._questions.read(brand, window)
        hits, near_misses = await self._found(brand, understood, window)
        by_figure = figure_asked(question.lower())
        if by_figure and (ordered := await self._by_figure(brand, understood, by_figure)):
            understood = understood.model_copy(update={"figure": by_figure[0], "most": by_figure[1]})
            hits, near_misses = ordered, ()
        elif understood.intent in NEEDS and likeliest(hits) < UNCONVINCING:
            meant = await self._questions.meant(brand, understood, window, likeliest(hits))
            if meant is not understood:
                topic = asked_before(window) if meant.intent is Intent.COMPANY and joins(question.lower()) else ""
                understood = meant
                hits, near_misses = await self._found(brand, understood, window)
        passages = await self._passages(brand, understood, window, topic)
        if understood.intent is Intent.COMPANY and not passages:  # "do you have gift cards?"
            as_need = understood.model_copy(update={"intent": Intent.PRODUCT})
            sold, _ = await self._products(brand, as_need, window)
            if as_need.terms and likeliest(sold) >= UNCONVINCING:
                understood, hits = as_need, sold
        elif understood.intent in NEEDS and not (hits or near_misses or passages):
            understood = await self._questions.unfound(brand, understood, window)
        if told := await self._told_by_brand(brand, understood, window):
            understood, passages = understood.model_copy(update={"intent": Intent.COMPANY}), told
        if not (hits or near_misses or passages) and (language := await self._questions.language_before(brand, window)):
            understood = understood.model_copy(update={"language": language})
        if understood.intent in NEEDS and passages and _asks_of_brand(question, hits, passages[0]):
            hits, near_misses = (), ()  # "can I rent a tile saw?" asks for none to buy
        passages += await self._cautions(brand, understood, hits or near_misses, passages)
        return Gathered(understood, hits, near_misses, passages, await self._unheld(brand, understood, hits))

    async def _cautions(
        self, brand: Brand, understood: Understood, offered: Sequence[Hit], known: Sequence[Passage]
    ) -> tuple[Passage, ...]:
        """What else the brand says of that which shall not be in what is offered: "our kitchen handles nuts"."""
        unwanted = understood.constraints.excluded_terms
        if understood.intent not in NEEDS or not offered or not unwanted:
            return ()
        found = await self._knowledge.passages_for(brand.id, " ".join(unwanted))
        told = {one.id for one in known}
        return tuple(
            one for one in found if one.id not in told and any(_holds_all(one, words(term)) for term in unwanted)
        )

    async def _told_by_brand(self, brand: Brand, understood: Understood, window: Window) -> tuple[Passage, ...]:
        """What the brand itself says of a question about a suggestion, whose own data says nothing of it."""
        suggested = window.last_suggestions
        question = said_last(window)
        terms = understood.terms
        if not terms and question.lower().startswith(("when ", "where ")):  # "when can I pick it up?"
            terms = tuple(content_words(question.lower()))
        if understood.intent is not Intent.DETAIL or not terms or not suggested:
            return ()
        held = frozenset().union(*map(product_stems, suggested))
        if not asks_how(question.lower()) and any(occurs(term, held) for term in terms):
            return ()
        found = await self._knowledge.passages_for(brand.id, question)
        if not found and asks_how(question.lower()):
            found = await self._knowledge.passages_for(brand.id, f"{question} {suggested[0].name}")
        first, *_ = terms  # "resized" in "can it be resized later", whatever else is said
        return tuple(one for one in found if one.score >= LEAST_BESIDE_NEED and _holds_all(one, [first]))

    async def _by_figure(self, brand: Brand, understood: Understood, asked: tuple[str, bool]) -> tuple[Hit, ...]:
        """A kind of products in the order of a figure, for "which dog food has the most protein?"."""
        kind = understood.constraints
        if understood.intent is not Intent.PRODUCT or not kind.categories:
            return ()
        listed = Understood(intent=Intent.PRODUCT, constraints=kind)
        found = await self._search.find(brand.id, listed, limit=MOST_ORDERED, explained=0)
        name, most = asked
        figures = [(hit, figure) for hit in found.hits if (figure := figure_of(hit.product, name))]
        if found.total > MOST_ORDERED or len({figure.dimension for _, figure in figures}) != 1:
            return ()
        figures.sort(key=lambda one: one[1].value, reverse=most)
        return tuple(replace(hit, matched=(f"{name}: {figure.text}",)) for hit, figure in figures[:HITS])

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
            if need.intent is not Intent.PRODUCT or (need.constraints.categories and is_plural(item)):
                return ()  # of "laptops and tablets" there are several each
            hits = (await self._search.find(brand.id, need, limit=1, explained=1)).hits
            held = most_held(need, hits)
            if likeliest(hits) < (LEAST_CONFIDENCE if held == 1 else UNCONVINCING) or held < _HALF:
                return ()
            found.setdefault(hits[0].product.id, hits[0])
        return tuple(found.values()) if len(found) == len(listed) else ()

    async def _unheld(self, brand: Brand, understood: Understood, hits: Sequence[Hit]) -> tuple[str, ...]:
        """The words of a need that none of the hits has, and others of the shop's products have as a feature."""
        if understood.intent not in NEEDS or not hits or likeliest(hits) >= SURE:
            return ()
        held = frozenset().union(*(product_stems(hit.product) for hit in hits))
        telling = (term for term in understood.terms if not has_digit(term) and term not in VAGUE)
        missing = [term for term in telling if not occurs(term, held)]
        listed = await self._search.listed(brand.id, missing)
        return tuple(term for term in missing if term in listed)

    async def _passages(self, brand: Brand, understood: Understood, window: Window, topic: str) -> tuple[Passage, ...]:
        """What the brand says of the question, together with the earlier one that it goes on from."""
        question = said_last(window)
        found = await self._knowledge.passages_for(brand.id, f"{topic} {question}".strip())
        if understood.intent in NEEDS:
            asked = understood.constraints
            if (asked.price_max is not None or asked.attributes) and not asks(question.lower()):
                return ()  # "wine under 10 euros" asks for nothing that is said of wine
            sold = understood.terms if asks_for_goods(question.lower()) else ()
            return tuple(one for one in found if one.score >= LEAST_BESIDE_NEED and _holds_all(one, sold))
        if not found and understood.intent is Intent.COMPANY and window.answered_from:  # "and after two months?"
            found = await self._knowledge.passages_for(brand.id, f"{asked_before(window)} {question}")
        if names := names_of_service(question.lower()):
            found = tuple(one for one in found if any(_holds_all(one, [name]) for name in names))
        if topic and asks_on(question.lower()):  # "how much?": what answered that comes first
            return tuple(sorted(found, key=lambda one: one.id not in window.answered_from))
        return found

    async def _found(
        self, brand: Brand, understood: Understood, window: Window
    ) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
        """The hits, or when there are none the near misses."""
        hits, near_misses = await self._products(brand, understood, window)
        instead = await self._beyond(brand, understood, window, hits)
        kinds_alone = len(understood.constraints.categories) > 1 and Coverage(understood).by_constraints == 1
        several = kinds_alone or most_held(understood, hits) < 1
        if not instead and several and understood.intent in NEEDS:
            instead = await self._items(brand, said_last(window), understood.constraints)
        return (instead, ()) if instead else (hits, near_misses)

    async def _products(
        self, brand: Brand, understood: Understood, window: Window
    ) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
        """The same for one need, whatever was suggested."""
        if understood.intent not in NEEDS:
            return await self._beside_suggestions(brand, understood, window), ()
        more = len(window.last_suggestions) if asks_for_another(said_last(window).lower()) else 0
        result = await self._search.find(brand.id, understood, limit=HITS + more, explained=EXPLAINED + more)
        hits = _worth_offering(result.hits, understood)[: HITS + more]
        if most_held(understood, hits) == 1:
            return called_first(hits, said_last(window)), ()
        if called := await self._called_in_full(brand, understood, said_last(window)):
            return (called,), ()
        dearest = understood.constraints.price_max
        stepwise = dearest is not None and any(is_step_below(dearest, one) for one in window.last_suggestions)
        if stepwise and hits:
            return hits, ()
        misses = await self._near_misses(brand, understood)
        if stepwise:  # "cheaper": what was suggested is no answer
            misses = tuple(hit for hit in misses if hit.product not in window.last_suggestions)
        closer = most_held(understood, misses) > most_held(understood, hits)
        if hits and not (closer and hits[0].score < UNCONVINCING):
            return hits, ()
        return (), _worth_offering(misses, understood)

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
        called = (hit for hit in result.hits if len(words(hit.product.name)) > 1 and stems(hit.product.name) <= said)
        return next((replace(hit, score=1.0) for hit in called), None)

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


def _holds_all(passage: Passage, terms: Sequence[str]) -> bool:
    """Whether a passage holds all words of what somebody wants to have: not one on "looking after your clothes"."""
    held = stems(f"{passage.title} {passage.text}")
    return all(occurs(term, held) for term in terms)


def _asks_of_brand(question: str, hits: Sequence[Hit], passage: Passage) -> bool:
    """Whether a question is for what the brand says, not for products, however probable these are."""
    text = question.lower()
    if asks_how(text):
        return passage.score >= SURE
    title = stems(passage.title)
    if len(title) > 1 and title <= stems(question) and likeliest(hits) < UNCONVINCING:
        return True  # "custom wedding cake", of a passage on custom cakes
    unconvinced = likeliest(hits) < UNCONVINCING and not text.startswith(("which ", "what "))
    return unconvinced and bool(asks(text) or asks_to_return(text)) and passage.score >= LEAST_INSTEAD


def called_first(hits: Sequence[Hit], question: str) -> tuple[Hit, ...]:
    """The hits, that first whose whole name the question holds: "Slate 14" is not "Slate 14 Plus"."""
    said = stems(question)
    return tuple(
        sorted(hits, key=lambda hit: not (len(words(hit.product.name)) > 1 and stems(hit.product.name) <= said))
    )


def most_held(understood: Understood, hits: Sequence[Hit]) -> float:
    """The largest share, 0..1, of the words that were asked for which one of these holds."""
    coverage = Coverage(understood)
    return max((coverage.of(hit.product)[0] for hit in hits), default=0.0)


def _worth_offering(hits: Sequence[Hit], understood: Understood) -> tuple[Hit, ...]:
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
