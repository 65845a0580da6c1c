"""For whom something is, of several people that a customer speaks of: what is told of one counts for no other."""

import re
from collections.abc import Sequence

from understanding.subjects import SOMEBODY
from understanding.words import word_set

_ME = frozenset({"me"})
_FOR_ONESELF = re.compile(r"\bfor (?:me|myself|us|ourselves)\b")
_OF_ONESELF = re.compile(r"\b(?:i'?m|i am|i weigh|i have|i'?ve|we have|we'?ve|we'?re|we are)\b")
_NOUN = re.compile(rf"\b(?P<noun>{SOMEBODY}|newborn|infant|adult|grown-?up)(?:'?s)?\b")
_FEMALE = word_set(
    "girl daughter niece sister granddaughter wife missus girlfriend gf mum mom mother grandma granny gran nan nana"
)
_MALE = word_set("boy son lad nephew brother grandson husband hubby boyfriend bf dad father grandpa grandad granddad")
# "Her brother" is of him.
_HERS = re.compile(
    r"\b(?:her|she|shes|she's|hers)\b(?! (?:\w+ )?(?:brother|son|husband|dad|father|boyfriend|friend)\b)"
)
_HIS = re.compile(
    r"\b(?:he|hes|he's|him|his)\b(?! (?:\w+ )?(?:sister|daughter|wife|mum|mom|mother|girlfriend|friend)\b)"
)


def said_of_the_same(messages: Sequence[str]) -> list[str]:
    """The messages without those that are of other people than the latest that names anybody.

    Args:
        messages: the customer's, in order.

    Returns:
        Those that count, in order; a message that names nobody belongs to whom the one before it was of.
    """
    named = [_named_in(text.lower()) for text in messages]
    meant = next((people for people in reversed(named) if people), _ME)
    kept: list[str] = []
    belongs = True
    for text, people in zip(messages, named, strict=True):
        of = people or (_ME if _OF_ONESELF.search(text.lower()) else frozenset())
        belongs = not of.isdisjoint(meant) if of else belongs
        if belongs:
            kept.append(text)
    return kept


def _named_in(text: str) -> frozenset[str]:
    """Whom a lower-case message names: by nouns, and "female" or "male" as far as that is told; or oneself."""
    nouns = {match["noun"] for match in _NOUN.finditer(text)}
    found = set(nouns)
    if not _FEMALE.isdisjoint(nouns) or (_HERS.search(text) and _MALE.isdisjoint(nouns)):
        found.add("female")
    if not _MALE.isdisjoint(nouns) or (_HIS.search(text) and _FEMALE.isdisjoint(nouns)):
        found.add("male")
    return frozenset(found) or (_ME if _FOR_ONESELF.search(text) else frozenset())
