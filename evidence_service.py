"""What a question may be answered from: products, and the brand's own passages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from brand_service import BrandService
from conversation_service import Window
from knowledge_service import KnowledgeService
from models import Brand, Hit, Passage, Product
from needs import NEEDS, Constraints, Intent, Understood
from offer_service import SURE, UNCONVINCING, OfferService
from question_service import (
    LEAST_BESIDE_NEED,
    LEAST_BESIDE_STATEMENT,
    QuestionService,
    asked_before,
    customer_said,
    likeliest,
    said_last,
    states,
)
from search_service import SearchService
from suitability import Offer, without_unfit, without_unwanted
from understanding.allergies import allergies_told, conditions_told, may_tell_allergies
from understanding.bearing import subjects_of, tells_nothing
from understanding.bodies import Body, body_in
from understanding.coverage import Coverage, product_stems
from understanding.emergencies import called_by_shops, tells_where_help_is
from understanding.intents import points_back
from understanding.orders import figure_asked
from understanding.persons import said_of_the_same
from understanding.spreading import asks_how_many, spread_of
from understanding.subjects import (
    asks,
    asks_for_goods,
    asks_for_present,
    asks_for_rebate,
    asks_how,
    asks_if_open,
    asks_inside,
    asks_of_all,
    asks_on,
    asks_to_return,
    asks_what_is,
    joins,
    joins_loosely,
    names_of_service,
    states_need,
    tells_of_own,
    tells_of_rebate,
    tells_when,
)
from understanding.suiting import Suit, of_child, suit_in
from understanding.words import content_words, has_digit, occurs, stem, stems, words

_OPENING_HOURS = "opening hours"  # as shops call what "are you open now?" asks for

# That a passage tells of weeks says nothing.
_OF_TIME = frozenset(map(stem, ("day", "week", "month", "year", "hour", "minute", "time")))

# A need is seldom changed more often.
_MESSAGES_OF_NEED = 5

# Nothing else can be meant, where no product convinces.
_EVIDENT = 0.98

# From here on they are what was asked for, where no product convinces.
LEAST_INSTEAD = 0.9


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


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a question.

    Attributes:
        understood: how it is meant.
        offer: the products that answer it so.
        topic: the earlier question on a policy that it goes on from, or "".
    """

    understood: Understood
    offer: Offer
    topic: str = ""

    def meaning(self, **changes: object) -> "_Reading":
        """The same, meant a little differently."""
        return replace(self, understood=self.understood.model_copy(update=changes))


