"""Products in texts and Markdown: headings with labels below, labelled blocks, names with prices, tables."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from errors import UnreadableFile
from ingestion.aligned_columns import with_aligned_tables
from ingestion.decoding import decoded
from ingestion.grid import NoHeader, tables_of
from ingestion.labelled_lines import Rows, lines_of
from ingestion.labelled_product import TitlesInUse
from ingestion.labelled_reader import Found, Table, found_in
from ingestion.records import LOOSE_TEXT, Limits, Record, RecordTable, Rejected

# So many records are looked at before the first is given: for their titles, and for whether there are products at all.
_SAMPLE = 1_000

_NO_PRODUCTS = (
    "No products were found in the text. Give each product a heading or a line 'Name: ...', "
    "and lines such as 'Price: 12.50 EUR' below it, or send a table."
)


def read_file(path: Path, limits: Limits) -> Iterator[RecordTable]:
    """The products of a text or Markdown file; see read().

    Raises:
        UnreadableFile: it names no product, is in no known encoding, or has a line over `limits.cell_chars`.
    """
    with decoded(path) as text:
        lines = _bounded(iter(lambda: text.readline(limits.cell_chars + 2), ""), limits)
        yield from read(with_aligned_tables(lines), limits)


def read(items: Iterable[str | Rows], limits: Limits, *, is_whole: bool = True) -> Iterator[RecordTable]:
    """The products that a text names, as records whose titles are the labels as written.

    What a heading or a line gives without a label stands under "name", "price" and "description", or under the title
    that the text has for these.

    Args:
        items: lines, with or without their ends, and tables between them.
        limits: how much is read.
        is_whole: whether a text without any product is an error; not when it stands beside something else.

    Raises:
        UnreadableFile: the text names no product, or a value is over `limits.cell_chars`.
    """
    found = found_in(lines_of(items), limits)
    titles = TitlesInUse()
    held = list(islice(found, _SAMPLE))
    for one in held:
        if isinstance(one, Record):
            titles.meet(one)
    has_tables = any(isinstance(one, Table) for one in held)
    if not titles.are_of_products:
        if is_whole and not has_tables:
            raise UnreadableFile(_NO_PRODUCTS)
        held = [Rejected(one.number, LOOSE_TEXT, one.members) if isinstance(one, Record) else one for one in held]
    yield from _in_tables(chain(held, found), titles, limits)


def _in_tables(found: Iterator[Found], titles: TitlesInUse, limits: Limits) -> Iterator[RecordTable]:
    """Products that follow one another are one table; the tables of the text are others."""
    waiting: list[Found] = []  # one at most

    def records(first: Record | Rejected) -> Iterator[Record | Rejected]:
        yield titles.unified(first)
        for one in found:
            if isinstance(one, Table):
                waiting.append(one)
                return
            yield titles.unified(one)

    held_any, nameless = titles.are_of_products, False
    while (one := waiting.pop() if waiting else next(found, None)) is not None:
        if not isinstance(one, Table):
            yield RecordTable(titles.in_order(), records(one))
            continue
        try:
            for table in tables_of(((number, list(cells)) for number, cells in one.rows.rows), limits):
                held_any = True
                yield RecordTable(table.titles, _under(table.records, one.section), table.name)
        except NoHeader:
            nameless = True
            yield RecordTable((), _untitled(one))
    if nameless and not held_any:
        raise NoHeader


def _untitled(table: Table) -> Iterator[Rejected]:
    """The rows of a table that is about something else."""
    for number, cells in table.rows.rows:
        if any(cells):
            yield Rejected(number, LOOSE_TEXT, {str(place): cell for place, cell in enumerate(cells, 1) if cell})


def _under(records: Iterable[Record | Rejected], section: str) -> Iterator[Record | Rejected]:
    """Records of a table below a heading, which is the section of those that have none in the table itself."""
    for one in records:
        yield replace(one, section=section) if isinstance(one, Record) and section and not one.section else one


def _bounded(lines: Iterable[str], limits: Limits) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) > limits.cell_chars + 1:
            raise UnreadableFile(f"Line {number:,} has more than {limits.cell_chars:,} characters.")
        yield line
