"""What a product says that it fits: a case for the "iPhone 15" is none for the "iPhone 15 Pro"."""

import re
from collections.abc import Iterable

from models import Product
from understanding.attributes import spec_name, specification_text
from understanding.words import has_digit, word_set, words

_LISTS = frozenset(
    {
        "compatible", "compatible with", "compatibility", "fits", "fits models", "for models", "models", "suits",
        "works with", "suitable for", "device", "devices", "phone model", "vehicle", "vehicles",
    }
)  # fmt: skip
_BETWEEN = re.compile(r"[,;/|&\n]|\b(?:and|or)\b", re.IGNORECASE)
# "iPhone 12 and later" fits what it does not name.
_OPEN = word_set("later newer above up onwards onward all any most every series universal from other others")
# Another model of the same name.
_VARIANTS = word_set("pro plus max ultra mini air se fe lite xl")

Model = tuple[str, ...]


def fitting(products: Iterable[Product], question: str) -> list[Product]:
    """The products without those that list what they fit, and not the model that a question names.

    Where none lists it, all of them: what fits may be listed by other names.
    """
    lists = [(product, _listed(product)) for product in products]
    asked = _asked({model for _, models in lists if models for model in models}, words(question))
    if asked is None or not any(models and asked in models for _, models in lists):
        return [product for product, _ in lists]
    return [product for product, models in lists if models is None or asked in models]


def _listed(product: Product) -> frozenset[Model] | None:
    """The models that a product lists, each in lower-case words; None where it lists none, or fits others as well."""
    texts = [specification_text(value) for key, value in product.specifications.items() if spec_name(key) in _LISTS]
    if not texts or not _OPEN.isdisjoint(words(" ".join(texts))):
        return None
    return frozenset(tuple(said) for text in texts for part in _BETWEEN.split(text) if (said := words(part)))


def _asked(models: Iterable[Model], said: list[str]) -> Model | None:
    """The longest of these models that stands in a message, with or without its maker, and not as another variant."""
    found: Model | None = None
    for model in models:
        for name in (model, model[1:]):
            named = len(name) > 1 and any(map(has_digit, name)) and _stands(name, said)
            if named and (found is None or len(model) > len(found)):
                found = model
    return found


def _stands(name: Model, said: list[str]) -> bool:
    count = len(name)
    ends = (start + count for start in range(len(said) - count + 1) if tuple(said[start : start + count]) == name)
    return any(_VARIANTS.isdisjoint(said[end : end + 1]) for end in ends)
