"""What a customer does not want: "without touchscreen", "no leather", "not refurbished", "sugar free"."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from understanding.sentences import (
    ALTERNATIVES,
    DETERMINERS,
    VERBAL,
    Sentence,
    goes_on_listing,
    refuses,
    sentence_of,
)
from understanding.words import STOPWORDS, ends_in_not, unique, word_set

MOST_TERMS = 8
_LONGEST_TERM = 3  # words

_DENYING = word_set("without no not neither nor excluding except avoid avoiding hate dislike")
_TOO = word_set("too so very that really")
_DEGREES = word_set("too so very that really as only just even")
# What may stand before a denied use or stuff: "not for gaming", "not made of leather".
_MADE = word_set("made meant intended designed built")
_FOR_OR_OF = word_set("for of from with in")
_RELATIVE = word_set("that which")
_COPULAS = word_set("is are")
_HAVING = word_set("have contain include use need")
# "No problem" denies no product's property, and "not sure" none that a product could state.
NO_PROPERTIES = word_set(
    """problem problems idea ideas sorry thanks thank worries worry matter need needs reason rush hurry preference
    preferences budget longer more less fewer one later sooner way clue doubt luck wonder questions question limit
    limits hassle stress interest fuss nonsense wait time money sense big deal sure happy interested bad working good
    great nice right wrong here there yet now anymore fan experience frills strings
    room space pic pics picture pictures photo photos tracking email emails reply response answer news receipt
    card cash cards allergen allergens
    guarantee guarantees promise promises discount discounts refund refunds warranty delivery shipping stock
    stain stains damage charging starting booting responding connecting printing turning
    heavy light big small large huge tiny bulky loud noisy expensive pricey cheap costly complicated difficult hard
    fancy old slow fast ugly boring flashy tight loose thick thin long short tall wide"""
)
# "Is the one without magnets safe?" denies no safe magnets.
_PREDICATES = word_set("safe ok okay possible available cheaper better fine enough")
# In "it is not charging" a product fails the customer.
_STATING = word_set(
    """is are am was were be been do does did has have had can could will would should may might must it's i'm that's
    isn't they're why if or"""
)
_FREE = re.compile(
    r"(?<![\w-])(?P<term>[^\W\d_]{3,20})(?P<joint>[- ])free(?![\w-])"
    r"(?! (?:shipping|delivery|returns?|gifts?|trial|samples?|of|with|from|for|to|size|time|standing|wifi|version))",
    re.IGNORECASE,
)
_FREE_OF_NOTHING = word_set(
    """hands hand tax duty toll risk cost royalty interest care worry hassle rent stress buy get
    delivery shipping returns return parking postage gift"""
)


class Denials(NamedTuple):
    """What is denied.

    Attributes:
        terms: what a product must not say that it has.
        spans: where the words that say so stand in the text; they are not to be searched for.
    """

    terms: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def read_denials(text: str, taken: AbstractSet[int]) -> Denials:
    """Read what a product must not have.

    Args:
        text: the customer's words; what was understood otherwise is masked.
        taken: where names of categories and makers begin, at which a denied thing ends: "no leather shoes" are shoes.
    """
    sentence = sentence_of(text)
    names = {place for place, token in enumerate(sentence.tokens) if token.start in taken}
    terms: list[str] = []
    spans: list[tuple[int, int]] = []
    place = 0
    while place < len(sentence.tokens):
        start = place
        place += 1
        if not _denies(sentence, start):
            continue
        while place < len(sentence.tokens) and (denied := _phrase(sentence, place, names)):
            first, last = denied
            terms.append(" ".join(token.word for token in sentence.tokens[first : last + 1]))
            spans.append((sentence.tokens[start].start, sentence.tokens[last].end))
            place = last + 1
            following = _next_listed(sentence, place)
            if following is None:
                break
            place = following
    terms += _freed(text)
    return Denials(unique(terms)[:MOST_TERMS], tuple(spans))


def _denies(sentence: Sentence, place: int) -> bool:
    word, before = sentence.word(place), sentence.word(place - 1)
    if refuses(sentence, place) or _says_what_it_is_not(sentence, place):
        return True
    if word == "not":
        return before not in _STATING and not ends_in_not(before)
    return word in _DENYING or (word == "to" and before == "allergic")


def _says_what_it_is_not(sentence: Sentence, place: int) -> bool:
    """Whether a clause says what a product shall not be or have: "that is not", "which isnt", "that doesn't have"."""
    word, before, earlier = (sentence.word(place - back) for back in range(3))
    if word == "not":
        return before in _COPULAS and earlier in _RELATIVE
    if word in {"isn't", "isnt", "aren't", "arent"}:
        return before in _RELATIVE
    if word not in _HAVING:
        return False
    if before == "not":
        return earlier in {"does", "do"} and sentence.word(place - 3) in _RELATIVE
    return before in {"doesn't", "doesnt", "don't", "dont"} and earlier in _RELATIVE


def _next_listed(sentence: Sentence, place: int) -> int | None:
    """Where the next thing of a list begins, behind one that ends before `place`; None when the list ends there."""
    if goes_on_listing(sentence, place):
        return place
    chained = sentence.word(place) in ALTERNATIVES and (not sentence.pauses[place] or _is_last(sentence, place))
    return place + 1 if chained else None


def _is_last(sentence: Sentence, place: int) -> bool:
    """Whether "or" stands behind a comma before the last thing of a list: "no leather, fur, or wool"."""
    return sentence.commas[place] and sentence.word(place) != "and" and sentence.word(place + 1) not in STOPWORDS


def _phrase(sentence: Sentence, place: int, names: set[int]) -> tuple[int, int] | None:
    """The first and the last word of the thing denied from `place` on; None when none is."""
    count, first = len(sentence.tokens), place
    place = _behind_use(sentence, place)
    if sentence.word(place - 1) == "not" and sentence.word(place) in _TOO:
        place += 1  # "not so sweet"
    while place < count and sentence.word(place) in DETERMINERS and not sentence.pauses[place]:
        place += 1
    last = place - 1
    while last + 1 < count and last - place + 1 < _LONGEST_TERM and _goes_on(sentence, last + 1, names):
        if sentence.pauses[last + 1] and not (last < first and goes_on_listing(sentence, first)):
            break
        last += 1
    if last < place or sentence.word(place) in _DEGREES or sentence.word(place) in NO_PROPERTIES:
        return None
    return place, last


def _behind_use(sentence: Sentence, place: int) -> int:
    """Behind the words that only say that a use or stuff follows: "for", "made of"."""
    following = place + 1 if sentence.word(place) in _MADE else place
    prepositions = _FOR_OR_OF if following > place else {"for", "with"}
    return following + 1 if sentence.word(following) in prepositions else place


def _goes_on(sentence: Sentence, place: int, names: set[int]) -> bool:
    word = sentence.word(place)
    if place in names or len(word) < 2 or not any(map(str.isalpha, word)):  # noqa: PLR2004
        return False
    if word == "down":  # of geese
        return sentence.word(place - 1) in _DENYING
    return word not in STOPWORDS and word not in VERBAL and word not in _PREDICATES


def _freed(text: str) -> Iterable[str]:
    """Of what a product is to be free; "sugar-free" stays a word to search by."""
    for match in _FREE.finditer(text):
        term = match["term"].lower()
        if term not in _FREE_OF_NOTHING and term not in STOPWORDS and term not in VERBAL:
            yield term
