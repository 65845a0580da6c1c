"""How many of what a customer would take: "two of the first", "total for 3", "both together"."""

import re
from typing import NamedTuple

from understanding.measures import unit_named
from understanding.references import read_ordinals
from understanding.words import FILLER, STOPWORDS, word_set, words

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "a dozen": 12, "half a dozen": 6, "a pair": 2, "a couple": 2,
}  # fmt: skip
MOST = 10_000  # pieces; a shop sells no more of one thing in a chat
_COUNT = rf"(?P<count>[0-9]{{1,5}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"

_asks_for_total = re.compile(
    r"\b(?:in total|(?<!stop )(?<!one )(?<!it )altogether|"
    r"all together|all in all|combined|total (?:price|cost|amount|sum)|sum (?:of|up)|"
    r"add (?:them|those|these|it) up|grand total)\b|"
    r"^\W*(?:(?:and|so|ok|okay|what's|what is|whats|the|your|my|a)\s+){0,4}total\b(?:\W*$| (?:for|of|if|with)\b)|"
    r"\b(?:what|how much)\b.{0,80}\b(?:both|them all|all (?:of them|three|four|two|of these|of those)|together|"
    r"everything|the (?:two|three|four|lot))\b.{0,20}(?:\b(?:cost|be|come to|together|total)\b|\W*$)|"
    r"\b(?:cost|price) (?:of|for) (?:both|all|everything|them all|the (?:two|three|lot))\b|"
    r"^\W*(?:(?:and|all|both|how much|what)\s+){0,2}together\W*$|"
    r"\bhow much (?:is|are|would|does) (?:it|that|this|they|those|these) (?:be |cost |come to )?(?:together "
    r")?(?:with|and|plus)\b|"
    r"\b(?:both|all (?:of them|three|four)) (?:together|cost)\b",
    re.IGNORECASE,
).search
_of_some = re.compile(
    rf"(?<![\w.,-]){_COUNT}(?:\s+pieces|\s*x)?\s+(?:of\s+)?(?P<what>(?:the|it|them|those|these|this|that|each|number|"
    r"option|#)\b[^,;.?!]{0,60}?)(?=\s+(?:and|plus|with)\s+|[,;.?!]|\s*$|\s+(?:cost|be|together|come)\b)",
    re.IGNORECASE,
)
_of_price = re.compile(
    r"\b(?:how much|cost|costs|price|prices|total|pay|come to|sum|altogether|together)\b", re.IGNORECASE
)
_for_some = re.compile(
    r"(?:\b(?:total|price|cost|costs|how much|pay|much is|much are|much for|would|what about)\b[^.?!]{0,20}?\b(?:is|"
    r"are|would|about|for|of|if i (?:buy|take|get|order)|and)|"
    rf"^(?:and|so) (?:how much |what )?(?:for|of|if i (?:buy|take|get|order)))\s+{_COUNT}"
    r"(?=(?:\s+(?:of (?:them|those|these|it|each)|pieces|boxes|packs|bags|bottles|tins|cans|jars|tubs|rolls|sets|"
    r"be|cost|together|each|in total|altogether|"
    r"please))*\s*[?.!]*$)",
    re.IGNORECASE,
)


# "I'll take two": of what was suggested.
_taken = re.compile(
    rf"\b(?:take|want|need|like|buy|order|get)\s+{_COUNT}(?=\s*(?:[,.;!?]|$|and\b|please\b))", re.IGNORECASE
)
# "Need 3 of them": what that costs.
_takes_some = re.compile(
    rf"\b(?:take|need|want|buy|order|get|add|give me)\s+(?!1\b|one\b){_COUNT}\s+(?:more )?of (?:them|those|these)"
    r"(?=\s*(?:[,.;!?]|$|and\b|please\b))",
    re.IGNORECASE,
)
_OF_SIZE = word_set("person people persons seater seaters player players year years month months day days door inch")
_OF_COST = re.compile(r"\bhow much\b|\b(?:costs?|price) (?:of|for)\b", re.IGNORECASE)
_COUNTED = re.compile(
    rf"^\W*(?:(?:and|so|ok|the|total|sum|price|cost|for|of|how much|are|is|would|be|what'?s|what is|i want|i need|"
    rf"i'?ll take)\s+)*{_COUNT}\s*(?:x\s*)?"
    r"(?=[^\W\d]+)(?P<next>[^\W\d]+)",
    re.IGNORECASE,
)
_sums = re.compile(r"\b(?:together|in total|altogether|combined|sum|total)\b", re.IGNORECASE)


class Quantity(NamedTuple):
    """So many pieces of one or several of the last suggestions.

    Attributes:
        pieces: of each.
        places: which of them, from 0, negative from the end; empty when no place was named.
        words: what names them otherwise, lower case.
        each: of all of them ("three of each").
    """

    pieces: int
    places: tuple[int, ...]
    words: tuple[str, ...]
    each: bool = False


def asks_for_total(text: str) -> bool:
    """Whether a lower-case message asks what several things cost together, or several pieces of one."""
    if _asks_for_total(text) or _takes_some.search(text):
        return True
    some = _of_some.search(text) or _taken.search(text)
    return (_of_price.search(text) is not None and some is not None) or _for_some.search(text) is not None


def adds_up(text: str) -> bool:
    """Whether a lower-case message says that it wants a sum: "together", "in total"."""
    return _sums.search(text) is not None


def asks_for_sum(text: str) -> bool:
    """Whether a lower-case message asks what something comes to: "total", "how much are ..."."""
    return adds_up(text) or _OF_COST.search(text) is not None


def count_in(text: str) -> int | None:
    """How many pieces the beginning of a lower-case text names: "2 oxford shirts"; None where it names no number."""
    match = _COUNTED.search(text)
    if match is None or unit_named(match["next"]) or match["next"] in _OF_SIZE:
        return None
    count = _number(match["count"])
    return count if 0 < count <= MOST else None


def quantities_in(text: str) -> list[Quantity]:
    """The quantities that a lower-case message names, in order; empty when it names none ("both together")."""
    found = []
    for match in _of_some.finditer(text):
        places, rest = read_ordinals(match["what"].strip())
        telling = tuple(word for word in words(rest) if word not in STOPWORDS and word not in FILLER)
        found.append(Quantity(_number(match["count"]), places, telling, match["what"].lower().startswith("each")))
    if not found and (several := _for_some.search(text) or _taken.search(text)):
        found.append(Quantity(_number(several["count"]), (), ()))
    return [one for one in found if 0 < one.pieces <= MOST]


def _number(text: str) -> int:
    return _NUMBERS[text.lower()] if text.lower() in _NUMBERS else int(text)
