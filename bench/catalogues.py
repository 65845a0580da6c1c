"""Catalogues that benches fill shops with: generated, and always the same for the same seed.

Words are the embedding model's own vocabulary, which lists English words by frequency; texts draw them by Zipf's law,
half of them from the words that their category favours, so that products of a kind resemble each other.
"""

import importlib.util
import itertools
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from providers.local_embedder import MODEL_PACKAGE, TOKENIZER_FILE

WORDS = 4_000
WORDS_OF_CATEGORY = 200
SERIES_OF_MAKER = 12

# Name, and the median price.
CATEGORIES = (
    ("Laptops", 900), ("Desktop Computers", 800), ("Monitors", 280), ("Keyboards", 60), ("Smartphones", 500),
    ("Tablets", 350), ("Headphones", 90), ("Loudspeakers", 150), ("Televisions", 650), ("Projectors", 480),
    ("Cameras", 700), ("Lenses", 420), ("Printers", 160), ("Routers", 95), ("Hard Drives", 85),
    ("Smartwatches", 210), ("Game Consoles", 390), ("Microwaves", 120), ("Refrigerators", 750), ("Dishwashers", 520),
    ("Vacuum Cleaners", 180), ("Kettles", 35), ("Toasters", 40), ("Coffee Machines", 230), ("Sofas", 850),
    ("Armchairs", 380), ("Bookcases", 170), ("Desks", 240), ("Mattresses", 460), ("Carpets", 190),
    ("Curtains", 55), ("Table Lamps", 48), ("Bicycles", 620), ("Helmets", 65), ("Tents", 210),
    ("Backpacks", 75), ("Sleeping Bags", 95), ("Running Shoes", 105), ("Jackets", 130), ("Jeans", 70),
    ("Dresses", 80), ("Handbags", 140), ("Sunglasses", 110), ("Wristwatches", 250), ("Perfumes", 72),
    ("Drills", 115), ("Saws", 130), ("Lawn Mowers", 310), ("Barbecues", 260), ("Strollers", 330),
)  # fmt: skip
_MAKER_STARTS = ("Nor", "Vel", "Tar", "Kin", "Lum", "Ost", "Bra", "Cal", "Dor", "Fen", "Gal", "Hal")
_MAKER_ENDS = ("dane", "vik", "mark", "sen", "tech", "wood", "line", "ton", "berg", "ova")

# Specifications: the name, and its values, or the range of a measure with its unit.
_CHOSEN = {
    "color": ("black", "white", "silver", "red", "navy blue", "olive green", "gray", "beige"),
    "material": ("steel", "aluminium", "oak", "leather", "cotton", "polyester", "glass", "recycled plastic"),
    "warranty": ("1 year", "2 years", "3 years", "5 years"),
    "origin": ("Germany", "Italy", "Vietnam", "Portugal", "Poland", "Taiwan"),
    "energy class": ("A", "B", "C", "D", "E"),
    "connection": ("USB-C", "Bluetooth 5.3", "Wi-Fi 6", "HDMI 2.1", "none"),
    "assembly": ("required", "not required"),
    "recommended use": ("home", "office", "travel", "outdoor", "sports", "studio"),
    "care": ("wipe clean", "machine wash", "dry clean only", "rinse under water"),
    "certificate": ("CE", "UL listed", "FSC", "GOTS", "IP67"),
}
_MEASURED = {
    "weight": (0.2, 60, "kg"),
    "width": (5, 220, "cm"),
    "height": (2, 200, "cm"),
    "depth": (1, 100, "cm"),
    "power": (5, 2_400, "W"),
    "battery life": (4, 60, "hours"),
    "memory": (4, 64, "GB"),
    "storage": (64, 4_000, "GB"),
    "screen size": (5, 85, "inch"),
    "capacity": (1, 400, "l"),
    "noise": (20, 80, "dB"),
    "refresh rate": (50, 240, "Hz"),
}
_SPEC_NAMES = (*_CHOSEN, *_MEASURED)

_MISTYPED_SHARE = 0.1
_SHORTEST_MISTYPED = 6
_COMMONEST = 200  # words that say nothing of a product


