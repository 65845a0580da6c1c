"""Makes the files of this folder that no editor writes: workbooks, documents, PDFs, UTF-16 and a very long line.

Run as `python tests/ingestion/files/make_binary.py`; the same versions of the libraries give the same bytes. What each
file must be read as is in its .expected.json, which is written by hand.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from docx import Document
from docx.document import Document as WordDocument
from fpdf import FPDF
from matplotlib import get_data_path
from openpyxl import Workbook  # type: ignore[import-untyped]  # openpyxl ships no types
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
MADE = datetime(2026, 1, 1, tzinfo=UTC)
FONT = Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"

TITLES = ("Article number", "Name", "Category", "Price")
WRAPPED = "Wild flowers for dry and sunny places, one hundred grams, mixed by hand in our garden"
MADE_A_YEAR: list[object] = ["How many lamps do you make a year?", 4000]
GRANITE = (
    "Cut from one block of granite and polished outside; the inside stays rough, so that spices do not slip away under "
    "the pestle."
)


def main() -> None:
    """Write every file."""
    _utf16()
    _google_feed()
    _workbooks()
    _open_document()
    _word_documents()
    _product_pdfs()
    _knowledge()


def _utf16() -> None:
    text = (
        "SKU\tName\tPrice\tCurrency\tColour\r\n"
        "Z-1\tŽupan bavlněný\t1 290,00\tCZK\tčerný\r\n"
        "Z-2\tRučník\t249,50\tCZK\tbílý\r\n"
    )
    (HERE / "unicode_text.txt").write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    text = "id;name;price;currency\r\nu-1;Café Bowl;12,50;EUR\r\nu-2;Plain Bowl;10,00;EUR\r\n"
    (HERE / "utf16_without_bom.csv").write_bytes(text.encode("utf-16-le"))
    text = "Код;Название;Цена\r\nk-1;Кружка;350 руб.\r\nk-2;Блюдце;180 руб.\r\n"  # noqa: RUF001  # Russian
    (HERE / "utf16be.csv").write_bytes(b"\xfe\xff" + text.encode("utf-16-be"))


def _google_feed() -> None:
    items = "".join(
        f"<item><g:id>BTN-{n:04}</g:id><title>Button no. {n}</title><link>https://buttons.example/{n}</link>"
        f"<g:price>{0.1 + n / 100:.2f} EUR</g:price><g:brand>Knopf &amp; Söhne</g:brand>"
        f"<g:availability>{'in_stock' if n % 2 == 0 else 'out_of_stock'}</g:availability>"
        f"<g:product_type>Buttons &gt; {'Shell' if n % 2 == 0 else 'Horn'}</g:product_type>"
        f"<g:size>{10 + n % 10} mm</g:size></item>"
        for n in range(1, 2001)
    )
    (HERE / "google_2000.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'
        f"<title>Buttons</title><link>https://buttons.example</link>{items}</channel></rss>",
        encoding="utf-8",
        newline="",
    )


def _workbooks() -> None:
    book = Workbook()
    _lamps(book)
    _accessories(book)
    notes = book.create_sheet("Notes")
    notes["B2"] = "Ask Eva before this is printed."
    _save_workbook(book, HERE / "catalogue.xlsx")

    book = Workbook()
    _append(
        book.active,
        [
            ["Contour Cables Ltd"],
            ["12 Mill Lane, Norwich"],
            ["Valid from", date(2026, 10, 1)],
            [],
            ["Prices in US dollars, without engagement."],
            [],
            ["Item No.", "Item", "Length", "Unit price", "Available"],
            ["Cables"],
            ["C-100", "USB-C cable 1 m", "1 m", "USD 12.50", "yes"],
            ["C-200", "USB-C cable 2 m", "2 m", "USD 16.00", "no"],
            ["Chargers"],
            ["P-65", "Charger 65 W", None, "USD 1,039.00", "yes"],
            ["P-99", "Charger 99 W", None, "tbd", "no"],
        ],
    )
    for row in (8, 11):
        book.active.merge_cells(start_row=row, end_row=row, start_column=1, end_column=5)
    _save_workbook(book, HERE / "header_row_7.xlsx")

    book = Workbook()
    _append(
        book.active, [["id", "name", "price", "length"], ["w-1", "Whisk", 8.5, "30 cm"], ["w-2", "Ladle", 11, "33 cm"]]
    )
    _save_workbook(book, HERE / "wrong_extension.csv")


def _lamps(book: Workbook) -> None:
    sheet = book.active
    sheet.title = "Lampen"
    _append(
        sheet,
        [
            ["Halden Leuchten \u2013 Katalog 2026"],
            [],
            ["Kategorie", "Artikelnummer", "Bezeichnung", "Preis", "Lagerbestand", "Erscheinungsdatum"],
            ["Tischleuchten", 10023, "Aurora Tischleuchte", 49.9, 12, date(2026, 3, 1)],
            [None, 10024, "Aurora Mini", 39, 0, date(2025, 9, 15)],
            ["Stehleuchten", 10031, "Borea Stehleuchte", 1129.5, 3, None],
        ],
    )
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A4:A5")
    for row in (4, 5, 6):
        sheet.cell(row, 4).number_format = "#,##0.00"


def _accessories(book: Workbook) -> None:
    _append(
        book.create_sheet("Accessories"),
        [
            ["id", "name", "price", "currency", "watts", "lumen", "availability"],
            ["A-1", "LED bulb", 6.5, "EUR", 7.5, 806, True],
            ["00017", "LED spot", 4, "EUR", 5, 350, False],
            ["A-3", "LED strip", None, "EUR", 12, None, True],
        ],
    )


def _open_document() -> None:
    """A workbook of LibreOffice, as small as one can be; no library that we have writes them."""
    rows = (
        "".join(_open_cell(value) for value in row)
        for row in (
            ["Reference", "Title", "Price (GBP)", "Stock level", "Published"],
            ["PB-1", "The Salt Road", 12.5, 40, date(2026, 2, 3)],
            ["PB-2", "Winter Orchards", 9, 0, None],
        )
    )
    table = "".join(f"<table:table-row>{cells}</table:table-row>" for cells in rows)
    namespace = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{name}="{namespace}{name}:1.0"' for name in ("office", "table", "text"))
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        archive.writestr(
            zipfile.ZipInfo("content.xml"),
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3">'
            f'<office:body><office:spreadsheet><table:table table:name="Books">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        archive.writestr(
            zipfile.ZipInfo("META-INF/manifest.xml"),
            f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{namespace}manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mimetype}"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
            "</manifest:manifest>",
        )
    (HERE / "books.ods").write_bytes(made.getvalue())


def _open_cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, date):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}">'
            f"<text:p>{value:%d/%m/%Y}</text:p></table:table-cell>"
        )
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
    text = f"<text:p>{value}</text:p>"
    return f'<table:table-cell office:value-type="float" office:value="{value}">{text}</table:table-cell>'


def _append(sheet: object, rows: Iterable[Iterable[object]]) -> None:
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)  # type: ignore[attr-defined]  # an openpyxl worksheet


def _save_workbook(book: Workbook, path: Path) -> None:
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(_without_times(content.getvalue()))


def _word_documents() -> None:
    document = Document()
    document.add_heading("Blankets and pillows", 0)
    document.add_paragraph("Our prices for the winter of 2026.")
    _word_table(
        document,
        [
            ["No.", "Product", "Category", "Size", "Price"],
            ["B-1", "Alpaca Blanket", "Blankets", "130 x 180 cm", "189,00 €"],
            ["B-2", "Cotton Blanket", "Blankets", "140 x 200 cm", "69,90 €"],
            ["B-3", "Cashmere Blanket", "Blankets", "140 x 200 cm", "on request"],
            ["P-1", "Linen Pillow", "Pillows", "50 x 50 cm", "34,00 €"],
        ],
    )
    _save_document(document, HERE / "table.docx")

    document = Document()
    document.add_heading("Stools and benches", 0)
    document.add_heading("Alder Stool", 2)
    document.add_paragraph("A stool that fits under any table.")
    for line in ("Price: 89,00 €", "Category: Stools", "Height: 46 cm", "Features: stackable; oiled"):
        document.add_paragraph(line, style="List Bullet")
    document.add_heading("Birch Bench", 2)
    for line in ("Price: 1.249,50 €", "Category: Benches", "Available: no"):
        document.add_paragraph(line)
    document.add_heading("Cedar Chest", 2)
    document.add_paragraph("Category: Chests")
    document.add_paragraph("Height: 60 cm")
    _save_document(document, HERE / "labelled.docx")


def _word_table(document: WordDocument, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


def _save_document(document: WordDocument, path: Path) -> None:
    content = io.BytesIO()
    document.core_properties.created = document.core_properties.modified = MADE.replace(tzinfo=None)
    document.save(content)
    path.write_bytes(_without_times(content.getvalue()))


def _without_times(content: bytes) -> bytes:
    """The same archive with one date on all of its members, and in its properties."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "docProps/core.xml":
                member = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{MADE:%Y-%m-%dT%H:%M:%SZ}".encode(), member)
            new.writestr(zipfile.ZipInfo(name), member, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _product_pdfs() -> None:
    pdf = _pdf("Seeds 2026")
    with pdf.table(col_widths=(20, 70, 30, 25), first_row_as_headings=True) as table:
        table.row(TITLES)
        for n in range(1, 46):
            name = WRAPPED if n == 5 else f"Seed packet {n:02}"
            category = "Flowers" if n <= 20 else "Vegetables"
            table.row((f"S-{n:02}", name, category, f"{1.5 + n / 10:.2f} €".replace(".", ",")))
    pdf.output(str(HERE / "table_two_pages.pdf"))

    pdf = _pdf("Kitchen")
    _pdf_block(
        pdf,
        "Granite Mortar",
        [
            "Price: 42,00 €",
            "Category: Kitchen",
            "Weight: 3.8 kg",
            f"Description: {GRANITE}",
        ],
    )
    _pdf_block(
        pdf,
        "Olive Board",
        ["Price: 36,50 €", "Category: Kitchen", "Size: 40 x 20 cm", "Features: oiled; one piece"],
    )
    pdf.output(str(HERE / "labelled.pdf"))
    _scan(HERE / "scanned.pdf", "Teapot   24.00 EUR")


def _pdf(title: str) -> FPDF:
    pdf = FPDF()
    pdf.set_creation_date(MADE)
    pdf.add_font("DejaVu", fname=FONT)
    pdf.add_font("DejaVu", style="B", fname=FONT.with_name("DejaVuSans-Bold.ttf"))
    pdf.add_page()
    pdf.set_font("DejaVu", size=16)
    pdf.multi_cell(0, 10, title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("DejaVu", size=11)
    return pdf


def _pdf_block(pdf: FPDF, name: str, lines: Iterable[str]) -> None:
    pdf.ln(6)
    pdf.set_font("DejaVu", style="B", size=13)
    pdf.multi_cell(0, 8, name, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("DejaVu", size=11)
    for line in lines:
        pdf.multi_cell(0, 6, line, new_x="LMARGIN", new_y="NEXT", align="L")


def _scan(path: Path, text: str) -> None:
    image = Image.new("L", (600, 800), 245)
    ImageDraw.Draw(image).text((60, 80), text, fill=20, font_size=28)
    pdf = FPDF()
    pdf.set_creation_date(MADE)
    pdf.add_page()
    pdf.image(image, x=0, y=0, w=pdf.w)
    pdf.output(str(path))


def _knowledge() -> None:
    folder = HERE / "knowledge"
    pdf = _pdf("Care of lamps")
    pdf.multi_cell(0, 6, "Unplug the lamp before you clean it. Use a dry cloth.", new_x="LMARGIN", new_y="NEXT")
    pdf.add_page()
    pdf.multi_cell(0, 6, "Repairs are free for five years.", new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(folder / "handbook.pdf"))
    _scan(folder / "scanned.pdf", "Our terms")

    document = Document()
    document.add_heading("Warranty", 0)
    document.add_paragraph("We give five years on motors and two on everything else.")
    document.add_heading("What to do", 1)
    document.add_paragraph("Bring the receipt.")
    _word_table(document, [["Part", "Warranty"], ["Motor", "60 months"], ["Shade", "24 months"]])
    _save_document(document, folder / "warranty.docx")

    book = Workbook()
    _append(
        book.active, [["Question", "Answer"], ["Is there a showroom?", "Yes, in Lund."], MADE_A_YEAR, ["Who is Eva?"]]
    )
    _save_workbook(book, folder / "questions.xlsx")

    chapters = (
        f"## Chapter {chapter}\n\n"
        + "\n".join(f"Sentence {n} of chapter {chapter} says how part {n} is cleaned." for n in range(1, 401))
        for chapter in range(1, 13)
    )
    (folder / "long_manual.md").write_text("# Manual\n\n" + "\n\n".join(chapters) + "\n", encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
