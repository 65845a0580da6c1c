"""Orders that customers ask for ("the lightest", "most storage"), and the number of a product that each goes by.

A new order is a `Superlative`, an entry here, and its words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from models import Product
from needs import Superlative
from understanding.attributes import had_measures, spec_name, specification_text
from understanding.words import plain, stems

Item = TypeVar("Item")

_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])(?:-(?P<month>[01][0-9])(?:-(?P<day>[0-3][0-9]))?)?")
_LONGEST_VALUE = 200  # characters of a value that are read


@dataclass(frozen=True, slots=True)
class Order:
    """How products are put in order.

    Attributes:
        word: "the ... one".
        noun: what the product data must give; empty for the price, which every product has.
        descending: the most comes first.
        asked: how customers ask for it, a pattern over lower-case text.
        compared: how they ask for it relative to what was suggested; empty when they do not.
        names: words in the names of the specifications that hold it; what stands first is looked for first.
        dimensions: of its number; empty for a year or a date.
    """

    word: str
    noun: str
    descending: bool
    asked: str
    compared: str = ""
    names: tuple[str, ...] = ()
    dimensions: frozenset[str] = frozenset()

    @property
    def first(self) -> str:
        """How a list in this order is announced: "cheapest first"."""
        return f"{self.word.removeprefix('one with the ')} first"


_SIZED = (
    "screen size", "display size", "diagonal", "screen", "display", "capacity", "volume", "size", "dimensions",
    "height", "length", "width", "diameter",
)  # fmt: skip
_SIZES = frozenset({"length", "volume"})
_LENGTHS = ("length", "dimensions", "playing time", "play time", "running time", "duration")  # of films and games, too

# The first that a text asks for counts.
ORDERS: dict[Superlative, Order] = {
    Superlative.CHEAPEST: Order(
        "cheapest", "", descending=False,
        asked=r"cheapest|least (?:expensive|costly)|lowest[- ]?(?:priced?|cost)|most (?:affordable|inexpensive)",
        compared=r"cheaper|less expensive|more affordable|less costly|lower[- ]priced?|lower price",
    ),
    Superlative.DEAREST: Order(
        "most expensive", "", descending=True,
        asked=r"most expensive|dearest|priciest|highest[- ]?(?:priced?|cost)|most costly",
        compared=r"more expensive|pricier|dearer|higher[- ]priced?|more premium|more upmarket",
    ),
    Superlative.LIGHTEST: Order(
        "lightest", "weight", descending=False,
        asked=r"lightest(?: weight)?|least heavy|weighs? (?:the )?least|lowest weight",
        compared=r"lighter(?: weight)?|less heavy", names=("weight",), dimensions=frozenset({"mass"}),
    ),
    Superlative.HEAVIEST: Order(
        "heaviest", "weight", descending=True, asked=r"heaviest|weighs? (?:the )?most|highest weight",
        compared=r"heavier", names=("weight",), dimensions=frozenset({"mass"}),
    ),
    Superlative.LONGEST_LASTING: Order(
        "longest-lasting", "battery life", descending=True,
        asked=r"longest[- ](?:battery(?: life)?|lasting|running|runtime|run time)|(?:best|most) battery life|"
        r"lasts? (?:the )?longest(?: (?:on|per|with) (?:a |one |each |a single )?(?:full )?charge)?",
        names=("battery life", "battery runtime", "runtime", "run time", "playtime", "battery"),
        dimensions=frozenset({"time", "energy", "charge"}),
    ),
    Superlative.MOST_MEMORY: Order(
        "one with the most memory", "memory", descending=True,
        asked=r"(?:the )?(?:most|highest|largest|biggest) (?:memory|ram)",
        compared=r"more (?:memory|ram)", names=("memory", "ram"), dimensions=frozenset({"data"}),
    ),
    Superlative.MOST_STORAGE: Order(
        "one with the most storage", "storage", descending=True,
        asked=r"(?:the )?(?:most|highest|largest|biggest) (?:storage|disk space|ssd|hard drive|disk)",
        compared=r"more (?:storage|disk space)", names=("storage", "ssd", "hdd", "disk", "drive", "capacity"),
        dimensions=frozenset({"data"}),
    ),
    Superlative.THINNEST: Order(
        "thinnest", "thickness", descending=False, asked=r"thinnest|slimmest", compared=r"thinner|slimmer",
        names=("thickness", "depth", "profile"), dimensions=frozenset({"length"}),
    ),
    Superlative.BRIGHTEST: Order(
        "brightest", "brightness", descending=True, asked=r"brightest|most lumens", compared=r"brighter",
        names=("brightness", "luminance", "luminous flux", "light output", "lumens", "display"),
        dimensions=frozenset({"luminance", "light"}),
    ),
    Superlative.MOST_POWERFUL: Order(
        "most powerful", "power", descending=True,
        asked=r"most powerful|highest (?:power|wattage)|most watts",
        compared=r"more powerful", names=("power", "wattage", "output", "motor"),
        dimensions=frozenset({"power"}),
    ),
    Superlative.NEWEST: Order(
        "newest", "year", descending=True, asked=r"(?:the )newest|most recent|latest (?:release|year)",
        names=("year", "released", "release date", "release", "launch", "launched", "published", "publication date"),
    ),
    Superlative.TALLEST: Order(
        "tallest", "height", descending=True, asked=r"tallest", compared=r"taller", names=("height", "dimensions"),
        dimensions=frozenset({"length"}),
    ),
    Superlative.LONGEST: Order(
        "longest", "length", descending=True, asked=r"longest", compared=r"longer", names=_LENGTHS,
        dimensions=frozenset({"length", "time"}),
    ),
    Superlative.SHORTEST: Order(
        "shortest", "length", descending=False, asked=r"shortest", compared=r"shorter", names=_LENGTHS,
        dimensions=frozenset({"length", "time"}),
    ),
    Superlative.LARGEST: Order(
        "largest", "size", descending=True, asked=r"largest|biggest|most spacious",
        compared=r"larger|bigger", names=_SIZED, dimensions=_SIZES,
    ),
    Superlative.SMALLEST: Order(
        "smallest", "size", descending=False, asked=r"smallest|tiniest|most compact",
        compared=r"smaller", names=_SIZED, dimensions=_SIZES,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranked:
    """The number that a product has for an order.

    Attributes:
        value: comparable with those of other products of the same dimension.
        dimension: of what; empty for a price or a bare number.
        text: the specification's value in the shop's own words; empty for a price.
    """

    value: float
    dimension: str
    text: str


def ranked(product: Product, superlative: Superlative) -> Ranked | None:
    """The number that a product has for an order; None when its data gives none."""
    order = ORDERS[superlative]
    if not order.noun:
        return Ranked(product.price, "", "")
    for name in order.names:
        for key, value in product.specifications.items():
            if f" {name} " in f" {spec_name(key)} " and (found := _number(specification_text(value), order)):
                return found
    return None


def are_opposite(one: Superlative, other: Superlative) -> bool:
    """Whether two orders go by the same number, one from the most and one from the least of it."""
    first, second = ORDERS[one], ORDERS[other]
    return (first.noun, first.names) == (second.noun, second.names) and first.descending != second.descending


def surpasses(product: Product, others: Iterable[Product], superlative: Superlative) -> bool:
    """Whether a product's number comes before that of each of the others: "something lighter" than them."""
    number = ranked(product, superlative)
    numbers = [one for other in others if (one := ranked(other, superlative))]
    if number is None or not numbers or any(one.dimension != number.dimension for one in numbers):
        return False
    values = [one.value for one in numbers]
    return number.value > max(values) if ORDERS[superlative].descending else number.value < min(values)


