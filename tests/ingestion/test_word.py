"""Word documents: tables and labelled text in reading order, and what is refused."""

import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml

from errors import UnreadableFile
from ingestion.labelled_lines import Rows
from ingestion.records import Limits, Record
from ingestion.word import content_of, read

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _saved(document: Document, folder: Path) -> Path:
    path = folder / "a.docx"
    document.save(str(path))
    return path


def _records(path: Path) -> list[Record]:
    return [one for table in read(path, Limits()) for one in table.records if isinstance(one, Record)]


def _add_table(document: Document, rows: list[list[str]]) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


def test_tables_and_labelled_text_are_products_in_reading_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Laptops", 1)
    _add_table(document, [["Name", "Price"], ["Aurora", "$899"], ["Nova", "$99"]])
    document.add_heading("Phones", 1)
    document.add_heading("Pix", 2)
    document.add_paragraph("Price: 500 EUR")
    document.add_paragraph("A good one.")
    document.add_paragraph("Features:")
    document.add_paragraph("sharp", style="List Bullet")
    document.add_paragraph("light", style="List Bullet")
    records = _records(_saved(document, tmp_path))
    assert [(one.section, dict(one.members)) for one in records] == [
        ("Laptops", {"Name": "Aurora", "Price": "$899"}),
        ("Laptops", {"Name": "Nova", "Price": "$99"}),
        ("Phones", {"name": "Pix", "Price": "500 EUR", "description": "A good one.", "Features": "sharp\nlight"}),
    ]


def test_a_cell_over_several_rows_holds_for_each_and_one_over_columns_once(tmp_path: Path) -> None:
    document = docx.Document()
    _add_table(document, [["Name", "Price", "Category"], ["A", "$1", "x"], ["B", "$2", ""], ["note", "", ""]])
    table = document.tables[0]
    table.cell(1, 2).merge(table.cell(2, 2))
    table.cell(3, 0).merge(table.cell(3, 2))
    (rows,) = [one for one in content_of(_saved(document, tmp_path), Limits()) if isinstance(one, Rows)]
    assert [list(cells) for _, cells in rows.rows[1:]] == [["A", "$1", "x"], ["B", "$2", "x"], ["note", "", ""]]


def test_bold_lines_are_names_and_a_table_of_one_column_only_arranges(tmp_path: Path) -> None:
    document = docx.Document()
    for name, price in (("Aurora", "1"), ("Nova", "2")):
        cell = document.add_table(rows=1, cols=1).cell(0, 0)
        cell.paragraphs[0].add_run(name).bold = True
        cell.add_paragraph(f"Price: {price} EUR")
    assert [dict(one.members) for one in _records(_saved(document, tmp_path))] == [
        {"name": "Aurora", "Price": "1 EUR"},
        {"name": "Nova", "Price": "2 EUR"},
    ]


def test_what_was_deleted_is_not_read_and_what_was_inserted_or_boxed_is(tmp_path: Path) -> None:
    document = docx.Document()
    body = document.element.body
    paragraph = (
        f"<w:p {WORD}><w:r><w:t>Price: </w:t></w:r><w:del><w:r><w:delText>9</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>5 EUR</w:t></w:r></w:ins></w:p>"
    )
    control = f"<w:sdt {WORD}><w:sdtContent><w:p><w:r><w:t>Name: A</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    box = (
        f"<w:p {WORD}><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Colour: red</w:t></w:r></w:p></w:txbxContent>"
        "</w:pict></w:r></w:p>"
    )
    for place, xml in enumerate((control, paragraph, box)):
        body.insert(place, parse_xml(xml))
    (record,) = _records(_saved(document, tmp_path))
    assert dict(record.members) == {"Name": "A", "Price": "5 EUR", "Colour": "red"}


def test_headings_are_known_by_styles_that_are_based_on_them_and_by_their_outline(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Artikel", 1)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Aurora", style="Artikel")
    paragraph = document.add_paragraph("Nova")
    paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {WORD} w:val="0"/>'))
    assert [line for line in content_of(_saved(document, tmp_path), Limits()) if line] == ["## Aurora", "# Nova"]


def test_an_old_document_and_a_protected_one_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    with pytest.raises(UnreadableFile, match=r"old Word document \(\.doc\)"):
        list(read(path, Limits()))
    path.write_bytes(path.read_bytes() + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(UnreadableFile, match="password"):
        list(read(path, Limits()))


def test_entities_are_refused_before_anything_is_parsed(tmp_path: Path) -> None:
    path = _saved(docx.Document(), tmp_path)
    bomb = tmp_path / "b.docx"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "word/document.xml":
                content = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + content.split(b"?>", 1)[1]
            changed.writestr(name, content)
    with pytest.raises(UnreadableFile, match="declarations"):
        list(read(bomb, Limits()))


@pytest.mark.parametrize("part", ["word/document.xml", "[Content_Types].xml", "_rels/.rels", "word/styles.xml"])
def test_a_damaged_document_is_refused_with_a_sentence(tmp_path: Path, part: str) -> None:
    path = _saved(docx.Document(), tmp_path)
    broken = tmp_path / "b.docx"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(broken, "w") as changed:
        for name in whole.namelist():
            changed.writestr(name, b"<broken" if name == part else whole.read(name))
    with pytest.raises(UnreadableFile, match=r"damaged|ZIP"):
        list(read(broken, Limits()))


def test_a_document_without_products_is_refused(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("We are a shop.")
    with pytest.raises(UnreadableFile, match="No products"):
        list(read(_saved(document, tmp_path), Limits()))
