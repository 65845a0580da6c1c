"""Which of the last suggestions a customer means."""

from collections.abc import Sequence

from models import Product
from needs import Understood
from understanding.words import occurs, stems


def meant_of(understood: Understood, suggested: Sequence[Product]) -> list[Product]:
    """Those meant: by place, else by a name that only some of them bear, else all."""
    if ordinals := understood.ordinals:
        count = len(suggested)
        places = dict.fromkeys(place % count for place in ordinals if -count <= place < count)
        return [suggested[place] for place in places]
    return called(understood.terms, suggested) or list(suggested)


def called(terms: Sequence[str], suggested: Sequence[Product]) -> list[Product]:
    """Those whose names share the most with these words, where not all of them share it; none when none does."""
    names = [stems(product.name) for product in suggested]
    telling = [term for term in terms if not all(occurs(term, name) for name in names)]
    shared = [sum(occurs(term, name) for term in telling) for name in names]
    if len(suggested) < 2 or not max(shared, default=0):  # noqa: PLR2004 - of one nothing can be told apart
        return []
    return [product for product, count in zip(suggested, shared, strict=True) if count]
