"""What constraints demand of a product, exactly: the one meaning that the filter in SQL and `fulfils` both have.

An attribute's value is a text that a customer understands, in a small language:

- `16GB`, `dark red`: the specification holds it, as whole words and measures, or as the whole value, blanks and case
  aside ("16GB" is not in "116GB");
- `black or blue`: one of them; `27 inch and 144 Hz`: all of them;
- `at least 16GB`, `more than 500 W`, `at most 2 kg`, `under 2 kg`, `13 to 15 inch`: the specification holds a measure
  of that dimension within these limits.

Several names joined by "or" (`memory or storage`) mean that any of them may hold it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from models import Product
from needs import Constraints
from understanding.attributes import attributes_of, spec_name
from understanding.facts import NEVER, claims_for, doubts_for, facts_for, facts_of
from understanding.kinds import kinds_of
from understanding.measures import measures_in, parse_number
from understanding.words import plain, unique

_MOST_ALTERNATIVES = 12  # in one value, and in one name
OR = re.compile(r"\s+or\s+", re.IGNORECASE)
AND = re.compile(r"\s+and\s+", re.IGNORECASE)

AT_LEAST, MORE_THAN, AT_MOST, UNDER = "at least", "more than", "at most", "under"
_LIMIT = re.compile(rf"(?:(?P<limit>{AT_LEAST}|{MORE_THAN}|{AT_MOST}|{UNDER})\s+)(?P<measure>.+)", re.IGNORECASE)
_BETWEEN = re.compile(r"(?P<low>[0-9]{1,9}(?:[.,][0-9]{1,3})*)\s*to\s*(?P<measure>[0-9].*)", re.IGNORECASE)


class Exact(NamedTuple):
    """Sets of facts: a product fulfils it when it has all facts of one set."""

    any_of: tuple[tuple[str, ...], ...]


class Range(NamedTuple):
    """Limits on a number that a specification holds.

    Attributes:
        names: of the specifications, in the form of `spec_name`.
        kind: the dimension.
        low: the least, None when open.
        high: the most, None when open.
        strict: the limits themselves do not fulfil it.
    """

    names: tuple[str, ...]
    kind: str
    low: float | None
    high: float | None
    strict: bool

    def holds(self, number: float) -> bool:
        """Whether a number lies within the limits."""
        if self.strict:
            return (self.low is None or number > self.low) and (self.high is None or number < self.high)
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)


class Demands(NamedTuple):
    """What attributes demand: all of it must hold.

    Attributes:
        exact: facts that must be there.
        ranges: numbers within limits.
        denied: sets of facts; a product that has all of one set breaks the constraints.
    """

    exact: tuple[Exact, ...]
    ranges: tuple[Range, ...]
    denied: tuple[tuple[str, ...], ...]


def demands_of(constraints: Constraints) -> Demands:
    """Everything that constraints demand beyond price, category, maker and stock."""
    exact: list[Exact] = []
    ranges: list[Range] = []
    for name, value in constraints.attributes.items():
        for one in _required(name, value):
            if isinstance(one, Exact):
                exact.append(one)
            else:
                ranges.append(one)
    denied = [facts for name, value in constraints.excluded_attributes.items() for facts in _any_of(name, value)]
    unwanted = unique(one for term in constraints.excluded_terms for one in (term, *kinds_of(term)))
    denied += [facts for term in unwanted for facts in (claims_for(term), doubts_for(term))]
    return Demands(tuple(exact), tuple(ranges), tuple(facts for facts in denied if facts != (NEVER,)))


def fulfils(product: Product, constraints: Constraints, currency: str) -> bool:
    """Whether a product fulfils everything that constraints demand: what the filter in SQL lets through.

    Args:
        product: the row.
        constraints: categories and makers as the catalogue spells them.
        currency: the brand's, for products and constraints that name none.
    """
    return all(checks(product, constraints, currency))


def checks(product: Product, constraints: Constraints, currency: str) -> Iterator[bool]:
    """For each thing that constraints demand, whether a product fulfils it."""
    yield from _price_checks(product, constraints, currency)
    if constraints.categories:
        yield product.category in constraints.categories
    if constraints.excluded_categories:
        yield product.category not in constraints.excluded_categories
    if constraints.makers:
        yield product.maker in constraints.makers
    if constraints.excluded_makers:
        yield product.maker not in constraints.excluded_makers
    if constraints.available_only:
        yield product.availability
    if constraints.attributes or constraints.excluded_attributes or constraints.excluded_terms:
        yield from _demand_checks(product, demands_of(constraints))


def _price_checks(product: Product, constraints: Constraints, currency: str) -> Iterator[bool]:
    same = (product.currency or currency) == (constraints.currency or currency)
    if constraints.price_min is not None:
        yield same and product.price >= constraints.price_min
    if constraints.price_max is not None:
        yield same and product.price <= constraints.price_max


def _demand_checks(product: Product, demands: Demands) -> Iterator[bool]:
    facts = facts_of(product)
    for exact in demands.exact:
        yield any(facts.issuperset(one) for one in exact.any_of)
    if demands.ranges:
        attributes = attributes_of(product.specifications, product.features, product.name)
        for limits in demands.ranges:
            yield any(
                attribute.kind == limits.kind
                and attribute.name in limits.names
                and attribute.number is not None
                and limits.holds(attribute.number)
                for attribute in attributes
            )
    for denied in demands.denied:
        yield not facts.issuperset(denied)


# --- The language of values ---


@lru_cache(maxsize=2_048)
def _required(name: str, value: str) -> tuple[Exact | Range, ...]:
    parts = AND.split(plain(value))[:_MOST_ALTERNATIVES]
    return tuple(_range(name, part) or Exact(_any_of(name, part)) for part in parts)


def _any_of(name: str, value: str) -> tuple[tuple[str, ...], ...]:
    """Sets of facts, one of which holds when a specification of one of the names holds one of the values."""
    names = dict.fromkeys([name, *OR.split(plain(name))[:_MOST_ALTERNATIVES]])
    values = dict.fromkeys([value, *OR.split(plain(value))[:_MOST_ALTERNATIVES]])
    found = dict.fromkeys(facts for one in names for text in values for facts in facts_for(one, text))
    return tuple(facts for facts in found if facts != (NEVER,)) or ((NEVER,),)


def _range(name: str, text: str) -> Range | None:
    """The limits that a value spells; None when it spells none."""
    text = text.strip()
    match = _LIMIT.fullmatch(text) or _BETWEEN.fullmatch(text)
    if match is None:
        return None
    measure = next(iter(measures_in(match["measure"])), None)
    if measure is None or measure.start != 0 or measure.end != len(match["measure"]):
        return None
    names = _range_names(name)
    groups = match.groupdict()
    if groups.get("low") is not None:
        high = parse_number(re.split(r"[^0-9.,]", match["measure"], maxsplit=1)[0])
        low = parse_number(match["low"]) * (measure.number / high) if high else 0.0
        return Range(names, measure.dimension, min(low, measure.number), max(low, measure.number), strict=False)
    limit = match["limit"].lower()
    least, most = (measure.number, None) if limit in {AT_LEAST, MORE_THAN} else (None, measure.number)
    return Range(names, measure.dimension, least, most, strict=limit in {MORE_THAN, UNDER})


def _range_names(name: str) -> tuple[str, ...]:
    whole = dict.fromkeys([name, *OR.split(plain(name))[:_MOST_ALTERNATIVES]])
    return tuple(spec_name(one) for one in whole if spec_name(one))
