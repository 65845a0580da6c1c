"""Which of the suggestions a message names."""

import pytest

from models import BrandId, Product
from understanding.meant import named_in

SUGGESTED = [
    Product(id=name, brand_id=BrandId("b"), name=name, price=1)
    for name in ("Orchard Mattress", "Cloud Hybrid Mattress", "Elm Pocket Mattress")
]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ok the cloud. how deep is it", "Cloud Hybrid Mattress"),
        ("is the elm firm", "Elm Pocket Mattress"),
        ("what about the orchard?", "Orchard Mattress"),
        ("how deep is the cloud hybrid", "Cloud Hybrid Mattress"),
        ("is it softer than the cloud", None),
        ("the mattress", None),
        ("does the cover come off", None),
        ("how deep is it", None),
    ],
)
def test_what_stands_first_in_its_clause_is_named(text: str, named: str | None) -> None:
    found = named_in(text, SUGGESTED)
    assert (found.name if found else None) == named
