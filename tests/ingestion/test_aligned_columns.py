"""Tables in texts whose columns are held apart by spaces."""

from ingestion.aligned_columns import with_aligned_tables
from ingestion.labelled_lines import Rows

TITLES = "Product         Size      Price"


def tables(*lines: str) -> list[object]:
    return [
        [list(cells) for _, cells in one.rows] if isinstance(one, Rows) else one for one in with_aligned_tables(lines)
    ]


def test_values_stand_below_their_titles_to_the_left_or_to_the_right() -> None:
    rows = [
        "Rake            160 cm    24.90",
        "Broom                     14.90",
        "Hoe with a long handle         ",
        "Spade                  1,014.90",
        "A rake of quite some length  90 cm  3.50",
    ]
    assert tables("Our tools", "", TITLES, *rows) == [
        "Our tools",
        "",
        [
            ["Product", "Size", "Price"],
            ["Rake", "160 cm", "24.90"],
            ["Broom", "", "14.90"],
            ["Hoe with a long handle", "", ""],
            ["Spade", "", "1,014.90"],
            ["A rake of quite some length", "90 cm", "3.50"],
        ],
    ]


def test_lines_below_the_titles_and_blank_ones_are_no_rows() -> None:
    (table,) = with_aligned_tables(
        [TITLES, "-------         ----      -----", "Rake     160 cm    24.90", "", "Hoe                       4"]
    )
    assert isinstance(table, Rows)
    assert [number for number, _ in table.rows] == [1, 3, 4, 5]
    assert table.lines == 5


def test_a_line_that_fits_no_columns_ends_the_table() -> None:
    end = "All of our prices include the tax of the land, and   so on."
    assert tables(TITLES, "Rake            160 cm    24.90", end)[1:] == [end]


def test_titles_without_values_below_them_are_text() -> None:
    assert tables(TITLES, "No products today.") == [TITLES, "No products today."]
    assert tables(TITLES) == [TITLES]
    assert tables("Rake            160 cm    24.90") == ["Rake            160 cm    24.90"]
