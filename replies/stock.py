"""Stock: whether something is there, how many are left, when it comes back."""

import re
from collections.abc import Iterator, Mapping

from replies.claims import Claim, Kind
from replies.numerals import numbers_in
from replies.saying import Reader, Saying, phrase

_IN = re.compile(r"in stock(?!\w)|in der auslage(?!\w)")
_OUT = re.compile(r"out of stock(?!\w)")
_SOLD = re.compile(r"sold out(?!\w)")
_BACK = re.compile(r"back (?:in stock|next week|next month|soon|on the shelves)(?!\w)")
_AVAILABLE = re.compile(
    r"available(?: (?:now|immediately|right away|right now|straight away))(?!\w)"
    r"|available(?! (?:in|as|for|with|from|at|on|to|by|through|until|via|between|options?|products?|models?|"
    r"colou?rs?|sizes?|"
    r"here|online|upon|under|only|today|tomorrow|next|while|after|about)\b)(?!\w)"
)
_BEING = re.compile(r"(?:\b(?:is|are|be|currently|still|immediately|not|both|all|again|now)|'s|'re|n't) (?:\w+ )?$")
_PLAIN_STOCK = {
    "unavailable": "out", "ausverkauft": "out", "vergriffen": "out", "agotado": "out", "agotada": "out",
    "agotados": "out", "agotadas": "out", "épuisé": "out", "épuisée": "out", "épuisés": "out", "habis": "out",
    "vorrätig": "in", "lieferbar": "in", "verfügbar": "in", "disponible": "in", "disponibles": "in", "tersedia": "in",
    "restocked": "back",
}  # fmt: skip
_STORED = {"auf": re.compile(r"auf lager(?!\w)"), "en": re.compile(r"en (?:stock|existencias|rupture)(?!\w)")}
_READY = re.compile(r"ready to ship(?!\w)")
_LEFT = re.compile(
    r" (?:(?:units?|pieces?|items?|pairs?|stück|more|of (?:them|these)) )?"
    r"(?:(?:(?:are|is) )?(?:left|remaining|übrig)|in stock|available|auf lager)(?!\w)"
)
_LAST_ONES = re.compile(
    r"nur noch |(?:solo|sólo) quedan? |plus que |tinggal |tersisa |only have |down to (?:the last )?"
)
_FEW = re.compile(r"(?:few|last (?:one|piece|unit|pair|item)s?) (?:\w+ )?(?:left|remaining|in stock|available)(?!\w)")


def _stock(pattern: re.Pattern[str], state: str) -> Reader:
    """A reader of a phrase for being, or not being, in stock."""

    def read(sentence: Saying, start: int, word: str) -> Claim | None:
        del word
        match = pattern.match(sentence.low, start)
        return _stock_claim(sentence, start, match.end(), state) if match else None

    return read


def _stock_claim(sentence: Saying, start: int, end: int, state: str) -> Claim | None:
    if sentence.supposed(start):
        return None
    if sentence.reversed(start):
        state = {"in": "out", "out": "in"}.get(state, "")
    return Claim(Kind.STOCK, start, end, (state,)) if state else None


def _available(sentence: Saying, start: int, word: str) -> Claim | None:
    del word
    match = _AVAILABLE.match(sentence.low, start)
    if match is None or (" " not in match[0] and not _BEING.search(sentence.before(start))):
        return None
    return _stock_claim(sentence, start, match.end(), "in")


def _plain_stock(sentence: Saying, start: int, word: str) -> Claim | None:
    return _stock_claim(sentence, start, start + len(word), _PLAIN_STOCK[word])


def _stored(sentence: Saying, start: int, word: str) -> Claim | None:
    match = _STORED[word].match(sentence.low, start)
    return _stock_claim(sentence, start, match.end(), "out" if "rupture" in match[0] else "in") if match else None


def _back(sentence: Saying, start: int, word: str) -> Claim | None:
    del word
    match = _BACK.match(sentence.low, start)
    if match is None or sentence.supposed(start) or sentence.denied(start) or sentence.unknown():
        return None
    return Claim(Kind.STOCK, start, match.end(), ("back",))


def counts_left(sentence: Saying) -> Iterator[Claim]:
    """How many are said to be left: "3 left", "only two in stock", "nur noch 3"."""
    low = sentence.low
    if not any(word in low for word in ("left", "remaining", "stock", "available", "lager", "noch", "queda", "plus que",
                                        "tinggal", "tersisa", "only have", "down to", "übrig")):  # fmt: skip
        return
    for number in numbers_in(low):
        behind = _LEFT.match(low, number.end)
        before = _LAST_ONES.search(low, max(0, number.start - 18), number.start)
        announced = (
            not number.spelled and before is not None and before.end() == number.start and _bare(low, number.end)
        )
        if (behind or announced) and not sentence.supposed(number.start):
            end = behind.end() if behind else number.end
            yield Claim(Kind.STOCK, number.start, end, ("left", f"{number.value:.15g}"))


def _bare(low: str, end: int) -> bool:
    return (
        re.match(r" ?(?:[%$€£°]|[a-z]{0,3}[$]|gb|tb|kg|cm|mm|hours?|days?|weeks?|dollars?|euros?)", low[end : end + 9])
        is None
    )


READERS: Mapping[str, tuple[Reader, ...]] = {
    **dict.fromkeys(_PLAIN_STOCK, (_plain_stock,)),
    **dict.fromkeys(_STORED, (_stored,)),
    "in": (_stock(_IN, "in"),),
    "out": (_stock(_OUT, "out"),),
    "sold": (_stock(_SOLD, "out"),),
    "available": (_available,),
    "ready": (_stock(_READY, "in"),),
    "back": (_back,),
    "few": (phrase(_FEW, Kind.STOCK, "left", "few"),),
    "last": (phrase(_FEW, Kind.STOCK, "left", "few"),),
}
