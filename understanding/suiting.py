"""For how many people, or of what age, something is: "a game for 5 players", "a puzzle for a 4 year old"."""

import math
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from models import Product
from understanding.affirmations import affirms
from understanding.attributes import spec_name, specification_text
from understanding.subjects import SOMEBODY
from understanding.words import plain, stem, word_set

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER = rf"[0-9]{{1,2}}|{'|'.join(_WORDS)}"
_PEOPLE = r"(?:people|persons?|ppl|players?|adults|kids|children|guests|of us)"
_SAID_OF_THEM = word_set("people person persons ppl player players adults kids kid children child guests")
_MOST_ALONE = 12  # "for 8" are people; "for 40" may be a price
_FAMILY = re.compile(
    rf"\b(?P<adults>{_NUMBER}) adults?(?:,| and| \+| with|,? plus) (?P<kids>{_NUMBER}) (?:kids?|children)\b"
)
_FOR_PEOPLE = re.compile(
    rf"\b(?:for|with|we are|we're|were) (?P<number>{_NUMBER}) {_PEOPLE}\b|\bfor (?P<alone>{_NUMBER})\W*$|"
    rf"\b(?P<counted>{_NUMBER}) (?:players?|persons?|people)\b"
)
_UNIT = r"(?:years?|yrs?|(?P<months{0}>months?))"
_CHILD = rf"(?:kids?|child|children|toddlers?|{SOMEBODY})s?"
# "A 4 year old", "for kids 6 years old", "my son, he is 9"; not "the 12 year old whisky", "my bike is 10 years old".
_OF_AGE = re.compile(
    rf"\b(?:for|my|our|an?|his|her|{_CHILD}) (?:(?:of|aged?) )?(?P<number>[0-9]{{1,2}})[ -]?{_UNIT.format('')}[ -]olds?"
    rf"(?=\W*$|[,.;!?]| (?:and|who|so|but|that|with|{SOMEBODY})\b)|"
    rf"\b(?:he|she|they|who|{_CHILD}|years?[ -]olds?)(?:'s| is| are| turns| turning| turned|s)? "
    rf"(?:now |only |just |aged? )?(?P<alone>[0-9]{{1,2}})(?: ?{_UNIT.format('_told')}(?:[ -]old)?)?"
    r"(?=\W*$|[,.;!?]| (?:and|who|so|but|on|next|this|in|today|tomorrow|soon|now|tho|though|btw)\b)|"
    r"\b(?P<short>[0-9]{1,2}) ?y/?o\b"
)
_YEARS = r"(?:years?|yrs?|y)"
_SPAN = re.compile(
    rf"(?P<low>[0-9]{{1,3}})\s*(?P<low_unit>months?|m|{_YEARS})?\s*(?:-|\u2013|to)\s*(?P<high>[0-9]{{1,3}})\s*"
    rf"(?P<high_unit>months?|m\b|{_YEARS})?"
)
_LISTED = re.compile(r"[0-9]{1,2}(?:\s*(?:,|/|\bor\b|\band\b)\s*[0-9]{1,2})+")
_MOST = re.compile(r"\b(?:up to|max(?:imum)?\.?|at most)\s*(?P<number>[0-9]{1,3})")
_ONE = re.compile(r"(?P<limit>from|at least)?\s*(?P<number>[0-9]{1,3})(?: ?[a-z]+)?(?P<more> ?\+(?! ?[0-9]))?")
_FROM_BIRTH = re.compile(r"\b(?:from )?(?:new)?born\b|\b(?:from )?birth\b")
_AGES = re.compile(
    r"\b(?:from (?=birth|newborn)|(?=[0-9]{1,2} months? (?:to|-|\u2013) [0-9]{1,2} years?\b)|"
    r"for (?=[0-9]{1,2} (?:months?|years?)(?: \+|,? (?:and|or) (?:up|over|older|above)))|"
    rf"for (?=[0-9]{{1,2}} ?(?:to|-|\u2013) ?[0-9]{{1,2}}[ -]years?[ -]olds?\b)|"
    rf"(?:suitable|recommended) (?:for|from) |"
    rf"for (?:children|kids|babies|toddlers) (?:of |from |aged )?|ages? |aged )"
    rf"(?P<low>birth|newborn|{_NUMBER})(?: ?(?P<months>months?))?(?: ?(?:to|-|\u2013) ?(?P<high>{_NUMBER}))? ?"
    r"(?P<unit>months?|years?)\b"
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_MONTHS_A_YEAR = 12


class Kind(StrEnum):
    """What something is for so many of."""

    PEOPLE = "people"
    AGE = "age"


class Suit(NamedTuple):
    """Whom something is for.

    Attributes:
        kind: how many people, or somebody's age.
        number: of people, or of years.
        words: those of the message that say it, lower case; nothing else is to be looked for by them.
    """

    kind: Kind
    number: float
    words: frozenset[str]


class Fit(NamedTuple):
    """What a product says of whom it is for.

    Attributes:
        low: the least number that it suits.
        high: the most.
        said: the specification, in the shop's words.
    """

    low: float
    high: float
    said: str


# By these a product may hold fewer than it has room for; a game for two is for two.
_HOLDING = word_set("persons person people seats sleeps serves guests berths")
_CALLED = {
    Kind.PEOPLE: _HOLDING | {"players", "player"},
    Kind.AGE: word_set("age ages"),
}
# What else may stand in such a name: "seat height" is no number of seats.
_BESIDE = word_set(
    "number of no max maximum min minimum recommended suggested for from group range child children reader"
)


def suit_in(messages: Iterable[str]) -> Suit | None:
    """Whom the first of these lower-case messages that says so names; None when none does."""
    return next((suit for suit in map(_suit_of, messages) if suit), None)


def _suit_of(text: str) -> Suit | None:
    if match := _OF_AGE.search(text):
        number = float(match["number"] or match["alone"] or match["short"])
        months = match["months"] or match["months_told"]
        return Suit(Kind.AGE, number / _MONTHS_A_YEAR if months else number, _words_of(match))
    if match := _FAMILY.search(text):
        return Suit(Kind.PEOPLE, _number(match["adults"]) + _number(match["kids"]), _words_of(match))
    found = list(_FOR_PEOPLE.finditer(text))
    if len(found) != 1:
        return None  # "a tent for two and a bag for one" are for different ones
    said = found[0]["number"] or found[0]["alone"] or found[0]["counted"]
    if found[0]["alone"] and _number(said) > _MOST_ALONE:
        return None
    return Suit(Kind.PEOPLE, _number(said), _words_of(found[0]))


def _words_of(match: re.Match[str]) -> frozenset[str]:
    return _SAID_OF_THEM.union(re.findall(r"\w+", match[0]))


def fit_of(product: Product, kind: Kind) -> Fit | None:
    """Whom a product says that it is for; None when it does not."""
    for key, value in product.specifications.items():
        name, said = frozenset(spec_name(key).split()), specification_text(value)
        if name.isdisjoint(_CALLED[kind]) or not name <= _CALLED[kind] | _BESIDE:
            continue
        if limits := _limits(plain(said).lower(), kind, holds=not name.isdisjoint(_HOLDING)):
            return Fit(*limits, f"{key}: {said}")
    texts = (*product.features, *_SENTENCES.split(product.description)) if kind is Kind.AGE else ()
    return next((fit for text in texts if (fit := _fit_in(text))), None)


def _limits(text: str, kind: Kind, *, holds: bool) -> tuple[float, float] | None:
    """The least and the most that a specification's value names; `holds` says that it has room for fewer, too."""
    text = _FROM_BIRTH.sub("0", text)
    unit = _MONTHS_A_YEAR if "month" in text else 1
    if span := _SPAN.search(text):
        high_unit = _unit(span["high_unit"]) or unit
        return int(span["low"]) / (_unit(span["low_unit"]) or high_unit), int(span["high"]) / high_unit
    if listed := _LISTED.fullmatch(text.strip()):
        numbers = [int(number) for number in re.findall("[0-9]+", listed[0])]
        return min(numbers), max(numbers)
    one, most = _ONE.search(text), _MOST.search(text)
    if one is None:
        return None
    number = int(one["number"]) / unit
    if most:
        return 0.0 if one.start("number") == most.start("number") else number, int(most["number"]) / unit
    is_least = bool(one["more"] or one["limit"]) or kind is Kind.AGE
    return (0.0 if holds and not is_least else number), (math.inf if is_least else number)


def _unit(spelled: str | None) -> int:
    """How many of a unit are a year; 0 where none is given."""
    return 0 if not spelled else _MONTHS_A_YEAR if spelled.startswith("m") else 1


def _fit_in(text: str) -> Fit | None:
    """The ages that a sentence of the shop's names: "from birth to four years"."""
    match = _AGES.search(plain(text).lower())
    if match is None:
        return None
    unit, high = match["unit"], match["high"]
    years = 1 / _MONTHS_A_YEAR if unit.startswith("month") else 1
    most = _number(high) * years if high else math.inf
    return Fit(_number(match["low"]) * (1 / _MONTHS_A_YEAR if match["months"] else years), most, text.strip())


def _number(text: str) -> float:
    return float(_WORDS.get(text) or (text if text.isdecimal() else 0))


# What shops call things for children, where they give no age.
FOR_CHILDREN = "kids"
_CHILDREN = frozenset(map(stem, ("kids", "children", "child", "junior", "toddler", "baby", "babies", "youth")))
_OLDEST_CHILD = 12
_NOT_FOR = r"\b(?:not (?:\w+ ){0,2}?(?:for|by)|unsuitable for|keep away from) (?:\w+ ){0,3}?"
_UNDER = rf"under[- ]?(?:the age of )?(?P<number>{_NUMBER})(?:s\b| ?(?P<months>months?)\b| ?years?\b|(?! ?\w))"
_NOT_FOR_CHILDREN = re.compile(
    rf"{_NOT_FOR}(?:(?:children|kids|babies|toddlers|infants|minors)\b(?! (?:over|from|aged|under)))|"
    rf"{_NOT_FOR}{_UNDER}"
)
_ADULTS_ONLY = re.compile(r"\badults only\b|\b(?:16|18|21)\+(?! ?(?:months?|m|cm|kg)\b)")
_FOR_ADULTS = re.compile(r"(?<!gift )\bfor adults\b(?P<teens>.*\bteen\w*)?")
_YOUNGEST_TEEN = 12


def denied_to_child(product: Product, suit: Suit) -> str:
    """What a product says by which it is not for a child of that age: "from 3 years", "for adults"; else empty."""
    if (fit := fit_of(product, Kind.AGE)) and suit.number < fit.low:
        return fit.said
    texts = (*product.features, *_SENTENCES.split(product.description))
    said = [plain(text).lower() for text in texts]
    for text, low in zip(texts, said, strict=True):
        if any(suit.number < _years(match) for match in _NOT_FOR_CHILDREN.finditer(low)) or _ADULTS_ONLY.search(low):
            return text.strip()
    if any(affirms(low, one) for low in said for one in _CHILDREN):
        return ""  # "the perfect gift for adults. Also for kids"
    for text, low in zip(texts, said, strict=True):
        if (adults := _FOR_ADULTS.search(low)) and (not adults["teens"] or suit.number < _YOUNGEST_TEEN):
            return text.strip()
    return ""


def _years(match: re.Match[str]) -> float:
    """Under what age something is not to be used; without an end where none is said."""
    return _number(match["number"]) / (_MONTHS_A_YEAR if match["months"] else 1) if match["number"] else math.inf


def of_child(suit: Suit) -> bool:
    """Whether somebody is a child."""
    return suit.kind is Kind.AGE and suit.number <= _OLDEST_CHILD


def is_for_children(said: frozenset[str]) -> bool:
    """Whether the stems of what a product, or a shop, says of itself tell that it is for children."""
    return not _CHILDREN.isdisjoint(said)


def suits(fit: Fit, suit: Suit) -> bool:
    """Whether something is for so many, or for that age."""
    return fit.low <= suit.number <= fit.high
