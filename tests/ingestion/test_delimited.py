"""Rows of CSV and its kin: the delimiter is found, every cell survives, and what is broken is named by its line."""

import csv
import io
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion import delimited
from ingestion.records import Limits, Record, Rejected

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=20)


def read(tmp_path: Path, content: str | bytes, limits: Limits | None = None) -> list[Record | Rejected]:
    path = tmp_path / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [record for table in delimited.read(path, limits or Limits()) for record in table.records]


def members(tmp_path: Path, content: str | bytes) -> list[dict[str, object]]:
    return [dict(record.members or {}) for record in read(tmp_path, content)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\r\n", "\n"]),
)
def test_every_cell_survives_every_delimiter_and_quoting(
    tmp_path: Path, rows: list[tuple[str, str]], delimiter: str, quoting: Literal[0, 1, 2], line_end: str
) -> None:
    # Python writes a bare carriage return without quotes when lines end otherwise.
    assume(line_end == "\r\n" or quoting == csv.QUOTE_ALL or not any("\r" in cell for row in rows for cell in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    writer.writerow(["name", "price", "description", "note"])
    writer.writerows([["Lamp", "12.50", *row] for row in rows])
    path = tmp_path / "file"
    path.write_bytes(text.getvalue().encode())
    assert [cells[2:] for _, cells in delimited.cells(path, Limits())][1:] == [list(row) for row in rows]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=8))
def test_every_row_is_a_record_a_section_or_rejected(tmp_path: Path, rows: list[list[str]]) -> None:
    rows = [row for row in rows if sum(bool(cell.strip()) for cell in row) > 1]
    assume(not any({cell.strip().casefold() for cell in row} & {"name", "price"} for row in rows))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["name", "price", "colour", "width"], *rows])
    merged = [row for row in rows if len({" ".join(cell.split()) for cell in row if cell.strip()}) == 1]
    assume(not merged)
    assert len(read(tmp_path, text.getvalue())) == len(rows)


def test_commas_in_a_banner_and_decimal_commas_do_not_hide_the_semicolons(tmp_path: Path) -> None:
    content = "Lamps, chairs, tables, and more, in Berlin;;\nas of 1,2,3,4;;\nname;price;width\nLamp;12,50;3,5\n"
    assert members(tmp_path, content) == [{"name": "Lamp", "price": "12,50", "width": "3,5"}]


@pytest.mark.parametrize("first", ["sep=|", '"sep=|"', "SEP=|", "\ufeffsep=|"])
def test_a_first_line_may_name_the_delimiter(tmp_path: Path, first: str) -> None:
    (record,) = read(tmp_path, f"{first}\nname|price, net, gross\nLamp|1,5\n")
    assert (record.number, record.members) == (3, {"name": "Lamp", "price, net, gross": "1,5"})


def test_a_row_is_numbered_by_the_line_on_which_it_begins(tmp_path: Path) -> None:
    content = 'name,price\n"a\nb",1\n\nc,2\r\n"d\r\n\r\ne",3\nf,4'
    assert [record.number for record in read(tmp_path, content)] == [2, 5, 6, 9]


def test_blank_lines_before_the_mark_of_order_count_as_lines(tmp_path: Path) -> None:
    assert [record.number for record in read(tmp_path, "\n\n\ufeffname,price\nLamp,1\n")] == [4]


def test_lines_of_old_macintoshes_are_lines(tmp_path: Path) -> None:
    assert [record.number for record in read(tmp_path, "name,price\rLamp,1\rChair,2")] == [2, 3]


def test_too_many_cells_are_named_unless_empty(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, "name,price\nA,1,,\nB,2,3\nC\n")
    assert isinstance(first, Record)
    assert isinstance(second, Rejected)
    assert second.reason == "3 cells, but only 2 columns"
    assert second.members == {"name": "B", "price": "2", "column 3": "3"}
    assert third.members == {"name": "C"}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('"24" wide";1', '24" wide'),
        ('24" wide;1', '24" wide'),
        ('"Best" lamp;1', '"Best" lamp'),
        ('"a ""b""";1', 'a "b"'),
    ],
)
def test_quotes_that_do_not_fit_are_characters(tmp_path: Path, line: str, name: str) -> None:
    assert members(tmp_path, f"name;price\n{line}\nChair;2\n") == [
        {"name": name, "price": "1"},
        {"name": "Chair", "price": "2"},
    ]


def test_a_space_before_the_quotes_of_a_cell_is_none_of_it(tmp_path: Path) -> None:
    assert members(tmp_path, 'name, price\nLamp, "1,5"\n') == [{"name": "Lamp", "price": "1,5"}]


@pytest.mark.parametrize("rest", ["", "\nb,2\n" * 10, "\nb,2" * 400_000, '\n"b",2'])
def test_a_quote_that_is_not_closed_is_named_by_its_line(tmp_path: Path, rest: str) -> None:
    with pytest.raises(UnreadableFile, match="line 3"):
        read(tmp_path, f'name,price\na,1\n"x,3{rest}')


@pytest.mark.parametrize(
    "content",
    [
        b"name,price\n" + b"x" * 20_000_000,
        b"x" * 20_000_000,
        b",".join([b"a"] * 100_000),
        b"name,price\n" + b",".join([b"a"] * 100_000),
        b'name,price\n"' + b"x" * 200_000 + b'",1',
        b'"' * 5_000_000,
    ],
)
def test_what_goes_beyond_the_limits_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, content)


@pytest.mark.parametrize("content", ["", "\n\n", "just text", "Lamp,12\nChair,13", "a,b\nc,d", "{}" * 100])
def test_what_names_no_columns_is_refused_with_a_sentence(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFile, match=r"\.$"):
        read(tmp_path, content)
