"""Weights as shops write them, in grams."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from models import Product

Item = TypeVar("Item")

_WEIGHT = re.compile(
    r"(?P<number>[0-9]+(?:[.,][0-9]+)?)\s*(?P<unit>kilograms?|kilos?|kg|grams?|g|pounds?|lbs?|ounces?|oz)\b",
    re.IGNORECASE,
)
_POUND_AND_OUNCE = (453.59237, 28.349523125)  # international avoirdupois, exact by definition
_IN_GRAMS = {"k": 1000.0, "g": 1.0, "p": _POUND_AND_OUNCE[0], "l": _POUND_AND_OUNCE[0], "o": _POUND_AND_OUNCE[1]}
_KEY = re.compile(r"\bweight\b", re.IGNORECASE)


def weight_text(product: Product) -> str:
    """The weight in the shop's own words; empty when the product data gives none."""
    for key, value in product.specifications.items():
        if _KEY.search(key) and _WEIGHT.search(str(value)):
            return " ".join(str(value).split())
    return ""


def grams(product: Product) -> float | None:
    """The weight in grams; None when the product data gives none."""
    match = _WEIGHT.search(weight_text(product))
    if match is None:
        return None
    number = match["number"]
    # "1,200 g" is a thousand and two hundred, "1,2 kg" is a fraction.
    grouped = "," in number and len(number.partition(",")[2]) == len("000")
    value = float(number.replace(",", "" if grouped else "."))
    return value * _IN_GRAMS[match["unit"][0].lower()]


def by_weight(items: Sequence[Item], product_of: Callable[[Item], Product], *, heaviest: bool) -> list[Item]:
    """Items from light to heavy, or the other way; those without a weight last, in their own order."""

    def rank(item: Item) -> tuple[bool, float]:
        weight = grams(product_of(item))
        return weight is None, (0.0 if weight is None else -weight if heaviest else weight)

    return sorted(items, key=rank)