_BY_FIGURE = re.compile(
    r"^(?!.*\b(?:what|how) about\b).*\b(?:which|what|who)\b.{0,40}?"
    r"\b(?:has|have|is|are|contains?|comes? with)\b.{0,12}?"
    r"\b(?P<order>more|most|higher|highest|larger|largest|less|least|fewer|fewest|lower|lowest) "
    r"(?P<figure>[a-z][\w -]{1,30}?)\W*$"
)
# "Lowest drop you have", "higher SPF?"
_BY_FIGURE_ALONE = re.compile(
    r"^(?:(?:and|so|the|your|ok|okay|hm+|any|anything|something|with|what'?s|what is|which is|need|want|i want)[ ,]+)*"
    r"(?P<order>more|most|higher|highest|less|least|fewer|fewest|lower|lowest) "
    r"(?P<figure>[a-z][\w -]{1,30}?)(?: (?:(?:do )?you (?:have|sell)|you've got|then|please))*\W*$"
)
_IN_FULL = {"cal": "calories", "cals": "calories", "kcal": "calories", "carb": "carbs"}
_MOST = frozenset({"more", "most", "higher", "highest", "larger", "largest"})
_FIGURE = re.compile(r"\s*(?P<number>[0-9]+(?:[.,][0-9]+)?)\s*(?P<unit>[^0-9]*)\s*")


