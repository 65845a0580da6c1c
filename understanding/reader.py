"""Reading a customer's message: the one entry point of this package."""

import re

from models import Intent, Understood, Vocabulary
from understanding.constraints import read_constraints
from understanding.intents import Reading, compares, decide
from understanding.references import read_comparative, read_ordinals, read_superlative
from understanding.words import FILLER, content_words, plain, unique

# Characters that are read; a need is stated in far fewer, and a pasted wall of text shall not cost more.
MAX_READ_CHARS = 2_000

# What a product shall not have must not be searched for, nor be given as a reason.
_DENIED = re.compile(r"\b(?:without|no|not|non) (?:(?:an?|any|the|too|so|very|that) )?(?!only)[\w-]+")

_WITHOUT_TERMS = frozenset({Intent.GREETING, Intent.THANKS, Intent.GOODBYE, Intent.HELP, Intent.HUMAN, Intent.UNCLEAR})


def read(message: str, vocabulary: Vocabulary, *, has_suggestions: bool) -> Understood:
    """Read a message as far as it can be read without a language model. Any Unicode text is accepted.

    Args:
        message: the customer's words.
        vocabulary: the names that the brand's catalogue gives to things.
        has_suggestions: whether products were suggested before, to which "it" or "the second one" can refer.
    """
    original = plain(message[:MAX_READ_CHARS])[:MAX_READ_CHARS]
    constraints, rest = read_constraints(original, vocabulary)
    text = " ".join(original.lower().split())
    superlative, rest = read_superlative(rest.lower())
    comparative, rest = read_comparative(rest)
    ordinals: tuple[int, ...] = ()
    if has_suggestions:
        ordinals, rest = read_ordinals(rest, comparing=compares(text))
    rest = _DENIED.sub(" ", rest)
    terms = unique(word for word in content_words(rest) if word not in FILLER)
    intent = decide(Reading(text, terms, constraints, superlative, comparative, ordinals, has_suggestions))
    return Understood(
        intent=intent,
        terms=() if intent in _WITHOUT_TERMS else terms,
        constraints=constraints,
        superlative=superlative or comparative,
        ordinals=ordinals,
    )
