"""Reading a customer's message: the one entry point of this package."""

import re

from needs import Constraints, Intent, Understood, Vocabulary
from understanding.accessories import kind_asked, target_of
from understanding.allergies import may_tell_allergies, read_allergies
from understanding.bodies import without_bodies
from understanding.changes import Changes, read_changes
from understanding.comparing import names_compared
from understanding.constraints import category_stems, read_constraints
from understanding.emergencies import in_danger
from understanding.heads import heads
from understanding.intents import Reading, compares, decide
from understanding.languages import LANGUAGES, courtesy_in, in_english_grammar, language_of, says_nothing
from understanding.manners import Manner, in_distress, read_manner, turns_around
from understanding.references import read_comparative, read_ordinals, read_superlative
from understanding.spreading import asks_how_many, need_in, without_amounts
from understanding.subjects import SOMEBODY
from understanding.words import FILLER, PRAISE, content_words, plain, stem, unique, word_set, words

# Characters that are read; a need is stated in far fewer, and a pasted wall of text shall not cost more.
MAX_READ_CHARS = 2_000

# What a product shall not have must not be searched for, nor be given as a reason.
_DENIED = re.compile(r"\b(?:without|no|not|non) (?:(?:an?|any|the|too|so|very|that) )?(?!only)[\w-]+")

_NEGATES = re.compile(
    r"n't\b|\b(?:dont|doesnt|wont|cant|isnt|arent|not|no|never|without|less|free|against|anti|avoids?|"
    r"(?<!start-)(?<!start )stops?)\b"
)

# As people type in a hurry. What a message is for is told from the words spelled out.
_SPELLED_OUT = {
    "whats": "what's", "thats": "that's", "wheres": "where's", "hows": "how's", "im": "i'm", "ive": "i've", "id": "i'd",
    "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "thx": "thanks", "theres": "there's",
    "smth": "something", "sth": "something", "youre": "you're", "theyre": "they're", "em": "them", "ppl": "people",
    "abt": "about",
}  # fmt: skip
# "Photo ID" is no "I'd".
_SHORTHAND = re.compile(
    rf"(?<![\w'-])(?!id\b(?! (?:like|love|want|rather|prefer|need)\b))(?:{'|'.join(_SPELLED_OUT)})(?![\w'-])",
    re.IGNORECASE,
)

# "And cookies?" wishes for more.
_ADDS = re.compile(r"(?:and|also|plus|ok(?:ay)? and|what about|how about)\b")

_WITH = re.compile(r"(?<![\w/])w/(?P<out>o(?!\w))? ?", re.IGNORECASE)

# Words of somebody who says something, rather than typing what to look for: pronouns, auxiliaries, questions.
_SPOKEN = word_set(
    """
    i i'm im i'd id i'll i've ive me my mine myself we we're we've we'd our us you you're your yours he she his her
    they they're them their it it's its this that that's these those what what's which who who's whose when where why
    how is isn't are aren't was were be been am do does did don't dont doesn't didn't can can't cant could couldn't
    will won't would should shall may might must have haven't has had there there's let let's please anything something
    anyone someone isnt arent doesnt didnt wont that's there's
    """
)
_ASKING = word_set(
    """need want wanna looking look searching search seeking find finding show recommend suggest give get buy compare
    tell help any got more other another add difference differences"""
)
_JOINING = word_set("a an the some any few of for and or in on at to with by from as nor but than about")
_NEGATING = word_set("no not non never neither without except excluding")  # nothing is found by these
_PASSING = word_set(
    "only then too also just instead now still highest lowest longest shortest most least maybe perhaps version variant"
)
# "The moth one", not "xbox one".
_POINTS_AT_ONE = re.compile(r"\b(?:the|that|this|those|these) (?:[\w-]+ ){1,3}ones?\b|, [\w-]+ ones?\W*$")
_ONES = frozenset({"one"})
_OF_PRICE = word_set("price prices cost costs")
_MOST_KEYWORDS = 6
_SENTENCE = 5  # words, from which on what stands between the terms tells something: "keep the sun off us"

# Put as a question of what is so, as most are that no shop can answer; "what do I need for a party?" asks for things.
_INQUIRES = re.compile(
    r"^\W*(?:who|whose|whom|when|where|why|which|is|are|was|were|did|does|do|will|should|shall|has|have|translate|tell|"
    r"recite|compose|write|explain|name|factori[sz]e|solve|calculate|sing|count|can i|"
    r"what(?!.*\b(?:wear|get|buy|use|need|pack|take|bring|give|put)\b)|"
    r"how (?:much is|many|old|long|far|high|can i|do you|does|did|do i (?:make|cook|say|spell|solve|become))|at what)\b"
)

# How old somebody is, a person or a pet: no words to search by ("whisky, 12 years old" is none of these).
_YEARS = r"[0-9]{1,2}[ -]?(?:years?|yrs?|months?|weeks?)"
_ADULT = (  # whom something is for: unlike a child or a dog, no shop sells for them alone
    "friend|husband|hubby|wife|missus|girlfriend|gf|boyfriend|bf|partner|dad|mum|mom|father|mother|parents|grandma|"
    "granny|gran|nan(?! bread)|nana|grandpa|grandad|granddad|teacher|colleague|boss"
)
_AGED = re.compile(
    rf"\b(?:is|he's|she's|hes|shes|who's|turns|turned|turning|aged?) (?:now |only |just |about |almost |nearly )?"
    rf"(?:{_YEARS}(?:[ -]olds?)?|[0-9]{{1,2}})"
    r"(?=\W*$|[,.;!?]| (?:and|so|who|but|on|next|this|in|today|tomorrow|soon)\b)|"
    rf"\b{_YEARS}[ -]olds?(?=\W*$|[,.;!?]| (?:and|who|that|which|with|{SOMEBODY})\b)"
)

# "A present for my niece" names nothing to look for.
_OF_GIFTS = word_set(f"gift gifts present presents birthday christmas someone somebody {SOMEBODY.replace('|', ' ')}")

# "Compare the two keyboards": how many were shown, or are there, is no word to search by.
_COUNTED = re.compile(r"\b(?:the|these|those|all|both) (?:two|three|four|2|3|4)\b(?!-)")

# What somebody buys for, and how many pieces at the end: "champagne for a birthday, 3 bottles".
_PERSON = rf"(?!(?:dog|puppy|cat|kitten|pet)\b)(?:{SOMEBODY})"
_OCCASION = re.compile(
    rf"\b(?:gift|present)s? (?:for|to) (?:(?:an?|my|his|her|our|the|their) )?{_PERSON}\b(?:'?s)?"
    r"(?: [0-9]{1,3}(?:st|nd|rd|th)\b)?(?: birthday)?|"
    rf"\b(?:me|i|us|myself) (?:and|&|n|plus) (?:my |our |the )?(?:{_ADULT})\b|"
    r"\b(?:for|as) (?:(?:a|an|my|his|her|our|the|their) )?(?:\w+(?:'s)? )?"
    rf"(?:birthday|christmas|anniversary|present|gift|{_ADULT})\b(?: [0-9]{{1,3}}(?:st|nd|rd|th)\b)?"
    r"(?! (?:card|wrap|box|paper|bag|set|tree|cake|(?!s?hes\b)\w+s)\b)|"
    r"\b(?:gift|present)s? (?:for|to) (?:(?:an?|my|his|her|our|the|their) )?(?:\w+(?:'s)? )?"
    r"(?:wedding|engagement|graduation|house ?warming|baby shower|retirement)\b|"
    r"\b(?:birthday|christmas|anniversary|wedding|valentine'?s?|engagement|graduation|farewell|baby shower|"
    r"house ?warming|(?:mother|father)'?s day) (?:gift|present)s?\b(?! (?:card|wrap|box|paper|bag|set)\w*\b)|"
    r"(?:^|, ?)[0-9]{1,2} (?:bottles|pieces|packs|bags|boxes|copies|pairs|cans|units)\W*$"
)

_SEARCHING = frozenset({Intent.PRODUCT, Intent.REFINE})
_WITHOUT_TERMS = frozenset(
    {
        Intent.GREETING,
        Intent.THANKS,
        Intent.GOODBYE,
        Intent.HELP,
        Intent.HUMAN,
        Intent.UNCLEAR,
        Intent.RESTART,
        Intent.TOTAL,
    }
)


# "Usb c" is one word.
_LETTERED = re.compile(r"\b(usb|type) ([abc])\b", re.IGNORECASE)

# "Fine. How heavy is it?", "lol. A present, about 90": said before what is meant.
_SAID_FIRST = re.compile(
    r"^\W*(?:(?:fine|lol|haha+|hehe|cool|great|alright|ugh|wow|morning|hiya|hi|hey|hello)[.,!\u2026]+\s+|h+m+\W+)+(?=\S)",
    re.IGNORECASE,
)


def spelled_out(message: str) -> str:
    """What a message asks, without what is only said before that, and with what is typed in a hurry spelled out."""
    return _spelled(_SAID_FIRST.sub("", message[:MAX_READ_CHARS]))


def _spelled(text: str) -> str:
    return _SHORTHAND.sub(lambda match: _SPELLED_OUT[match[0].lower()], text)


def read(message: str, vocabulary: Vocabulary, *, has_suggestions: bool = False, searching: bool = False) -> Understood:
    """Read a message as far as it can be read without a language model. Any Unicode text is accepted.

    Args:
        message: the customer's words.
        vocabulary: the names that the brand's catalogue gives to things.
        has_suggestions: whether products were suggested before, to which "it" or "the second one" can refer.
        searching: the words stand in a search box: whatever they are, products are looked for.
    """
    original = plain(message[:MAX_READ_CHARS])[:MAX_READ_CHARS]
    original = _LETTERED.sub(r"\1-\2", original)
    if searching:
        return _read(original, vocabulary, _AS_IT_STANDS._replace(rest=original), Intent.PRODUCT)
    original = _SAID_FIRST.sub("", original)
    manner = read_manner(original)
    if beyond := _beyond_shops(original, manner):
        return beyond
    language = language_of(manner.rest)
    if language in LANGUAGES:
        return _read_foreign(manner.rest, vocabulary, language)
    said = _read(manner.rest, vocabulary, read_changes(manner.rest), has_suggestions=has_suggestions)
    if manner.abusive and said.intent is Intent.UNCLEAR:
        return said.model_copy(update={"intent": Intent.ABUSE})
    return said


def _beyond_shops(original: str, manner: Manner) -> Understood | None:
    """A message that no shop can do anything about, whatever else it says."""
    if in_distress(original):
        return Understood(intent=Intent.DISTRESS)
    if language := in_danger(original):
        return Understood(intent=Intent.EMERGENCY, language=language if language in LANGUAGES else None)
    if turns_around(original):
        return Understood(intent=Intent.OUTSIDE)
    return Understood(intent=Intent.ABUSE) if manner.abusive and not manner.rest else None


_AS_IT_STANDS = Changes((), corrects=False, rest="")


def _read_foreign(original: str, vocabulary: Vocabulary, language: str) -> Understood:
    """A message in a language whose grammar is not read: its prices, and words that the catalogue may have."""
    if courtesy := courtesy_in(original, language):
        return Understood(intent=courtesy, language=language)
    text = in_english_grammar(original, language)
    said = _read(text, vocabulary, _AS_IT_STANDS._replace(rest=text), Intent.PRODUCT)
    terms = tuple(term for term in said.terms if not says_nothing(term, language))
    wanted = said.constraints.model_copy(update={"excluded_terms": ()})  # its "no" is not English
    intent = Intent.PRODUCT if terms or not wanted.is_empty else Intent.UNCLEAR
    return Understood(intent=intent, terms=terms, constraints=wanted, language=language)


