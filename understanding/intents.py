"""What a message is for, decided from its words and from what else was read out of it."""

import re
from dataclasses import dataclass

from needs import Constraints, Intent, Superlative
from understanding.accessories import asks_for_accessory
from understanding.changes import EVERYTHING
from understanding.quantities import adds_up, asks_for_total
from understanding.subjects import (
    asks,
    asks_about_order,
    asks_for_help,
    asks_for_person,
    asks_for_rebate,
    asks_if_open,
    complains_only,
    is_off_topic,
    matching,
    speaks_of_company,
    states_need,
    tells_of_cheaper,
)
from understanding.words import word_set

_LONGEST_COURTESY = 12  # words; "hi there, good morning to you all" is a greeting, more than that is a message


_GREETING_WORDS = word_set(
    """hi hello hey hiya howdy greetings good morning afternoon evening day there you all team everyone to and dear yo
    sup how are doing today is it going what's up nice meet"""
)
_GREETING_STARTS = word_set("hi hello hey hiya howdy greetings good yo sup how nice what's dear")
_THANKS = re.compile(
    r"^(?:(?:ok|okay|great|perfect|cool|nice|awesome|wonderful|alright|excellent|good|yes|no|that's all|all good|"
    r"got it|fair enough|sounds good|lol|haha(?!h))[,.! ]*)*"
    r"(?:many |no,? )?(?:thanks?|thank you|thx|ty|cheers|appreciate(?: it)?|much appreciated)?"
    r"(?: (?:you|so|very|much|a|lot|for|your|the|help|again|everything|that|all|really|info|information|ton|"
    r"bunch))*\W*$"
)
_PRAISES = re.compile(
    r"^(?:(?:ok|okay|wow|oh|thanks|thank you)(?: (?:so|very) much| a lot)?[,.! ]*){0,3}(?:you(?:'re| are)|"
    r"you've been|that(?:'s| is| was)|"
    r"this is|it was)"
    r" (?:(?:so|very|really|such|an?|the|all|been|most|too|just) ){0,4}(?:great|awesome|amazing|wonderful|helpful|kind|"
    r"nice|brilliant|fantastic|perfect|excellent|lovely|cool|sweet|good|best|help|sweetheart|star)"
    r"(?: (?:bot|help|service|assistant|of you|indeed))?[ ,]*(?:thanks|thank you)?\W*$"
)
_GOODBYE = re.compile(
    r"^(?:(?:ok|okay|thanks?|thank you|great|perfect|cheers|thx|alright)[,.! ]*)*(?:good ?bye|bye(?:[- ]?bye)?|"
    r"see (?:you|ya)|so long|"
    r"farewell|ciao|"
    r"take care|good ?night|have a (?:nice|good|great|lovely) (?:day|evening|night|one|weekend)|"
    r"talk (?:to you )?(?:later|soon)|"
    r"that(?:'s| is| will be|'ll be) (?:all|it)(?: (?:for (?:now|today)|thanks?|thank you))?|until next time)"
    r"(?:[ ,]+(?:for now|then|later|soon|tomorrow|again|and|thanks?|thank you|have a \w+ day|you|all|bye))*\W*$"
)

