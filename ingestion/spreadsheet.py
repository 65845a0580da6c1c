"""Workbooks: XLSX, XLS, XLSB and ODS, each sheet that holds a table."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from errors import UnreadableFile
from ingestion.archive import ArchiveKind, check_archive, kind_of
from ingestion.grid import NoHeader, tables_of
from ingestion.records import Limits, RecordTable
from ingestion.sheet_extent import MOST_ROWS, Span, check_extent, merged_in_ods

_ZIP = b"PK"
_ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 1 << 20

_PROTECTED = "The workbook is protected with a password; save it without one."
_DAMAGED = "The workbook cannot be opened: it is damaged. Open it in a spreadsheet program and save it anew as XLSX."

# Beyond it a floating-point number no longer holds every whole one.
_WHOLE = 2.0**53


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The tables of a workbook's sheets, hidden ones included, in its order; sheets without a table are passed over.

    Whole numbers are int, others float, as the sheet holds them; dates and times are ISO texts, durations "H:MM:SS".
    Formulas give the values that were saved with them, and errors ("#N/A") nothing. What is merged over several rows
    of a column stands in each of them that holds anything besides. A record's number is its row's.

    Raises:
        UnreadableFile: no sheet holds a table, it is protected or damaged, or a limit is exceeded.
    """
    merged: Sequence[Sequence[Span]] = ()
    if _begins_with(path, _ZIP):
        check_archive(path, limits)
        if kind_of(path) is ArchiveKind.ODS:
            merged = merged_in_ods(path)
        else:
            check_extent(path)
    elif _is_encrypted(path):
        raise UnreadableFile(_PROTECTED)
    found = filled = False
    with path.open("rb") as file, _calamine_errors():
        workbook = CalamineWorkbook.from_filelike(file)
        kinds = [sheet.typ for sheet in workbook.sheets_metadata]
    for index, name in enumerate(workbook.sheet_names):
        if kinds[index] is not SheetTypeEnum.WorkSheet:
            continue
        with _calamine_errors():
            sheet = workbook.get_sheet_by_index(index)
        if sheet.end is None:
            continue
        filled = True
        try:
            for table in tables_of(_rows(sheet, merged[index] if index < len(merged) else ()), limits, name):
                found = True
                yield table
        except NoHeader:
            continue
    if not found:
        raise NoHeader if filled else UnreadableFile("The workbook is empty: none of its sheets holds anything.")


@contextmanager
def _calamine_errors() -> Iterator[None]:
    """Say what is wrong with a workbook in words of our own."""
    try:
        yield
    except PasswordError as error:
        raise UnreadableFile(_PROTECTED) from error
    except (CalamineError, ValueError, OverflowError, OSError) as error:
        raise UnreadableFile(_DAMAGED) from error
    except BaseException as error:
        # What the library did not foresee comes as an exception that is none of Exception's and cannot be imported.
        if type(error).__name__ == "PanicException":
            raise UnreadableFile(_DAMAGED) from error
        raise


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def _is_encrypted(path: Path) -> bool:
    with path.open("rb") as file:
        before = b""
        while chunk := file.read(_CHUNK):
            if _ENCRYPTED_PART in before + chunk:
                return True
            before = chunk[-len(_ENCRYPTED_PART) :]
    return False


def _rows(sheet: CalamineSheet, merged: Sequence[Span]) -> Iterator[tuple[int, list[object]]]:
    """The rows with their numbers as the spreadsheet shows them; what is merged downwards is in each of its rows."""
    start, end = sheet.start or (0, 0), sheet.end or (0, 0)
    if end[0] >= MOST_ROWS:
        raise UnreadableFile(f"A sheet has more than {MOST_ROWS:,} rows.")
    merges = _Merges(sheet, merged)
    with _calamine_errors():
        rows = sheet.iter_rows()
    for index in range(end[0] + 1):
        with _calamine_errors():
            values = next(rows)
        # Every row, the blank ones above the first included, begins at the first column that holds anything.
        cells: list[object] = [""] * start[1] + [_cell(value) for value in values]
        merges.fill(index, cells)
        yield index + 1, cells


class _Merges:
    """Cells that are merged downwards, given to the rows that they are merged over."""

    def __init__(self, sheet: CalamineSheet, merged: Sequence[Span]) -> None:
        self._coming: defaultdict[int, list[Span]] = defaultdict(list)
        self._open: dict[int, tuple[int, object]] = {}
        for (first, left), (last, right) in sheet.merged_cell_ranges or ():
            if last > first and left == right:
                self._coming[first].append(Span(left, first, last))
        for span in merged:
            self._coming[span.first].append(span)

    def fill(self, index: int, cells: list[object]) -> None:
        """Complete a row, the one with this index from 0; one that is blank but for them stays blank."""
        if self._open and any(cell != "" for cell in cells):
            for column, (last, value) in list(self._open.items()):
                if last < index:
                    del self._open[column]
                elif cells[column] == "":
                    cells[column] = value
        for span in self._coming.pop(index, ()):
            if span.column < len(cells) and cells[span.column] != "":
                self._open[span.column] = (span.last, cells[span.column])


def _cell(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _WHOLE else value
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return value
