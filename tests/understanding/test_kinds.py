"""What goes by a general name too."""

import pytest

from models import BrandId, Product
from needs import Constraints
from understanding.kinds import kinds_of
from understanding.requirements import fulfils


@pytest.mark.parametrize("name", ["nut", "nuts", "feather", "feathers", "dairy", "tree nuts"])
def test_a_general_name_has_its_kinds_however_it_is_written(name: str) -> None:
    assert kinds_of(name)


def test_a_peanut_is_no_tree_nut_and_a_screw_has_no_kinds() -> None:
    assert "peanut" in kinds_of("nuts")
    assert "peanut" not in kinds_of("tree nuts")
    assert kinds_of("screw") == ()


@pytest.mark.parametrize(
    ("unwanted", "description", "fits"),
    [
        ("nuts", "With peanut butter.", False),
        ("nuts", "May contain almonds.", False),
        ("nuts", "Free from peanuts.", True),
        ("feathers", "Filled with goose down.", False),
        ("feathers", "Folds down flat.", True),
        ("meat", "Bovine collagen.", False),
        ("milk", "Whey isolate.", False),
        ("milk", "Pea protein.", True),
    ],
)
def test_who_wants_none_of_it_wants_none_of_its_kinds(unwanted: str, description: str, *, fits: bool) -> None:
    product = Product(id="p", brand_id=BrandId("b"), name="Thing", price=1, description=description)
    assert fulfils(product, Constraints(excluded_terms=(unwanted,)), "USD") is fits


def test_a_specification_and_its_value_are_one_thing_too() -> None:
    product = Product(id="p", brand_id=BrandId("b"), name="Comté", price=1, specifications={"rennet": "animal"})
    assert not fulfils(product, Constraints(excluded_terms=("animal rennet",)), "USD")


def test_oat_milk_is_no_milk() -> None:
    drink = Product(id="p", brand_id=BrandId("b"), name="Oat Milk", price=1)
    assert fulfils(drink, Constraints(excluded_terms=("dairy",)), "USD")
    assert not fulfils(drink, Constraints(excluded_terms=("oat milk",)), "USD")
