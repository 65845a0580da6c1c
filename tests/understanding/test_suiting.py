import math
from typing import Any

import pytest

from models import BrandId, Product
from understanding.coverage import product_stems
from understanding.suiting import Kind, Suit, denied_to_child, fit_of, is_for_children, of_child, suit_in, suits


def thing(**specifications: Any) -> Product:
    return Product(id="p", brand_id=BrandId("b"), name="Thing", price=1, specifications=specifications)


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("a game for 2 people", Kind.PEOPLE, 2),
        ("for one player", Kind.PEOPLE, 1),
        ("party game for 8", Kind.PEOPLE, 8),
        ("we are 4 ppl", Kind.PEOPLE, 4),
        ("isles of trade with 5 players", Kind.PEOPLE, 5),
        ("a puzzle for a 4 year old", Kind.AGE, 4),
        ("for kids 6 years old", Kind.AGE, 6),
        ("board game for my son, he is 9", Kind.AGE, 9),
        ("something for my 18 months old", Kind.AGE, 1.5),
        ("tent for 2 adults and 2 kids", Kind.PEOPLE, 4),
    ],
)
def test_for_whom_something_shall_be_is_read(text: str, kind: Kind, number: float) -> None:
    suit = suit_in([text])

    assert suit is not None
    assert (suit.kind, suit.number) == (kind, number)


@pytest.mark.parametrize(
    "text",
    [
        "a whisky, 12 years old",
        "under 40 dollars",
        "for 20 euros",
        "size 9",
        "2 of them",
        "12 year old whisky for my dad",
        "is the 12 year old whisky a good gift?",
        "my bike is 10 years old",
        "my friend's sofa is 12 years old",
        "kids shoes size is 30",
        "whisky for 40",
        "a tent for two people and a sleeping bag for one",
    ],
)
def test_other_numbers_say_nothing_of_it(text: str) -> None:
    assert suit_in([text]) is None


def test_the_latest_message_that_says_so_counts() -> None:
    suit = suit_in(["cheaper", "for 4 people", "a game for 2 people"])

    assert suit is not None
    assert suit.number == 4


@pytest.mark.parametrize(
    ("specifications", "kind", "low", "high"),
    [
        ({"players": "2-4"}, Kind.PEOPLE, 2, 4),
        ({"players": 2}, Kind.PEOPLE, 2, 2),
        ({"players": "3+"}, Kind.PEOPLE, 3, math.inf),
        ({"Number of players": "up to 6"}, Kind.PEOPLE, 0, 6),
        ({"sleeps": 3}, Kind.PEOPLE, 0, 3),
        ({"age": "8+"}, Kind.AGE, 8, math.inf),
        ({"age": "from 4 years"}, Kind.AGE, 4, math.inf),
        ({"recommended age": "3 to 6 years"}, Kind.AGE, 3, 6),
        ({"age": "6-18 months"}, Kind.AGE, 0.5, 1.5),
        ({"age": "birth to 4 years"}, Kind.AGE, 0, 4),
        ({"age": "6 months to 3 years"}, Kind.AGE, 0.5, 3),
        ({"players": "1, 2 or 4"}, Kind.PEOPLE, 1, 4),
        ({"players": "2 (up to 6)"}, Kind.PEOPLE, 2, 6),
        ({"seats": 3}, Kind.PEOPLE, 0, 3),
    ],
)
def test_what_a_product_says_of_it_is_a_range(
    specifications: dict[str, Any], kind: Kind, low: float, high: float
) -> None:
    fit = fit_of(thing(**specifications), kind)

    assert fit is not None
    assert (fit.low, fit.high) == (low, high)


def test_what_a_product_does_not_say_is_not_known() -> None:
    assert fit_of(thing(age="adult", storage="4 GB"), Kind.AGE) is None
    assert fit_of(thing(page=4), Kind.AGE) is None
    assert fit_of(thing(**{"seat height": "45 cm", "weight per person": "90 kg"}), Kind.PEOPLE) is None
    aged = thing().model_copy(update={"description": "Matured from 12 years in oak. A guarantee from 2 years."})
    assert fit_of(aged, Kind.AGE) is None


def test_a_range_suits_what_lies_in_it() -> None:
    suit, fit = suit_in(["for 4 people"]), fit_of(thing(players="2-4"), Kind.PEOPLE)

    assert suit is not None
    assert fit is not None
    assert suits(fit, suit)
    assert not suits(fit, suit._replace(number=5))


def test_a_child_is_served_by_what_says_so() -> None:
    child, adult = suit_in(["for my 7 year old"]), suit_in(["for my dad, he is 70"])

    assert child is not None
    assert adult is not None
    assert of_child(child)
    assert not of_child(adult)
    assert is_for_children(product_stems(thing(size="Kids S")))
    assert not is_for_children(product_stems(thing(size="S")))


def test_ages_may_stand_in_a_sentence() -> None:
    seat = thing().model_copy(update={"description": "Swivels. It serves from birth to four years."})
    tent = thing().model_copy(
        update={"description": "A coating lasts 2 to 3 years.", "features": ["suitable from 18 months"]}
    )

    assert fit_of(seat, Kind.AGE) == (0, 4, "It serves from birth to four years.")
    assert fit_of(tent, Kind.AGE) == (1.5, math.inf, "suitable from 18 months")
    assert fit_of(seat, Kind.PEOPLE) is None


@pytest.mark.parametrize(
    ("description", "age", "denied"),
    [
        ("Glass beads. For adults of 65 to 90 kg. Not for children.", 8, "Not for children."),
        ("Not suitable for children.", 8, "Not suitable for children."),
        ("Not suitable for children under 3 years.", 8, ""),
        ("Not suitable for children under 36 months.", 2, "Not suitable for children under 36 months."),
        ("For adults and teens.", 8, "For adults and teens."),
        ("For adults and teens.", 12, ""),
        ("Strong. Not for under 18s, not in pregnancy.", 10, "Not for under 18s, not in pregnancy."),
        ("Not intended for use by persons under 18.", 10, "Not intended for use by persons under 18."),
        ("Adults only.", 10, "Adults only."),
        ("18+ months.", 2, ""),
        ("Runs under 3 hours.", 2, ""),
        ("The perfect gift for adults. Also for kids.", 7, ""),
        ("No child will be bored: great fun.", 7, ""),
        ("Keep out of the reach of small hands.", 2, ""),
        ("For children of all ages.", 8, ""),
    ],
)
def test_what_is_not_for_a_child_says_so(description: str, age: float, denied: str) -> None:
    product = Product(id="p", brand_id=BrandId("b"), name="Thing", price=1, description=description)
    assert denied_to_child(product, Suit(Kind.AGE, age, frozenset())) == denied


def test_ages_are_read_of_years_olds() -> None:
    product = Product(id="p", brand_id=BrandId("b"), name="Combo", price=1, description="For 5 to 9 year olds.")
    fit = fit_of(product, Kind.AGE)
    assert fit is not None
    assert (fit.low, fit.high) == (5, 9)
