"""Numbers in a reply, in digits and in words, at the offsets where they stand."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from understanding.prices import parse_amount

# --- One character for one ---

_SPACES = "\u00a0\u2007\u2009\u202f\u2008\u3000"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\uff0d"
_APOSTROPHES = "\u2019\u02bc\u00b4`"
_LIKE = dict.fromkeys(_SPACES, " ") | dict.fromkeys(_HYPHENS, "-") | dict.fromkeys(_APOSTROPHES, "'")
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_FULL_WIDTH_OFFSET = 0xFEE0


def folded(text: str) -> str:
    """The text in lower case, with one kind of space, hyphen, apostrophe and digit; every offset stays."""
    if not text.isascii():
        text = text.translate({ord(char): _folded(char) for char in set(text) if not char.isascii()})
    return text.lower()


def _folded(char: str) -> str:
    if char in _LIKE:
        return _LIKE[char]
    if char.isdecimal():
        return str(int(char))
    if ord(char) in _FULL_WIDTH:
        return chr(ord(char) - _FULL_WIDTH_OFFSET)
    return char.lower()[0]  # one letter becomes two in lower case: the Turkish capital I with its dot


# --- Numbers ---

_DIGITS = re.compile(r"[0-9]+(?:[.,'][0-9]+)*")
_SPACED = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?![0-9])(?:,[0-9]{1,2}(?![0-9]))?")
_LONGEST_NUMBER = 24  # characters; what is longer is no figure that anybody quotes
_WORD = re.compile(r"[^\W\d_]+")
_JOINT = re.compile(r"(?: and |[ -])(?=[^\W\d_])")

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH = {word: float(number) for number, word in enumerate(_ONES)} | {
    word: 10.0 * ten for ten, word in enumerate(_TENS, 2)
}
_SCALES = {"hundred": 100.0, "thousand": 1000.0, "million": 1e6}
_OTHERS = {
    word: number
    for number, listed in {
        2.0: "zwei dos deux dua", 3.0: "drei tres trois tiga", 4.0: "vier cuatro quatre empat",
        5.0: "fünf cinco cinq lima", 6.0: "sechs seis enam", 7.0: "sieben siete sept tujuh",
        8.0: "acht ocho huit delapan", 9.0: "neun nueve neuf sembilan", 10.0: "zehn diez dix sepuluh",
        12.0: "zwölf doce douze", 14.0: "vierzehn catorce quatorze", 15.0: "fünfzehn quince quinze",
        20.0: "zwanzig veinte vingt", 24.0: "vierundzwanzig veinticuatro", 30.0: "dreißig treinta trente",
        60.0: "sechzig sesenta soixante", 90.0: "neunzig noventa", 100.0: "hundert cien cent seratus",
    }.items()
    for word in listed.split()
}  # fmt: skip
NUMBER_WORDS = frozenset({*_ENGLISH, *_SCALES, *_OTHERS})


class Number(NamedTuple):
    """A number in a text.

    Attributes:
        value: what it is worth; "1.299" and "1,299" are thousands, as in prices.
        start: offset of its first character.
        end: offset behind its last character.
        spelled: whether it is written in words.
    """

    value: float
    start: int
    end: int
    spelled: bool = False


def numbers_in(low: str) -> list[Number]:
    """The numbers of a `folded` text, in order. Digits that belong to a word ("h.264", "x-200") are none."""
    found = [number for match in _DIGITS.finditer(low) if (number := _in_digits(low, match))]
    if NUMBER_WORDS.isdisjoint(_WORD.findall(low)):
        return found
    return sorted([*found, *_in_words(low)], key=lambda number: number.start)


def _in_digits(low: str, match: re.Match[str]) -> Number | None:
    start, end = match.span()
    if end - start > _LONGEST_NUMBER:
        return None
    if start > 1 and low[start - 1] in "-_" and low[start - 2].isalpha():
        return None
    text = match[0]
    return Number(number_value(text), start, end)


def spaced(low: str, start: int) -> Number | None:
    """The number at `start` if its thousands are set apart by spaces: "1 299"."""
    if (
        " " not in low[start + 1 : start + 4]
        or (match := _SPACED.match(low, start)) is None
        or match.end() - start > _LONGEST_NUMBER
    ):
        return None
    return Number(number_value(match[0]), match.start(), match.end())


def number_value(text: str) -> float:
    """The value of digits with separators, wherever people put them."""
    return float(text) if text.isdigit() else parse_amount(text)


def share_of_step(words: str) -> float:
    """The step that the first number of some words is written to, as a share of it: 100 of 1,300, 0.1 of 1.2."""
    match = _DIGITS.search(words)
    value = number_value(match[0]) if match and len(match[0]) <= _LONGEST_NUMBER else 0.0
    return _step(match[0]) / value if match and value else 0.0


def _step(text: str) -> float:
    for count in (1, 2):
        if text[-count - 1 : -count] in {".", ","}:
            return 10.0**-count
    digits = text.replace(".", "").replace(",", "").replace("'", "").replace(" ", "")
    return 10.0 ** (len(digits) - len(digits.rstrip("0") or "0"))


def _in_words(low: str) -> Iterator[Number]:
    position = 0
    for match in _WORD.finditer(low):
        if match[0] not in NUMBER_WORDS or match.start() < position:
            continue
        if match[0] in _OTHERS:
            yield Number(_OTHERS[match[0]], match.start(), match.end(), spelled=True)
            continue
        number = _english(low, match)
        position = number.end
        yield number


def _english(low: str, first: re.Match[str]) -> Number:
    """The number whose first word is `first`: "two hundred and fifty", "twenty-five"."""
    total, current, end, before = 0.0, 0.0, first.end(), ""
    word: re.Match[str] | None = first
    while word is not None and _goes_on(before, word[0], low[end : word.start()]):
        value = _ENGLISH.get(word[0])
        if value is not None:
            current += value
        elif word[0] == "hundred":
            current = max(current, 1.0) * _SCALES["hundred"]
        else:
            total, current = total + max(current, 1.0) * _SCALES[word[0]], 0.0
        end, before = word.end(), word[0]
        joint = _JOINT.match(low, end)
        word = _WORD.match(low, joint.end()) if joint else None
    return Number(total + current, first.start(), end, spelled=True)


def _goes_on(before: str, word: str, joint: str) -> bool:
    """Whether a number of which `before` is the latest word goes on with `word`."""
    if not before:
        return True
    if word in _SCALES:
        return joint != " and " and _SCALES.get(before, 0.0) < _SCALES[word]
    if word not in _ENGLISH:
        return False
    if before in _SCALES:
        return True
    return before in _TENS and 0 < _ENGLISH[word] < 10 and joint != " and "  # noqa: PLR2004 - "twenty-five"
