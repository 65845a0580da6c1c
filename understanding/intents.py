"""What a message is for, decided from its words and from what else was read out of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from models import Constraints, Intent, Superlative
from understanding.words import word_set

_LONGEST_COURTESY = 8  # words; "hi there, good morning to you all" is a greeting, more than that is a message


def _one_of(*patterns: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).search


_PERSON = (
    r"(?:human|person|agent|representative|rep|advisor|adviser|operator|employee|colleague|somebody|someone|people)"
)
_asks_for_person = _one_of(
    rf"\b(?:speak|talk|chat|connect|transfer|escalate|put|hand)\b.{{0,30}}\b(?:{_PERSON}|staff|team|support|service)\b",
    r"\b(?:real|live|actual) (?:human|person|agent|people)\b",
    r"^(?:an? )?(?:human|person|agent|representative|operator)\b[ ,]*(?:please|now)?\W*$",
    r"\b(?:need|want|get|like|give) (?:me )?(?:an? |to )?(?:human|agent|representative|advisor|operator|"
    r"customer service)\b",
    r"\b(?:a|any) (?:human|person) please\b",
    r"\b(?:make|file|have|want to) a? ?complain(?:t)?\b",
    r"\bcall me back\b",
)
_OWN = r"(?:my|our|the|an?|this)"
_asks_about_order = _one_of(
    r"\bwhere(?:'s| is| are|s)? (?:my|our) (?!(?:\w+ )?data)(?:\w+ )?(?:order|package|parcel|delivery|shipment|stuff|"
    r"things|refund)",
    rf"\btrack(?:ing)? (?:{_OWN} )?(?:\w+ )?(?:order|package|parcel|delivery|shipment)",
    r"\b(?:order|delivery|tracking|refund) (?:status|number|id)\b",
    r"\bstatus of (?:my|our|the|an) (?:order|delivery|refund|return)",
    r"\border ?#? ?[a-z-]*[0-9]{4,}\b",
    r"\b(?:my|our) (?:order|package|parcel|delivery|shipment|refund)\b.{0,60}\b(?:late|lost|missing|damaged|arrived?|"
    r"come|"
    r"coming|"
    r"delayed|shipped|cancel|change|not|never|hasn't|haven't|didn't|still|yet|wrong)\b",
    r"\b(?:cancel|change|modify|amend)\b.{0,15}\b(?:my|our|an) order\b",
    r"\bwhen (?:will|does|do|is|can)\b.{0,60}\b(?:my|our) (?:order|package|parcel|delivery|shipment|refund)\b",
    r"\bi(?:'ve| have)? (?:ordered|placed an order)\b.{0,60}\b(?:not|never|hasn't|haven't|yet|ago|still)\b",
)

# Subjects that shops have rules for; each alone may also belong to a product ("SD card", "a phone"), hence the phrases.
_speaks_of_company = _one_of(
    r"\b(?:return|refund|exchange|shipping|delivery|warranty|privacy|payment|repair|cancellation|price[- ]match\w*) "
    r"(?:policy|policies|polic|terms|conditions|fee|fees|costs?|charges?|options?|methods?|times?|info\w*|window|"
    r"period)\b",
    r"\b(?:return|send(?:ing)?|bring|give|exchang\w+|swap|refund) (?:it|them|this|that|these|those|something|an item|"
    r"items|goods|"
    r"things?|a product|products|an? (?:\w+ )?order)\b",
    r"\b(?:returns?|refunds?|refunded|exchanges?|money back|send back|shipping|warranty|warranties|guarantees?|"
    r"guaranteed|"
    r"polic(?:y|ies)|paypal|klarna|afterpay|instal?lments?|price[- ]match\w*|sustainability|carbon neutral|"
    r"fair[- ]trade|headquarters?|newsletter|imprint|gift ?wrap\w*|loyalty (?:program\w*|points)|student discounts?)\b",
    r"\b(?:how|what|when|where|can|could|may|do|does|is|are|will)\b.{0,60}\b(?:deliver(?:y|ies|ed|s)?|ship(?:s|ped)?|"
    r"pay(?:ment|ments)?)\b",
    r"\b(?:do|can|will) you (?:also )?(?:ship|deliver|repair|accept|take|guarantee|refund|exchange|gift|price|match|"
    r"install|hem|"
    r"alter|recycle|donate|rent|lease|finance|wrap|engrave|fix|service|charge)\b",
    r"\bfree (?:shipping|delivery|returns?)\b",
    r"\b(?:pay|paying) (?:with|by|in|via|using|later|cash|on)\b",
    r"\b(?:accept|take) (?:\w+ ){0,2}(?:cards?|cash|paypal|visa|mastercard|amex|cheques?|checks?|bitcoin|crypto)\b",
    r"\b(?:opening|business|store|shop|office|working|support) (?:hours|times|days)\b",
    r"\b(?:are|is|when|what time|until when|do) (?:you|your (?:shop|store|office))\b.{0,60}\b(?:open|close|closed|"
    r"opening|"
    r"closing)\b",
    r"\bwhere (?:are|is|do) (?:you|your)\b",
    r"\bwho (?:are|is|owns|runs|founded) (?:you|your|the (?:company|owner|founder))\b|^who are you\b",
    r"\babout (?:you|your|the company|this company|the shop|the brand)\b(?! (?:cheap|light|laptop))",
    r"\b(?:your|the) (?:company|shop|store|business|address|location|offices?|phone(?: number)?|telephone|"
    r"e-?mail(?: address)?|"
    r"contact(?: \w+)?|hours|website|story|history|mission|values|founders?|team|makers|suppliers|workshops?|terms|"
    r"materials|"
    r"packaging)\b",
    r"\b(?:contact|reach|email|e-mail|call|phone|ring|write to|visit) (?:you|your|us|the (?:shop|store|company|"
    r"support))\b",
    r"^(?:contact|phone number|e-?mail(?: address)?|address|hours|delivery|payment|location|about us|shipping|"
    r"repairs?)\W*$",
    r"\bcontact (?:details|information|info|data|number|form)\b|\bcustomer (?:service|support|care)\b",
    r"\b(?:when|how|who|where)\b.{0,60}\b(?:founded|established|started|based|located|headquartered)\b",
    r"\bare (?:you|your \w+(?: \w+)?|the \w+ you \w+)\b.{0,60}\b(?:sustainable|ethical\w*|organic|eco[- ]friendly|fair|"
    r"vegan|recycled|"
    r"green|certified)\b",
    r"\b(?:eco[- ]friendly|ethical|sustainable|environmental(?:ly)?)\b.{0,60}\b(?:company|brand|you|policy|"
    r"practices?)\b",
    r"\bhow (?:is|are|do you)\b.{0,60}\byour?\b.{0,30}\b(?:made|produced|sourced|make|produce|source)\b",
    r"\bdo you (?:have|offer|give|provide)\b.{0,60}\b(?:discounts?|coupons?|vouchers?|gift cards?|shops?|stores?|"
    r"showrooms?|"
    r"jobs?|"
    r"size guide|instal?lments?|repairs?|financing)\b",
    r"\bsize (?:guide|chart|help|advice)\b|\bwhat (?:is )?(?:my )?size\b|\bwhich size\b",
    r"\b(?:broken|defective|faulty|doesn't work|does not work|stopped working|damaged)\b",
)
# A message of a need goes to the products even when it names such a subject ("a laptop with a long warranty").
_states_need = _one_of(
    r"\b(?:need|want|looking for|look for|searching for|search for|show me|recommend|suggest|buy|find me|find a|"
    r"interested in|"
    r"shopping for|give me|gift for|do you (?:have|sell|carry|stock)|have you got)\b"
)
_asks = _one_of(
    r"^(?:and |but |so |ok(?:ay)?,? |hi,? |hello,? )*(?:what|how|can|could|do|does|is|are|will|where|when|which|who|"
    r"may|my|if)\b"
)
_asks_for_help = _one_of(
    r"\bwhat (?:can|could|do) (?:you|i) (?:do|ask|help|offer)\b",
    r"\bhow (?:can|do|could|does) (?:you|this|i) (?:help|work|chat|use|bot)\b",
    r"\bhow (?:does|do) (?:this|it|you) (?:\w+ )?work\b",
    r"^(?:please |can you |could you |i need |i want |some )*help(?: me)?(?: please)?\W*$",
    r"\bwhat are you\b|\bare you (?:a |an )?(?:bot|robot|human|ai|real|machine|chatbot|person)\b",
    r"^(?:what do you (?:sell|have|offer|carry)|what(?:'s| is) (?:there|available)|what products do you (?:sell|"
    r"have))\b\W*$",
)
_is_off_topic = _one_of(
    r"^(?:who|why)\b(?! (?:makes|sells|made|should|would))",
    r"\b(?:tell|know) (?:me )?(?:a|any|some) (?:jokes?|stor(?:y|ies)|poems?)\b",
    r"\b(?:what(?:'s| is)|how(?:'s| is)) the (?:weather|time|news|score|capital|meaning|date)\b",
    r"\bwrite (?:me )?(?:a|an|some) (?:poem|essay|story|song|code|letter|program)\b",
    r"\b(?:ignore|forget) (?:all |your |the |any )*(?:previous|prior|above|earlier)? ?(?:instructions|prompts?|"
    r"rules)\b",
    r"\b(?:what is|what's|calculate) [0-9]+ ?[-+*/x] ?[0-9]+\b",
    r"\bi love you\b|\bdo you (?:love|like|feel|dream|believe)\b|\bhow old are you\b",
)

_GREETING_WORDS = word_set(
    """hi hello hey hiya howdy greetings good morning afternoon evening day there you all team everyone to and dear yo
    sup how are doing today is it going what's up nice meet"""
)
_GREETING_STARTS = word_set("hi hello hey hiya howdy greetings good yo sup how nice what's dear")
_THANKS = re.compile(
    r"^(?:(?:ok|okay|great|perfect|cool|nice|awesome|wonderful|alright|excellent|good|yes|no|that's all|all good|"
    r"got it)[,.! ]*)*"
    r"(?:many |no,? )?(?:thanks?|thank you|thx|ty|cheers|appreciate(?: it)?|much appreciated)?"
    r"(?: (?:you|so|very|much|a|lot|for|your|the|help|again|everything|that|all|really|info|information|ton|"
    r"bunch))*\W*$"
)
_GOODBYE = re.compile(
    r"^(?:(?:ok|okay|thanks?|thank you|great|perfect)[,.! ]*)*(?:good ?bye|bye(?:[- ]?bye)?|see (?:you|ya)|so long|"
    r"farewell|ciao|"
    r"take care|good ?night|have a (?:nice|good|great|lovely) (?:day|evening|night|one|weekend)|"
    r"talk (?:to you )?(?:later|soon)|"
    r"that(?:'s| is| will be|'ll be) (?:all|it)(?: (?:for (?:now|today)|thanks?|thank you))?|until next time)"
    r"(?:[ ,]+(?:for now|then|later|soon|tomorrow|again|and|thanks?|thank you|have a \w+ day|you|all|bye))*\W*$"
)