def figure_asked(text: str) -> tuple[str, bool] | None:
    """The figure that a lower-case question puts suggestions in order by, and whether the most comes first.

    "Which has more protein?" goes by whatever is called so, with any shop.
    """
    match = _BY_FIGURE.search(text) or _BY_FIGURE_ALONE.search(text)
    if match is None:
        return None
    said = [_IN_FULL.get(word, word) for word in match["figure"].split()]
    return " ".join(said), match["order"] in _MOST


def figure_and_kind(asked: str) -> Iterator[tuple[str, str]]:
    """The ways to read what an order goes by, and of what, the longest figure first: "calorie", of "protein"."""
    said = asked.split()
    return ((" ".join(said[:count]), " ".join(said[count:])) for count in range(len(said), 0, -1))


def figure_of(product: Product, name: str) -> Ranked | None:
    """The number in the specification that is called so; None when there is none, or several are."""
    wanted = stems(name)
    found = [
        (match, specification_text(value), stems(spec_name(key)))
        for key, value in product.specifications.items()
        if wanted and wanted <= stems(spec_name(key)) and (match := _FIGURE.fullmatch(plain(specification_text(value))))
    ]
    exact = [one for one in found if one[2] == wanted]
    if len(exact or found) != 1:
        return None
    match, text, _ = (exact or found)[0]
    return Ranked(float(match["number"].replace(",", ".")), match["unit"].strip().lower(), text)


def _number(text: str, order: Order) -> Ranked | None:
    shown, text = text, plain(text[:_LONGEST_VALUE])
    if not order.dimensions:
        match = _YEAR.search(text)
        if match is None:
            return None
        value = int(match[0][:4]) + int(match["month"] or 0) / 100 + int(match["day"] or 0) / 10_000
        return Ranked(value, "", shown)
    found = next((measure for measure in had_measures(text) if measure.dimension in order.dimensions), None)
    return Ranked(found.number, found.dimension, shown) if found else None


def in_order(items: Sequence[Item], product_of: Callable[[Item], Product], superlative: Superlative) -> list[Item]:
    """Items in the order that was asked for; those whose data gives no number for it come last, in their own order.

    Numbers of different dimensions cannot be compared: those of the dimension that most items have come first.
    """
    order = ORDERS[superlative]
    numbers = [ranked(product_of(item), superlative) for item in items]
    dimensions = [number.dimension for number in numbers if number]
    most = max(dict.fromkeys(dimensions), key=dimensions.count, default="")
    sign = -1 if order.descending else 1

    def rank(place: int) -> tuple[bool, float]:
        number = numbers[place]
        if number is None or number.dimension != most:
            return True, 0.0
        return False, sign * number.value

    return [items[place] for place in sorted(range(len(items)), key=rank)]