@lru_cache(maxsize=1)
def vocabulary(size: int = WORDS) -> tuple[str, ...]:
    """English words, the most frequent first.

    Raises:
        RuntimeError: the package with the model is not installed.
    """
    found = importlib.util.find_spec(MODEL_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the weights of the local embedding model (requirements-model.txt) are not installed")
    tokenizer = json.loads((Path(found.submodule_search_locations[0]) / "model" / TOKENIZER_FILE).read_bytes())
    places: dict[str, int] = tokenizer["model"]["vocab"]
    words = (word for word, _ in sorted(places.items(), key=lambda pair: pair[1]))
    return tuple(
        itertools.islice((word for word in words if len(word) > 2 and word.isascii() and word.isalpha()), size)
    )


class Drawn:
    """Things drawn by Zipf's law, the first most often.

    Args:
        things: what is drawn.
        exponent: of the law.
    """

    def __init__(self, things: Sequence[str], exponent: float = 1.0) -> None:
        self._things = things
        self._weights = list(itertools.accumulate(1 / place**exponent for place in range(1, len(things) + 1)))

    def draw(self, chance: random.Random, count: int) -> list[str]:
        """So many of them."""
        return chance.choices(self._things, cum_weights=self._weights, k=count)


class Catalogue:
    """A shop's products, and what its customers type.

    Args:
        seed: another seed, another shop; the words and categories are the same.
    """

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        words = vocabulary()
        self._common = Drawn(words)
        self._commonest = frozenset(words[:_COMMONEST])
        telling = words[_COMMONEST:]
        self._of_category = {
            name: Drawn(random.Random(f"{name} {seed}").sample(telling, WORDS_OF_CATEGORY)) for name, _ in CATEGORIES
        }
        self._specs_of = {name: random.Random(f"specs of {name}").sample(_SPEC_NAMES, 15) for name, _ in CATEGORIES}
        self._makers = [start + end for start in _MAKER_STARTS for end in _MAKER_ENDS]
        self._chance.shuffle(self._makers)
        self._maker = Drawn(self._makers, 0.7)
        self._series = {maker: self._chance.sample(telling, SERIES_OF_MAKER) for maker in self._makers}

    def products(self, count: int) -> Iterator[dict[str, Any]]:
        """So many products, as a shop posts them; their ids are "p0", "p1", ..."""
        for number in range(count):
            category, median = self._chance.choice(CATEGORIES)
            (maker,) = self._maker.draw(self._chance, 1)
            series = self._chance.choice(self._series[maker]).capitalize()
            singular = category[:-2] if category.endswith("sses") else category.removesuffix("s")
            yield {
                "id": f"p{number}",
                "name": f"{maker} {series} {self._chance.randrange(10, 1_000)} {singular}",
                "description": self._text(category, self._chance.randint(20, 60)),
                "category": category,
                "price": round(median * self._chance.lognormvariate(0, 0.6), 2),
                "features": [
                    self._text(category, self._chance.randint(2, 6)) for _ in range(self._chance.randint(1, 4))
                ],
                "specifications": self._specifications(category, maker),
                "availability": self._chance.random() < 0.9,
            }

    def query_for(self, product: Mapping[str, Any], words: int) -> str:
        """So many words that a customer types for a product, from its name and description, in any order.

        Neither maker nor category are among them, which would be read as filters. One query in ten has a mistake in it.
        """
        named = product["name"].lower().split()[1:2]
        said = [word.strip(".") for word in product["description"].lower().split()]
        telling = list(dict.fromkeys(word for word in (*named, *said) if word not in self._commonest))
        typed = self._chance.sample(telling, min(words, len(telling)))
        if self._chance.random() < _MISTYPED_SHARE:
            place = self._chance.randrange(len(typed))
            typed[place] = self._mistyped(typed[place])
        return " ".join(typed)

    def _text(self, category: str, count: int) -> str:
        favoured = count // 2
        words = self._of_category[category].draw(self._chance, favoured)
        words += self._common.draw(self._chance, count - favoured)
        self._chance.shuffle(words)
        sentences = [" ".join(words[start : start + 12]).capitalize() for start in range(0, count, 12)]
        return ". ".join(sentences) + "."

    def _specifications(self, category: str, maker: str) -> dict[str, str]:
        names = self._specs_of[category][: self._chance.randint(7, 14)]
        return {"brand": maker} | {name: self._value(name) for name in names}

    def _value(self, name: str) -> str:
        if name in _CHOSEN:
            return self._chance.choice(_CHOSEN[name])
        low, high, unit = _MEASURED[name]
        share = self._chance.random() ** 2  # most things are small
        amount = low + share * (high - low)
        return f"{amount:.1f} {unit}" if high < 100 else f"{amount:.0f} {unit}"

    def _mistyped(self, word: str) -> str:
        if len(word) < _SHORTEST_MISTYPED:
            return word
        place = self._chance.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1 :]
