"""Workbooks: values keep their kinds, merged cells their meaning, and hostile ones are refused unopened."""

import datetime as dt
import zipfile
from contextlib import nullcontext
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from errors import UnreadableFile
from ingestion import spreadsheet
from ingestion.records import Limits, Record
from ingestion.sheet_extent import check_extent

ODS_HEAD = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)

TWO_ROWS = 'table:number-rows-spanned="2"'


def text_cell(text: str, attributes: str = "") -> str:
    return f'<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p></table:table-cell>'


def ods(path: Path, rows: str) -> Path:
    table = f'<table:table table:name="Sheet">{rows}</table:table>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml", f"{ODS_HEAD}{table}</office:spreadsheet></office:body></office:document-content>"
        )
    return path


def read(path: Path) -> dict[str, list[Record]]:
    tables = {}
    for table in spreadsheet.read(path, Limits()):
        tables[table.name] = [record for record in table.records if isinstance(record, Record)]
    return tables


@pytest.fixture
def workbook() -> openpyxl.Workbook:
    return openpyxl.Workbook()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "workbook"


def test_values_keep_their_kinds(workbook: openpyxl.Workbook, path: Path) -> None:
    sheet = workbook.active
    sheet.append(["id", "name", "price", "since", "seen", "discount", "new", "error"])
    sheet.append([1001, "Lamp", 12.5, dt.date(2025, 1, 2), dt.datetime(2025, 1, 2, 3, 4, 5), 0.19, True, "#N/A"])  # noqa: DTZ001 as a workbook holds it
    sheet.append(["007", "Chair", 12.0, dt.time(3, 4), dt.timedelta(hours=30), 1e300, False, None])
    workbook.save(path)
    first, second = read(path)["Sheet"]
    assert first.members == {
        "id": 1001,
        "name": "Lamp",
        "price": 12.5,
        "since": "2025-01-02",
        "seen": "2025-01-02T03:04:05",
        "discount": 0.19,
        "new": True,
    }
    assert type(first.members["id"]) is int
    assert list(second.members.values()) == ["007", "Chair", 12, "03:04:00", "30:00:00", 1e300, False]


def test_merged_cells_are_a_banner_a_section_or_a_category_of_several_rows(
    workbook: openpyxl.Workbook, path: Path
) -> None:
    sheet = workbook.active
    for row in (
        ["Price list"],
        [],
        ["category", "name", "price"],
        ["Lamps", "A", 1],
        [None, "B", 2],
        ["On sale"],
        [None, "C", 3],
        [],
        [],
    ):
        sheet.append(row)
    for merged in ("A1:C1", "A4:A5", "A6:C6", "A7:A9"):
        sheet.merge_cells(merged)
    workbook.save(path)
    records = read(path)["Sheet"]
    assert [(record.number, record.members.get("category"), record.section) for record in records] == [
        (4, "Lamps", ""),
        (5, "Lamps", ""),
        (7, None, "On sale"),
    ]


def test_rows_and_columns_that_are_free_before_a_table_are_counted(workbook: openpyxl.Workbook, path: Path) -> None:
    sheet = workbook.active
    for column, (title, value) in enumerate([("name", "Lamp"), ("price", 3)], 3):
        sheet.cell(5, column, title)
        sheet.cell(8, column, value)
    workbook.save(path)
    assert read(path)["Sheet"] == [Record(8, {"name": "Lamp", "price": 3})]


def test_every_sheet_that_holds_a_table_is_read(workbook: openpyxl.Workbook, path: Path) -> None:
    workbook.active.append(["Read this first: prices are net."])
    workbook.create_sheet("Empty")
    for name in ("Lamps", "Chairs"):
        sheet = workbook.create_sheet(name)
        sheet.append(["name", "price"])
        sheet.append([name, 1])
    workbook["Chairs"].sheet_state = "hidden"
    workbook.save(path)
    assert list(read(path)) == ["Lamps", "Chairs"]


def test_ods_is_read_with_its_merged_cells(path: Path) -> None:
    rows = (
        f"<table:table-row>{text_cell('category')}{text_cell('name')}{text_cell('price')}</table:table-row>"
        f"<table:table-row>{text_cell('Lamps', TWO_ROWS)}{text_cell('A')}{text_cell('1')}"
        "</table:table-row>"
        f"<table:table-row><table:covered-table-cell/>{text_cell('B')}{text_cell('2')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert [dict(record.members) for record in read(ods(path, rows))["Sheet"]] == [
        {"category": "Lamps", "name": "A", "price": "1"},
        {"category": "Lamps", "name": "B", "price": "2"},
    ]


def test_a_cell_at_the_far_corner_is_refused(workbook: openpyxl.Workbook, path: Path) -> None:
    workbook.active["A1"] = "name"
    workbook.active["XFD1048576"] = "price"
    workbook.save(path)
    with pytest.raises(UnreadableFile, match="spread over too many cells"):
        read(path)


def test_a_far_cell_that_has_style_alone_does_no_harm(workbook: openpyxl.Workbook, path: Path) -> None:
    for row in (["name", "price"], ["Lamp", 1]):
        workbook.active.append(row)
    workbook.active["XFD1048576"].number_format = "0.00"
    workbook.save(path)
    assert len(read(path)["Sheet"]) == 1


@pytest.mark.parametrize(("row", "refused"), [(9, False), (1_048_575, True), (4_000_000_000, True)])
def test_an_xlsb_sheet_that_spreads_too_far_is_refused(path: Path, row: int, refused: bool) -> None:  # noqa: FBT001
    def record(kind: int, index: int) -> bytes:
        return bytes([kind, 8]) + index.to_bytes(4, "little") + b"\0" * 4

    sheet = record(0, 0) + record(2, 0) + bytes([0x93, 0x01, 0]) + record(0, row) + record(2, 16_383)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    with pytest.raises(UnreadableFile, match="spread") if refused else nullcontext():
        check_extent(path)


def test_ods_that_repeats_a_text_without_end_is_refused(path: Path) -> None:
    cell = text_cell("x", 'table:number-columns-repeated="100"')
    ods(path, f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>')
    with pytest.raises(UnreadableFile, match="spread over too many cells"):
        read(path)


def test_an_empty_workbook_is_called_empty(workbook: openpyxl.Workbook, path: Path) -> None:
    workbook.save(path)
    with pytest.raises(UnreadableFile, match="empty"):
        read(path)


def test_a_workbook_without_titles_is_refused(workbook: openpyxl.Workbook, path: Path) -> None:
    workbook.active.append(["Lamp", 12])
    workbook.save(path)
    with pytest.raises(UnreadableFile, match="'name' and 'price'"):
        read(path)


CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 3000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (CONTAINER + "EncryptedPackage".encode("utf-16-le"), "password"),
        (CONTAINER, "damaged"),
        (b"PK\3\4nonsense", "damaged"),
        (b"", "damaged"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_a_sentence(path: Path, content: bytes, sentence: str) -> None:
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=sentence):
        read(path)
