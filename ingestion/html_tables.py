"""Tables of web pages: many shop systems call such a page .xls, and a spreadsheet program opens it."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

from errors import UnreadableFile
from ingestion.decoding import decoded
from ingestion.grid import NoHeader, tables_of
from ingestion.linked_cells import Cell, Row, plain_cells
from ingestion.records import Limits, RecordTable
from understanding.words import word_set

_CHUNK_CHARS = 65_536
_UNSAID = word_set("script style noscript template head title select button")
_BREAKS = word_set("br p div li tr")
_CELLS = ("td", "th")
_NO_TABLE = "The page holds no table of products. Save the product list as CSV, XLSX, JSON or XML and send that."


class _Link(NamedTuple):
    """An element that leads somewhere."""

    kind: str
    member: str


_LINKS = {"a": _Link("link", "href"), "img": _Link("image", "src")}
_WEB = ("http://", "https://")


class _Open:
    """A table that is being read."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.is_layout = False
        self.merged: dict[int, tuple[int, Cell]] = {}  # by column: rows that it goes on for


class _Spans(NamedTuple):
    """How many columns and rows a cell stands in."""

    columns: int
    rows: int


def read(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The tables of a page in their order; a table that holds tables only arranges them.

    A record's number is its row's. What is merged over several rows of a column stands in each of them, and links are
    kept as ingestion/linked_cells.py says.

    Raises:
        UnreadableFile: the page has no table of products, cannot be read, or exceeds a limit.
    """
    found = filled = False
    for rows in _tables(path, limits):
        filled = True
        try:
            for table in tables_of(iter(plain_cells(rows)), limits):
                found = True
                yield table
        except NoHeader:
            continue
    if not found:
        raise NoHeader if filled else UnreadableFile(_NO_TABLE)


def _tables(path: Path, limits: Limits) -> Iterator[list[Row]]:
    """The rows of each innermost table; elements are let go of as soon as they are read."""
    open_tables: list[_Open] = []
    count = depth = 0
    for event, element in _events(path):
        tag = element.tag
        depth += 1 if event == "start" else -1
        if depth > limits.depth:
            raise UnreadableFile(f"The page is nested more than {limits.depth} levels deep.")
        if tag == "table" and event == "start":
            if open_tables:
                open_tables[-1].is_layout = True
            open_tables.append(_Open())
        elif tag == "table" and open_tables:
            table = open_tables.pop()
            if not table.is_layout and any(any(cell.text for cell in cells) for _, cells in table.rows):
                yield table.rows
            element.clear()
        elif tag == "tr" and event == "end" and open_tables and not open_tables[-1].is_layout:
            count += 1
            if count > limits.rows:
                raise UnreadableFile(f"The page has more than {limits.rows:,} rows; send it in parts.")
            _take(element, open_tables[-1], limits)
            element.clear()


def _events(path: Path) -> Iterator[tuple[str, etree._Element]]:
    parser = etree.HTMLPullParser(
        events=("start", "end"), encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        with decoded(path) as text:
            while chunk := text.read(_CHUNK_CHARS):
                parser.feed(chunk.replace("\0", "").encode("utf-8", "ignore"))
                yield from parser.read_events()
        parser.close()
        yield from parser.read_events()
    except etree.LxmlError as error:
        raise UnreadableFile("The page cannot be read; save the product list as CSV or XLSX and send that.") from error


def _take(row: etree._Element, table: _Open, limits: Limits) -> None:
    """A row's cells, and those that are merged into it from above."""
    cells: list[Cell] = []
    for element in row:
        if element.tag not in _CELLS:
            continue
        _fill(cells, table)
        cell, spans = _cell(element, limits), _spans(element, limits)
        if len(cells) + spans.columns > limits.columns:
            raise UnreadableFile(f"A table has more than {limits.columns:,} columns.")
        for _ in range(spans.columns):
            if spans.rows > 1:
                table.merged[len(cells)] = (spans.rows - 1, cell)
            cells.append(cell)
            cell = Cell("")  # what is merged sideways stands once
    _fill(cells, table)
    table.rows.append((len(table.rows) + 1, cells))


def _fill(cells: list[Cell], table: _Open) -> None:
    while (merged := table.merged.get(len(cells))) is not None:
        rows, cell = merged
        if rows == 1:
            del table.merged[len(cells)]
        else:
            table.merged[len(cells)] = (rows - 1, cell)
        cells.append(cell)


def _spans(element: etree._Element, limits: Limits) -> _Spans:
    columns, rows = (str(element.get(name) or "") for name in ("colspan", "rowspan"))
    return _Spans(
        min(int(columns), limits.columns) if columns.isdecimal() and int(columns) else 1,
        min(int(rows), limits.rows) if rows.isdecimal() and int(rows) else 1,
    )


def _cell(element: etree._Element, limits: Limits) -> Cell:
    said: list[str] = []
    links: list[tuple[str, str]] = []
    _say(element, said, links)
    text = " ".join("".join(said).split())
    if len(text) > limits.cell_chars:
        raise UnreadableFile(f"A cell has more than {limits.cell_chars:,} characters.")
    return Cell(text, links, links[0][1] if links and (not text or len(links) == 1) else "")


def _say(element: etree._Element, said: list[str], links: list[tuple[str, str]]) -> None:
    """The text of an element and of those in it, and where its links lead."""
    skipped: etree._Element | None = None
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        if skipped is not None:
            if event == "end" and inner is skipped:
                skipped = None
                said.append(inner.tail or "")
        elif event == "start" and inner.tag in _UNSAID:
            skipped = inner
        elif event == "start":
            said.append(" " if inner.tag in _BREAKS else "")
            said.append(inner.text or "")
            if (link := _LINKS.get(inner.tag)) and (address := (inner.get(link.member) or "").strip()).startswith(_WEB):
                links.append((link.kind, address))
        elif inner is not element:
            said.append(" " if inner.tag in _BREAKS else "")
            said.append(inner.tail or "")
