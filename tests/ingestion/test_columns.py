"""Titles of columns find their fields, in seven languages; what nobody may be told is left out, the rest is kept."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from errors import InvalidInput
from ingestion import titles as language_tables
from ingestion.columns import Field, currency_in, field_of, is_left_out, is_net, is_private, mapping_of
from ingestion.titles import LANGUAGES, folded_spellings, phrases, tables

FOLDER = Path(language_tables.__file__).parent
LISTED = [
    (language, Field(field), title)
    for language, table in tables().items()
    for field, listed in table.titles.items()
    for title in listed
]


def _mapped(titles: str, *records: Mapping[str, object]) -> Mapping[str, str | None]:
    return mapping_of([title.strip() for title in titles.split("|")], records, {})


# --- The tables ---


def test_no_title_of_any_language_means_two_fields_or_is_private_too() -> None:
    meanings: dict[str, set[str]] = defaultdict(set)
    for table in tables().values():
        for part in (table.titles, table.otherwise):
            for field, listed in part.items():
                for phrase in (phrase for title in listed for phrase in folded_spellings(title)):
                    meanings[phrase].add(field)
        for phrase in (phrase for title in table.private for phrase in folded_spellings(title)):
            meanings[phrase].add("private")
    assert {phrase: fields for phrase, fields in meanings.items() if len(fields) > 1} == {}


def test_every_listed_title_is_found_and_none_of_the_doubtful_ones() -> None:
    assert [(*one, field_of(one[2])) for one in LISTED if field_of(one[2]) is not one[1]] == []
    doubtful = [title for table in tables().values() for listed in table.otherwise.values() for title in listed]
    assert [title for title in doubtful if field_of(title) is not None] == []
    assert [title for table in tables().values() for title in table.private if not is_private(title)] == []


def test_no_state_is_both_available_and_not() -> None:
    assert phrases("available").keys() & phrases("unavailable").keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_file_holds_texts_in_known_parts_and_every_part_of_english(language: str) -> None:
    written = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    english = yaml.safe_load((FOLDER / "en.yaml").read_text(encoding="utf-8"))
    assert written.keys() == english.keys()
    for part, listed in written.items():
        lists = listed.values() if part in {"titles", "otherwise"} else [listed]
        assert all(isinstance(text, str) and text.strip() for one in lists for text in one), part
    assert set(written["titles"]) == {str(field) for field in Field}


@given(st.sampled_from(LISTED), st.sampled_from([str.upper, str.title, str]), st.sampled_from(["_", " ", "-", ". "]))
def test_case_and_punctuation_make_no_difference(listed: tuple[str, Field, str], spelled: object, between: str) -> None:
    assert callable(spelled)
    title = spelled(listed[2]).replace(" ", between)
    assert field_of(f" {title}* ") is listed[1]


# --- What titles mean ---


@pytest.mark.parametrize(
    ("titles", "field"),
    [
        (
            "Price (EUR)|Preis in €|Price, USD|Price*|unit_price|UnitPrice|Retail Price|RRP|MSRP|UVP|prix TTC|PVP",
            "price",
        ),
        (
            "VK brutto|Preis inkl. MwSt.|Preis inkl. 19 % MwSt.|Price (incl. VAT)|Цена, ₽|Harga (Rp)|Pris (kr)",
            "price",
        ),
        ("Price (US$)|precio|harga|цена|pris|g:price|price_amount|Price £|Prix TTC (€)", "price"),
        (
            "Artikelnummer|Art.-Nr.|référence|referencia|артикул|Item #|Product Code/SKU|artikelnummer|kode produk",
            "sku",
        ),
        ("Bezeichnung|désignation|nombre|nama produk|наименование|benämning|product|item|title|Artikel", "name"),
        ("Lagerbestand|existencias|stok|Lagersaldo|Current Stock Level|Qty.|остаток|quantité", "stock"),
        ("Verfügbarkeit|Verfuegbarkeit|disponibilidad|наличие|availability|is_in_stock|Lagerstatus", "availability"),
        ("Bild-URL|image_link|imageUrl|Image Src|gambar|Image 2|Product Image URL - 1|IMAGE1|изображение", "image_url"),
        ("Hersteller|marque|marca|merek|бренд|märke|g:brand|Vendor|Manufacturer", "maker"),
        ("bullet_point1|Features|Merkmale|características", "features"),
        ("sale_price|Angebotspreis|precio rebajado|special_price|reapris|акционная цена", "sale_price"),
        ("additional_image_link|Weitere Bilder|Gallery", "images"),
        ("link|permalink|Produktlink|lien|tautan|ссылка", "url"),
        ("product_type|google_product_category|Kategorie|categoría|категория|kategori", "category"),
    ],
)
def test_what_real_shops_write_above_their_columns_is_understood(titles: str, field: str) -> None:
    found = {title: field_of(title) for title in titles.split("|")}
    assert {title: one for title, one in found.items() if one != field} == {}


@pytest.mark.parametrize(
    "title",
    ["priced", "nameplate", "Price per kg", "Shipping price", "Net price", "Type", "Model", "Status", "", "€",
     "x" * 999, "GTIN", "EAN", "Weight", "Prices and names", "Currency converter", "Description (€)",
     "Preis netto", "Prix HT"],
)  # fmt: skip
def test_what_is_not_surely_a_field_is_none(title: str) -> None:
    assert field_of(title) is None


@pytest.mark.parametrize(
    "title",
    ["Cost", "Cost (EUR)", "cost_price", "Cost per item", "Default Cost", "EK", "EK netto", "Einkaufspreis (€)",
     "Purchase price", "Wholesale Price", "Supplier price", "Margin %", "Marge", "prix d'achat HT", "Precio de coste",
     "harga beli", "Закупочная цена", "inköpspris", "Internal notes", "cost_of_goods_sold", "Meta: _purchase_price",
     "Unsere Marge", "Default Unit Cost", "себестоимость", "baseprice_EK cost price"],
)  # fmt: skip
def test_what_no_customer_may_be_told_is_private(title: str) -> None:
    assert (is_private(title), is_left_out(title), field_of(title)) == (True, True, None)


@pytest.mark.parametrize(
    "title", ["Shipping cost", "Page margins", "Low cost label", "Notes", "Supplier", "Pflegehinweis"]
)
def test_what_only_sounds_like_it_is_not(title: str) -> None:
    assert not is_private(title)


def test_the_currency_of_a_title_is_read_and_a_shared_sign_is_the_brands_own() -> None:
    read = {
        title: currency_in(title, "CAD") for title in ("Price (EUR)", "Preis in €", "Price $", "Price US$", "Price")
    }
    assert read == {"Price (EUR)": "EUR", "Preis in €": "EUR", "Price $": None, "Price US$": "USD", "Price": None}
    assert currency_in("Price $", "EUR") == "USD"
    assert currency_in("Price EUR/USD", "EUR") is None


def test_a_price_without_tax_is_known_as_such() -> None:
    assert [is_net(title) for title in ("Preis netto", "Prix HT", "Price ex VAT", "Preis", "Preis brutto")] == [
        True, True, True, False, False,
    ]  # fmt: skip


# --- Whole tables ---


def test_the_better_of_two_columns_has_the_field_and_the_other_is_a_specification() -> None:
    assert _mapped("Short description|Name|Description|Price|RRP") == {
        "Short description": "specifications",
        "Name": "name",
        "Description": "description",
        "Price": "price",
        "RRP": "specifications",
    }


def test_the_price_with_tax_is_the_price_in_any_order() -> None:
    for titles in (
        "Preis netto|Preis brutto",
        "Preis|Preis inkl. MwSt.",
        "Prix HT|Prix TTC",
        "Price ex VAT|Price inc VAT",
    ):
        first, second = titles.split("|")
        assert _mapped(titles) == {first: "specifications", second: "price"}
        assert _mapped(f"{second}|{first}") == {first: "specifications", second: "price"}
    assert _mapped("Name|Preis netto")["Preis netto"] == "price"


def test_a_purchase_price_never_becomes_the_price() -> None:
    records = [{"Name": "Lamp", "Cost": "€ 12"}]
    assert _mapped("Name|Cost", *records) == {"Name": "name", "Cost": None}


def test_type_is_the_category_and_model_the_name_only_when_nothing_better_is_there() -> None:
    assert _mapped("Model|Type|Price") == {"Model": "name", "Type": "category", "Price": "price"}
    assert _mapped("Name|Model|Type|Category")["Type"] == "specifications"


def test_one_column_of_money_is_the_price_when_no_other_is() -> None:
    records = [{"Name": "Lamp", "2026": "€ 12", "Versand": "€ 3"}, {"Name": "Rug", "2026": "€ 120", "Versand": "€ 3"}]
    assert _mapped("Name|2026|Versand", *records)["2026"] == "price"
    two = [{"Name": "Lamp", "A": "€ 12", "B": "€ 3"}]
    assert _mapped("Name|A|B", *two) == {"Name": "name", "A": "specifications", "B": "specifications"}
    assert _mapped("Name|Versand", *records)["Versand"] == "specifications"
    assert _mapped("Name|EUR", {"Name": "Lamp", "EUR": "12,50"})["EUR"] == "price"


def test_a_column_of_addresses_of_images_is_the_image() -> None:
    records = [{"Name": "Lamp", "Ansicht": "https://shop.example/a.jpg"}, {"Name": "Rug", "Ansicht": ""}]
    assert _mapped("Name|Ansicht", *records)["Ansicht"] == "image_url"
    assert _mapped("Name|Ansicht", {"Ansicht": "https://shop.example/manual.pdf"})["Ansicht"] == "specifications"


def test_a_price_list_may_call_the_number_item_and_the_name_description() -> None:
    record = {"Item": "LX-100", "Description": "Desk lamp", "Price": "12.00"}
    assert _mapped("Item|Description|Price", record) == {"Item": "sku", "Description": "name", "Price": "price"}
    assert _mapped("Art. No.|Description|Price", record | {"Art. No.": "1"})["Description"] == "name"
    named = {"Item": "Desk lamp", "Description": "Bright.", "Price": "12.00"}
    assert _mapped("Item|Description|Price", named) == {"Item": "name", "Description": "description", "Price": "price"}


def test_a_number_that_only_counts_the_rows_is_no_article_number() -> None:
    assert _mapped("No.|Name", {"No.": "1", "Name": "a"}, {"No.": "2", "Name": "b"})["No."] == "specifications"
    assert _mapped("No.|Name", {"No.": "7001", "Name": "a"}, {"No.": "7002", "Name": "b"})["No."] == "sku"
    assert _mapped("No.|Name", {"No.": "B-1", "Name": "a"}, {"No.": "B-2", "Name": "b"})["No."] == "sku"


def test_availability_in_numbers_is_a_stock() -> None:
    assert _mapped("Name|Availability", {"Availability": "15"}, {"Availability": "0"})["Availability"] == "stock"
    assert _mapped("Name|Availability", {"Availability": "1"}, {"Availability": "0"})["Availability"] == "availability"


def test_several_images_and_features_are_kept_together() -> None:
    assert _mapped("Image 1|Image 2|Bullet point 1|Bullet point 2") == {
        "Image 1": "image_url",
        "Image 2": "images",
        "Bullet point 1": "features",
        "Bullet point 2": "features",
    }


def test_a_product_id_of_a_stated_kind_is_no_id() -> None:
    assert _mapped("seller-sku|product-id|product-id-type")["product-id"] == "specifications"
    assert _mapped("seller-sku|product-id")["product-id"] == "id"


EXPORTS = {
    "Magento": "sku=sku|attribute_set_code=|product_type=|categories=category|name=name|description=description|"
    "short_description=|price=price|special_price=sale_price|special_price_from_date=sale_start|"
    "special_price_to_date=sale_end|url_key=handle|base_image=image_url|additional_images=images|qty=stock|"
    "is_in_stock=availability|cost=-",
    "PrestaShop": "Product ID=id|Active (0/1)=availability|Name *=name|Categories (x,y,z...)=category|"
    "Price tax excluded=|Price tax included=price|Wholesale price=-|Reference #=sku|Supplier reference #=|"
    "Manufacturer=maker|EAN13=|Quantity=stock|Short description=|Description=description|Image URLs (x,y,z...)=images",
    "Shopware": "id=id|product_number=sku|active=availability|stock=stock|name=name|price_net=|price_gross=price",
    "BigCommerce": "Product ID=id|Product Type=|Product Code/SKU=sku|Product Name=name|Brand Name=maker|Price=price|"
    "Cost Price=-|Retail Price=|Sale Price=sale_price|Current Stock Level=stock|Product Availability=availability|"
    "Category=category|Product Image URL - 1=image_url|Product Image URL - 2=images|Product URL=url",
    "Square": "Item Name=name|Variation Name=|SKU=sku|Description=description|Categories=category|Price=price|"
    "Online Sale Price=sale_price|Default Unit Cost=-|GTIN=",
    "Etsy": "TITLE=name|PRICE=price|CURRENCY_CODE=currency|QUANTITY=stock|TAGS=|IMAGE1=image_url|IMAGE2=images|SKU=sku",
    "eBay": "*Title=name|*Description=description|*Category=category|PicURL=image_url|*Quantity=stock|"
    "BuyItNowPrice=price|*StartPrice=|CustomLabel=sku|C:Brand=maker",
    "Amazon": "item_sku=sku|item_name=name|external_product_id=|brand_name=maker|standard_price=price|quantity=stock|"
    "main_image_url=image_url|other_image_url1=images|bullet_point1=features|bullet_point2=features|"
    "sale_price=sale_price|sale_from_date=sale_start|sale_end_date=sale_end|list_price=|currency=currency",
    "Google": "id=id|title=name|link=url|image link=image_url|additional image link=images|availability=availability|"
    "price=price|sale price=sale_price|sale price effective date=sale_start|brand=maker|gtin=|mpn=|"
    "google product category=|product type=category|cost of goods sold=-",
    "Wix": "handleId=handle|name=name|productImageUrl=image_url|collection=category|sku=sku|price=price|"
    "visible=availability|inventory=stock|cost=-",
    "Lightspeed": "System ID=id|UPC=|EAN=|Custom SKU=sku|Item=name|Qty.=stock|Price=price|Brand=maker|MSRP=|"
    "Default Cost=-|Vendor=|Category=category",
    "1C": "Код=|Артикул=sku|Наименование=name|Цена закупочная=-|Цена розничная, ₽=price|Остаток=stock|Группа=category",
    "Tokopedia": "Nama Produk=name|Deskripsi Produk=description|Harga (Rp)=price|Jumlah Stok=stock|"
    "Gambar Produk 1=image_url|Gambar Produk 2=images",
}


@pytest.mark.parametrize("export", EXPORTS)
def test_an_export_of_a_shop_system_finds_its_fields(export: str) -> None:
    pairs = [pair.rsplit("=", 1) for pair in EXPORTS[export].split("|")]
    expected = {title: None if field == "-" else field or "specifications" for title, field in pairs}
    assert mapping_of(list(expected), [], {}) == expected


def test_our_own_stamps_are_left_out() -> None:
    assert _mapped("name|brand_id|created_at|updated_at|Updated_At") == {
        "name": "name", "brand_id": None, "created_at": None, "updated_at": None, "Updated_At": "specifications",
    }  # fmt: skip


def test_what_the_caller_says_holds() -> None:
    given_fields = {"Titel": "description", "Cost": "price", "Name": None, "Farbe": "specifications"}
    assert mapping_of(["Titel", "Name", "Cost", "Farbe", "Price"], [], given_fields) == {
        "Titel": "description", "Name": None, "Cost": "price", "Farbe": "specifications", "Price": "specifications",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given_fields", "named"),
    [({"Nome": "name"}, "Nome"), ({"Name": "colour"}, "colour"), ({"Name": "price", "Price": "price"}, "price")],
)
def test_a_mapping_that_cannot_be_is_refused_by_name(given_fields: dict[str, str | None], named: str) -> None:
    with pytest.raises(InvalidInput, match=named):
        mapping_of(["Name", "Price"], [], given_fields)


@given(st.lists(st.text(max_size=30) | st.sampled_from([title for *_, title in LISTED]), unique=True, max_size=12))
def test_every_column_has_a_place_and_no_field_has_two(titles: list[str]) -> None:
    mapping = mapping_of(titles, [dict.fromkeys(titles, "€ 5")], {})
    assert list(mapping) == titles
    fields = [field for field in mapping.values() if field not in {None, "specifications", "images", "features"}]
    assert len(fields) == len(set(fields))
    assert all(is_left_out(title) for title, field in mapping.items() if field is None)


def test_the_only_stock_of_a_place_is_the_stock() -> None:
    lists = [{"name": "Cup", "price": "5", "inventory_Main_Outlet": "14"}, {"inventory_Main_Outlet": "0"}]
    one = ["name", "price", "inventory_Main_Outlet"]
    assert mapping_of(one, lists, {})["inventory_Main_Outlet"] == "stock"
    both = [members | {"inventory_Airport": "3"} for members in lists]
    assert "stock" not in mapping_of([*one, "inventory_Airport"], both, {}).values()


@pytest.mark.parametrize(
    "title", ["supply_price", "purchase_prices_net", "Trade (£)", "Reserve price", "Cena zakupu", "Prezzo d'acquisto"]
)
def test_what_the_shop_pays_is_private_in_any_export(title: str) -> None:
    assert is_private(title)
