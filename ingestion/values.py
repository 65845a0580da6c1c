"""Amounts of money and their currencies, as people and shop systems write them. What is not surely a price is none."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from ingestion.titles import CURRENCY_SIGNS, folded, without
from understanding.words import word_set

DecimalSign = Literal[".", ","]

_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "BRL", "ARS", "CLP", "COP")
_CROWNS = ("SEK", "NOK", "DKK", "ISK", "CZK")
_PESOS = ("MXN", "ARS", "CLP", "COP", "PHP")
_RUPEES = ("INR", "PKR", "LKR", "NPR")
_YEN = ("JPY", "CNY")

# Codes that are no words are read in any case, the rest of ISO 4217 only in capitals: "all" and "top" are words.
_PLAIN_CODES = word_set(
    """usd eur gbp idr sek nok dkk isk czk chf cad aud nzd sgd hkd myr jpy cny inr krw vnd thb php pln huf zar brl mxn
    aed ils rub uah byn kzt ron bgn rsd twd clp sar egp ngn kes pkr bdt lkr qar kwd bhd omr jod gel amd azn uzs"""
)
_CAPITAL_CODES = word_set(
    """AFN ALL ANG AOA ARS AWG BAM BBD BIF BMD BND BOB BSD BTN BWP BZD CDF COP CRC CUP CVE DJF DOP DZD ERN ETB FJD FKP
    GHS GIP GMD GNF GTQ GYD HNL HTG IQD IRR JMD KGS KHR KMF KPW KYD LAK LBP LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
    MUR MVR MWK MZN NAD NIO NPR PAB PEN PGK PYG RWF SBD SCR SDG SHP SLE SOS SRD SSP STN SVC SYP SZL TJS TMT TND TOP TRY
    TTD TZS UGX UYU VES VUV WST XAF XCD XOF XPF YER ZMW"""
)
_MARKS: dict[str, tuple[str, ...]] = {
    "€": ("EUR",), "£": ("GBP",), "¥": _YEN, "₹": ("INR",), "₩": ("KRW",), "₫": ("VND",), "₺": ("TRY",),
    "₽": ("RUB",), "₴": ("UAH",), "₪": ("ILS",), "฿": ("THB",), "$": _DOLLARS, "us$": ("USD",), "a$": ("AUD",),
    "au$": ("AUD",), "c$": ("CAD",), "ca$": ("CAD",), "nz$": ("NZD",), "s$": ("SGD",), "hk$": ("HKD",),
    "nt$": ("TWD",), "r$": ("BRL",), "mx$": ("MXN",), "kr": _CROWNS, "kronor": _CROWNS, "kroner": _CROWNS,
    "dollar": _DOLLARS, "dollars": _DOLLARS, "euro": ("EUR",), "euros": ("EUR",), "rp": ("IDR",), "rupiah": ("IDR",),
    "rs": _RUPEES, "rupees": _RUPEES, "zł": ("PLN",), "zl": ("PLN",), "zloty": ("PLN",), "kc": ("CZK",),
    "fr": ("CHF",), "sfr": ("CHF",), "franken": ("CHF",), "rm": ("MYR",), "ft": ("HUF",), "tl": ("TRY",),
    "руб": ("RUB",), "р": ("RUB",), "рубль": ("RUB",), "рубля": ("RUB",), "рублеи": ("RUB",), "рубли": ("RUB",),  # noqa: RUF001, Russian
    "рублях": ("RUB",), "грн": ("UAH",), "гривен": ("UAH",), "тенге": ("KZT",), "лв": ("BGN",), "yen": _YEN,
    "円": ("JPY",), "元": ("CNY",), "pounds": ("GBP",), "pesos": _PESOS, "yuan": ("CNY",),
}  # fmt: skip
_NO_TITLE_MARKS = frozenset({"fr", "ft", "р", "tl", "rm", "rs", "pounds"})  # noqa: RUF001, Russian; as words of a title they are something else too

_LONGEST_AMOUNT = 100  # characters; longer texts are no amount of money
_ONE_SPELLING = str.maketrans(
    dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\u2002\u2003\u2005\u2006\u2008\u3000\t"), " ")
    | dict.fromkeys(map(ord, "\u2019\u02bc`\u00b4\u2018"), "'")
    | dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
    | {0xFFE5: "\u00a5", 0xFF04: "$", 0x200B: None, 0x200E: None, 0xFEFF: None, 0xAD: None}
)
_AMOUNT = re.compile(
    r"(?P<before>[^0-9+-]*)(?P<number>[0-9](?:[0-9.,' ]*[0-9])?)(?: ?[.,:] ?-{1,3}|[.,](?= |$))?(?P<after>[^0-9+-].*)?"
)
_BESIDE = re.compile(rf"[\w\s{CURRENCY_SIGNS}.,:/*()\[\]|]*")
_SHARE = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,2})?\s?%")
_FRACTION_ALONE = re.compile(r"(?:.*[^\w\s])?[.,]")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,' ][0-9]{3})+")
_LAKHS = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
_THOUSAND = 3  # digits of a group


class Money(NamedTuple):
    """An amount of money.

    Attributes:
        amount: in the currency's main unit.
        currency: ISO 4217 code; None when none was written, or a sign of several that the brand's own has too.
        net: a note beside it says that tax is not in it.
    """

    amount: float
    currency: str | None = None
    net: bool = False


def money(text: str, decimal_sign: DecimalSign | None = None, home_currency: str = "USD") -> Money | None:
    """Read an amount of money: "1.299,00 EUR", "$1,299.50", "kr 99:-", "Rp 1.500.000", "12,00 € / Stück".

    Args:
        text: the whole cell.
        decimal_sign: of the column, when it is known (`decimal_sign_of`); it decides what three digits behind a single
            separator are.
        home_currency: the brand's own, for signs that several currencies share.

    Returns:
        None when it is not surely one price: "call us", "from 12 €", "10-20", "12 € / kg", "-5".
    """
    if (parts := _parts(text)) is None:
        return None
    before, number, after = parts
    if (amount := _amount(number, decimal_sign)) is None:
        return None
    words = folded(after)
    untaxed = without(words, "net")
    marks = [mark for mark in (folded(before), without(words, "net", "gross", "apiece")) if mark]
    if not marks:  # "12 pcs" counts, "12 / pc" does not
        is_price = "/" in after or without(words, "apiece") == words
        return Money(amount, None, untaxed != words) if is_price else None
    shared = _shared([_currencies(mark, side) for mark, side in zip(marks, _sides(before, after, marks), strict=True)])
    return Money(amount, _of_shop(shared, home_currency), untaxed != words) if shared else None


def decimal_sign_of(texts: Iterable[str]) -> DecimalSign | None:
    """The decimal sign that the amounts of a column use; None when they do not say, or contradict each other."""
    signs = {sign for text in texts if (parts := _parts(text)) is not None and (sign := _evidence(parts[1]))}
    return signs.pop() if len(signs) == 1 else None


def marked_money(value: object) -> bool:
    """Whether a value is an amount of money with its currency, and nothing else."""
    if not isinstance(value, str) or (parts := _parts(value)) is None:
        return False
    return money(value) is not None and bool(folded(parts[0]) or without(folded(parts[2]), "net", "gross", "apiece"))


def currency_of(text: str, home_currency: str) -> tuple[str | None, bool]:
    """The currency that a text of its own names, and whether it names one at all.

    A sign that several currencies share ("$", "kr") gives None when the brand's own is among them.
    """
    named = _currencies(folded(text), text)
    return _of_shop(named, home_currency), bool(named)


def currencies_of_word(word: str) -> tuple[str, ...]:
    """The currencies that one folded word of a column's title may stand for, the commonest first."""
    if word in _NO_TITLE_MARKS:
        return ()
    return (word.upper(),) if word in _PLAIN_CODES else _MARKS.get(word, ())


