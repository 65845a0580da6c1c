"""Tables in rows of cells: titles, sections, totals, pages."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion.grid import NoHeader, tables_of
from ingestion.records import Limits, Record, Rejected

TITLES = ["id", "name", "price"]
Rows = list[list[object]]


def read(
    *rows: Sequence[object], limits: Limits | None = None
) -> list[tuple[tuple[str, ...], list[Record | Rejected]]]:
    tables = tables_of(enumerate(rows, 1), limits or Limits())
    return [(table.titles, list(table.records)) for table in tables]


def records(*rows: Sequence[object]) -> list[Record | Rejected]:
    ((_, found),) = read(*rows)
    return found


def sections(*rows: Sequence[object]) -> list[tuple[object, str]]:
    return [(record.members["name"], record.section) for record in records(*rows) if isinstance(record, Record)]


def test_a_banner_gives_nothing() -> None:
    banner: Rows = [["Acme Ltd"], ["Tel.", "030 123"], ["Currency", "EUR", "Brand", "Acme"], []]
    assert [record.number for record in records(*banner, [*TITLES], ["1", "Lamp", "2"])] == [6]


def test_titles_that_nobody_knows_are_found_by_the_numbers_below() -> None:
    ((titles, found),) = read(["Acme", "Berlin"], [], ["Foo", "Bar", "Baz"], ["Lamp", "12.50", ""], ["Chair", "3", "x"])
    assert titles == ("Foo", "Bar", "Baz")
    assert [record.number for record in found] == [4, 5]


def test_blank_and_doubled_titles_get_names() -> None:
    ((titles, found),) = read(["name", "", "price", "size", "size", ""], ["Lamp", "x", 1, "S", "M", ""])
    assert titles == ("name", "column 2", "price", "size", "size (2)")
    assert found[0].members == {"name": "Lamp", "column 2": "x", "price": 1, "size": "S", "size (2)": "M"}


def test_a_section_is_on_the_rows_below_it_without_its_ornament() -> None:
    rows: Rows = [["— Lamps —"], ["1", "A", "2"], ["", "Chairs", ""], ["2", "B", "2"], [], ["Sofas", "Sofas", "Sofas"]]
    assert sections([*TITLES], *rows, ["3", "C", "4"]) == [("A", "Lamps"), ("B", "Chairs"), ("C", "Sofas")]


def test_of_headings_that_follow_each_other_the_last_one_counts() -> None:
    assert sections([*TITLES], ["All"], ["Lamps"], ["1", "A", "2"]) == [("A", "Lamps")]


def test_a_product_without_a_price_is_no_section() -> None:
    rows: Rows = [["1", "A", "2", "Lamps"], ["", "B", "", ""], ["3", "C", "4", "Lamps"]]
    assert sections([*TITLES, "category"], *rows) == [("A", ""), ("B", ""), ("C", "")]
    assert sections([*TITLES], ["1", "A", "2"], ["", "B", ""]) == [("A", ""), ("B", "")]


def test_the_only_text_alone_is_a_product_when_a_number_says_so() -> None:
    rows: Rows = [["1", "A", "2"], ["", "Lamp X200", ""], ["3", "C", "4"]]
    assert sections([*TITLES], *rows) == [("A", ""), ("Lamp X200", ""), ("C", "")]
    assert sections([*TITLES], *rows, ["", "Shades", ""], ["4", "D", "5"]) == [
        ("A", ""),
        ("C", "Lamp X200"),
        ("D", "Shades"),
    ]


@pytest.mark.parametrize("text", ["Lamps", "New in 2026", "LAMPS E27"])
def test_the_only_text_alone_is_a_section_otherwise(text: str) -> None:
    assert sections([*TITLES], ["1", "A", "2"], ["", text, ""], ["3", "C", "4"]) == [("A", ""), ("C", text)]


@pytest.mark.parametrize("text", ["Lamp 12,50 €", "Lamp $12", "x" * 200])
def test_a_text_that_is_no_name_of_a_section_is_a_record(text: str) -> None:
    assert len(records([*TITLES], [text], ["1", "A", "2"])) == 2


def test_a_footnote_is_no_record() -> None:
    assert len(records([*TITLES], ["1", "A", "2"], [], ["All prices with VAT."], ["Subject to change."])) == 1


def test_titles_again_on_the_next_page_are_no_record() -> None:
    assert sections([*TITLES], ["1", "A", "2"], [*TITLES], ["2", "B", "3"]) == [("A", ""), ("B", "")]


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Summe", "Итого:", "Grand total (3)", "Sous-total"])
def test_a_total_is_rejected(word: str) -> None:
    *_, last = records([*TITLES], ["1", "A", "2"], [word, "", "1.234,00 €"])
    assert isinstance(last, Rejected)
    assert (last.number, last.reason) == (3, "a total, not a product")


def test_a_product_may_be_called_total() -> None:
    assert all(isinstance(record, Record) for record in records([*TITLES], ["1", "Total", "2"], ["2", "B", "3"]))


def test_other_titles_begin_another_table() -> None:
    tables = read([*TITLES], ["1", "A", "2"], [], ["Chairs"], ["name", "price", "colour"], ["B", "3", "red"])
    assert [titles for titles, _ in tables] == [("id", "name", "price"), ("name", "price", "colour")]
    assert tables[1][1] == [Record(6, {"name": "B", "price": "3", "colour": "red"}, "Chairs")]


def test_a_heading_above_each_table_is_its_section() -> None:
    rows: Rows = [["Acme"], [], ["Lamps"], [*TITLES], ["1", "A", "2"], [], ["Chairs"], [*TITLES], ["2", "B", "3"]]
    assert sections(*rows) == [("A", "Lamps"), ("B", "Chairs")]


def test_titles_may_take_two_rows() -> None:
    ((titles, found),) = read(
        ["Name", "SKU", "Price", ""], ["", "", "net", "gross"], ["A", "x", 1, 2], ["B", "y", 2, 3]
    )
    assert titles == ("Name", "SKU", "Price net", "Price gross")
    assert len(found) == 2
    ((titles, _),) = read(["", "", "Price", ""], ["Name", "SKU", "net", "gross"], ["A", "x", 1, 2], ["B", "y", 2, 3])
    assert titles == ("Name", "SKU", "Price net", "Price gross")


def test_a_table_that_is_not_read_to_its_end_does_not_hold_up_the_next() -> None:
    rows: Rows = [[*TITLES], ["1", "A", "2"], ["2", "B", "2"], [], ["name", "price", "colour"], ["C", "3", "red"]]
    titles = [table.titles for table in tables_of(enumerate(rows, 1), Limits())]
    assert len(titles) == 2


def test_without_titles_the_sentence_says_which_are_needed() -> None:
    with pytest.raises(NoHeader, match="'name' and 'price'"):
        read(["Lamp", 12], ["Chair", 13])


@pytest.mark.parametrize("row", [["x"] * 3_000, ["x" * 200_000]])
def test_a_row_beyond_the_limits_is_refused(row: Sequence[object]) -> None:
    with pytest.raises(UnreadableFile, match="more than"):
        read([*TITLES], row)


@given(st.lists(st.sampled_from(["Lamps", "A-1", "Total", "", "12 EUR"]), max_size=300))
def test_lone_texts_never_become_more_rows_than_there_are(texts: list[str]) -> None:
    found = records([*TITLES], *[[text] for text in texts], ["1", "A", "2"])
    assert found[-1].members == {"id": "1", "name": "A", "price": "2"}
    assert len(found) <= len(texts) + 1


def test_a_hundred_thousand_lone_texts_are_read_in_one_pass() -> None:
    assert len(records([*TITLES], *[["Lamps"]] * 100_000)) == 100_000


@given(
    st.lists(
        st.lists(st.sampled_from(["", "name", "price", "Lamp", "net", "12 EUR", "Total", 7, None, True]), max_size=6)
    )
)
def test_any_rows_are_tables_or_refused_with_a_sentence(rows: list[list[object]]) -> None:
    try:
        tables = read(*rows)
    except UnreadableFile:
        return
    for titles, found in tables:
        assert len(set(titles)) == len(titles)
        assert all(0 < record.number <= len(rows) and record.members for record in found)


def test_every_full_row_between_two_titles_is_accounted_for() -> None:
    rows: Rows = [["1", "A", "2"], ["2", "B", "3", "x"], ["", "", "4"], ["", "C", ""], ["3", "D", "call us"]]
    assert [record.number for record in records([*TITLES], *rows)] == [2, 3, 4, 6]
