"""What a customer's words refer to: an order ("the cheapest"), a place in a list ("the second one"), "it", "them"."""

import re
from collections.abc import Mapping

from needs import Superlative
from understanding.orders import ORDERS


def _compiled(patterns: Mapping[Superlative, str]) -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{'|'.join(f'(?P<{order}>{pattern})' for order, pattern in patterns.items() if pattern)})\b"
    )


_SUPERLATIVE = _compiled({superlative: order.asked for superlative, order in ORDERS.items()})
_COMPARATIVE = _compiled({superlative: order.compared for superlative, order in ORDERS.items()})

_IN_ORDER = (
    "first 1st",
    "second 2nd",
    "third 3rd",
    "fourth 4th",
    "fifth 5th",
    "sixth 6th",
    "seventh 7th",
    "eighth 8th",
)
_PLACES = {name: place for place, names in enumerate(_IN_ORDER) for name in names.split()} | {
    "last": -1, "former": 0, "latter": -1, "top": 0,
}  # fmt: skip
_COUNTS = {"two": 2, "2": 2, "three": 3, "3": 3, "four": 4, "4": 4}
_PLACE = "|".join(_PLACES)
_SEVERAL = re.compile(rf"\b(?:the )?(first|last|top) ({'|'.join(_COUNTS)})\b(?!\s+(?:{_PLACE}))")
# "The first aid kit" and "a second monitor" count nothing that was suggested.
_ONE_OF = re.compile(
    rf"\b(?:the|that|this|your|and|with|or|vs|between|about) ({_PLACE})\b"
    r"(?! (?:time|aid|class|hand|name|year|week|month|day|generation|gen|minute|person|order))|"
    rf"\b({_PLACE}) (?:one|option|product|item|choice|suggestion|model)\b|^({_PLACE})\W*$"
)
_NUMBERED = re.compile(r"(?:\b(?:number|option|product|item|choice)|#|\bno\.) ?([1-9])\b")
_NUMBERS = re.compile(r"\b([1-9])(?:st|nd|rd|th)?(?: (?:and|vs|versus|with|or|to)|,|&) ?([1-9])\b")


def read_superlative(text: str) -> tuple[Superlative | None, str]:
    """The order asked for in a lower-case text, and the text without the words that ask for it."""
    return _read(_SUPERLATIVE, text)


def read_comparative(text: str) -> tuple[Superlative | None, str]:
    """The same for "cheaper" and its like, which ask for an order relative to what was suggested."""
    return _read(_COMPARATIVE, text)


def _read(pattern: re.Pattern[str], text: str) -> tuple[Superlative | None, str]:
    match = pattern.search(text)
    if match is None or match.lastgroup is None:
        return None, text
    return Superlative(match.lastgroup), pattern.sub(" ", text)


def read_ordinals(text: str, *, comparing: bool = False) -> tuple[tuple[int, ...], str]:
    """Which of a list are meant.

    Args:
        text: lower case.
        comparing: bare numbers count too ("compare 1 and 3").

    Returns:
        Places from 0, negative from the end (-1 is the last), in the order in which they were named; and the text
        without the words that name them.
    """
    places: dict[int, None] = {}

    def several(match: re.Match[str]) -> str:
        count = _COUNTS[match[2]]
        places.update(dict.fromkeys(range(-count, 0) if match[1] == "last" else range(count)))
        return " "

    def one(match: re.Match[str]) -> str:
        places[_PLACES[match[1] or match[2] or match[3]]] = None
        return " one "

    def numbered(match: re.Match[str]) -> str:
        places.update(dict.fromkeys(int(number) - 1 for number in match.groups()))
        return " one "

    text = _SEVERAL.sub(several, text)
    # "the first and the third one": each match takes its own introducing word, so one pass finds both.
    text = _ONE_OF.sub(one, text)
    text = _NUMBERED.sub(numbered, text)
    if comparing:
        text = _NUMBERS.sub(numbered, text)
    return tuple(places), text
