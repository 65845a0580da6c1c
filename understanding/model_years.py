"""Whether something fits a model of a certain year: "Golf 2013-2019" is none of 2021."""

import re
from collections.abc import Iterable, Iterator

from models import Product
from understanding.attributes import specification_text
from understanding.words import content_words, plain, stems

_YEAR = r"(?:19[5-9]|20[0-4])[0-9]"
_ASKED = re.compile(rf"(?<![\w$€£.,-]){_YEAR}(?![\w%-])")
_SPAN = re.compile(rf"(?<![\w-])(?P<low>{_YEAR}) ?(?:-|\u2013|to) ?(?P<high>{_YEAR})(?![\w-])")
_SENTENCES = re.compile(r"(?<=[.!?;])\s+")


def year_denied(product: Product, messages: Iterable[str]) -> str:
    """What a product says by which it does not fit the model and year that these messages name; else empty.

    Of a text that names the model only the years behind its name count: "Focus 2011-2018, Golf 2013-2019". Where it
    does not name the model it says nothing of it.

    Args:
        product: the row.
        messages: the customer's, the latest first; the first year counts, and all words may name the model.
    """
    said = list(messages)
    found = next(((text, int(match[0])) for text in said if (match := _ASKED.search(text))), None)
    if found is None:
        return ""
    text, year = found
    verdict = _by_model(product, [text], year)
    return (_by_model(product, said, year) if verdict is None else verdict) or ""


def _by_model(product: Product, said: list[str], year: int) -> str | None:
    """What a product says against a year of a model that these messages name; None where it names no such model."""
    models = stems(" ".join(word for text in said for word in content_words(text.lower()) if not word.isdigit()))
    against: str | None = None
    for sentence in _texts(product):
        behind = 0
        named = False
        for span in _SPAN.finditer(sentence):
            before = sentence[behind : span.start()]
            # "Seat Leon 2013-2019": who names none between two spans means the one before.
            named = not models.isdisjoint(stems(before)) if content_words(before.lower()) else named
            behind = span.end()
            if not named:
                continue
            if int(span["low"]) <= year <= int(span["high"]):
                return ""
            against = against or sentence.strip()
    return against


def _texts(product: Product) -> Iterator[str]:
    for key, value in product.specifications.items():
        yield plain(f"{key}: {specification_text(value)}")
    for text in (*product.features, product.description):
        yield from _SENTENCES.split(plain(text))
