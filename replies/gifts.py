"""Discounts, codes, guarantees and what is said to be free."""

import re
from collections.abc import Iterator, Mapping

from replies.claims import Claim, Kind
from replies.saying import Reader, Saying, denied_before, forbids, phrase
from understanding.words import word_set

_WORD = re.compile(r"[^\W\d_]+")
_SUBJECTS = {
    word: subject
    for subject, listed in {
        "shipping": """shipping delivery postage shipment ship ships versand lieferung envío envíos entrega livraison
            ongkir pengiriman expédition""",
        "returns": "return returns rücksendung rückversand retoure devolución devoluciones retour retours pengembalian",
        "gift": "gift gifts present geschenk regalo cadeau hadiah bonus",
        "trial": "trial test sample samples probe prueba essai",
        "installation": "installation install setup assembly montage fitting instalación pemasangan",
        "repair": "repair repairs service servicing maintenance wartung reparatur inspection",
        "exchange": "exchange exchanges replacement replacements umtausch cambio échange",
        "upgrade": "upgrade upgrades",
        "case": "case bag pouch cover accessory accessories helmet lock charger cable",
        "insurance": "insurance warranty protection garantie garantía cover",
        "wrapping": "wrapping engraving alterations hemming tailoring personalisation personalization",
        "coffee": "coffee breakfast lunch meal drink drinks month months subscription",
    }.items()
    for word in listed.split()
}
_FREE = word_set(
    "free complimentary gratis kostenlos kostenlose kostenloser kostenlosen kostenloses kostenfrei gratuit gratuite "
    "gratuits gratuites"
)
_ANY_FREE = "|".join(sorted(_FREE, key=len, reverse=True))
_OF_CHARGE = re.compile(r" of charge(?!\w)")
_GIVEN = re.compile(r"(?<!\w)(?:for|is|are|it's|absolutely|completely|totally|ships?|ist|sind|es|son|est|sont) $")
_FOLLOWING = re.compile(r"(?:[ -]*([^\W\d_]+))")
_FAR = 3  # words behind "free" among which its subject stands

_LIFETIME = re.compile(r"lifetime (?:warranty|guarantee|repairs?|support|returns?)(?!\w)")
_MONEY_BACK = re.compile(r"money[ -]back (?:guarantee|promise)(?!\w)")
_HALF = re.compile(r"half[ -](?:the )?(?:price|off)(?!\w)")
_BUY = re.compile(
    r"buy (?:one|two|three|[1-9])[, ]{1,2}(?:and )?"
    r"get (?:one|two|another|the second|[1-9])(?: (?:free|half price|more))?"
)
_FOR_ONE = re.compile(r"(?:two|three|[2-4])[ -]for[ -](?:the price of )?(?:one|two|[1-3])(?!\w| ?[$€£%])")
_DIGITS_FOR_ONE = re.compile(r"(?<![\w.,$€£])[2-4][ -]for[ -](?:the price of )?[1-3](?![\w%]| ?[$€£%]|[.,][0-9])")
_CODE = re.compile(r"(?:code|gutscheincode|rabattcode|código|kode)s?:? [\"'*“„»]{0,2}([\w-]{3,30})")
_SAVING = {
    "discount": "discount", "discounts": "discount", "discounted": "discount", "rabatt": "discount",
    "descuento": "discount", "descuentos": "discount", "remise": "discount", "réduction": "discount",
    "diskon": "discount", "clearance": "clearance", "cashback": "cashback", "rebate": "rebate", "bogo": "bogo",
    "ausverkauf": "clearance",
}  # fmt: skip
_OFFERS = re.compile(
    r"(?:special|limited[ -]time|exclusive|flash|seasonal|summer|winter) (?:offer|deal|discount|sale)s?(?!\w)"
)
_ON_SALE = re.compile(r"on (?:sale|offer|special)(?!\w)")
_MARKED_DOWN = re.compile(r"(?:marked|knocked) down(?!\w)")


