"""Price phrases in a customer's words: "under $1,500", "between 500 and 800", "around 2k", "1.000 EUR or less"."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from field_types import MAX_PRICE
from needs import Vocabulary
from understanding.words import UNFIT, word_set

AROUND_SHARE = 0.15  # "around 2k" is 1,700 to 2,300

# What stands where a consumed phrase stood: as long as the phrase, so that offsets stay; read as a pause, like a comma.
MASK = "\0"

_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "BRL", "ARS", "CLP", "COP"})
_CROWNS = frozenset({"SEK", "NOK", "DKK", "ISK", "CZK"})
_CODES = word_set(
    """usd eur gbp idr sek nok dkk isk czk chf cad aud nzd sgd hkd myr jpy cny inr krw vnd thb php pln huf zar brl mxn
    aed ils"""
)
_SYMBOLS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    "₫": "VND",
    "us$": "USD",
    "rp": "IDR",
    "rp.": "IDR",
}
_NAMED = {
    "euro": "EUR", "euros": "EUR", "quid": "GBP", "yen": "JPY", "rupees": "INR", "rupiah": "IDR", "francs": "CHF",
} | {code: code.upper() for code in _CODES}  # fmt: skip
_OF_THE_SHOP = {  # words for several currencies: the shop's own if it is one of them, else the first
    "$": ("USD", _DOLLARS), "dollar": ("USD", _DOLLARS), "dollars": ("USD", _DOLLARS), "bucks": ("USD", _DOLLARS),
    "kr": ("SEK", _CROWNS), "kr.": ("SEK", _CROWNS), "kronor": ("SEK", _CROWNS), "kroner": ("SEK", _CROWNS),
    "pound": ("GBP", frozenset[str]()), "pounds": ("GBP", frozenset[str]()),
}  # fmt: skip
_POUNDS = frozenset({"pound", "pounds"})  # money in a shop that sells in GBP, a weight anywhere else

_UNITS = (
    r"[kmgt]i?b|[kmgt]bps|[kmg]bits?|[gmk]?hz|fps|[dp]pi|rpm|nits?|lumens?|lm|lux|db|mah|k?wh|[mk]?w|watts?|v|volts?|"
    r"va|amps?|mp|megapixels?|pixels?|px|p|inch(?:es)?|[cmk]?m|ft|feet|foot|yards?|miles?|met(?:er|re)s?|[km]?g|"
    r"grams?|kilos?|kilograms?|lbs?|oz|ounces?|[mc]?l|lit(?:er|re)s?|gallons?|seconds?|secs?|minutes?|mins?|hours?|"
    r"hrs?|"
    r"h|days?|nights?|weeks?|months?|years?|yrs?|people|persons?|players?|x|times|percent|pieces?|pcs|cores?|ports?|"
    r"pages?|sheets?|degrees?|calories|kcal|km/h|mph|stars?|generations?|gen"
)

_NUMBER = r"(?:[0-9]{1,3}(?:[.,' ][0-9]{3}){1,4}(?:[.,][0-9]{1,2})?|[0-9]{1,13}(?:[.,][0-9]{1,2})?)(?!\w|[.,][0-9])"
_NUMBER_K = r"(?:[0-9]{1,6}(?:[.,][0-9]{1,2})?)\s?(?:k|grand|thousand|mil|million)(?!\w)"


def _any_of(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_BEFORE = rf"{_any_of([*_SYMBOLS, '$'])}|(?<!\w)(?:{_any_of(_CODES)})(?!\w)"
_AFTER = rf"[$€£¥₹₩₫]|(?:{_any_of([*_NAMED, *_OF_THE_SHOP, 'rp'])})(?!\w)"

_THAN = r"th[ae]n"  # "then" is a common misspelling
_LOWER = (
    rf"(?:cheaper|less (?:expensive|costly|pricey)|lower(?:[- ]priced)?|more affordable|less) {_THAN}|under|"
    r"underneath|below|beneath"
)
_HIGHER = rf"(?:pricier|dearer|costlier|more (?:expensive|costly|pricey)|higher(?:[- ]priced)?|more) {_THAN}|over|above"
# "Not more expensive than $500" is a limit upwards, "nothing under 300" one downwards.
_NOT = (
    r"(?:not?|nothing|never|isn'?t|aren'?t|(?:do(?:es)?n'?t|won'?t|must ?n[o']t) cost|"
    r"(?:don'?t|do not) want to (?:spend|pay)|can(?:no|')?t (?:spend|pay|afford))(?: any(?:thing)?)?"
)
_UP_TO = (
    rf"{_NOT} (?:{_HIGHER})|{_LOWER}|up ?to|max(?:imum)?\.?|at (?:the )?most|within|budget|spend(?:ing)?|"
    r"(?:not )?exceed(?:ing)?|sub(?=[- $€£])-?|<=?|≤"
)
_FROM = rf"{_NOT} (?:{_LOWER})|{_HIGHER}|at (?:the )?least|starting (?:at|from)|from|min(?:imum)?\.?|upwards? of|>=?|≥"
_NEAR = r"around|about|approximately|approx\.?|roughly|circa|ca\.?|close to|nearly|~"
_LINK = r"\s*[:=]?\s*(?:(?:a|the|my|of|is|at|to|price|budget|cost)\s+){0,3}"


def _amount(tag: str) -> str:
    return (
        rf"(?:(?P<before{tag}>{_BEFORE})\s?)?(?P<number{tag}>{_NUMBER_K}|{_NUMBER})(?:[.,]-)?"
        rf"(?:\s?(?P<after{tag}>{_AFTER}))?"
    )


_START = r"(?<![\w.,'-])"
_RANGE = re.compile(
    rf"{_START}(?:(?P<between>between|from)\s+)?{_amount('1')}\s*(?:[-\u2013\u2014]|to|and|&)\s*{_amount('2')}",
    re.IGNORECASE,
)
_CUED = re.compile(
    rf"{_START}(?:(?P<up_to>{_UP_TO})|(?P<from>{_FROM})|(?P<near>{_NEAR})){_LINK}{_amount('1')}", re.IGNORECASE
)
_TRAILED = re.compile(
    rf"{_START}{_amount('1')}\s*(?:(?P<up_to>or (?:less|under|below|lower|cheaper)|max(?:imum)?|tops|at (?:the )?most|"
    r"and (?:under|below))|(?P<from>or (?:more|above|over|higher)|and (?:up|above)|minimum|at least)|(?P<near>or so))"
    r"(?!\w)",
    re.IGNORECASE,
)
_BARE = re.compile(rf"{_START}{_amount('1')}", re.IGNORECASE)

_UNIT = re.compile(rf"\s?-?(?:{_UNITS})(?!\w)|\s?[\"″”%°]|-\w", re.IGNORECASE)
_TO_MEASURE = re.compile(
    rf"(?:[-\u2013\u2014]|\s*to\s*)[0-9]{{1,9}}(?:[.,][0-9]{{1,3}})?(?:\s?-?(?:{_UNITS})(?!\w)|\s?[\"″”%°])",
    re.IGNORECASE,
)
_OF_PRICE = re.compile(
    r"\b(?:cheaper|expensive|costly|pricey|affordable|pricier|dearer|costlier|priced)\b", re.IGNORECASE
)
_NEXT_WORD = re.compile(r"\s*([^\W\d_][\w'-]*)")
_LAST_WORD = re.compile(r"([\w'-]+)\s*$")
_COUNTED_BEFORE = word_set(
    "size sizes sized age aged ages kids children people women men someone anyone adults boys girls version"
)
_MULTIPLIERS = {"k": 1e3, "grand": 1e3, "thousand": 1e3, "mil": 1e6, "million": 1e6}
_MULTIPLIER = re.compile(r"\s?([a-z]+)$", re.IGNORECASE)

_MOST_NUMBERS = 50  # tried per kind of phrase; a pasted table of numbers shall not cost more
_FEW = 10  # "at least 4" counts something
_SMALL = 100  # "up to 50 employees": below this a number before a noun counts it
_ROUND = 10  # nobody means to spend 501 to 783
_YEARS = range(1980, 2050)  # "from 2023" is a year


class PriceRange(NamedTuple):
    """What a customer is willing to pay.

    Attributes:
        low: the least, None when open.
        high: the most, None when open.
        currency: ISO 4217 code, None when the customer named none.
    """

    low: float | None = None
    high: float | None = None
    currency: str | None = None


def read_prices(text: str, vocabulary: Vocabulary) -> tuple[PriceRange, str]:
    """Read the price phrases of a `plain` text.

    Returns:
        The range they describe together, and the text with each phrase replaced by as many `MASK` characters.
    """
    asked = PriceRange()
    if not any(char.isdigit() for char in text):
        return asked, text
    for pattern in (_RANGE, _CUED, _TRAILED, _BARE):
        position = 0
        for _ in range(_MOST_NUMBERS):
            if (match := pattern.search(text, position)) is None:
                break
            read = _priced(match, text, vocabulary)
            position = match.end() if read else match.start() + 1
            if read:
                asked = _both(asked, read)
                text = text[: match.start()] + MASK * (match.end() - match.start()) + text[match.end() :]
    return asked, text


def _both(earlier: PriceRange, later: PriceRange) -> PriceRange:
    return PriceRange(
        earlier.low if later.low is None else later.low,
        earlier.high if later.high is None else later.high,
        later.currency or earlier.currency,
    )


def _priced(match: re.Match[str], text: str, vocabulary: Vocabulary) -> PriceRange | None:
    """The range that a match stands for; None when its number is no price after all."""
    groups = match.groupdict()
    currency = _currency(groups, vocabulary)
    if _is_measure(match, text, vocabulary) or not (currency or _stands_for_money(match, text)):
        return None
    amount = parse_amount(groups["number1"])
    if (second := groups.get("number2")) is not None:
        return _range(groups["number1"], second, currency)
    if amount > MAX_PRICE:
        return None
    if groups.get("near"):
        return PriceRange(round(amount * (1 - AROUND_SHARE), 2), round(amount * (1 + AROUND_SHARE), 2), currency)
    if groups.get("from"):
        return PriceRange(low=amount, currency=currency)
    # An amount of money without a word of comparison ("a laptop for $1500") is what the customer wants to spend.
    return PriceRange(high=amount, currency=currency)


def _range(first: str, second: str, currency: str | None) -> PriceRange | None:
    low, high = parse_amount(first), parse_amount(second)
    multiplied = _MULTIPLIER.search(second)
    if multiplied and not _MULTIPLIER.search(first) and low < high / _MULTIPLIERS[multiplied[1].lower()]:
        low *= _MULTIPLIERS[multiplied[1].lower()]  # "between 1 and 2k"
    low, high = sorted((low, high))
    return PriceRange(low, high, currency) if high <= MAX_PRICE else None


def parse_amount(text: str) -> float:
    """The value of a number as people write it: "1,500", "1.500", "49,90", "1 500.00", "2k", "1.5 million"."""
    factor = 1.0
    if multiplied := _MULTIPLIER.search(text):
        factor = _MULTIPLIERS[multiplied[1].lower()]
        text = text[: multiplied.start()].replace(",", ".")
        return float(text) * factor
    text = text.replace("'", "").replace(" ", "")
    separators = [char for char in text if char in ".,"]
    if not separators:
        return float(text)
    last = separators[-1]
    whole, _, fraction = text.rpartition(last)
    # Three digits behind a separator are thousands, fewer are cents; nobody quotes prices to a tenth of a cent.
    if len(fraction) == len("000"):
        return float(text.replace(".", "").replace(",", ""))
    return float(f"{whole.replace('.', '').replace(',', '')}.{fraction}")


def _currency(groups: dict[str, str | None], vocabulary: Vocabulary) -> str | None:
    for group in ("before1", "after1", "before2", "after2"):
        if name := groups.get(group):
            return _currency_named(name.lower(), vocabulary)
    return None


def _currency_named(name: str, vocabulary: Vocabulary) -> str:
    if name in _OF_THE_SHOP:
        first, alternatives = _OF_THE_SHOP[name]
        return vocabulary.currency if vocabulary.currency in alternatives else first
    return _NAMED[name] if name in _NAMED else _SYMBOLS[name]


def _is_measure(match: re.Match[str], text: str, vocabulary: Vocabulary) -> bool:
    last = "2" if match.groupdict().get("number2") is not None else "1"
    after = match.groupdict()[f"after{last}"]
    if after and after.lower() in _POUNDS:
        return vocabulary.currency != "GBP"
    if after:
        return False
    end = match.end(f"number{last}")
    # In "from 14 to 16 inch" the unit stands behind the second number.
    is_first = last == "1" and not match["before1"] and _TO_MEASURE.match(text, end) is not None
    return is_first or _UNIT.match(text, end) is not None


def _stands_for_money(match: re.Match[str], text: str) -> bool:
    """Whether a number without a currency is a price: it needs a word of comparison, and nothing that it counts."""
    groups = match.groupdict()
    if not any(groups.get(cue) for cue in ("between", "up_to", "from", "near")):
        return match.re is _RANGE and _looks_like_prices(match, text)
    amount, counts = parse_amount(groups["number1"]), _counts_something(text, match.end())
    if _OF_PRICE.search(match[0]):
        return amount >= _SMALL or not counts
    before = _LAST_WORD.search(text, 0, match.start())
    is_year = groups.get("number2") is None and amount in _YEARS and match[0].lower().startswith("from")
    if is_year or (before and before[1].lower() in _COUNTED_BEFORE):
        return False
    if _has_multiplier(groups):
        return True
    if amount < _FEW:
        return bool(groups.get("up_to")) and not counts
    return amount >= _SMALL or not (match.re is _TRAILED or counts)


def _looks_like_prices(match: re.Match[str], text: str) -> bool:
    """Whether two bare numbers ("500-800") are a range of prices: round, rising, and nothing that they count."""
    low, high = parse_amount(match["number1"]), parse_amount(match["number2"])
    is_round = low % _ROUND == 0 and high % _ROUND == 0
    is_span = "and" not in match[0].lower() and "&" not in match[0]
    return (
        is_span
        and _SMALL <= low < high
        and is_round
        and high not in _YEARS
        and not _counts_something(text, match.end())
    )


def _has_multiplier(groups: dict[str, str | None]) -> bool:
    return any(_MULTIPLIER.search(groups.get(group) or "") for group in ("number1", "number2"))


def _counts_something(text: str, end: int) -> bool:
    following = _NEXT_WORD.match(text, end)
    return following is not None and following[1].lower() not in UNFIT
