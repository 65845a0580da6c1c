"""A file to products or documents: what it is, which reader reads it, and what its columns mean."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from errors import InvalidInput, UnreadableFile
from ingestion import (
    delimited,
    documents,
    excel_xml,
    html_tables,
    json_records,
    labelled,
    pdf,
    shopify,
    spreadsheet,
    woocommerce,
    word,
    xml_records,
)
from ingestion.assembly import Assembler
from ingestion.columns import field_of, mapping_of
from ingestion.detection import FileKind, detect
from ingestion.documents import divided
from ingestion.html_document import html_document
from ingestion.lacking import has_one, lacking, what_lacks
from ingestion.records import (
    A_TOTAL,
    LOOSE_TEXT,
    NOT_FOR_SALE,
    UNTOLD,
    Entry,
    Limits,
    Record,
    RecordTable,
    Rejected,
    slug,
)

# So many records of a table show what its columns hold.
_SAMPLE = 200

_READERS: Mapping[FileKind, Callable[[Path, Limits], Iterator[RecordTable]]] = {
    FileKind.DELIMITED: delimited.read,
    FileKind.EXCEL_XML: excel_xml.read,
    FileKind.HTML: html_tables.read,
    FileKind.JSON: json_records.read,
    FileKind.PDF: pdf.read,
    FileKind.SPREADSHEET: spreadsheet.read,
    FileKind.TEXT: labelled.read_file,
    FileKind.WORD: word.read,
    FileKind.XML: xml_records.read,
}


# Exports of shop systems whose rows are not one product each.
class _Shape(Protocol):
    """What reads such an export."""

    NAME: str

    def matches(self, titles: Sequence[str]) -> bool:
        """Whether a table with these titles is one."""
        ...

    def mapping(self, titles: Sequence[str]) -> dict[str, str | None]:
        """What its columns are taken for."""
        ...

    def entries(self, records: Iterable[Record | Rejected]) -> Iterator[Entry | Rejected]:
        """Its products."""
        ...


_SHAPES: tuple[_Shape, ...] = (shopify, woocommerce)


@dataclass(frozen=True, slots=True)
class ReadProduct:
    """A product of a file.

    Attributes:
        number: the row or item that it comes from, from 1.
        members: what models.ProductDraft accepts.
    """

    number: int
    members: dict[str, object]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document of a file.

    Attributes:
        number: its place in the file, from 1.
        members: what models.DocumentDraft accepts.
    """

    number: int
    members: dict[str, object]


@dataclass(frozen=True, slots=True)
class NotSaved(Rejected):
    """A product that was rejected although it could be told which it is.

    Attributes:
        id: what it is called; a replacing import does not remove the one of that id. UNTOLD stands for several.
    """

    id: str = ""


@dataclass(frozen=True, slots=True)
class _Without(NotSaved):
    """A table without a column that every product needs; the reason is a sentence for the file as a whole."""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What the columns of a table were taken for.

    Attributes:
        table: the sheet or page; empty when the file has one table.
        shape: the shop system whose export it is; empty when it is a plain table.
        columns: field by title; "specifications" for what fits none, None for what is left out.
    """

    table: str
    shape: str
    columns: Mapping[str, str | None]


def read_products(
    path: Path,
    *,
    home_currency: str = "USD",
    today: date | None = None,
    given: Mapping[str, str | None] | None = None,
    limits: Limits = Limits(),  # noqa: B008, frozen
    tell: Callable[[TableMapping], None] = lambda _: None,
) -> Iterator[ReadProduct | Rejected]:
    """The products of a file, in its order, and what of it is none.

    A table without a column for the name or the price is rejected as one; a file that has no other is refused.

    Args:
        path: the file, whatever its name.
        home_currency: the brand's, which "$" means when it is a kind of dollar.
        today: decides whether sale prices are in force; the present day when left out.
        given: field by title, where the caller knows better; None leaves a column out.
        limits: how much is read.
        tell: is given the mapping of each table.

    Raises:
        UnreadableFile: the file cannot be read as a whole.
        InvalidInput: `given` names a column or field that there is not.
    """
    reader = _READERS[detect(path)]
    assembler = Assembler(home_currency, today=today)
    given = given or {}
    unseen = set(given)
    count = 0
    without: list[Rejected] = []  # tables that can hold no products, until one that can is there
    can_hold = False
    for table in reader(path, limits):
        unseen -= set(table.titles)
        entries = _entries(table, {title: given[title] for title in table.titles if title in given}, assembler, tell)
        for entry in entries:
            if isinstance(entry, _Without):
                without.append(entry)
                continue
            can_hold = can_hold or bool(table.titles)
            if can_hold:
                yield from without
                without.clear()
            count += 1
            if count > limits.rows:
                raise UnreadableFile(f"The file has more than {limits.rows:,} rows; send it in parts.")
            yield _read(assembler, entry)
    if unseen:
        raise InvalidInput(f"The mapping names a column that the file does not have: '{min(unseen)}'.")
    if without and not can_hold:
        raise UnreadableFile(without[0].reason)
    yield from without
    if not count:
        raise UnreadableFile("The file holds no products.")


def read_documents(
    path: Path,
    filename: str,
    limits: Limits = Limits(),  # noqa: B008, frozen
) -> Iterator[ReadDocument | Rejected]:
    """The documents of a file, and questions with their answers. Each has an id that the same file always gives.

    Raises:
        UnreadableFile: the file cannot be read as a whole.
    """
    if detect(path) in {FileKind.XML, FileKind.EXCEL_XML}:
        raise UnreadableFile("The file is XML, which is data and no text; save it as HTML, Markdown or PDF.")
    ids = _Ids()
    count = 0
    for count, one in enumerate(documents.read_documents(path, filename, limits), start=1):
        if count > limits.rows:
            raise UnreadableFile(f"The file has more than {limits.rows:,} rows; send it in parts.")
        if isinstance(one, Rejected):
            yield NotSaved(one.number, one.reason, one.members, UNTOLD)
            continue
        said = one.get("id") or one.get("question") or one.get("title") or filename
        yield ReadDocument(count, one | {"id": ids.of(str(said))})
    if not count:
        raise UnreadableFile("The file holds no text.")


def read_page(path: Path, url: str, charset: str | None) -> Iterator[ReadDocument | Rejected]:
    """The documents that a page of the web is. Their ids come from its address.

    Raises:
        UnreadableFile: the page says nothing.
    """
    ids = _Ids()
    address = urlsplit(url)
    called = f"{address.path} {address.query}".strip("/ ") or address.hostname or "page"
    if detect(path) is FileKind.HTML:
        found: Iterable[Mapping[str, object] | Rejected] = divided(html_document(path.read_bytes(), charset, url))
    else:
        found = documents.read_documents(path, called, Limits())
    for number, one in enumerate(found, start=1):
        yield one if isinstance(one, Rejected) else ReadDocument(number, {**one, "url": url, "id": ids.of(called)})


class _Ids:
    """Gives out ids, each once: what has the same name gets a number."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def of(self, text: str) -> str:
        """The next id for something of that name."""
        wanted = slug(text) or "document"
        number = self._given[wanted] = self._given.get(wanted, 0) + 1
        return wanted if number == 1 else f"{wanted}-{number}"


