"""How many cells a workbook spreads over, before a library makes room for all of them.

One cell at the far corner of a sheet, in a file of a few hundred bytes, is enough for some hundred gigabytes.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from errors import UnreadableFile

MOST_ROWS = 1_048_576

# Some 25 bytes each, the empty ones between the first and the last of a sheet included.
_MOST_CELLS = 20_000_000
_MOST_TEXT = 256 * 1024 * 1024

_CHUNK = 1 << 20
_OVERLAP = 400

# "XFD1048576" as an attribute's value, and the number of a row; not in empty elements, which are style alone.
_EMPTY = rb"(?![^<>]{0,200}(?:/>|></(?:\w{1,20}:)?c>))"
_CELL = re.compile(rb"""["']([A-Za-z]{1,7})(\d{1,10})["']""" + _EMPTY)
_ROW = re.compile(rb"""\sr\s{0,20}=\s{0,20}["'](\d{1,10})["']""" + _EMPTY)

# Kinds of records in an XLSB sheet; cells with a value, blank ones not among them.
_ROW_RECORD = 0
_CELL_RECORDS = range(2, 12)

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_VALUE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"


class Span(NamedTuple):
    """Cells of one column that are merged: from a row to another, both counted from 0 and included."""

    column: int
    first: int
    last: int


def check_extent(path: Path) -> None:
    """Refuse an XLSX or XLSB workbook with a sheet that spreads over too many cells.

    Raises:
        UnreadableFile: it does.
    """
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.lower()
            if name.endswith(".xml") and "sharedstrings" not in name:
                _check_xml(archive, member)
            elif name.endswith(".bin") and "worksheets/" in name:
                with archive.open(member) as file:
                    _check_records(file)


def _check_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    columns: set[bytes] = set()
    rows: set[int] = set()
    for chunk in _chunks(archive, member):
        cells = _CELL.findall(chunk)
        columns.update({column.upper() for column, _ in cells})
        rows.update(_ends([int(row) for _, row in cells] + [int(row) for row in _ROW.findall(chunk)]))
    if rows and columns:
        places = [_place(column) for column in columns]
        _check(max(rows), max(rows) - min(rows) + 1, max(places) - min(places) + 1)


def _check_records(file: IO[bytes]) -> None:
    """Go through an XLSB sheet: records of a kind, a size and a content that begins with a row's or column's index."""
    row = 0
    rows: set[int] = set()
    columns: set[int] = set()
    while (kind := _little(file, 2)) is not None:
        size = _little(file, 4) or 0
        index = int.from_bytes(file.read(min(size, 4)), "little")
        for start in range(4, size, _CHUNK):
            file.read(min(_CHUNK, size - start))
        if kind == _ROW_RECORD:
            row = index
        elif kind in _CELL_RECORDS:
            rows = {min(rows, default=row), max(rows, default=row), row}
            columns = {min(columns, default=index), max(columns, default=index), index}
    if rows:
        _check(max(rows) + 1, max(rows) - min(rows) + 1, max(columns) - min(columns) + 1)


def _little(file: IO[bytes], longest: int) -> int | None:
    """A number of up to so many bytes with seven bits each, the lowest first; None at the end."""
    number = 0
    for place in range(longest):
        byte = file.read(1)
        if not byte:
            return None
        number |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] <= 0x7F:  # noqa: PLR2004 the eighth bit says that more follow
            break
    return number


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as file:
        before = b""
        while chunk := file.read(_CHUNK):
            text = before + chunk
            # Up to the beginning of the last cell, so that none is cut in two.
            cut = text.rfind(b"<c")
            if len(text) - cut > _CHUNK:
                cut = len(text) - _OVERLAP
            yield text[:cut]
            before = text[cut:]
        yield before


def _ends(numbers: Sequence[int]) -> set[int]:
    return {min(numbers), max(numbers)} if numbers else set()


def _place(column: bytes) -> int:
    place = 0
    for letter in column:
        place = place * 26 + letter - 64
    return place


def _check(last_row: int, height: int, width: int) -> None:
    if last_row > MOST_ROWS or height * width > _MOST_CELLS:
        raise UnreadableFile(
            "A sheet is spread over too many cells: some stand far away from the others. Delete the empty rows and "
            "columns in between, or save the sheet as CSV."
        )


def merged_in_ods(path: Path) -> Sequence[Sequence[Span]]:
    """The vertically merged cells of each sheet of an ODS workbook, which is refused when it spreads over too many.

    Raises:
        UnreadableFile: a sheet repeats rows, columns or texts too often, or is damaged.
    """
    sheets: list[list[Span]] = []
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as file:
            extent = _OdsExtent()
            for event, element in iterparse(file, ("start", "end")):
                if element.tag == f"{_TABLE}table" and event == "start":
                    extent = _OdsExtent()
                    sheets.append(extent.spans)
                elif element.tag == f"{_TABLE}table-row" and event == "end":
                    extent.add(element)
                    element.clear()
    except (KeyError, ParseError, DefusedXmlException, zipfile.BadZipFile, ValueError) as error:
        raise UnreadableFile("The workbook is damaged; open it and save it anew.") from error
    return sheets


class _OdsExtent:
    """The rows of one sheet so far: how far they go, and what is merged in them."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._row = 0
        self._width = 0
        self._text = 0

    def add(self, row: Element) -> None:
        repeated = _number(row, "number-rows-repeated")
        column = 0
        filled = 0
        for cell in row:
            columns = _number(cell, "number-columns-repeated")
            rows = _number(cell, "number-rows-spanned")
            if cell.get(_VALUE) is not None or len(cell):
                filled = column + columns
                self._text += sum(map(len, cell.itertext())) * columns * repeated
                if rows > 1 and repeated == 1:
                    self.spans.append(Span(column, self._row, self._row + rows - 1))
            column += columns
        self._row += repeated
        if filled:
            self._width = max(self._width, filled)
            _check(self._row, self._row, self._width)
        if self._text > _MOST_TEXT:
            raise UnreadableFile("The workbook holds too much text for a product list.")


def _number(element: Element, name: str) -> int:
    return int(element.get(f"{_TABLE}{name}", "1"))
