"""How amounts of money are marked, and which currencies a mark may stand for."""

import re
from typing import NamedTuple

_CODES = [
    "usd",
    "eur",
    "gbp",
    "idr",
    "sek",
    "nok",
    "dkk",
    "isk",
    "czk",
    "chf",
    "cad",
    "aud",
    "nzd",
    "sgd",
    "hkd",
    "myr",
    "jpy",
    "cny",
    "inr",
    "krw",
    "vnd",
    "thb",
    "php",
    "pln",
    "huf",
    "zar",
    "brl",
    "mxn",
    "aed",
    "ils",
    "twd",
    "ars",
    "clp",
    "bgn",
    "uah",
    "sar",
    "egp",
    "ngn",
    "kes",
]
_DOLLARS = "USD CAD AUD NZD SGD HKD MXN TWD BRL ARS CLP COP"
_CROWNS = "SEK NOK DKK ISK CZK"
_PESOS = "MXN ARS CLP COP PHP"

# A sign that several countries use stands for any of them: what shop it is tells a source's currency.
_MARKS = {
    "$": _DOLLARS, "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD", "s$": "SGD",
    "hk$": "HKD", "nt$": "TWD", "r$": "BRL", "mx$": "MXN", "€": "EUR", "£": "GBP", "¥": "JPY CNY", "₹": "INR",
    "₩": "KRW", "₫": "VND", "₺": "TRY", "₽": "RUB", "₴": "UAH", "₪": "ILS", "฿": "THB", "rp": "IDR", "rs": "INR",
    "rm": "MYR", "kr": _CROWNS, "fr": "CHF", "zł": "PLN", "kč": "CZK", "ft": "HUF", "tl": "TRY",
} | {code: code.upper() for code in _CODES}  # fmt: skip
_NAMES = {
    "dollar dollars bucks dólares dolar": _DOLLARS, "euro euros": "EUR", "pound pounds quid": "GBP",
    "yen": "JPY", "yuan": "CNY", "rupee rupees": "INR", "rupiah": "IDR", "franc francs franken": "CHF",
    "krona kronor": "SEK", "krone kroner kronen crown crowns": _CROWNS, "peso pesos": _PESOS, "reais real": "BRL",
    "złoty zloty": "PLN", "won": "KRW", "baht": "THB", "ringgit": "MYR", "dirham dirhams": "AED", "rand": "ZAR",
}  # fmt: skip

_BEFORE = {mark: frozenset(listed.split()) for mark, listed in _MARKS.items()}
_NOT_BEHIND = ("ft",)  # behind a number a length; before one, nobody writes it
_AFTER = {mark: codes for mark, codes in _BEFORE.items() if mark not in {"rs", "fr", "rm", *_NOT_BEHIND}} | {
    word: frozenset(codes.split()) for listed, codes in _NAMES.items() for word in listed.split()
}

CENTS = frozenset({"cent", "cents", "pence", "céntimos", "centimes"})
SIGNS = "$€£¥₹₩₫₺₽₴₪฿"
# Words that an amount may begin with.
PREFIXES = frozenset(mark for mark in _BEFORE if mark.isalpha()) | {"us", "au", "ca", "nz", "hk", "nt", "mx"}

LETTERS_OF_DOLLARS = frozenset({"a", "c", "r", "s"})

_MARK_BEFORE = re.compile(
    r"(?:(?<![\w])(?:us|au|ca|nz|hk|nt|mx|[acsr])?\$|[€£¥₹₩₫₺₽₴₪฿]|(?<![\w])[a-zł]{2,3}(?=[. ]?[ 0-9]|\.?$)\.?) ?$"
)
_LONGEST_MARK = 5  # "US$ ", "Rp. "


class Mark(NamedTuple):
    """A currency's mark beside a number.

    Attributes:
        currencies: codes that it may stand for.
        start: offset of its first character.
        end: offset behind it.
    """

    currencies: frozenset[str]
    start: int
    end: int


def mark_before(low: str, start: int) -> Mark | None:
    """The mark that ends where a number starts: "$", "US$ ", "Rp "."""
    before = low[start - 1 : start]
    if not before or not (before in SIGNS or before in " ." or before.isalpha()):
        return None
    if (match := _MARK_BEFORE.search(low, max(0, start - _LONGEST_MARK), start)) is None:
        return None
    codes = _BEFORE.get(match[0].strip(" ."))
    return Mark(codes, match.start(), start) if codes else None


def currencies_named(word: str) -> frozenset[str]:
    """What a mark or word behind a number may stand for; empty when it marks no currency."""
    return _AFTER.get(word, frozenset())
