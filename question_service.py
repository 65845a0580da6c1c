"""How a customer's question is meant in its conversation: by itself, or as it goes on from what was said before."""

import itertools
import re
from collections.abc import Sequence

from conversation_service import Window
from knowledge_service import KnowledgeService
from models import Brand, Hit, Passage, Role
from needs import NEEDS, Constraints, Intent, Understood
from search_service import SearchService
from understanding.allergies import may_tell_allergies
from understanding.bearing import subjects_of
from understanding.constraints import category_stems
from understanding.context import in_context, needs_context
from understanding.coverage import product_stems
from understanding.emergencies import in_danger, is_over
from understanding.intents import asks_among, points_at_several, points_back
from understanding.languages import ENGLISH, LANGUAGES, language_of
from understanding.orders import are_opposite
from understanding.parts import parts_of
from understanding.reader import is_spoken, spelled_out
from understanding.subjects import (
    asks,
    asks_for_another,
    asks_for_goods,
    asks_for_it,
    asks_inside,
    asks_of_me,
    asks_on,
    asks_when_back,
    asks_which,
    asks_with,
    describes_in_brief,
    greets,
    is_code,
    joins,
    joins_closely,
    joins_loosely,
    states_need,
    tells,
    tells_when,
)
from understanding.suggested import (
    ABOUT_THINGS,
    asks_of_suggestion,
    figure_between,
    named_in_brief,
    only_says_for_whom,
    wanted_for,
)
from understanding.words import content_words, is_content, occurs, stems, words

# Somebody who describes a need may hold a word of a passage by accident ("baby clothes", "Looking after your clothes").
LEAST_BESIDE_NEED = 0.75
# So may somebody who only says something: "lost the receipt".
LEAST_BESIDE_STATEMENT = 0.8

# A hit that is less probable is not offered, unless the question names what the shop sells. Measured on the sample
# shops: what they do not sell stays below .1, with single exceptions up to .32 ("a washing machine", where clothes are
# "machine washable"); other words for what they do sell begin at .25 ("earphones").
LEAST_CONFIDENCE = 0.25

# A change of mind ("under $1,000?") is read together with so many of the customer's messages before it.
EARLIER_MESSAGES = 40

# A message of so few words may be in the language of the one before, though none of them tells.
_SHORT_WORDS = 12
_SHORT_IN_ENGLISH = 3

# What language a message is in that does not tell may be told by one of so many before it.
_MESSAGES_OF_LANGUAGE = 3

# What somebody says so many messages after they asked for their order still belongs to it.
_MESSAGES_OF_ORDER = 2

# What somebody says so many messages after they told of danger may belong to it, where it asks for no products.
_MESSAGES_OF_DANGER = 5
_MAY_BE_OF_DANGER = frozenset(
    {Intent.UNCLEAR, Intent.COMPANY, Intent.DETAIL, Intent.PICK, Intent.OUTSIDE, Intent.HUMAN, Intent.HELP}
)

# "Which coffee is mild?", "how much is it?": asked of a shop, not of a doctor ("how much milk should I give him?").
_ASKS_OF_GOODS = re.compile(
    r"\bwhich (?!hospital|number|order|way|side)\w+ (?:is|are|do you)\b|\bhow much (?:is|are|does|do) "
)

# A product that is so probable is called by the word that finds it.
_CALLED = 0.5


