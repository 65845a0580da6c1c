"""What a product says that it fits."""

import pytest

from models import BrandId, Product
from understanding.compatibility import fitting


def case(id_: str, fits: str | None) -> Product:
    specifications = {} if fits is None else {"compatible with": fits}
    return Product(id=id_, brand_id=BrandId("b"), name="Case", price=1, specifications=specifications)


CASES = [
    case("15", "iPhone 15"),
    case("15 pro", "iPhone 15 Pro"),
    case("both", "iPhone 14, iPhone 15"),
    case("s24", "Samsung Galaxy S24"),
    case("later", "iPhone 12 and later"),
    case("silent", None),
]


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("need a case for my iphone 15", ["15", "both", "later", "silent"]),
        ("case 4 iphone 15 pro", ["15 pro", "later", "silent"]),
        ("a case for a galaxy s24?", ["s24", "later", "silent"]),
        ("iphone 15 plus case", ["15", "15 pro", "both", "s24", "later", "silent"]),
        ("a case", ["15", "15 pro", "both", "s24", "later", "silent"]),
    ],
)
def test_what_lists_another_model_does_not_fit(question: str, ids: list[str]) -> None:
    assert [product.id for product in fitting(CASES, question)] == ids
