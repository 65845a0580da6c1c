"""JSON and CSV files become rows; what cannot be read is named by row, and nothing valid is lost."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion.csv_rows import parse_csv
from ingestion.json_rows import parse_json

NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)


def test_a_json_array_and_a_wrapped_one_give_the_same() -> None:
    rows = [{"name": "a", "price": 1}, {"name": "b", "price": 2}]
    assert parse_json(orjson.dumps(rows)).rows == parse_json(orjson.dumps({"products": rows})).rows
    assert parse_json(b"\xef\xbb\xbf" + orjson.dumps(rows[0])).rows == [(1, rows[0])]


def test_items_of_json_that_are_no_objects_are_named() -> None:
    parsed = parse_json(b'[{"name": "a"}, 3, null]')
    assert ([number for number, _ in parsed.rows], [number for number, _ in parsed.rejected]) == ([1], [2, 3])


@pytest.mark.parametrize("content", [b"[1, 2", b'"text"', b"3", b"{" * 5000, b"\xff\xfe["])
def test_what_is_no_list_of_products_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        parse_json(content)


def test_cells_become_members_and_other_columns_specifications() -> None:
    content = (
        "ID;Name;Price;Features;Availability;Colour;specifications\r\n1;Lamp;$1,299.50;bright|warm;no;red;power: 5W"
    )
    assert parse_csv(content.encode()).rows == [
        (
            2,
            {
                "id": "1",
                "name": "Lamp",
                "price": "1299.50",
                "features": ["bright", "warm"],
                "availability": False,
                "specifications": {"Colour": "red", "power": "5W"},
            },
        )
    ]


def test_blank_rows_are_passed_over_and_rows_with_too_many_cells_named() -> None:
    parsed = parse_csv(b"name,price\nA,1\n,\n\nB,2,3\nC,3\n")
    assert [row["name"] for _, row in parsed.rows] == ["A", "C"]
    assert [number for number, _ in parsed.rejected] == [5]


@pytest.mark.parametrize(
    "content", [b"just text", b"a,b\n1,2", b"name,price\n\0", b'name,price\n"x', b"name,price\n" + b"x" * 200_000]
)
def test_what_is_no_catalogue_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        parse_csv(content)


def test_old_windows_files_are_read() -> None:
    assert parse_csv("name,price\nCafé,1".encode("cp1252")).rows[0][1]["name"] == "Café"


@given(st.lists(NAMES, min_size=1, max_size=10))
def test_every_name_survives_a_csv_file(names: list[str]) -> None:
    lines = ["name,price"] + ['"' + name.replace('"', '""') + '",1' for name in names]
    parsed = parse_csv("\n".join(lines).encode())
    assert [row["name"] for _, row in parsed.rows] == [name.strip() for name in names]