class QuestionService:
    """Reads the message that stands last in a window as it is meant there.

    Args:
        search: what reads a message by itself, and finds what it would mean.
        knowledge: what the brand says, which a question may go on from.
    """

    def __init__(self, search: SearchService, knowledge: KnowledgeService) -> None:
        self._search = search
        self._knowledge = knowledge

    async def read(self, brand: Brand, window: Window) -> tuple[Understood, str]:
        """The last message in its conversation, and the earlier question on a policy that it goes on from, or ""."""
        suggested = window.last_suggestions
        said = await self._search.understand(brand.id, said_last(window), has_suggestions=bool(suggested))
        if danger := await self._still_in_danger(brand, window, said):
            return said.model_copy(update={"intent": Intent.EMERGENCY}), danger
        if goes_on := await self._going_on(brand, window, said):
            return goes_on
        if suggested and said.intent is Intent.DETAIL and await self._asks_of_another(brand, said, window):
            return said.model_copy(update={"intent": Intent.PRODUCT}), ""
        if suggested and (of_suggestions := await self._of_suggestions(brand, window, said)):
            return of_suggestions, ""
        after_exclusions = said.intent is Intent.PRODUCT and _may_exclude(window)
        if not (needs_context(said) or after_exclusions):
            return said, ""
        return in_context(said, await self._earlier(brand, window), suggested), ""

    async def _still_in_danger(self, brand: Brand, window: Window, said: Understood) -> str:
        """The message that told of danger, where this one seems to go on from it ("should I wait?"); else empty."""
        *before, question = customer_said(window)
        of_shop = said.intent is Intent.COMPANY or _asks_or_wishes(question.lower())
        of_shop = of_shop and said.intent is not Intent.HUMAN and bool(subjects_of(question))
        if of_shop or not _may_be_of_danger(question, said):
            return ""
        lately = before[-_MESSAGES_OF_DANGER:]
        told = next((place for place in reversed(range(len(lately))) if in_danger(lately[place])), None)
        if told is None:
            return ""
        for text in lately[told + 1 :]:
            if not _may_be_of_danger(text, await self._search.understand(brand.id, text)):
                return ""  # it was over, or products were asked for since
        return lately[told]

    async def _going_on(self, brand: Brand, window: Window, said: Understood) -> tuple[Understood, str] | None:
        """A message that goes on from what the brand was asked before, with that; None when it does not."""
        text, before = said_last(window).lower(), asked_before(window)
        of_stock = asks_when_back(text) and not all(product.availability for product in window.last_suggestions)
        joins_on = (asks_on(text) or _joins_on(text, said)) and not of_stock
        closely = window.answered_from and not said.ordinals and joins_on
        if closely or await self._goes_on_closely(brand, window) or await self._asks_of_answer(brand, window, said):
            return said.model_copy(update={"intent": Intent.COMPANY}), before
        if 1 < window.answered_ago < len(customer_said(window)) and asks_on(text):  # after "three holes, I think"
            return said.model_copy(update={"intent": Intent.COMPANY}), customer_said(window)[-1 - window.answered_ago]
        if window.answered_from and asks_for_it(text):
            return await self._search.understand(brand.id, before, searching=True), ""
        return None

    async def _asks_of_answer(self, brand: Brand, window: Window, said: Understood) -> bool:
        """Whether a question is for what the latest reply said: "how many frames?", after one that names them."""
        text = said_last(window).lower()
        is_question = asks(text) or text.rstrip().endswith("?")
        if not (window.answered_from and is_question and said.terms and said.constraints.is_empty):
            return False
        if asks_for_goods(text) or states_need(text):
            return False
        answered = await self._knowledge.passages_for(brand.id, asked_before(window))
        told = (f"{one.title} {one.text}" for one in answered if one.id in window.answered_from)
        return any(all(occurs(term, held) for term in said.terms) for held in map(stems, told))

    async def _of_suggestions(self, brand: Brand, window: Window, said: Understood) -> Understood | None:
        """A message that is about what was suggested, though it may not read so by itself; None when it is not."""
        question, suggested = said_last(window), window.last_suggestions
        if changed := await self._changed_wish(brand, window, said):
            return changed
        if said.intent in ABOUT_THINGS and (place := named_in_brief(question.lower(), suggested)) is not None:
            return said.model_copy(update={"intent": Intent.DETAIL, "ordinals": (place,), "terms": ()})
        if asks_of_suggestion(question, said, suggested) and not await self._names_another(brand, window, said):
            return said.model_copy(update={"intent": Intent.DETAIL})
        if asks_which(question.lower()) and (need := await self._left_open(brand, window)):
            return need
        if by_figure := figure_between(question, said, suggested):
            name, most = by_figure
            return said.model_copy(update={"intent": Intent.PICK, "figure": name, "most": most})
        return None

    async def _changed_wish(self, brand: Brand, window: Window, said: Understood) -> Understood | None:
        """The wish before, turned round, for others of its kind, or for whom somebody says now; None otherwise."""
        if turned := await self._turned_order(brand, window, said):
            return turned
        question = said_last(window).lower()
        another = said.intent is not Intent.PRODUCT and asks_for_another(question)
        if not (another or (said.intent in ABOUT_THINGS and only_says_for_whom(question, said))):
            return None
        kept = tuple(term for term in said.terms if another and f" {term} ones" in question)  # "other red ones"
        wish = said.model_copy(update={"intent": Intent.REFINE, "terms": kept})
        return in_context(wish, await self._earlier(brand, window), window.last_suggestions)

    async def _turned_order(self, brand: Brand, window: Window, said: Understood) -> Understood | None:
        """An order that is the other way round than that before it: of all that was in order, not of the few shown."""
        if said.intent is not Intent.PICK or said.superlative is None or points_at_several(said_last(window).lower()):
            return None
        earlier = await self._earlier(brand, window)
        in_order = itertools.takewhile(lambda one: one.superlative is not None, reversed(earlier))
        if not (before := list(in_order)) or not any(one.intent in NEEDS for one in before):
            return None
        if before[0].superlative is None or not are_opposite(before[0].superlative, said.superlative):
            return None
        return in_context(said.model_copy(update={"intent": Intent.REFINE}), earlier, ())

    async def _names_another(self, brand: Brand, window: Window, said: Understood) -> bool:
        """Whether a word that a suggestion says finds something else: "roses?", of a bouquet that has some."""
        if said.intent is not Intent.PRODUCT or not said.terms or asks(said_last(window).lower()):
            return False
        hits = (await self._search.find(brand.id, said, limit=1, explained=0)).hits
        return likeliest(hits) >= _CALLED and hits[0].product not in window.last_suggestions

    async def _asks_of_another(self, brand: Brand, said: Understood, window: Window) -> bool:
        """Whether a question is about a product that was not suggested: "what colours does the bamboo come in?"."""
        text = said_last(window).lower()
        if said.ordinals or points_back(text) or asks_among(text):
            return False
        held = frozenset().union(*map(product_stems, window.last_suggestions))
        other = tuple(term for term in said.terms if not occurs(term, held))
        if not other:
            return False
        need = Understood(intent=Intent.PRODUCT, terms=other)
        hits = (await self._search.find(brand.id, need, limit=1, explained=0)).hits
        named = stems(hits[0].product.name) if hits else frozenset()
        return likeliest(hits) >= _CALLED and any(occurs(term, named) for term in other)

    async def _left_open(self, brand: Brand, window: Window) -> Understood | None:
        """What was asked of a suggestion before, as a need of its kind: "is it cordless?", "which one is?"."""
        *before, _ = customer_said(window)
        asked = await self._search.understand(brand.id, before[-1], has_suggestions=True) if before else None
        if asked is None or asked.intent is not Intent.DETAIL or not asked.terms:
            return None
        category = window.last_suggestions[0].category
        of_kind = Constraints(categories=(category,) if category else ())
        return Understood(intent=Intent.PRODUCT, terms=asked.terms, constraints=of_kind)

    async def meant(self, brand: Brand, understood: Understood, window: Window, found: float) -> Understood:
        """A need as it is meant, where as a whole it finds nothing that convinces, but something of this probability.

        It may go on asking of what the brand was asked before ("do they take the boxes with them?", after assembly), or
        one part of it alone may say what is looked for.
        """
        *before, question = customer_said(window)
        if before and understood.constraints.is_empty and await self._goes_on(brand, before[-1], question, window):
            answered = await self._knowledge.passages_for(brand.id, asked_before(window), limit=1)
            if answered and answered[0].score >= LEAST_BESIDE_NEED and _may_answer(answered[0], question):
                return understood.model_copy(update={"intent": Intent.COMPANY})
        best, most = understood, max(found, LEAST_CONFIDENCE)
        if wanted := wanted_for(question, understood, window.last_suggestions):
            alone = understood.model_copy(update={"terms": wanted})
            if await self._likeliest_of(brand, alone) > most:
                return alone
        if freed := await self._elsewhere(brand, understood, most):
            return freed
        for part in parts_of(question):
            said = stems(part)
            terms = tuple(term for term in understood.terms if occurs(term, said))
            if terms and terms != understood.terms:
                alone = understood.model_copy(update={"terms": terms})
                score = await self._likeliest_of(brand, alone)
                if score > most:
                    best, most = alone, score
        if best is understood and (freed := await self._without_own_words(brand, question, most)):
            return freed if freed.constraints == understood.constraints else best
        return best

    async def _likeliest_of(self, brand: Brand, need: Understood) -> float:
        """How probable the best is that a need finds."""
        return likeliest((await self._search.find(brand.id, need, limit=1, explained=0)).hits)

    async def _without_own_words(self, brand: Brand, question: str, least: float) -> Understood | None:
        """The need without the words by which the shop says what it is, where that finds what is more probable.

        "Everything for your baby" need not say baby of each thing: "my baby has colic".
        """
        own = stems(brand.description)
        kept = [word for word in question.split() if not (is_content(word.lower()) and stems(word) & own)]
        if len(kept) == len(question.split()):
            return None
        freed = await self._search.understand(brand.id, " ".join(kept))
        if freed.intent is not Intent.PRODUCT or not (freed.terms or freed.constraints.attributes):
            return None  # of "flowers under 10", without the flowers, anything is left
        return freed if await self._likeliest_of(brand, freed) > least else None

    async def unfound(self, brand: Brand, understood: Understood, window: Window) -> Understood:
        """A need for which nothing is found, as it may be meant: a question to the shop, or one of a suggestion."""
        *before, question = customer_said(window)
        text = question.lower()
        if asks_of_me(text):
            return understood.model_copy(update={"intent": Intent.COMPANY})
        if (intent := await self._stated(brand, understood, window)) is not None:
            return understood.model_copy(update={"intent": intent})
        if not window.last_suggestions:
            of_answer = window.answered_from and (states(text) or describes_in_brief(text) or joins_loosely(text))
            asked = asks(text) or asks_inside(text) or of_answer
            of_brand = asked and not states_need(text) and understood.constraints.is_empty
            return understood.model_copy(update={"intent": Intent.COMPANY}) if of_brand else understood
        said = await self._search.understand(brand.id, question, has_suggestions=True)
        if not said.constraints.is_empty or said.superlative or (asks_for_goods(text) and not points_back(text)):
            return understood
        is_question = bool(asks(text) or asks_inside(text))
        of_it = asks_with(text) or describes_in_brief(text) or (is_question and not states_need(text))
        if text.startswith("and ") and before:  # "does it work with Alexa", "and HomeKit?"
            earlier = await self._search.understand(brand.id, before[-1], has_suggestions=True)
            of_it = of_it or earlier.intent is Intent.DETAIL
        if of_it:
            return said.model_copy(update={"intent": Intent.DETAIL})
        return understood.model_copy(update={"intent": Intent.UNCLEAR}) if states(text) else understood

    async def _stated(self, brand: Brand, understood: Understood, window: Window) -> Intent | None:
        """What a message is for that only says something, and for which nothing is found; None where it may ask."""
        *before, question = customer_said(window)
        text = question.lower()
        is_statement, is_greeting = states(text), bool(greets(text)) and not _asks_or_wishes(text)
        if not (is_statement or is_greeting or is_code(text)):
            return None
        about_order = before and await self._ask_about_order(brand, before[-_MESSAGES_OF_ORDER:])
        if is_greeting and not (is_statement or about_order):
            return Intent.GREETING
        if not understood.constraints.is_empty:
            return None
        if about_order:
            return Intent.ORDER_STATUS
        return None if window.answered_from else Intent.UNCLEAR if is_statement else understood.intent

    async def _ask_about_order(self, brand: Brand, messages: Sequence[str]) -> bool:
        """Whether one of these messages asks where an order is."""
        asked = [await self._search.understand(brand.id, message) for message in messages]
        return any(one.intent is Intent.ORDER_STATUS for one in asked)

    async def language_before(self, brand: Brand, window: Window) -> str | None:
        """The language of the message before, if that is one of those that are answered and this one is short."""
        *before, question = customer_said(window)
        told = language_of(question)
        # "Was kostet es?" could be either.
        longest = {None: _SHORT_WORDS, ENGLISH: _SHORT_IN_ENGLISH}.get(told, 0)
        if not before or len(words(question)) > longest:
            return None
        for text in before[: -1 - _MESSAGES_OF_LANGUAGE : -1]:  # "und Lieferung?" may be in any
            language = (await self._search.understand(brand.id, text)).language
            if language in LANGUAGES:
                return language
            if is_spoken(text.lower()):
                return None
        return None

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
        return freed if likeliest(hits) > least and not called.isdisjoint(stems(hits[0].product.name)) else None

    async def _goes_on_closely(self, brand: Brand, window: Window) -> bool:
        """Whether the last message only puts a question on a policy to another case: "and on the drill?"."""
        *before, question = customer_said(window)
        if not before or joins_closely(question.lower()) is None or subjects_of(question):
            return False
        return (await self._search.understand(brand.id, asked_before(window))).intent is Intent.COMPANY

    async def _goes_on(self, brand: Brand, before: str, question: str, window: Window) -> bool:
        """Whether a question may be about what the brand was asked in the message before it."""
        text = question.lower()
        if asks(text) and (window.answered_from or not window.last_suggestions):
            return True
        if window.answered_from and joins_loosely(text):
            return True
        return joins(text) is not None and (await self._search.understand(brand.id, before)).intent is Intent.COMPANY

    async def _earlier(self, brand: Brand, window: Window) -> list[Understood]:
        """What the customer said before, each message as it reads by itself."""
        before = customer_said(window)[:-1]
        understood: list[Understood] = []
        for text in [*window.summary.splitlines(), *before][-EARLIER_MESSAGES:]:
            suggested = any(one.intent is Intent.PRODUCT for one in understood)
            understood.append(await self._search.understand(brand.id, text, has_suggestions=suggested))
        return understood


