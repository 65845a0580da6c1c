"""What a question may be answered from: how it is meant in its conversation, products, and the brand's own passages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from brand_service import BrandService
from conversation_service import Window
from knowledge_service import KnowledgeService
from models import Brand, Hit, Passage, Product, Role
from needs import Constraints, Intent, Understood
from search_service import SearchService
from understanding.accessories import anchor_of, is_of_kind, kind_for, mention, needs_for
from understanding.attributes import spec_name
from understanding.comparing import best_called
from understanding.constraints import category_stems
from understanding.context import in_context, is_step_below, needs_context
from understanding.coverage import Coverage, product_stems
from understanding.languages import ENGLISH, LANGUAGES, language_of
from understanding.orders import figure_asked, figure_of
from understanding.parts import parts_of
from understanding.subjects import (
    asks,
    asks_for_another,
    asks_for_goods,
    asks_of_me,
    asks_to_return,
    asks_which,
    joins,
    joins_closely,
    noun_asked_of,
)
from understanding.words import VAGUE, has_digit, occurs, stems, words

# A language model chooses among this many hits; the embedded model shows the first three, and why they match.
HITS = 8
EXPLAINED = 3
NEAR_MISSES = 3

# Somebody who describes a need may hold a word of a passage by accident ("baby clothes", "Looking after your clothes").
LEAST_BESIDE_NEED = 0.75
# From here on they are what was asked for, where no product convinces.
LEAST_INSTEAD = 0.9

# A hit that is so probable is what was asked for, whatever word it lacks.
SURE = 0.9

# A hit that is less probable is not offered, unless the question names what the shop sells; nor is one far behind the
# best. Measured on the sample shops: what they do not sell stays below .1, with single exceptions up to .32 ("a washing
# machine", where clothes are "machine washable"); other words for what they do sell begin at .25 ("earphones").
LEAST_CONFIDENCE = 0.25
LEAST_OF_BEST = 0.4

# Hits below this are shown as a guess; what fulfils the words, and misses a limit narrowly, is shown instead.
UNCONVINCING = 0.3

# Beside a hit that holds every word one that holds none must be so probable: of "wines from France" the French ones.
LEAST_WITHOUT = 0.6

# A change of mind ("under $1,000?") is read together with so many of the customer's messages before it.
EARLIER_MESSAGES = 40

# Of so many finds those that speak of a product are offered as what goes with it.
ACCESSORIES_SEARCHED = 20

# A message of so few words may be in the language of the one before, though none of them tells.
_SHORT_WORDS = 6

# By a figure so many products of a kind are put in order; of more than these the first may not be seen.
MOST_ORDERED = 200

# Of so many words at most a question is that only names a figure.
_FRAGMENT = 3

NEEDS = frozenset({Intent.PRODUCT, Intent.REFINE})


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

    async def gather(self, brand: Brand, window: Window) -> Gathered:
        """The evidence for the message that stands last in the window."""
        question = window.messages[-1].content
        understood, goes_on = await self._read(brand, window)
        hits, near_misses = await self._products(brand, understood, window)
        by_figure = figure_asked(question.lower())
        if by_figure and (ordered := await self._by_figure(brand, understood, by_figure)):
            understood = understood.model_copy(update={"figure": by_figure[0], "most": by_figure[1]})
            hits, near_misses = ordered, ()
        elif understood.intent in NEEDS and _best(hits) < UNCONVINCING:
            meant = await self._meant(brand, understood, window, _best(hits))
            if meant is not understood:
                goes_on = meant.intent is Intent.COMPANY and joins(question.lower()) is not None
                understood = meant
                hits, near_misses = await self._products(brand, understood, window)
        passages = await self._passages(brand, understood, window, goes_on=goes_on)
        if understood.intent is Intent.COMPANY and not passages:  # "do you have gift cards?"
            as_need = understood.model_copy(update={"intent": Intent.PRODUCT})
            sold, _ = await self._products(brand, as_need, window)
            if as_need.terms and _best(sold) >= UNCONVINCING:
                understood, hits = as_need, sold
        elif understood.intent in NEEDS and not (hits or near_misses or passages):
            understood = await self._unfound(brand, understood, window)
        if not (hits or near_misses or passages) and (language := await self._language_before(brand, window)):
            understood = understood.model_copy(update={"language": language})
        unconvinced = understood.intent in NEEDS and _best(hits) < UNCONVINCING
        asked = asks(question.lower()) or asks_to_return(question.lower())
        if unconvinced and asked and passages and passages[0].score >= LEAST_INSTEAD:
            hits, near_misses = (), ()  # "can I rent a tile saw?" asks for none to buy
        return Gathered(understood, hits, near_misses, passages, await self._unheld(brand, understood, hits))

    async def _read(self, brand: Brand, window: Window) -> tuple[Understood, bool]:
        """The last message in its conversation, and whether it goes on asking of a policy."""
        question, suggested = window.messages[-1].content, window.last_suggestions
        said = await self._search.understand(brand.id, question, has_suggestions=bool(suggested))
        earlier = await self._earlier(brand, window) if needs_context(said) else []
        understood = in_context(said, earlier, suggested)
        if await self._goes_on_closely(brand, window):
            return understood.model_copy(update={"intent": Intent.COMPANY}), True
        if understood.intent in NEEDS and _asks_of_suggestion(question, suggested):
            return said.model_copy(update={"intent": Intent.DETAIL}), False
        if suggested and asks_which(question.lower()) and (need := await self._left_open(brand, window)):
            return need, False
        if by_figure := _figure_between(question, suggested):
            name, most = by_figure
            return said.model_copy(update={"intent": Intent.PICK, "figure": name, "most": most}), False
        return understood, False

    async def _left_open(self, brand: Brand, window: Window) -> Understood | None:
        """What was asked of a suggestion before, as a need of its kind: "is it cordless?", "which one is?"."""
        *before, _ = _said(window)
        asked = await self._search.understand(brand.id, before[-1], has_suggestions=True) if before else None
        if asked is None or asked.intent is not Intent.DETAIL or not asked.terms:
            return None
        category = window.last_suggestions[0].category
        of_kind = Constraints(categories=(category,) if category else ())
        return Understood(intent=Intent.PRODUCT, terms=asked.terms, constraints=of_kind)

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

    async def _unheld(self, brand: Brand, understood: Understood, hits: Sequence[Hit]) -> tuple[str, ...]:
        """The words of a need that none of the hits has, and others of the shop's products have as a feature."""
        if understood.intent not in NEEDS or not hits or _best(hits) >= SURE:
            return ()
        held = frozenset().union(*(product_stems(hit.product) for hit in hits))
        telling = (term for term in understood.terms if not has_digit(term) and term not in VAGUE)
        missing = [term for term in telling if not occurs(term, held)]
        listed = await self._search.listed(brand.id, missing)
        return tuple(term for term in missing if term in listed)

    async def _meant(self, brand: Brand, understood: Understood, window: Window, found: float) -> Understood:
        """A need as it is meant, where as a whole it finds nothing that convinces, but something of this probability.

        It may go on asking of what the brand was asked before ("do they take the boxes with them?", after assembly), or
        one part of it alone may say what is looked for.
        """
        *before, question = _said(window)
        if before and understood.constraints.is_empty and await self._goes_on(brand, before[-1], question, window):
            answered = await self._knowledge.passages_for(brand.id, before[-1], limit=1)
            if answered and answered[0].score >= LEAST_BESIDE_NEED and _may_answer(answered[0], understood, question):
                return understood.model_copy(update={"intent": Intent.COMPANY})
        best, most = understood, max(found, LEAST_CONFIDENCE)
        if freed := await self._elsewhere(brand, understood, most):
            return freed
        for part in parts_of(question):
            said = stems(part)
            terms = tuple(term for term in understood.terms if occurs(term, said))
            if terms and terms != understood.terms:
                alone = understood.model_copy(update={"terms": terms})
                score = _best((await self._search.find(brand.id, alone, limit=1, explained=0)).hits)
                if score > most:
                    best, most = alone, score
        return best

    async def _unfound(self, brand: Brand, understood: Understood, window: Window) -> Understood:
        """A need for which nothing is found, as it may be meant: a question to the shop, or one of a suggestion."""
        *before, question = _said(window)
        text = question.lower()
        if asks_of_me(text):
            return understood.model_copy(update={"intent": Intent.COMPANY})
        if before and window.last_suggestions and text.startswith("and "):  # "does it work with Alexa", "and HomeKit?"
            earlier = await self._search.understand(brand.id, before[-1], has_suggestions=True)
            if earlier.intent is Intent.DETAIL:
                return understood.model_copy(update={"intent": Intent.DETAIL})
        return understood

    async def _language_before(self, brand: Brand, window: Window) -> str | None:
        """The language of the message before, if that is one of those that are answered and this one is short."""
        *before, question = _said(window)
        if not before or len(words(question)) > _SHORT_WORDS or language_of(question) not in {None, ENGLISH}:
            return None
        language = (await self._search.understand(brand.id, before[-1])).language
        return language if language in LANGUAGES else None

    async def _elsewhere(self, brand: Brand, understood: Understood, least: float) -> Understood | None:
        """The need without its categories, where something of that name in another one is more probable than this.

        "A plant for a dark corner" is the Snake Plant, though only "Garden plants" are called so.
        """
        if not understood.constraints.categories:
            return None
        anywhere = understood.constraints.model_copy(update={"categories": ()})
        freed = understood.model_copy(update={"constraints": anywhere})
        hits = (await self._search.find(brand.id, freed, limit=1, explained=0)).hits
        called = category_stems(understood.constraints.categories) & stems(" ".join(understood.terms))
        return freed if _best(hits) > least and not called.isdisjoint(stems(hits[0].product.name)) else None

    async def _goes_on_closely(self, brand: Brand, window: Window) -> bool:
        """Whether the last message only puts a question on a policy to another case: "and on the drill?"."""
        *before, question = _said(window)
        if not before or joins_closely(question.lower()) is None:
            return False
        return (await self._search.understand(brand.id, before[-1])).intent is Intent.COMPANY

    async def _goes_on(self, brand: Brand, before: str, question: str, window: Window) -> bool:
        """Whether a question may be about what the brand was asked in the message before it."""
        text = question.lower()
        if not window.last_suggestions and asks(text):
            return True
        return joins(text) is not None and (await self._search.understand(brand.id, before)).intent is Intent.COMPANY

    async def _passages(
        self, brand: Brand, understood: Understood, window: Window, *, goes_on: bool
    ) -> tuple[Passage, ...]:
        """What the brand says of the question, or of the one before it on which it goes on."""
        said = _said(window)[-2:]
        found = await self._knowledge.passages_for(brand.id, " ".join(said) if goes_on else said[-1])
        if understood.intent in NEEDS:
            if understood.constraints.price_max is not None and not asks(said[-1].lower()):
                return ()  # "wine under 10 euros" asks for nothing that is said of wine
            sold = understood.terms if asks_for_goods(said[-1].lower()) else ()
            return tuple(one for one in found if one.score >= LEAST_BESIDE_NEED and _holds_all(one, sold))
        if not found and understood.intent is Intent.COMPANY:  # "and after two months?": of what was asked before
            found = await self._knowledge.passages_for(brand.id, " ".join(said))
        return found

    async def _earlier(self, brand: Brand, window: Window) -> list[Understood]:
        """What the customer said before, each message as it reads by itself."""
        before = _said(window)[:-1]
        understood: list[Understood] = []
        for text in [*window.summary.splitlines(), *before][-EARLIER_MESSAGES:]:
            suggested = any(one.intent is Intent.PRODUCT for one in understood)
            understood.append(await self._search.understand(brand.id, text, has_suggestions=suggested))
        return understood

    async def _products(
        self, brand: Brand, understood: Understood, window: Window
    ) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
        """The hits, or when there are none the near misses."""
        if understood.intent not in NEEDS:
            return await self._beside_suggestions(brand, understood, window), ()
        shown = window.last_suggestions if asks_for_another(window.messages[-1].content.lower()) else ()
        more = len(shown)
        result = await self._search.find(brand.id, understood, limit=HITS + more, explained=EXPLAINED + more)
        others = tuple(hit for hit in result.hits if all(hit.product.id != one.id for one in shown))
        hits = _worth_offering((others or result.hits)[:HITS], understood)
        if most_held(understood, hits) == 1:
            return called_first(hits, window.messages[-1].content), ()
        if called := await self._called_in_full(brand, understood, window.messages[-1].content):
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


