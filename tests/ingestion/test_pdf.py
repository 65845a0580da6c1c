"""PDF files: ruled and aligned tables over several pages, labelled text, and what is refused."""

import zlib
from pathlib import Path

import pytest
from fpdf import FPDF
from fpdf.enums import AccessPermission

from errors import UnreadableFile
from ingestion.pdf import content_of, read
from ingestion.pdf_pages import survey
from ingestion.records import Limits, Record, Rejected


class Catalogue(FPDF):
    """Pages with a head and a foot."""

    def header(self) -> None:
        self.set_font("helvetica", size=8)
        self.cell(0, 6, "Acme catalogue", new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("helvetica", size=8)
        self.cell(0, 6, f"Page {self.page_no()}")


def _new(kind: type[FPDF] = FPDF, size: int = 10) -> FPDF:
    document = kind()
    document.add_page()
    document.set_font("helvetica", size=size)
    return document


def _line(document: FPDF, *cells: str, size: int = 10, style: str = "") -> None:
    document.set_font("helvetica", style=style, size=size)
    for cell in cells:
        document.cell(60, 6, cell)
    document.ln()


def _saved(document: FPDF, folder: Path) -> Path:
    path = folder / "a.pdf"
    document.output(str(path))
    return path


def _found(path: Path, limits: Limits | None = None) -> list[Record | Rejected]:
    return [one for table in read(path, limits or Limits()) for one in table.records]


def test_a_ruled_table_goes_on_over_pages_with_the_titles_of_the_first(tmp_path: Path) -> None:
    document = _new(Catalogue)
    with document.table(first_row_as_headings=False) as table:
        for cells in [("Name", "Price (EUR)"), *((f"Thing {number}", f"{number + 1},50") for number in range(90))]:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    assert document.page_no() > 1
    found = _found(_saved(document, tmp_path))
    assert [one.members for one in found] == [
        {"Name": f"Thing {number}", "Price (EUR)": f"{number + 1},50"} for number in range(90)
    ]


def test_an_aligned_table_goes_on_over_pages_and_ends_at_prose(tmp_path: Path) -> None:
    document = _new(Catalogue)
    _line(document, "All we have")
    _line(document, "Name", "Price", "Category")
    for number in range(90):
        _line(document, f"Chair {number}", f"$ {number + 5}.00", "" if number == 3 else "Chairs")
    _line(document, "We thank you for reading this long list of chairs.")
    found = _found(_saved(document, tmp_path))
    assert len(found) == 90
    assert found[0].members == {"Name": "Chair 0", "Price": "$ 5.00", "Category": "Chairs"}
    assert found[3].members == {"Name": "Chair 3", "Price": "$ 8.00"}


def test_names_with_prices_at_the_right_are_products(tmp_path: Path) -> None:
    document = _new()
    _line(document, "Seeds", size=16)
    for number in range(4):
        _line(document, f"Sort {number}", f"EUR {number},50")
    assert [one.members for one in _found(_saved(document, tmp_path))] == [
        {"name": f"Sort {number}", "price": f"EUR {number},50"} for number in range(4)
    ]


def test_larger_type_is_a_heading_with_labels_below_it_on_each_page(tmp_path: Path) -> None:
    document = Catalogue()
    for number in range(4):
        document.add_page()
        _line(document, f"Lamp {number}", size=16)
        _line(document, f"Price: EUR {number + 10}")
        _line(document, "Category: Lamps")
        document.ln(6)
        document.multi_cell(0, 6, "A lamp that gives light and is good to look at for many years to come. " * 3)
    found = _found(_saved(document, tmp_path))
    assert [one.members and one.members["name"] for one in found] == [f"Lamp {number}" for number in range(4)]
    assert found[2].members == {
        "name": "Lamp 2",
        "Price": "EUR 12",
        "Category": "Lamps",
        "description": ("A lamp that gives light and is good to look at for many years to come. " * 3).strip(),
    }


def test_columns_of_prose_are_read_one_after_the_other(tmp_path: Path) -> None:
    document = _new(size=9)
    top = document.get_y()
    for place, word in ((10, "left"), (110, "right")):
        document.set_xy(place, top)
        document.multi_cell(85, 5, f"This is the {word} side of a page that has two of them. " * 8, align="L")
    path = _saved(document, tmp_path)
    text = " ".join(line for line in content_of(path, survey(path, Limits()), Limits()) if isinstance(line, str))
    assert "side of a page that has two of them. This is the left side" in text
    assert text.rfind("left") < text.find("right")


def test_a_page_without_text_is_taken_for_a_scan(tmp_path: Path) -> None:
    document = _new()
    document.rect(10, 10, 50, 50)
    with pytest.raises(UnreadableFile, match="OCR it first"):
        _found(_saved(document, tmp_path))


def test_a_password_is_named(tmp_path: Path) -> None:
    document = _new()
    _line(document, "Name: A")
    document.set_encryption(owner_password="x", user_password="y", permissions=AccessPermission.none())
    with pytest.raises(UnreadableFile, match="password"):
        _found(_saved(document, tmp_path))


def test_too_many_pages_are_refused_before_any_is_read(tmp_path: Path) -> None:
    document = _new()
    for _ in range(4):
        document.add_page()
    with pytest.raises(UnreadableFile, match="5 pages"):
        _found(_saved(document, tmp_path), Limits(pages=4))


@pytest.mark.parametrize("keep", [10, 200, 700])
def test_a_file_that_breaks_off_is_refused(tmp_path: Path, keep: int) -> None:
    document = _new()
    _line(document, "Name: A")
    path = _saved(document, tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UnreadableFile):
        _found(path)


def _with_contents(path: Path, contents: bytes) -> Path:
    """A PDF of one page with these contents, compressed."""
    packed = zlib.compress(contents, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj%s\nendobj\n" % (number, one)
    start = len(written)
    written += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    path.write_bytes(written + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start)
    return path


def test_contents_that_inflate_without_end_are_refused(tmp_path: Path) -> None:
    path = _with_contents(tmp_path / "a.pdf", b" " * (65 * 1024 * 1024))
    with pytest.raises(UnreadableFile, match="Page 1"):
        _found(path)


def test_a_page_with_more_characters_than_a_page_holds_is_refused(tmp_path: Path) -> None:
    path = _with_contents(tmp_path / "a.pdf", b"BT /F1 1 Tf " + b"(aaaaaaaaaaaaaaaaaaaa) Tj " * 4_000 + b"ET")
    with pytest.raises(UnreadableFile, match="Page 1"):
        _found(path)


def test_a_page_full_of_lines_is_read_without_looking_for_tables_in_them(tmp_path: Path) -> None:
    lines = b"".join(b"%d 0 m %d 800 l S 0 %d m 600 %d l S " % (at % 600, at % 600, at, at) for at in range(2_000))
    path = _with_contents(tmp_path / "a.pdf", lines + b"BT /F1 10 Tf 20 700 Td (Name: A) Tj 0 -12 Td (Price: $5) Tj ET")
    assert [one.members for one in _found(path)] == [{"Name": "A", "Price": "$5"}]
