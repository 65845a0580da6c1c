"""Records become products: nothing is lost, nothing invented, ids are stable, and what left us comes back as it was."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.assembly import Assembler
from ingestion.columns import is_left_out, mapping_of
from ingestion.own_form import TITLES, csv_header, csv_line
from ingestion.records import Entry, Record, RecordTable, Rejected
from ingestion.titles import tables
from models import ProductDraft

TODAY = date(2026, 11, 25)


def _read(
    *records: Mapping[str, object],
    sections: Sequence[str] = (),
    home: str = "USD",
    fields: Mapping[str, str | None] | None = None,
) -> list[Any]:
    """Products and rejections; the first record is row 2."""
    titles = tuple(records[0])
    mapping = mapping_of(titles, records, fields or {})
    headed = [*sections, *[""] * len(records)]
    rows = [Record(number, one, section) for number, (one, section) in enumerate(zip(records, headed, strict=False), 2)]
    assembler = Assembler(home, TODAY)
    read = []
    for entry in assembler.entries(RecordTable(titles, rows), mapping):
        product = entry if isinstance(entry, Rejected) else assembler.product(entry)
        if not isinstance(product, Rejected):
            ProductDraft.model_validate(product)
        read.append(product)
    return read


def _one(**members: object) -> Any:
    (product,) = _read({"name": "Lamp", "price": "12.50"} | members)
    return product


# --- Prices ---


def test_a_german_price_list_becomes_a_product() -> None:
    record = {
        "Art.-Nr.": "A1", "Bezeichnung": "Lampe", "VK brutto": "1.299,00 EUR", "VK netto": "1.091,60", "EK": "500,00",
        "Lagerbestand": "5", "Hersteller": "Acme", "Merkmale": "hell|warm", "EAN": "4099900000018",
    }  # fmt: skip
    assert _read(record) == [
        {
            "id": "A1", "name": "Lampe", "price": 1299.0, "currency": "EUR", "availability": True,
            "features": ["hell", "warm"],
            "specifications": {
                "VK netto": "1.091,60", "EAN": "4099900000018", "Lagerbestand": "5", "manufacturer": "Acme",
            },
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "price", ["call us", "ab 12 €", "10-20", "-5", -5, True, "12 € / kg", [1, 2], {"min": 3}, float("nan")]
)
def test_a_price_that_cannot_be_read_rejects_the_row_and_is_quoted(price: object) -> None:
    rejected = _one(price=price)
    assert isinstance(rejected, Rejected)
    assert "cannot be read" in rejected.reason
    assert rejected.members is not None
    assert rejected.members["name"] == "Lamp"
    if isinstance(price, str):
        assert f'"{price}"' in rejected.reason


def test_a_row_without_price_or_name_is_rejected() -> None:
    assert [one.reason for one in _read({"name": "Lamp", "price": " "}, {"name": "", "price": 1})] == [
        "no price",
        "no name",
    ]


def test_numbers_stay_and_texts_of_a_column_share_a_decimal_sign() -> None:
    assert [one["price"] for one in _read({"name": "a", "price": 12.99}, {"name": "b", "price": 0})] == [12.99, 0]
    read = _read({"name": "a", "Preis": "12.990"}, {"name": "b", "Preis": "5.50"})
    assert [one["price"] for one in read] == [12.99, 5.5]
    assert [one["price"] for one in _read({"name": "a", "Preis": "12.990"}, {"name": "b", "Preis": "5.000"})] == [
        12990,
        5000,
    ]


def test_the_currency_is_that_of_the_cell_then_the_column_then_the_title() -> None:
    assert _one(price="€ 12", currency="SEK")["currency"] == "EUR"
    assert _one(price="12", currency="kr")["currency"] == "SEK"
    assert _one(price="$12", currency="CAD")["currency"] == "CAD"
    assert _read({"name": "a", "Price (GBP)": "12"})[0]["currency"] == "GBP"
    assert "currency" not in _one(price="$12")
    assert "currency" not in _one(price="12")
    assert _read({"name": "a", "price": "$12"}, home="EUR")[0]["currency"] == "USD"
    assert "the currency" in _one(currency="doubloons").reason


def test_a_sale_price_in_force_is_the_price() -> None:
    product = _one(price="20.00", sale_price="15.00", sale_start="2026-11-01", sale_end="2026-11-30")
    assert product["price"] == 15
    assert product["specifications"] == {
        "regular price": "20.00", "sale_start": "2026-11-01", "sale_end": "2026-11-30",
    }  # fmt: skip


def test_a_sale_price_out_of_its_dates_or_none_is_not() -> None:
    late = _one(price="20.00", sale_price="15.00", sale_end="2026-11-24")
    assert (late["price"], late["specifications"]) == (20, {"sale_price": "15.00", "sale_end": "2026-11-24"})
    unread = _one(price="20.00", sale_price="ask")
    assert (unread["price"], unread["specifications"]) == (20, {"sale_price": "ask"})
    zero = _one(price="20.00", sale_price="0.00")
    assert (zero["price"], "specifications" in zero) == (20, False)


def test_a_sale_price_alone_is_the_price() -> None:
    assert _one(price="", sale_price="15.00")["price"] == 15


def test_a_price_without_tax_says_so() -> None:
    (product,) = _read({"Name": "Lamp", "Preis netto": "100,00 €"})
    assert (product["price"], product["specifications"]) == (100, {"Preis netto": "100,00 €"})


def test_a_purchase_price_is_nowhere() -> None:
    product = _read({"name": "Lamp", "price": "20", "Cost": "7.77", "meta": {"cost": 7.77, "depth": {"Marge": 7.77}}})
    assert "7.77" not in json.dumps(product)
    later = _read({"name": "a", "price": 1}, {"name": "b", "price": 2, "purchase_price": 7.77})
    assert "7.77" not in json.dumps(later)
    listed = _one(specifications="colour: red; cost: 7.77")
    assert listed["specifications"] == {"colour": "red"}


# --- The other members ---


def test_availability_comes_from_words_or_the_stock() -> None:
    assert _one(availability="nicht lieferbar")["availability"] is False
    assert _one(stock="0") == {
        "id": "lamp", "name": "Lamp", "price": 12.5, "availability": False, "specifications": {"stock": "0"},
    }  # fmt: skip
    unread = _one(availability="2-3 Tage", stock="4")
    assert (unread["availability"], unread["specifications"]) == (True, {"availability": "2-3 Tage", "stock": "4"})
    assert "availability" not in _one(availability="ask us")
    assert _one(active="1", stock="0")["availability"] is False


def test_features_are_a_list_however_they_are_written() -> None:
    assert [
        _one(features=text)["features"] for text in (["a", "b"], "a;b", '["a", "b"]', "<ul><li>a</li><li>b</li></ul>")
    ] == [["a", "b"]] * 4
    (product,) = _read({"name": "a", "price": 1, "Bullet 1": "x", "bullet_point1": "a", "bullet_point2": "b"})
    assert product["features"] == ["a", "b"]
    assert _one(features=[{"a": 1}])["specifications"] == {"features": [{"a": 1}]}


def test_a_column_of_specifications_is_spread() -> None:
    assert _one(specifications="memory: 16GB; weight: 1.4 kg")["specifications"] == {
        "memory": "16GB",
        "weight": "1.4 kg",
    }
    assert _one(specifications={"memory": 16, "x": None})["specifications"] == {"memory": 16}
    assert _one(specifications='{"memory": 16}')["specifications"] == {"memory": 16}
    assert _one(specifications=[{"name": "memory", "value": 16}])["specifications"] == {"memory": 16}
    assert _one(specifications="as usual")["specifications"] == {"specifications": "as usual"}


def test_what_fits_no_field_stays_under_its_title() -> None:
    members: dict[str, object] = {
        " Colour \n name": " red ",
        "Weight": 1.5,
        "Set": ["a"],
        "Empty": "",
        "None": None,
        "Safe": "'=1",
    }
    assert _one(**members)["specifications"] == {"Colour name": "red", "Weight": 1.5, "Set": ["a"], "Safe": "=1"}


@pytest.mark.parametrize(
    ("title", "key"),
    [("brand", "brand"), ("BRAND", "BRAND"), ("g:brand", "brand"), ("Vendor", "Vendor"), ("Marke", "manufacturer"),
     ("бренд", "manufacturer"), ("Manufacturer", "Manufacturer"), ("Brand name", "manufacturer")],
)  # fmt: skip
def test_a_maker_is_found_under_a_key_that_search_knows(title: str, key: str) -> None:
    assert _one(**{title: "Acme"})["specifications"] == {key: "Acme"}
    assert _one(**{title: {"@type": "Brand", "name": "Acme"}})["specifications"] == {key: "Acme"}


def test_images_are_one_and_further_ones() -> None:
    product = _one(
        image_url="https://x.example/1.jpg", images=["https://x.example/1.jpg", {"src": "https://x.example/2.jpg"}]
    )
    assert product["image_url"] == "https://x.example/1.jpg"
    assert product["specifications"] == {"images": ["https://x.example/2.jpg"]}
    assert _one(images="https://x.example/1.jpg|https://x.example/2.jpg")["image_url"] == "https://x.example/1.jpg"
    assert _one(image=[{"alt": "none"}])["specifications"] == {"image": [{"alt": "none"}]}


def test_a_thumbnail_stands_behind_the_images() -> None:
    product = _one(thumbnail="https://x.example/t.jpg", images=["https://x.example/1.jpg"])
    assert (product["image_url"], product["specifications"]) == (
        "https://x.example/1.jpg",
        {"images": ["https://x.example/t.jpg"]},
    )


def test_html_becomes_text_and_entities_of_names_are_decoded() -> None:
    product = _one(name="Scarf &amp; Hat", description="<p>Warm.</p><script>x()</script>")
    assert (product["name"], product["description"]) == ("Scarf & Hat", "Warm.")


def test_sections_are_the_category_of_what_has_none() -> None:
    read = _read(
        {"name": "a", "price": 1, "category": ""}, {"name": "b", "price": 1, "category": "Own"}, sections=["S", "S"]
    )
    assert [one["category"] for one in read] == ["S", "Own"]


def test_json_of_other_systems_is_taken_apart() -> None:
    product = _one(
        category=["Home", {"name": "Lamps"}],
        price={"amount": "1,299.00", "currency": "EUR", "note": "incl. VAT"},
    )
    assert (product["category"], product["price"], product["currency"]) == ("Home > Lamps", 1299, "EUR")
    assert product["specifications"] == {"price": {"note": "incl. VAT"}}
    offer = {
        "@type": "Offer",
        "price": "12.00",
        "priceCurrency": "EUR",
        "availability": "https://schema.org/OutOfStock",
    }
    for offers in (offer, [offer]):
        (product,) = _read({"name": "Lamp", "offers": offers})
        assert product == {"id": "lamp", "name": "Lamp", "price": 12, "currency": "EUR", "availability": False}
    assert "cannot be read" in _read({"name": "Lamp", "offers": [offer, offer]})[0].reason
    assert "cannot be read" in _read({"name": "Lamp", "offers": {"lowPrice": 1, "highPrice": 2}})[0].reason


def test_members_that_only_later_records_have_find_their_fields() -> None:
    read = _read({"name": "a", "offers": {"price": 3}}, {"name": "b", "price": 4, "sale_price": 2, "colour": "red"})
    assert [one["price"] for one in read] == [3, 2]
    assert read[1]["specifications"] == {"colour": "red", "regular price": "4"}


def test_the_callers_mapping_holds() -> None:
    (product,) = _read(
        {"Titel": "x", "Was": "Lamp", "Cost": "7"}, fields={"Was": "name", "Cost": "price", "Titel": None}
    )
    assert product == {"id": "lamp", "name": "Lamp", "price": 7}


# --- Ids ---


def test_an_id_is_the_own_one_then_the_article_number_then_the_handle_then_the_name() -> None:
    full = {"id": 7, "sku": "S-1", "handle": "desk-lamp", "GTIN": "409"}
    assert (_one(**full)["id"], _one(**full)["specifications"]) == (
        "7",
        {"GTIN": "409", "sku": "S-1", "handle": "desk-lamp"},
    )
    assert _one(**full | {"id": ""})["id"] == "S-1"
    assert _one(**full | {"id": "", "sku": ""}) == {
        "id": "desk-lamp", "name": "Lamp", "price": 12.5, "specifications": {"GTIN": "409"},
    }  # fmt: skip
    assert _one(id=1001.0)["id"] == "1001"
    assert _one(GTIN="409")["id"] == "lamp"


def test_the_same_id_twice_is_rejected_by_the_row_it_is_the_same_as() -> None:
    read = _read({"id": "a", "name": "x", "price": 1}, {"id": "a", "name": "y", "price": 2})
    assert read[1].reason == "the same id as row 2"


def test_rows_of_one_number_in_two_tables_are_two_rows() -> None:
    assembler = Assembler("USD", TODAY)
    entry = Entry(2, {"id": "a", "name": "x", "price": 1}, {}, {})
    assert not isinstance(assembler.product(entry), Rejected)
    assert isinstance(assembler.product(entry), Rejected)


def test_one_name_twice_gives_two_ids_that_stay_the_same() -> None:
    records: list[Mapping[str, object]] = [{"name": "Tee", "price": 1, "size": size} for size in ("S", "M", "L", "S")]
    first, second = _read(*records), _read(*records)
    assert [one["id"] for one in first[:3]] == [one["id"] for one in second[:3]]
    assert first[0]["id"] == "tee"
    assert all(one["id"].startswith("tee-") and len(one["id"]) == len("tee-123456") for one in first[1:3])
    assert first[3].reason == "the same as row 2"
    dearer = _read(*[{**record, "price": 9} for record in records])
    assert [one["id"] for one in dearer[:3]] == [one["id"] for one in first[:3]]
    prices = _read(*[{"name": "Tee", "price": price} for price in (1, 2, 3, 4)])
    assert len({one["id"] for one in prices}) == 4


# --- Nothing is lost ---

KNOWN = sorted({title for table in tables().values() for listed in table.titles.values() for title in listed})


@given(
    st.lists(st.sampled_from(KNOWN) | st.text("abcdefgh ", min_size=1, max_size=12), unique=True, max_size=15),
    st.sampled_from(["12,50 €", "ask us"]),
)
def test_every_value_ends_in_the_product_or_in_a_rejection(titles: list[str], price: str) -> None:
    record = {"name": "q name"} | {title: f"q{place}z" for place, title in enumerate(titles)} | {"price": price}
    (read,) = _read(record)
    held = json.dumps(read.members if isinstance(read, Rejected) else read, ensure_ascii=False)
    lost = {title for title, value in record.items() if value not in held and not is_left_out(title)}
    assert lost <= ({"price"} if price == "12,50 €" else set())


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(KNOWN) | st.text(max_size=8), JSON_VALUES, max_size=8))
def test_any_record_becomes_a_product_or_says_why_not(record: dict[str, object]) -> None:
    assembler = Assembler("EUR", TODAY)
    mapping = mapping_of(tuple(record), [record], {})
    for entry in assembler.entries(RecordTable(tuple(record), [Record(1, record)]), mapping):
        assert isinstance(entry, Entry)
        read = assembler.product(entry)
        assert isinstance(read, Rejected) or {"id", "name", "price"} <= read.keys()


# --- What left us comes back ---

TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("'=+-@\t\n|;,<>&"),
    max_size=30,
)
PRODUCTS = st.fixed_dictionaries(
    {
        "id": TEXTS.filter(bool),
        "name": TEXTS.filter(bool),
        "description": TEXTS,
        "category": TEXTS,
        "price": st.floats(0, 1e12) | st.sampled_from([12.99, 1299.0, 0.1]),
        "currency": st.none() | st.sampled_from(["EUR", "USD"]),
        "features": st.lists(TEXTS, max_size=4),
        "specifications": st.dictionaries(TEXTS, JSON_VALUES, max_size=4),
        "availability": st.booleans(),
        "url": st.none() | TEXTS.filter(bool),
        "image_url": st.none() | TEXTS.filter(bool),
    }
)


def _whole(product: object) -> dict[str, Any]:
    return ProductDraft.model_validate(product).model_dump()


@given(PRODUCTS)
def test_our_csv_comes_back_exactly(product: dict[str, object]) -> None:
    rows = list(csv.reader(io.StringIO(csv_header() + csv_line(product), newline="")))
    (read,) = _read(dict(zip(rows[0], rows[1], strict=True)))
    assert _whole(read) == _whole(product)


@given(PRODUCTS, st.booleans())
def test_our_json_comes_back_exactly(product: dict[str, object], stamped: bool) -> None:  # noqa: FBT001, hypothesis gives it
    stamps = {"brand_id": "b", "updated_at": "2026-01-01T00:00:00Z"} if stamped else {}
    (read,) = _read({**product, **stamps})
    assert _whole(read) == _whole(product)


def test_what_somebody_changed_by_hand_in_our_csv_is_read_as_it_is_meant() -> None:
    cells = dict.fromkeys(TITLES, "") | {
        "id": " a ", "name": "'=Lamp", "price": "1.299,00 EUR", "features": "bright; warm", "availability": "nein",
        "specifications": "colour: red", "currency": "euro",
    }  # fmt: skip
    assert _read(cells) == [
        {
            "id": " a ", "name": "=Lamp", "price": 1299, "features": ["bright", "warm"], "availability": False,
            "specifications": {"colour": "red"}, "currency": "EUR",
        }
    ]  # fmt: skip
    assert _read(cells | {"price": "ask"})[0].reason == 'the price "ask" cannot be read'


def test_html_in_json_of_others_becomes_text() -> None:
    assert _one(description="<p>Warm</p>", features=["a"])["description"] == "Warm"
