"""Measures as shops and customers write them: "16 GB", "27 inch", "1,5 kg", "up to 10 hours"."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_DECIMALS = 6  # of an amount: what is written alike is the same number, however it was computed
_MOST_MEASURES = 40  # read in one text; a pasted table shall not cost more


class Unit(NamedTuple):
    """A unit of measure.

    Attributes:
        dimension: what it measures; numbers of one dimension can be compared.
        symbol: the unit that values are written in, so that "1 kg" and "1000 g" are one value.
        factor: how many of `symbol` one of this unit is.
        base: how much one `symbol` is in the unit that the dimension is compared by.
    """

    dimension: str
    symbol: str
    factor: float
    base: float = 1.0


class Measure(NamedTuple):
    """A measure in a text.

    Attributes:
        value: number and unit in normal form ("16gb", "27inch", "1500g").
        dimension: what it measures.
        number: in the unit that the dimension is compared by, so that "1 TB" is more than "512 GB".
        start: offset of its first character in the text.
        end: offset behind its last character.
    """

    value: str
    dimension: str
    number: float
    start: int
    end: int


_INCH = Unit("length", "inch", 1, 25.4)
_POUND = Unit("mass", "lb", 1, 453.59237)  # international avoirdupois, exact by definition
_OUNCE = Unit("mass", "oz", 1, 28.349523125)

# Spellings, lower case, to units. A terabyte counts a thousand gigabytes, as makers count.
_SPELLED: dict[str, Unit] = {
    spelling: unit
    for spellings, unit in (
        ("kb", Unit("data", "kb", 1, 1e-6)),
        ("mb megabyte megabytes", Unit("data", "gb", 1e-3)),
        ("gb gig gigs gigabyte gigabytes gib", Unit("data", "gb", 1)),
        ("tb terabyte terabytes tib", Unit("data", "gb", 1000)),
        ("mm millimeter millimeters millimetre millimetres", Unit("length", "mm", 1)),
        ("cm centimeter centimeters centimetre centimetres", Unit("length", "mm", 10)),
        ("m meter meters metre metres", Unit("length", "mm", 1000)),
        ("km kilometer kilometers kilometre kilometres", Unit("length", "mm", 1e6)),
        ("inch inches in \" ″ ” ''", _INCH),
        ("ft foot feet", _INCH._replace(factor=12)),
        ("mg", Unit("mass", "mg", 1, 1e-3)),
        ("g gram grams gramme grammes", Unit("mass", "g", 1)),
        ("kg kgs kilo kilos kilogram kilograms", Unit("mass", "g", 1000)),
        ("lb lbs pound pounds", _POUND),
        ("oz ounce ounces", _OUNCE),
        ("ml milliliter milliliters millilitre millilitres", Unit("volume", "ml", 1)),
        ("cl", Unit("volume", "ml", 10)),
        ("l liter liters litre litres", Unit("volume", "ml", 1000)),
        ("hz hertz", Unit("frequency", "hz", 1)),
        ("khz", Unit("frequency", "hz", 1e3)),
        ("mhz", Unit("frequency", "hz", 1e6)),
        ("ghz", Unit("frequency", "hz", 1e9)),
        ("w watt watts", Unit("power", "w", 1)),
        ("kw", Unit("power", "w", 1000)),
        ("wh", Unit("energy", "wh", 1)),
        ("kwh", Unit("energy", "wh", 1000)),
        ("mah", Unit("charge", "mah", 1)),
        ("ah", Unit("charge", "mah", 1000)),
        ("v volt volts", Unit("voltage", "v", 1)),
        ("mp megapixel megapixels", Unit("resolution", "mp", 1)),
        ("nit nits cd/m2", Unit("luminance", "nit", 1)),
        ("lm lumen lumens", Unit("light", "lm", 1)),
        ("mbps", Unit("speed", "mbps", 1)),
        ("gbps", Unit("speed", "mbps", 1000)),
        ("fps", Unit("frame rate", "fps", 1)),
        ("rpm", Unit("rotation", "rpm", 1)),
        ("dpi", Unit("density", "dpi", 1)),
        ("db", Unit("loudness", "db", 1)),
        ("min mins minute minutes", Unit("time", "h", 1 / 60)),
        ("h hr hrs hour hours", Unit("time", "h", 1)),
    )
    for spelling in spellings.split()
}
# Lasting longer than asked is no shortcoming: a time is compared and ordered, never asked for exactly.
INEXACT = frozenset({"time"})

_SIGNS = "|".join(re.escape(spelling) for spelling in _SPELLED if not spelling.isalpha())
# Much is read for the few measures in it. So a match begins with a digit, which the engine looks for faster than for
# what is not before it, and the unit is any word, to be looked up.
_MEASURE = re.compile(
    r"(?P<number>[0-9](?<![\w.,][0-9])[0-9]{0,8}(?:[.,][0-9]{1,3}){0,3})(?P<gap>[ \u00a0-]{0,2})"
    rf"(?P<unit>(?i:{_SIGNS})|[A-Za-z]+)(?!\w)"
)


def measures_in(text: str, *, spoken: bool = False) -> Iterator[Measure]:
    """The measures of a `plain` text, in order.

    Args:
        text: any text.
        spoken: it is a sentence, where "10 in stock" is no length: "in" is a unit only directly behind its number.
    """
    for match, unit in islice(_found(text), _MOST_MEASURES):
        if spoken and " " in match["gap"] and match["unit"].lower() == "in":
            continue
        amount = round(parse_number(match["number"]) * unit.factor, _DECIMALS)
        yield Measure(f"{amount:.15g}{unit.symbol}", unit.dimension, amount * unit.base, match.start(), match.end())


def _found(text: str) -> Iterator[tuple[re.Match[str], Unit]]:
    for match in _MEASURE.finditer(text):
        if unit := _SPELLED.get(match["unit"].lower()):
            yield match, unit


def in_unit_of(measure: Measure, like: Measure, spelled: str) -> str:
    """A measure in the unit, and the spelling, of another of its dimension: 900 g beside "1.5 kg" is "0.9 kg".

    Args:
        measure: what is written.
        like: what has the unit.
        spelled: `like` as it was written.
    """
    match, _ = next(_found(spelled), (None, None))
    amount = parse_number(match["number"]) if match else 0.0
    if match is None or not amount or not like.number:
        return measure.value
    number = round(measure.number / (like.number / amount), 3)
    return f"{number:,.10g}{match['gap']}{match['unit']}"


def unit_named(word: str) -> bool:
    """Whether a lower-case word is the name of a unit ("kg", "inches")."""
    return word in _SPELLED


def parse_number(text: str) -> float:
    """The value of digits with separators: "1,200" is a thousand and two hundred, "1,2" and "1.2" are fractions."""
    whole, comma, fraction = text.rpartition(",")
    if comma and "." not in fraction and len(fraction) != len("000"):
        return float(f"{whole.replace(',', '').replace('.', '')}.{fraction}")
    text = text.replace(",", "")
    whole, point, fraction = text.rpartition(".")
    return float(f"{whole.replace('.', '')}{point}{fraction}")
