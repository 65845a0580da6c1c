"""Which things a customer names to have them put side by side, and whether a product is what a name says."""

import re
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from models import Product
from understanding.references import read_ordinals
from understanding.words import FILLER, STOPWORDS, has_digit, joined, stem, stems, word_set, words

MOST_COMPARED = 4
_LONGEST_NAME = 12  # words
_LONGEST_MESSAGE = 400  # characters; a list of names to compare is far shorter

_CUE = re.compile(
    r"\b(?:compar(?:e|es|ing|ison)(?: (?:of|between))?|differences? between|differs? between|side by side)\b[\s:]*",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"\b(?:which (?:one )?(?:is|are|would be) (?:the )?(?:better|best)(?: one)?|what(?:'s| is) better|"
    r"should i (?:get|buy|take|choose|pick))\b(?: for [\w -]{1,40}?(?=[,:;]))?[\s,:;-]*",
    re.IGNORECASE,
)
_IS_BETTER = re.compile(
    r"^\W*(?:is|are|does|do|how (?:is|does))\s+(?P<names>.{2,120}?\bbetter than\b.{2,120})$", re.IGNORECASE
)
_VERSUS = re.compile(r"\s+(?:vs\.?|versus)\s+", re.IGNORECASE)
_APART = re.compile(
    r"\s*[,;]\s*(?:and |or )?|\s+(?:and|with|to|or|against|vs\.?|versus|&)\s+|\s+better than\s+", re.IGNORECASE
)
_LEADING = re.compile(
    r"^(?:the|a|an|your|this|that|between|both|either|me|please|for me|can you|could you)\s+", re.IGNORECASE
)
_TRAILING = re.compile(
    r"[\s?!.]*(?:\b(?:please|for me|side by side|if you can|thanks?|thank you|which is better|which one is better|"
    r"what's better|whats the (?:diff|difference)|what's the (?:diff|difference))\b[\s?!.]*)*$",
    re.IGNORECASE,
)

_ASKING = word_set("which what who is are should tell i do does for how")

_SHORTEST_MISTYPED = 4
_TWO_MISTAKES_FROM = 8
ENOUGH = 0.6  # share of a name's words that a product called so holds in its own name


def names_compared(text: str) -> tuple[str, ...]:
    """Between what a `plain` message wants a comparison, as it was written.

    Returns:
        Names; an empty one for each thing that is only pointed at ("it", "the second"). Empty when fewer than two
        things, or nothing but such, are named.
    """
    text = " ".join(text.split())[:_LONGEST_MESSAGE]
    parts = [_bare(part) for part in _APART.split(_listed(text))]
    parts = [part for part in parts if part and words(part) and words(part)[0] not in _ASKING]
    names = tuple(dict.fromkeys("" if _points(part) else part for part in parts))
    long = any(len(words(name)) > _LONGEST_NAME for name in names)
    return () if len(names) < 2 or long else names[:MOST_COMPARED]  # noqa: PLR2004 - of two things


def _points(part: str) -> bool:
    """Whether a part names nothing by itself: "them", "the second", "2"."""
    _, rest = read_ordinals(f"the {part.lower()}", comparing=True)
    telling = [word for word in words(rest) if _tells(word)]
    return not telling or (len(telling) == 1 and len(telling[0]) == 1 and telling[0].isdigit())


def _listed(text: str) -> str:
    if cue := _CUE.search(text):
        return text[cue.end() :]
    if better := _BETTER.search(text):
        return text[better.end() :]
    if question := _IS_BETTER.match(text):
        return question["names"]
    return text if _VERSUS.search(text) else ""


def _bare(name: str) -> str:
    name = _TRAILING.sub("", name).strip(" \"'“”:-")
    while (shorter := _LEADING.sub("", name)) != name:
        name = shorter
    return name


def _tells(word: str) -> bool:
    return word not in STOPWORDS and word not in FILLER


def likeness(name: str, product: Product) -> float:
    """How far, 0..1, a product is what somebody calls it: the share of the words that its name or maker holds.

    A mistyped word counts nearly as much; a number must be right.
    """
    said = [word for word in words(name) if _tells(word)]
    if not said:
        return 0.0
    own = stems(f"{product.name} {product.maker}")
    return sum(_held(word, own) for word in said) / len(said)


def _held(word: str, own: frozenset[str]) -> float:
    if stem(word) in own or ("-" in word and joined(word) in own):
        return 1.0
    if has_digit(word) or len(word) < _SHORTEST_MISTYPED:
        return 0.0
    mistakes = 2 if len(word) >= _TWO_MISTAKES_FROM else 1
    sought = {word, stem(word)}
    near = any(
        abs(len(one) - len(form)) <= mistakes and OSA.distance(form, one, score_cutoff=mistakes) <= mistakes
        for form in sought
        for one in own
        if one[:1] == word[:1]
    )
    return 0.9 if near else 0.0


def best_called(name: str, products: Sequence[Product]) -> Product | None:
    """The product that a name means: the likest one, the one with the shortest name among equals; None when none is."""
    likest = max(products, key=lambda product: (likeness(name, product), -len(product.name)), default=None)
    return likest if likest is not None and likeness(name, likest) >= ENOUGH else None