class EvidenceService:
    """Finds what a question may be answered from, in one brand's data alone.

    Args:
        brands: the brands and their words.
        search: where products are found.
        knowledge: where passages are found.
    """

    def __init__(self, brands: BrandService, search: SearchService, knowledge: KnowledgeService) -> None:
        self._knowledge = knowledge
        self._questions = QuestionService(search, knowledge)
        self._offers = OfferService(brands, search)

    async def gather(self, brand: Brand, window: Window) -> Gathered:
        """The evidence for the message that stands last in the window."""
        likeliest_reading = await self._likeliest_reading(brand, window)
        passages = await self._passages(brand, likeliest_reading, window)
        reading = await self._in_view_of(passages, brand, likeliest_reading, window)
        was_need = likeliest_reading.understood.intent in NEEDS
        if was_need and reading.understood.intent is Intent.COMPANY and not passages:
            found = await self._passages(brand, reading, window)
            terms = [term for term in reading.understood.terms if stem(term) not in _OF_TIME]
            passages = tuple(one for one in found if reading.topic or any(_holds_all(one, [term]) for term in terms))
        suit = _whom_for(reading.understood, window)
        if not (reading.offer.shown or passages):
            reading = replace(reading, offer=await self._offers.perhaps(brand, reading.understood))
        offer = without_unwanted(reading.offer, reading.understood)
        reading = replace(reading, offer=without_unfit(offer, reading.understood, window, suit))
        reading = _of_suggestions_unfit(reading, passages, window, suit)
        if told := await self._told_by_brand(brand, reading.understood, window):
            reading, passages = reading.meaning(intent=Intent.COMPANY), told
        if not (reading.offer.shown or passages) and (language := await self._questions.language_before(brand, window)):
            reading = reading.meaning(language=language)
        passages += await self._cautions(brand, reading, passages, window)
        unheld = await self._offers.unheld(brand, reading.understood, reading.offer.hits)
        return Gathered(reading.understood, reading.offer.hits, reading.offer.near_misses, passages, unheld)

    async def _likeliest_reading(self, brand: Brand, window: Window) -> _Reading:
        """The question as it reads, or where so no product convinces, as it finds more."""
        understood, topic = await self._questions.read(brand, window)
        offer = await self._offers.offered(brand, understood, window)
        reading = _Reading(understood, offer, topic)
        question, found = said_last(window).lower(), likeliest(offer.hits)
        by_figure = figure_asked(question)
        if by_figure:
            name, ordered = await self._offers.by_figure(brand, understood, by_figure, window)
            if ordered:
                return replace(reading, offer=Offer(ordered)).meaning(figure=name, most=by_figure[1])
        if suit := _whom_for(understood, window):
            kept = tuple(term for term in understood.terms if term not in suit.words)
            alone = understood.model_copy(update={"terms": kept})
            if understood.intent is Intent.UNCLEAR and asks_for_present(question):
                wish, presents = await self._offers.presents(brand, suit, allergies_told(customer_said(window)))
                return _Reading(wish, presents, topic) if presents.hits else reading
            for_them = await self._offers.suiting(brand, alone, suit)
            if for_them and (suit_in([question]) or likeliest(for_them.hits) >= UNCONVINCING):
                return _Reading(alone, for_them, topic)
        if understood.intent not in NEEDS or found >= UNCONVINCING:
            return reading
        meant = await self._questions.meant(brand, understood, window, found)
        if meant is understood:
            return reading
        joined = joins(question) or joins_loosely(question)
        topic = asked_before(window) if meant.intent is Intent.COMPANY and joined else ""
        return _Reading(meant, await self._offers.offered(brand, meant, window), topic)

    async def _in_view_of(
        self, passages: Sequence[Passage], brand: Brand, reading: _Reading, window: Window
    ) -> _Reading:
        """How the question is meant where it could be for products or for the brand's own words, given these."""
        understood, question = reading.understood, said_last(window)
        if understood.intent is Intent.COMPANY and not passages:  # "do you have gift cards?"
            as_need = reading.meaning(intent=Intent.PRODUCT)
            sold = (await self._offers.products(brand, as_need.understood, window)).hits
            return (
                replace(as_need, offer=Offer(sold)) if understood.terms and likeliest(sold) >= UNCONVINCING else reading
            )
        if understood.intent not in NEEDS:
            return reading
        if passages and _asks_of_brand(question, reading.offer.hits, passages[0]):
            # "Can I rent a tile saw?" asks for none to buy; what denies just that is told beside the rule for all.
            denying = tuple(hit for hit in reading.offer.near_misses if _denies(hit.product, understood))
            return replace(reading, offer=Offer((), denying))
        if not (reading.offer.shown or passages):
            return replace(reading, understood=await self._questions.unfound(brand, understood, window))
        return reading

    async def _cautions(
        self, brand: Brand, reading: _Reading, known: Sequence[Passage], window: Window
    ) -> tuple[Passage, ...]:
        """What else the brand says of that which shall not be in what is offered, or of what the customer has told.

        "Our kitchen handles nuts"; "blood thinners: ask your doctor about K2".
        """
        unwanted = (*reading.understood.constraints.excluded_terms, *conditions_told(customer_said(window)))
        if reading.understood.intent not in NEEDS or not (reading.offer.shown or known) or not unwanted:
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
        beside = _named_beside(question, window)
        found = await self._knowledge.passages_for(brand.id, f"{beside} {question}".strip())
        # "Resized" in "can it be resized later", whatever else is said; of "is the 20000 allowed on planes", "allowed".
        called = stems(" ".join(product.name for product in suggested))
        first = next((term for term in terms if not (has_digit(term) or occurs(term, called))), terms[0])
        told = tuple(one for one in found if one.score >= LEAST_BESIDE_NEED and _holds_all(one, [first]))
        if beside and not told:  # a long name may say more than what is asked
            kind = stems(f"{beside} {suggested[0].category}")
            by_itself = await self._knowledge.passages_for(brand.id, question)
            told = tuple(one for one in by_itself if not kind.isdisjoint(stems(one.title)))
        return told

    async def _where_help_is(self, brand: Brand, query: str, topic: str, window: Window) -> tuple[Passage, ...]:
        """What the brand says to do when somebody is hurt."""
        # "What's the number?" finds nothing of what happened, and "it's hissing" nothing of the battery before it.
        before = (" ".join(customer_said(window)[-count:]) for count in (2, 3))
        for said in dict.fromkeys((query, topic or query, *before)):
            found = await self._knowledge.passages_for(brand.id, f"{called_by_shops(said)} {said}".strip())
            helping = [one for one in found if tells_where_help_is(one.text) and one.score >= LEAST_BESIDE_NEED]
            if helping:
                return tuple(helping)
        return ()

    async def _passages(self, brand: Brand, reading: _Reading, window: Window) -> tuple[Passage, ...]:
        """What the brand says of the question, together with the earlier one that it goes on from."""
        question, understood, topic = said_last(window), reading.understood, reading.topic
        if not topic and asks_on(question.lower()) and tells_nothing(question):
            return ()  # "how long does it take?" says nothing of what
        beside = topic or _named_beside(question, window)
        query = _OPENING_HOURS if asks_if_open(question.lower()) else f"{beside} {question}".strip()
        if understood.intent is Intent.EMERGENCY:
            return await self._where_help_is(brand, query, topic, window)
        found = await self._knowledge.passages_for(brand.id, query)
        if told := " ".join(conditions_told([question])):  # "pregnant" finds what is said of pregnancy
            speaking = await self._knowledge.passages_for(brand.id, f"{query} {told}")
            found = tuple(one for one in speaking if any(_holds_all(one, [word]) for word in told.split())) or found
        if understood.intent in NEEDS:
            asked = understood.constraints
            limits = asked.price_max is not None or asked.attributes
            if (limits and not asks(question.lower())) or tells_when(question.lower()):
                return ()  # "wine under 10 euros" asks for nothing that is said of wine
            sold = understood.terms if asks_for_goods(question.lower()) else ()
            matters = told or may_tell_allergies(question)
            least = LEAST_BESIDE_STATEMENT if states(question.lower()) and not matters else LEAST_BESIDE_NEED
            return tuple(one for one in found if one.score >= least and _holds_all(one, sold))
        if not found and understood.intent is Intent.COMPANY and window.answered_from:  # "and after two months?"
            found = await self._knowledge.passages_for(brand.id, f"{asked_before(window)} {question}")
        if names := names_of_service(question.lower()):
            found = tuple(one for one in found if any(_holds_all(one, [name]) for name in names))
        if asks_for_rebate(question.lower()):
            found = tuple(one for one in found if tells_of_rebate(one.text.lower()))
        if topic and (asks_on(question.lower()) or tells_when(question.lower())):  # what answered that comes first
            return tuple(sorted(found, key=lambda one: one.id not in window.answered_lately))
        return found


