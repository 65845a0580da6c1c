"""PDF files page by page: counted and looked over by PDFium, then read by pdfplumber; nothing stays of a page."""

import logging
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1
from pdfplumber.page import Page
from pdfplumber.pdf import PDF
from pypdfium2 import raw as pdfium

from errors import UnreadableFile
from ingestion.life import sign
from ingestion.records import Limits

# Of one page. A page of dense print has some 15,000 characters, a catalogue with drawings some 10,000 objects.
_MOST_CHARS = 60_000
_MOST_OBJECTS = 100_000
_MOST_CONTENT_BYTES = 64 * 1024 * 1024
_DEEPEST_FORM = 4
_MOST_CROSSINGS = 1_000_000  # of upright and level lines, which a finder of tables would try

_EDGE_LINES = 3  # at the top and at the bottom, which may be the same on each page
_FEWEST_PAGES = 2  # that show it
_LEAST_TEXT = 8  # characters in a whole file; less is a scan with a stamp
_UNMAPPED = re.compile(r"\(cid:\d+\)")
_NUMBER = re.compile(r"\d+")

_DAMAGED = "The PDF is damaged or no PDF. Open it in the program that made it, export it again and upload that."
_PROTECTED = "The PDF is protected with a password. Save it without one and upload it again."
_TOO_DENSE = "Page {page} of the PDF holds more than can be read. Divide it, or send the table as CSV or XLSX."
_NO_TEXT = (
    "The PDF holds no text; it looks scanned. OCR it first, so that its text can be selected, "
    "or send the list as a table."
)

# What pdfminer says about every oddity of a font is of no use to anybody here.
logging.getLogger("pdfminer").setLevel(logging.ERROR)


class Survey(NamedTuple):
    """What a first look over the pages shows.

    Attributes:
        title: the one in the file's own description; may be empty.
        furniture: lines, as `line_key` has them, that stand at the edges of most pages.
    """

    title: str
    furniture: frozenset[str]


def line_key(text: str, page: int) -> str:
    """A line as it is compared with those of other pages: without spaces, and without the number of its page."""
    numbers = _NUMBER.findall(text)
    is_number = len(numbers) == 1 and not any(map(str.isalpha, text))  # of pages that are not counted from 1
    own = numbers[0] if is_number else str(page)
    before, found, behind = text.partition(own) if own in numbers else (text, "", "")
    return "".join(f"{before}{'#' if found else ''}{behind}".split()).casefold()


def survey(path: Path, limits: Limits) -> Survey:
    """Look over a PDF without reading it.

    Raises:
        UnreadableFile: no PDF, protected with a password, more than `limits.pages`, pages that hold more than pages do,
            or no text at all.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        is_protected = error.err_code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        raise UnreadableFile(_PROTECTED if is_protected else _DAMAGED) from error
    try:
        if not len(document):
            raise UnreadableFile(_DAMAGED)
        if len(document) > limits.pages:
            raise UnreadableFile(f"The PDF has {len(document):,} pages; up to {limits.pages:,} can be read. Divide it.")
        _check_all_contents(path, limits)
        return _look_over(document)
    finally:
        document.close()


def pages_of(path: Path, limits: Limits) -> Iterator[Page]:
    """The pages of a PDF that was surveyed, each valid until the next is asked for.

    Raises:
        UnreadableFile: the file is damaged, or a page would take too much.
    """
    with path.open("rb") as file:
        try:
            document = PDF.open(file)
            pages = enumerate(PDFPage.create_pages(document.doc), start=1)
        except Exception as error:  # what a damaged file does to the library has no common type
            raise UnreadableFile(_DAMAGED) from error
        while (page := _next_page(document, pages, limits)) is not None:
            sign()
            yield page
            page.close()
            document.doc._cached_objs.clear()  # noqa: SLF001, contents would stay in memory until the last page


def crossings_are_bearable(page: Page) -> bool:
    """Whether the lines that are drawn on a page are few enough to look for tables among them."""
    upright = sum(edge["orientation"] == "v" for edge in page.edges)
    return bool(0 < upright * (len(page.edges) - upright) <= _MOST_CROSSINGS)


def _look_over(document: pypdfium2.PdfDocument) -> Survey:
    edges: Counter[str] = Counter()
    chars = 0
    for number in range(len(document)):
        sign()
        lines, count = _glance(document, number)
        chars += count
        edges.update({line_key(line, number + 1) for line in [*lines[:_EDGE_LINES], *lines[-_EDGE_LINES:]]})
    if chars < _LEAST_TEXT:
        raise UnreadableFile(_NO_TEXT)
    most = max(_FEWEST_PAGES, len(document) // 2 + 1)
    return Survey(
        " ".join(document.get_metadata_value("Title").split()),
        frozenset(line for line, count in edges.items() if count >= most and line),
    )


def _glance(document: pypdfium2.PdfDocument, number: int) -> tuple[Sequence[str], int]:
    """The lines of a page, roughly, and how many characters stand on it."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return (), 0  # a page that cannot be opened; the others may be fine
    try:
        if pdfium.FPDFPage_CountObjects(page) > _MOST_OBJECTS:
            raise UnreadableFile(_TOO_DENSE.format(page=number + 1))
        text_page = page.get_textpage()
        try:
            count = text_page.count_chars()
            if count > _MOST_CHARS:
                raise UnreadableFile(_TOO_DENSE.format(page=number + 1))
            text = _UNMAPPED.sub("", text_page.get_text_range()) if count > 0 else ""
        finally:
            text_page.close()
    finally:
        page.close()
    return [line for line in text.splitlines() if line.strip()], sum(map(str.isalnum, text))


