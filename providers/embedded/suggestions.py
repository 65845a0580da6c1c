"""Follow-ups over the last suggestions: which of them are meant, and which is the cheapest."""

from collections.abc import Sequence

from models import Product, Prompt
from needs import Superlative
from providers.embedded.products import offer
from providers.embedded.wording import enumerated, named, price, quoted
from understanding.meant import meant_of
from understanding.orders import ORDERS, figure_of, in_order, ranked

_LONGEST_VALUE = 80  # characters of one value in a comparison


def meant(prompt: Prompt) -> list[Product]:
    """Which of the last suggestions are meant: by place, else by a name that only some of them bear, else all."""
    return meant_of(prompt.understood, prompt.last_suggestions)


def pick(prompt: Prompt) -> str:
    """The one that comes first in the order that was asked for."""
    superlative, products = prompt.understood.superlative, meant(prompt)
    if not products:
        return out_of_reach(prompt)
    if prompt.understood.constraints.available_only:
        products = [product for product in products if product.availability] or products
    if prompt.understood.figure:
        return _pick_by_figure(prompt, products)
    if superlative is None:
        return offer(prompt)
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


def _pick_by_figure(prompt: Prompt, products: Sequence[Product]) -> str:
    """By a specification that the shop has under this name, as far as its figures are in one unit."""
    name, most = quoted(prompt.understood.figure), prompt.understood.most
    figures = [(product, figure) for product in products if (figure := figure_of(product, name))]
    said = enumerated([f"the {named(product)} at {shortened(figure.text)}" for product, figure in figures])
    if len({figure.dimension for _, figure in figures}) != 1:
        return f"About {name} our product data says: {said or 'nothing'}."
    best = (max if most else min)(figure.value for _, figure in figures)
    winners = [product for product, figure in figures if figure.value == best]
    silent = [quoted(product.name) for product in products if product not in [one for one, _ in figures]]
    gap = f" Our product data gives no {name} for the {enumerated(silent, 'or')}." if silent else ""
    if len(winners) > 1:
        equal = enumerated([f"the {named(product)}" for product in winners])
        at = next(figure.text for _, figure in figures if figure.value == best)
        return f"It's a tie: {equal} have the {'most' if most else 'least'} {name}, each {shortened(at)}.{gap}"
    return f"The {named(winners[0])} has the {'most' if most else 'least'} {name}: {said}.{gap}"


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


def shortened(value: str) -> str:
    """A value that fits beside others."""
    value = quoted(value)
    return value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE].rsplit(" ", 1)[0].rstrip(",;") + " ..."