def _named_beside(question: str, window: Window) -> str:
    """The suggestion that a question for advice is about: "when do I cut it?"; empty where it asks of the shop."""
    text = question.lower()
    if not window.last_suggestions or not asks_how(text) or not points_back(text) or subjects_of(question):
        return ""
    return window.last_suggestions[0].name


def _whom_for(understood: Understood, window: Window) -> Suit | None:
    """For whom a need is, by the message itself, or where it changes one by those before it."""
    said = [text.lower() for text in reversed(said_of_the_same(customer_said(window)[-_MESSAGES_OF_NEED:]))]
    if told := suit_in(said[:1]):
        return told
    before = suit_in(said)
    is_meant = understood.intent is Intent.REFINE or (before is not None and of_child(before))
    return before if is_meant else None


def _of_suggestions_unfit(
    reading: _Reading, passages: Sequence[Passage], window: Window, suit: Suit | None
) -> _Reading:
    """Where something is only told, and speaks against a suggestion: "I also have high blood pressure"."""
    question = customer_said(window)[-1:]
    tells = bool(conditions_told(question)) or body_in(question) != Body() or suit_in([said_last(window).lower()])
    if reading.offer.shown or passages or not (tells and window.last_suggestions):
        return reading
    shown = Offer(tuple(Hit(product, 1.0) for product in window.last_suggestions))
    misses = without_unfit(shown, reading.understood, window, suit).near_misses
    if not misses:
        return reading
    return replace(reading, offer=Offer((), misses)).meaning(intent=Intent.REFINE, terms=(), constraints=Constraints())


def _holds_all(passage: Passage, terms: Sequence[str]) -> bool:
    """Whether a passage holds all words of what somebody wants to have: not one on "looking after your clothes"."""
    held = stems(f"{passage.title} {passage.text}")
    return all(occurs(term, held) for term in terms)


def _denies(product: Product, understood: Understood) -> bool:
    """Whether a product that is called so denies what is asked."""
    held = Coverage(understood).held(product)
    return bool(held.denied) and held.named > 0


def _asks_of_brand(question: str, hits: Sequence[Hit], passage: Passage) -> bool:
    """Whether a question is for what the brand says, not for products, however probable these are."""
    text = question.lower()
    if hits and asks_how_many(text) and spread_of(hits[0].product):
        return False  # "how many packs of the oak for 23 m2?": the shop's rule for that gives no number
    if asks_how(text) or asks_what_is(text):
        return passage.score >= SURE
    of_all = asks_of_all(text) and _holds_all(passage, content_words(text))
    if of_all or (tells_of_own(text) and not states_need(text)):
        return passage.score >= SURE > likeliest(hits)
    title = stems(passage.title)
    if len(title) > 1 and title <= stems(question) and likeliest(hits) < UNCONVINCING:
        return True  # "custom wedding cake", of a passage on custom cakes
    wishes = states_need(text) or asks_for_goods(text)
    if passage.score >= _EVIDENT and likeliest(hits) < UNCONVINCING and asks_inside(text) and not wishes:
        return True  # "I'm 220 lb, how much protein a day"
    unconvinced = likeliest(hits) < UNCONVINCING and not text.startswith(("which ", "what "))
    return unconvinced and bool(asks(text) or asks_to_return(text)) and passage.score >= LEAST_INSTEAD
