"""What a customer does not want: "without touchscreen", "no leather", "not refurbished", "sugar free"."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from understanding.sentences import DETERMINERS, VERBAL, Sentence, sentence_of
from understanding.words import STOPWORDS, unique, word_set

MOST_TERMS = 8
_LONGEST_TERM = 3  # words

_DENYING = word_set("without no not excluding except avoid avoiding hate dislike")
_DEGREES = word_set("too so very that really as only just even")
_CHAINING = word_set("or nor and")
# "No problem" denies no product's property, and "not sure" none that a product could state.
_NO_PROPERTIES = word_set(
    """problem problems idea ideas thanks thank worries worry matter need needs reason rush hurry preference
    preferences budget longer more less fewer one later sooner way clue doubt luck wonder questions question limit
    limits hassle stress interest fuss nonsense wait time money sense big deal sure happy interested bad working good
    great nice right wrong here there yet now anymore fan experience frills strings
    heavy light big small large huge tiny bulky loud noisy expensive pricey cheap costly complicated difficult hard
    fancy old slow fast ugly boring flashy tight loose thick thin long short tall wide"""
)
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
            if sentence.word(place) not in _CHAINING or sentence.pauses[place]:
                break
            place += 1
    terms += _freed(text)
    return Denials(unique(terms)[:MOST_TERMS], tuple(spans))


def _denies(sentence: Sentence, place: int) -> bool:
    word, before = sentence.word(place), sentence.word(place - 1)
    if word == "not":
        return before not in _STATING and not before.endswith("n't")
    if word in {"want", "like"}:
        return before.endswith("n't")
    return word in _DENYING or (word == "to" and before == "allergic")


def _phrase(sentence: Sentence, place: int, names: set[int]) -> tuple[int, int] | None:
    """The first and the last word of the thing denied from `place` on; None when none is."""
    count = len(sentence.tokens)
    while place < count and sentence.word(place) in DETERMINERS and not sentence.pauses[place]:
        place += 1
    last = place - 1
    while last + 1 < count and last - place + 1 < _LONGEST_TERM and _goes_on(sentence, last + 1, names):
        last += 1
    if last < place or sentence.word(place) in _DEGREES or sentence.word(place) in _NO_PROPERTIES:
        return None
    return place, last


def _goes_on(sentence: Sentence, place: int, names: set[int]) -> bool:
    word = sentence.word(place)
    if sentence.pauses[place] or place in names or len(word) < 2 or not any(map(str.isalpha, word)):  # noqa: PLR2004
        return False
    return word not in STOPWORDS and word not in VERBAL


def _freed(text: str) -> Iterable[str]:
    """Of what a product is to be free; "sugar-free" stays a word to search by."""
    for match in _FREE.finditer(text):
        term = match["term"].lower()
        if term not in _FREE_OF_NOTHING and term not in STOPWORDS and term not in VERBAL:
            yield term