def _entries(
    table: RecordTable,
    given: Mapping[str, str | None],
    assembler: Assembler,
    tell: Callable[[TableMapping], None],
) -> Iterable[Entry | Rejected]:
    """The records of a table with their members in fields."""
    records = iter(table.records)
    first = list(islice(records, _SAMPLE))
    sample = [record.members for record in first if isinstance(record, Record)]
    shape = next((shape for shape in _SHAPES if shape.matches(table.titles) and not given), None)
    mapping = mapping_of(table.titles, sample, given) if shape is None else shape.mapping(table.titles)
    tell(TableMapping(table.name, shape.NAME if shape else "", mapping))
    if sample and (fields := lacking(mapping)):
        seen = [*first, *_up_to(records, mapping, fields)]
        if not any(isinstance(one, Record) and has_one(one.members, mapping, fields) for one in seen):
            why = what_lacks(mapping, fields, sample)
            return [_Without(first[0].number, f"{table.name}: {why}" if table.name else why, id=UNTOLD)]
        first = seen
    rest = _chained(first, records)
    return shape.entries(rest) if shape else assembler.entries(RecordTable(table.titles, rest, table.name), mapping)


def _up_to(
    records: Iterable[Record | Rejected], mapping: Mapping[str, str | None], fields: Collection[str]
) -> Iterator[Record | Rejected]:
    """The first record with a member for one of these fields, behind a single rejection for all that come before it."""
    number = count = 0
    for record in records:
        if isinstance(record, Record) and has_one(record.members, mapping, fields):
            if count:
                yield Rejected(number, f"no {min(fields)}, and so in {count:,} records from here")
            yield record
            return
        number, count = number or record.number, count + 1


def _chained(first: Iterable[Record | Rejected], rest: Iterable[Record | Rejected]) -> Iterator[Record | Rejected]:
    yield from first
    yield from rest


def _read(assembler: Assembler, entry: Entry | Rejected) -> ReadProduct | Rejected:
    if isinstance(entry, Rejected):
        fields = {str(field_of(title)): value for title, value in (entry.members or {}).items()}
        called = "" if _is_no_product(entry.reason) else _called(fields)
        return NotSaved(entry.number, entry.reason, entry.members, called)
    product = assembler.product(entry)
    if isinstance(product, Rejected):
        return NotSaved(product.number, product.reason, product.members, _called(entry.fields))
    return ReadProduct(entry.number, product)


def _is_no_product(reason: str) -> bool:
    """Whether what was rejected is nothing that a shop sells, or not any more."""
    return reason in {A_TOTAL, LOOSE_TEXT} or reason.endswith(NOT_FOR_SALE)


def _called(fields: Mapping[str, object]) -> str:
    """The id that a product would have had; UNTOLD when that is not sure, as where it comes from a name."""
    for field in ("id", "sku", "handle"):
        said = fields.get(field)
        if isinstance(said, str) and said.strip():
            return said if said == said.strip() else UNTOLD
        if isinstance(said, int) and not isinstance(said, bool):
            return str(said)
        if said not in (None, ""):
            return UNTOLD
    return UNTOLD
