"""How tall or heavy somebody is, and what a shop says of whom a product is for by that: "from 125 cm", "max 13 kg"."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from models import Product
from understanding.attributes import spec_name, specification_text
from understanding.measures import measures_in
from understanding.subjects import SOMEBODY
from understanding.words import plain, word_set

_PERSON = (
    rf"(?:i'?m|i am|he|she|they|who|yo|olds?|someone|somebody|(?:{SOMEBODY})s?)"
    r"(?:'s|'re|s| is| are| weighs?| measures)?"
)
_WHO = rf"(?: tall)? (?:old )?(?:{SOMEBODY}|infant|person|adult|rider)\b"
# "My lad is 7 and 122cm", "she's only about 5ft 3"
_BESIDE = (
    r"(?:(?:now|only|just|about|around|already|nearly|like|of|and|[0-9]{1,2}|years?|yrs?|yo|months?|old|tall),? ){0,8}"
)
_FIGURE = (
    r"(?P<told>(?P<figure>[0-9]{1,3}(?:[.,][0-9]{1,2})? ?(?:cm|m|kg|kgs|kilos?|lbs?|pounds|stone)|"
    r"(?P<feet>[3-7]) ?(?:ft|foot|feet|')(?: ?(?P<inches>[0-9]{1,2})(?: ?(?:in|inch|inches|\"|''))?)?))"
)
_TOLD = re.compile(
    rf"\b(?:{_PERSON},? {_BESIDE}|(?:an?|my|our|his|her|for) (?=[0-9]+ ?(?:cm|kg|lbs?){_WHO})){_FIGURE}(?![\w.])",
    re.IGNORECASE,
)
_MORE = re.compile(rf",? ?(?:and |& )?{_FIGURE}(?![\w.])", re.IGNORECASE)
_INCH_MM, _STONE_G = 25.4, 6_350.29318  # exact by definition
_TALL, _HEAVY = "length", "mass"
# Of millimetres, and of grams, somebody may have: less or more is of something else.
_POSSIBLE = {_TALL: (400.0, 2_300.0), _HEAVY: (2_000.0, 300_000.0)}

_OF_THEM = {
    _TALL: word_set("child body rider user person"),
    _HEAVY: word_set("child body rider user person max maximum limit capacity"),
}
_CALLED = {_TALL: "height", _HEAVY: "weight"}
_CHILDS = re.compile(r"\b(?:child|children|kids?|bab(?:y|ies)|toddlers?|infants?|newborn|booster)\b", re.IGNORECASE)
_SPAN = re.compile(r"[0-9]\s*(?:cm|kg|lbs?)?\s*(?:-|\u2013|to)\s*[0-9]")
_LEAST = re.compile(r"\b(?:from|at least|min(?:imum)?|over|above)\b|[0-9] ?(?:cm|kg) ?\+")
_MOST = re.compile(r"\b(?:up to|max(?:imum)?|at most|under|below)\b")
_NUMBER_ALONE = re.compile(
    r"(?P<number>[0-9]{1,3}(?:[.,][0-9])?)(?=\s*(?:-|\u2013|to)\s*[0-9]{1,3}(?:[.,][0-9])?\s*(?P<unit>cm|kg|lbs?|m|g)\b)"
)


class Body(NamedTuple):
    """How tall and how heavy somebody is, as far as they say so.

    Attributes:
        tall: in millimetres.
        heavy: in grams.
    """

    tall: float | None = None
    heavy: float | None = None

    def denied_by(self, product: Product) -> str:
        """The specification by which a product is for taller, shorter, lighter or heavier people; else empty."""
        for key, value in product.specifications.items():
            text = specification_text(value)
            for dimension, told in ((_TALL, self.tall), (_HEAVY, self.heavy)):
                if told is None or not _is_of_them(product, spec_name(key), text, dimension):
                    continue
                low, high = _limits(plain(text).lower(), dimension, named_most="max" in spec_name(key))
                if not low <= told <= high:
                    return f"{key}: {text}"
        return ""


def body_in(messages: Iterable[str]) -> Body:
    """How tall and how heavy somebody is by these messages; of each what is said last counts."""
    tall: float | None = None
    heavy: float | None = None
    for message in messages:
        for dimension, number, _, _ in _figures(plain(message)):
            tall, heavy = (number, heavy) if dimension == _TALL else (tall, number)
    return Body(tall, heavy)


def without_bodies(text: str) -> str:
    """A `plain` text without how tall or heavy somebody is: no product is looked for that is so."""
    for _, _, start, end in reversed(list(_figures(text))):
        text = f"{text[:start]} {text[end:]}"
    return text


def _figures(text: str) -> Iterator[tuple[str, float, int, int]]:
    """The dimension, the figure and the place of what is told of people: "4 years, 104 cm and 17 kg"."""
    for match in _TOLD.finditer(text):
        told: re.Match[str] | None = match
        while told:
            dimension, number = _read(told)
            least, most = _POSSIBLE.get(dimension, (1.0, 0.0))
            if least <= number <= most:
                yield dimension, number, told.start("told"), told.end("told")
            told = _MORE.match(text, told.end())


def _read(match: re.Match[str]) -> tuple[str, float]:
    if match["feet"]:
        return _TALL, (12 * int(match["feet"]) + int(match["inches"] or 0)) * _INCH_MM
    figure = match["figure"].lower()
    if figure.endswith("stone"):
        return _HEAVY, float(figure.removesuffix("stone").strip().replace(",", ".")) * _STONE_G
    measure = next(measures_in(figure), None)
    return (measure.dimension, measure.number) if measure else ("", 0.0)


def _is_of_them(product: Product, name: str, text: str, dimension: str) -> bool:
    """Whether a specification says how tall or heavy people may be, and not how tall or heavy the product is."""
    said = name.split()
    if dimension == _HEAVY and "load" in said and not _OF_THEM[_HEAVY].isdisjoint(said):
        return True
    if _CALLED[dimension] not in said:
        return False
    if not _OF_THEM[dimension].isdisjoint(said):
        return True
    limits = _SPAN.search(text) or _LEAST.search(text.lower()) or _MOST.search(text.lower())
    return limits is not None and len(said) == 1 and _CHILDS.search(f"{product.name} {product.category}") is not None


def _limits(text: str, dimension: str, *, named_most: bool) -> tuple[float, float]:
    """From which measure up to which something is for people; 0 and infinity where it is open."""
    spelled = _NUMBER_ALONE.sub(lambda match: f"{match['number']} {match['unit']}", text)
    numbers = [one.number for one in measures_in(spelled) if one.dimension == dimension]
    if not numbers:
        return 0.0, float("inf")
    if len(numbers) > 1 and _SPAN.search(text):
        return min(numbers[:2]), max(numbers[:2])
    if _LEAST.search(text) and not _MOST.search(text):
        return numbers[0], float("inf")
    return (0.0, numbers[0]) if named_most or _MOST.search(text) else (0.0, float("inf"))