def _next_page(document: PDF, pages: Iterator[tuple[int, PDFPage]], limits: Limits) -> Page | None:
    try:
        found = next(pages, None)
        return _checked(document, *found, limits) if found else None
    except UnreadableFile:
        raise
    except Exception as error:  # what a damaged page does to the library has no common type
        raise UnreadableFile(_DAMAGED) from error


def _checked(document: PDF, number: int, found: PDFPage, limits: Limits) -> Page:
    if number > limits.pages:
        raise UnreadableFile(f"The PDF has more than {limits.pages:,} pages. Divide it.")
    page = Page(document, found, page_number=number)
    if sum(map(len, page.objects.values())) > _MOST_OBJECTS:
        raise UnreadableFile(_TOO_DENSE.format(page=number))
    return page


def _check_all_contents(path: Path, limits: Limits) -> None:
    """Inflate the contents of every page to nowhere, before a library inflates them whole."""
    with path.open("rb") as file:
        try:
            document = PDFDocument(PDFParser(file), caching=False)
            for number, page in enumerate(PDFPage.create_pages(document), start=1):
                if number > limits.pages:
                    break
                _check_contents(page, number)
                sign()
        except UnreadableFile:
            raise
        except Exception as error:  # as above
            raise UnreadableFile(_DAMAGED) from error


def _check_contents(page: PDFPage, number: int) -> None:
    """Refuse contents that inflate to more than a page can hold, before the library inflates them."""
    left = _MOST_CONTENT_BYTES
    waiting: list[tuple[object, int]] = [(stream, 0) for stream in page.contents]
    waiting.extend((form, 1) for form in _forms(page.resources))
    seen: set[int] = set()
    while waiting and left > 0:
        named, depth = waiting.pop()
        stream = resolve1(named)
        key = getattr(stream, "objid", None) or id(stream)
        if not isinstance(stream, PDFStream) or stream.rawdata is None or key in seen:
            continue
        seen.add(key)
        if depth and getattr(stream.get("Subtype"), "name", "") != "Form":
            continue  # a picture, which nobody inflates
        left -= _inflated_size(stream, left)
        if depth < _DEEPEST_FORM:
            waiting.extend((form, depth + 1) for form in _forms(stream.get("Resources")))
    if left <= 0:
        raise UnreadableFile(_TOO_DENSE.format(page=number))


def _forms(resources: object) -> list[object]:
    """What the resources of a page or a form name to be drawn: pictures, and forms with contents of their own."""
    named = resolve1(resources)
    drawn = resolve1(named.get("XObject")) if isinstance(named, dict) else None
    return list(drawn.values()) if isinstance(drawn, dict) else []


def _inflated_size(stream: PDFStream, most: int) -> int:
    """How many bytes a stream holds, looked up to `most`; each of its layers counts."""
    content = bytes(stream.rawdata or b"")
    size = len(content)
    for name, _ in stream.get_filters():
        if getattr(name, "name", "") not in {"FlateDecode", "Fl"} or size >= most:
            break
        try:
            content = zlib.decompressobj().decompress(content, most)
        except zlib.error:
            break
        size = len(content)
    return size
