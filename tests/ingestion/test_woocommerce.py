"""A WooCommerce export in any language becomes products with their variations in them."""

import csv
import io
from collections.abc import Sequence

import pytest
import yaml

from ingestion import woocommerce
from ingestion.records import Entry, Record, Rejected

ENGLISH = """\
ID,Type,SKU,Name,Published,Short description,Description,Date sale price starts,Date sale price ends,In stock?,Stock,\
Weight (kg),Sale price,Regular price,Categories,Tags,Images,Parent,Grouped products,External URL,Brands,\
Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Tax class"""
TABLES = yaml.safe_load(woocommerce._TITLES.read_text(encoding="utf-8"))


def entries(*rows: dict[str, str]) -> list[Entry | Rejected]:
    whole = [dict.fromkeys(ENGLISH.split(","), "") | row for row in rows]
    return list(woocommerce.entries(Record(number, row) for number, row in enumerate(whole, 2)))


def entry(*rows: dict[str, str]) -> Entry:
    (one,) = entries(*rows)
    assert isinstance(one, Entry)
    return one


def row(**cells: str) -> dict[str, str]:
    return {"Published": "1", "Type": "simple", "Name": "Tea"} | {
        title.replace("_", " "): cell for title, cell in cells.items()
    }


def titles_of(language: str) -> Sequence[str]:
    table = TABLES["en"] | TABLES[language]
    return [titles[0].replace("{n}", "1") for titles in table.values()]


@pytest.mark.parametrize("language", sorted(TABLES))
def test_an_export_is_known_in_each_language(language: str) -> None:
    titles = titles_of(language)
    assert woocommerce.matches(titles)
    fields = woocommerce.mapping(titles)
    table = TABLES["en"] | TABLES[language]
    assert fields[table["name"][0]] == "name"
    assert fields[table["regular_price"][0]] == "price"
    assert fields[table["categories"][0]] == "category"


def test_no_title_means_two_things() -> None:
    meanings: dict[str, set[str]] = {}
    for table in TABLES.values():
        for key, titles in table.items():
            for title in titles:
                meanings.setdefault(title.casefold(), set()).add(key)
    assert {title: keys for title, keys in meanings.items() if len(keys) > 1} == {}


@pytest.mark.parametrize(
    "titles", [["Name", "Price"], ["Type", "Name", "Description", "SKU"], ["ID", "Type", "Name", "Parent"], []]
)
def test_other_tables_are_no_such_export(titles: list[str]) -> None:
    assert not woocommerce.matches(titles)


def test_a_simple_product_goes_to_its_fields_and_the_rest_to_specifications() -> None:
    one = entry(
        row(
            ID="7",
            SKU="T-1",
            Short_description="<p>Short</p>",
            Description="<p>Long</p>\\n<ul>\\n<li>a</li>\\n</ul>",
            Categories="A > B, C\\, D",
            Tags="x, y",
            Images="https://a/1, https://a/2",
            Brands="Acme",
            Stock="5",
            **{"In stock?": "1", "Weight (kg)": "1.5"},
        )
        | {"Regular price": "10", "Sale price": "8", "Attribute 1 name": "Origin", "Attribute 1 value(s)": "Uji, Kyoto"}
        | {"Attribute 1 visible": "1"}
    )
    assert one.fields == {
        "id": "7",
        "sku": "T-1",
        "name": "Tea",
        "description": "Long\n- a",
        "category": "A > B, C, D",
        "image_url": "https://a/1",
        "maker": "Acme",
        "price": "10",
        "sale_price": "8",
        "availability": True,
    }
    assert one.specifications == {
        "Origin": "Uji, Kyoto",
        "Stock": "5",
        "Weight (kg)": "1.5",
        "Tags": "x, y",
        "Short description": "Short",
        "images": ["https://a/2"],
    }
    assert (one.titles["price"], one.titles["sku"], one.titles["maker"]) == ("Regular price", "SKU", "Brands")


def test_variations_become_one_product_at_the_lowest_price_that_can_be_had() -> None:
    size = {"Attribute 1 name": "Size"}
    one = entry(
        row(ID="1", SKU="P", Type="variable", Name="Shirt") | size | {"Attribute 1 value(s)": "S, M, L"},
        row(Type="variation", SKU="P-S", Parent="P", **{"In stock?": "0"})
        | size
        | {"Attribute 1 value(s)": "S", "Regular price": "5", "Tax class": "parent"},
        row(Type="variation", SKU="P-M", Parent="id:1", Stock="3", **{"In stock?": "1"})
        | size
        | {"Attribute 1 value(s)": "M", "Regular price": "9", "Sale price": "7"},
        row(Type="variation", Parent="P", **{"In stock?": "1"})
        | size
        | {"Attribute 1 value(s)": "L", "Regular price": "8", "Sale price": "6", "Date sale price ends": "2020-01-01"},
    )
    assert one.number == 2
    assert (one.fields["price"], one.fields["sale_price"], one.fields["availability"]) == ("9", "7", True)
    assert one.specifications == {
        "Size": "S, M, L",
        "variants": ["S: 5, out of stock", "M: 7, 3 in stock", "L: 8, 6 until 2020-01-01"],
        "Variant SKU": "P-S, P-M",
    }


def test_what_is_not_published_and_variations_without_a_product_are_named() -> None:
    found = entries(
        row(ID="1", Published="-1"),
        row(ID="2", Published="0"),
        row(ID="3", Type="variation", Parent="id:99"),
        row(ID="4", Type="variation", Parent="id:1", Published="0"),
    )
    assert sorted((one.number, one.reason) for one in found if isinstance(one, Rejected)) == [
        (2, "status is draft: not for sale"),
        (3, "status is private: not for sale"),
        (4, "its product 'id:99' is not in the file"),
        (5, "status is private: not for sale"),
    ]


def test_a_group_costs_what_its_cheapest_part_costs() -> None:
    first, _, _ = entries(
        row(ID="1", Type="grouped", Name="Set", **{"Grouped products": "A, id:3"}),
        row(ID="2", SKU="A", **{"Regular price": "9"}),
        row(ID="3", SKU="B", **{"Regular price": "4"}),
    )
    assert isinstance(first, Entry)
    assert first.fields["price"] == "4"
    assert first.specifications == {"Grouped products": "A, id:3"}


def test_an_external_product_has_its_address_and_kind() -> None:
    one = entry(row(Type="external, virtual", **{"External URL": "https://b/1", "Regular price": "1"}))
    assert one.fields["url"] == "https://b/1"
    assert one.specifications == {"Type": "external, virtual"}


def test_backorders_are_not_available() -> None:
    assert entry(row(**{"In stock?": "backorder"})).fields["availability"] is False


def test_russian_rows_are_read_alike() -> None:
    text = """ID,Тип,Имя,Опубликован,Наличие,Базовая цена,Имя атрибута 1,Значения атрибутов 1
1,simple,Чай,1,1,"9,50",Размер,1 кг"""
    (record,) = [Record(2, dict(one)) for one in csv.DictReader(io.StringIO(text))]
    assert woocommerce.matches(list(record.members))
    (one,) = woocommerce.entries([record])
    assert isinstance(one, Entry)
    assert one.fields == {"id": "1", "name": "Чай", "price": "9,50", "availability": True}
    assert one.specifications == {"Размер": "1 кг"}


def test_what_was_rejected_before_stays_rejected() -> None:
    assert list(woocommerce.entries([Rejected(3, "too many cells")])) == [Rejected(3, "too many cells")]