def customer_said(window: Window) -> list[str]:
    """What the customer said, the question last."""
    return [message.content for message in window.messages if message.role is Role.USER]


def said_last(window: Window) -> str:
    """The customer's question, without what was only said before it ("fine. how heavy is it?")."""
    return spelled_out(window.messages[-1].content)


def _may_be_of_danger(text: str, said: Understood) -> bool:
    """Whether a message behind one that told of danger may be of that too."""
    low = text.lower()
    of_what_was_said = states(low) or points_back(low) or asks_of_me(low) is not None
    of_what_was_said = of_what_was_said or (is_spoken(low) and not _wishes(low))
    asks_for_none = said.intent in _MAY_BE_OF_DANGER or (said.intent in NEEDS and of_what_was_said)
    return asks_for_none and not (is_over(text) or asks_for_goods(low) or _ASKS_OF_GOODS.search(low))


def _joins_on(text: str, said: Understood) -> bool:
    """Whether a question goes on from a policy and names no other: "and to Norway?", not "and if it's broken?".

    Nor does it when it asks about a kind of products: "what about headphones?".
    """
    of_kind = text.startswith(("what about", "how about")) and not said.constraints.is_empty
    names_another = states_need(text) or (subjects_of(text) and not text.startswith("even "))
    return bool(tells_when(text)) or (bool(joins(text)) and not (of_kind or names_another))


