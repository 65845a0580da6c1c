"""Files and tables without a column for the name or the price are refused as one, not row by row."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from errors import InvalidInput, UnreadableFile
from ingestion.reading import ReadProduct, read_products
from ingestion.records import Rejected


def read(path: Path, content: str, given: Mapping[str, str | None] | None = None) -> list[ReadProduct | Rejected]:
    path.write_text(content, encoding="utf-8")
    return list(read_products(path, given=given))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def refused(path: Path, content: str, given: Mapping[str, str | None] | None = None) -> str:
    with pytest.raises(UnreadableFile) as why:
        read(path, content, given)
    return why.value.message


def test_a_file_without_a_name_says_which_columns_it_has_and_what_to_send(path: Path) -> None:
    why = refused(path, "Foo;Prezzo EUR;SKU\nTavolo;120,00;A-1\n")
    assert why == (
        "No column was taken for the name: there are 'Foo', 'Prezzo EUR', 'SKU'. "
        'Send a mapping, like {"Foo": "name"}.'
    )


def test_the_column_that_holds_amounts_is_proposed_for_the_price(path: Path) -> None:
    assert refused(path, "Name,Colour,Foo\nTable,red,120.00\n").endswith('like {"Foo": "price"}.')
    assert refused(path, "Name,SKU,Foo\nTable,red,big\n").endswith("Add one, and send the file again.")


def test_a_column_whose_title_says_so_is_proposed_before_others(path: Path) -> None:
    assert '{"US_Title_Short": "name"}' in refused(path, "Supplier,US_Title_Short,Price,SKU\nAcme,Bell,5,B\n")
    assert '{"Price 1+": "price"}' in refused(path, "Name;SKU;Pack;Price 1+;Price 10+\nCable;C;100;4,90;4,50\n")
    assert '{"Nazwa": "name"}' in refused(path, "Kod;Nazwa;Price;Brand\nK-1;Lampa;5,00;Acme\n")


def test_a_mapping_gives_the_columns_that_lack(path: Path) -> None:
    (product,) = read(path, "Foo;Bar\nTavolo;120,00\n", {"Foo": "name", "Bar": "price"})
    assert isinstance(product, ReadProduct)
    assert (product.members["name"], product.members["price"]) == ("Tavolo", 120)


def test_a_mapping_that_names_no_column_is_the_first_thing_wrong(path: Path) -> None:
    with pytest.raises(InvalidInput, match="'Nmae'"):
        read(path, "Foo;Bar\nTavolo;120,00\n", {"Nmae": "name"})


def test_a_price_that_the_caller_left_out_is_missing(path: Path) -> None:
    assert "for the price" in refused(path, "Name,Price\nTable,12\n", {"Price": None})


def test_of_several_tables_the_one_that_lacks_a_column_is_rejected_once(path: Path) -> None:
    lists = "Name,Price\nTable,120\n\nName,SKU\nOak,O\nBeech,B\n\nName,Price\nChair,50\n"
    found = read(path, lists)
    assert [one.members["name"] for one in found if isinstance(one, ReadProduct)] == ["Table", "Chair"]
    (rejected,) = (one for one in found if isinstance(one, Rejected))
    assert rejected.number == 5
    assert "for the price" in rejected.reason


def test_an_export_of_stocks_has_no_prices(path: Path) -> None:
    assert "for the price" in refused(path, "Handle,Title,Option1 Name,Option1 Value,SKU\nmug,Mug,Size,S,M-1\n")


@pytest.mark.parametrize("late", [3, 500])
def test_a_price_that_only_later_objects_have_is_a_column(path: Path, late: int) -> None:
    objects: list[dict[str, object]] = [{"id": str(one), "name": f"Lamp {one}"} for one in range(late)]
    found = read(path, json.dumps([*objects, {"id": "x", "name": "Chair", "price": 5}]))
    assert [one.members["id"] for one in found if isinstance(one, ReadProduct)] == ["x"]
    assert all("no price" in one.reason for one in found if isinstance(one, Rejected))
