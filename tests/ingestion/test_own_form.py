"""A catalogue that leaves as CSV, JSON or JSON Lines comes back as it was, whatever is in it."""

import csv
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.own_form import TITLES, cell_text, csv_header, csv_line, harmless_cell
from ingestion.reading import ReadProduct, read_products
from models import BrandId, Product, ProductDraft

TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cc")),
        st.sampled_from("\n\r\t'\"=+-@;,|0123456789.€$<>&#[]{}:"),
    ),
    max_size=30,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
PRODUCTS = st.builds(
    Product,
    id=TEXT.filter(bool),
    name=TEXT.filter(bool),
    description=TEXT,
    category=TEXT,
    price=st.floats(0, 1e12),
    features=st.lists(TEXT, max_size=4),
    specifications=st.dictionaries(TEXT, JSON, max_size=4),
    availability=st.booleans(),
    currency=st.none() | st.sampled_from(["EUR", "USD", "IDR"]),
    url=st.none() | TEXT,
    image_url=st.none() | TEXT,
    brand_id=st.just(BrandId("shop")),
)
CATALOGUES = st.lists(PRODUCTS, min_size=1, max_size=4, unique_by=lambda product: product.id)


def came_back(content: str, expected: Sequence[Product]) -> None:
    """Assert that a file holds exactly these products."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content.encode())
        read = list(read_products(path))
    assert all(isinstance(one, ReadProduct) for one in read), read
    drafts = [ProductDraft.model_validate(one.members) for one in read if isinstance(one, ReadProduct)]
    assert drafts == [ProductDraft.model_validate(product.model_dump()) for product in expected]


@settings(max_examples=200, deadline=None)
@given(CATALOGUES)
def test_a_catalogue_survives_csv(catalogue: list[Product]) -> None:
    came_back(csv_header() + "".join(csv_line(product.model_dump()) for product in catalogue), catalogue)


def test_a_text_of_blanks_alone_survives_csv() -> None:
    blank = Product(name=" ", price=1, id="1", description="\t", category="  ", image_url=" ", brand_id=BrandId("shop"))
    came_back(csv_header() + csv_line(blank.model_dump()), [blank])


@settings(max_examples=200, deadline=None)
@given(CATALOGUES, st.booleans())
def test_a_catalogue_survives_json(catalogue: list[Product], lines: bool) -> None:  # noqa: FBT001, drawn
    objects = [{title: product.model_dump()[title] for title in TITLES} for product in catalogue]
    if lines:
        came_back("".join(orjson.dumps(one).decode() + "\n" for one in objects), catalogue)
    else:
        came_back(orjson.dumps(objects).decode(), catalogue)


@given(TEXT)
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str) -> None:
    cell = harmless_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell_text(cell) == text


@pytest.mark.parametrize("price", ["1299.5", "1.299,50 €", "$1,299.50"])
def test_a_price_that_somebody_edited_by_hand_is_read_too(price: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow(["1", "Lamp", "", "", price, "", "[]", "{}", "true", "", ""])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_text(csv_header() + out.getvalue(), encoding="utf-8")
        (product,) = read_products(path)
    assert isinstance(product, ReadProduct)
    assert product.members["price"] == 1299.5
