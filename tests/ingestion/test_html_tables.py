"""ingestion/html_tables.py and excel_xml.py: what is sent to hurt is refused with a sentence."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from errors import UnreadableFile
from ingestion import excel_xml, html_tables
from ingestion.records import Limits, Record, RecordTable

ROW = "<tr><td>name</td><td>price</td></tr>"
BOOK = (
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
)


def _members(tables: Iterable[RecordTable]) -> list[Mapping[str, object]]:
    return [one.members for table in tables for one in table.records if isinstance(one, Record)]


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("<html><body><p>nothing</p></body></html>", "no table"),
        (f"<table>{ROW}<tr><td>a</td><td colspan=2001>x</td></tr></table>", "columns"),
        (f"<table>{ROW}<tr>{'<td colspan=1999>x</td>' * 2}</tr></table>", "columns"),
        (f"<table>{ROW * 20}</table>", "rows"),
        (f"<table>{ROW}<tr><td>{'x' * 2_001}</td></tr></table>", "characters"),
        ("<div>" * 200 + f"<table>{ROW}</table>", "levels"),
    ],
)
def test_a_page_that_cannot_be_read_is_refused(tmp_path: Path, page: str, sentence: str) -> None:
    path = tmp_path / "page.xls"
    path.write_text(page, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=sentence):
        _members(html_tables.read(path, Limits(rows=10, columns=2_000, cell_chars=2_000)))


def test_a_table_within_a_layout_is_read(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    inner = f"<table>{ROW}<tr><td>Lamp &lt;3&gt;</td><td rowspan=2>12</td></tr><tr><td>Torch</td></tr></table>"
    path.write_text(f"<table><tr><td>menu</td><td>{inner}</td></tr></table>", encoding="utf-16")
    assert _members(html_tables.read(path, Limits())) == [
        {"name": "Lamp <3>", "price": "12"},
        {"name": "Torch", "price": "12"},
    ]


@pytest.mark.parametrize(
    ("sheet", "sentence"),
    [
        ('<Row ss:Index="99999999999"/>', "rows or columns"),
        ('<Row><Cell ss:Index="2001"><Data>x</Data></Cell></Row>', "rows or columns"),
        ("", "empty"),
        ("<Row><Cell><Data>a</Data></Cell></Row>", "names the columns"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused(tmp_path: Path, sheet: str, sentence: str) -> None:
    path = tmp_path / "book.xls"
    path.write_text(f'{BOOK}<Worksheet ss:Name="a"><Table>{sheet}</Table></Worksheet></Workbook>', encoding="utf-8")
    with pytest.raises(UnreadableFile, match=sentence):
        _members(excel_xml.read(path, Limits()))


def test_a_workbook_without_sheets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xls"
    path.write_text(f"{BOOK}</Workbook>", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="empty"):
        list(excel_xml.read(path, Limits()))