_compares = _one_of(
    r"\bcompar(?:e|es|ing|ison)\b",
    r"\bdifferen(?:ces?|t|tiate) (?:between|from|is|are)\b|\bdifferences?\b|\bhow do (?:they|these|those) (?:differ|"
    r"compare)\b",
    r"\b(?:vs\.?|versus)\b|\bside by side\b",
    r"\bwhich (?:one |of (?:them|these|those|the two) )?(?:is|are|would be|do you think is) (?:the )?(?:better|best|"
    r"right)\b",
    r"\bwhich (?:one|of (?:them|these|those|the two))?\s*(?:should|would|do) (?:i|you) (?:take|buy|choose|get|pick|"
    r"recommend|prefer|"
    r"suggest)\b",
)
_points_back = _one_of(
    r"\b(?:it|its|it's|they|they're|their|them|these|those|this|that|this one|that one|the one|ones|both|the same)\b"
)
_points_at_several = _one_of(r"\b(?:of|between|among|from|out of) (?:them|these|those|the (?:two|three|four))\b")
_whole_shop = _one_of(
    r"\b(?:you|do you|you guys) (?:have|sell|offer|carry|stock|got)\b|\bin (?:the|your) (?:shop|store)\b"
)
_asks_for_detail = _one_of(
    r"\btell me (?:a bit |some )?more\b|\bmore (?:about|on|details?|info\w*)\b|\bdetails?\b|\bspec(?:s|ifications?)?\b",
    r"\b(?:does|do|is|are|has|have|can|will|would|could|what|how|which|why|where|when)\b.{0,60}\b(?:it|its|they|them|"
    r"their|"
    r"this|that|"
    r"these|those|one|ones)\b",
    r"\bit(?:'s)? (?:have|has|come|work|support|fit)\b",
    r"\b(?:i'll|i will|i'd|let me) (?:\w+ )?(?:take|buy|get|have|order)\b|\badd .{0,60}\b(?:cart|basket)\b|\b(?:buy|"
    r"order|"
    r"take) (?:it|this|that)\b",
    r"\bhow (?:much|heavy|big|large|long|tall|wide|fast|loud|thick)\b",
)
_narrows = _one_of(
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
    """

    text: str
    terms: tuple[str, ...]
    constraints: Constraints
    superlative: Superlative | None
    comparative: Superlative | None
    ordinals: tuple[int, ...]
    has_suggestions: bool
    attribute_words: frozenset[str] = frozenset()


def decide(reading: Reading) -> Intent:
    """The one intent of a message. The order of the questions is the order of what must not be missed."""
    text = reading.text
    if not any(char.isalnum() for char in text):
        return Intent.UNCLEAR
    if about_service := _courtesy(text) or _service(reading):
        return about_service
    return (_follow_up(reading) if reading.has_suggestions else None) or _fresh(reading)


def compares(text: str) -> bool:
    """Whether a lower-case text asks for a comparison."""
    return _compares(text) is not None


def _courtesy(text: str) -> Intent | None:
    spoken = text.replace(",", " ").replace("!", " ").replace(".", " ").replace("?", " ").split()
    if not spoken or len(spoken) > _LONGEST_COURTESY:
        return None
    if spoken[0] in _GREETING_STARTS and all(word in _GREETING_WORDS for word in spoken):
        return Intent.GREETING
    if _GOODBYE.match(text):
        return Intent.GOODBYE
    return Intent.THANKS if _THANKS.match(text) else None


def _service(reading: Reading) -> Intent | None:
    """What a message asks of the company rather than of its products."""
    if _asks_about_order(reading.text):
        return Intent.ORDER_STATUS
    if _asks_for_person(reading.text):
        return Intent.HUMAN
    if _asks_for_help(reading.text):
        return Intent.HELP
    return Intent.COMPANY if _is_about_company(reading) else None


def _is_about_company(reading: Reading) -> bool:
    if not _speaks_of_company(reading.text):
        return False
    constraints = reading.constraints
    names_product = bool(constraints.categories or constraints.makers or constraints.price_max or constraints.price_min)
    return not names_product or (_asks(reading.text) is not None and not _states_need(reading.text))


def _follow_up(reading: Reading) -> Intent | None:
    """What a message asks about the last suggestions; None when it stands on its own."""
    text, constraints = reading.text, reading.constraints
    if compares(text) and (reading.ordinals or _points_back(text) or not constraints.categories):
        return Intent.COMPARE
    if reading.superlative is not None:
        on_its_own = (constraints.categories or reading.terms or _whole_shop(text)) and not reading.ordinals
        return Intent.PICK if _points_at_several(text) or not on_its_own else None
    if reading.comparative is not None:
        return Intent.REFINE
    if reading.ordinals:
        return Intent.DETAIL
    if constraints.categories:
        return None
    return _about_one(reading)


def _about_one(reading: Reading) -> Intent | None:
    text, terms = reading.text, reading.terms
    short = len(terms) <= _LONGEST_REFINEMENT
    if not terms and not reading.constraints.is_empty:
        return Intent.REFINE
    if _points_back(text):
        if short and _narrows(text) and (terms or not _asks_for_detail(text)):
            return Intent.REFINE if not _asks_yes_or_no(text) else Intent.DETAIL
        return Intent.DETAIL if _asks_for_detail(text) else None
    if short and _narrows(text) and (not terms or not _states_something_new(text)):
        return Intent.REFINE
    if not reading.constraints.is_empty and set(terms) <= _maker_words(reading.constraints) | reading.attribute_words:
        return Intent.REFINE
    asks_for_one = _asks_for_detail(text) and len(terms) <= 1
    return Intent.DETAIL if asks_for_one or (short and _asks_for_the(text)) else None


_asks_for_the = _one_of(r"^(?:and |but |so )*(?:what(?:'s| is| are)|how \w+ (?:is|are)) the (?!best|newest|latest)")
_asks_yes_or_no = _one_of(
    r"^(?:and |but |so |ok(?:ay)?,? )*(?:does|is|are|has|can|will|would|do) (?:it|they|this|that|these|those)\b"
)
_states_something_new = _one_of(r"\b(?:something|anything|one|ones) (?:for|to|that|with)\b")


def _maker_words(constraints: Constraints) -> set[str]:
    return {word for maker in constraints.makers for word in maker.lower().split()}


def _fresh(reading: Reading) -> Intent:
    """What a message asks by itself."""
    constraints = reading.constraints
    if not constraints.is_empty or reading.superlative or reading.comparative:
        return Intent.PRODUCT
    if not reading.terms or _is_off_topic(reading.text) or all(_is_gibberish(term) for term in reading.terms):
        return Intent.UNCLEAR
    return Intent.PRODUCT


def _is_gibberish(word: str) -> bool:
    if _CONSONANTS.search(word):
        return True
    return len(word) >= _SHORTEST_WORD_WITHOUT_VOWEL and not _VOWEL.search(word)
