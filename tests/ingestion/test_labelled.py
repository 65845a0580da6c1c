"""Texts and Markdown: products under headings, in labelled blocks, in lists with prices, and in tables."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import UnreadableFile
from ingestion.labelled import read, read_file
from ingestion.labelled_lines import is_money, priced
from ingestion.records import Limits, Record, Rejected

Found = tuple[list[dict[str, object]], list[str], list[Rejected]]


def found_in(text: str) -> Found:
    """Members of the records, their sections, and what was rejected."""
    members: list[dict[str, object]] = []
    sections: list[str] = []
    rejected: list[Rejected] = []
    for table in read(text.splitlines(keepends=True), Limits()):
        for one in table.records:
            if isinstance(one, Record):
                members.append(dict(one.members))
                sections.append(one.section)
            else:
                rejected.append(one)
    return members, sections, rejected


def test_a_heading_names_the_product_whose_labels_stand_below_it() -> None:
    members, sections, rejected = found_in(
        "# Laptops\n\n## Aurora 15\n- Price: $899\n- **Category:** Notebooks\n\nA light machine\nfor work.\n\n"
        "Features:\n- fast\n- bright: 400 nits\n\n## Nova\n- Price: $99\n"
    )
    assert members == [
        {
            "name": "Aurora 15",
            "Price": "$899",
            "Category": "Notebooks",
            "Features": "fast\nbright: 400 nits",
            "description": "A light machine for work.",
        },
        {"name": "Nova", "Price": "$99"},
    ]
    assert (sections, rejected) == (["Laptops", "Laptops"], [])


def test_headings_within_a_product_are_parts_of_it() -> None:
    members, _, _ = found_in(
        "## Nova\n- Price: 5 EUR\n### Description\nGood.\n### Specifications\n- Colour: red\n"
        "### In the box\n- cable\n- case\n"
    )
    assert members == [
        {"name": "Nova", "Price": "5 EUR", "Colour": "red", "In the box": "cable\ncase", "description": "Good."}
    ]


@pytest.mark.parametrize("between", ["\n", "---\n", "\n---\n\n", ""])
def test_labelled_blocks_are_products_however_they_are_parted(between: str) -> None:
    members, _, rejected = found_in(f"Name: A\nPrice: 1\nColour: red\n{between}Name: B\nPrice: 2\n")
    assert members == [{"Name": "A", "Price": "1", "Colour": "red"}, {"Name": "B", "Price": "2"}]
    assert not rejected


def test_blocks_may_begin_with_another_label_than_the_name() -> None:
    members, _, _ = found_in("SKU: 1\nName: A\nPrice: 1\n\nSKU: 2\nName: B\nPrice: 2\n")
    assert [one["SKU"] for one in members] == ["1", "2"]


def test_a_line_above_labels_is_a_name() -> None:
    members, _, _ = found_in("Aurora 15\nPrice: $899\n\nNova 3\nPrice: $99\nRAM: 8 GB\n")
    assert members == [{"name": "Aurora 15", "Price": "$899"}, {"name": "Nova 3", "Price": "$99", "RAM": "8 GB"}]


def test_items_with_inner_items_are_products() -> None:
    members, _, _ = found_in(
        "1. **A**\n   - Price: $1\n   - Features:\n     - light\n     - fast\n2. **B**\n   - Price: $2\n"
    )
    assert members == [{"name": "A", "Price": "$1", "Features": "light\nfast"}, {"name": "B", "Price": "$2"}]


def test_numbered_names_with_prices_are_products() -> None:
    members, sections, _ = found_in(
        "Laptops\n1. Aurora 15 - $899\n   Category: Light\n   A good one.\n2. Nova - $1,299.50 (in stock)\n\n"
        "Phones:\n3. Pix \u2013 99 \u20ac\n"
    )
    assert members == [
        {"name": "Aurora 15", "price": "$899", "Category": "Light", "description": "A good one."},
        {"name": "Nova", "price": "$1,299.50", "description": "in stock"},
        {"name": "Pix", "price": "99 \u20ac"},
    ]
    assert sections == ["Laptops", "Laptops", "Phones"]


def test_a_price_list_with_dots_has_sections_and_names_what_has_no_price() -> None:
    members, sections, rejected = found_in(
        "Preisliste\n\nLAPTOPS\nAurora 15 ........ 899,00 \u20ac\nNova ....... auf Anfrage\n\n"
        "TELEFONE\nPix .... 99,00 \u20ac\n"
    )
    assert members == [
        {"name": "Aurora 15", "price": "899,00 \u20ac"},
        {"name": "Nova", "price": "auf Anfrage"},
        {"name": "Pix", "price": "99,00 \u20ac"},
    ]
    assert (sections, rejected) == (["LAPTOPS", "LAPTOPS", "TELEFONE"], [])


def test_a_table_is_read_as_a_table_under_its_heading() -> None:
    members, sections, _ = found_in("# Laptops\n\n| Name | Price |\n|---|--:|\n| **A** | $1 |\n| B | $2 |\n")
    assert members == [{"Name": "A", "Price": "$1"}, {"Name": "B", "Price": "$2"}]
    assert sections == ["Laptops", "Laptops"]


def test_a_table_of_two_columns_below_a_product_is_its_labels() -> None:
    members, _, _ = found_in(
        "## Nova - 12,50 EUR\n| Property | Value |\n|---|---|\n| RAM | 8 GB |\n| Weight | 1 kg |\n"
    )
    assert members == [{"name": "Nova", "price": "12,50 EUR", "RAM": "8 GB", "Weight": "1 kg"}]


def test_a_comparison_with_products_as_columns_is_turned() -> None:
    members, _, _ = found_in("| | A | B |\n|---|---|---|\n| Price | $1 | $2 |\n| Category | x | y |\n")
    assert members == [{"name": "A", "Price": "$1", "Category": "x"}, {"name": "B", "Price": "$2", "Category": "y"}]


def test_labels_in_other_languages_and_in_one_line_are_labels() -> None:
    assert found_in("## \u0410\n\u0426\u0435\u043d\u0430: 45 990 \u0440\u0443\u0431.\n")[0] == [
        {"name": "\u0410", "\u0426\u0435\u043d\u0430": "45 990 \u0440\u0443\u0431."}
    ]
    assert found_in("- **A** | Price: $1 | Category: x, y\n- **B** | Price: $2\n")[0] == [
        {"name": "A", "Price": "$1", "Category": "x, y"},
        {"name": "B", "Price": "$2"},
    ]


def test_products_that_title_a_field_differently_share_its_column() -> None:
    table = next(read(["Name: A\n", "Price: 1\n", "\n", "Name: B\n", "Preis: 2\n"], Limits()))
    assert [dict(one.members) for one in table.records if isinstance(one, Record)] == [
        {"Name": "A", "Price": "1"},
        {"Name": "B", "Price": "2"},
    ]
    assert table.titles == ("Name", "Price")


@pytest.mark.parametrize(("heading", "section"), [("Laptops", "Laptops"), ("Product 1", ""), ("Series 5", "Series 5")])
def test_a_heading_above_a_labelled_name_is_its_section_unless_it_only_counts(heading: str, section: str) -> None:
    members, sections, _ = found_in(f"## {heading}\nName: A\nPrice: 1\n")
    assert (members, sections) == ([{"Name": "A", "Price": "1"}], [section])


def test_a_name_with_a_colon_is_a_name_also_when_it_ends_in_a_number() -> None:
    members, _, _ = found_in("iPhone 15:\n  Price: $5\n\niPhone 16:\n  Price: $6\n")
    assert members == [{"name": "iPhone 15", "Price": "$5"}, {"name": "iPhone 16", "Price": "$6"}]


def test_text_between_products_is_told_and_not_dropped() -> None:
    _, _, rejected = found_in(
        "Name: A\nPrice: 1\n---\nWho knows what this is about, and why.\n---\nName: B\nPrice: 2\n"
    )
    assert [one.reason for one in rejected] == ["text that belongs to no product"]
    assert rejected[0].number == 4


def test_an_address_stays_whole_and_pictures_are_images() -> None:
    members, _, _ = found_in(
        "## A\n- Price: $1\n- URL: [shop](https://a.example/1)\n- Web: https://a.example\n\n![A](https://a.example/a.jpg)\n"
    )
    assert members == [
        {
            "name": "A",
            "Price": "$1",
            "URL": "https://a.example/1",
            "Web": "https://a.example",
            "Image": "https://a.example/a.jpg",
        }
    ]


@pytest.mark.parametrize("text", ["", "# About us\nWe are a shop. Note: closed on Sundays.\n## History\nSince 1999.\n"])
def test_a_text_without_products_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFile, match="No products"):
        found_in(text)


def test_a_line_that_never_ends_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Name: A\nPrice: 1\n" + "x" * 300_000)
    with pytest.raises(UnreadableFile, match="Line 3"):
        list(read_file(path, Limits()))


@pytest.mark.parametrize(
    "text", ["$899", "899 \u20ac", "1.299,00 EUR", "CHF 1'299.-", "kr 99:-", "Rp 1.500.000", "12,50"]
)
def test_amounts_of_money_are_known(text: str) -> None:
    assert is_money(text)


@pytest.mark.parametrize("text", ["899", "RTX 4090", "16 GB", "call us", "2026"])
def test_other_numbers_are_no_money(text: str) -> None:
    assert not is_money(text)


@pytest.mark.parametrize("text", ["Introduction ........ 3", "Laptop 15", "Founded in 1999", "Over - under"])
def test_lines_without_a_price_are_no_products(text: str) -> None:
    assert priced(text) is None


WORDS = st.sampled_from(
    [
        "Price: $5",
        "Name: x",
        "## A",
        "# B",
        "- item",
        "text here",
        "",
        "---",
        "A .... 5,00 \u20ac",
        "Colour: red",
        "| a | b |",
        "|---|---|",
        "Features:",
        "**Bold**",
        "1. N - $3",
    ]
)


@given(st.lists(WORDS, max_size=25))
def test_no_word_of_any_order_of_lines_is_lost_behind_the_first_product(lines: list[str]) -> None:
    unique = [
        line.replace("x", f"x{number}").replace("text here", f"text{number} here") for number, line in enumerate(lines)
    ]
    text = "\n".join(["Name: first", "Price: 1", *unique, "Name: last", "Price: 2"])
    members, sections, rejected = found_in(text)
    said = str(members) + str(sections) + str([one.members for one in rejected])
    for number, line in enumerate(unique):
        if line.startswith(("text", "Name: x")):
            assert f"{line.split()[-1] if line.startswith('Name') else f'text{number}'}" in said


@pytest.mark.parametrize(
    "piece", ["a  ", "a .. ", "| ", "Price: 1, ", "**", "![", "[a](", "- ", "$ ", "\t", "a: ", "_ ", "... "]
)
def test_hostile_lines_take_no_longer_than_others(piece: str) -> None:
    line = piece * (120_000 // len(piece)) + "x"
    list(read(["Name: a\n", "Price: 1\n", line + "\n"], Limits(cell_chars=1_000_000)))
