"""Words that a shop does not have, and the ones that were probably meant."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from understanding.words import has_digit, stem, words

# A word with fewer letters has too many neighbours ("hose", "home"); a longer one may have two mistakes.
_SHORTEST = 5
_TWO_MISTAKES_FROM = 8

# Of equally near words the one that most products have is meant; so many are compared.
_COMPARED = 20

_SHORTEST_HALF = 3
_ENDINGS = (2, 3)  # letters: "-er", "-ate", "-ing"


def may_be_misspelt(word: str) -> bool:
    """Whether a word that the shop does not have is worth looking at: letters only, since numbers name models."""
    return len(word) >= _SHORTEST and word.isalpha() and not has_digit(word)


def halves(word: str) -> Iterable[tuple[str, str]]:
    """The ways to read one word as two ("smartwatch": "smart watch")."""
    return ((word[:place], word[place:]) for place in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1))


def is_near(word: str, meant: str) -> bool:
    """Whether a word may be another, with a mistake or two in it."""
    return OSA.distance(word, meant) <= _mistakes_in(word)


def _mistakes_in(word: str) -> int:
    return 2 if len(word) >= _TWO_MISTAKES_FROM else 1


def nearest(word: str, vocabulary: Mapping[str, int], *, by_beginning: bool = False) -> str | None:
    """The stem that was probably meant by a misspelt word; None when nothing is near.

    Optimal string alignment: a letter too many, too few, another, or two exchanged is one mistake. The first letter is
    taken to be right: few mistype it, and most accidental neighbours differ in it.

    Args:
        word: lower case, letters only.
        vocabulary: the shop's stems, with how many products have each.
        by_beginning: what stands before an ending is compared: "choclate" has another stem than "chocolate".
    """
    near: dict[str, float] = {}
    # A mistake may stand where the stemmer cuts ("moniter"), or hide an ending that it would cut ("labtops").
    forms = {word[:-ending] for ending in _ENDINGS} if by_beginning else {word, stem(word)}
    for sought in {form for form in forms if len(form) >= _SHORTEST or not by_beginning}:
        mistakes = _mistakes_in(sought)
        known = [one for one in vocabulary if one[:1] == sought[:1] and abs(len(one) - len(sought)) <= mistakes]
        for one, distance, _ in extract(sought, known, scorer=OSA.distance, score_cutoff=mistakes, limit=_COMPARED):
            near[one] = min(distance, near.get(one, distance))
    return min(near, key=lambda one: (near[one], -vocabulary[one], one), default=None)


def as_written(known: str, texts: Iterable[str], *, meant_by: str | None = None) -> str:
    """The word that these texts have for a stem; the stem itself when none has.

    Args:
        known: the stem.
        texts: of the shop.
        meant_by: what was written for it; of several forms the nearest is taken, and the commonest without it.
    """
    # No stem begins with another letter than its word, and stemming every word of the texts takes 8 ms.
    alike = (word for text in texts for word in words(text) if word[:1] == known[:1])
    forms = Counter(word for word in alike if word == known or stem(word) == known)

    def unlikely(word: str) -> tuple[int, int, str]:
        return OSA.distance(word, meant_by) if meant_by else 0, -forms[word], word

    return min(forms, key=unlikely, default=known)


def respelt(text: str, corrections: Mapping[str, str]) -> str:
    """A text with its misspelt words replaced."""
    if not corrections:
        return text
    pattern = "|".join(re.escape(wrong) for wrong in corrections)
    return re.sub(rf"\b(?:{pattern})\b", lambda match: corrections[match[0].lower()], text, flags=re.IGNORECASE)