def _said(window: Window) -> list[str]:
    """What the customer said, the question last."""
    return [message.content for message in window.messages if message.role is Role.USER]


def _best(hits: Sequence[Hit]) -> float:
    """How probable the best hit is; 0 without one."""
    return hits[0].score if hits else 0.0


def _asks_of_suggestion(question: str, suggested: Sequence[Product]) -> bool:
    """Whether a question of yes or no is about one of the suggestions: it has, or is, what is asked of."""
    noun = noun_asked_of(question.lower())
    if noun is not None:
        return any(occurs(noun, product_stems(product)) for product in suggested)
    # "Refresh rate?": what one of them has a figure for.
    if not question.rstrip().endswith("?") or not 0 < len(words(question)) <= _FRAGMENT:
        return False
    asked = stems(question)
    return any(asked <= stems(spec_name(key)) for product in suggested for key in product.specifications)


def _figure_between(question: str, suggested: Sequence[Product]) -> tuple[str, bool] | None:
    """The figure that a question puts the suggestions in order by, where two of them have it."""
    asked = figure_asked(question.lower())
    return asked if asked and sum(figure_of(product, asked[0]) is not None for product in suggested) > 1 else None


def _may_answer(passage: Passage, understood: Understood, question: str) -> bool:
    """Whether what answered the message before may answer this one: it holds a word of it, or that only joins on."""
    held = stems(f"{passage.title} {passage.text}")
    return joins(question.lower()) is not None or any(occurs(term, held) for term in understood.terms)


def _holds_all(passage: Passage, terms: Sequence[str]) -> bool:
    """Whether a passage holds all words of what somebody wants to have: not one on "looking after your clothes"."""
    held = stems(f"{passage.title} {passage.text}")
    return all(occurs(term, held) for term in terms)


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