def _asks_or_wishes(text: str) -> bool:
    return bool(asks(text) or text.rstrip().endswith("?") or _wishes(text))


def _wishes(text: str) -> bool:
    return bool(states_need(text) or asks_for_goods(text))


def states(text: str) -> bool:
    """Whether a lower-case message says something, and neither asks for it nor wishes to have it."""
    if tells(text):
        return not _wishes(text)
    return is_spoken(text) and not _asks_or_wishes(text) and not asks_inside(text)


def _may_exclude(window: Window) -> bool:
    """Whether something was said before that may exclude things from every later wish."""
    *before, _ = customer_said(window)
    return any(map(may_tell_allergies, (window.summary, *before)))


def asked_before(window: Window) -> str:
    """The latest of the customer's earlier messages that says by itself what it is about; empty without any."""
    *before, _ = customer_said(window)
    by_itself = (text for text in reversed(before) if not asks_on(text.lower()) and not joins(text.lower()))
    return next(by_itself, before[-1] if before else "")


def likeliest(hits: Sequence[Hit]) -> float:
    """How probable the best hit is; 0 without one."""
    return hits[0].score if hits else 0.0


def _may_answer(passage: Passage, question: str) -> bool:
    """Whether what answered the message before may answer this one: it holds a word of it, or that only joins on."""
    held = stems(f"{passage.title} {passage.text}")
    joined = joins(question.lower()) or joins_loosely(question.lower())
    return joined is not None or any(occurs(word, held) for word in content_words(question.lower()))