def _free(sentence: Saying, start: int, word: str) -> Claim | None:
    low, end = sentence.low, start + len(word)
    before = low[start - 1 : start]
    if before in {"-", "_"} or low[max(0, start - 5) : start].endswith(("feel ", "feels ")):
        return None
    denied = sentence.denied(start) or sentence.unknown()
    if denied and not sentence.source:
        return None
    found, position = "", end
    for _ in range(_FAR):
        if (following := _FOLLOWING.match(low, position)) is None:
            break
        position = following.end()
        if found := _SUBJECTS.get(following[1], ""):
            return None if denied else Claim(Kind.PROMISE, start, position, ("free", found))
    charge = _OF_CHARGE.match(low, end)
    if denied or not (charge or word == "complimentary" or _GIVEN.search(sentence.before(start))):
        return None
    if not charge and low[end : end + 4] in {" of ", " to ", " from"[:4]}:
        return None  # "free of plastic", "free to choose"
    subjects = [_SUBJECTS[name] for name in _WORD.findall(low[max(0, start - 60) : start]) if name in _SUBJECTS]
    return Claim(Kind.PROMISE, start, charge.end() if charge else end, ("free", subjects[-1] if subjects else ""))


def free_subjects(low: str) -> set[tuple[str, ...]]:
    """What a source's sentence says to be free: everything in it that could be, since "it" may stand for any."""
    match = re.search(rf"(?<![\w-])(?:{_ANY_FREE})(?!\w)", low)
    if match is None or forbids(low) or denied_before(low, match.start()):
        return set()
    return {("free", ""), *(("free", _SUBJECTS[word]) for word in _WORD.findall(low) if word in _SUBJECTS)}


def _code(sentence: Saying, start: int, word: str) -> Claim | None:
    del word
    match = _CODE.match(sentence.low, start)
    if match is None or sentence.denied(start):
        return None
    code = sentence.raw[match.start(1) : match.end(1)]
    digits, capitals = any(char.isdigit() for char in code), sum(char.isupper() for char in code)
    if not (capitals and digits) and capitals < 3:  # noqa: PLR2004 - "code word" is no code, "code SPRING" is one
        return None
    return Claim(Kind.PROMISE, match.start(1), match.end(1), ("code", code.lower()))


def _saving(sentence: Saying, start: int, word: str) -> Claim | None:
    if sentence.denied(start) or sentence.unknown() or sentence.asks_customer:
        return None
    return Claim(Kind.PROMISE, start, start + len(word), (_SAVING[word],))


def for_one_in(sentence: Saying) -> Iterator[Claim]:
    """Offers in digits: "2 for 1"."""
    for match in _DIGITS_FOR_ONE.finditer(sentence.low):
        if not sentence.denied(match.start()):
            yield Claim(Kind.PROMISE, match.start(), match.end(), ("for one",))


READERS: Mapping[str, tuple[Reader, ...]] = {
    **dict.fromkeys(_FREE, (_free,)),
    **dict.fromkeys(_SAVING, (_saving,)),
    **dict.fromkeys(("code", "codes", "gutscheincode", "rabattcode", "código", "kode"), (_code,)),
    **dict.fromkeys(
        ("special", "exclusive", "limited", "flash", "seasonal"), (phrase(_OFFERS, Kind.PROMISE, "offer"),)
    ),
    **dict.fromkeys(("two", "three"), (phrase(_FOR_ONE, Kind.PROMISE, "for one"),)),
    "lifetime": (phrase(_LIFETIME, Kind.PROMISE, "lifetime"),),
    "money": (phrase(_MONEY_BACK, Kind.PROMISE, "money back"),),
    "half": (phrase(_HALF, Kind.PROMISE, "half price"),),
    "buy": (phrase(_BUY, Kind.PROMISE, "bogo"),),
    "marked": (phrase(_MARKED_DOWN, Kind.PROMISE, "discount"),),
    "on": (phrase(_ON_SALE, Kind.PROMISE, "offer"),),
}
