"""What passes between a file and a catalogue: records as they stand in the file, entries by field, and the limits."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import orjson

_ID_CHARS = 100

# The id of what was rejected without it being told which products it is.
UNTOLD = "\n"

# Why something is rejected that is no product, or none that is sold.
A_TOTAL = "a total, not a product"
LOOSE_TEXT = "text that belongs to no product"
NOT_FOR_SALE = ": not for sale"

# Of a rejected entry so many members are kept, each up to so many characters.
_SHOWN_MEMBERS = 100
_SHOWN_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is read. What goes beyond is refused with a sentence, never cut off silently.

    Attributes:
        rows: records of a whole file.
        columns: of one table.
        cell_chars: of one cell or text value.
        depth: of nested JSON or XML.
        pages: of a PDF.
        archive_ratio: inflated bytes per stored byte of a zipped format (XLSX, DOCX).
        archive_bytes: inflated bytes in all.
        memory_bytes: address space of the process that reads.
        seconds: its processor time.
    """

    rows: int = 1_000_000
    columns: int = 2_000
    cell_chars: int = 131_072
    depth: int = 100
    pages: int = 1_000
    archive_ratio: int = 200
    archive_bytes: int = 1024 * 1024 * 1024
    memory_bytes: int = 1536 * 1024 * 1024
    seconds: int = 300


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a file as it stands there: a row, an item, a block of labelled lines.

    Attributes:
        number: where it is, from 1, as a person would count: the row of a spreadsheet, the line of a text file, the
            item of a list.
        members: value by title, in the file's order. Text formats hold str alone; JSON and XLSX also numbers, booleans,
            lists and objects. Empty cells may be left out or "".
        section: the heading that stands above it in the table; empty when there is none.
    """

    number: int
    members: Mapping[str, object]
    section: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An entry that became nothing.

    Attributes:
        number: where it is, as in Record.
        reason: a sentence or phrase that says what is wrong ("no price", "8 cells, but only 6 columns").
        members: what it held, for whoever mends the file.
    """

    number: int
    reason: str
    members: Mapping[str, object] | None = None


@dataclass(slots=True)
class RecordTable:
    """Records that share their titles.

    Attributes:
        titles: the columns in order, each once; of a list of objects the titles of the first records (later ones may
            have more).
        records: read once, before the next table of the file is asked for.
        name: of the sheet or page, for messages; empty when the file has one table.
    """

    titles: tuple[str, ...]
    records: Iterable[Record | Rejected]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record whose members have found their fields; their values are still as written.

    Attributes:
        number: where it is, as in Record.
        fields: raw value by field (ingestion/columns.py): "price": "1.299,00 EUR", "features": "bright|warm".
        specifications: what fits no field, by title.
        titles: the title of the column that a field's value came from, for values that turn out to be something else.
    """

    number: int
    fields: Mapping[str, object]
    specifications: Mapping[str, object]
    titles: Mapping[str, str]


def id_from_name(name: str) -> str:
    """A product's id that the same name always gives: "Studio 16 (2025)" -> "studio-16-2025"."""
    return slug(name) or "product"


def slug(text: str) -> str:
    """A text as an id: letters and digits in lower case, with hyphens between; empty when it has none."""
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")[:_ID_CHARS].strip("-")


def shown(members: Mapping[str, object]) -> dict[str, str]:
    """What a rejected entry held, as text, for whoever mends the file; long texts are cut."""
    return {
        title[:_SHOWN_CHARS]: text_of(value)[:_SHOWN_CHARS] for title, value in islice(members.items(), _SHOWN_MEMBERS)
    }


def text_of(value: object) -> str:
    """A value as the cell of a table."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