_compares = matching(
    r"\bcompar(?:e|es|ing|ison)\b",
    r"\bdifferen(?:ces?|t|tiate) (?:between|from|is|are)\b|\bdifferences?\b|\b(?:'?s|is) the diff\b|"
    r"\bhow do (?:they|these|those) (?:differ|"
    r"compare)\b",
    r"\b(?:vs\.?|versus)\b|\bside by side\b",
    r"\bwhich (?:one |of (?:them|these|those|the two) )?(?:is|are|would be|do you think is) (?:the )?(?:better|best|"
    r"right)\b",
    r"\bwhich (?:one|of (?:them|these|those|the two))?\s*(?:should|would|do) (?:i|you) (?:take|buy|choose|get|pick|"
    r"recommend|prefer|"
    r"suggest)\b",
)
_points_back = matching(
    r"\b(?:it|its|it's|they|they're|their|them|these|those|this|that|this one|that one|the one|ones|both|the same)\b"
)
# Also "which one is lighter?".
_points_at_several = matching(
    r"\b(?:of|between|among|from|out of) (?:them|these|those|the (?:two|three|four))\b",
    r"^(?:and |but |so |ok(?:ay)?,? )*which (?:one |ones )?(?:is|are|would be) (?:the )?[a-z]+\W*$",
)
_per_piece = matching(r"\bper (?!cent\b)[a-z]+\W*$", r"\b(?:better|best|more) value\b")
_whole_shop = matching(
    r"\b(?:you|do you|you guys) (?:have|sell|offer|carry|stock|got)\b|\bin (?:the|your) (?:shop|store)\b"
)
_asks_for_detail = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*when (?:again |back |next )*(?:available|in stock|back|restocked)\W*$",
    r"\btell me (?:a bit |some )?more\b|\bmore (?:about|on|details?|info\w*)\b|\bdetails?\b|\bspec(?:s|ifications?)?\b",
    r"\b(?:does|do|is|are|has|have|can|will|would|could|what|how|which|why|where|when|who)\b.{0,60}\b(?:it|its|they|them|"
    r"their|"
    r"this|that|"
    r"these|those|one|ones)\b",
    r"\bit(?:'s)? (?:have|has|come|work|support|fit)\b",
    r"\b(?:i'll|i will|i'd|let me) (?:\w+ )?(?:take|buy|get|have|order)\b|\badd .{0,60}\b(?:cart|basket)\b|\b(?:buy|"
    r"order|"
    r"take) (?:it|this|that)\b",
    r"\bhow (?:much|heavy|big|large|long|tall|wide|fast|loud|thick)\b",
)
_narrows = matching(
    r"^(?:and |or |but |also |then |ok(?:ay)?,? |hm+,? |no,? |what |how |perhaps |maybe |yes,? |please )*"
    r"(?:in|with|without|for|from|by|about (?:in|with|from|for|a|one)|about|only|just|any(?: in| with| from| for)|"
    r"preferably|rather|not|except|less|more|under|over|below|above|same)\b",
    r"\b(?:do you have|have you got|is there|are there|got|show me|i (?:need|want|prefer)|can i (?:get|have)|"
    r"can you show me)"
    r" (?:it|them|that|this|these|those|one|ones|any)\b",
    r"\b(?:something|anything|one|ones|others?|another one|any others?)\b",
    r"\b(?:more|other|further|different|alternative) (?:options?|choices|models?|ones?|suggestions|ideas|like)\b|"
    r"\balternatives?\b|"
    r"\bshow (?:me )?more\b|\b(?:anything|something|what) else\b",
)
_LONGEST_REFINEMENT = 4  # content words; more than that is a need of its own

