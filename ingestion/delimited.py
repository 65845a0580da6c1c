"""CSV, TSV and their kin: the delimiter is found by content, and what a spreadsheet would show as a row is one."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from errors import UnreadableFile
from ingestion.decoding import opened
from ingestion.grid import tables_of
from ingestion.header_rows import known_field
from ingestion.life import sign
from ingestion.records import Limits, RecordTable

_DELIMITERS = ",;\t|"

# What the delimiter is found by: so much of the beginning, and so many of its rows.
_SAMPLE_CHARS = 131_072
_SAMPLE_ROWS = 100

# A row may be as long as so many of the longest cells.
_CELLS_OF_A_ROW = 8

_DELIMITER_NAMED = re.compile(r'\ufeff?"?sep=(.)"?\r?\n?', re.IGNORECASE)


class _Dialect(NamedTuple):
    delimiter: str
    skips_spaces: bool


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The tables of a file of delimited text; a record's number is the line on which its row begins.

    Raises:
        UnreadableFile: it is no text, no row names columns, a quote is not closed, or a limit is exceeded.
    """
    yield from tables_of(cells(path, limits), limits)


def cells(path: Path, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file of delimited text: the line on which each begins, and its cells as written.

    Blank rows are there, with no cells. A line whose quotes do not fit ('"24" wide;12') is taken as it stands, without
    a meaning of its quotes.

    Raises:
        UnreadableFile: it is no text, a quote is not closed, or a limit is exceeded.
    """
    stream, lines_before = opened(path)
    with stream:
        lines = _Lines(stream, lines_before, limits)
        dialect = lines.dialect()
        csv.field_size_limit(max(csv.field_size_limit(), lines.longest_row))
        reader = csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.skips_spaces, strict=True)
        while True:
            sign()
            lines.begin_row()
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                row = lines.unquoted(dialect)
            if len(row) > limits.columns and any(row[limits.columns :]):
                raise UnreadableFile(
                    f"Line {lines.row_line} has {len(row):,} cells; a product list has up to {limits.columns:,}."
                )
            yield lines.row_line, row


class _Lines:
    """The lines of a text, none of them and no row longer than is sensible.

    Attributes:
        row_line: the number of the line on which the present row begins, from 1.
        longest_row: characters.
    """

    def __init__(self, stream: TextIO, lines_before: int, limits: Limits) -> None:
        self.longest_row = _CELLS_OF_A_ROW * limits.cell_chars
        self.row_line = 0
        self._stream = stream
        self._line = lines_before
        self._row: list[str] = []
        self._row_chars = 0
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self.longest_row + 1 - self._row_chars)
        self._row_chars += len(line)
        if self._row_chars > self.longest_row:
            raise self._too_long()
        if not line:
            self._ended = True
            raise StopIteration
        self._line += 1
        self._row.append(line)
        return line

    def dialect(self) -> _Dialect:
        """Find the delimiter, leaving the stream where the rows begin."""
        origin = self._stream.tell()
        sample = self._stream.read(_SAMPLE_CHARS)
        self._stream.seek(origin)
        if named := _DELIMITER_NAMED.match(sample):
            self._stream.read(named.end())
            self._line += 1
            return _dialect(sample[named.end() :], named[1])
        return _dialect(sample)

    def begin_row(self) -> None:
        self.row_line = self._line + 1
        self._row.clear()
        self._row_chars = 0

    def unquoted(self, dialect: _Dialect) -> list[str]:
        """The cells of a line whose quotes do not fit; those that enclose a cell are taken off.

        Raises:
            UnreadableFile: the row goes over several lines, so that nobody knows where it ends.
        """
        if len(self._row) != 1:
            if self._ended:
                raise self._not_closed()
            raise UnreadableFile(
                f"The quotes of the row that begins on line {self.row_line} do not fit: after one that ends a cell "
                "comes more text. Double each quote inside a cell."
            )
        if self._ended:
            raise self._not_closed()
        plain = next(csv.reader(self._row, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE))
        return [_bare(cell.lstrip() if dialect.skips_spaces else cell) for cell in plain]

    def _too_long(self) -> UnreadableFile:
        if self._row:
            return self._not_closed()
        return UnreadableFile(
            f"Line {self.row_line} has more than {self.longest_row:,} characters, which is no row of a product list."
        )

    def _not_closed(self) -> UnreadableFile:
        return UnreadableFile(f"A quote in the row that begins on line {self.row_line} is not closed.")


def _bare(cell: str) -> str:
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def _dialect(sample: str, delimiter: str = "") -> _Dialect:
    delimiter = delimiter or max(_DELIMITERS, key=lambda each: _fit(sample, each))
    spaced = re.search(rf'(?m)^[^"\r\n]*{re.escape(delimiter)} +"(?!")', sample) is not None
    return _Dialect(delimiter, spaced and delimiter + '"' not in sample)


def _fit(sample: str, delimiter: str) -> tuple[int, float, int]:
    """How well a delimiter divides a text: the most titles in one row; rows of the commonest length; that length.

    Titles come first: in "name;price" with decimal commas below, or with commas in a banner above, nothing else tells.
    """
    rows = _sample_rows(sample, delimiter)
    lengths = Counter(len(row) for row in rows if len(row) > 1)
    if not lengths:
        return 0, 0.0, 0
    titles = max(len({known_field(cell) for cell in row} - {None}) for row in rows)
    commonest, count = max(lengths.items(), key=lambda item: (item[1], item[0]))
    return titles if titles > 1 else 0, count / len(rows), commonest


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    lines = sample.splitlines(keepends=True)
    whole = lines[:-1] if len(sample) == _SAMPLE_CHARS and len(lines) > 1 else lines
    rows: list[list[str]] = []
    reader = csv.reader(chain(whole), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows
