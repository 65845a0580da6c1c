"""Reading a customer's message: the one entry point of this package."""

import re

from models import Intent, Understood, Vocabulary
from understanding.constraints import read_constraints
from understanding.intents import Reading, compares, decide
from understanding.references import read_comparative, read_ordinals, read_superlative
from understanding.words import FILLER, PRAISE, content_words, plain, unique, word_set, words

# Characters that are read; a need is stated in far fewer, and a pasted wall of text shall not cost more.
MAX_READ_CHARS = 2_000

# What a product shall not have must not be searched for, nor be given as a reason.
_DENIED = re.compile(r"\b(?:without|no|not|non) (?:(?:an?|any|the|too|so|very|that) )?(?!only)[\w-]+")

# Words of somebody who says something, rather than typing what to look for: pronouns, auxiliaries, questions.
_SPOKEN = word_set(
    """
    i i'm im i'd id i'll i've ive me my mine myself we we're we've we'd our us you you're your yours he she his her
    they they're them their it it's its this that that's these those what what's which who who's whose when where why
    how is isn't are aren't was were be been am do does did don't dont doesn't didn't can can't cant could couldn't
    will won't would should shall may might must have haven't has had there there's let let's please anything something
    anyone someone isnt arent doesnt didnt wont
    """
)
_ASKING = word_set(
    """need want wanna looking look searching search seeking find finding show recommend suggest give get buy compare
    tell help any got more other another"""
)
_JOINING = word_set("a an the of for and or in on at to with by from as nor but than")
_NEGATING = word_set("no not non never neither without except excluding")  # nothing is found by these
_MOST_KEYWORDS = 6

_SEARCHING = frozenset({Intent.PRODUCT, Intent.REFINE})
_WITHOUT_TERMS = frozenset({Intent.GREETING, Intent.THANKS, Intent.GOODBYE, Intent.HELP, Intent.HUMAN, Intent.UNCLEAR})


def read(message: str, vocabulary: Vocabulary, *, has_suggestions: bool = False, searching: bool = False) -> Understood:
    """Read a message as far as it can be read without a language model. Any Unicode text is accepted.

    Args:
        message: the customer's words.
        vocabulary: the names that the brand's catalogue gives to things.
        has_suggestions: whether products were suggested before, to which "it" or "the second one" can refer.
        searching: the words stand in a search box: whatever they are, products are looked for.
    """
    original = plain(message[:MAX_READ_CHARS])[:MAX_READ_CHARS]
    constraints, rest, attribute_words = read_constraints(original, vocabulary)
    text = " ".join(original.lower().split())
    superlative, rest = read_superlative(rest.lower())
    comparative, rest = read_comparative(rest)
    ordinals: tuple[int, ...] = ()
    if has_suggestions:
        ordinals, rest = read_ordinals(rest, comparing=compares(text))
    rest = _DENIED.sub(" ", rest)
    terms = unique(word for word in content_words(rest) if word not in FILLER)
    reading = Reading(text, terms, constraints, superlative, comparative, ordinals, has_suggestions, attribute_words)
    intent = Intent.PRODUCT if searching else decide(reading)
    keywords = intent is Intent.PRODUCT and _are_keywords(text)
    if keywords:
        terms = _keywords(rest) or terms
    if intent in _SEARCHING:
        terms = tuple(term for term in terms if term not in attribute_words)
    return Understood(
        intent=intent,
        terms=() if intent in _WITHOUT_TERMS else terms,
        constraints=constraints,
        superlative=superlative or comparative,
        ordinals=ordinals,
        keywords=keywords,
    )


def _are_keywords(text: str) -> bool:
    """Whether a lower-case text is what people type into a search box, and no sentence."""
    said = words(text)
    return 0 < len(said) <= _MOST_KEYWORDS and said[0] not in _ASKING and _SPOKEN.isdisjoint(said)


def _keywords(rest: str) -> tuple[str, ...]:
    """Every word counts where there are few: "range hood", "d battery", "xbox one". Only praise says nothing."""
    silent = _JOINING | _NEGATING | PRAISE
    return unique(word for word in words(rest) if word not in silent)
