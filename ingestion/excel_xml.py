"""Workbooks as XML, as Excel 2003 and many shop systems write them ("XML Spreadsheet 2003", often called .xls)."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from errors import UnreadableFile
from ingestion.grid import NoHeader, tables_of
from ingestion.records import Limits, RecordTable
from ingestion.xml_elements import plain
from ingestion.xml_events import Handler, parse

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"

_Row = tuple[int, list[object]]


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The tables of a workbook's sheets; sheets without a table are passed over. A record's number is its row's.

    Raises:
        UnreadableFile: no sheet holds a table, it is no XML, or a limit is exceeded.
    """
    sheets = _Sheets(limits)
    pieces = parse(path, sheets)
    found = filled = False
    while (name := _next_sheet(sheets, pieces)) is not None:
        filled = True
        try:
            for table in tables_of(_rows(sheets, pieces), limits, name):
                found = True
                yield table
        except NoHeader:
            pass
        deque(_rows(sheets, pieces), maxlen=0)  # what was not asked for
    if not found:
        raise NoHeader if filled else UnreadableFile("The workbook is empty: none of its sheets holds anything.")


def _next_sheet(sheets: "_Sheets", pieces: Iterator[None]) -> str | None:
    while not sheets.told:
        if next(pieces, StopIteration) is StopIteration:
            return None
    named = sheets.told.popleft()
    return named if isinstance(named, str) else None


def _rows(sheets: "_Sheets", pieces: Iterator[None]) -> Iterator[_Row]:
    """The rows up to the next sheet."""
    while True:
        while not sheets.told:
            if next(pieces, StopIteration) is StopIteration:
                return
        if isinstance(sheets.told[0], str):
            return
        yield sheets.told.popleft()  # type: ignore[misc]  # what is no name is a row


class _Sheets(Handler):
    """Gathers rows.

    Attributes:
        told: names of sheets, each followed by its rows.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.told: deque[str | _Row] = deque()
        self._path: list[str] = []
        self._number = 0
        self._cells: list[object] = []
        self._merged: dict[int, tuple[int, object]] = {}  # by column: the last row that it goes on for
        self._place = 0
        self._down = 0
        self._kind = ""
        self._text: list[str] = []

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        tag = plain(name)
        given = {plain(key): value for key, value in attributes.items()}
        self._path.append(tag)
        match tag:
            case "Worksheet":
                self.told.append(given.get("Name", ""))
                self._number, self._merged = 0, {}
            case "Row":
                self._number = self._at(given, self._limits.rows) or self._number + 1
                self._cells = []
            case "Cell":
                self._place = (self._at(given, self._limits.columns) or len(self._cells) + 1) - 1
                self._down = self._whole(given.get("MergeDown"), self._limits.rows)
                self._text, self._kind = [], ""
            case "Data":
                self._kind = given.get("Type", "String")
            case _:
                pass

    def said(self, text: str) -> None:
        if "Data" in self._path:
            self._text.append(text)

    def closed(self) -> None:
        match self._path.pop():
            case "Cell":
                self._put(self._place, self._value())
            case "Row":
                for column, (last, value) in list(self._merged.items()):
                    if last < self._number:
                        del self._merged[column]
                    elif any(cell != "" for cell in self._cells):
                        self._put(column, value, only_if_empty=True)
                self.told.append((self._number, self._cells))
            case _:
                pass

    def _value(self) -> object:
        text = "".join(self._text)
        if self._kind == "Number":
            try:
                number = float(text)
            except ValueError:
                return text
            return int(number) if number.is_integer() and abs(number) < 2.0**53 else number
        if self._kind == "Boolean":
            return text.strip() == "1"
        if self._kind == "Error":
            return ""
        return text.removesuffix("T00:00:00.000") if self._kind == "DateTime" else text

    def _put(self, place: int, value: object, *, only_if_empty: bool = False) -> None:
        if len(self._cells) <= place:
            self._cells.extend([""] * (place + 1 - len(self._cells)))
        if not only_if_empty or self._cells[place] == "":
            self._cells[place] = value
        if self._down and not only_if_empty and value != "":
            self._merged[place] = (self._number + self._down, value)
        self._down = 0

    def _at(self, given: dict[str, str], most: int) -> int:
        """Where a row or cell stands that says so, from 1; 0 when it does not."""
        return self._whole(given.get("Index"), most)

    def _whole(self, text: str | None, most: int) -> int:
        if text is None or not text.isdecimal():
            return 0
        number = int(text)
        if number > most:
            raise UnreadableFile(f"The workbook has more than {most:,} rows or columns; send it in parts.")
        return number
