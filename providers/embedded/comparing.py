"""Products side by side: their prices, the specifications that differ, and what speaks for one of them."""

from collections.abc import Iterator, Sequence

from models import Product, Prompt, maker_of
from providers.embedded.suggestions import meant, out_of_reach, shortened
from providers.embedded.wording import amount, enumerated, lowered, named, price, quoted, reply
from understanding.attributes import is_stated, spec_name, specification_text
from understanding.comparing import MOST_COMPARED, best_called
from understanding.coverage import said_in
from understanding.manners import instructs
from understanding.meant import meant_of
from understanding.measures import Measure, in_unit_of, measures_in
from understanding.words import plain, stem, words

_MAX_DIFFERENCES = 8
_TWO = 2
_FARTHEST = 20  # times one measure is another's, at most, when they are written in one unit
_SPOKEN_DIFFERENCE = 80  # characters that an ear can take in


def compare(prompt: Prompt) -> str:
    """Prices and the specifications that differ, side by side."""
    products, missing = _compared(prompt)
    if missing:
        return _incomplete(products, prompt)
    if not products:
        return out_of_reach(prompt)
    if len(products) == 1:
        return f"To compare the {named(products[0])} I need a second product. Which one should I put beside it?"
    if prompt.voice:
        return _spoken_comparison(products)
    lines = [
        f"({number}) {named(product)} - {price(product)}{_stock(product)}" for number, product in enumerate(products, 1)
    ]
    differences = _differences(products)
    same = [] if differences else ["Our product data states no other difference"]
    closing = " ".join(part for part in (_for_purpose(products, prompt), _closing(products)) if part)
    return reply("Here is how they compare:", [*lines, *differences, *same], closing)


def _compared(prompt: Prompt) -> tuple[list[Product], int]:
    """The products meant, and how many that were named are not found."""
    names = prompt.understood.compared
    if not any(names):
        return meant(prompt)[:MOST_COMPARED], 0
    known = [*prompt.last_suggestions, *(hit.product for hit in prompt.hits)]
    found: dict[str, Product] = {}
    missing = 0
    for name in names:
        product = best_called(name, known) if name else next(iter(_pointed_at(prompt)), None)
        if product is None:
            missing += 1
        else:
            found[product.id] = product
    return list(found.values())[:MOST_COMPARED], missing


def _pointed_at(prompt: Prompt) -> list[Product]:
    """What "it" or "the second" is, beside names."""
    return meant_of(prompt.understood.model_copy(update={"terms": ()}), prompt.last_suggestions)


def _incomplete(products: Sequence[Product], prompt: Prompt) -> str:
    if not products:
        return "I'm sorry, I can't find these products in our range. Could you give me their full names?"
    found = enumerated([f"the {named(one)} for {price(one, voice=prompt.voice)}" for one in products])
    return f"I found {found}, but not the other product that you named. Could you give me its full name?"


def _stock(product: Product) -> str:
    return "" if product.availability else " (currently out of stock)"


# --- Differences ---


def _stated(product: Product) -> dict[str, tuple[str, str]]:
    """What a product's specifications say: the stems of a name, to the name and the value as they are written."""
    stated: dict[str, tuple[str, str]] = {}
    for key, value in product.specifications.items():
        name = " ".join(stem(word) for word in words(spec_name(key)))
        text = specification_text(value) if is_stated(specification_text(value)) else ""
        if name and text and not maker_of({key: "-"}):
            stated.setdefault(name, (key.strip(), text))
    return stated


def _differences(products: Sequence[Product]) -> list[str]:
    """One line for each specification that at least two of them state, and not all alike."""
    return [
        f"{quoted(name[:1].upper() + name[1:])}: "
        + "; ".join(f"({number}) {value}" for number, value in enumerate(values, 1) if value)
        for name, values in _different(products)
    ][:_MAX_DIFFERENCES]


