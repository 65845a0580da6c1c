"""What several of the last suggestions cost together, reckoned exactly."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from models import Product, Prompt
from needs import Intent
from providers.embedded.suggestions import out_of_reach
from providers.embedded.wording import amount, enumerated, named, price, quoted, reply, sentence
from understanding.meant import called, meant_of
from understanding.quantities import Quantity, adds_up, asks_for_sum, count_in, quantities_in
from understanding.references import read_ordinals
from understanding.spreading import other_prices, price_note
from understanding.words import content_words, occurs, stems, word_set, words

_MOST_LINES = 8
_PARTS = re.compile(r"\band\b|\bplus\b|\bwith\b|[,&+]")
_POINTING = word_set("it that this")
_ASKING = word_set("much cost costs price total sum together altogether combined both everything pay come all be")
_PACKED = word_set(
    "bag bags pack packs packet packets box boxes tin tins bottle bottles jar jars tub tubs piece pieces"
)
_EXCEPTED = "That is without delivery."


class _Item(NamedTuple):
    product: Product
    pieces: int

    @property
    def cost(self) -> Decimal:
        """The price of all pieces: a price is exact as it is written, which a float is not."""
        return Decimal(str(self.product.price)) * self.pieces


def total(prompt: Prompt) -> str:
    """The reply to "how much are both together?"."""
    items = _items(prompt)
    return _summed(prompt, items) if items else out_of_reach(prompt)


def of_named(prompt: Prompt) -> str:
    """The sum of what a question itself names and counts: "2 shampoo and 1 wheel cleaner, total"; else empty."""
    question = " ".join(prompt.question.lower().split())
    if prompt.understood.intent is not Intent.PRODUCT or not (prompt.hits and asks_for_sum(question)):
        return ""
    items: list[_Item] = []
    for part in _PARTS.split(question):
        names = [word for word in content_words(part) if word not in _ASKING | _PACKED and not word.isdigit()]
        count = count_in(part)
        if not names:
            continue
        best = max((hit.product for hit in prompt.hits), key=lambda one: _shared(names, one))
        if count is None or _shared(names, best) < len(names) or (count > 1 and str(count) in _figures_of(best)):
            return ""  # what it is, or how many, is not said: "2 person tent"
        items.append(_Item(best, count))
    return _summed(prompt, items[:_MOST_LINES]) if items else ""


def _summed(prompt: Prompt, items: list[_Item]) -> str:
    if told := _priced_by_measure(items, voice=prompt.voice):
        return told
    currencies = list(dict.fromkeys(item.product.currency or "USD" for item in items))
    if prompt.voice:
        return f"{_spoken(items, currencies)} {_EXCEPTED}"
    left_out = _left_out(" ".join(prompt.question.lower().split()), items)
    if len(items) == 1:
        item = items[0]
        if item.pieces == 1:
            return f"The {named(item.product)} costs {price(item.product)}. {_EXCEPTED}{_by_size(items)}{left_out}"
        times = f"{item.pieces} x {named(item.product)} at {price(item.product)} each"
        cost = f"{times} cost {amount(item.cost, item.product)} in total."
        return f"{cost} {_EXCEPTED}{_by_size(items)}{_stock(items)}{left_out}"
    lines = [_line(item) for item in items]
    return reply(_lead(items, currencies), lines, f"{_EXCEPTED}{_by_size(items)}{_stock(items)}{left_out}")


def _priced_by_measure(items: Sequence[_Item], *, voice: bool) -> str:
    """What the shop says of prices that are for no piece, which cannot be added up: "per m2"; empty without such."""
    notes = [(item.product, note) for item in items if (note := price_note(item.product))]
    if not notes:
        return ""
    if voice:
        return f"I can't add that up: the {named(notes[0][0])} is sold by measure. How much do you need?"
    lines = [sentence(f"{named(product)} - {price(product)}: {quoted(note)}") for product, note in notes]
    return reply("I can't add that up without knowing how much you need, since our product data says:", lines)


def _by_size(items: Sequence[_Item]) -> str:
    """What the shop says of other sizes' prices, which are not what was added up."""
    told = [f"{quoted(item.product.name)}: {quoted(said)}" for item in items for said in other_prices(item.product)]
    return f" Please note: {'; '.join(told)}." if told else ""


def _items(prompt: Prompt) -> list[_Item]:
    """What is to be added up; each of the last suggestions once where nothing else is said."""
    question, suggested = " ".join(prompt.question.lower().split()), prompt.last_suggestions
    earlier = [hit.product for hit in prompt.hits if hit.product not in suggested]
    items: dict[str, _Item] = {}
    for quantity in quantities_in(question):
        for product in _of(quantity, prompt):
            before = items[product.id].pieces if product.id in items else 0
            items[product.id] = _Item(product, before + quantity.pieces)
    if not items:
        ordinals, _ = read_ordinals(question)
        understood = prompt.understood.model_copy(update={"ordinals": ordinals})
        if ordinals:
            chosen = meant_of(understood, suggested)
        else:
            chosen = _named(question, [*suggested, *earlier]) or _all(question, [*suggested], earlier)
        items = {product.id: _Item(product, 1) for product in chosen}
    return list(items.values())[:_MOST_LINES]


