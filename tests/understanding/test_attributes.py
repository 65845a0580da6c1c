from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import BrandId, Product
from needs import Constraints
from understanding.attributes import MAX_ATTRIBUTES, attributes_of, gone_in, is_gone
from understanding.facts import facts_of
from understanding.measures import measures_in
from understanding.requirements import demands_of, fulfils


def pairs(specifications: dict[str, Any], features: tuple[str, ...] = (), name: str = "") -> set[tuple[str, str]]:
    return {(one.name, one.value) for one in attributes_of(specifications, features, name)}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("16 GB", ["16gb"]),
        ("16384 MB", ["16.384gb"]),
        ("1TB SSD", ["1000gb"]),
        ('68.6 cm (27")', ["686mm", "27inch"]),
        ("27-inch", ["27inch"]),
        ("1,5 kg", ["1500g"]),
        ("1,200 g", ["1200g"]),
        ("up to 10 hours", ["10h"]),
        ("2560x1440, 120 Hz", ["120hz"]),
        ("x200 and 4K", []),
        ("5.0 stars", []),
    ],
)
def test_a_measure_has_one_form_however_it_is_written(text: str, values: list[str]) -> None:
    assert [measure.value for measure in measures_in(text)] == values


def test_in_a_sentence_in_is_a_unit_only_at_its_number() -> None:
    assert [measure.value for measure in measures_in("10 in stock, a 27in screen", spoken=True)] == ["27inch"]


@pytest.mark.parametrize(
    ("specifications", "expected"),
    [
        ({"Memory": "16GB, upgradeable to 64GB"}, {("memory", "16gb")}),
        ({"storage": "128GB, microSD up to 1TB"}, {("storage", "128gb")}),
        ({"weight_kg": 1.2}, {("weight kg", "1200g")}),
        ({"Sizes": ["S", "M", "XL"]}, {("sizes", "s"), ("sizes", "m"), ("sizes", "xl")}),
        ({"shoe size": "EU 42"}, {("shoe size", "42"), ("shoe size", "eu42")}),
        (
            {"sizes": "UK 4 to 5"},
            {("sizes", "4"), ("sizes", "uk4"), ("sizes", "5"), ("sizes", "uk5")},
        ),
        ({"size": "36-38"}, {("size", "36"), ("size", "37"), ("size", "38")}),
        ({"colors": ["teal", "orange (sold out)", "black"]}, {("colors", "teal"), ("colors", "black")}),
        ({"colors": "red, orange (sold out until May), back"}, {("colors", "red")}),
        ({"sizes": "XS, M, XL (S sold out)"}, {("sizes", "xs"), ("sizes", "m"), ("sizes", "xl")}),
        ({"sizes": "S, M (sold out), XL not made"}, {("sizes", "s")}),
        ({"colours": "red, black (black back in June)"}, {("colours", "red")}),
        ({"clothingSize": "Large"}, {("clothing size", "l")}),
        ({"Frame Colour": "Dark Red / grey"}, {("frame colour", "red"), ("frame colour", "gray")}),
        ({"material": "red oak"}, set()),
    ],
)
def test_specifications_give_measures_sizes_and_colours(
    specifications: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert pairs(specifications) == expected


def test_the_name_speaks_only_where_the_specifications_are_silent() -> None:
    assert pairs({}, (), "Red Lamp 5 W") == {("name", "red"), ("name", "5w")}
    assert pairs({"colour": "blue"}, ("8GB of RAM",), "Red Wing 5 W") == {
        ("colour", "blue"), ("name", "5w"), ("features", "8gb"),
    }  # fmt: skip


def test_what_only_sounds_like_a_colour_is_none() -> None:
    assert pairs({}, (), "Green Tea") == set()


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.integers(), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5), st.text(max_size=20), st.text(max_size=12))
def test_any_product_and_any_constraint_can_be_judged(specifications: dict[str, Any], name: str, asked: str) -> None:
    product = Product.model_construct(
        id="p", brand_id=BrandId("b"), name=name, price=1, features=[asked], specifications=specifications
    )
    constraints = Constraints(attributes={name: asked}, excluded_attributes={asked: name}, excluded_terms=(asked,))

    assert len(attributes_of(specifications, [asked], name)) <= MAX_ATTRIBUTES
    assert not any(char.isspace() for fact in facts_of(product) for char in fact)
    demands_of(constraints)
    fulfils(product, constraints, "USD")


def test_a_product_in_another_currency_fulfils_no_limit_on_the_price() -> None:
    product = Product(id="p", brand_id=BrandId("b"), name="P", price=5, currency="EUR")

    assert not fulfils(product, Constraints(price_max=10), "USD")
    assert fulfils(product, Constraints(price_max=10, currency="EUR"), "USD")
    assert fulfils(product, Constraints(price_max=10), "EUR")


def test_what_is_not_there_now_is_told_by_the_specification() -> None:
    specifications = {"colours": "Oak, Walnut (sold out)", "sizes": "S, M", "lengths": ["14 in", "26 in (sold out)"]}
    assert list(gone_in(specifications)) == ["colours: Oak, Walnut (sold out)", "lengths: 14 in, 26 in (sold out)"]
    assert [is_gone("Oak, Walnut (sold out)", one) for one in ("walnut", "oak", "birch", "")] == [
        True,
        False,
        False,
        False,
    ]