def _different(products: Sequence[Product]) -> Iterator[tuple[str, list[str]]]:
    """The names of the specifications that differ, with each product's value, empty where it states none."""
    stated = [_stated(product) for product in products]
    for key in dict.fromkeys(key for one in stated for key in one):
        values = aligned([one[key][1] if key in one else "" for one in stated])
        told = [value for value in values if value]
        if len(told) >= _TWO and (len(told) < len(values) or len({value.lower() for value in told}) > 1):
            yield next(one[key][0] for one in stated if key in one), [shortened(value) for value in values]


def aligned(values: Sequence[str]) -> list[str]:
    """The values with one unit, where each that is stated is nothing but a measure of one kind ("900 g", "1.2 kg")."""
    measures = [_only_measure(value) for value in values]
    kinds = {measure.dimension for measure in measures if measure}
    first = next((measure for measure in measures if measure), None)
    if (
        first is None
        or len(kinds) != 1
        or any(value and not measure for value, measure in zip(values, measures, strict=True))
    ):
        return list(values)
    spelled = next(
        plain(value)[measure.start : measure.end] for value, measure in zip(values, measures, strict=True) if measure
    )
    sizes = [measure.number for measure in measures if measure and measure.number]
    if not sizes or max(sizes) > _FARTHEST * min(sizes):
        return list(values)  # "0.046 kg" reads worse than "46 g"
    return [
        in_unit_of(measure, first, spelled) if measure else value
        for value, measure in zip(values, measures, strict=True)
    ]


def _only_measure(value: str) -> Measure | None:
    text = plain(value)
    found = next(measures_in(text), None)
    if found is None or text[: found.start].strip() or text[found.end :].strip():
        return None
    return found


# --- What speaks for one ---


def _for_purpose(products: Sequence[Product], prompt: Prompt) -> str:
    """Which of them the shop's data says something of what was asked "for"; empty when nothing was."""
    if prompt.understood.compared:
        return ""
    naming = {stem(word) for product in products for word in words(f"{product.name} {product.category}")}
    sought = [term for term in prompt.understood.terms if stem(term) not in naming]
    if not sought:
        return ""
    told = [(number, said) for number, product in enumerate(products, 1) if (said := _says(product, sought))]
    if not told:
        return "Our product data doesn't say which of them suits that better."
    quotations = "; ".join(f"({number}) {said}" for number, said in told)
    return f"On what you ask, our product data says: {quotations}."


def _says(product: Product, sought: Sequence[str]) -> str:
    texts = [
        *product.features,
        *(f"{key}: {specification_text(value)}" for key, value in product.specifications.items()),
    ]
    found = next((text for text in texts if said_in(sought, text) and not instructs(text)), "")
    if found:
        return lowered(shortened(found)).rstrip(".")
    return f"{said} (in its name)" if (said := said_in(sought, product.name)) else ""


def _closing(products: Sequence[Product]) -> str:
    question = "Shall I tell you more about one of them?"
    if len({product.currency for product in products}) > 1:
        return question
    by_price = sorted(products, key=lambda product: product.price)
    saved = by_price[1].price - by_price[0].price
    if saved <= 0:
        return question
    number = next(number for number, product in enumerate(products, 1) if product is by_price[0])
    rank = "cheaper" if len(products) == _TWO else "the cheapest"
    return f"({number}) is {rank}, by {amount(saved, by_price[0])}. {question}"


def _spoken_comparison(products: Sequence[Product]) -> str:
    prices = enumerated([f"the {named(product)} costs {price(product, voice=True)}" for product in products])
    lead = f"{prices[:1].upper()}{prices[1:]}."
    if len(products) == _TWO and (difference := next(_different(products), None)):
        name, values = difference
        if all(values) and len(f"{name}{values}") <= _SPOKEN_DIFFERENCE:
            return f"{lead} They differ in {quoted(name).lower()}: {values[0]} and {values[1]}."
    return f"{lead} Shall I tell you more about one of them?"