def _named(question: str, products: Sequence[Product]) -> list[Product]:
    """Those that a question names, one for each thing named: "the pannier and the lights", "it and the lights"."""
    found: dict[str, Product] = {}
    names_any = False
    for part in _PARTS.split(question):
        names = [word for word in content_words(part) if word not in _ASKING]
        if not names and found.keys() != {one.id for one in products[:1]} and _POINTING & set(words(part)):
            found.setdefault(products[0].id, products[0])
        elif names and (best := max(products, key=lambda one: _shared(names, one))) and _shared(names, best):
            found.setdefault(best.id, best)
            names_any = True
    return list(found.values()) if names_any and (len(found) > 1 or len(products) > 1) else []


def _figures_of(product: Product) -> frozenset[str]:
    """The numbers in a product's name, by which somebody may ask for it: the "7" of "Pier 7"."""
    return frozenset(re.findall(r"[0-9]+", product.name))


def _shared(names: Sequence[str], product: Product) -> int:
    """How many of these words a product is called by."""
    own = stems(f"{product.name} {product.category}")
    return sum(occurs(name, own) for name in names)


def _left_out(question: str, items: Sequence[_Item]) -> str:
    """Says which things a question names that are not in the sum: nothing was suggested by that name."""
    own = stems(" ".join(f"{item.product.name} {item.product.category}" for item in items))
    parts = [[word for word in content_words(part) if word not in _ASKING] for part in _PARTS.split(question)]
    missing = [" ".join(part) for part in parts[1:] if part and not any(occurs(word, own) for word in part)]
    return f" I left out {enumerated([quoted(one) for one in missing])}: ask me for it first." if missing else ""


def _all(question: str, suggested: list[Product], earlier: Sequence[Product]) -> list[Product]:
    """What "both" and "all of them" are: of a single last suggestion, that and the one before it."""
    if not {"both", "two"} & set(words(question)):
        alone = len(suggested) == 1 and adds_up(question) and not (_POINTING | {"total"}) & set(words(question))
        return [*suggested, *earlier[:1]] if alone else suggested
    return [*suggested, *earlier][:2]


def _of(quantity: Quantity, prompt: Prompt) -> Sequence[Product]:
    suggested = prompt.last_suggestions
    if quantity.places:
        return meant_of(prompt.understood.model_copy(update={"ordinals": quantity.places}), suggested)
    if quantity.words and (chosen := called(quantity.words, suggested)):
        return chosen[:1]
    if ordinals := prompt.understood.ordinals:
        return meant_of(prompt.understood.model_copy(update={"ordinals": ordinals}), suggested)
    return suggested if quantity.each else suggested[:1]


def _lead(items: Sequence[_Item], currencies: Sequence[str]) -> str:
    pieces = "Together they cost" if all(item.pieces == 1 for item in items) else "In total that is"
    if len(currencies) == 1:
        return f"{pieces} {amount(_sum(items), items[0].product)}:"
    sums = _by_currency(items, currencies)
    return f"They are priced in different currencies, which I can't add up; by currency: {sums}."


def _by_currency(items: Sequence[_Item], currencies: Sequence[str], *, voice: bool = False) -> str:
    sums = []
    for currency in currencies:
        of_it = [item for item in items if (item.product.currency or "USD") == currency]
        sums.append(amount(_sum(of_it), of_it[0].product, voice=voice))
    return enumerated(sums)


def _sum(items: Sequence[_Item]) -> Decimal:
    return sum((item.cost for item in items), Decimal())


def _line(item: _Item) -> str:
    if item.pieces == 1:
        return f"{named(item.product)} - {price(item.product)}"
    return f"{item.pieces} x {named(item.product)} at {price(item.product)} each - {amount(item.cost, item.product)}"


def _spoken(items: Sequence[_Item], currencies: Sequence[str]) -> str:
    things = enumerated(
        [
            f"{item.pieces} of the {named(item.product)}" if item.pieces > 1 else f"the {named(item.product)}"
            for item in items
        ]
    )
    if len(currencies) > 1:
        return f"They are priced in different currencies: {_by_currency(items, currencies, voice=True)}."
    cost = amount(_sum(items), items[0].product, voice=True)
    verb = "costs" if len(items) == 1 and items[0].pieces == 1 else "cost"
    together = " together" if verb == "cost" else ""
    return f"{things[:1].upper()}{things[1:]} {verb} {cost}{together}."


def _stock(items: Sequence[_Item]) -> str:
    gone = [f"the {quoted(item.product.name)}" for item in items if not item.product.availability]
    return f" Note that {enumerated(gone)} {'is' if len(gone) == 1 else 'are'} currently out of stock." if gone else ""
