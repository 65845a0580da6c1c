from typing import Any

import pytest

from models import BrandId, Product
from needs import Superlative, Vocabulary
from understanding.orders import Ranked, are_opposite, figure_and_kind, figure_asked, figure_of, in_order, ranked
from understanding.reader import read


def thing(name: str, price: float = 1, **specifications: Any) -> Product:
    return Product(id=name, brand_id=BrandId("b"), name=name, price=price, specifications=specifications)


def order(superlative: Superlative, *products: Product) -> list[str]:
    return [product.name for product in in_order(products, lambda product: product, superlative)]


@pytest.mark.parametrize(
    ("message", "superlative"),
    [
        ("the lightest laptop", Superlative.LIGHTEST),
        ("the biggest monitor", Superlative.LARGEST),
        ("a smaller bag", Superlative.SMALLEST),
        ("the laptop with the longest battery life", Superlative.LONGEST_LASTING),
        ("which has the most memory", Superlative.MOST_MEMORY),
        ("the largest SSD", Superlative.MOST_STORAGE),
        ("the brightest lamp", Superlative.BRIGHTEST),
        ("the most powerful drill", Superlative.MOST_POWERFUL),
        ("the thinnest phone", Superlative.THINNEST),
        ("show me the newest phones", Superlative.NEWEST),
        ("your tallest plant", Superlative.TALLEST),
        ("the longest rope", Superlative.LONGEST),
        ("your shortest game", Superlative.SHORTEST),
        ("the best laptop", None),
        ("a powerful laptop", None),
    ],
)
def test_an_order_is_read(message: str, superlative: Superlative | None) -> None:
    assert read(message, Vocabulary(), has_suggestions=False).superlative is superlative


def test_products_are_ordered_by_their_numbers_whatever_the_unit() -> None:
    things = (thing("a", storage="512GB"), thing("b", storage="2 TB"), thing("c"), thing("d", storage="1TB"))

    assert order(Superlative.MOST_STORAGE, *things) == ["b", "d", "a", "c"]


def test_numbers_of_different_kinds_are_not_compared() -> None:
    things = (thing("a", battery="5000 mAh"), thing("b", battery="9 hours"), thing("c", battery="4000 mAh"))

    assert order(Superlative.LONGEST_LASTING, *things) == ["a", "c", "b"]


def test_the_newest_has_the_latest_year() -> None:
    things = (thing("a", year=2021), thing("b", released="2024-03"), thing("c", year="2023"))

    assert order(Superlative.NEWEST, *things) == ["b", "c", "a"]


def test_the_specification_that_says_most_is_looked_at_first() -> None:
    number = ranked(thing("a", width="70 cm", screen_size="27 inch"), Superlative.LARGEST)

    assert number is not None
    assert number.text == "27 inch"


def test_without_numbers_the_order_stays() -> None:
    assert order(Superlative.BRIGHTEST, thing("b"), thing("a")) == ["b", "a"]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("which has more protein?", ("protein", True)),
        ("which one has the least sugar", ("sugar", False)),
        ("which of them has the highest resolution", ("resolution", True)),
        ("which is cheaper", None),
        ("what about one with more memory", None),
        ("lowest drop you have", ("drop", False)),
        ("higher spf?", ("spf", True)),
        ("ok, the most cold cranking amps", ("cold cranking amps", True)),
        ("do you have more colours", None),
    ],
)
def test_a_figure_that_suggestions_are_compared_by_is_read(question: str, asked: tuple[str, bool] | None) -> None:
    assert figure_asked(question) == asked


def test_a_figure_is_the_number_of_the_one_specification_that_is_called_so() -> None:
    food = thing("a", protein="28 %", weight="2 kg", range_from="10", range_to="20", note="about 5 of 10")
    assert figure_of(food, "protein") == Ranked(28.0, "%", "28 %")
    assert figure_of(food, "range") is None
    assert figure_of(food, "note") is None
    assert figure_of(food, "sugar") is None


def test_the_shortest_game_is_that_of_the_least_time() -> None:
    long, short = thing("Long", playing_time="180 minutes"), thing("Short", playing_time="15 minutes")

    assert order(Superlative.SHORTEST, long, short) == ["Short", "Long"]
    assert order(Superlative.LONGEST, short, long) == ["Long", "Short"]


def test_orders_are_opposite_when_they_go_by_the_same_number() -> None:
    assert are_opposite(Superlative.CHEAPEST, Superlative.DEAREST)
    assert are_opposite(Superlative.SHORTEST, Superlative.LONGEST)
    assert not are_opposite(Superlative.CHEAPEST, Superlative.CHEAPEST)
    assert not are_opposite(Superlative.CHEAPEST, Superlative.LIGHTEST)


def test_a_figure_may_be_named_with_its_kind() -> None:
    assert figure_asked("whats lowest cal then") == ("calories", False)
    assert list(figure_and_kind("calorie protein")) == [("calorie protein", ""), ("calorie", "protein")]