_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(.)\1{3,}")
_VOWEL = re.compile(r"[aeiouy0-9]|[^\x00-\x7f]")
_REPEATED = re.compile(r"(.{1,3}?)\1{2,}")  # "hahaha", "asdasdasd"
_NO_WORDS = word_set("lorem ipsum dolor amet foo foobar blah blahblah blabla qwerty qwertz asd")
_KEY_ROWS = ("qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_SHORTEST_KEY_RUN = 4
_SHORTEST_WORD_WITHOUT_VOWEL = 5  # "html" and "dvds" are words


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read out of a message before its intent is decided.

    Attributes:
        text: the whole message, lower case, spaces collapsed.
        terms: its content words without filler, prices, superlatives and ordinals.
        constraints: what a product must fulfil.
        superlative: an order over products.
        comparative: an order relative to what was suggested ("cheaper").
        ordinals: which of the last suggestions are named.
        has_suggestions: whether there are last suggestions at all.
        attribute_words: those of the words that became attributes.
        withdrawn: what of earlier wishes is taken back.
        compared: the names that are to be compared; empty ones only point back.
    """

    text: str
    terms: tuple[str, ...]
    constraints: Constraints
    superlative: Superlative | None
    comparative: Superlative | None
    ordinals: tuple[int, ...]
    has_suggestions: bool
    attribute_words: frozenset[str] = frozenset()
    withdrawn: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()


def decide(reading: Reading) -> Intent:
    """The one intent of a message. The order of the questions is the order of what must not be missed."""
    text = reading.text
    order = reading.superlative or reading.comparative
    if reading.withdrawn and not reading.terms and reading.constraints.is_empty and order is None:
        return Intent.RESTART if EVERYTHING in reading.withdrawn else Intent.REFINE
    if not any(char.isalnum() for char in text):
        return _in_signs(text)
    if about_service := _courtesy(text) or _service(reading):
        return about_service
    return (_follow_up(reading) if reading.has_suggestions else None) or _fresh(reading)


_SIGNS = (
    (Intent.GOODBYE, "\U0001f44b"),
    (Intent.THANKS, "\U0001f44d\U0001f64f\u2764\U0001f60a\U0001f600\U0001f44c\U0001f970\U0001f60d\U0001f389"),
)


def _in_signs(text: str) -> Intent:
    """What a message without any letter says: a thumb, a heart or a smile is thanks."""
    return next((intent for intent, signs in _SIGNS if any(sign in text for sign in signs)), Intent.UNCLEAR)


def compares(text: str) -> bool:
    """Whether a lower-case text asks for a comparison."""
    return _compares(text) is not None


def asks_of_shop(text: str) -> bool:
    """Whether a lower-case text asks for what the shop has, whatever was suggested: "the lowest drop you have"."""
    return _whole_shop(text) is not None


def asks_among(text: str) -> bool:
    """Whether a lower-case text asks which of what was suggested: "which is cheaper per lens"."""
    return text.startswith(("which ", "and which ")) or _per_piece(text) is not None


def points_back(text: str) -> bool:
    """Whether a lower-case text speaks of something that was named before: "it", "those", "the same"."""
    return _points_back(text) is not None


def points_at_several(text: str) -> bool:
    """Whether a lower-case text asks among what was suggested: "the lightest of these", "which one is lighter?"."""
    return _points_at_several(text) is not None


def _courtesy(text: str) -> Intent | None:
    spoken = text.replace(",", " ").replace("!", " ").replace(".", " ").replace("?", " ").split()
    if not spoken or len(spoken) > _LONGEST_COURTESY:
        return None
    if spoken[0] in _GREETING_STARTS and all(word in _GREETING_WORDS for word in spoken):
        return Intent.GREETING
    if _GOODBYE.match(text):
        return Intent.GOODBYE
    return Intent.THANKS if _THANKS.match(text) or _PRAISES.match(text) else None


def _service(reading: Reading) -> Intent | None:
    """What a message asks of the company rather than of its products."""
    if asks_about_order(reading.text):
        return Intent.ORDER_STATUS
    if asks_for_person(reading.text):
        return Intent.HUMAN
    if asks_for_help(reading.text):
        return Intent.HELP
    return Intent.COMPANY if _is_about_company(reading) else None


def _is_about_company(reading: Reading) -> bool:
    if asks_for_rebate(reading.text) or tells_of_cheaper(reading.text) or complains_only(reading.text):
        return True
    if asks_if_open(reading.text):
        return True
    if not speaks_of_company(reading.text):
        return False
    constraints = reading.constraints
    names_product = bool(constraints.categories or constraints.makers or constraints.price_max or constraints.price_min)
    return not names_product or (asks(reading.text) is not None and not states_need(reading.text))


def _follow_up(reading: Reading) -> Intent | None:
    """What a message asks about the last suggestions; None when it stands on its own."""
    return _beside(reading) or _among(reading) or _of_one(reading)


def _beside(reading: Reading) -> Intent | None:
    """What asks for more than the suggestions themselves say: names, sums, accessories, other wishes."""
    text, sought = reading.text, reading.constraints.categories
    if any(reading.compared):
        return Intent.COMPARE
    if asks_for_total(text) and (not sought or adds_up(text)):
        return Intent.TOTAL
    if asks_for_accessory(text, reading.terms):
        return Intent.ACCESSORY
    return Intent.REFINE if reading.withdrawn and not sought else None


def _among(reading: Reading) -> Intent | None:
    """What compares the suggestions, or orders them."""
    text, constraints = reading.text, reading.constraints
    if (reading.superlative or reading.comparative) and _per_piece(text):
        return Intent.DETAIL  # what each costs and holds is said: nobody has reckoned it by the piece
    if compares(text) and (reading.ordinals or _points_back(text) or not constraints.categories):
        return Intent.COMPARE
    if reading.superlative is not None:
        return Intent.PICK if points_at_several(text) or not _stands_alone(reading) else None
    if reading.comparative is None:
        return None
    return Intent.PICK if points_at_several(text) else Intent.REFINE  # "the cheaper one of the two"


def _stands_alone(reading: Reading) -> bool:
    """Whether a superlative is asked of the shop rather than of the suggestions: "your lightest laptop"."""
    named = reading.constraints.categories or reading.terms or asks_of_shop(reading.text)
    return bool(named) and not reading.ordinals


def _of_one(reading: Reading) -> Intent | None:
    text = reading.text
    if reading.superlative is not None:
        return None
    if reading.ordinals or _asks_inside(text) or (_asks_for_price(text) and not reading.terms):
        return Intent.DETAIL
    if reading.constraints.categories and not reading.terms and _only(text):
        return Intent.REFINE  # "necklaces only", of what was shown
    if reading.constraints.categories and not (_asks_of_the(text) or _asks_of_it(text)):
        return None
    return _narrowing(reading) or _about_one(reading)


def _narrowing(reading: Reading) -> Intent | None:
    """A change of the wish that only limits it."""
    text, terms = reading.text, reading.terms
    if terms and reading.constraints.is_empty and _asks_whether_in(text):
        return Intent.DETAIL
    short = len(terms) <= _LONGEST_REFINEMENT
    if not terms and not reading.constraints.is_empty:
        return Intent.REFINE
    if _points_back(text):
        narrows = short and _narrows(text) and (terms or not _asks_for_detail(text)) and not _asks_plainly(text)
        return Intent.REFINE if narrows and not _asks_yes_or_no(text) else None
    if short and _narrows(text) and not _asks_of_one(text) and (not terms or not _states_something_new(text)):
        return Intent.REFINE
    limits = set(terms) <= _maker_words(reading.constraints) | reading.attribute_words
    return Intent.REFINE if limits and not reading.constraints.is_empty else None


def _about_one(reading: Reading) -> Intent | None:
    """A question about one of the suggestions."""
    text, terms = reading.text, reading.terms
    short = len(terms) <= _LONGEST_REFINEMENT
    if _points_back(text):
        narrows = short and _narrows(text) and (terms or not _asks_for_detail(text))
        return Intent.DETAIL if narrows or _asks_for_detail(text) else None
    if short and (_asks_of_the(text) or _asks_for_the(text) or _asks_of_one(text)):
        return Intent.DETAIL
    return Intent.DETAIL if _asks_for_detail(text) and len(terms) <= 1 else None


# "Is there milk in it?" asks about the chocolate, whatever else the shop sells by that name.
_asks_inside = matching(
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:(?:is|are) there |does it have |do they have |has it got )?(?:any )?"
    r"(?:[\w'-]+ ){1,4}in (?:it|this|that|them|these|those)\W*$",
    r"^(?:and |so |but |ok(?:ay)?,? )*(?:is|are) there (?:an? |any )?(?:[\w'-]+ ){1,4}(?:with|on) (?:it|this|that)\W*$",
)
_only = matching(r"^(?:and |but |ok(?:ay)?,? )*(?:only|just) (?:the )?[\w' &-]+$", r"^(?:the )?[\w' &-]+ only\W*$")
_asks_for_price = matching(
    r"^(?:and |so |but |ok(?:ay)?,? |what's |what is |the |its |their |your )*(?:prices?|costs?)\b"
)
_asks_of_the = matching(
    r"^(?:and |so |but )*where (?:is|are|do|does|was|were) (?:it|they|the [\w -]{2,30}) (?:from|made|come from|"
    r"produced|grown)\b",
    r"^(?:and |so |but )*(?:can|could|may|should) i (?:\w+ ){1,2}(?:the|it|them|its|their)\b",
)
_asks_of_one = matching(
    r"^(?:and |but |so )*(?:what|how(?: \w+)?) (?:does|do|did|is|are|would) the (?:[\w-]+ ){1,3}ones? "
)
_asks_plainly = matching(
    r"^(?:and |but |so )*(?:what|how(?: \w+)?) (?:does|do|is|are|did|would) (?:the|this|that|it|they|these|those)\b"
)
_asks_for_the = matching(
    r"^(?:and |but |so )*(?:what|which) (?:other )?(?:colou?rs?|sizes?|materials?)\b"
    r"(?! do you (?:have|sell|stock|carry))",
    r"^(?:and |but |so )*(?:what(?:'s| is| are)|how \w+ (?:is|are|does|do|will|can)) the (?!best|newest|latest)",
)
# "Do you have it in hardcover?", where the shop knows no such colour or size: a question about the book.
_asks_whether_in = matching(r"\b(?:it|this|that) (?:come |also |come also )?(?:in|as) (?:an? )?[\w-]+\W*$")
_asks_yes_or_no = matching(
    r"^(?:and |but |so |ok(?:ay)?,? )*(?:does|is|are|has|can|will|would|do) (?:it|they|this|that|these|those)\b"
)
_asks_of_it = matching(
    r"^(?:and |but |so |ok(?:ay)?,? )*(?:does|is|has|can|will|would) (?:it|this|that)\b(?!.*\b(?:cheaper|another)\b)"
)
_states_something_new = matching(r"\b(?:something|anything|one|ones) (?:for|to|that|with)\b")


def _maker_words(constraints: Constraints) -> set[str]:
    return {word for maker in constraints.makers for word in maker.lower().split()}


def _fresh(reading: Reading) -> Intent:
    """What a message asks by itself."""
    constraints = reading.constraints
    if all(reading.compared) and reading.compared:
        return Intent.COMPARE
    if _only_denies(reading):
        return Intent.UNCLEAR
    if not constraints.is_empty or reading.superlative or reading.comparative:
        return Intent.PRODUCT
    if not reading.terms or is_off_topic(reading.text) or all(_is_gibberish(term) for term in reading.terms):
        return Intent.UNCLEAR
    return Intent.PRODUCT


def _only_denies(reading: Reading) -> bool:
    """Whether there is nothing but what is disliked: "I hate Mondays" asks for no product."""
    rest = reading.constraints.model_copy(update={"excluded_terms": ()})
    return rest != reading.constraints and rest.is_empty and not (reading.terms or reading.superlative)


def _is_gibberish(word: str) -> bool:
    if _CONSONANTS.search(word) or _REPEATED.fullmatch(word) or word in _NO_WORDS or _runs_along_keys(word):
        return True
    return len(word) >= _SHORTEST_WORD_WITHOUT_VOWEL and not _VOWEL.search(word)


def _runs_along_keys(word: str) -> bool:
    """Whether a word is only a finger that runs over a keyboard: "asdf", "lkjh"."""
    if len(word) < _SHORTEST_KEY_RUN:
        return False
    return any(word in row or word[::-1] in row for row in _KEY_ROWS)