def _parts(text: str) -> tuple[str, str, str] | None:
    """What stands before a number, the number, and what stands behind it."""
    match = _AMOUNT.fullmatch(text.translate(_ONE_SPELLING).strip()) if len(text) <= _LONGEST_AMOUNT else None
    if match is None:
        return None
    before, number, after = match["before"], match["number"], match["after"] or ""
    if "%" in after and without(words := folded(taxed := _SHARE.sub("", after)), "net", "gross") != words:
        after = taxed  # "inkl. 19 % MwSt."
    if "(" in before or not (_BESIDE.fullmatch(before) and _BESIDE.fullmatch(after)):  # "(12.00)" is a debt
        return None
    if _FRACTION_ALONE.fullmatch(before):  # "$.99"
        before, number = before[:-1], f"0{before[-1]}{number}"
    return before, number, after


def _evidence(number: str) -> DecimalSign | None:
    """The decimal sign that a number shows by its form."""
    separators = [char for char in number if char in ".,' "]
    if not separators or _amount(number, None) is None:
        return None
    last = separators[-1]
    if last not in ".,":
        return None
    whole, _, fraction = number.rpartition(last)
    several_kinds = len(set(separators)) > 1
    if separators.count(last) > 1:
        return None if several_kinds else _other(last)
    is_open = len(fraction) == _THOUSAND and not several_kinds and _may_lead(whole)
    return None if is_open else _sign(last)