def _read(
    original: str,
    vocabulary: Vocabulary,
    changes: Changes,
    intent: Intent | None = None,
    *,
    has_suggestions: bool = False,
) -> Understood:
    """Read a `plain` message; its intent is decided unless it is given."""
    said = _WITH.sub(lambda match: "without " if match["out"] else "with ", changes.rest)
    tells_allergies = intent is None and may_tell_allergies(said)
    allergies, said = read_allergies(said) if intent is None else ((), said)
    constraints, rest, attribute_words = read_constraints(said, vocabulary)
    if intent is None and (of_things := without_bodies(said)) != said:  # nobody wants a bag that is "1.90 m", as he is
        wanted, _, attribute_words = read_constraints(of_things, vocabulary)
        constraints = constraints.model_copy(update={"attributes": wanted.attributes})
    if allergies:
        unwanted = unique((*allergies, *constraints.excluded_terms))
        constraints = constraints.model_copy(update={"excluded_terms": unwanted})
    text = _spelled(" ".join(changes.rest.lower().split()).lstrip(" ,.;:"))
    superlative, rest = read_superlative(rest.lower())
    comparative, rest = read_comparative(rest)
    ordinals: tuple[int, ...] = ()
    if has_suggestions:
        ordinals, rest = read_ordinals(rest, comparing=compares(text))
    wording = " ".join(_DENIED.sub(" ", rest).split())
    if asks_how_many(text) and need_in([text]):
        rest = without_amounts(rest)
    if intent is None:  # else a shop may be searched for the very words
        rest = _OCCASION.sub(" ", _AGED.sub(" ", rest))
        rest = _COUNTED.sub(" ", rest) if has_suggestions or compares(text) else rest
    rest = _DENIED.sub(" ", rest)
    terms = unique(word for word in content_words(rest) if word not in FILLER)
    told = tuple(term for term in terms if stem(term) not in vocabulary.goods)
    asks_for_goods = told != terms and not told
    terms = told if _OF_GIFTS.isdisjoint(terms) or not _OF_GIFTS.issuperset(told) else ()
    reading = Reading(
        text, terms, constraints, superlative, comparative, ordinals, has_suggestions, attribute_words,
        changes.withdrawn, _compared(original, constraints),
    )  # fmt: skip
    decided = intent or decide(reading)
    if asks_for_goods and decided is Intent.UNCLEAR:  # "do you have books?", of a bookshop
        decided = Intent.HELP
    keywords = decided is Intent.PRODUCT and _are_keywords(text)
    if keywords:
        silent = vocabulary.goods | (_ONES if _POINTS_AT_ONE.search(text) else frozenset())
        terms = tuple(term for term in _keywords(rest) if stem(term) not in silent) or terms
    if decided in _SEARCHING:
        terms = tuple(term for term in terms if term not in attribute_words)
    compared = reading.compared if decided is Intent.COMPARE else ()
    if decided is Intent.ACCESSORY:
        terms, constraints, compared = _accessory(text, kind_asked(terms), constraints)
    return Understood(
        intent=decided,
        terms=() if decided in _WITHOUT_TERMS else terms,
        constraints=constraints,
        wording=wording if intent and not keywords and len(words(wording)) >= _SENTENCE else "",
        worded=terms,
        things=_things(wording, terms, constraints),
        inquires=_INQUIRES.search(text) is not None or _is_foreign(original),
        superlative=superlative or comparative,
        ordinals=ordinals,
        keywords=keywords,
        withdrawn=changes.withdrawn,
        adds=decided is Intent.PRODUCT and _ADDS.match(text) is not None,
        lasting=bool(allergies) or (tells_allergies and bool(constraints.excluded_terms)),  # "no down, I'm allergic"
        corrects=changes.corrects,
        negates=_NEGATES.search(text) is not None,
        compared=compared,
    )


def _is_foreign(text: str) -> bool:
    """Whether a text is not English: by its words, or since it is a question without an English one."""
    language = language_of(text)
    return language in LANGUAGES or (language is None and text.rstrip().endswith("?"))


def _things(wording: str, terms: tuple[str, ...], constraints: Constraints) -> tuple[str, ...]:
    """Those of the terms that say what is wanted: "hub", of "usb-c hub with hdmi"; no maker is a thing."""
    makers = {word for maker in constraints.makers for word in words(maker)}
    return tuple(word for word in heads(wording) if word in terms and word not in makers)


def _accessory(
    text: str, terms: tuple[str, ...], constraints: Constraints
) -> tuple[tuple[str, ...], Constraints, tuple[str, ...]]:
    """The words and constraints of what is asked for, without those of what it shall go with; and the name of that."""
    target = target_of(text)
    if not target:
        return terms, constraints, ()
    named = {stem(word) for word in words(target)}
    sought = tuple(name for name in constraints.categories if category_stems((name,)).isdisjoint(named))
    kept = tuple(term for term in terms if stem(term) not in named)
    return kept, constraints.model_copy(update={"categories": sought}), (target,)


def _compared(text: str, constraints: Constraints) -> tuple[str, ...]:
    """The names to compare; none where only categories are ("compare laptops and tablets")."""
    names = names_compared(text)
    kinds = category_stems(constraints.categories)
    return () if kinds and all(stem(word) in kinds for name in names for word in words(name)) else names


def is_spoken(text: str) -> bool:
    """Whether a lower-case text is said by somebody, rather than typed into a search box: "that's a bit harsh"."""
    return not _SPOKEN.isdisjoint(words(_spelled(text)))


def _are_keywords(text: str) -> bool:
    """Whether a lower-case text is what people type into a search box, and no sentence."""
    said = words(text)
    if not 0 < len(said) <= _MOST_KEYWORDS or len(said) > 1 == len(set(said)):  # "knock knock"
        return False
    return said[0] not in _ASKING and _SPOKEN.isdisjoint(said)


def _keywords(rest: str) -> tuple[str, ...]:
    """Every word counts where there are few: "range hood", "d battery", "xbox one". Only praise says nothing."""
    silent = _JOINING | _NEGATING | PRAISE | _OF_PRICE | _PASSING
    return unique(word for word in words(rest) if word not in silent)
