"""Rows of cells, from whatever format, cut into tables of records; banners, sections and totals are told apart."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from errors import UnreadableFile
from ingestion.columns import Field
from ingestion.header_rows import (
    MIN_TITLES,
    ORNAMENTS,
    Header,
    Row,
    find_header,
    header_at,
    is_header,
    is_number,
    is_wordy,
    known_field,
    lone_text,
    named,
    texts_of,
    title_of,
)
from ingestion.own_form import TITLES
from ingestion.records import A_TOTAL, Limits, Record, RecordTable, Rejected

# The titles stand within this many rows that are not blank; as many rows below them tell which columns hold anything.
_HEADER_ROWS = 50

# How many headings may follow each other before the first row that they are about.
_NESTED_SECTIONS = 3
_SECTION_CHARS = 100

_MONEY_AT_END = re.compile(
    r"(?:\d\s?(?:[$\u00a3-\u00a5\u20a0-\u20bf]|EUR|USD|GBP|CHF|SEK|RUB|IDR|kr|\u0440\u0443\u0431)|[$\u00a3-\u00a5\u20a0-\u20bf]\s?[\d.,]*\d)[.:-]*$"
)
# "X200", "16GB", "3", but no year.
_MODEL = re.compile(r"(?!(?:19|20)[0-9]{2}\b)[\w./-]{0,40}[0-9][\w./-]{0,40}")
_BESIDE_A_TOTAL = re.compile(r"\([^()]*\)|[\d\W_]+")
_TOTALS = frozenset(
    {"total", "totals", "grand total", "sub total", "subtotal", "sum"}
    | {"summe", "gesamt", "gesamtsumme", "gesamtbetrag", "zwischensumme", "insgesamt"}
    | {"suma", "total general", "importe total"}
    | {"somme", "sous total", "total g\u00e9n\u00e9ral", "montant total"}
    | {"jumlah", "total keseluruhan"}
    | {"summa", "totalt", "totalsumma", "delsumma"}
    | {
        "\u0438\u0442\u043e\u0433\u043e",
        "\u0432\u0441\u0435\u0433\u043e",
        "\u0438\u0442\u043e\u0433",
        "\u0441\u0443\u043c\u043c\u0430",
        "\u043e\u0431\u0449\u0430\u044f \u0441\u0443\u043c\u043c\u0430",
    }
)


class NoHeader(UnreadableFile):
    """No row among the first ones names the columns."""

    def __init__(self) -> None:
        super().__init__(
            "No row names the columns; one above the products must, with 'name' and 'price' among its titles."
        )


class _Columns(NamedTuple):
    """What is known of a table's columns: names of all, indexes by what they hold (-1: no such column).

    `verbatim`: they are those of a catalogue that left us, in which a text may be blanks alone.
    """

    names: Sequence[str]
    titled: int
    header_rows: Sequence[Sequence[tuple[int, str]]]
    name: int
    price: int
    category: int
    verbatim: bool


class _Rows:
    """Rows that can be looked at before they are taken. Blank ones are passed over."""

    def __init__(self, rows: Iterable[tuple[int, Sequence[object]]], limits: Limits) -> None:
        self._waiting: deque[Row] = deque()
        self._rest = self._filled(rows, limits)
        self.section = ""

    @staticmethod
    def _filled(rows: Iterable[tuple[int, Sequence[object]]], limits: Limits) -> Iterator[Row]:
        after_blank = False
        for number, cells in rows:
            filled = [
                at for at, cell in enumerate(cells) if cell is not None and (not isinstance(cell, str) or cell.strip())
            ]
            if filled and filled[-1] >= limits.columns:
                raise UnreadableFile(
                    f"Row {number} has more than {limits.columns:,} columns, which is no product list."
                )
            if any(isinstance(cells[at], str) and len(str(cells[at])) > limits.cell_chars for at in filled):
                raise UnreadableFile(f"A cell in row {number} has more than {limits.cell_chars:,} characters.")
            if filled:
                yield Row(number, cells[: limits.columns], filled, after_blank)
            after_blank = not filled

    def look(self, count: int) -> Sequence[Row]:
        """The next rows, up to so many, which stay."""
        while len(self._waiting) < count and (row := next(self._rest, None)) is not None:
            self._waiting.append(row)
        return [self._waiting[at] for at in range(min(count, len(self._waiting)))]

    def take(self) -> Row | None:
        return self._waiting.popleft() if self._waiting else next(self._rest, None)

    def put_back(self, row: Row) -> None:
        self._waiting.appendleft(row)


def tables_of(rows: Iterable[tuple[int, Sequence[object]]], limits: Limits, name: str = "") -> Iterator[RecordTable]:
    """The tables in rows of cells, each with its records; these must be read before the next table is asked for.

    What stands above the titles is a banner and gives nothing. Below them every row that is not blank is one of:

    - a record: its filled cells by title. Titles of columns that have none are "column 7", doubled ones "Price (2)";
    - the titles again (the next page), which give nothing, or other titles, which begin the next table;
    - a section: one text alone (or repeated over merged cells) that is followed by a row of several cells, is no longer
      than a name, does not end with an amount of money, and is not in the price's column. When the next row has a
      category of its own, the text alone is taken for a product whose price is missing, and is a record. So is the only
      one of a table, below the first product, when a number in it ("Lamp X200") tells it from a heading, and one that
      nothing follows, except at the end below a blank row: that is a footnote. Of headings that
      follow each other the last one counts. Dashes and stars around it are its ornament;
    - rejected: a row with more filled cells than there are columns, and a total.

    Args:
        rows: number, from 1, and cells of each row, blank ones included.
        limits: of columns and characters of a cell.
        name: of the tables.

    Raises:
        NoHeader: there are rows, but none that names columns.
        UnreadableFile: there is no row, or a limit is exceeded.
    """
    source = _Rows(rows, limits)
    first = source.look(_HEADER_ROWS)
    if not first:
        raise UnreadableFile("There is nothing in it: the file is empty.")
    header = find_header(first)
    if header is None:
        raise NoHeader
    while header is not None:
        for _ in range(header.end):
            source.take()
        columns = _columns(header)
        records = _records(source, columns, source.section or header.section)
        held = {at for row in source.look(_HEADER_ROWS) for at in row.filled}
        titles = tuple(
            title
            for at, title in enumerate(columns.names)
            if at in held or (at < len(header.titles) and header.titles[at])
        )
        yield RecordTable(titles, records, name)
        deque(records, 0)
        following = source.look(_HEADER_ROWS)
        header = header_at(following, 0) if following else None


def _columns(header: Header) -> _Columns:
    fields = [known_field(title) for title in header.titles]

    def place(field: Field) -> int:
        return fields.index(field) if field in fields else -1

    names = named(header.titles)
    titled = sum(map(bool, header.titles))
    return _Columns(
        names,
        titled,
        header.rows,
        place(Field.NAME),
        place(Field.PRICE),
        place(Field.CATEGORY),
        set(names) == set(TITLES),
    )


class _Ahead(NamedTuple):
    """What comes after a text alone in its row.

    Attributes:
        row: the first row of several cells, which is no total and not the titles again; None: there is none in sight.
        distance: how many rows with one text alone come before it, or are in sight.
        ends: whether there is nothing but such texts up to the end.
    """

    row: Row | None
    distance: int
    ends: bool


def _records(rows: _Rows, columns: _Columns, section: str) -> Iterator[Record | Rejected]:
    headed = footnote = begun = False
    ahead = _Ahead(None, 0, ends=False)
    while (row := rows.take()) is not None:
        ahead = ahead._replace(distance=ahead.distance - 1)
        if _is_repeated(row, columns):
            continue
        if is_header(row._replace(after_blank=row.after_blank or headed)):
            rows.section = section if headed else ""
            rows.put_back(row)
            return
        text = lone_text(row) if columns.titled >= MIN_TITLES else ""
        if text and ahead.distance < 0:
            ahead = _ahead(rows, columns)
        headed = bool(text) and _is_section(row, text, ahead, columns)
        if headed and begun and not section and _is_model(row, text, columns):
            headed = any(map(lone_text, rows.look(_HEADER_ROWS)))
        footnote = bool(text) and ahead.ends and (footnote or _is_below_all(row, columns))
        if headed:
            section = text.strip(ORNAMENTS) or text
        elif not footnote:
            begun = True
            yield _record(row, rows.look(1), columns, section)


def _is_repeated(row: Row, columns: _Columns) -> bool:
    """Whether it is the titles again; the first cell tells nearly always."""
    first = title_of(row.cells[row.filled[0]])
    return any(first == texts[0][1] and texts_of(row) == texts for texts in columns.header_rows)


def _is_below_all(row: Row, columns: _Columns) -> bool:
    """Whether a text alone that nothing follows is a footnote, rather than a product without a price."""
    return row.after_blank and (row.filled[0] != columns.name or columns.name == 0)


def _record(row: Row, following: Sequence[Row], columns: _Columns, section: str) -> Record | Rejected:
    width = len(columns.names)
    if row.filled[-1] >= width:
        members = {columns.names[at] if at < width else f"column {at + 1}": row.cells[at] for at in row.filled}
        return Rejected(row.number, f"{row.filled[-1] + 1} cells, but only {width} columns", members)
    held = range(min(width, len(row.cells))) if columns.verbatim else row.filled
    members = {columns.names[at]: row.cells[at] for at in held}
    if _is_total(row) and not (following and not following[0].after_blank and len(following[0].filled) >= MIN_TITLES):
        return Rejected(row.number, A_TOTAL, members)
    return Record(row.number, members, section)


def _is_total(row: Row) -> bool:
    """Whether a row holds a word for a total, and besides it amounts alone."""
    word, *others = (row.cells[at] for at in row.filled)
    if not isinstance(word, str) or len(word) > _SECTION_CHARS:
        return False
    plain = _BESIDE_A_TOTAL.sub(" ", word.casefold())
    return " ".join(plain.split()) in _TOTALS and all(
        is_number(cell) or any(map(str.isdigit, str(cell))) for cell in others
    )


def _ahead(rows: _Rows, columns: _Columns) -> _Ahead:
    """Look past texts alone in their rows; what is found holds for all of them, so that each is looked at once."""
    in_sight = rows.look(_HEADER_ROWS)
    for distance, row in enumerate(in_sight):
        if not lone_text(row) and not _is_repeated(row, columns):
            full = len(row.filled) >= MIN_TITLES and not _is_total(row)
            return _Ahead(row if full else None, distance, ends=False)
    return _Ahead(None, len(in_sight), ends=len(in_sight) < _HEADER_ROWS)


def _is_model(row: Row, text: str, columns: _Columns) -> bool:
    """Whether a text alone, amid products, is written as a product with its number rather than as a heading."""
    is_name = row.filled[0] == columns.name and not row.after_blank and text[0].isalnum() and not text.isupper()
    return is_name and any(map(_MODEL.fullmatch, text.split()))


def _is_section(row: Row, text: str, ahead: _Ahead, columns: _Columns) -> bool:
    column = row.filled[0]
    if ahead.row is None or ahead.distance >= _NESTED_SECTIONS or column == columns.price:
        return False
    if len(text) > _SECTION_CHARS or _MONEY_AT_END.search(text) or not (is_wordy(text) or column == columns.name):
        return False
    has_own = columns.category >= 0 and columns.category != column and columns.category in ahead.row.filled
    return not has_own or is_header(ahead.row)
