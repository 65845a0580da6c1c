"""For how many people, or of what age, something is: "a game for 5 players", "a puzzle for a 4 year old"."""

import math
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from models import Product
from understanding.attributes import spec_name, specification_text
from understanding.subjects import SOMEBODY
from understanding.words import plain, stem, word_set

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER = rf"[0-9]{{1,2}}|{'|'.join(_WORDS)}"
_PEOPLE = r"(?:people|persons?|ppl|players?|adults|kids|children|guests|of us)"
_SAID_OF_THEM = word_set("people person persons ppl player players adults kids kid children child guests")
_FOR_PEOPLE = re.compile(
    rf"\b(?:for|with|we are|we're|were) (?P<number>{_NUMBER}) {_PEOPLE}\b|\bfor (?P<alone>{_NUMBER})\W*$|"
    rf"\b(?P<counted>{_NUMBER}) (?:players?|persons?|people)\b"
)
_SOMEBODY = re.compile(rf"\b(?:year[ -]olds?|he|she|they|is|kids?|children|for (?:an?|my|our)|{SOMEBODY})\b")
_OF_AGE = re.compile(
    r"\b(?P<number>[0-9]{1,2})[ -]?(?:years?|yrs?|(?P<months>months?))[ -]olds?\b|"
    r"\b(?:aged?|is|turns|turning|he's|she's|hes|shes) (?P<alone>[0-9]{1,2})(?=\W*$|[,.;!?])"
)
_SPAN = re.compile(r"(?P<low>[0-9]{1,3})\s*(?:-|\u2013|to)\s*(?P<high>[0-9]{1,3})")
_ONE = re.compile(r"(?P<limit>up to|max(?:imum)?\.?|from|at least)?\s*(?P<number>[0-9]{1,3})[ a-z]*(?P<more>\+)?")
_FROM_BIRTH = re.compile(r"\b(?:from )?(?:new)?born\b|\b(?:from )?birth\b")
_AGES = re.compile(
    rf"\b(?:from|for (?:children|kids|babies|toddlers)(?: (?:of|from|aged))?|ages?|aged) "
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
_HOLDING = word_set("persons person people seats seat sleeps serves guests berths")
_CALLED = {
    Kind.PEOPLE: _HOLDING | {"players", "player"},
    Kind.AGE: word_set("age ages"),
}


def suit_in(messages: Iterable[str]) -> Suit | None:
    """Whom the first of these lower-case messages that says so names; None when none does."""
    return next((suit for suit in map(_suit_of, messages) if suit), None)


def _suit_of(text: str) -> Suit | None:
    for kind, pattern in ((Kind.AGE, _OF_AGE), (Kind.PEOPLE, _FOR_PEOPLE)):
        if (match := pattern.search(text)) and (kind is Kind.PEOPLE or _SOMEBODY.search(text)):  # no whisky
            groups = match.groupdict()
            said = next(filter(None, (groups.get(name) for name in ("number", "alone", "counted"))))
            number = float(_WORDS.get(said) or said)
            years = number / _MONTHS_A_YEAR if groups.get("months") else number
            return Suit(kind, years, _SAID_OF_THEM.union(re.findall(r"\w+", match[0])))
    return None


def fit_of(product: Product, kind: Kind) -> Fit | None:
    """Whom a product says that it is for; None when it does not."""
    for key, value in product.specifications.items():
        name, text = frozenset(spec_name(key).split()), plain(specification_text(value)).lower()
        if name.isdisjoint(_CALLED[kind]):
            continue
        text = _FROM_BIRTH.sub("0", text)
        unit = _MONTHS_A_YEAR if "month" in text else 1
        if span := _SPAN.search(text):
            return Fit(int(span["low"]) / unit, int(span["high"]) / unit, f"{key}: {specification_text(value)}")
        if one := _ONE.search(text):
            number, limit = int(one["number"]) / unit, one["limit"] or ""
            is_most = limit.startswith(("up", "max")) or not name.isdisjoint(_HOLDING)
            is_least = bool(one["more"]) or limit in {"from", "at least"} or kind is Kind.AGE
            low = 0.0 if is_most else number
            high = math.inf if is_least and not limit.startswith(("up", "max")) else number
            return Fit(low, high, f"{key}: {specification_text(value)}")
    texts = (*product.features, *_SENTENCES.split(product.description)) if kind is Kind.AGE else ()
    return next((fit for text in texts if (fit := _fit_in(text))), None)


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


def of_child(suit: Suit) -> bool:
    """Whether somebody is a child."""
    return suit.kind is Kind.AGE and suit.number <= _OLDEST_CHILD


def is_for_children(said: frozenset[str]) -> bool:
    """Whether the stems of what a product, or a shop, says of itself tell that it is for children."""
    return not _CHILDREN.isdisjoint(said)


def suits(fit: Fit, suit: Suit) -> bool:
    """Whether something is for so many, or for that age."""
    return fit.low <= suit.number <= fit.high
