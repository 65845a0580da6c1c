"""Rows of a Shopify export become one product per handle, and nothing of them is lost."""

import csv
import io

from ingestion import shopify
from ingestion.records import Entry, Record, Rejected

CLASSIC = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,\
Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,\
Variant Compare At Price,Image Src,Image Position,SEO Title,Cost per item,Status,Material (product.metafields.custom.m)
"""
NEW = """\
Title,URL handle,Description,Vendor,Type,Published on online store,Status,SKU,Option1 name,Option1 value,Price,\
Compare-at price,Inventory tracker,Inventory quantity,Continue selling when out of stock,Product image URL
"""


def records(text: str) -> list[Record | Rejected]:
    rows = csv.DictReader(io.StringIO(text))
    return [Record(number, dict(row)) for number, row in enumerate(rows, 2)]


def entries(text: str) -> list[Entry | Rejected]:
    return list(shopify.entries(records(text)))


def entry(text: str) -> Entry:
    (one,) = entries(text)
    assert isinstance(one, Entry)
    return one


def test_both_exports_are_known_by_their_columns_and_others_are_not() -> None:
    assert shopify.matches(CLASSIC.strip().split(","))
    assert shopify.matches(NEW.strip().split(","))
    assert not shopify.matches(["Handle", "Title", "Price"])
    assert not shopify.matches(["Title", "Variant Price"])


def test_the_mapping_tells_where_each_column_goes() -> None:
    mapping = shopify.mapping(CLASSIC.strip().split(","))
    assert mapping["Handle"] == "id"
    assert mapping["Variant Price"] == "price"
    assert mapping["SEO Title"] == "specifications"
    assert mapping["Cost per item"] is None


def test_rows_of_one_handle_are_one_product_wherever_they_stand() -> None:
    shirt, mug = entries(
        CLASSIC
        + 'shirt,Shirt,"<p>Nice</p>",Acme,A > Shirts,Tops,"linen, summer",true,Size,S,Color,Red,S-R,shopify,12,deny,'
        "29.00,35.00,https://a/2,2,Seo,9.00,active,Cotton\n"
        "mug,Mug,,Acme,Kitchen > Mugs,,,true,Title,Default Title,,,M,,,deny,5.00,,https://a/m,1,,,active,\n"
        "shirt,,,,,,,,,M,,Red,M-R,shopify,0,deny,19.00,,https://a/1,1,,9.00,,\n"
    )
    assert isinstance(shirt, Entry)
    assert isinstance(mug, Entry)
    assert (shirt.number, mug.number) == (2, 3)
    assert shirt.fields == {
        "id": "shirt",
        "name": "Shirt",
        "description": "Nice",
        "category": "Tops",
        "price": "29.00",
        "availability": True,
        "image_url": "https://a/1",
    }
    assert shirt.specifications == {
        "Vendor": "Acme",
        "Tags": "linen, summer",
        "Product Category": "A > Shirts",
        "Size": "S, M",
        "Color": "Red",
        "variants": ["S / Red: 29.00, 12 in stock", "M / Red: 19.00, out of stock"],
        "Variant SKU": "S-R, M-R",
        "SEO Title": "Seo",
        "Material (product.metafields.custom.m)": "Cotton",
        "regular price": "35.00",
        "images": ["https://a/2"],
    }
    assert mug.fields["category"] == "Kitchen > Mugs"
    assert mug.specifications == {"Vendor": "Acme", "Variant SKU": "M"}


def test_the_new_export_gives_the_same() -> None:
    one = entry(
        NEW
        + "Pot,pot,<p>Clay</p>,Terra,Pots,TRUE,Active,P1,Size,S,18.00,20.00,shopify,0,TRUE,https://a/1\n"
        + ",pot,,,,,,P2,,L,24.00,,shopify,0,FALSE,\n"
    )
    assert (one.fields["price"], one.fields["availability"]) == ("18.00", True)
    assert one.specifications == {
        "Vendor": "Terra",
        "Size": "S, L",
        "variants": ["S: 18.00", "L: 24.00, out of stock"],
        "SKU": "P1, P2",
        "regular price": "20.00",
    }


def test_what_differs_between_variants_is_kept_of_each() -> None:
    grams = CLASSIC.strip() + ",Variant Grams\n"
    row = "shirt,Shirt,,,,,,true,Size,{size},,,,,,,9.00,,,,,,active,,{grams}\n"
    weighed = (("S", 210), ("M", 220), ("L", 220))
    one = entry(grams + "".join(row.format(size=size, grams=weight) for size, weight in weighed))
    assert one.specifications["Variant Grams"] == "210, 220"


def test_what_is_sold_out_keeps_its_lowest_price_and_is_not_available() -> None:
    one = entry(
        NEW + "Pot,pot,,,,TRUE,Active,,Size,S,18.00,,shopify,0,FALSE,\n" + ",pot,,,,,,,,L,9.00,,shopify,-2,FALSE,\n"
    )
    assert (one.fields["price"], one.fields["availability"]) == ("9.00", False)


def test_the_stock_of_a_single_variant_is_kept() -> None:
    one = entry(NEW + "Pot,pot,,,,TRUE,Active,,Title,Default Title,18.00,,shopify,4,FALSE,\n")
    assert one.specifications == {"Inventory quantity": "4"}


def test_drafts_and_what_is_not_published_are_named() -> None:
    found = entries(
        NEW
        + "Old,old,,,,TRUE,Archived,,Title,Default Title,1,,,,,\n"
        + "Wip,wip,,,,TRUE,draft,,Title,Default Title,1,,,,,\n"
        + "Hid,hid,,,,FALSE,Active,,Title,Default Title,1,,,,,\n"
    )
    assert [(one.number, one.reason) for one in found if isinstance(one, Rejected)] == [
        (2, "status is archived: not for sale"),
        (3, "status is draft: not for sale"),
        (4, "not published: not for sale"),
    ]


def test_rows_without_a_handle_are_products_of_their_own() -> None:
    found = entries(NEW + "A,,,,,,,,,,1,,,,,\nB,,,,,,,,,,2,,,,,\n,,,,,,,,,,,,,,,\n")
    assert [one.fields for one in found if isinstance(one, Entry)] == [
        {"name": "A", "price": "1", "availability": True},
        {"name": "B", "price": "2", "availability": True},
    ]


def test_what_was_rejected_before_stays_rejected() -> None:
    assert list(shopify.entries([Rejected(3, "too many cells")])) == [Rejected(3, "too many cells")]