def _amount(number: str, decimal_sign: DecimalSign | None) -> float | None:
    kinds = {char for char in number if char in ".,' "}
    if not kinds:
        return float(number)
    last = next(char for char in reversed(number) if char in kinds)
    whole, _, fraction = number.rpartition(last)
    if last in ".," and number.count(last) == 1:
        is_open = len(fraction) == _THOUSAND and len(kinds) == 1 and _may_lead(whole)
        if is_open and last != decimal_sign:
            return float(whole + fraction)
        if len(kinds) == 1:
            return float(f"{whole}.{fraction}")
        return float(f"{_ungrouped(whole)}.{fraction}") if _is_grouped(whole) else None
    return float(_ungrouped(number)) if _is_grouped(number) else None


def _may_lead(whole: str) -> bool:
    """Whether digits may stand before a group of three: "12" in "12.500", but neither "0" nor "1299"."""
    return len(whole) <= _THOUSAND and not whole.startswith("0")


def _is_grouped(number: str) -> bool:
    one_kind = len({char for char in number if char in ".,' "}) == 1
    return (one_kind and _GROUPED.fullmatch(number) is not None) or _LAKHS.fullmatch(number) is not None


def _ungrouped(number: str) -> str:
    return "".join(char for char in number if char.isdigit())


def _sign(char: str) -> DecimalSign:
    return "." if char == "." else ","


def _other(char: str) -> DecimalSign:
    return "," if char == "." else "."


def _sides(before: str, after: str, marks: list[str]) -> list[str]:
    """The text as written that each mark was read from."""
    return [before, after] if len(marks) > 1 else [before if folded(before) else after]


def _currencies(mark: str, written: str) -> tuple[str, ...]:
    """The currencies that a folded mark may stand for; none when it is no currency."""
    if (joined := mark.replace(" ", "")) in _MARKS:
        return _MARKS[joined]
    capitals = {word for word in re.findall(r"\w+", written) if word in _CAPITAL_CODES}
    return _shared([_word(word, capitals) for word in mark.split()])


def _word(word: str, capitals: set[str]) -> tuple[str, ...]:
    if word in _PLAIN_CODES or word.upper() in capitals:
        return (word.upper(),)
    return _MARKS.get(word, ())


def _shared(alternatives: list[tuple[str, ...]]) -> tuple[str, ...]:
    """What all of them may be, in the first one's order."""
    if not alternatives:
        return ()
    return tuple(code for code in alternatives[0] if all(code in others for others in alternatives))


def _of_shop(codes: tuple[str, ...], home_currency: str) -> str | None:
    return codes[0] if codes and (len(codes) == 1 or home_currency not in codes) else None
