"""Follow-ups over the last suggestions: which of them are meant, which is the cheapest, how they differ."""

from collections.abc import Sequence

from models import Product, Prompt, Superlative, maker_of
from providers.embedded.products import offer
from providers.embedded.wording import amount, enumerated, named, price, quoted, reply
from understanding.attributes import specification_text
from understanding.orders import ORDERS, in_order, ranked
from understanding.words import occurs, stems

MAX_COMPARED = 4
_MAX_DIFFERENCES = 8
_LONGEST_VALUE = 80  # characters of one value in a comparison


def meant(prompt: Prompt) -> list[Product]:
    """Which of the last suggestions are meant: by place, else by a name that only some of them bear, else all."""
    suggested = prompt.last_suggestions
    if ordinals := prompt.understood.ordinals:
        count = len(suggested)
        places = dict.fromkeys(place % count for place in ordinals if -count <= place < count)
        return [suggested[place] for place in places]
    names = [stems(product.name) for product in suggested]
    shared = [
        sum(occurs(term, name) for term in prompt.understood.terms if not all(occurs(term, other) for other in names))
        for name in names
    ]
    most = max(shared, default=0)
    if most and len(suggested) > 1:
        return [product for product, count in zip(suggested, shared, strict=True) if count]
    return list(suggested)


def pick(prompt: Prompt) -> str:
    """The one that comes first in the order that was asked for."""
    superlative, products = prompt.understood.superlative, meant(prompt)
    if not products:
        return out_of_reach(prompt)
    if superlative is None:
        return compare(prompt)
    if len(products) == 1:
        return f"That leaves only one: the {named(products[0])} for {price(products[0], voice=prompt.voice)}."
    if superlative in (Superlative.CHEAPEST, Superlative.DEAREST):
        return _pick_by_price(prompt, products, superlative)
    return _pick_by_number(prompt, products, superlative)


def _pick_by_price(prompt: Prompt, products: Sequence[Product], superlative: Superlative) -> str:
    if len({product.currency for product in products}) > 1:
        prices = enumerated([f"the {named(product)} {price(product, voice=prompt.voice)}" for product in products])
        return f"They are priced in different currencies, so I can't rank them fairly: {prices}."
    winners = _first(products, superlative)
    cost = price(winners[0], voice=prompt.voice)
    return _verdict(winners, superlative, f"at {cost}")


def _pick_by_number(prompt: Prompt, products: Sequence[Product], superlative: Superlative) -> str:
    order = ORDERS[superlative]
    numbers = {product.id: ranked(product, superlative) for product in products}
    known = [product for product in products if numbers[product.id]]
    if not known:
        ask = f" You can ask us at {quoted(prompt.contact)}." if prompt.contact else ""
        return f"I can't say which is the {order.word}: our product data gives no {order.noun} for them.{ask}"
    if len({number.dimension for number in numbers.values() if number}) > 1:
        said = enumerated([f"the {named(product)} {_said(product, superlative)}" for product in known])
        return f"Their {order.noun} is given in different kinds of units, so I can't rank them fairly: {said}."
    winners = _first(known, superlative)
    if len(known) == len(products):
        return _verdict(winners, superlative, f"at {_said(winners[0], superlative)}")
    silent = enumerated([quoted(product.name) for product in products if product not in known], "or")
    best = f"the {named(winners[0])} is the {order.word} at {_said(winners[0], superlative)}"
    return f"Our product data gives no {order.noun} for the {silent}. Of the others, {best}."


def _said(product: Product, superlative: Superlative) -> str:
    """The number that an order goes by, in the shop's own words."""
    number = ranked(product, superlative)
    return shortened(number.text) if number else ""


def _first(products: Sequence[Product], superlative: Superlative) -> list[Product]:
    """Those that come first in an order: several when they are equal."""
    in_turn = in_order(products, lambda product: product, superlative)
    best = ranked(in_turn[0], superlative)
    return [
        product for product in in_turn if (own := ranked(product, superlative)) and best and own.value == best.value
    ]


def _verdict(winners: Sequence[Product], superlative: Superlative, at: str) -> str:
    if len(winners) > 1:
        equals = enumerated([f"the {named(product)}" for product in winners])
        return f"It's a tie: {equals} are the {ORDERS[superlative].word}, each {at}."
    return f"The {named(winners[0])} is the {ORDERS[superlative].word} {at}. Would you like to know more about it?"


def out_of_reach(prompt: Prompt) -> str:
    """The answer when none of the last suggestions can be meant."""
    count = len(prompt.last_suggestions)
    if not count:
        return offer(prompt)
    have = "only one product" if count == 1 else f"only {count} products"
    return f"I have suggested {have} so far. Which one do you mean?"


# --- Comparing ---


def compare(prompt: Prompt) -> str:
    """Prices and the specifications that differ, side by side."""
    products = meant(prompt)[:MAX_COMPARED]
    if not products:
        return out_of_reach(prompt)
    if len(products) == 1:
        return f"To compare the {named(products[0])} I need a second product. Which one should I put beside it?"
    if prompt.voice:
        return _spoken_comparison(products)
    lines = [
        f"({number}) {named(product)} - {price(product)}{_stock(product)}" for number, product in enumerate(products, 1)
    ]
    return reply("Here is how they compare:", [*lines, *_differences(products)], _closing(products))


def _spoken_comparison(products: Sequence[Product]) -> str:
    prices = enumerated([f"the {named(product)} costs {price(product, voice=True)}" for product in products])
    return f"{prices[0].upper()}{prices[1:]}. Shall I tell you more about one of them?"


def _stock(product: Product) -> str:
    return "" if product.availability else " (currently out of stock)"


def _differences(products: Sequence[Product]) -> list[str]:
    """One line for each specification that at least two of them state, and not all alike."""
    values = [
        {key.strip().lower(): specification_text(value) for key, value in product.specifications.items() if key.strip()}
        for product in products
    ]
    keys = dict.fromkeys(key for one in values for key in one)
    return [line for key in keys if not maker_of({key: "-"}) and (line := _difference(key, values))][:_MAX_DIFFERENCES]


def _difference(key: str, values: Sequence[dict[str, str]]) -> str:
    stated = [(number, one[key]) for number, one in enumerate(values, 1) if one.get(key)]
    if len(stated) < 2 or (len(stated) == len(values) and len({value for _, value in stated}) == 1):  # noqa: PLR2004
        return ""
    said = "; ".join(f"({number}) {shortened(value)}" for number, value in stated)
    return f"{quoted(key[:1].upper() + key[1:])}: {said}"


def shortened(value: str) -> str:
    """A value that fits beside others."""
    value = quoted(value)
    return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE].rsplit(" ", 1)[0].rstrip(",;") + " ..."


def _closing(products: Sequence[Product]) -> str:
    question = "Shall I tell you more about one of them?"
    if len({product.currency for product in products}) > 1:
        return question
    by_price = sorted(products, key=lambda product: product.price)
    saved = by_price[1].price - by_price[0].price
    if saved <= 0:
        return question
    number = next(number for number, product in enumerate(products, 1) if product is by_price[0])
    rank = "cheaper" if len(products) == 2 else "the cheapest"  # noqa: PLR2004 - a comparative is for two
    return f"({number}) is {rank}, by {amount(saved, by_price[0])}. {question}"
