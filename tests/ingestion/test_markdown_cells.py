"""Links and pictures in the tables of Markdown."""

import pytest

from ingestion.markdown_cells import cells_of, plain_rows, said


def plain(*rows: str) -> list[list[str]]:
    return [cells for _, cells in plain_rows([(number, cells_of(row)) for number, row in enumerate(rows, 1)])]


def test_a_linked_name_is_its_text_and_where_it_leads_is_the_url() -> None:
    assert plain("|Name|Price|", "|[Lamp](https://a.example/1)|5|", "|Chair|6|") == [
        ["Name", "Price", "url"],
        ["Lamp", "5", "https://a.example/1"],
        ["Chair", "6", ""],
    ]


def test_beside_a_column_of_addresses_a_link_keeps_a_column_of_its_own() -> None:
    titles, row = plain("|Name|Price|URL|", "|[Lamp](https://a.example/1)|5|[here](https://a.example/2)|")
    assert titles == ["Name", "Price", "URL", "Name link"]
    assert row == ["Lamp", "5", "https://a.example/2", "https://a.example/1"]


def test_a_picture_beside_the_name_is_its_image() -> None:
    titles, row = plain("|Name|Price|", "|![](https://a.example/1.jpg) **Lamp**|5|")
    assert titles == ["Name", "Price", "image_url"]
    assert row == ["Lamp", "5", "https://a.example/1.jpg"]


def test_other_links_are_not_lost() -> None:
    titles, row = plain(
        "|Name|Price|Brand|Photo|", "|Lamp|5|[Acme](https://acme.example)|![x](https://a.example/1.jpg)|"
    )
    assert titles == ["Name", "Price", "Brand", "Photo", "Brand link"]
    assert row == ["Lamp", "5", "Acme", "https://a.example/1.jpg", "https://acme.example"]


def test_a_row_longer_than_the_titles_stays_so() -> None:
    assert plain("|Name|Price|", "|[Lamp](https://a.example/1)|5|more|") == [
        ["Name", "Price", "", "url"],
        ["Lamp", "5", "more", "https://a.example/1"],
    ]


@pytest.mark.parametrize("start", ["[a](", "![a](", "[a](<"])
def test_a_long_link_that_does_not_end_is_a_text(start: str) -> None:
    long = start + "x" * 20_000
    assert said(long)
    assert plain("|Name|Price|", f"|{long}|5|")[1][1] == "5"
