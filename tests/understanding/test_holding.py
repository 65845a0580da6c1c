"""What a product may have of that which must not be in it."""

from typing import Any

import pytest

from models import Product
from understanding.holding import is_of_several, may_hold


def thing(**members: Any) -> Product:
    given = {"id": "t", "brand_id": "b", "name": "Thing", "category": "Tea", "price": 1, **members}
    return Product.model_validate(given)


@pytest.mark.parametrize(
    ("members", "term"),
    [
        ({"description": "May contain nuts."}, "almonds"),
        ({"description": "With ground almonds."}, "nuts"),
        ({"description": "May contain peanuts and tree nuts."}, "tree nuts"),
        ({"description": "Whole milk powder."}, "lactose"),
        ({"specifications": {"caffeine per cup": "N/A"}}, "caffeine"),
        ({"description": "Don't use on people allergic to acrylates."}, "acrylates"),
        ({"description": "Not for people allergic to latex or wool."}, "wool"),
        ({"description": "Oats, baked nearby: not for coeliacs."}, "gluten"),
        ({"category": "Bundles", "description": "A curry night for four."}, "celery"),
        ({"name": "Mixed Box, 12"}, "milk"),
    ],
)
def test_it_may_hold_it(members: dict[str, Any], term: str) -> None:
    assert may_hold(thing(**members), (term,))


@pytest.mark.parametrize(
    ("members", "term"),
    [
        ({"description": "Green tea."}, "nuts"),
        ({"features": ["caffeine free"], "specifications": {"caffeine": "N/A"}}, "caffeine"),
        ({"description": "Milk that is lactose free."}, "lactose"),
        ({"specifications": {"allergens": "-"}}, "nuts"),
        ({"category": "Bundles", "description": "Two teas, no caffeine."}, "caffeine"),
    ],
)
def test_it_does_not(members: dict[str, Any], term: str) -> None:
    assert not may_hold(thing(**members), (term,))


def test_what_is_made_up_of_several_things() -> None:
    assert is_of_several(thing(name="The Ludlow Hamper"))
    assert not is_of_several(thing(name="A Game of Boxes"))
