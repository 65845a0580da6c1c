"""Which of the last suggestions a customer means."""

import re
from collections.abc import Sequence

from models import Product
from needs import Understood
from understanding.words import STOPWORDS, occurs, stems, words

# "Ok the cloud. How deep is it?", "is the oak frame heavy": what is named stands first in its clause.
_NAMED = re.compile(
    r"(?:^|[.,;!?] ?)(?:(?:ok|okay|and|but|so|then|hm+|well|yes|no|what about|how about|i'?ll take|i want|"
    r"is|are|was|does|do|has|have|can|will|would|"
    r"(?:how|what) \w+ (?:is|are|does|do|has|have|will)),? ){0,3}(?:the|your|ur) (?P<name>[\w' -]{3,60})"
)
_MOST_NAMING = 3  # words of a name that are said


def meant_of(understood: Understood, suggested: Sequence[Product]) -> list[Product]:
    """Those meant: by place, else by a name that only some of them bear, else all."""
    if ordinals := understood.ordinals:
        count = len(suggested)
        places = dict.fromkeys(place % count for place in ordinals if -count <= place < count)
        return [suggested[place] for place in places]
    return called(understood.terms, suggested) or list(suggested)


def named_in(text: str, suggested: Sequence[Product]) -> Product | None:
    """The only one of some products that a lower-case message names first in a clause: "ok the cloud. how deep?"."""
    for match in _NAMED.finditer(text):
        telling: list[str] = []
        for word in words(match["name"])[:_MOST_NAMING]:
            held = any(occurs(word, stems(product.name)) for product in suggested)
            if word in STOPWORDS or not held:
                break
            telling.append(word)
        named = [one for one in suggested if telling and all(occurs(word, stems(one.name)) for word in telling)]
        if len(named) == 1:
            return named[0]
    return None


def called(terms: Sequence[str], suggested: Sequence[Product]) -> list[Product]:
    """Those whose names share the most with these words, where not all of them share it; none when none does."""
    names = [stems(product.name) for product in suggested]
    telling = [term for term in terms if not all(occurs(term, name) for name in names)]
    shared = [sum(occurs(term, name) for term in telling) for name in names]
    if len(suggested) < 2 or not max(shared, default=0):  # noqa: PLR2004 - of one nothing can be told apart
        return []
    return [product for product, count in zip(suggested, shared, strict=True) if count]
