"""How far something goes: packs of flooring by the square metre, paint by what a litre covers."""

import math
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from models import Product
from understanding.attributes import spec_name, specification_text
from understanding.manners import instructs
from understanding.measures import measures_in, parse_number
from understanding.subjects import matching
from understanding.words import plain, word_set

_FOOT_M2 = 0.09290304  # a square foot, exact by definition
_NUMBER = r"[0-9]{1,5}(?:[.,][0-9]{1,3})?"
_SQUARE_M = r"m2|sqm|sq\.? ?m|qm|square met(?:er|re)s?"
_SQUARE_FT = r"sq\.? ?ft|sqft|ft2|square (?:feet|foot)"
# "6-10 m2/L", "12 m2 per litre", "about 4 to 5 m2 per bag"
_AREA = re.compile(
    rf"(?<![\w.,])(?P<number>{_NUMBER})(?: ?(?:-|\u2013|to) ?(?P<most>{_NUMBER}))? ?"
    rf"(?:{_SQUARE_M}|(?P<feet>{_SQUARE_FT}))(?![\w/]*K)"
    r"(?: ?(?:/|\bper\b|\ban?\b|\beach\b) ?(?P<of>[a-z]+))?",
    re.IGNORECASE,
)
# "4 x 5 m", "2.8 by 1.9": of a floor or a wall, and of no tile.
_SIDES = re.compile(
    rf"(?<![\w.,])(?P<one>{_NUMBER}) ?(?:m|met(?:er|re)s?)? ?(?:x|\u00d7|by) ?(?P<other>{_NUMBER})"
    r"(?P<unit> ?m(?:et(?:er|re)s?)?)?"
    r"(?![\w.,]*[0-9])(?! ?(?:x|\u00d7|by|cm|mm|in)\b)",
    re.IGNORECASE,
)
_LONGEST_SIDE = 40.0  # metres
_HIGH = re.compile(r"\bhigh\b|\bheight\b|\bceiling\b", re.IGNORECASE)

_PACKED = (
    r"packs?|packets?|boxes|box|tins?|cans|pots?|buckets?|bags?|rolls?|cartons?|bottles?|tubs?|drums?|litres?|liters?"
)
_asks_how_many = matching(
    rf"\bhow many (?:\w+ ){{0,2}}(?:{_PACKED}|of (?:it|them|those|that|these))\b",
    r"\bhow (?:many|much) (?:of (?:it|them|that) )?(?:do|would|will|should) (?:i|we) (?:need|buy|get|order)\b",
    rf"\b(?:is|are|will|would) (?:it|that|this|one|[0-9]{{1,2}})(?: (?:{_PACKED}))? (?:be )?enough\b",
    r"\b(?:do|will|would) (?:i|we) need more than (?:one|[0-9])\b",
)
_ASKED_OF = re.compile(
    rf"\bhow (?:many|much) (?:{_PACKED})\b|\b(?:[1-5]|one|two|three|the|all the) coats?\b|"
    r"\b(?:rooms?|house|area|space|surface)\b",
    re.IGNORECASE,
)
_COATS = re.compile(r"\b(?P<number>[1-5]|one|two|three|four)(?: |-)coats?\b", re.IGNORECASE)
_OF_ONE_COLOUR = re.compile(r"\bneeds?\b|\bover (?:white|dark|old)\b", re.IGNORECASE)  # "Foxglove needs three coats"
_COUNTED = {"one": 1, "two": 2, "three": 3, "four": 4}
_LITRE = word_set("l litre litres liter liters")
_OF_PACK = word_set("pack packs box boxes roll rolls tin tins can cans bag bags bucket buckets sheet sheets carton pot")
_CALLED = word_set("pack box roll coverage covers carton area contents")
_PRICED_BY = re.compile(
    r"\b(?:price[sd]? )?per (?P<unit>m2|m|sqm|(?:square )?met(?:re|er)|yard|foot|kg|kilo|lit(?:re|er)|100 ?g)\b",
    re.IGNORECASE,
)

_ROOM = re.compile(r"\b(?:\w*room|kitchen|nursery|house|flat|hall|office|attic|garage|landing)\b", re.IGNORECASE)
_FLAT = re.compile(r"\b(?:floors?|ceilings?|decks?|decking|patio|walls?|fence|stairs|tiles?)\b", re.IGNORECASE)


class Area(NamedTuple):
    """A surface.

    Attributes:
        m2: in square metres.
        said: as it was written.
    """

    m2: float
    said: str


class Spread(NamedTuple):
    """How far one piece of a product goes.

    Attributes:
        m2: what a piece covers, once.
        said: the shop's words for that.
        piece: what a piece is called: "pack".
        coats: how often the shop says that it is put on; 1 where it does not.
        painted: it is for walls as well as for floors.
    """

    m2: float
    said: str
    piece: str
    coats: int = 1
    painted: bool = False


