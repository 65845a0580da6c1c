"""Products in JSON are found wherever a document holds them; what is no product is named, and nothing is invented."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion.json_records import read
from ingestion.records import Limits, Record, Rejected

LAMP = {"id": "1", "name": "Lamp", "price": 5}
DESK = {"id": "2", "name": "Desk", "price": 7.5}


class Reading:
    """What a file gave."""

    def __init__(self, path: Path, content: bytes | object, limits: Limits | None = None) -> None:
        path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
        (table,) = read(path, limits or Limits())
        self.titles = table.titles
        entries = list(table.records)
        self.records = [one for one in entries if isinstance(one, Record)]
        self.rejected = [one for one in entries if isinstance(one, Rejected)]

    @property
    def members(self) -> Sequence[dict[str, object]]:
        return [dict(one.members) for one in self.records]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    "document",
    [
        [LAMP, DESK],
        {"products": [LAMP, DESK], "count": 2},
        {"status": "ok", "data": {"items": [LAMP, DESK]}},
        {"data": {"products": {"edges": [{"node": LAMP}, {"node": DESK}]}}},
        {"data": {"products": {"nodes": [LAMP, DESK]}}},
        {"shop": {"name": "Mine"}, "pages": [{"title": "About"}], "assortment": [LAMP, DESK]},
        {"hits": {"hits": [{"_id": "x", "_source": LAMP}, {"_source": DESK}]}},
        {"name": "My shop", "items": [LAMP, DESK]},
    ],
)
def test_the_list_is_found_wherever_it_is(path: Path, document: object) -> None:
    reading = Reading(path, document)
    assert reading.members == [LAMP, DESK]
    assert [one.number for one in reading.records] == [1, 2]
    assert reading.titles == ("id", "name", "price")
    assert {one.section for one in reading.records} <= {"", "assortment"}


def test_lists_by_category_are_all_read_under_their_names(path: Path) -> None:
    reading = Reading(path, {"lamps": [LAMP], "desks": [DESK], "orders": [{"total": 3}]})
    assert [(one.number, one.section, one.members["id"]) for one in reading.records] == [
        (1, "lamps", "1"),
        (2, "desks", "2"),
    ]


def test_products_within_groups_are_read_under_the_names_of_these(path: Path) -> None:
    groups = [
        {"name": "Light", "products": [LAMP], "groups": [{"name": "Small", "items": [DESK]}]},
        {"category": "Desks", "products": [DESK]},
    ]
    for document in (groups, {"categories": groups}):
        found = [(one.section, one.members["id"]) for one in Reading(path, document).records]
        assert found == [("Light", "1"), ("Light > Small", "2"), ("Desks", "2")]


def test_the_keys_of_an_object_are_ids_when_the_products_have_none(path: Path) -> None:
    unnamed = {"a": {"name": "Lamp", "price": 5}, "b": {"name": "Desk", "price": 7.5}}
    assert [one["id"] for one in Reading(path, unnamed).members] == ["a", "b"]
    assert [one["id"] for one in Reading(path, {"products": unnamed}).members] == ["a", "b"]
    assert [one["id"] for one in Reading(path, {"a": LAMP, "b": DESK}).members] == ["1", "2"]


def test_a_single_product_is_a_list_of_one(path: Path) -> None:
    related = LAMP | {"accessories": [{"name": "Bulb"}]}
    assert Reading(path, related).members == [related]


def test_items_that_are_no_objects_are_named(path: Path) -> None:
    reading = Reading(path, [LAMP, "note", None, [1]])
    assert [one.number for one in reading.rejected] == [2, 3, 4]


@pytest.mark.parametrize(
    "document",
    [
        {"error": {"code": 401, "message": "no"}},
        {"errors": [{"message": "no", "status": 4}]},
        {"debug": True, "servers": [{"host": "a", "port": 1}]},
        {"greeting": "hello"},
        [],
        [1, 2],
        "text",
        3,
        None,
    ],
)
def test_a_document_without_products_is_refused(path: Path, document: object) -> None:
    with pytest.raises(UnreadableFile, match="no list of products"):
        Reading(path, document)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'[{"name": "a",\n "price": 1},\n]', "a comma with nothing behind it at line 3, column 1"),
        (b'[{"name": "a"} // first\n]', "a comment, which JSON does not have, at line 1, column 16"),
        (b"[{'name': 1}]", "single quotation marks"),
        (b'[{"name": "a" "price": 1}]', "a missing comma at line 1"),
        (b'[{"name": "a", "price": 1}, {"na', "breaks off behind line 1"),
        (b'[{"name": "a", "price": 1}', "breaks off behind line 1, column 27"),
        (b"[" * 10_000, "nested too deeply"),
        (b'{"a":' * 10_000, "nested too deeply"),
        (b"[" + b"9" * 10_000 + b"]", "digits"),
    ],
)
def test_broken_json_is_refused_with_the_place(path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        Reading(path, content)


def test_nan_and_infinity_are_no_values(path: Path) -> None:
    reading = Reading(path, b'[{"name": "a", "price": 1, "weight": NaN, "height": -Infinity}]')
    assert reading.members == [{"name": "a", "price": 1}]


def test_of_a_key_that_stands_twice_the_last_counts(path: Path) -> None:
    assert Reading(path, b'[{"name": "a", "price": 1, "price": 2}]').members == [{"name": "a", "price": 2}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_is_found(path: Path, encoding: str) -> None:
    text = '[{"name": "Tisch für Gäste schön", "price": 1}]'
    assert Reading(path, text.encode(encoding)).members[0]["name"] == "Tisch für Gäste schön"


def test_json_lines_are_read_line_by_line_and_broken_ones_named(path: Path) -> None:
    content = b"""{"name": "a", "price": 1}\n\n{"name": "b", "price": \n[1]\r
{"name": "c", "price": NaN}\n{"name": "d", "price": 2}"""
    reading = Reading(path, content)
    assert [(one.number, one.members["name"]) for one in reading.records] == [(1, "a"), (5, "c"), (6, "d")]
    assert [one.number for one in reading.rejected] == [3, 4]


def test_an_item_beyond_a_limit_is_rejected_and_the_rest_read(path: Path) -> None:
    limits = Limits(columns=5, cell_chars=10, depth=5)
    deep: object = 1
    for _ in range(6):
        deep = [deep]
    wide = {str(number): number for number in range(6)}
    reading = Reading(path, [LAMP, LAMP | {"x": "y" * 11}, LAMP | {"x": deep}, wide], limits)
    assert [one.number for one in reading.records] == [1]
    assert [one.reason.split(",")[0] for one in reading.rejected] == [
        "a text of 11 characters",
        "nested deeper than 5 levels",
        "6 members",
    ]


def test_names_addresses_and_amounts_are_taken_out_of_objects(path: Path) -> None:
    item = {
        "name": "Lamp",
        "price": {"amount": "5.00", "currency": "EUR"},
        "brand": {"id": 1, "name": "Acme"},
        "images": [{"src": "https://a/1"}, {"url": "https://a/2"}, "https://a/1"],
        "attributes": [{"name": "Colour", "value": "red"}, {"key": "Sizes", "values": ["S", "M"]}],
        "nothing": None,
        "size": {"height": 2},
    }
    assert Reading(path, [item]).members == [
        {
            "name": "Lamp",
            "price": "5.00",
            "currency": "EUR",
            "brand": "Acme",
            "images": ["https://a/1", "https://a/2"],
            "size": {"height": 2},
            "specifications": {"Colour": "red", "Sizes": ["S", "M"]},
        }
    ]


def test_a_price_one_level_below_is_the_products(path: Path) -> None:
    item = {"name": "Lamp", "pricing": {"price": 5, "currency": "EUR", "tax": 19}}
    expected = {"name": "Lamp", "price": 5, "currency": "EUR", "pricing": {"tax": 19}}
    assert Reading(path, {"data": [item]}).members == [expected]


def test_a_product_of_variants_has_the_lowest_price_that_can_be_had(path: Path) -> None:
    variants = [
        {"size": "S", "price": 4, "stock": 0},
        {"size": "M", "price": 9, "stock": 3, "sku": "m"},
        {"size": "L", "price": 6, "stock": 1},
    ]
    assert Reading(path, [{"name": "Shirt", "variants": variants}]).members == [
        {
            "name": "Shirt",
            "price": 6,
            "availability": True,
            "specifications": {
                "size": "S, M, L",
                "variants": ["S: 4, out of stock", "M: 9, 3 in stock", "L: 6, 1 in stock"],
            },
        }
    ]


def test_a_shopify_product_is_read_as_in_its_csv_export(path: Path) -> None:
    shirt = {
        "id": 7,
        "title": "Shirt",
        "handle": "shirt",
        "body_html": "<p>Nice</p>",
        "vendor": "Acme",
        "product_type": "Shirts",
        "tags": "linen, summer",
        "status": "active",
        "created_at": "2026-01-01",
        "options": [{"name": "Size", "values": ["S", "M"]}],
        "variants": [
            {
                "title": "S",
                "option1": "S",
                "price": "19.00",
                "inventory_quantity": 0,
                "inventory_policy": "deny",
                "sku": "a",
                "grams": 240,
                "weight": 0.24,
                "weight_unit": "kg",
            },
            {
                "title": "M",
                "option1": "M",
                "price": "29.00",
                "compare_at_price": "35.00",
                "inventory_quantity": 12,
                "sku": "b",
                "grams": 250,
                "weight": 0.25,
                "weight_unit": "kg",
            },
        ],
        "images": [{"src": "https://a/1"}, {"src": "https://a/2"}],
    }
    reading = Reading(path, {"products": [shirt, shirt | {"status": "draft"}]})
    assert [(one.number, one.reason) for one in reading.rejected] == [(2, "status is draft: not for sale")]
    assert reading.members == [
        {
            "id": 7,
            "name": "Shirt",
            "description": "Nice",
            "category": "Shirts",
            "price": "29.00",
            "availability": True,
            "images": ["https://a/1", "https://a/2"],
            "specifications": {
                "vendor": "Acme",
                "handle": "shirt",
                "tags": "linen, summer",
                "grams": "240, 250",
                "weight": "0.24, 0.25",
                "weight_unit": "kg",
                "Size": "S, M",
                "variants": ["S: 19.00, out of stock", "M: 29.00, 12 in stock"],
                "sku": "a, b",
                "regular price": "35.00",
            },
        }
    ]


def test_a_product_of_shopifys_graphql_is_read_too(path: Path) -> None:
    node = {
        "id": "gid://shopify/Product/1",
        "title": "Mug",
        "handle": "mug",
        "descriptionHtml": "<p>Blue</p>",
        "variants": {
            "edges": [
                {
                    "node": {
                        "title": "Default Title",
                        "price": {"amount": "5.0", "currencyCode": "EUR"},
                        "availableForSale": True,
                    }
                }
            ]
        },
        "featuredImage": {"url": "https://a/1"},
    }
    (mug,) = Reading(path, {"data": {"products": {"edges": [{"node": node}]}}}).members
    assert (mug["name"], mug["price"], mug["currency"], mug["availability"]) == ("Mug", "5.0", "EUR", True)
    assert mug["specifications"] == {"handle": "mug"}


def test_a_woocommerce_product_costs_what_it_costs_now(path: Path) -> None:
    item = {
        "id": 3,
        "name": "Tea &amp; Pot",
        "slug": "tea",
        "permalink": "https://a/tea",
        "status": "publish",
        "description": "<p>Long</p>",
        "short_description": "<p>Short</p>",
        "sku": "T",
        "price": "8",
        "regular_price": "10",
        "sale_price": "8",
        "stock_status": "onbackorder",
        "weight": "0.2",
        "dimensions": {"length": "1", "width": "", "height": ""},
        "categories": [{"id": 1, "name": "Tea"}, {"id": 2, "name": "Gifts"}],
        "attributes": [{"id": 1, "name": "Origin", "options": ["Uji", "Kyoto"]}],
        "images": [{"src": "https://a/1"}],
        "meta_data": [{"key": "_x", "value": 1}],
        "_links": {},
    }
    assert Reading(path, [item]).members == [
        {
            "id": 3,
            "sku": "T",
            "name": "Tea & Pot",
            "description": "Long",
            "category": "Tea, Gifts",
            "price": "8",
            "availability": False,
            "url": "https://a/tea",
            "images": ["https://a/1"],
            "specifications": {
                "short description": "Short",
                "Origin": "Uji, Kyoto",
                "length": "1",
                "weight": "0.2",
                "regular price": "10",
            },
        }
    ]


def test_prices_of_woocommerces_store_interface_are_in_its_smallest_unit(path: Path) -> None:
    prices = {"price": "1990", "regular_price": "1990", "currency_code": "EUR", "currency_minor_unit": 2}
    (item,) = Reading(path, [{"id": 1, "name": "Tea", "permalink": "x", "prices": prices, "is_in_stock": True}]).members
    assert (item["price"], item["currency"], item["availability"]) == ("19.90", "EUR", True)


def test_linked_data_gives_its_products_alone(path: Path) -> None:
    tent = {
        "@type": "Product",
        "sku": "T2",
        "name": "Tent",
        "brand": {"@type": "Brand", "name": "Fjell"},
        "image": {"@type": "ImageObject", "url": "https://a/1"},
        "additionalProperty": [{"name": "Weight", "value": 2, "unitText": "kg"}],
        "offers": {
            "@type": "AggregateOffer",
            "lowPrice": "30",
            "priceCurrency": "EUR",
            "availability": "https://schema.org/InStock",
        },
    }
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": tent}]}
    for document in (
        {"@context": "https://schema.org", "@graph": [{"@type": "Organization", "name": "F"}, listed]},
        [tent],
    ):
        assert Reading(path, document).members == [
            {
                "sku": "T2",
                "name": "Tent",
                "price": "30",
                "currency": "EUR",
                "availability": True,
                "images": ["https://a/1"],
                "specifications": {"brand": "Fjell", "Weight": "2 kg"},
            }
        ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "price", "variants", "products", "offers", "@type", "edges", "node", "images"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(VALUES)
def test_any_document_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, document: object) -> None:
    path = tmp_path_factory.mktemp("json") / "file"
    with suppress(UnreadableFile):
        Reading(path, document)
