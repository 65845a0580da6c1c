"""Which attributes that were asked for a product has, in its own words: "16GB memory", "red", "size M"."""

from collections.abc import Iterator, Mapping

from models import Product
from needs import Constraints
from understanding.attributes import COLOUR, SIZE, of_specification, spec_name, specification_text
from understanding.facts import squeezed
from understanding.measures import measures_in, unit_named
from understanding.requirements import AND, OR, fulfils
from understanding.words import plain

_LONGEST_VALUE = 40  # characters of a value that is given as a reason


def attribute_reasons(attributes: Mapping[str, str], product: Product) -> Iterator[str]:
    """A few words for each attribute that the product has; none for what it has not."""
    for name, value in attributes.items():
        names = {squeezed(one) for one in (name, *OR.split(name))}
        for part in AND.split(value):
            yield from next(_said(name, names, part, product), ())


def _said(name: str, names: set[str], value: str, product: Product) -> Iterator[tuple[str, ...]]:
    """The reasons that single specifications give, then what the product's name or features say."""
    for choice in OR.split(value):
        asked = Constraints(attributes={name: choice})
        for key, held in product.specifications.items():
            alone = product.model_copy(update={"name": "", "features": [], "specifications": {key: held}})
            if squeezed(key) in names and fulfils(alone, asked, ""):
                yield (_phrase(key, specification_text(held), choice, asked, product),)
        if fulfils(product, asked, ""):
            yield (choice,)


def _phrase(key: str, text: str, asked_for: str, asked: Constraints, product: Product) -> str:
    name = " ".join(word for word in spec_name(key).split() if not unit_named(word))
    kinds = {attribute.kind for attribute in of_specification(key, text)}
    if SIZE in kinds:
        return f"size {asked_for}"
    if COLOUR in kinds:
        return asked_for.lower()
    read = plain(text)
    for measure in measures_in(read):
        spelled = read[measure.start : measure.end].strip()
        alone = product.model_copy(update={"name": "", "features": [], "specifications": {key: spelled}})
        if fulfils(alone, asked, ""):
            return f"{spelled} {name}"
    return f"{name}: {text}" if len(text) <= _LONGEST_VALUE else asked_for