class Need(NamedTuple):
    """How much of something is wanted.

    Attributes:
        area: to be covered.
        coats: how often; None where nothing is said of that.
        of_room: it is how large a room is: as large as its floor, and not as its walls.
    """

    area: Area
    coats: int | None = None
    of_room: bool = False

    def pieces(self, spread: Spread) -> int:
        """How many whole pieces it takes."""
        return max(1, math.ceil(round(self.area.m2 * (self.coats or spread.coats) / spread.m2, 6)))


def asks_how_many(text: str) -> bool:
    """Whether a lower-case message asks how many packs something takes, or whether one is enough."""
    return _asks_how_many(plain(text)) is not None


def without_amounts(text: str) -> str:
    """A message that asks so, without how many packs of what size it asks for: nothing is found by these words."""
    return _ASKED_OF.sub(" ", _SIDES.sub(" ", _AREA.sub(" ", text)))


def need_in(messages: Iterable[str]) -> Need | None:
    """How much is wanted by the first of these messages that names a surface; None when none does."""
    coats: int | None = None
    for message in messages:
        text = plain(message)
        if coats is None and (said := _COATS.search(text)):
            coats = _counted(said["number"])
        if area := _area_in(text):
            return Need(area, coats, _ROOM.search(text) is not None and _FLAT.search(text) is None)
    return None


def _area_in(text: str) -> Area | None:
    if match := _AREA.search(text):
        number = parse_number(match["number"]) * (_FOOT_M2 if match["feet"] else 1.0)
        return Area(number, match[0]) if number and not match["of"] else None
    sides = [one for one in _SIDES.finditer(text) if one["unit"] or "." in one[0] or "," in one[0]]
    if len(sides) != 1 or _HIGH.search(text):
        return None
    one, other = parse_number(sides[0]["one"]), parse_number(sides[0]["other"])
    return Area(one * other, sides[0][0]) if 0 < one <= _LONGEST_SIDE and 0 < other <= _LONGEST_SIDE else None


def spread_of(product: Product) -> Spread | None:
    """How far a piece goes by what the product says; None where it does not say that."""
    coats = _coats_of(product)
    for text in _texts(product):
        for match in _AREA.finditer(text):
            name = spec_name(text[: match.start()].partition(":")[0]) if ":" in text[: match.start()] else ""
            of = (match["of"] or "").lower()
            least = parse_number(match["number"]) * (_FOOT_M2 if match["feet"] else 1.0)
            if of in _LITRE and (litres := _litres_of(product)):
                return Spread(least * litres, text, "tin", coats, painted=True)
            if of in _OF_PACK:
                return Spread(least, text, of.removesuffix("s"), coats)
            if not of and not _CALLED.isdisjoint(name.split()):
                return Spread(least, text, next((one for one in name.split() if one in _OF_PACK), "piece"), coats)
    return None


def _coats_of(product: Product) -> int:
    """How often something is put on, the most that the product says; 1 where it does not."""
    for key, value in product.specifications.items():
        if spec_name(key) in {"coats", "coat", "number of coats"}:
            return max(map(int, re.findall(r"[1-5]", specification_text(value))), default=1)
    told = (said for text in _texts(product) if (said := _COATS.search(text)) and not _OF_ONE_COLOUR.search(text))
    return next((_counted(said["number"]) for said in told), 1)


def priced_by(product: Product) -> str:
    """The unit that a product's price is for, where it is no piece: "m2" of "price per m2"; else empty."""
    for text in (product.description, *product.features):
        match = _PRICED_BY.search(plain(text))
        if match and (match[0].lower().startswith("price") or match.start() == 0):
            return match["unit"]
    return ""


def price_note(product: Product) -> str:
    """The sentence in which a product says what its price is for: "Per m2, pack of 1.48 m2 = 43.66"; else empty."""
    if not priced_by(product):
        return ""
    said = (one for text in (product.description, *product.features) for one in re.split(r"(?<=[.!?])\s+", text))
    return next((one for one in said if _PRICED_BY.search(plain(one)) and not instructs(one)), "")


_MONEY = re.compile(r"[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|IDR|Rp)\b")


def other_prices(product: Product) -> Iterator[str]:
    """The specifications that give sizes or packs prices of their own: "sizes: 250 g 9.90 €, 1 kg 33.50 €"."""
    for key, value in product.specifications.items():
        text = f"{key}: {specification_text(value)}"
        if _MONEY.search(text) and not instructs(text):
            yield text


def _litres_of(product: Product) -> float:
    """How much a tin holds, in litres; 0 where that is not said, or there are several sizes."""
    sizes = {
        one.number
        for key, value in product.specifications.items()
        if spec_name(key) in {"size", "volume", "contents", "content"}
        for one in measures_in(plain(specification_text(value)))
        if one.dimension == "volume"
    }
    sizes = sizes or {one.number for one in measures_in(plain(product.name)) if one.dimension == "volume"}
    return sizes.pop() / 1000 if len(sizes) == 1 else 0.0


def _texts(product: Product) -> Iterator[str]:
    for key, value in product.specifications.items():
        yield plain(f"{key}: {specification_text(value)}")
    yield from map(plain, product.features)
    for said in re.split(r"(?<=[.!?])\s+", product.description):
        yield plain(said)


def _counted(number: str) -> int:
    return _COUNTED.get(number.lower()) or int(number)
