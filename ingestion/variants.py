"""Variants of one product: its options, what is told of each variant, and the price to show."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ingestion.values import money

_DEFAULT = "default title"  # Shopify's words for a product without options
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Variant:
    """One form in which a product is sold.

    Attributes:
        options: value by the option's name ("Size": "M"), in the shop's order.
        price: as written.
        regular: the price before a reduction, as written; empty when there is none.
        stock: pieces, as written; empty when they are not counted.
        available: whether it can be had.
        sku: its article number; may be empty.
        name: what it is called when it has no options.
        note: what else is to be told of its price.
    """

    options: Mapping[str, str]
    price: object = ""
    regular: object = ""
    stock: str = ""
    available: bool = True
    sku: str = ""
    name: str = ""
    note: str = ""


def amount(price: object) -> float | None:
    """The number of a price as written; None when it cannot be read."""
    if isinstance(price, bool) or price is None:
        return None
    if isinstance(price, int | float):
        return float(price) if math.isfinite(price) else None
    found = money(str(price).strip())
    return None if found is None else found.amount


def number(text: str) -> float | None:
    """A count of pieces: "12", "-3", "4.0"; None when it is no number."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def cheapest(variants: Sequence[Variant]) -> Variant | None:
    """The variant whose price stands for the product: the lowest of those that can be had, else of all."""
    priced = [(value, one) for one in variants if (value := amount(one.price)) is not None]
    sold = [(value, one) for value, one in priced if one.available] or priced
    if sold:
        return min(sold, key=lambda pair: pair[0])[1]
    return next((one for one in variants if one.price not in {"", None}), None)


def facts(variants: Sequence[Variant]) -> Iterator[tuple[str, object]]:
    """What a product's specifications tell of its variants: the options with their values, and each variant's text."""
    for name, values in _options(variants).items():
        yield name, ("; " if any("," in value for value in values) else ", ").join(values)
    if len(variants) > 1:
        yield "variants", [_told(one) for one in variants]


def skus(variants: Iterable[Variant]) -> str:
    """The article numbers, each once."""
    return ", ".join(dict.fromkeys(one.sku for one in variants if one.sku))


def regular_price(variant: Variant) -> object:
    """The price before a reduction; empty when it is no higher than the price."""
    regular, price = amount(variant.regular), amount(variant.price)
    return variant.regular if regular is not None and price is not None and regular > price else ""


def is_default(value: str) -> bool:
    """Whether an option's value says that there are no options."""
    return value.strip().casefold() == _DEFAULT


def _options(variants: Iterable[Variant]) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for one in variants:
        for name, value in one.options.items():
            if value and not is_default(value):
                found.setdefault(name, {})[value] = None
    return found


def _told(variant: Variant) -> str:
    name = " / ".join(value for value in variant.options.values() if value) or variant.name or variant.sku
    said = [str(variant.price).strip()] if variant.price not in {"", None} else []
    if variant.note:
        said.append(variant.note)
    pieces = number(variant.stock)
    if not variant.available:
        said.append("out of stock")
    elif pieces is not None and pieces > 0:
        said.append(f"{variant.stock} in stock")
    return f"{name}: {', '.join(said)}" if name and said else name or ", ".join(said)
