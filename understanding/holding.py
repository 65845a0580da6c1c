"""Whether a product may have what must not be in it: it says so, leaves it open, or is made up of several things."""

import re
from collections.abc import Iterable

from models import Product
from needs import Constraints
from understanding.facts import says_without
from understanding.requirements import fulfils

# What these hold has data of its own, which theirs seldom repeats: a curry box, of its blends' "may contain".
_OF_SEVERAL = re.compile(
    r"\b(?:bundles?|hampers?|assortments?|selections?|samplers?|(?:mixed|gift|selection|cheese|tea) (?:box|boxes|case|"
    r"pack)|sample packs?|starter (?:kit|stack|set|pack)s?)\b",
    re.IGNORECASE,
)


def is_of_several(product: Product) -> bool:
    """Whether a product is a bundle of others, by its name, its category or its features."""
    return _OF_SEVERAL.search(" | ".join((product.name, product.category, *product.features))) is not None


def may_hold(product: Product, unwanted: Iterable[str]) -> bool:
    """Whether a product has, or may have, something of what must not be in it (lower-case names)."""
    several = is_of_several(product)
    for term in unwanted:
        if not fulfils(product, Constraints(excluded_terms=(term,)), ""):
            return True
        if several and not says_without(product, term):
            return True
    return False
