"""Amounts of money in a reply, and which of them the shop's prices and words bear out."""

import re
from collections.abc import Iterable, Iterator
from itertools import combinations, permutations, product

from models import Product

# Written here a second time, apart from what the product itself reads amounts with: else a mistake there could not be
# seen. A number is at most 15 characters long, so that nothing backtracks far.
_NUMBER = r"\d{1,3}(?:[,.' ]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)|\d{1,9}(?:[.,]\d{1,2})?(?!\d)"
_CURRENCY = r"[$€£]|(?:USD|EUR|GBP|dollars?|euros?|pounds?)\b"
_WRITTEN = re.compile(
    rf"(?:[$€£]|\b(?:USD|EUR|GBP)) ?(?P<before>{_NUMBER})"
    rf"|(?<![\d.,])(?P<after>{_NUMBER}) ?(?:{_CURRENCY})(?: and (?P<cents>\d{{1,2}})(?: (?:cents?|pence))?)?",
    re.IGNORECASE,
)
_CENTS = re.compile(r"(?<![\d.,])(\d{1,2}) (?:cents?|pence|p)\b|(?<![\d.,])(\d{1,2})p\b", re.IGNORECASE)
_SIGNS = {"USD": ("$", "usd", "dollar"), "EUR": ("€", "eur"), "GBP": ("£", "gbp", "pound")}
_ANY_NUMBER = re.compile(rf"(?<![\d.,])(?P<number>{_NUMBER})(?P<thousands> ?(?:k|grand|thousand)\b)?", re.IGNORECASE)

# Sums are of so many products at most: a basket that somebody talks about.
_BASKET = 6

# "Around 2,000" may be answered with a range as wide as this share of the amount on each side.
_ABOUT = re.compile(r"\b(?:around|about|roughly|approximately|approx|circa|ca)\b|~", re.IGNORECASE)
_LATITUDE = 0.25
_MOST_PIECES = 20
# "24.42 m2 at €22.90 per m2", "3 x €42.50"
_TIMES = re.compile(rf"(?<![\d.,])({_NUMBER}) ?(?:m2\b|x |square metres\b|at )")
HALF_A_CENT = 0.005


def amounts_in(text: str) -> list[float]:
    """The amounts of money that a text names, in its currency's unit."""
    found = []
    for match in _WRITTEN.finditer(text):
        whole = value_of(match["before"] or match["after"])
        found.append(whole + int(match["cents"] or 0) / 100)
    return found


def currencies_in(text: str) -> set[str]:
    """The currencies whose signs or names stand beside amounts in a text, as ISO 4217 has them."""
    written = [match[0].casefold() for match in _WRITTEN.finditer(text)]
    return {code for code, signs in _SIGNS.items() for one in written if any(sign in one for sign in signs)}


def numbers_in(text: str) -> list[float]:
    """Every number of a text, as somebody may mean an amount by it."""
    return [value_of(match["number"]) * (1_000 if match["thousands"] else 1) for match in _ANY_NUMBER.finditer(text)]


def value_of(number: str) -> float:
    """A number as it is written anywhere: "1,299.50", "1.299,50", "4,5", "1 299"."""
    plain = number.replace(" ", "").replace("'", "")
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0 and len(plain) - last - 1 != 3:
        return float(re.sub(r"[.,]", "", plain[:last]) + "." + plain[last + 1 :])
    return float(re.sub(r"[.,]", "", plain))


def unfounded(
    reply: str, catalogue: Iterable[Product], discussed: Iterable[Product], said: str, asked: str
) -> list[str]:
    """The amounts of a reply that nothing bears out.

    Args:
        reply: what was answered.
        catalogue: the brand's products: each price may be named.
        discussed: what has been suggested in the conversation: sums and differences of their prices may be named too,
            multiples by a number that the customer said, or that the reply gives for pieces or square metres, and what
            their own data says.
        said: everything that the brand says of itself: its amounts may be named.
        asked: everything that the customer said: its numbers may be named, and how far a price is from them.
    """
    discussed, own = list(discussed), numbers_in(asked)
    prices = [product.price for product in catalogue]
    basket = [product.price for product in {product.id: product for product in discussed}.values()][-_BASKET:]
    pieces = [number for number in own if 1 <= number <= _MOST_PIECES]
    sums = [sum(chosen) for size in range(2, len(basket) + 1) for chosen in combinations(basket, size)]
    multiples = [price * count for price in basket for count in pieces]
    sums += [
        sum(count * price for count, price in zip(counts, some, strict=True))
        for size in (2, 3)
        for some in permutations(basket, size)
        for counts in product({1, *pieces[:4]}, repeat=size)
    ]
    told = [amount for product in discussed for amount in amounts_in(_words_of(product))]
    reckoned = [value_of(match[1]) * price for match in _TIMES.finditer(reply) for price in basket]
    founded = [
        *prices,
        *sums,
        *multiples,
        *_differences(basket, own, prices),
        *amounts_in(said),
        *own,
        *told,
        *reckoned,
    ]
    near = own if _ABOUT.search(asked) else []
    founded += [int(match[1] or match[2]) / 100 for match in _CENTS.finditer(said)]
    return [
        f"{amount:,.2f}"
        for amount in amounts_in(reply)
        if not any(abs(amount - one) < HALF_A_CENT for one in founded)
        and not any(abs(amount - one) <= _LATITUDE * one for one in near)
    ]


def _words_of(product: Product) -> str:
    return " ; ".join((product.description, *product.features, *map(str, product.specifications.values())))


def _differences(basket: Iterable[float], own: Iterable[float], prices: Iterable[float]) -> Iterator[float]:
    for one, other in combinations(basket, 2):
        yield abs(one - other)
    for number in own:
        yield from (abs(price - number) for price in prices)
