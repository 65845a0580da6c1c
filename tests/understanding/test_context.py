from collections.abc import Sequence

import pytest

from models import BrandId, Product
from needs import Constraints, Intent, Superlative, Understood, Vocabulary
from understanding.context import in_context, refined, relative_to
from understanding.reader import read

VOCABULARY = Vocabulary(
    categories=("Sofas", "Chairs", "Headphones", "Laptops"),
    makers=("Halden", "Brisa"),
    attributes={
        "red": ("colour",), "blue": ("colour",), "16gb": ("memory",), "8gb": ("memory",), "27inch": ("screen",),
    },
)  # fmt: skip


def product(price: float) -> Product:
    return Product(id=f"p{price}", brand_id=BrandId("b"), name="Thing", price=price, currency="USD")


def after(*messages: str, suggested: Sequence[Product] = (product(500),)) -> Understood:
    """What the last of these messages means behind the others."""
    earlier: list[Understood] = []
    for text in messages[:-1]:
        earlier.append(read(text, VOCABULARY, has_suggestions=bool(earlier)))
    return in_context(read(messages[-1], VOCABULARY, has_suggestions=bool(earlier)), earlier, suggested)


def test_a_budget_is_replaced_and_not_added() -> None:
    asked = after("a sofa under 1500", "make that under 800").constraints

    assert (asked.price_min, asked.price_max) == (None, 800)
    assert asked.categories == ("Sofas",)
    assert after("a sofa between 500 and 900", "actually up to 1200").constraints.price_min is None


def test_two_limits_on_different_sides_hold_together() -> None:
    asked = after("a sofa under 1500", "over 700").constraints

    assert (asked.price_min, asked.price_max) == (700, 1500)


def test_a_wish_of_turn_three_still_counts_in_turn_ten() -> None:
    asked = after(
        "hi", "do you deliver to Norway?", "a sofa under 1500", "in blue", "thanks", "how heavy is it?",
        "which one is the cheapest?", "not Halden", "what about the second one?", "without leather",
    )  # fmt: skip

    assert asked.constraints.categories == ("Sofas",)
    assert asked.constraints.price_max == 1500
    assert asked.constraints.attributes == {"colour": "blue"}
    assert asked.constraints.excluded_makers == ("Halden",)
    assert asked.constraints.excluded_terms == ("leather",)


def test_a_colour_is_replaced_and_other_attributes_stay() -> None:
    asked = after("a laptop with 16GB memory in red", "in blue").constraints.attributes

    assert asked == {"memory": "16GB", "colour": "blue"}


def test_the_same_measure_is_replaced() -> None:
    assert after("a laptop with 8GB memory", "make it 16GB memory").constraints.attributes == {"memory": "16GB"}


def test_any_colour_takes_the_colour_back() -> None:
    asked = after("a sofa under 900 in red", "any colour").constraints

    assert asked.attributes == {}
    assert asked.price_max == 900


def test_forgetting_the_budget_keeps_the_rest() -> None:
    asked = after("a red sofa under 900", "forget the budget").constraints

    assert asked.price_max is None
    assert asked.categories == ("Sofas",)
    assert asked.attributes == {"colour": "red"}


def test_a_maker_that_is_unwanted_is_no_longer_searched_for() -> None:
    understood = after("a Halden sofa", "actually, not Halden")

    assert understood.constraints.makers == ()
    assert understood.constraints.excluded_makers == ("Halden",)
    assert "halden" not in understood.terms


def test_what_was_unwanted_may_be_wanted_after_all() -> None:
    understood = after("a sofa without leather", "what about leather")

    assert understood.constraints.excluded_terms == ()
    assert "leather" in understood.terms


def test_another_thing_keeps_the_budget_and_nothing_else() -> None:
    understood = after("a laptop with 16GB memory under 900", "no, I meant headphones")

    assert understood.constraints.categories == ("Headphones",)
    assert understood.constraints.price_max == 900
    assert understood.constraints.attributes == {}
    assert "laptop" not in understood.terms


def test_a_new_wish_that_corrects_nothing_has_no_old_budget() -> None:
    assert after("a sofa under 900", "I also need headphones").constraints.price_max is None


def test_starting_over_forgets_everything() -> None:
    assert after("a sofa under 900", "start over").intent is Intent.RESTART
    assert after("a sofa under 900", "start over", "in blue").constraints.price_max is None


def test_cheaper_is_cheaper_than_what_was_suggested() -> None:
    asked = after("a sofa over 200", "cheaper", suggested=(product(700), product(500))).constraints

    assert asked.price_max == pytest.approx(499.99)
    assert asked.price_min == 200


def test_taking_back_what_was_never_wished_for_is_unclear() -> None:
    assert after("hello", "forget the budget").intent is Intent.UNCLEAR


def test_changing_everything_in_two_ways_starts_over_too() -> None:
    assert after("a sofa under 900", "never mind, start over").intent is Intent.RESTART


def test_a_wish_that_an_accessory_answered_is_the_one_that_is_changed() -> None:
    understood = after("a sofa under 900", "a throw for it", "in red")

    assert "throw" in understood.terms
    assert understood.constraints.categories == ()


def test_too_dear_without_a_number_means_cheaper() -> None:
    assert after("a sofa", "that's too expensive", suggested=(product(500),)).constraints.price_max == pytest.approx(
        499.99
    )


def test_cheaper_is_cheaper_in_the_currency_of_what_was_suggested() -> None:
    suggested = [Product(id="p", brand_id=BrandId("b"), name="Lamp", price=449.99, currency="USD")]
    cheaper = Understood(intent=Intent.REFINE, superlative=Superlative.CHEAPEST)
    need = Understood(intent=Intent.PRODUCT, terms=("lamp",), constraints=Constraints(price_max=20, currency="EUR"))
    asked = refined(need, relative_to(suggested, cheaper), stepwise=True).constraints
    assert asked.currency == "USD"
    assert asked.price_max == pytest.approx(449.98)
